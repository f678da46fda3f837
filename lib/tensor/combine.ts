/**
 * Writing at index tensors where several updates may have one target. There is one primitive that writes, scatterAdd; the
 * others sort the targets, so that updates of one target are neighbours, and let one of each run be added. Rows: x is
 * [n, ...r], at is [k], updates are [k, ...r]; a target outside [0, n) is dropped. What was overwritten has derivative 0.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, castTo, constant, cut, ones, reshapeTo, zeros } from '../prim/index.js'
import { isFloat } from '../type/index.js'

export type Write = (x: Node, at: Node, updates: Node) => Node
const rows = (x: Node): number => x.shape[0] as number
const read = (x: Node, at: Node): Node => b.gather([x, at], { batch: 0 })
/** One value a row, repeated over the row. */
const across = (x: Node, like: Node): Node => b.broadcast([x], { shape: like.shape, axes: [0] })
const none = (at: Node): Node => constant(-1, at)
/** Sums of updates by target. bool goes by i32, for bools do not add. */
const laid = (updates: Node, at: Node, size: number): Node =>
  updates.dtype === 'bool' ? castTo(laid(castTo(updates, 'i32'), at, size), 'bool') : b.scatterAdd([updates, at], { batch: 0, size })
/** Which rows of x are a target. */
const touched = (x: Node, at: Node): Node => across(castTo(laid(ones({ shape: at.shape, dtype: 'i32' }), at, rows(x)), 'bool'), x)
/** In the sorted order: is this the last of its run of equal targets? */
const endsRun = (sorted: Node): Node => {
  const n = rows(sorted)
  const change = b.ne([cut(sorted, 0, 0, n - 1), cut(sorted, 0, 1, n - 1)])
  return b.concat([change, ones({ shape: [1], dtype: 'bool' })], { axis: 0 })
}
/** The targets of those updates that come last among the ones of their target, by the order given; -1 for the others. */
const lasting = (at: Node, order: Node): Node => {
  const sorting = read(order, b.argsort([read(at, order)], { axis: 0 }))
  const last = laid(castTo(endsRun(read(at, sorting)), 'i32'), sorting, rows(at))
  return b.where([castTo(last, 'bool'), at, none(at)])
}
const firstToLast = (at: Node): Node => b.iota([], { shape: [rows(at)], axis: 0, dtype: 'i32' })
const anything = (write: Write): Write => (x, at, updates) => (rows(at) === 0 || rows(x) === 0 ? x : write(x, at, updates))

/** x with updates in place of its rows; of several for one row the last. */
export const replaced: Write = anything((x, at, updates) => {
  const to = lasting(at, firstToLast(at))
  return b.where([touched(x, at), laid(updates, to, rows(x)), x])
})
/** The same for targets that are known to be different. */
export const replacedOnce: Write = anything((x, at, updates) => b.where([touched(x, at), laid(updates, at, rows(x)), x]))
/** x plus the updates. */
export const added: Write = anything((x, at, updates) =>
  x.dtype === 'bool' ? b.or([x, laid(updates, at, rows(x))]) : b.add([x, laid(updates, at, rows(x))]))

/** Products of the runs so far, by doubling: after step k an element has met the 2ᵏ before it that have its target. */
const runProducts = (sorted: Node, updates: Node): Node => {
  let y = updates
  const n = rows(sorted)
  for (let step = 1; step < n; step *= 2) {
    const rest = n - step
    const tail = cut(y, 0, step, rest)
    const same = b.eq([cut(sorted, 0, 0, rest), cut(sorted, 0, step, rest)])
    y = b.concat([cut(y, 0, 0, step), b.where([across(same, tail), b.mul([cut(y, 0, 0, rest), tail]), tail])], { axis: 0 })
  }
  return y
}
/** x times the updates. */
export const multiplied: Write = anything((x, at, updates) => {
  const order = b.argsort([at], { axis: 0 })
  const sorted = read(at, order)
  const total = laid(runProducts(sorted, read(updates, order)), b.where([endsRun(sorted), sorted, none(at)]), rows(x))
  return b.where([touched(x, at), b.mul([x, total]), x])
})

/** 0 with the derivative of x; infinities have none. */
const nothing = (x: Node): Node => {
  const finite = b.where([b.lt([b.abs([x]), constant(Infinity, x)]), x, zeros(x)])
  return b.sub([finite, b.stop([finite])])
}
/** Adds to the extremes a zero that has the mean derivative of the winners. */
const shared = (best: Node, x: Node, at: Node, updates: Node): Node => {
  const won = b.eq([updates, read(best, at)])
  const kept = b.eq([x, best])
  const winners = b.add([castTo(kept, x.dtype), laid(castTo(won, x.dtype), at, rows(x))])
  const mine = b.where([kept, nothing(x), zeros(x)])
  const theirs = laid(b.where([won, nothing(updates), zeros(updates)]), at, rows(x))
  return b.add([best, b.div([b.add([mine, theirs]), b.max([winners, constant(1, x)])])])
}
/** Targets and updates of single elements. */
const elements = (x: Node, at: Node, updates: Node): [Node, Node, Node] => {
  const width = numel(x.shape.slice(1))
  const flat = (v: Node): Node => reshapeTo(v, [numel(v.shape)])
  const columns = b.iota([], { shape: [rows(at), width], axis: 1, dtype: 'i32' })
  const wide = b.broadcast([at], { shape: columns.shape, axes: [0] })
  const inside = b.and([b.ge([wide, constant(0, wide)]), b.lt([wide, constant(rows(x), wide)])])
  return [flat(x), flat(b.where([inside, b.add([b.mul([wide, constant(width, wide)]), columns]), none(wide)])), flat(updates)]
}
const turned = (x: Node): Node => (isFloat(x.dtype) ? b.neg([x]) : b.not([x]))
/** Sorted by value first, the last of each run is the largest; NaN sorts last, and stays. */
const largest = (x: Node, at: Node, updates: Node): Node => {
  const to = lasting(at, b.argsort([updates], { axis: 0 }))
  const best = laid(updates, to, rows(x))
  const joint = x.dtype === 'bool' ? b.or([x, best]) : b.max([x, best])
  return b.where([touched(x, at), joint, x])
}
const extreme = (sign: 1 | -1): Write => anything((x, at, updates) => {
  const [flat, to, values] = elements(x, at, updates)
  if (numel(x.shape) === 0) return x
  const [p, q] = [b.stop([flat]), b.stop([values])]
  const best = sign === 1 ? largest(p, to, q) : turned(largest(turned(p), to, turned(q)))
  return reshapeTo(isFloat(x.dtype) ? shared(best, flat, to, values) : best, x.shape)
})
/** The largest of x and the updates; equal ones share the derivative. */
export const raised: Write = extreme(1)
/** The smallest of x and the updates; equal ones share the derivative. */
export const lowered: Write = extreme(-1)
