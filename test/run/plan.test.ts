/** What a plan leaves out: what is there already, what nobody reads, what changes nothing; and what it makes of rows. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allSameBits } from '../../laws/close.js'
import { add, exp, grad, jit, matmul, mul, nn, ones, reshape, sin, softmax, square, sub, sum, tanh, transpose } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Graph } from '../../lib/ir/graph.js'
import type { Aval, Host } from '../../lib/ir/node.js'
import type { Instruction, Loop } from '../../lib/ir/program.js'
import { findAddon } from '../../lib/run/addon.js'
import { evaluate } from '../../lib/run/evaluate.js'
import { native } from '../../lib/run/native.js'
import { plan } from '../../lib/run/plan/index.js'

const found = findAddon()
const f32 = (...shape: number[]): Aval => ({ shape, dtype: 'f32' })
const of = (f: unknown, ...types: Aval[]): Graph => closed(f as never, types)
const filled = (x: Aval, seed: number): Host =>
  ({ ...x, data: Float32Array.from({ length: x.shape.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * 0.7 + seed)) })
type Matrix = Tensor<[8, 12], 'f32'>
type Square = Tensor<[8, 8], 'f32'>

describe.skipIf('missing' in found)('plans', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  const names = addon.kernels().elementwise
  const planned = (g: Graph): readonly Instruction[] => plan(g, g.inputs.map(() => false), new Map(names.map((n, i) => [n, i])), 1).program.instructions
  const kinds = (g: Graph): string[] => planned(g).map((i) => i.kind)
  /** The operations of all loops. */
  const ops = (g: Graph): string[] => planned(g).flatMap((i) => (i.kind === 'loop' ? (i as Loop).ops.map((o) => names[o.code] as string) : []))
  const agrees = (g: Graph): void => {
    const backend = native(addon), inputs = g.inputs.map(filled)
    const [fused, plain] = ([1, 0] as const).map((tier) => evaluate(g, inputs, backend, { tier }).outputs)
    expect(allSameBits(fused ?? [], plain ?? [])).toBe(true)
  }

  it('equal expressions are computed once, whoever wrote them', () => {
    const g = of((x: Matrix) => sub(square(exp(sin(x))), tanh(exp(sin(x)))), f32(8, 12))
    expect(ops(g).sort()).toEqual(['exp', 'mul', 'sin', 'sub', 'tanh'])
    agrees(g)
    const inner = jit((x: Matrix) => exp(sin(x)))
    expect(ops(of((x: Matrix) => add(inner(x), exp(sin(x))), f32(8, 12))).sort()).toEqual(['add', 'exp', 'sin'])
    const products = of((x: Square, y: Square) => add(matmul(x, y), transpose(matmul(x, y))), f32(8, 8), f32(8, 8))
    expect(kinds(products).filter((k) => k === 'dot')).toEqual(['dot'])
    agrees(products)
  })
  it('what differs in a setting only is not equal', () => {
    const g = of((x: Square) => add(sum(x, { axes: [0] }), sum(x, { axes: [1] })), f32(8, 8))
    expect(planned(g).flatMap((i) => (i.kind === 'loop' ? (i as Loop).sinks.filter((s) => s.kind === 'sum') : []))).toHaveLength(2)
    agrees(g)
  })
  it('what nobody reads is not computed', () => {
    const waste = (x: Square): readonly [Square, Square] => [tanh(x), matmul(exp(x), x)]
    expect(kinds(of((x: Square) => waste(x)[0], f32(8, 8)))).toEqual(['loop'])
    expect(ops(of((x: Square) => waste(x)[0], f32(8, 8)))).toEqual(['tanh'])
    expect(ops(of((x: Square) => jit(waste)(x)[0], f32(8, 8)))).toEqual(['tanh'])
    expect(kinds(of((x: Square) => jit(waste)(x)[1], f32(8, 8)))).toContain('dot')
    // When only its gradient is asked for, a product is nobody's: the one that is left multiplies its cotangent.
    expect(kinds(of(grad((x: Square, y: Square) => sum(matmul(x, y))), f32(8, 8), f32(8, 8))).filter((k) => k === 'dot')).toEqual(['dot'])
  })
  it('what changes nothing costs nothing', () => {
    const g = of((x: Matrix) => tanh(transpose(transpose(reshape(reshape(mul(x, ones([8, 12])), [4, 24]), [8, 12])))), f32(8, 12))
    expect(ops(g)).toEqual(['tanh'])
    expect(kinds(g)).toEqual(['loop'])
    agrees(g)
    expect(ops(of((x: Matrix) => tanh(mul(x, x)), f32(8, 12)))).toEqual(['mul', 'tanh'])
  })

  const norm = nn.model([512], nn.layerNorm)
  const rows: readonly (readonly [string, Graph])[] = [
    ['softmax', of((x: Tensor<[37, 512], 'f32'>) => softmax(x, { axis: -1 }), f32(37, 512))],
    ['layer norm', of((x: Tensor<[37, 512], 'f32'>, w: Tensor<[512], 'f32'>, c: Tensor<[512], 'f32'>) => norm.apply({ weight: w, bias: c }, {}, x), f32(37, 512), f32(512), f32(512))],
  ]
  it.each(rows)('%s of rows is one kernel', (_, g) => {
    expect(kinds(g)).toEqual(['loop'])
    agrees(g)
  })
})
