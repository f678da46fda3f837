/**
 * The price of the types, counted in instantiations (deterministic for a compiler version): whole files against the
 * budgets of the design, single operations against 3,000 a distinct shape. The log shows what was spent. Programs are
 * compiled against emitted declaration files, as a user's are: checking the library's own source is not the user's
 * price.
 */
import { rmSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import type { Compiled } from './compile.js'
import { compileText, emitDeclarations, readText } from './compile.js'

const library = emitDeclarations()
afterAll(() => rmSync(library, { recursive: true }))
const priced = (text: string): Compiled => compileText(text, 7, library)
/** A program of the folder, importing the emitted library. */
const program = (name: string): string =>
  readText(`test/types/budget/${name}.ts`)
    .replaceAll("'../../../lib/type/index.js'", "'@type'").replaceAll("'../good/declared.js'", "'@declared'")

/** Forty chains of eight calls, all shapes distinct. */
const chain = (i: number): string => {
  const n = 16 + i, m = 64 + 2 * i, k = 100 + 3 * i
  return `export const c${i} = () => {
  const a = matmul(on('cpu', [${n}, ${m}]), zeros([${m}, ${k}]))
  const b = add(a, zeros([${k}]))
  const c = relu(b)
  const d = sum(c, { axes: [1], keepdims: true })
  const e = div(c, d)
  const f = reshape(e, [${n}, ${k}, 1])
  const g = transpose(f)
  return concat([g, g], { axis: 0 })
}`
}
const calls = [
  "import { add, concat, div, matmul, on, relu, reshape, sum, transpose, zeros } from '@declared'",
  ...Array.from({ length: 40 }, (_, i) => chain(i)),
].join('\n')

const budgets = { bareImport: 16_000, lenet: 26_000, resnet18: 55_000, gpt: 32_000 }
const say = (name: string, found: number, budget: number): void =>
  console.log(`${name.padEnd(24)} ${String(found).padStart(7)} of ${String(budget).padStart(7)} instantiations`)

test.for(Object.entries(budgets))('%s', { timeout: 30_000 }, ([name, budget]) => {
  const compiled = priced(program(name))
  say(name, compiled.instantiations, budget)
  expect(compiled.diagnostics).toEqual([])
  expect(compiled.instantiations).toBeLessThan(budget)
  expect(compiled.megabytes).toBeLessThan(300)
})

test('320 calls, all shapes distinct', () => {
  const compiled = priced(calls)
  say('320 calls', compiled.instantiations, 80_000)
  expect(compiled.diagnostics).toEqual([])
  expect(compiled.instantiations).toBeLessThan(80_000)
  expect(compiled.seconds).toBeLessThan(3)
}, 30_000)

test('the library\'s own sources', () => {
  const compiled = compileText("export type { Tensor } from '@type'")
  say('own sources', compiled.instantiations, 45_000)
  expect(compiled.diagnostics).toEqual([])
  expect(compiled.instantiations).toBeLessThan(45_000)
}, 30_000)

/** One call for each i, of shapes that occur nowhere else. */
const operations: Record<string, (i: number) => string> = {
  add: (i) => `add(on('cpu', [${i}, 7]), zeros([7]))`,
  matmul: (i) => `matmul(on('cpu', [3, ${i}, 5]), zeros([3, 5, ${i + 1}]))`,
  sum: (i) => `sum(on('cpu', [${i}, 7, 9]), { axes: [1] })`,
  concat: (i) => `concat([on('cpu', [${i}, 7]), on('cpu', [${i + 1}, 7])])`,
  slice: (i) => `slice(on('cpu', [${i}, ${i + 9}]), [[1, ${i}], [2, -3]])`,
  einsum: (i) => `einsum('bhqd,bhkd->bhqk', on('cpu', [2, 3, ${i}, 8]), zeros([2, 3, ${i + 1}, 8]))`,
  conv: (i) => `conv(on('cpu', [2, 3, ${i}, ${i + 1}]), zeros([8, 3, 3, 3]), { stride: 2, padding: 1 })`,
  maxPool: (i) => `maxPool(on('cpu', [2, 3, ${i}, ${i + 1}]), { kernel: 2 })`,
  reshape: (i) => `reshape(on('cpu', [${i}, 28, 28]), [-1, 784])`,
  rearrange: (i) => `rearrange(on('cpu', [2, ${3 * i}, 5]), 'b (h w) c -> h w (b c)', { h: 3 })`,
}
test('single operations, a distinct shape', () => {
  const names = Object.keys(operations)
  const calling = (body: string): string => `import { ${[...names, 'on', 'zeros'].join(', ')} } from '@declared'\n${body}\n`
  const start = priced(calling('')).instantiations, n = 40
  for (const [name, call] of Object.entries(operations)) {
    const body = Array.from({ length: n }, (_, i) => `export const c${i} = ${call(200 + 7 * i)}`).join('\n')
    const compiled = priced(calling(body))
    const each = Math.round((compiled.instantiations - start) / n)
    say(name, each, 3_000)
    expect(compiled.diagnostics).toEqual([])
    expect(each).toBeLessThan(3_000)
  }
}, 60_000)
