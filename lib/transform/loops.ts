/** Loops and choices made of scan and cond: nothing here has a rule of its own. */
import type { Node } from '../ir/node.js'
import { b, constant, moveAxis } from '../prim/index.js'
import { fail } from '../type/fault.js'
import type { Device } from '../type/device.js'
import type { Scalar } from '../type/tensor.js'
import { treeMismatch, unflatten } from '../type/tree.js'
import { cond, scan } from './control.js'
import { flattenNodes } from './trace.js'

type LooseScan = (f: (c: unknown, x: unknown) => readonly [unknown, unknown], init: unknown, xs: unknown, s?: { readonly length?: number }) => readonly [unknown, unknown]
type LooseCond = (p: unknown, f: () => unknown, g: () => unknown) => unknown
const looseScan = scan as unknown as LooseScan
const looseCond = cond as unknown as LooseCond
const bound = (name: string, n: number): number => (Number.isInteger(n) ? n : fail('InvalidArgument', `forLoop: ${name} must be an integer, not ${n}; a bound that is a tensor needs whileLoop`))

/**
 * Carries a state through body(i, state) for i = lower … upper - 1; the bounds are host numbers, i is an i32 scalar.
 * @shape (lower, upper, (i, c) => c, c) => c
 * @throws ShapeMismatch naming the leaf when the state changes its type.
 * @example deepClose(await read(forLoop(0, 3, (_i, c: Scalar<'f32'>) => mul(c, 2), tensor(1))), 8)
 */
export const forLoop = <C>(lower: number, upper: number, body: (i: Scalar<'i32', never>, carry: C) => C, init: C): C => {
  const n = Math.max(0, bound('upper', upper) - bound('lower', lower))
  const index = b.iota([], { shape: [n], axis: 0, dtype: 'i32' })
  const shifted = lower === 0 ? index : b.add([index, constant(lower, index)])
  return looseScan((c, i) => [body(i as never, c as C), []], init, shifted)[0] as C
}
/**
 * f at each element along the leading axis, one after the other: vmap's results in constant memory.
 * @shape (f: x => y, xs: [n, ...x]) => [n, ...y]
 * @example deepClose(await read(mapOver((x: Scalar<'f32'>) => mul(x, x), tensor([1, 2, 3]))), [1, 4, 9])
 */
export const mapOver = <X, Y>(f: (x: X) => Y, xs: unknown): Y => looseScan((_c, x) => [[], f(x as X)], [], xs)[1] as Y
/**
 * One of several thunks, by an i32 scalar (clamped to the list); only the chosen one runs.
 * @shape ([], [() => t, …]) => t
 * @throws InvalidArgument when there is no branch.
 * @example deepClose(await read(switchOf(tensor(1, { dtype: 'i32' }), [() => tensor(10), () => tensor(20)])), 20)
 */
export const switchOf = <T>(index: Scalar<'i32', Device>, branches: readonly (() => T)[]): T => {
  const [first, ...rest] = branches
  if (first === undefined) return fail('InvalidArgument', 'switchOf: there is no branch')
  if (rest.length === 0) return first()
  const i = index as unknown as Node
  const here = b.le([i, constant(0, i)])
  return looseCond(here, first, () => switchOf(b.sub([i, constant(1, i)]) as never, rest)) as T
}

// ---- associative scan -------------------------------------------------------------------------------------------
const every = (xs: readonly Node[], start: number, limit: number, step: number): Node[] => xs.map((x) => {
  const rest = x.shape.slice(1)
  return b.slice([x], { start: [start, ...rest.map(() => 0)], limit: [limit, ...rest], step: [step, ...rest.map(() => 1)] })
})
const joined = (xs: readonly Node[], ys: readonly Node[]): Node[] => xs.map((x, i) => b.concat([x, ys[i] as Node], { axis: 0 }))
/** a0 b0 a1 b1 …: both padded with gaps and added, so that it differentiates like any sum. */
const interleaved = (evens: readonly Node[], odds: readonly Node[]): Node[] => evens.map((e, i) => {
  const o = odds[i] as Node
  const [n, m] = [e.shape[0] as number, o.shape[0] as number]
  const zero = constant(0, { shape: [], dtype: e.dtype })
  const rest = e.shape.slice(1).map(() => 0)
  const spread = (x: Node, low: number, high: number): Node => b.pad([x, zero], { low: [low, ...rest], high: [high, ...rest], interior: [1, ...rest] })
  const [x, y] = [spread(e, 0, n > m ? 0 : 1), spread(o, 1, n > m ? 1 : 0)]
  return e.dtype === 'bool' ? b.or([x, y]) : b.add([x, y])
})
/** log₂ n levels: combine neighbours, scan those, fill in between. */
const ladder = (op: (x: readonly Node[], y: readonly Node[]) => Node[], xs: readonly Node[]): Node[] => {
  const n = (xs[0] as Node).shape[0] as number
  if (n < 2) return [...xs]
  const odds = ladder(op, op(every(xs, 0, n - 1, 2), every(xs, 1, n, 2)))
  const m = Math.floor(n / 2)
  const rest = every(xs, 2, n, 2)
  const evens = op(every(odds, 0, n % 2 === 0 ? m - 1 : m, 1), rest)
  return interleaved(joined(every(xs, 0, 1, 1), evens), odds)
}
/**
 * All prefixes under an associative op of trees, in log₂ n steps: x₀, x₀∘x₁, x₀∘x₁∘x₂, …; `axis` is walked (0), `reverse`
 * gives suffixes. The op works on whole slices and must be associative; that is not checked.
 * @shape ((x: [m, ...s], y: [m, ...s]) => [m, ...s], [n, ...s]) => [n, ...s]
 * @throws IndexOutOfRange when a leaf lacks the axis, InvalidArgument when the op changes the tree.
 * @example deepClose(await read(associativeScan((x, y) => mul(x, y), tensor([1, 2, 3, 4]))), [1, 2, 6, 24])
 */
export const associativeScan = <T>(op: (x: T, y: T) => T, tree: T, settings: { readonly axis?: number; readonly reverse?: boolean } = {}): T => {
  const { nodes, def } = flattenNodes(tree, 'associativeScan')
  const axis = settings.axis ?? 0
  if (nodes.some((x) => x.shape.length <= axis || axis < 0)) fail('IndexOutOfRange', `associativeScan: axis ${axis} is not an axis of every leaf`)
  const turned = (x: Node): Node => (settings.reverse === true ? b.flip([x], { axes: [0] }) : x)
  const combine = (x: readonly Node[], y: readonly Node[]): Node[] => {
    if ((x[0] as Node).shape[0] === 0) return [...x]
    const [l, r] = settings.reverse === true ? [y, x] : [x, y]
    const out = flattenNodes(op(unflatten(def, l) as T, unflatten(def, r) as T), 'associativeScan: the result')
    const wrong = treeMismatch(def, out.def)
    if (wrong !== undefined) fail('InvalidArgument', `associativeScan: the op changed the tree: ${wrong}`)
    return [...out.nodes]
  }
  const result = ladder(combine, nodes.map((x) => turned(moveAxis(x, axis, 0))))
  return unflatten(def, result.map((x) => moveAxis(turned(x), 0, axis))) as T
}
