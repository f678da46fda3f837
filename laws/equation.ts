/**
 * Equations between functions of tensors. One is judged at operands whose sizes and numbers are drawn: both sides on every
 * machine of this computer, then, since they are one function, their vmaps, and where it is smooth their derivatives.
 *
 *   equationHolds({ operands: ['n M', 'n 1'], sides: (x, c) => [softmax(add(x, c)), softmax(x)] })
 */
import type { Host, Node } from '../lib/ir/node.js'
import { isFloat, isInexact } from '../lib/type/dtype.js'
import type { DType } from '../lib/type/dtype.js'
import { corner, smooth } from './arbitrary.js'
import type { Slot } from './arbitrary.js'
import { closed, derivative, mapped } from './calculus.js'
import type { Fn } from './calculus.js'
import { allClose, both, every, within } from './close.js'
import type { Class, Verdict } from './close.js'
import { oneOf } from './draw.js'
import type { Draw, Gen } from './draw.js'
import { refute } from './hold.js'
import { describe, direction, isFloating, stacked } from './host.js'
import { bench } from './machine.js'
import type { Machine } from './machine.js'
import { errorBounds } from './rounding.js'
import { effortOf } from './rule.js'
import type { Trial } from './rule.js'
import { lifted, nodesOf } from './tree.js'

/** Sizes apart by blanks: a number, a small letter for 0 to 3, a capital for 1 to 4; one letter is one size in all operands. */
export type Sizes = string
export interface Operand {
  readonly sizes: Sizes
  /** Of the equation's dtypes unless given. */
  readonly dtype?: DType
  /** [-2, 2] unless given; whole numbers for integers. */
  readonly range?: readonly [number, number]
  /** NaN, infinities and zeros of both signs among the numbers. */
  readonly wild?: boolean
}
export interface Equation {
  readonly operands: readonly (Operand | Sizes)[]
  /** Two tensors, or two trees of tensors, that must be equal. */
  readonly sides: (...xs: never[]) => readonly [left: unknown, right: unknown]
  /** f64 and f32 unless given. */
  readonly dtypes?: readonly DType[]
  /** How close: 'program' unless given; integers and bools are always equal. */
  readonly class?: Class
  /** Whether the derivatives of both sides are compared too. */
  readonly smooth?: boolean
}
interface Sample { readonly inputs: readonly Host[]; readonly rows: readonly Host[]; readonly directions: readonly Host[] }

const sizeOf = (draw: Draw, known: Map<string, number>) => (word: string): number => {
  if (/^\d+$/.test(word)) return Number(word)
  const size = known.get(word) ?? (/^[A-Z]/.test(word) ? 1 + draw(4) : draw(4))
  known.set(word, size)
  return size
}
const sampleOf = (e: Equation): Gen<Sample> => (draw) => {
  const dtype = oneOf<DType>(draw, e.dtypes ?? ['f64', 'f32'])
  const known = new Map<string, number>()
  const operands = e.operands.map((o): Operand => (typeof o === 'string' ? { sizes: o } : o))
  const slots = operands.map((o): Slot => ({ aval: { shape: o.sizes.split(' ').filter((w) => w !== '').map(sizeOf(draw, known)), dtype: o.dtype ?? dtype }, range: o.range ?? [-2, 2] }))
  const drawn = (): Host[] => {
    const plain = smooth(draw, slots, [])
    return operands.map((o, i) => (o.wild === true ? corner(draw, [slots[i] as Slot], true)[0] : plain[i]) as Host)
  }
  const inputs = drawn()
  return { inputs, rows: drawn(), directions: inputs.filter(isFloating).map((x) => direction(draw, x)) }
}
/** (xs..) -> left.., right.. */
const sidesOf = (e: Equation): Fn => (...xs) => {
  const [left, right] = e.sides(...(xs as never[])).map(nodesOf) as [readonly Node[], readonly Node[]]
  if (left.length !== right.length) throw new Error(`the left side has ${left.length} tensors, the right side ${right.length}`)
  return [...left, ...right]
}
const halves = <A>(xs: readonly A[]): readonly [readonly A[], readonly A[]] => [xs.slice(0, xs.length / 2), xs.slice(xs.length / 2)]
const said = (what: string, v: Verdict): Verdict => (v === true ? true : `${what}: ${v}`)
/** Both sides are close for their size; where what is added up cancels, as close as the rounding errors of both allow. */
const equal = (grade: Class, f: Fn, xs: readonly Host[], on: Machine): Verdict => {
  const { fn, values } = lifted(f, xs)
  const inputs = [...xs, ...values]
  const g = closed(fn, inputs)
  const [left, right] = halves(on.run(g, inputs))
  const near = allClose(left, right, { class: grade })
  if (near === true || grade === 'exact' || grade === 'extremum') return near
  const [a, c] = halves(errorBounds(g, inputs))
  const bound = (i: number) => (k: number): number => {
    const both = (a[i]?.[k] as number) + (c[i]?.[k] as number)
    return Number.isFinite(both) && isInexact((right[i] as Host).dtype) ? both : 0
  }
  return every(left, (y, i) => said(`${near}; result ${i}`, within(y, right[i] as Host, bound(i))))
}
/** Zeros of derivatives have no sign that an equation could promise. */
const ofSlopes = (grade: Class): Class => (grade === 'exact' ? 'extremum' : grade)
const judge = (e: Equation, on: Machine) => ({ inputs, rows, directions }: Sample): Verdict => {
  const f = sidesOf(e), grade = e.class ?? 'program'
  const wide = inputs.map((x, i) => stacked([x, rows[i] as Host], x))
  const vmaps = (): Verdict => said('under vmap', equal(grade, mapped(f, inputs.map(() => true), 2), wide, on))
  const slopes = (): Verdict => said('the derivatives', equal(ofSlopes(grade), derivative(f, inputs.map(isFloating)), [...inputs, ...directions], on))
  const judgeable = e.smooth === true && inputs.some(isFloating) && inputs.every((x) => !isFloat(x.dtype) || x.dtype === 'f64')
  return both(both(equal(grade, f, inputs, on), inputs.length === 0 ? () => true : vmaps), judgeable ? slopes : () => true)
}
/** The verdict on one machine at one sample, and nothing is made smaller: for tables of wrong functions. */
export const equationAt = (e: Equation, draw: Draw, on: Machine): Verdict => judge(e, on)(sampleOf(e)(draw))
/**
 * Is this equation between functions of tensors true? True, or a sentence with the smallest operands that refute it.
 * @shape (equation) => true or a sentence
 * @law left = right; vmap left = vmap right; where smooth, D left = D right
 * @example equationHolds({ operands: ['n m'], sides: (x: Tensor<[number, number], 'f64', never>) => [transpose(transpose(x)), x] }) // true
 */
export const equationHolds = (e: Equation, t: Trial = {}): Verdict => {
  const { machines } = bench()
  return refute(sampleOf(e), (s) => every(machines, (on) => said(`on ${on.name}`, judge(e, on)(s))), effortOf({ runs: 8, ...t }), (s) => s.inputs.map(describe).join('; '))
}
