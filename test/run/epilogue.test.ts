/** Products and convolutions with epilogues: the plan has them, and no bit is another one. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allSameBits } from '../../laws/close.js'
import { fromSeed } from '../../laws/draw.js'
import type { Draw } from '../../laws/draw.js'
import { add, conv, cpu, explainPlan, matmul, mul, ones, relu, reshape, scan, sub, sum, transpose } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Graph } from '../../lib/ir/graph.js'
import type { Aval, Host, Node } from '../../lib/ir/node.js'
import type { Instruction, Loop, View } from '../../lib/ir/program.js'
import { b, constant, reshapeTo } from '../../lib/prim/index.js'
import { findAddon } from '../../lib/run/addon.js'
import { native } from '../../lib/run/native.js'
import { epilogues } from '../../lib/run/plan/epilogue.js'
import { plan } from '../../lib/run/plan/index.js'
import type { Storage } from '../../lib/run/plan/value.js'

const found = findAddon()
const f32 = (...shape: number[]): Aval => ({ shape, dtype: 'f32' })
const filled = (x: Aval, seed: number): Host =>
  ({ ...x, data: Float32Array.from({ length: x.shape.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * 0.7 + seed)) })
const to = (x: Node, dtype: 'f32' | 'bf16' | 'f64' | 'i32'): Node => b.cast([x], { dtype })
type Matrix = Tensor<[8, 8], 'f32'>

describe.skipIf('missing' in found)('epilogues', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  const backend = native(addon), names = addon.kernels().elementwise
  const planned = (g: Graph): readonly Instruction[] => plan(g, g.inputs.map(() => false), new Map(names.map((n, i) => [n, i])), 1).program.instructions
  const of = (f: unknown, ...types: Aval[]): Graph => closed(f as never, types)
  /** What an instruction does, and goes on with. */
  const said = (i: Instruction): string => ('epilogue' in i ? `${i.kind} ${i.epilogue?.ops.map((o) => names[o.code]).join(' ') ?? ''}` : i.kind)
  const lines = (g: Graph): string[] => planned(g).map(said)
  /** Results with operands kept and spent, of both tiers. */
  const agrees = (g: Graph): void => {
    const hosts = g.inputs.map(filled)
    const [fused, spent, plain] = ([[1, false], [1, true], [0, false]] as const).map(([tier, spends]) => {
      const e = backend.compile(g, g.inputs.map(() => false), tier), given = hosts.map((x) => backend.upload(x))
      const outs = backend.run(e, given, spends ? given.map(() => true) : undefined).map((y) => backend.download(y))
      backend.release(e)
      return outs
    })
    expect(allSameBits(fused ?? [], plain ?? [])).toBe(true)
    expect(allSameBits(spent ?? [], plain ?? [])).toBe(true)
  }
  const layer = (x: Tensor<[12, 6], 'f32'>, w: Tensor<[6, 8], 'f32'>, c: Tensor<[8], 'f32'>): Tensor<[12, 8], 'f32'> => relu(add(matmul(x, w), c))

  it('a layer is one kernel, and its plan says so', async () => {
    const g = of(layer, f32(12, 6), f32(6, 8), f32(8))
    expect(lines(g)).toEqual(['dot add le where'])
    agrees(g)
    const got = await explainPlan(layer)(ones([12, 6]), ones([6, 8]), ones([8]))(cpu)()
    expect(got._tag === 'Right' && got.right).toMatch(/12x6 by 6x8, then add le where\n1 kernels/)
  })
  it('what a product is made over, and what it is kept beside', () => {
    const made = (f: unknown): string[] => planned(of(f, f32(12, 6), f32(6, 8), f32(8))).map((i) => {
      const d = i as Extract<Instruction, { kind: 'dot' }>
      return `${said(i)}: ${d.epilogue?.sinks.map((s) => (s.view.buffer === d.out.buffer ? 'over' : 'beside')).join(' ')}`
    })
    expect(made(layer)).toEqual(['dot add le where: over'])
    // The product itself is asked for; what is made of it waits for one reading of it, not for both; and for both.
    expect(made((x: Node, w: Node) => { const y = b.dot([x, w]); return [y, b.neg([y])] })).toEqual(['dot neg: beside'])
    expect(made((x: Node, w: Node) => { const y = b.dot([x, w]); return [b.neg([y]), b.exp([y])] })).toEqual(['dot neg exp: beside beside'])
    expect(made((x: Node, w: Node) => { const y = b.dot([x, w]); return [b.neg([y]), b.mul([b.exp([y]), b.neg([y])])] })).toEqual(['dot neg exp mul: beside over'])
  })
  it('a residual that the caller may give away stays in a loop of its own, any other is read as the product is made', () => {
    expect(lines(of((x: Matrix, y: Matrix) => add(x, matmul(x, y)), f32(8, 8), f32(8, 8)))).toEqual(['dot', 'loop'])
    const g = of((x: Matrix, y: Matrix) => add(relu(mul(x, y)), matmul(x, y)), f32(8, 8), f32(8, 8))
    expect(lines(g).length).toBe(2)
    agrees(g)
  })
  it('what comes later, or in another order, is not read too early', () => {
    const g = of((x: Matrix, y: Matrix) => { const p = matmul(x, y), q = matmul(p, y); return [add(mul(p, p), transpose(p)), add(q, sum(q)), sub(transpose(q), p)] }, f32(8, 8), f32(8, 8))
    agrees(g)
    expect(lines(of((x: Matrix, y: Matrix) => { const p = matmul(x, y); return add(p, matmul(p, y)) }, f32(8, 8), f32(8, 8)))).toEqual(['dot', 'dot add'])
  })
  it('a row that is repeated until it has as many elements as the product is not the product', () => {
    const g = of((x: Node, y: Node, c: Node) => {
      const first = b.slice([b.dot([x, y])], { start: [0, 0], limit: [1, 8], step: [1, 1] })
      return [b.mul([b.broadcast([reshapeTo(first, [8])], { shape: [8, 8], axes: [1] }), b.broadcast([c], { shape: [8, 8], axes: [0] })])]
    }, f32(8, 8), f32(8, 8), f32(8))
    expect(lines(g)).toEqual(['dot', 'loop'])
    agrees(g)
  })
  it('a list in which something else happens in between stays as it is', () => {
    const at = (buffer: number): View => ({ buffer, dtype: 'f32', offset: 0, strides: [4, 1] })
    const dot: Instruction = { kind: 'dot', batch: [], m: 4, n: 4, k: 4, a: at(0), b: at(1), out: at(2) }
    const loop = (from: number, too: number, into: number, ...stores: number[]): Loop =>
      ({ kind: 'loop', dims: [4, 4], reduced: 0, sources: [at(from), at(too)], ops: [{ code: 0, dtype: 'f32', out: 'f32', args: [0] }], sinks: [2, ...stores].map((register, i) => ({ kind: 'store', register, view: at(into + i) })) })
    const storages = Array.from({ length: 8 }, (_, id): Storage => ({ id, bytes: 64, kind: id < 2 ? 'input' : 'temporary', at: 0 })), own = new Set([2, 3, 4, 5, 6, 7])
    const after = (...list: Instruction[]): readonly string[] => epilogues([dot, ...list], storages, own).map((i) => ('epilogue' in i ? `with, in ${i.kind === 'dot' ? i.out.buffer : ''}` : i.kind))
    expect(after(loop(2, 0, 3))).toEqual(['with, in 3'])
    expect(after(loop(0, 0, 4), loop(2, 0, 3))).toEqual(['with, in 3', 'loop'])
    expect(after(loop(0, 0, 4), loop(2, 4, 3)), 'it reads what was written').toEqual(['dot', 'loop', 'loop'])
    expect(after(loop(3, 3, 4), loop(2, 0, 3)), 'it writes what was read').toEqual(['dot', 'loop', 'loop'])
    expect(after(loop(0, 0, 3), loop(2, 0, 3)), 'it writes what was written').toEqual(['dot', 'loop', 'loop'])
    expect(after(loop(2, 0, 1)), 'it writes an operand').toEqual(['dot', 'loop'])
    expect(after(loop(2, 0, 3, 0)), 'the product is a result').toEqual(['with, in 2'])
  })
  it('few numbers that only inputs decide are no reason to wait', () => {
    const g = of((x: Node, w: Node, c: Node) => [b.mul([b.dot([x, w]), b.broadcast([b.rsqrt([b.exp([c])])], { shape: [12, 8], axes: [1] })])], f32(12, 6), f32(6, 8), f32(8))
    expect(lines(g)).toEqual(['loop', 'dot mul'])
    agrees(g)
  })
  it('bodies have theirs', () => {
    type H = Tensor<[5, 8], 'f32'>
    const g = of((w: Matrix, h: H, xs: Tensor<[4, 5, 8], 'f32'>) => scan((c: H, x: H) => { const y = relu(add(matmul(c, w), x)); return [y, mul(y, y)] as const }, h, xs), f32(8, 8), f32(5, 8), f32(4, 5, 8))
    const body = planned(g).flatMap((i) => (i.kind === 'repeat' ? i.body.map(said) : []))
    expect(body[0]).toMatch(/^dot add/)
    agrees(g)
  })
  it('a convolution goes on with what is known of its channels', () => {
    const block = (x: Tensor<[2, 16, 9, 8], 'f32'>, w: Tensor<[32, 16, 3, 3], 'f32'>, k: Tensor<[32], 'f32'>): unknown => {
      const channel = reshape(k, [32, 1, 1])
      const y = relu(add(mul(sub(conv(x, w, { padding: 1 }), channel), channel), channel))
      return conv(y, reshape(w, [16, 32, 3, 3]), { padding: 1 })
    }
    const g = of(block, f32(2, 16, 9, 8), f32(32, 16, 3, 3), f32(32))
    expect(lines(g)).toEqual(['conv sub mul add le where', 'conv'])
    agrees(g)
  })
  it('so does one of each channel by itself, images channels last or first', () => {
    const block = (groups: number) => (x: Node, w: Node, k: Node): Node => {
      const y = b.conv([x, w], { stride: [1, 1], padding: [[1, 1], [1, 1]], dilation: [1, 1], groups })
      return b.max([b.add([y, b.broadcast([k], { shape: y.shape, axes: [1] })]), constant(0, y)])
    }
    for (const [c, outs, ...space] of [[64, 1, 9, 8], [19, 1, 30, 70], [16, 2, 12, 300]] as const) {
      const g = of(block(c), f32(2, c, ...space), f32(c * outs, 1, 3, 3), f32(c * outs))
      expect(lines(g)).toEqual(['conv add max'])
      agrees(g)
      const last = (x: Node, w: Node, k: Node): Node => b.permute([block(c)(b.permute([x], { axes: [0, 3, 1, 2] }), w, k)], { axes: [0, 2, 3, 1] })
      agrees(of(last, f32(2, ...space, c), f32(c * outs, 1, 3, 3), f32(c * outs)))
    }
  })

  /** Matrices of [m, n]: products of them, and whatever may be done with those. */
  const matrices = (draw: Draw, m: number, n: number) => (x: Node, w: Node, square: Node, row: Node, column: Node): Node[] => {
    const shape = [m, n], all: Node[] = [b.dot([x, w])], any = (): Node => all[Math.max(0, all.length - 1 - draw(4))] as Node
    const along = (v: Node, axis: number): Node => b.broadcast([v], { shape, axes: [axis] })
    for (let i = 4 + draw(10); i > 0; i--) {
      const p = any(), q = any(), which = draw(14)
      all.push(which < 3 ? b.dot([p, square]) : which === 3 ? b.add([p, along(row, 1)]) : which === 4 ? b.mul([p, along(column, 0)]) : which === 5 ? b.max([p, constant(0, p)]) : which === 6 ? b.tanh([p])
        : which === 7 ? b.where([b.lt([p, q]), p, b.neg([q])]) : which === 8 ? b.sub([p, along(b.sum([p], { axes: [1] }), 0)]) : which === 9 ? to(to(b.add([to(p, 'bf16'), to(q, 'bf16')]), 'bf16'), 'f32')
          : which === 10 ? (m === n ? b.permute([p], { axes: [1, 0] }) : reshapeTo(b.neg([reshapeTo(p, [m * n])]), shape)) : which === 11 ? to(b.dot([to(p, 'bf16'), to(square, 'bf16')]), 'f32')
            : which === 12 ? b.add([p, along(reshapeTo(b.slice([q], { start: [m - 1, 0], limit: [m, n], step: [1, 1] }), [n]), 1)]) : b.sub([p, q]))
    }
    return Array.from({ length: 1 + draw(3) }, any)
  }
  /** Images of one size: convolutions of them, and what follows those. */
  const images = (draw: Draw, channels: number) => (x: Node, w: Node, k: Node): Node[] => {
    const all = [x], any = (): Node => all[Math.max(0, all.length - 1 - draw(3))] as Node
    for (let i = 4 + draw(8); i > 0; i--) {
      const p = any(), q = any(), which = draw(6), channel = b.broadcast([k], { shape: x.shape, axes: [1] })
      all.push(which < 2 ? b.conv([p, w], { stride: [1, 1], padding: [[1, 1], [1, 1]], dilation: [1, 1], groups: channels === 12 ? 3 : channels === 20 ? 20 : 1 }) : which === 2 ? b.mul([p, channel]) : which === 3 ? b.add([p, channel]) : which === 4 ? b.max([p, constant(0, p)]) : b.add([p, q]))
    }
    return Array.from({ length: 1 + draw(2) }, any)
  }
  const epiloguesIn = (g: Graph): number => planned(g).filter((i) => 'epilogue' in i).length
  it('random programs of products', () => {
    let count = 0
    for (let seed = 1; seed <= 150; seed++) {
      const draw = fromSeed(seed), [m, n, k] = ([[7, 5, 3], [16, 16, 4], [130, 300, 40], [200, 72, 8], [1, 40, 6], [33, 1, 9]] as const)[draw(6)] as readonly [number, number, number]
      const g = of(matrices(draw, m, n), f32(m, k), f32(k, n), f32(n, n), f32(n), f32(m))
      count += epiloguesIn(g)
      agrees(g)
    }
    expect(count).toBeGreaterThan(150)
  })
  it('random programs of convolutions', () => {
    let count = 0
    for (let seed = 1; seed <= 100; seed++) {
      const draw = fromSeed(seed), channels = [3, 12, 16, 20, 40][draw(5)] as number
      const g = of(images(draw, channels), f32(2, channels, 13, 11), f32(channels, channels === 12 ? 4 : channels === 20 ? 1 : channels, 3, 3), f32(channels))
      count += epiloguesIn(g)
      agrees(g)
    }
    expect(count).toBeGreaterThan(40)
  })
})
