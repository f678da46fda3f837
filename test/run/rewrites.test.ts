/**
 * What the planner makes of programs, rewrite by rewrite: a plan that shows it, and that random programs meet it. That no bit
 * changes by it is held for the same programs: tier 0 rewrites nothing but what must be opened.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { closed } from '../../laws/calculus.js'
import { allSameBits } from '../../laws/close.js'
import { fromSeed } from '../../laws/draw.js'
import { bench, nativeMachine } from '../../laws/machine.js'
import { functionOf, records } from '../../laws/program.js'
import { wideProgramOf } from '../../laws/wide.js'
import {
  add, broadcastTo, cast, conv, cos, cpu, div, exp, explainPlan, grad, jit, loss, matmul, maxPool, mean, mul, ones, permute, pmap, psum, axis, relu, remat, reshape, scan, sin, slice, softmax, sub, sum, tanh, transpose,
  valueAndGrad, zeros,
} from '../../lib/index.js'
import type { AnyTensor, Tensor } from '../../lib/index.js'
import type { Graph } from '../../lib/ir/graph.js'
import { numel } from '../../lib/ir/node.js'
import type { Instruction, Loop } from '../../lib/ir/program.js'
import { expand } from '../../lib/run/plan/expand.js'
import { plan } from '../../lib/run/plan/index.js'
import type { Plan } from '../../lib/run/plan/index.js'
import { channelStrides } from '../../lib/run/plan/layout.js'
import { eachView } from '../../lib/run/plan/view.js'
import { turned } from '../../lib/run/plan/turned.js'

const native = nativeMachine(bench())
type F = (...xs: never[]) => unknown
/** Kernels and what they do; times and sizes left out. */
const shown = async (f: F, ...args: AnyTensor[]): Promise<string> => {
  const got = await explainPlan(f as (...xs: unknown[]) => unknown)(...args)(cpu)()
  if (got._tag === 'Left') throw got.left
  const [header = '', ...rows] = got.right.split('\n'), [kernel, what] = [header.indexOf('kernel'), header.indexOf('what')]
  return rows.slice(0, -1).map((r) => `${r.slice(kernel).split(' ')[0]} ${r.slice(what)}`.trim()).join('\n')
}
const names = native?.backend.kernels() ?? []
const planned = (g: Graph): Plan => plan(g, g.inputs.map(() => false), new Map(names.map((n, i) => [n, i])), 1)
const loops = (p: Plan): readonly Loop[] => p.program.instructions.filter((i): i is Loop => i.kind === 'loop')

describe.skipIf(native === undefined)('a plan', () => {
  type M = Tensor<[8, 12], 'f32'>
  const x = ones([8, 12])
  it('computes equal expressions once, and nothing that nobody reads', async () => {
    expect(await shown((a: M) => sub(exp(sin(a)), tanh(exp(sin(a)))), x)).toMatchInlineSnapshot(`"loop 8x12: sin exp tanh sub"`)
    expect(await shown((a: M) => jit((y: M) => [tanh(y), matmul(exp(y), transpose(y))] as const)(a)[0], x)).toMatchInlineSnapshot(`"loop 8x12: tanh"`)
  })
  it('leaves out what changes nothing', async () => {
    expect(await shown((a: M) => tanh(reshape(cast(mul(reshape(a, [96]), ones([96])), 'f32'), [4, 24])), x)).toMatchInlineSnapshot(`"loop 4x24: tanh"`)
    expect(await shown((a: M) => slice(broadcastTo(sin(a), [5, 8, 12]), [[1, 3]]), x)).toMatchInlineSnapshot(`
      "loop 8x12: sin
      loop 2x8x12: copy"
    `)
  })
  it('opens calls, keeps what remat computes again', async () => {
    expect(await shown((a: M) => jit((y: M) => add(sin(y), 1))(cos(a)), x)).toMatchInlineSnapshot(`"loop 8x12: cos sin add"`)
    expect(await shown(grad((a: M) => sum(remat((y: M) => sin(sin(y)))(a))) as F, x)).toMatchInlineSnapshot(`
      "loop 8x12: copy
      loop 8x12: sin cos cos mul mul"
    `)
  })
  it('goes through elements once, with reductions and what reads them', async () => {
    expect(await shown((a: M) => mean(mul(add(a, 1), a)), x)).toMatchInlineSnapshot(`"loop 8x12: add mul div reduce sum reduce row"`)
    expect(await shown((a: M) => softmax(mul(a, 2), { axis: -1 }), x)).toMatchInlineSnapshot(`"loop 8x12: mul sub exp div reduce max reduce sum"`)
    expect(await shown((a: M) => sub(a, sum(a, { axes: [0] })), x)).toMatchInlineSnapshot(`
      "loop 12x8: reduce sum
      loop 8x12: sub"
    `)
  })
  it('goes through logits once for their cross-entropy, and once more for its gradient', async () => {
    type Logits = Tensor<[512, 12], 'f32'>
    type Classes = Tensor<[512], 'i32'>
    const [z, y] = [ones([512, 12]), zeros([512], { dtype: 'i32' })]
    const plain = (a: Logits, t: Classes) => loss.crossEntropy(a, t), smooth = (a: Logits, t: Classes) => loss.crossEntropy(a, t, { labelSmoothing: 0.1, weight: ones([12]), ignoreIndex: 3 })
    expect(await shown(plain, z, y)).toMatchInlineSnapshot(`
      "loop 512x12: eq sub exp log sub where reduce max reduce sum reduce sum
      loop 512: ge lt and where neg ne where where div reduce sum reduce sum reduce row"
    `)
    expect(await shown((a: Logits, t: Classes) => grad((x: Logits) => plain(x, t))(a), z, y)).toMatchInlineSnapshot(`
      "loop 512: ne where ge lt and div where neg where reduce sum
      loop 512x12: eq where neg sub exp div mul add reduce max reduce sum reduce sum"
    `)
    expect(await shown((a: Logits, t: Classes) => valueAndGrad((x: Logits) => plain(x, t))(a), z, y)).toMatchInlineSnapshot(`
      "loop 512x12: eq sub exp log sub where reduce max reduce sum reduce sum
      loop 512: ge lt and where neg ne where where div div where neg where reduce sum reduce sum reduce row
      loop 512x12: where neg div mul add reduce sum"
    `)
    expect(await shown(smooth, z, y)).toMatchInlineSnapshot(`
      "loop 512x12: eq where sub exp log sub where neg mul reduce max reduce sum reduce sum reduce sum reduce sum reduce row
      loop 512: ge lt and where neg mul add ne where where div reduce sum reduce sum reduce row"
    `)
    expect(await shown((a: Logits, t: Classes) => valueAndGrad((x: Logits) => smooth(x, t))(a), z, y)).toMatchInlineSnapshot(`
      "loop 512x12: eq where sub exp log sub where neg mul reduce max reduce sum reduce sum reduce sum reduce sum reduce row
      loop 512: ne where ge lt and where neg mul add where div div where mul neg mul neg where reduce sum reduce sum reduce row
      loop 512x12: where add neg div mul add reduce sum"
    `)
  })
  it('ends products with what follows them', async () => {
    expect(await shown((a: M, w: Tensor<[12, 4], 'f32'>, c: Tensor<[4], 'f32'>) => relu(add(matmul(a, w), c)), x, ones([12, 4]), ones([4]))).toMatchInlineSnapshot(`"dot 8x12 by 12x4, then add le where"`)
  })
  it('multiplies so that a transposed result is made in place', async () => {
    expect(await shown((a: M, w: Tensor<[12, 4], 'f32'>) => sub(ones([4, 8]), transpose(matmul(a, w))), x, ones([12, 4]))).toMatchInlineSnapshot(`"dot 8x12 by 12x4, then sub"`)
    expect(await shown((a: M) => permute(a, [1, 0]), x)).toMatchInlineSnapshot(`"loop 12x8: copy"`)
  })
  it('keeps images as convolutions want them', async () => {
    const block = (i: Tensor<[1, 16, 8, 8], 'f32'>, w: Tensor<[16, 16, 3, 3], 'f32'>) => sum(maxPool(relu(conv(relu(conv(i, w)), w)), { kernel: 2 }), { axes: [0, 2, 3] })
    expect(await shown(block, ones([1, 16, 8, 8]), ones([16, 16, 3, 3]))).toMatchInlineSnapshot(`
      "conv 1x16x8x8 with 16 of 3x3, then le where
      conv 1x16x6x6 with 16 of 3x3, then le where
      pool 1x16x4x4 by 2x2
      loop 16x1x2x2: reduce sum"
    `)
  })
  it('computes narrow dtypes in wide ones, complex numbers by their parts', async () => {
    expect(await shown((a: M) => { const h = cast(a, 'bf16'); return add(mul(h, h), h) }, x)).toMatchInlineSnapshot(`"loop 8x12: cast cast mul cast cast add cast"`)
    expect(await shown((a: M) => { const z = cast(a, 'c64'); return mul(z, z) }, x)).toMatchInlineSnapshot(`"loop 8x12: mul mul sub mul mul add"`)
  })
  it('takes short functions where it may', async () => {
    expect(await shown(jit((a: M) => sin(a), { math: 'fast' }) as F, x)).toMatchInlineSnapshot(`"loop 8x12: mul add floor add mul sub mul sub mul sub mul mul mul add mul add mul add mul add mul floor mul sub mul add mul"`)
  })
  it('repeats the body of a scan, and gives each device its own', async () => {
    expect(await shown((a: M) => scan((c: Tensor<[12], 'f32'>, r: Tensor<[12], 'f32'>) => [add(mul(c, 0.5), r), div(r, 2)] as const, ones([12]), a), x)).toMatchInlineSnapshot(`
      "loop 12: copy
      loop 12: copy
      repeat 8 times 2 instructions"
    `)
    const d = axis('d', 8)
    expect(await shown((a: M, w: Tensor<[12, 12], 'f32'>) => pmap((r: Tensor<[12], 'f32'>) => psum(matmul(r, w), d), { axis: d })(a), x, ones([12, 12]))).toMatchInlineSnapshot(`
      "gang 8 devices, 2 instructions each
      loop 12: add add add add add add add
      loop 8x12: copy"
    `)
  })
})

describe.skipIf(native === undefined)('random programs', () => {
  const arena = (p: Plan): number => p.program.buffers.reduce((n, b) => n + (b.kind === 'arena' ? b.bytes : 0), 0)
  const reads = (l: Loop): boolean => l.sources.some((s) => 'sink' in s)
  /** A short loop over inputs alone begins, and what reads it is not the next. */
  const loopsFirst = ({ program: { instructions: [first, second], buffers } }: Plan): boolean => {
    if (first?.kind !== 'loop' || second === undefined || !first.sources.every((s) => 'buffer' in s && buffers[s.buffer]?.kind === 'input')) return false
    const made = new Set(first.sinks.map((s) => s.view.buffer)), read: number[] = []
    eachView(second, (v) => read.push(v.buffer))
    return numel(first.dims) <= 4096 && !read.some((at) => made.has(at))
  }
  const isNarrow = (d: string): boolean => ['f16', 'bf16', 'i8', 'i16', 'u16', 'u64'].includes(d)
  /** The rewrites, and whether a program meets one. */
  const rewrites: Readonly<Record<string, (g: Graph, e: Graph, p: Plan) => boolean>> = {
    'equal expressions and idle steps': (g, e) => e.nodes.length < expand(g, 0).nodes.length,
    'several operations a loop': (_g, _e, p) => loops(p).some((l) => l.ops.length > 1),
    'a reduction in its loop': (_g, _e, p) => loops(p).some((l) => l.ops.length > 0 && l.sinks.some((s) => s.kind !== 'store')),
    'a row that reads its reductions': (_g, _e, p) => loops(p).some(reads),
    'few numbers before all steps': (_g, _e, p) => loopsFirst(p),
    'epilogues': (_g, _e, p) => p.program.instructions.some((i: Instruction) => 'epilogue' in i),
    'products that are read transposed': (_g, e) => turned(e).size > 0,
    'images that are not row-major': (_g, e) => channelStrides(e).size > 0,
    'narrow dtypes': (g) => g.nodes.some((x) => isNarrow(x.dtype)),
    'temporaries that share bytes': (_g, _e, p) => p.arenaBytes < arena(p) / 2,
  }
  const met = new Map<string, number>()
  it('are what they are without rewrites, bit for bit', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const p = wideProgramOf(records)(fromSeed(seed)), g = closed(functionOf(p), p.inputs), made = planned(g), opened = expand(g, 1)
      for (const [name, is] of Object.entries(rewrites)) if (is(g, opened, made)) met.set(name, (met.get(name) ?? 0) + 1)
      const [fused, plain] = ([1, 0] as const).map((tier) => native?.run(g, p.inputs, tier) ?? [])
      expect(allSameBits(fused ?? [], plain ?? []), `seed ${seed}`).toBe(true)
    }
  })
  afterAll(() => expect(Object.keys(rewrites).filter((name) => (met.get(name) ?? 0) < 15), [...met].join('; ')).toEqual([]))
})
