/**
 * Every `@example` of io/, data/ and plot/ runs, and gives what its comment says. The names in scope are those
 * exported by the folder's modules and a few values that a reader would have at hand.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as t from 'io-ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initialize, session } from '../../lib/run/index.js'
import { encodeIdx } from '../../lib/io/idx.js'
import * as host from '../../lib/io/host.js'
import { writeAtomic } from '../../lib/io/atomic.js'

const root = process.cwd()
const images = host.hostTensor('u8', [3, 28, 28], new Uint8Array(3 * 784))
const labels = host.hostTensor('i32', [3], Int32Array.of(0, 1, 2))
const history = [{ epoch: 1, trainLoss: 1 }]
const atHand = { t, initialize, session, images, labels, history, ...host, console: { log: () => undefined } }

const examplesOf = (path: string): { code: string; expected: string }[] =>
  [...readFileSync(path, 'utf8').matchAll(/^ *\* @example (.*(?:\n *\* {3,}.*)*)/gm)].map(([, body = '']) => {
    const [code = '', expected = ''] = body.replace(/\n *\* +/g, '\n').split(/ \/\/ (?=[^ ]|$)/)
    return { code, expected }
  })

const run = (code: string, scope: object): Promise<unknown> => {
  const AsyncFunction = (async () => undefined).constructor as new (
    ...a: string[]
  ) => (...a: unknown[]) => Promise<unknown>
  const body = /^(const|for) /.test(code) ? `{ ${code} }` : `return (${code})`
  return new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope))
}

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cotangent-examples-'))
  process.chdir(folder)
  const { saveCheckpoint, manifest } = await import('../../lib/io/checkpoint.js')
  await saveCheckpoint('run.safetensors', { tensors: {}, manifest: manifest() })
  await saveCheckpoint('model.safetensors', { tensors: {}, manifest: manifest() })
  await writeAtomic('history.json', [new TextEncoder().encode('[]')])
  await writeAtomic('train-images-idx3-ubyte.gz', [encodeIdx(images)])
})
afterAll(() => {
  process.chdir(root)
  rmSync(folder, { recursive: true })
})

const filesOf = (part: string): string[] =>
  readdirSync(join(root, 'lib', part)).filter((file) => file.endsWith('.ts') && file !== 'index.ts')
const exportsOf = async (part: string): Promise<object> =>
  Object.assign(
    {},
    ...(await Promise.all(filesOf(part).map((file) => import(join(root, 'lib', part, file))))),
  ) as object
const parts = await Promise.all(['io', 'data', 'plot'].map(async (part) => ({ part, names: await exportsOf(part) })))

describe.each(parts)('$part', ({ part, names }) => {
  const files = filesOf(part)
  const cases = files.flatMap((file) =>
    examplesOf(join(root, 'lib', part, file)).map((e) => [file, e.code, e.expected] as const),
  )
  test.each(cases.filter(([, code]) => !code.includes('fashionMnist()')))('%s: %s', async (_, code, expected) => {
    const value = await run(code, { ...atHand, ...names })
    if (/^[-[{'"\d]|^(true|false)$/.test(expected)) expect(value).toEqual(await run(expected, {}))
  })
  test('every exported function has an example', () => {
    for (const file of files) {
      const source = readFileSync(join(root, 'lib', part, file), 'utf8')
      const functions = [...source.matchAll(/^export (?:const|async function\*?) (\w+)/gm)].map(([, name]) => name)
      for (const name of functions.filter(
        (n) => !/^(formatNames|maxHeaderBytes|History|Count|colors|fonts|empty|fashionClasses)$/.test(n ?? ''),
      ))
        expect(
          examplesOf(join(root, 'lib', part, file)).some((e) => e.code.includes(String(name))),
          `${file}: ${name}`,
        ).toBe(true)
    }
  })
})
