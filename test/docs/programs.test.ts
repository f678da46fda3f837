/** The programs of docs/examples, each a process of its own: how they end and what they say. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { libraryFiles, root, text } from '../check/examples/collect.js'
import { waysAround } from '../check/examples/boundary.js'

const ran = (name: string): { readonly seconds: number; readonly status: number | null; readonly stdout: string; readonly stderr: string } => {
  const began = performance.now()
  const r = spawnSync(process.execPath, [join('dist/docs/examples', `${name}.js`)], { cwd: root, encoding: 'utf8', timeout: 60_000 })
  return { seconds: (performance.now() - began) / 1000, status: r.status, stdout: r.stdout, stderr: r.stderr }
}
beforeAll(() => {
  spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' })
}, 120_000)

const said: Readonly<Record<string, readonly RegExp[]>> = {
  linear: [/step 0: loss 2\.\d+/, /y = (1\.9\d|2\.0\d) x \+ -(0\.9\d|1\.0\d)/],
  processes: [/1 process: y = 3\.00 x \+ 0\.50/, /examples an epoch, over all processes: 64/],
  perExample: [/one gradient an example: \[ 32, 8, 3 \]/, /the gradient of the mean: true/],
  serve: [/100 answers in fewer runs: true/, /a bad request: 400 send a JSON array of 3 numbers/],
}
describe('programs', () => {
  test.each(Object.entries(said))('%s', (name, lines) => {
    const { status, stdout, stderr } = ran(name)
    expect(status, stderr).toBe(0)
    expect(stderr).toBe('')
    for (const line of lines) expect(stdout).toMatch(line)
  })
  test('growing: it grows when the loss stalls, and the loss falls, within 10 seconds', () => {
    const { status, stdout, stderr, seconds } = ran('growing')
    expect(status, stderr).toBe(0)
    const [, layers, first, last] = /grew by (\d+) layers, loss ([\d.]+) -> ([\d.]+)/.exec(stdout) ?? []
    expect(stdout.match(/the loss stalls/g)?.length).toBe(Number(layers))
    expect(Number(layers)).toBeGreaterThan(0)
    expect(Number(last)).toBeLessThan(Number(first) / 4)
    expect(seconds).toBeLessThan(10)
  })
  test.each([...Object.keys(said), 'growing'])('%s goes around no type', (name) => {
    expect(waysAround(text(`docs/examples/${name}.ts`))).toEqual([])
  })
})

describe('what the pages point at', () => {
  const links = ['README.md', 'docs/from-pytorch.md', 'docs/from-torch-distributed.md'].flatMap((page) =>
    [...text(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((m) => [page, m[1] ?? ''] as const).filter(([, to]) => !to.startsWith('http')))
  test.each(links)('%s: %s', (page, to) => {
    expect(existsSync(join(root, dirname(page), to))).toBe(true)
  })
  test('every law that README names is one that is published', () => {
    const laws = libraryFiles().filter((p) => p.startsWith('laws/')).map((p) => readFileSync(join(root, p), 'utf8')).join('\n')
    const section = /## Laws\n([\s\S]*?)\n## /.exec(text('README.md'))?.[1] ?? ''
    const names = [...section.matchAll(/`(\w+)`/g)].map((m) => m[1] ?? '')
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !new RegExp(`export const ${name}\\b`).test(laws))).toEqual([])
  })
})
