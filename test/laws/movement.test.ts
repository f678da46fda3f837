/** Laws of what moves, joins, cuts, reads and writes elements. */
import { equations, exact, ops, smooth, truth, whole, wild } from './equations.js'
import type { Law, X } from './equations.js'

const { add, concat, eq, flip, mul, neg, reshape, sum, take, where } = ops
const size = (x: X): number => x.shape.reduce((n, d) => n * d, 1)
const flat = (x: X): X => ops.flatten(x)
const tied = { ...exact, ...smooth }

const axes: readonly Law[] = [
  ['swapaxes', 'twice is nothing; it is a permutation', [wild('n m k')], (x) => [[ops.swapaxes(ops.swapaxes(x, 0, -1), 0, -1), ops.swapaxes(x, 0, 2)], [x, ops.permute(x, [2, 1, 0])]], tied],
  ['rollaxis', 'rollaxis(x, a, b) = moveaxis(x, a, b) for a > b', ['n m k'], (x) => [[ops.rollaxis(x, 2, 0), ops.rollaxis(x, -1, 1)], [ops.moveaxis(x, 2, 0), ops.moveaxis(x, 2, 1)]], tied],
  ['rot90', 'four times is nothing, twice turns both axes, once transposes and turns one', ['n m'], (x) => [
    [ops.rot90(ops.rot90(ops.rot90(ops.rot90(x)))), ops.rot90(x, { times: 2 }), ops.rot90(x)], [x, flip(x), flip(ops.transpose(x), { axes: [0] })]], tied],
  ['fliplr', 'flip along axis 1', [wild('n m k')], (x) => [ops.fliplr(x), flip(x, { axes: [1] })], tied],
  ['flipud', 'flip along axis 0', [wild('n m')], (x) => [ops.flipud(x), flip(x, { axes: [0] })], tied],
  ['tile', 'copies one after the other', ['n m'], (x) => [ops.tile(x, [2, 3]), concat([concat([x, x, x], { axis: 1 }), concat([x, x, x], { axis: 1 })])], tied],
  ['atleast1d', 'nothing to do from rank 1', ['n', ''], (x, y) => [[ops.atleast1d(x), ops.atleast1d(y)], [x, reshape(y, [1])]], tied],
  ['atleast2d', 'a vector is a row', ['n', 'n m'], (x, y) => [[ops.atleast2d(x), ops.atleast2d(y)], [ops.unsqueeze(x, { axis: 0 }), y]], tied],
  ['atleast3d', 'a vector is the middle axis, a matrix the first two', ['n', 'n m'], (x, y) => [[ops.atleast3d(x), ops.atleast3d(y)], [reshape(x, [1, ...x.shape, 1]), reshape(y, [...y.shape, 1])]], tied],
  ['ravelTree', 'the leaves flattened in order, and back', ['n m', 'k'], (x, y) => {
    const [v, back] = ops.ravelTree({ b: x, a: y }) as unknown as readonly [X, (v: X) => unknown]
    return [[v, back(mul(2, v))], [concat([y, flat(x)]), { b: mul(2, x), a: mul(2, y) }]]
  }, tied],
]
const pieces: readonly Law[] = [
  ['arraySplit', 'joined again it is x, and no piece is longer than another by more than 1', ['5 m'], (x) => {
    const parts = ops.arraySplit(x, 3)
    return [[concat(parts), ops.tensor([...parts].map((p) => p.shape[0] as number))], [x, ops.tensor([2, 2, 1])]]
  }, tied],
  ['hsplit', 'hstack of hsplit', ['n 4'], (x) => [ops.hstack(ops.hsplit(x, [1, 3])), x], tied],
  ['hstack', 'joins vectors end to end, else along axis 1', ['n', 'm', '2 k'], (x, y, z) => [[ops.hstack([x, y]), ops.hstack([z, z])], [concat([x, y]), concat([z, z], { axis: 1 })]], tied],
  ['vsplit', 'vstack of vsplit', ['4 m'], (x) => [ops.vstack(ops.vsplit(x, 2)), x], tied],
  ['vstack', 'vectors are rows', ['n', 'n'], (x, y) => [ops.vstack([x, y]), ops.stack([x, y])], tied],
  ['dsplit', 'dstack of dsplit', ['n m 4'], (x) => [ops.dstack(ops.dsplit(x, [1])), x], tied],
  ['dstack', 'matrices stacked along a new last axis', ['n m', 'n m'], (x, y) => [ops.dstack([x, y]), ops.stack([x, y], { axis: 2 })], tied],
  ['columnStack', 'vectors are columns', ['n', 'n'], (x, y) => [ops.columnStack([x, y]), ops.stack([x, y], { axis: 1 })], tied],
  ['unstack', 'stack of unstack', ['N m'], (x) => [ops.stack(ops.unstack(x, { axis: 0 })), x], tied],
  ['append', 'concat along an axis, else of the flattened', ['n m', 'k m'], (x, y) => [[ops.append(x, y, { axis: 0 }), ops.append(x, y)], [concat([x, y]), concat([flat(x), flat(y)])]], tied],
  ['broadcastArrays', 'all to the common shape', ['n 1', 'm'], (x, y) => [[...ops.broadcastArrays(x, y)], [add(x, mul(0, y)), add(y, mul(0, x))]], smooth],
  ['broadcastShapes', 'the shape of a sum', ['n 1', '2 1 m'], (x, y) => [ops.tensor(ops.broadcastShapes(x.shape, y.shape)), ops.tensor(add(x, y).shape)]],
  ['unfold', '⟨unfold x, y⟩ = ⟨x, fold y⟩', ['1 2 4 5', '1 8 12'], (x, y) => [sum(mul(ops.unfold(x, { kernel: 2 }), y)), sum(mul(x, ops.fold(y, [4, 5], { kernel: 2 })))], smooth],
  ['fold', 'of patches that do not overlap it is the inverse', ['n 2 4 6'], (x) => [ops.fold(ops.unfold(x, { kernel: 2, stride: 2 }), [4, 6], { kernel: 2, stride: 2 }), x], tied],
]
const at = whole('3', 0, 4)
const places: readonly Law[] = [
  ['dynamicSlice', 'what was put there', ['5 m', '2 m', whole('', 0, 3)], (x, u, i) => [ops.dynamicSlice(ops.dynamicUpdateSlice(x, u, [i, 0]), [i, 0], u.shape), u], tied],
  ['dynamicUpdateSlice', 'what is there already changes nothing', ['5 m', whole('', -2, 9)], (x, i) => [ops.dynamicUpdateSlice(x, ops.dynamicSlice(x, [i, 0], [2, x.shape[1]]), [i, 0]), x], exact],
  ['scatterMin', 'scatterMin(x, i, u) = -scatterMax(-x, i, -u)', ['5', at, '3'], (x, i, u) => [ops.scatterMin(x, i, u), neg(ops.scatterMax(neg(x), i, neg(u)))], exact],
  ['scatterMax', 'the largest of x and of all that come to it', ['5', at, '3'], (x, i, u) => [ops.scatterMax(x, i, u), ops.max(concat([ops.unsqueeze(x, { axis: 0 }), where(eq(ops.unsqueeze(i, { axis: 1 }), ops.arange(5)), ops.unsqueeze(u, { axis: 1 }), -9)]), { axes: [0] })], exact],
  ['takeAlongAxis', 'at the places of argsort it is sort', ['n M'], (x) => [ops.takeAlongAxis(x, ops.argsort(x, { axis: 1 }), { axis: 1 }), ops.sort(x, { axis: 1 })], exact],
  ['putAlongAxis', 'what is there already changes nothing; what is put can be taken', ['n 4', 'n 4'], (x, u) => {
    const i = ops.argsort(x, { axis: 1 })
    return [[ops.putAlongAxis(x, i, ops.takeAlongAxis(x, i, { axis: 1 }), { axis: 1 }), ops.takeAlongAxis(ops.putAlongAxis(x, i, u, { axis: 1 }), i, { axis: 1 })], [x, u]]
  }, exact],
  ['flatnonzero', 'as many as are not 0, and all of them', [whole('n m', 0, 1)], (x) => {
    const i = ops.flatnonzero(x, { size: size(x), fill: -1 })
    return [[ops.countNonzero(ops.ge(i, 0)), sum(ops.cast(eq(ops.unsqueeze(i, { axis: 1 }), ops.arange(size(x))), 'i32'), { axes: [0] })], [ops.countNonzero(x), flat(x)]]
  }],
  ['nonzero', 'raveled it is flatnonzero', [whole('N M', 0, 1)], (x) => [ops.ravelMultiIndex([...ops.nonzero(x, { size: 5 })], x.shape), ops.flatnonzero(x, { size: 5 })]],
  ['argwhere', 'its columns are nonzero', [whole('N M', 0, 1)], (x) => [ops.argwhere(x, { size: 4 }), ops.stack(ops.nonzero(x, { size: 4 }), { axis: 1 })]],
  ['compress', 'take at flatnonzero', [truth('N'), 'N m'], (c, x) => {
    const k = x.shape[0] as number
    const held = ops.unsqueeze(ops.lt(ops.arange(k), ops.countNonzero(c)), { axis: 1 })
    return [ops.compress(c, x, { size: k, axis: 0 }), where(held, take(x, ops.flatnonzero(c, { size: k })), 0)]
  }, tied],
  ['extract', 'compress of the flattened', [truth('n m'), 'n m'], (c, x) => [ops.extract(c, x, { size: size(x) }), ops.compress(flat(c), flat(x), { size: size(x) })], exact],
  ['select', 'the first condition that holds', [truth('n m'), truth('m'), 'n m', 'm'], (c, d, x, y) => [ops.select([c, d], [x, y], 7), where(c, x, where(d, y, 7))], tied],
  ['piecewise', 'the last condition that holds', ['n m'], (x) => [ops.piecewise(x, [ops.lt(x, 1), ops.lt(x, 0)], [2, (v: X) => mul(v, v), neg]), where(ops.lt(x, 0), mul(x, x), where(ops.lt(x, 1), 2, neg(x)))], smooth],
  ['trilIndices', 'the places where tril of ones is not 0', ['N M'], (x) => {
    const [n, m] = x.shape as readonly [number, number]
    const places = ops.trilIndices(n, { columns: m, diagonal: 1 })
    return [[...places], [...ops.nonzero(ops.tril(ops.ones([n, m]), { diagonal: 1 }), { size: (places[0] as X).shape[0] })]]
  }],
]
equations('axes', axes)
equations('pieces', pieces)
equations('places', places)
