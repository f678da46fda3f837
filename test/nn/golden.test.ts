/**
 * Layers against PyTorch's: values in training and in evaluation, gradients of all parameters and of the input, running
 * statistics over several steps. The records were made by record.py in double precision.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as nn from '../../lib/nn/index.js'
import { definitionOf } from '../../lib/nn/definition.js'
import type { Definition, Float, Group, Input } from '../../lib/nn/definition.js'
import { session } from '../../lib/run/index.js'
import { mul, sum, tensor } from '../../lib/tensor/index.js'
import { vjp } from '../../lib/transform/index.js'
import type { Fn, Layer } from '../../lib/type/index.js'

interface Flat { readonly shape: readonly number[]; readonly values: readonly number[]; readonly dtype?: string }
interface Step { readonly x: Flat; readonly y: Flat; readonly ct: Flat; readonly dx: Flat | null; readonly grads: Readonly<Record<string, Flat>>; readonly state: Readonly<Record<string, Flat>> }
interface Case { readonly layer: string; readonly args: readonly unknown[] | null; readonly params: Readonly<Record<string, Flat>>; readonly steps: readonly Step[]; readonly eval: Flat }
const { records: cases } = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as { readonly records: readonly Case[] }

const { read } = session()
const of = (f: Flat): Float => tensor(f.dtype === 'i32' ? Int32Array.from(f.values) : Float64Array.from(f.values), { shape: [...f.shape] }) as Float
const group = (fs: Readonly<Record<string, Flat>>): Group => Object.fromEntries(Object.entries(fs).map(([k, f]) => [k, of(f)]))
/** The layer that a record names: a constant, or a function of its settings. */
const layerOf = ({ layer, args }: Case): Definition => {
  const made = (nn as unknown as Record<string, Layer<Fn> | ((...args: readonly unknown[]) => Layer<Fn>)>)[layer]
  return definitionOf(typeof made === 'function' && args !== null && (args.length > 0 || !('kind' in made)) ? made(...args) : made as Layer<Fn>)
}
const close = (got: ArrayLike<number | bigint>, want: Flat, label: string): void => {
  const scale = 1e-12 * (1 + Math.max(0, ...want.values.map(Math.abs)))
  expect(got.length, label).toBe(want.values.length)
  want.values.forEach((v, i) => expect(Math.abs(Number(got[i]) - v), `${label}[${i}]: ${String(got[i])}, PyTorch has ${v}`).toBeLessThanOrEqual(scale))
}
const first: Record<string, (n: number) => Group> = {
  batchNorm: (n) => ({ mean: tensor(new Float64Array(n)) as Float, var: tensor(new Float64Array(n).fill(1)) as Float }),
}
const checkStep = async (layer: Definition, params: Group, state: Group, step: Step, label: string): Promise<Group> => {
  const x = of(step.x)
  expect(layer.shape(step.x.shape.slice(1))).toEqual(step.y.shape.slice(1))
  const [[y, next], pull] = vjp((p: Group, at: Input) => layer.train({ params: p, state }, at, undefined), params, x)
  const [dp, dx] = pull([of(step.ct), Object.fromEntries(Object.keys(next).map((k) => [k, mul(next[k] as Float, 0)]))] as never) as unknown as readonly [Group, Float | null]
  close(await read(y), step.y, `${label} y`)
  if (step.dx !== null) close(await read(dx as Float), step.dx, `${label} dx`)
  for (const [name, g] of Object.entries(step.grads)) close(await read(dp[name] as Float), g, `${label} d${name}`)
  if (next['mean'] !== undefined) close(await read(next['mean'] as Float), step.state['running_mean'] as Flat, `${label} running mean`)
  if (next['var'] !== undefined) close(await read(next['var'] as Float), step.state['running_var'] as Flat, `${label} running var`)
  return next
}

describe('layers are PyTorch\'s', () => {
  test.each(cases.map((c) => [`${c.layer} ${JSON.stringify(c.args ?? [])}`, c] as const))('%s', async (_, c) => {
    const layer = layerOf(c), params = group(c.params)
    let state = first[c.layer]?.(c.steps[0]?.x.shape[1] ?? 0) ?? {}
    for (const [i, step] of c.steps.entries()) state = await checkStep(layer, params, state, step, `${c.layer} step ${i}`)
    const last = c.steps.at(-1) as Step
    close(await read(layer.apply({ params, state }, of(last.x))), c.eval, `${c.layer} eval`)
    expect(await read(sum(of(c.eval)))).toHaveLength(1)
  })
})
