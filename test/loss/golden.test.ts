/** Losses against PyTorch's: values and gradients for every setting, recorded by record.py in double precision. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as loss from '../../lib/loss/index.js'
import { session } from '../../lib/run/index.js'
import { add, arange, mul, reshape, sum, tensor } from '../../lib/tensor/index.js'
import { grad } from '../../lib/transform/index.js'
import type { AnyTensor, Device, FloatDType, Shape, Tensor } from '../../lib/type/index.js'

type Float = Tensor<Shape, FloatDType, Device>
/** Values are numbers, or their names where JSON has none. */
interface Flat { readonly shape: readonly number[]; readonly values: readonly (number | string)[]; readonly dtype?: string }
interface Case { readonly fn: string; readonly x: Flat; readonly y: Flat; readonly settings: Readonly<Record<string, unknown>>; readonly out: Flat; readonly grad: Flat }
const { records: cases } = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as { readonly records: readonly Case[] }

const { read } = session()
const of = (f: Flat): Float => tensor(f.dtype === 'i32' ? Int32Array.from(f.values, Number) : Float64Array.from(f.values, Number), { shape: [...f.shape] }) as Float
const isFlat = (x: unknown): x is Flat => typeof x === 'object' && x !== null && 'values' in x
const settingsOf = (s: Case['settings']) => Object.fromEntries(Object.entries(s).map(([k, v]) => [k, isFlat(v) ? of(v) : v]))
const close = (got: ArrayLike<number | bigint>, want: Flat): void => {
  const wanted = want.values.map(Number)
  const scale = 1e-13 * (1 + Math.max(0, ...wanted.filter(Number.isFinite).map(Math.abs)))
  expect(got.length).toBe(wanted.length)
  wanted.forEach((v, i) => expect(Object.is(Number(got[i]), v) || Math.abs(Number(got[i]) - v) <= scale, `[${i}]: ${String(got[i])}, PyTorch has ${v}`).toBe(true))
}
const losses = loss as unknown as Readonly<Record<string, (x: Float, y: AnyTensor, s: unknown) => Float>>
/** Σ (i + 1) lossᵢ, so that each element has a gradient of its own. */
const weighted = (y: Float): Tensor<[], FloatDType, Device> => sum(mul(y, reshape(add(arange(y.shape.reduce((n, d) => n * d, 1), { dtype: 'f64' }), 1), y.shape))) as Tensor<[], FloatDType, Device>

describe('losses are PyTorch\'s', () => {
  test.each(cases.map((c, i) => [`${i} ${c.fn} [${c.x.shape.join()}] ${Object.keys(c.settings).join(' ')} ${String(c.settings['reduction'] ?? '')}`, c] as const))('%s', async (_, c) => {
    const f = losses[c.fn.replace('loss.', '')] as (x: Float, y: AnyTensor, s: unknown) => Float
    const settings = settingsOf(c.settings), x = of(c.x), y = of(c.y)
    const out = f(x, y, settings)
    expect(out.shape).toEqual(c.out.shape)
    close(await read(out), c.out)
    close(await read(grad((at: Float) => weighted(f(at, y, settings)))(x)), c.grad)
  })
})
