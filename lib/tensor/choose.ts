/** Choosing element by element among several tensors, and several orders at once. */
import type { Node } from '../ir/node.js'
import { numel, sameShape } from '../ir/node.js'
import { b, castTo, constant, reshapeTo, stretch } from '../prim/index.js'
import type { AnyTensor, Device, DeviceOf, DType, IntDType, PromoteAll, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { axisOf } from './fit.js'
import { asDType, asNode, commonDType, together, weak } from './operand.js'
import { fitting, indexOf, integersOf } from './scatter.js'

type DTypesOf<X extends readonly unknown[]> = { -readonly [K in keyof X]: X[K] extends Tensor<unknown, infer D, unknown> ? D : never }
/**
 * For each element that of the first choice whose condition holds, `otherwise` (0 unless given) where none does.
 * @shape n of [...c], n of [...x] → all broadcast
 * @dtype bool, then promoted
 * @throws InvalidArgument when there are not as many choices as conditions, or none, ShapeMismatch when they do not broadcast.
 * @example deepClose(await read(select([tensor([true, false]), tensor([true, false])], [tensor([1, 2]), tensor([3, 4])], 9)), [1, 9])
 */
export const select = <const X extends readonly AnyTensor[], C extends Tensor<Shape, 'bool', Device>>(
  conditions: readonly C[], choices: readonly [...X], otherwise = 0,
): Tensor<Shape, PromoteAll<DTypesOf<X>>, DeviceOf<X[number]> | DeviceOf<C>> => {
  if (conditions.length !== choices.length || choices.length === 0) return fail('InvalidArgument', `select: ${conditions.length} conditions for ${choices.length} choices; give one each`)
  const n = choices.length
  const typed = asDType('select', [...choices, otherwise], commonDType('select', [...choices, otherwise]))
  const nodes = together('select', [...conditions.map((c) => castTo(asNode('select', c), 'bool')), ...typed])
  const start = nodes[2 * n] as Node
  return nodes.slice(0, n).reduceRight((rest, c, i) => b.where([c, nodes[n + i] as Node, rest]), start) as never
}
/**
 * For each index the element of the choice that it names; an index outside is clamped, or with mode 'wrap' taken modulo
 * their number.
 * @shape [...i], n of [...x] → all broadcast
 * @dtype integer, then promoted
 * @throws InvalidArgument without choices, DTypeMismatch for a float index, ShapeMismatch when they do not broadcast.
 * @example deepClose(await read(choose(tensor([1, 0], { dtype: 'i32' }), [tensor([1, 2]), tensor([3, 4])])), [3, 2])
 */
export const choose = <const X extends readonly AnyTensor[], W extends Device>(
  index: Tensor<Shape, IntDType, W>, choices: readonly [...X], s: { readonly mode?: 'clip' | 'wrap' } = {},
): Tensor<Shape, PromoteAll<DTypesOf<X>>, DeviceOf<X[number]> | W> => {
  const n = choices.length
  if (n === 0) return fail('InvalidArgument', 'choose: there are no choices')
  const nodes = together('choose', [s.mode === 'wrap' ? integersOf('choose', index) : indexOf('choose', index, n), ...asDType('choose', choices, commonDType('choose', choices))])
  const at = nodes[0] as Node
  const place = s.mode === 'wrap' ? b.remainder([at, constant(n, at)]) : b.max([b.min([at, constant(n - 1, at)]), constant(0, at)])
  return nodes.slice(2).reduce((y, x, i) => b.where([b.eq([place, constant(i + 1, place)]), x, y]), nodes[1] as Node) as never
}
type Piece<S extends Shape, D extends DType, V extends Device> = number | ((x: Tensor<S, D, V>) => Tensor<Shape, DType, V>)
/**
 * A function given piece by piece: where condition i holds the i-th function (or number) of x; where several hold the last
 * of them; where none does one more function if given, else 0.
 * @shape [...s], conditions [...s] → [...s]
 * @dtype any → same
 * @throws InvalidArgument when there are neither as many functions as conditions nor one more.
 * @example deepClose(await read(piecewise(tensor([-2, 3]), [lt(tensor([-2, 3]), 0)], [-1, (x) => mul(x, x)])), [-1, 9])
 */
export const piecewise = <S extends Shape, D extends DType, V extends Device>(
  x: Tensor<S, D, V>, conditions: readonly Tensor<Shape, 'bool', Device>[], functions: readonly Piece<S, D, V>[],
): Tensor<S, D, V> => {
  const [node, n] = [asNode('piecewise', x), conditions.length]
  if (functions.length !== n && functions.length !== n + 1) return fail('InvalidArgument', `piecewise: ${functions.length} functions for ${n} conditions; give as many, or one more`)
  const piece = (f: Piece<S, D, V>): Node => stretch(typeof f === 'number' ? weak('piecewise', f, node.dtype) : castTo(asNode('piecewise', f(x)), node.dtype), node.shape)
  const rest = piece(functions[n] ?? 0)
  return conditions.reduce((y, c, i) => b.where([stretch(castTo(asNode('piecewise', c), 'bool'), node.shape), piece(functions[i] as Piece<S, D, V>), y]), rest) as never
}
/**
 * The positions that put entries in order by several keys along an axis, the last unless given: by the last key first, by the
 * ones before it among equals. Equal entries stay in their order.
 * @shape n of [...s] → [...s]
 * @dtype any → i32
 * @throws InvalidArgument without keys, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(lexsort([tensor([2, 1, 3]), tensor([1, 1, 0])])), [2, 1, 0])
 */
export const lexsort = <V extends Device>(keys: readonly Tensor<Shape, DType, V>[], s: { readonly axis?: number } = {}): Tensor<Shape, 'i32', V> => {
  const nodes = together('lexsort', keys.map((k) => asNode('lexsort', k)))
  const first = nodes[0]
  if (first === undefined) return fail('InvalidArgument', 'lexsort: give at least one key')
  const axis = axisOf('lexsort', first.shape, s.axis ?? -1)
  const last = first.shape.length - 1
  const move = [...first.shape.keys()].filter((i) => i !== axis).concat(axis)
  const rows = nodes.map((x) => b.permute([x], { axes: move }))
  const read = (x: Node, at: Node): Node => b.gather([x, at], { batch: last })
  const order = rows.slice(1).reduce((at, x) => read(at, b.argsort([read(x, at)], { axis: last })), b.argsort([rows[0] as Node], { axis: last }))
  return b.permute([order], { axes: [...first.shape.keys()].map((i) => move.indexOf(i)) }) as never
}
const parted = (op: string, x: unknown, k: number, at: number): { readonly node: Node; readonly axis: number } => {
  const node = asNode(op, x)
  const axis = axisOf(op, node.shape, at)
  const n = node.shape[axis] as number
  if (!Number.isInteger(k) || k < -n || k >= n) return fail('IndexOutOfRange', `${op}: ${k} is outside axis ${axis} of ${show(node.shape)}`)
  return { node, axis }
}
interface Part<D2> {
  <S extends Shape, D extends DType, V extends Device>(x: Tensor<S, D, V>, k: number, settings?: { readonly axis?: number }): Tensor<S, D2 extends 'i32' ? 'i32' : D, V>
}
/**
 * The elements along an axis, the last unless given, so ordered that the k-th stands where sorting puts it, smaller ones
 * before and larger ones behind it (here all are sorted).
 * @shape [...s] → [...s]
 * @dtype any → same
 * @throws IndexOutOfRange for a place or an axis that is not there.
 * @example deepClose(await read(partition(tensor([3, 1, 2]), 1)), [1, 2, 3])
 */
export const partition: Part<'same'> = ((x: unknown, k: number, s: { readonly axis?: number } = {}) => {
  const { node, axis } = parted('partition', x, k, s.axis ?? -1)
  return b.sort([node], { axis })
}) as never
/**
 * The positions that `partition` puts elements in.
 * @shape [...s] → [...s]
 * @dtype any → i32
 * @throws IndexOutOfRange for a place or an axis that is not there.
 * @example deepClose(await read(argpartition(tensor([3, 1, 2]), 1)), [1, 2, 0])
 */
export const argpartition: Part<'i32'> = ((x: unknown, k: number, s: { readonly axis?: number } = {}) => {
  const { node, axis } = parted('argpartition', x, k, s.axis ?? -1)
  return b.argsort([node], { axis })
}) as never
/**
 * x with values put where the mask holds, one after another in row-major order and again from the first; a value that no
 * place takes is left out.
 * @shape [...s], [...s], [...v] → [...s]
 * @dtype any, any, one that x's dtype holds → the first
 * @throws ShapeMismatch when the mask has not x's shape, InvalidArgument when there are no values.
 * @source numpy.place, NumPy 2, as a function of its result.
 * @example deepClose(await read(place(tensor([1, 2, 3, 4]), tensor([true, false, true, true]), tensor([7, 8]))), [7, 2, 8, 7])
 */
export const place = <S extends Shape, D extends DType, V extends Device, W extends Device, U extends Device>(
  x: Tensor<S, D, V>, mask: Tensor<Shape, DType, W>, values: Tensor<Shape, DType, U>,
): Tensor<S, D, V | W | U> => {
  const [node, flags] = [asNode('place', x), castTo(asNode('place', mask), 'bool')]
  if (!sameShape(node.shape, flags.shape)) return fail('ShapeMismatch', `place: the mask is ${show(flags.shape)}, x is ${show(node.shape)}; they must be equal`)
  const given = fitting('place', values, node.dtype)
  const n = numel(given.shape)
  if (n === 0) return fail('InvalidArgument', 'place: there are no values to put')
  const flat = reshapeTo(flags, [numel(flags.shape)])
  const order = b.sub([b.cumsum([castTo(flat, 'i32')], { axis: 0, reverse: false }), constant(1, { shape: flat.shape, dtype: 'i32' })])
  const put = b.gather([reshapeTo(given, [n]), b.remainder([order, constant(n, order)])], { batch: 0 })
  return b.where([flags, reshapeTo(put, node.shape), node]) as never
}
