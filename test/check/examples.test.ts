/**
 * What users read is compiled and run: every `@example` of lib and laws, every ```ts block of README.md and docs/*.md, as
 * one project against the built declarations; programs of docs/examples that say `@runs` run as they are (after the word:
 * their arguments). None of them goes around the types.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { waysAround } from './examples/boundary.js'
import { examples, pages, programs, root, text } from './examples/collect.js'
import { folder, generate } from './examples/generate.js'

const all = examples()
const outcomes = new Map<string, string | null>()

const compile = (): void => {
  const r = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
  let last: string | undefined
  for (const line of `${r.stdout}${r.stderr}`.split('\n')) {
    const name = /build\/examples\/(e\d+)\.ts\(/.exec(line)?.[1] ?? (/^\s/.test(line) ? last : undefined)
    if (name !== undefined) outcomes.set(name, [outcomes.get(name), line.replace(/^.*?\): /, '')].filter(Boolean).join('\n'))
    last = name
  }
}
const runThem = (): void => {
  const names = all.flatMap((e, i) => (e.norun || outcomes.has(`e${i}`) ? [] : [`e${i}`]))
  const report = join(folder, 'report.jsonl')
  const runner = ['test/check/examples/runAll.mjs', report, join(folder, 'out/build/examples'), ...names]
  const r = spawnSync(process.execPath, runner, { cwd: root, encoding: 'utf8', timeout: 240_000, env: { ...process.env, COTANGENT_DATA: '' } })
  const lines = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n').filter(Boolean) : []
  for (const line of lines) {
    const { name, problem } = JSON.parse(line) as { name: string; problem: string | null }
    outcomes.set(name, problem)
  }
  for (const name of names) if (!outcomes.has(name)) outcomes.set(name, `the process of the examples ended before it ran: ${r.stderr.slice(-300)}`)
}
beforeAll(() => {
  spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' })
  generate(all)
  compile()
  runThem()
}, 300_000)

/** Those of io, data and plot have values at hand that test/io/examples.test.ts makes; it runs them. */
const elsewhere = /^lib\/(io|data|plot)\//
const here = all.map((e, i) => ({ ...e, name: `e${i}` })).filter((e) => !elsewhere.test(e.path))

describe('examples compile and run', () => {
  test.each(here.map((e) => [e.where, e] as const))('%s', (_, e) => {
    expect(outcomes.get(e.name) ?? null, e.code).toBeNull()
  })
})
const runnable = programs().flatMap((path) => {
  const marked = /@runs([^\n*]*)/.exec(text(path))
  return marked === null ? [] : [[path, (marked[1] ?? '').trim().split(/\s+/).filter(Boolean)] as const]
})
describe.skipIf(runnable.length === 0)('programs run', () => {
  test.each(runnable)('%s', (path, words) => {
    expect(() => execFileSync(process.execPath, [join('dist', path.replace(/\.ts$/, '.js')), ...words], { cwd: root, encoding: 'utf8', stdio: 'pipe', timeout: 120_000 })).not.toThrow()
  }, 130_000)
})
describe('nothing goes around the types', () => {
  const codes = [
    ...programs().map((path) => [path, text(path)] as const),
    ...all.filter((e) => pages().includes(e.path)).map((e) => [e.where, e.code] as const),
  ]
  test.each(codes)('%s', (_, code) => {
    expect(waysAround(code)).toEqual([])
  })
})
