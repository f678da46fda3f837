/** Functions of rows with several reductions, one after the other: code gives the interpreter's bits, whichever rows are under way together. */
import { afterAll, describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allSameBits } from '../../laws/close.js'
import { fromSeed } from '../../laws/draw.js'
import { nn, softmax, vjp } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import type { Graph } from '../../lib/ir/graph.js'
import type { Aval, Host, Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'
import { findAddon } from '../../lib/run/addon.js'
import { native } from '../../lib/run/native.js'
import { rounded } from '../../lib/type/half.js'

const found = findAddon()
type Dtype = 'f32' | 'f16' | 'bf16' | 'i32'
const dtypes = ['f32', 'f16', 'bf16'] as const
const of = (dtype: Dtype, ...shape: number[]) => ({ shape, dtype })
const filled = (x: Aval, seed: number): Host => ({ shape: x.shape, dtype: x.dtype, data: x.dtype === 'i32' ? Int32Array.from({ length: x.shape[0] as number }, (_, i) => (i * 7) % 70 - 3) : rounded(Float32Array.from({ length: x.shape.reduce((p, d) => p * d, 1) }, (_, i) => Math.sin(i * 0.7 + seed * 1.3) + 0.1 * seed), x.dtype) })
const along = (row: Node, shape: readonly number[]): Node => b.broadcast([row], { shape, axes: [0] })
type Draw = (n: number) => number

/** One to four reductions, each read by what is one value a row and by the row itself; v and `label` have one value a row. */
const staged = (draw: Draw, x: Node, y: Node, w: Node, v: Node, label: Node): Node[] => {
  const all: Node[] = [x, y, b.broadcast([w], { shape: x.shape, axes: [1] })], rows: Node[] = [], memory = draw(2) === 0 ? v : b.flip([v], { axes: [0] })
  const picked = b.eq([along(label, x.shape), b.iota([], { shape: x.shape, axis: 1, dtype: 'i32' })])
  const any = (xs: readonly Node[]): Node => xs[draw(xs.length)] as Node
  const work = (xs: Node[], n: number): void => {
    for (let i = 0; i < n; i++) {
      const p = any(xs), q = xs === rows && draw(4) === 0 ? memory : any(xs), which = draw(7)
      xs.push(xs === all && draw(6) === 0 ? b.where([picked, p, q]) : which === 0 ? b.add([p, q]) : which === 1 ? b.sub([p, q]) : which === 2 ? b.mul([p, q]) : which === 3 ? b.max([p, q]) : which === 4 ? b.tanh([p]) : which === 5 ? b.rsqrt([b.abs([p])]) : b.neg([q]))
    }
  }
  for (let stage = 1 + draw(4); stage > 0; stage--) {
    work(all, 1 + draw(6))
    for (let k = 1 + draw(2); k > 0; k--) rows.push((draw(3) > 0 ? b.sum : b.reduceMax)([all[all.length - 1 - draw(2)] as Node], { axes: [1] }))
    work(rows, draw(6))
    const row = along(draw(4) === 0 ? memory : rows[rows.length - 1] as Node, x.shape)
    all.push(draw(2) === 0 ? b.sub([any(all), row]) : b.mul([any(all), row]))
  }
  work(all, draw(4))
  return [...all.slice(-1 - draw(2)), ...rows.slice(-1 - draw(2))]
}
type Rows = Tensor<[37, 512], 'f32'>
const norm = nn.model([512], nn.layerNorm)
const gradients: Readonly<Record<string, (x: Rows, ct: Rows, w: Tensor<[512], 'f32'>) => unknown>> = {
  'layer norm': (x, ct, w) => vjp((a: Rows, v: Tensor<[512], 'f32'>) => norm.apply({ weight: v, bias: v }, {}, a), x, w)[1](ct),
  softmax: (x, ct) => vjp((a: Rows) => softmax(a, { axis: -1 }), x)[1](ct),
}
describe.skipIf('missing' in found)('rows', () => {
  const { addon } = found as Extract<typeof found, { addon: unknown }>
  const backend = native(addon)
  afterAll(() => addon.emits(512))
  /** The same bits one by one, without code, and with code of both widths. */
  const agree = (g: Graph): void => {
    const hosts = g.inputs.map(filled)
    const results = ([[0, 0], [0, 1], [256, 1], [512, 1]] as const).map(([bits, tier]) => {
      addon.emits(bits)
      const e = backend.compile(g, g.inputs.map(() => false), tier)
      const outs = backend.run(e, hosts.map((x) => backend.upload(x))).map((y) => backend.download(y))
      backend.release(e)
      return outs
    })
    for (const r of results) expect(allSameBits(r, results[0] ?? [])).toBe(true)
  }
  it('random functions', () => {
    for (let seed = 1; seed <= 240; seed++) {
      const draw = fromSeed(seed), shape = [[37, 512], [64, 64], [19, 1000], [300, 40]][draw(4)] as [number, number]
      const dtype = dtypes[seed % 3] as Dtype
      agree(closed(((...xs: [Node, Node, Node, Node, Node]) => staged(draw, ...xs)) as never, [of(dtype, ...shape), of(dtype, ...shape), of(dtype, shape[1]), of(dtype, shape[0]), of('i32', shape[0])]))
    }
  })
  it.each(Object.keys(gradients))('the gradient of %s, also of results past the caches', (name) => {
    for (const dtype of dtypes)
      for (const rows of [37, { f32: 8200, f16: 16400, bf16: 300 }[dtype]]) agree(closed(gradients[name] as never, [of(dtype, rows, 512), of(dtype, rows, 512), of(dtype, 512)]))
  })
})
