/**
 * Random programs over arrays of hundreds and thousands of elements: kernels go there in tiles, vectors and code, and rows are
 * shared out, which programs of a few elements (program.ts) never see. Bounds of rounding errors would take too long, so every
 * value is held to what the reference makes of the very operands that the program computed: one op's slack, not a program's.
 */
import type { Graph } from '../lib/ir/graph.js'
import { numel } from '../lib/ir/node.js'
import type { Host, Node } from '../lib/ir/node.js'
import { b, constant, make, output, primitiveOf, stretch } from '../lib/prim/index.js'
import type { AnyPrimitive, PrimitiveName } from '../lib/prim/index.js'
import { isInexact } from '../lib/type/dtype.js'
import type { DType } from '../lib/type/dtype.js'
import { closed } from './calculus.js'
import { allSameBits, both, close, every, least, tolerance, within, workOf } from './close.js'
import type { Verdict } from './close.js'
import { chance, oneOf, shuffled, subset, unit } from './draw.js'
import type { Gen } from './draw.js'
import { hostOf, magnitude } from './host.js'
import { emit, oracle } from './machine.js'
import type { Machine } from './machine.js'
import { applied, functionOf, grown, inTurn } from './program.js'
import type { Growing, Program } from './program.js'

type Params = Node['params']
const sums: ReadonlySet<string> = new Set(['reduction', 'contraction'])
/** One more value: an op of values there are. */
const of = (g: Growing, op: PrimitiveName, args: readonly number[], params: Params): number =>
  g.add(op, args, (xs) => output(make(op, xs, params), 0), `${op}${JSON.stringify(params)}`)
const shapeOf = (g: Growing, x: number): readonly number[] => g.value(x).shape
const some = (g: Growing, shape: readonly number[], dtype: DType, range: readonly [number, number] = [-2, 2]): number => g.fitted({ shape, dtype }, range)
const among = (g: Growing, n: number): number[] => subset(g.draw, n, [...Array(n).keys()]).flatMap((x, i) => (x ? [i] : []))
const window = (groups: number, stride: number): Params => ({ stride: [stride, 1], padding: [[1, 1], [0, 1]], dilation: [1, 1], groups })

/** A reduction, and as a rule its values repeated where they came from. */
const reduced = (g: Growing, x: number, float: DType): number => {
  const shape = shapeOf(g, x), axes = among(g, shape.length), kept = [...shape.keys()].filter((a) => !axes.includes(a))
  const y = of(g, oneOf(g.draw, ['sum', 'sum', 'reduceMax', 'reduceMin', 'argmax'] as const), [some(g, shape, float)], { axes })
  return chance(g.draw, 70) ? of(g, 'broadcast', [y], { shape, axes: kept }) : y
}
const product = (g: Growing, x: number, float: DType): number => {
  const shape = shapeOf(g, x), k = shape.at(-1) ?? 1, n = oneOf(g.draw, [1, 5, 16, 40])
  return of(g, 'dot', [some(g, shape.length < 2 ? [1, k] : shape, float), some(g, [...shape.slice(0, -2), k, n], float)], {})
}
/** One of the three convolutions, of few channels or of many. */
const convolved = (g: Growing, float: DType): number => {
  const [channels, groups, stride] = [oneOf(g.draw, [[3, 4], [4, 20], [16, 16], [24, 16]] as const), 1 + g.draw(2), 1 + g.draw(2)]
  const [c, o] = channels.map((n) => n - (n % groups)) as [number, number]
  const w = window(groups, stride), x = [2, c, 9, 8], k = [o, c / groups, 3, 3], y = [2, o, Math.floor(8 / stride) + 1, 7]
  const which = g.draw(4)
  if (which < 2) return of(g, 'conv', [some(g, x, float), some(g, k, float)], w)
  return which === 2 ? of(g, 'convInput', [some(g, y, float), some(g, k, float)], { ...w, spatial: [9, 8] }) : of(g, 'convWeight', [some(g, x, float), some(g, y, float)], { ...w, kernel: [3, 3] })
}
const cut = (g: Growing, x: number): number => {
  const shape = shapeOf(g, x), step = shape.map(() => 1 + g.draw(2)), start = shape.map((n) => g.draw(Math.min(n, 3)))
  return of(g, 'slice', [x], { start, limit: shape.map((n, i) => Math.max((start[i] as number) + 1, n - g.draw(3))), step })
}
const padded = (g: Growing, x: number): number => {
  const shape = shapeOf(g, x), edge = (): number[] => shape.map(() => g.draw(3))
  return of(g, 'pad', [x, some(g, [], g.value(x).dtype)], { low: edge(), high: edge(), interior: shape.map(() => g.draw(2)) })
}
const joined = (g: Growing, x: number): number => {
  const { shape, dtype } = g.value(x)
  return of(g, 'concat', [x, some(g, shape, dtype)], { axis: g.draw(shape.length) })
}
const looked = (g: Growing, x: number): number => of(g, 'gather', [x, some(g, [oneOf(g.draw, [7, 60])], 'i32')], { batch: 0 })
const scattered = (g: Growing, x: number, float: DType): number => {
  const shape = shapeOf(g, x)
  return of(g, 'scatterAdd', [some(g, shape, float), some(g, shape.slice(0, 1), 'i32')], { batch: 0, size: 1 + g.draw(40) })
}
const axis = (g: Growing, x: number): number => g.draw(shapeOf(g, x).length)
const pooled = (g: Growing, float: DType): number =>
  of(g, 'maxPool', [some(g, [2, 6, 9, 8], float)], { kernel: [3, 2], stride: [2, 1], padding: [[1, 1], [0, 1]], dilation: [1, 1] })
/** What the planner makes less of: the same step again, views of views, casts and products by one that change nothing, a part of
 *  what was repeated, a product that is only read transposed. */
const again = (g: Growing): number => {
  const s = oneOf(g.draw, g.steps.length > 0 ? g.steps : [{ op: 'neg', text: 'neg', args: [0], make: ([v]: readonly Node[]) => b.neg([v as Node]) }])
  return g.add(s.op, s.args, s.make, s.text)
}
const idle: readonly ((g: Growing, x: number) => number)[] = [
  (g, x) => of(g, 'reshape', [of(g, 'reshape', [x], { shape: [numel(shapeOf(g, x))] })], { shape: [1, ...shapeOf(g, x)] }),
  (g, x) => of(g, 'cast', [x], { dtype: g.value(x).dtype }),
  (g, x) => g.add('mul', [x], ([v]) => b.mul([v as Node, stretch(constant(1, { shape: [], dtype: (v as Node).dtype }), (v as Node).shape)]), 'times one'),
  (g, x) => of(g, 'slice', [of(g, 'broadcast', [x], { shape: [5, ...shapeOf(g, x)], axes: shapeOf(g, x).map((_, i) => i + 1) })], { start: [1, ...shapeOf(g, x).map(() => 0)], limit: [3, ...shapeOf(g, x)], step: [1, ...shapeOf(g, x).map(() => 1)] }),
]
const across = (g: Growing, x: number, float: DType): number => {
  const y = product(g, x, float), { length } = shapeOf(g, y)
  return of(g, 'permute', [y], { axes: [...Array(length - 2).keys(), length - 1, length - 2] })
}
const moves: readonly ((g: Growing, x: number, float: DType) => number)[] = [
  reduced, reduced, reduced, product, product, (g, _, float) => convolved(g, float), cut, padded, joined, looked, scattered, (g, _, float) => pooled(g, float),
  (g, x) => of(g, 'permute', [x], { axes: shuffled(g.draw, shapeOf(g, x).length) }),
  again, across, (g, x) => oneOf(g.draw, idle)(g, x),
  (g, x) => of(g, 'flip', [x], { axes: among(g, shapeOf(g, x).length) }),
  (g, x) => g.shaped(x, oneOf(g.draw, [[6, 84], [900], [3, 7, 40], [33, 64]])),
  (g, x, float) => of(g, 'cumsum', [some(g, shapeOf(g, x), float)], { axis: axis(g, x), reverse: g.draw(2) === 1 }),
  (g, x) => of(g, g.draw(2) === 0 ? 'sort' : 'argsort', [some(g, shapeOf(g, x), 'f32')], { axis: axis(g, x) }),
]
const shapes = [[40, 33], [7, 260], [1000], [3, 12, 64], [64, 16], [2, 1, 9, 40], [1, 700]] as const
/** So small a value is left for a larger one. */
const FEW = 256, MANY = 12_000
const large = (g: Growing): number => {
  const fit = [...g.values.keys()].filter((i) => numel(shapeOf(g, i)) >= FEW && numel(shapeOf(g, i)) <= MANY && shapeOf(g, i).length > 0)
  return chance(g.draw, 60) ? fit.at(-1 - g.draw(Math.min(3, fit.length))) as number : oneOf(g.draw, fit)
}
/** Elementwise ops are those of the registry, in turn; half of all steps. */
export const wideProgramOf = (records: readonly AnyPrimitive[]): Gen<Program> => (draw) => {
  const float = oneOf(draw, ['f32', 'f32', 'f32', 'f64'] as const)
  const inputs = Array.from({ length: 2 + draw(2) }, () => hostOf({ shape: oneOf(draw, shapes), dtype: float }, () => 4 * unit(draw) - 2))
  const next = inTurn(draw, records.filter((p) => p.lower.kind === 'element' && !p.domain.dtypes.every((d) => d === 'u32')))
  return grown(draw, inputs, 5 + draw(26), (g) => (chance(draw, 50) ? applied(g, next(), float, shapeOf(g, large(g))) : oneOf(draw, moves)(g, large(g), float)))
}

const single = (x: Node) => (...xs: readonly Node[]): readonly Node[] => [output(make(x.op, xs, x.params), 0)]
const absolute = (x: Host): Host => (isInexact(x.dtype) ? hostOf(x, (i) => Math.abs(x.data[i] as number)) : x)
/** Σ |x| |w| beside Σ x w: what a sum rounds relative to. Winograd's tiles share the largest. */
const added = (x: Node, g: Graph, args: readonly Host[]): ((i: number) => number) => {
  const [sizes] = oracle.run(g, args.map(absolute)) as [Host], most = magnitude(sizes)
  return (i) => (x.op.startsWith('conv') ? most : (sizes.data[i] as number))
}
const nodeIsReference = (x: Node, got: Host, args: readonly Host[]): Verdict => {
  const g = closed(single(x), args), [want] = oracle.run(g, args) as [Host], work = workOf(primitiveOf(x.op), args), slack = tolerance(want, work)
  const size = slack > 0 && sums.has(work.class) ? added(x, g, args) : null
  const v = size === null ? close(got, want, work) : within(got, want, (i) => slack * size(i) + least(want.dtype))
  return v === true ? true : `${x.op} ${JSON.stringify(x.params)} of ${args.map((a) => `${a.dtype}[${a.shape}]`).join(', ')}: ${v}`
}
/** All values of a graph as its results. */
const laidOpen = (g: Graph): Graph => ({ ...g, outputs: g.nodes })
/** Every value is the reference's, of the operands that the machine computed; in every tier and by every code, bits are the same. */
export const wideIsReference = (p: Program, on: Machine): Verdict => {
  const g = closed(functionOf(p), p.inputs), open = laidOpen(g), all = on.run(open, p.inputs)
  const known = new Map<Node, Host>([...g.inputs.map((x, i) => [x, p.inputs[i]] as const), ...g.nodes.map((x, i) => [x, all[i]] as const)] as [Node, Host][])
  const valueOf = (x: Node): Host => known.get(x) as Host
  const right = every(g.nodes, (x) => nodeIsReference(x, valueOf(x), x.args.map(valueOf)))
  return both(right, () => everyWayIsTheSame(g, p.inputs, g.outputs.map(valueOf), on))
}
const everyWayIsTheSame = (g: Graph, inputs: readonly Host[], want: readonly Host[], on: Machine): Verdict => {
  try {
    return every([0, 256, 512] as const, (bits) => {
      emit(bits)
      return every([0, 1] as const, (tier) => {
        const v = allSameBits(on.run(g, inputs, tier), want)
        return v === true ? true : `code of ${bits} bits, tier ${tier}: ${v}`
      })
    })
  } finally {
    emit(512)
  }
}
