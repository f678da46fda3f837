/** How intermediate values lie: seen in the plan only, never in a result. */
import { describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allSameBits } from '../../laws/close.js'
import { add, broadcastTo, conv, flip, grad, linalg, matmul, maxPool, mean, mul, permute, relu, reshape, scan, slice, square, sub, sum, transpose } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Graph } from '../../lib/ir/graph.js'
import type { Aval, Host } from '../../lib/ir/node.js'
import type { Instruction, View } from '../../lib/ir/program.js'
import { findAddon } from '../../lib/run/addon.js'
import { evaluate } from '../../lib/run/evaluate.js'
import { native } from '../../lib/run/native.js'
import { plan } from '../../lib/run/plan/index.js'

const found = findAddon()
const f32 = (...shape: number[]): Aval => ({ shape, dtype: 'f32' })
const filled = (x: Aval, seed: number): Host => {
  const n = x.shape.reduce((p, d) => p * d, 1)
  return { ...x, data: Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.7 + seed)) }
}
type Images = Tensor<[2, 16, 9, 8], 'f32'>
/** Two convolutions, a pooling and a normalised channel, so that every kind of value that lies channels last occurs. */
const network = (v: Tensor<[32, 16, 3, 3], 'f32'>, w: Tensor<[16, 32, 3, 3], 'f32'>, x: Images): Tensor<[], 'f32'> => {
  const y = relu(conv(x, v, { padding: 1 }))
  const centred = sub(y, mean(y, { axes: [0, 2, 3], keepdims: true }))
  const z = conv(maxPool(mul(centred, centred), { kernel: 3, stride: 2, padding: 1 }), w, { padding: 1, stride: 2 })
  return sum(mul(z, add(z, z)))
}
const gradients = (): Graph => closed(grad(network, { argnums: [0, 1, 2] }) as never, [f32(32, 16, 3, 3), f32(16, 32, 3, 3), f32(2, 16, 9, 8)])

describe.skipIf('missing' in found)('layout', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  const planned = (g: Graph) => plan(g, g.inputs.map(() => false), new Map(addon.kernels().elementwise.map((n, i) => [n, i])), 1).program
  const kinds = <K extends Instruction['kind']>(g: Graph, kind: K) => planned(g).instructions.filter((i): i is Extract<Instruction, { kind: K }> => i.kind === kind)
  const inside = (g: Graph, v: View): boolean => planned(g).buffers[v.buffer]?.kind === 'arena'
  const agrees = (g: Graph): void => {
    const inputs = g.inputs.map((x, i) => filled(x, i)), backend = native(addon)
    const [fused, plain] = ([1, 0] as const).map((tier) => evaluate(g, inputs, backend, { tier }).outputs)
    expect(allSameBits(fused ?? [], plain ?? [])).toBe(true)
  }
  it('images between convolutions lie channels last, and no bit changes', () => {
    const g = gradients(), convs = kinds(g, 'conv')
    expect(convs.length).toBe(6)
    for (const c of convs) for (const v of [c.x, c.y]) if (inside(g, v)) expect(v.strides[1]).toBe(1)
    for (const p of kinds(g, 'pool')) for (const v of [p.x, p.y]) expect(v.strides[1]).toBe(1)
    agrees(g)
  })
  it('images of few channels lie channels first but for what is reshaped, and no bit changes', () => {
    const few = (v: Tensor<[6, 1, 3, 3], 'f32'>, w: Tensor<[8, 6, 3, 3], 'f32'>, m: Tensor<[72, 5], 'f32'>, x: Tensor<[3, 1, 16, 16], 'f32'>): Tensor<[], 'f32'> =>
      sum(square(matmul(reshape(maxPool(relu(conv(maxPool(relu(conv(x, v, { padding: 1 })), { kernel: 2 }), w)), { kernel: 2 }), [3, 72]), m)))
    const g = closed(grad(few, { argnums: [0, 1, 2] }) as never, [f32(6, 1, 3, 3), f32(8, 6, 3, 3), f32(72, 5), f32(3, 1, 16, 16)])
    const images = [...kinds(g, 'conv'), ...kinds(g, 'pool')].flatMap((i) => [i.x, i.y]).filter((v) => inside(g, v))
    const first = images.filter((v) => (v.strides[1] as number) > (v.strides[0] as number))
    expect(first.length).toBeGreaterThan(images.length / 2)
    agrees(g)
  })
  it('images of few channels that are results, and what lies like them, are not turned', () => {
    const f = (x: Tensor<[3, 1, 16, 16], 'f32'>, v: Tensor<[6, 1, 3, 3], 'f32'>, c: Tensor<[6, 1, 1], 'f32'>): Tensor<[3, 6, 16, 16], 'f32'> => relu(add(conv(x, v, { padding: 1 }), c))
    const g = closed(f as never, [f32(3, 1, 16, 16), f32(6, 1, 3, 3), f32(6, 1, 1)])
    expect(kinds(g, 'conv').map((i) => i.y.strides)).toEqual([[1536, 256, 16, 1]])
    expect(planned(g).instructions.map((i) => i.kind)).toEqual(['conv'])
    agrees(g)
  })
  it('views cost nothing: the loop reads through all of them, and there is no other kernel', () => {
    const viewed = (x: Tensor<[6, 8], 'f32'>): Tensor<[5, 4, 3], 'f32'> => {
      const v = broadcastTo(flip(slice(permute(reshape(x, [6, 4, 2]), [2, 1, 0]), [[0, 1], null, [0, 6, 2]])), [5, 4, 3])
      return mul(v, v)
    }
    const g = closed(viewed as never, [f32(6, 8)])
    expect(planned(g).instructions.map((i) => i.kind)).toEqual(['loop'])
    agrees(g)
  })
  it('several results are made where they are asked for, each once', () => {
    const factors = closed(((x: Tensor<[5, 4], 'f32'>) => linalg.qr(x)) as never, [f32(5, 4)])
    expect(planned(factors).instructions.map((i) => i.kind)).toEqual(['factor'])
    agrees(factors)
    const sums = closed(((start: Tensor<[3], 'f32'>, xs: Tensor<[7, 3], 'f32'>) => {
      const [last, all] = scan((c: Tensor<[3], 'f32'>, x: Tensor<[3], 'f32'>) => [add(c, x), mul(c, x)] as const, start, xs)
      return [last, all, last]
    }) as never, [f32(3), f32(7, 3)])
    expect(planned(sums).instructions.map((i) => i.kind)).toEqual(['loop', 'repeat', 'loop']) // the start, the steps, and what is asked for twice
    agrees(sums)
  })
  it('a product that is only read transposed lies as its reader wants it', () => {
    const step = (w: Tensor<[5, 7], 'f32'>, x: Tensor<[3, 7], 'f32'>): Tensor<[5, 7], 'f32'> =>
      sub(w, grad((u: Tensor<[5, 7], 'f32'>) => sum(square(matmul(x, transpose(u)))))(w))
    const g = closed(step as never, [f32(5, 7), f32(3, 7)])
    expect(kinds(g, 'dot').map((d) => d.out.strides)).toContainEqual([1, 7])
    agrees(g)
  })
  it('a product that is asked for transposed is made there, also where it is asked for as it is', () => {
    const gradient = grad((u: Tensor<[5, 7], 'f32'>, x: Tensor<[3, 7], 'f32'>) => sum(square(matmul(x, transpose(u)))))
    const g = closed(gradient as never, [f32(5, 7), f32(3, 7)])
    expect(planned(g).instructions.map((i) => i.kind)).not.toContain('copy')
    expect(planned(g).instructions.at(-1)?.kind).toBe('dot')
    agrees(g)
    const both = closed(((a: Tensor<[5, 7], 'f32'>, b: Tensor<[7, 3], 'f32'>) => [transpose(matmul(a, b)), matmul(a, b), mul(matmul(a, b), matmul(a, b))]) as never, [f32(5, 7), f32(7, 3)])
    agrees(both)
  })
})
