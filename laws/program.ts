/**
 * Random programs. A program is a list of steps over numbered values, typed by construction: while it grows, every step is
 * computed by the reference, so the next one knows shapes, dtypes and magnitudes. A primitive is picked from the registry,
 * its own domain says what operands it wants, and existing values are adapted to that (cast, reshape, slice, broadcast,
 * squash), which is where many of the movement ops come from. Control flow captures values of the program around it.
 */
import { numel, sameShape } from '../lib/ir/node.js'
import type { Aval, Host, Node } from '../lib/ir/node.js'
import { b, castTo, constant, make, output, primitives, reshapeTo, stretch } from '../lib/prim/index.js'
import type { AnyPrimitive } from '../lib/prim/index.js'
import { isFault } from '../lib/type/fault.js'
import { isComplex } from '../lib/type/dtype.js'
import type { DType } from '../lib/type/dtype.js'
import { closed } from './calculus.js'
import type { Fn } from './calculus.js'
import { chance, oneOf, unit } from './draw.js'
import type { Draw, Gen } from './draw.js'
import { blocks } from './block.js'
import { describe, hostOf, isFloating, magnitude } from './host.js'
import { oracle } from './machine.js'

/** Primitives of values: those that programs may be made of. The registry keeps each record's own type. */
export const records: readonly AnyPrimitive[] = (Object.values(primitives) as unknown as AnyPrimitive[]).filter((p) => p.domain.dtypes.length > 0)

export interface Step {
  readonly op: string
  readonly text: string
  readonly args: readonly number[]
  readonly make: (xs: readonly Node[]) => Node
}
export interface Program {
  readonly inputs: readonly Host[]
  readonly steps: readonly Step[]
  /** Numbers of values: inputs first, then one a step. */
  readonly outputs: readonly number[]
}
/** The value of every input and step; `given` replaces some. */
export const valuesOf = (p: Program, inputs: readonly Node[], given: ReadonlyMap<number, Node> = new Map()): readonly Node[] => {
  const values: Node[] = inputs.map((x, i) => given.get(i) ?? x)
  for (const s of p.steps) values.push(given.get(values.length) ?? s.make(s.args.map((a) => values[a] as Node)))
  return values
}
export const functionOf = (p: Program): Fn => (...xs) => {
  const values = valuesOf(p, xs)
  return p.outputs.map((o) => values[o] as Node)
}
export const programText = (p: Program): string =>
  [...p.inputs.map((x, i) => `v${i} = ${describe(x)}`), ...p.steps.map((s, i) => `v${p.inputs.length + i} = ${s.text}(${s.args.map((a) => `v${a}`).join(', ')})`), `outputs ${p.outputs.map((o) => `v${o}`).join(', ')}`].join('\n    ')

export interface Flavour {
  /** The dtype of most values. */
  readonly float: 'f32' | 'f64'
  /** Only float values: what gradients want. */
  readonly smooth: boolean
  readonly steps: number
}

export class Growing {
  readonly values: Host[]
  readonly steps: Step[] = []
  readonly draw: Draw
  constructor(draw: Draw, inputs: readonly Host[]) {
    this.draw = draw
    this.values = [...inputs]
  }
  /** Adds a step and computes it; returns its number. */
  add(op: string, args: readonly number[], build: (xs: readonly Node[]) => Node, text = op): number {
    const operands = args.map((a) => this.values[a] as Host)
    const [value] = oracle.run(closed((...xs) => [build(xs)], operands), operands)
    this.steps.push({ op, text, args, make: build })
    return this.values.push(value as Host) - 1
  }
  value(i: number): Host {
    return this.values[i] as Host
  }
  /** Some value, late ones first, so that programs grow deep and not only wide. */
  some(): number {
    const n = this.values.length
    return chance(this.draw, 60) ? n - 1 - this.draw(Math.min(3, n)) : this.draw(n)
  }
  /** Some value as another type and within a range. */
  fitted(want: Aval, range: readonly [number, number]): number {
    return this.within(this.shaped(this.typed(this.some(), want.dtype), want.shape), range)
  }
  private typed(i: number, dtype: DType): number {
    const x = this.value(i)
    if (x.dtype === dtype) return i
    if (isComplex(x.dtype) && !isComplex(dtype)) return this.typed(this.add('real', [i], ([v]) => b.real([v as Node])), dtype)
    if (dtype === 'bool') return this.add('gt', [i], ([v]) => b.gt([v as Node, constant(0, v as Node)]), 'positive')
    return this.add('cast', [i], ([v]) => castTo(v as Node, dtype), `cast ${dtype}`)
  }
  shaped(i: number, shape: readonly number[]): number {
    const x = this.value(i)
    if (sameShape(x.shape, shape)) return i
    return this.add('reshape', [i], ([v]) => reshaped(v as Node, shape), `shape [${shape}]`)
  }
  private within(i: number, [lo, hi]: readonly [number, number]): number {
    const x = this.value(i)
    const m = magnitude(x)
    const inside = Array.from(x.data as ArrayLike<number | bigint>).every((v) => Number(v) >= lo && Number(v) <= hi)
    if (inside || !isFloating(x)) return i
    return this.add('tanh', [i], ([v]) => squashed(v as Node, lo, hi, Math.max(m, 1)), `squash [${lo}, ${hi}]`)
  }
}
/** The elements of x from the front, repeated when there are too few, in another shape. */
const reshaped = (x: Node, shape: readonly number[]): Node => {
  const [have, want] = [numel(x.shape), numel(shape)]
  if (have === want) return reshapeTo(x, shape)
  if (have === 0) return constant(0, { shape, dtype: x.dtype })
  const times = Math.ceil(want / have)
  const flat = reshapeTo(x, [have])
  const many = times <= 1 ? flat : reshapeTo(stretch(flat, [times, have]), [times * have])
  return reshapeTo(b.slice([many], { start: [0], limit: [want], step: [1] }), shape)
}
/** mid + half tanh(x / m) */
const squashed = (x: Node, lo: number, hi: number, m: number): Node => {
  const of = (v: number): Node => constant(v, x)
  return b.add([of((lo + hi) / 2), b.mul([of((hi - lo) / 2.1), b.tanh([b.mul([x, of(1 / m)])])])])
}

/** Elementwise ops take what is there; others want their own shapes. */
const anyShape = (p: AnyPrimitive): boolean => p.lower.kind === 'element'
/** The records in turn, from a place and by a stride that are drawn: every op is as likely, and few come twice in a program. */
export const inTurn = (draw: Draw, records: readonly AnyPrimitive[]): (() => AnyPrimitive) => {
  const n = records.length
  const stride = oneOf(draw, [...records.keys()].filter((k) => divisor(k, n) === 1))
  let at = draw(n)
  return () => records[(at = (at + stride) % n)] as AnyPrimitive
}
const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y))
export const applied = (g: Growing, p: AnyPrimitive, dtype: DType, fit?: readonly number[]): number => {
  const [s, { tame }] = [p.domain.sample(g.draw), p.domain]
  const kind = p.domain.dtypes.includes(dtype) ? dtype : oneOf(g.draw, p.domain.dtypes)
  const like = fit ?? g.value(g.some()).shape
  const args = s.shapes.map((shape, i) => {
    const type = s.dtypes?.[i] ?? kind
    const at = g.fitted({ shape: anyShape(p) ? like : shape, dtype: type }, type === 'bool' ? [0, 1] : (s.ranges?.[i] ?? p.domain.range))
    return tame === undefined ? at : g.add('add', [at], ([v]) => tame(b, v as Node, i), 'tame')
  })
  return g.add(p.name, args, (xs) => output(make(p.name, xs, s.params), 0), `${p.name}${Object.keys(s.params).length > 0 ? JSON.stringify(s.params) : ''}`)
}
const controlled = (g: Growing, float: DType, smooth: boolean): number => {
  const block = oneOf(g.draw, smooth ? blocks.filter((x) => x.reverse) : blocks)
  const args = block.types.map((shape) => g.fitted({ shape, dtype: float }, [-2, 2]))
  return g.add(block.op, args, block.make(g.draw), block.text)
}
/** One more step; a primitive that refuses these operands (an empty maximum, say) is left out. */
const grow = (g: Growing, step: (g: Growing) => number): void => {
  const kept = [g.values.length, g.steps.length] as const
  try {
    step(g)
  } catch (e) {
    if (!isFault(e)) throw e
    g.values.length = kept[0]
    g.steps.length = kept[1]
  }
}
/** The program that so many steps make. */
export const grown = (draw: Draw, inputs: readonly Host[], steps: number, step: (g: Growing) => number): Program => {
  const g = new Growing(draw, inputs)
  for (let i = 0; i < steps; i++) grow(g, step)
  return pruned({ inputs, steps: g.steps, outputs: outputsOf(g) })
}
const shapes = [[3], [2, 3], [], [4, 1, 2], [3, 4], [1], [0, 2]] as const
/** A program over the given records. */
export const programOf = (records: readonly AnyPrimitive[], f: Flavour): Gen<Program> => (draw) => {
  const steps = 2 + draw(f.steps)
  const inputs = Array.from({ length: 2 + draw(2) }, (_, i) => hostOf({ shape: shapes[i === 0 ? draw(3) : draw(f.smooth ? 6 : 7)] as readonly number[], dtype: f.float }, () => 4 * unit(draw) - 2))
  const next = inTurn(draw, f.smooth ? records.filter((p) => p.domain.dtypes.includes(f.float)) : records)
  return grown(draw, inputs, steps, (g) => (chance(draw, 15) ? controlled(g, f.float, f.smooth) : applied(g, next(), f.float)))
}
/** Without the steps that no output needs. */
export const pruned = (p: Program): Program => {
  const n = p.inputs.length
  const needed = new Set(p.outputs)
  for (let i = p.steps.length - 1; i >= 0; i--) if (needed.has(n + i)) p.steps[i]?.args.forEach((a) => needed.add(a))
  const kept = p.steps.flatMap((s, i) => (needed.has(n + i) ? [{ s, at: n + i }] : []))
  const number = new Map([...p.inputs.map((_, i) => [i, i] as const), ...kept.map(({ at }, i) => [at, n + i] as const)])
  const of = (i: number): number => number.get(i) as number
  return { inputs: p.inputs, steps: kept.map(({ s }) => ({ ...s, args: s.args.map(of) })), outputs: p.outputs.map(of) }
}
/** Every value that no step reads, so that no step is for nothing. */
const outputsOf = (g: Growing): number[] => {
  const read = new Set(g.steps.flatMap((s) => s.args))
  return [...g.values.keys()].filter((i) => !read.has(i))
}
