/** Dtypes that are stored only: what the plan computes in, and that its results say so. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allClose, allSameBits } from '../../laws/close.js'
import { hostOf } from '../../laws/host.js'
import { abs, add, argmax, bitcast, cond, conv, cumsum, grad, gt, lt, matmul, max, mean, mul, neg, nn, relu, remat, scan, sin, slice, scatterAdd, softmax, sort, sub, sum, take, tensor, transpose, whileLoop, zeros } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { leaf } from '../../lib/ir/node.js'
import type { Graph } from '../../lib/ir/graph.js'
import type { Aval, Host } from '../../lib/ir/node.js'
import type { Instruction } from '../../lib/ir/program.js'
import { findAddon } from '../../lib/run/addon.js'
import { evaluate } from '../../lib/run/evaluate.js'
import { native } from '../../lib/run/native.js'
import { plan } from '../../lib/run/plan/index.js'
import { eachView } from '../../lib/run/plan/view.js'
import { reference } from '../../lib/run/reference.js'
import { computedIn } from '../../lib/type/index.js'
import type { DType } from '../../lib/type/index.js'
import { backends, hosts } from '../tensor/value.js'

const found = findAddon()
const narrow = ['i8', 'i16', 'u16', 'f16', 'bf16'] as const
type Case = readonly [name: string, f: (...xs: readonly never[]) => unknown, shapes: readonly (readonly number[])[]]
type Image = Tensor<[2, 16, 9, 9], 'bf16'>
type Kernel = Tensor<[32, 16, 3, 3], 'bf16'>
const cases: readonly Case[] = [
  ['matmul', (x: Tensor<[5, 33], 'bf16'>, y: Tensor<[33, 7], 'bf16'>) => relu(matmul(x, y)), [[5, 33], [33, 7]]],
  ['softmax', (x: Tensor<[6, 40], 'bf16'>) => softmax(x, { axis: -1 }), [[6, 40]]],
  ['running totals, order', (x: Tensor<[6, 40], 'bf16'>) => [cumsum(x, { axis: 1 }), sort(x), argmax(x, { axis: 1 })], [[6, 40]]],
  ['gradient of images', grad((w: Kernel, x: Image) => sum(conv(x, w, { padding: 1 })), { argnums: [0, 1] }) as never, [[32, 16, 3, 3], [2, 16, 9, 9]]],
]
type Rows = Tensor<[4, 3], 'bf16'>
/** What has bodies, indices and bits; written for one dtype and run with several. */
const flows: readonly (readonly [name: string, f: (x: Rows) => unknown, dtypes: readonly DType[]])[] = [
  ['scan', (x) => scan((c: Tensor<[3], 'bf16'>, v: Tensor<[3], 'bf16'>) => [add(mul(c, v), v), mul(c, 2)] as const, zeros([3], { dtype: x.dtype }), x), [...narrow, 'u64']],
  ['cond', (x) => cond(gt(sum(x), 0), () => mul(x, 3), () => neg(x)), [...narrow, 'u64']],
  ['while', (x) => whileLoop((c: Rows) => lt(max(c), 100), (c) => add(c, mul(c, c)), add(abs(x), 2)), [...narrow, 'u64']],
  ['remat', grad((x: Rows) => sum(remat((y: Rows) => sin(mul(y, y)))(x))) as (x: Rows) => unknown, ['f16', 'bf16']],
  ['take', (x) => [take(x, tensor([1, 0, 5], { dtype: 'u16' })), take(x, tensor([1n, 0n, 2n ** 63n], { dtype: 'u64' }))], [...narrow, 'u64']],
  ['scatterAdd', (x) => scatterAdd(x, tensor([1, 1], { dtype: 'i8' }), slice(x, [[0, 2]])), [...narrow, 'u64']],
  ['the bits of a row', (x) => sum(bitcast(max(x, { axes: [1] }), 'i16')), ['f16', 'bf16', 'u16']],
  ['the bits of u64', (x) => [bitcast(sum(x, { axes: [1] }), 'i64'), sub(x, max(x, { axes: [1], keepdims: true })), bitcast(transpose(x), 'f64')], ['u64']],
]
/** Small numbers; every third of u64 past 2⁶³. */
const drawn = (dtype: DType): Host => hostOf({ shape: [4, 3], dtype }, (i) => {
  const v = Math.round(6 * Math.sin(i * 1.7))
  if (dtype === 'u64') return BigInt(Math.abs(v)) + (i % 3 === 0 ? 2n ** 63n : 0n)
  return dtype === 'u16' ? Math.abs(v) : dtype.startsWith('i') ? v : v / 4
})
const avals = (shapes: Case[2], dtype: DType): Aval[] => shapes.map((shape) => ({ shape, dtype }))
const filled = (x: Aval, seed: number): Host => hostOf(x, (i) => 2 * Math.sin(i * 0.7 + seed))

/** A product and the loop that it goes on with. */
const apart = (i: Instruction): readonly Instruction[] => {
  if ((i.kind !== 'dot' && i.kind !== 'conv') || i.epilogue === undefined) return [i]
  const { epilogue, ...alone } = i
  return [alone, epilogue]
}

describe.skipIf('missing' in found)('narrow dtypes', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  const planned = (g: Graph) => plan(g, g.inputs.map(() => false), new Map(addon.kernels().elementwise.map((n, i) => [n, i])), 1).program.instructions
  const machine = native(addon)
  it.each(cases)('%s in halves: no instruction computes in them; as the reference, fused or not', (_name, f, shapes) => {
    for (const dtype of ['f16', 'bf16'] as const) {
      const g = closed(f as never, avals(shapes, dtype))
      for (const i of planned(g).flatMap(apart)) {
        if (i.kind === 'gather') continue
        if (i.kind !== 'loop') eachView(i, (v) => expect(computedIn(v.dtype)).toBe(v.dtype))
        else for (const op of i.ops) if (computedIn(op.dtype) !== op.dtype) expect(op.args.length).toBe(op.out === 'f32' ? 1 : 3)
      }
      const inputs = g.inputs.map(filled)
      const [fused, plain] = ([1, 0] as const).map((tier) => evaluate(g, inputs, machine, { tier }).outputs) as [readonly Host[], readonly Host[]]
      expect(allSameBits(fused, plain)).toBe(true)
      expect(allClose(fused, evaluate(g, inputs, reference()).outputs, { class: 'contraction', length: 4 * 16 * 81 })).toBe(true)
    }
  })
  it('sums of halves are added up in f32: 4,096 ones are 4,096, where bf16 would stay at 256', () => {
    const ones = (shape: readonly number[]): Host => hostOf({ shape, dtype: 'bf16' }, () => 1)
    const inputs = [ones([1, 4096]), ones([4096, 1])]
    const g = closed(((x: Tensor<[1, 4096], 'bf16'>, y: Tensor<[4096, 1], 'bf16'>) => [matmul(x, y), sum(x), mean(x)]) as never, inputs)
    expect(planned(g).flatMap((i) => (i.kind === 'dot' ? [i.a.dtype, i.out.dtype] : []))).toEqual(['f32', 'f32'])
    for (const on of [machine, reference()])
      expect(evaluate(g, inputs, on).outputs.map((y) => [y.dtype, ...Array.from(y.data as Float32Array)])).toEqual([['bf16', 4096], ['bf16', 4096], ['bf16', 1]])
  })
  it.each(flows)('%s gives what the reference gives', (_name, f, dtypes) => {
    for (const dtype of dtypes) {
      const { data, shape } = drawn(dtype)
      const [want, got] = backends.map(([, on]) => hosts([f(leaf(data, shape, dtype) as never)].flat(), on)) as [readonly Host[], readonly Host[]]
      expect(allClose(got, want, { class: 'program' })).toBe(true)
    }
  })
  it('layer norm of halves is one loop: its numbers are none of its operations', () => {
    const norm = nn.model([1024], nn.layerNorm)
    for (const dtype of ['f16', 'bf16'] as const) {
      const g = closed(((x: Tensor<[64, 1024], 'f16'>, weight: Tensor<[1024], 'f16'>, bias: Tensor<[1024], 'f16'>) => norm.apply({ weight, bias } as never, {}, x as never)) as never, avals([[64, 1024], [1024], [1024]], dtype))
      expect(planned(g).map((i) => i.kind)).toEqual(['loop'])
    }
  })
  it('two bytes an element, one for i8', () => {
    for (const dtype of narrow) {
      const g = closed(((x: Tensor<[8], 'i8'>) => x) as never, [{ shape: [8], dtype }])
      const { buffers } = plan(g, [false], new Map(), 1).program
      expect(buffers.map((b) => b.bytes)).toEqual(buffers.map(() => (dtype === 'i8' ? 8 : 16)))
    }
  })
})
