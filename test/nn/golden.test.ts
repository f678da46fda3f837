/**
 * Layers against PyTorch's: values in training and in evaluation, gradients of all parameters and of the input, running
 * statistics over several steps; the tables of models. The records were made by record.py in double precision.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as nn from '../../lib/nn/index.js'
import { definitionOf } from '../../lib/nn/definition.js'
import type { Definition, Float, Group, Input } from '../../lib/nn/definition.js'
import { session } from '../../lib/run/index.js'
import { cast, exp, key, mul, sin, square, tensor } from '../../lib/tensor/index.js'
import { vjp } from '../../lib/transform/index.js'
import type { Fn, Key, Layer } from '../../lib/type/index.js'
import { flatten, mapTree, paths } from '../../lib/type/index.js'

/** Values are numbers, or their names where JSON has none. */
interface Flat { readonly shape: readonly number[]; readonly values: readonly (number | string)[]; readonly dtype?: string }
interface Step { readonly x: Flat; readonly y: Flat; readonly ct: Flat; readonly dx: Flat | null; readonly grads: Readonly<Record<string, Flat>>; readonly state: Readonly<Record<string, Flat>> }
type Setting = number | string | Made | readonly Setting[] | { readonly [name: string]: unknown }
/** A layer by the name of what makes it; without settings it is a constant. */
interface Made { readonly layer: string; readonly args: readonly Setting[] | null }
interface Case extends Made { readonly fn: string; readonly key?: number; readonly params: Readonly<Record<string, Flat>>; readonly steps: readonly Step[]; readonly eval: Flat }
type Row = readonly [output: readonly number[], params: number]
interface Table { readonly fn: 'nn.summary'; readonly input: readonly number[]; readonly args: readonly Setting[]; readonly rows: readonly Row[]; readonly total: Row; readonly state: number }
const { records } = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as { readonly records: readonly (Case | Table)[] }
const cases = records.filter((r) => 'steps' in r), tables = records.filter((r) => 'rows' in r)

const { read } = session()
const of = (f: Flat): Float => tensor(f.dtype === 'i32' ? Int32Array.from(f.values, Number) : Float64Array.from(f.values, Number), { shape: [...f.shape] }) as Float
/** Records of records: { 'a.weight': x } is { a: { weight: x } }. */
const group = (fs: Readonly<Record<string, Flat>>): Group => {
  const tree: Record<string, unknown> = {}
  for (const [path, f] of Object.entries(fs)) {
    const names = path.split('.'), last = names.pop() as string
    names.reduce((at, name) => (at[name] ??= {}) as Record<string, unknown>, tree)[last] = of(f)
  }
  return tree as Group
}
const isMade = (x: Setting): x is Made => typeof x === 'object' && 'layer' in x
/** What a setting stands for: a layer, a layer with its name, an elementwise function by name, or itself. */
const settingOf = (x: Setting): unknown =>
  isMade(x) ? layerOf(x) : Array.isArray(x) && x.some((e) => isMade(e as Setting)) ? x.map(settingOf) : x
const layerOf = ({ layer, args }: Made): Layer<Fn> => {
  if (layer === 'activation') return nn.activation(functions[args?.[0] as string] as never)
  const made = (nn as unknown as Record<string, Layer<Fn> | ((...args: readonly unknown[]) => Layer<Fn>)>)[layer]
  return typeof made === 'function' && args !== null && (args.length > 0 || !('kind' in made)) ? made(...args.map(settingOf)) : made as Layer<Fn>
}
const functions: Readonly<Record<string, unknown>> = { sin, square, exp }
const close = (got: ArrayLike<number | bigint>, want: Flat, label: string): void => {
  const wanted = want.values.map(Number)
  const scale = 1e-12 * (1 + Math.max(0, ...wanted.filter(Number.isFinite).map(Math.abs)))
  expect(got.length, label).toBe(wanted.length)
  wanted.forEach((v, i) => expect(Object.is(Number(got[i]), v) || Math.abs(Number(got[i]) - v) <= scale, `${label}[${i}]: ${String(got[i])}, PyTorch has ${v}`).toBe(true))
}
/** The tensors of a tree by path. */
const byPath = (tree: unknown): Readonly<Record<string, Float>> => {
  const { leaves } = flatten(tree)
  return Object.fromEntries(paths(tree).map((path, i) => [path, leaves[i] as Float]))
}
const allClose = async (got: unknown, want: Readonly<Record<string, Flat>>, label: string): Promise<void> => {
  const found = byPath(got)
  expect(Object.keys(found).sort(), label).toEqual(Object.keys(want).sort())
  for (const [path, x] of Object.entries(want)) close(await read(found[path] as Float), x, `${label} ${path}`)
}
const checkStep = async (layer: Definition, params: Group, state: Group, step: Step, k: Key | undefined, label: string): Promise<Group> => {
  const x = of(step.x)
  expect(layer.shape(step.x.shape.slice(1))).toEqual(step.y.shape.slice(1))
  const [[y, next], pull] = vjp((p: Group, at: Input) => layer.train({ params: p, state }, at, k), params, x)
  const [dp, dx] = pull([of(step.ct), mapTree<Float>((s) => mul(s, 0), next)] as never) as unknown as readonly [Group, Float | null]
  close(await read(y), step.y, `${label} y`)
  if (step.dx !== null) close(await read(dx as Float), step.dx, `${label} dx`)
  await allClose(dp, step.grads, `${label} gradient`)
  await allClose(next, step.state, `${label} state`)
  return next
}
/** In double precision, as the records are. */
const begun = (layer: Definition, input: readonly number[]): Group => mapTree<Float>((x) => cast(x, 'f64'), layer.init(key(0), input).state) as Group

describe('layers are PyTorch\'s', () => {
  test.each(cases.map((c) => [`${c.layer} ${JSON.stringify(c.args ?? [])}`, c] as const))('%s', async (_, c) => {
    const layer = definitionOf(layerOf(c)), params = group(c.params), k = c.key === undefined ? undefined : key(c.key)
    let state = begun(layer, c.steps[0]?.x.shape.slice(1) ?? [])
    for (const [i, step] of c.steps.entries()) state = await checkStep(layer, params, state, step, k, `${c.layer} step ${i}`)
    const last = c.steps.at(-1) as Step
    close(await read(layer.apply({ params, state }, of(last.x))), c.eval, `${c.layer} eval`)
  })
})

describe('summaries count what PyTorch\'s modules hold', () => {
  const cells = (line: string): readonly string[] => line.split(/ {2,}/)
  const row = ([output, params]: Row): readonly string[] => [`[${output}]`, params === 0 ? '-' : params.toLocaleString('en-US')]
  test.each(tables.map((t) => [`[${t.input}], ${t.rows.length} layers`, t] as const))('%s', (_, t) => {
    const lines = nn.summary(nn.model(t.input, layerOf({ layer: 'sequential', args: t.args }) as never)).split('\n')
    expect(lines.filter((l) => !l.startsWith('---')).slice(1, t.rows.length + 2).map((l) => cells(l).slice(1, 3))).toEqual([...t.rows, t.total].map(row))
    expect(lines.some((l) => l.startsWith(`and ${t.state} numbers of state`))).toBe(t.state > 0)
  })
})
