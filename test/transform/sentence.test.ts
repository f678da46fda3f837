/** What transforms refuse when a function is traced, derivative or not, word for word: the leaf, what it is, what it must be. */
import { describe, expect, it } from 'vitest'
import type { Node } from '../../lib/ir/node.js'
import { b } from '../../lib/prim/index.js'
import { isFault } from '../../lib/type/index.js'
import * as t from '../../lib/transform/index.js'
import { f32, scalar } from '../run/build.js'

type Fn = (...args: never[]) => unknown
const { scan, whileLoop, forLoop, cond, customJvp, customVjp } = t as unknown as {
  scan: (f: Fn, c: unknown, xs: unknown) => unknown; whileLoop: (go: Fn, f: Fn, c: unknown) => unknown; forLoop: (from: number, to: number, f: Fn, c: unknown) => unknown
  cond: (p: Node, f: Fn, g: Fn) => unknown
  customJvp: (f: Fn, rule: unknown) => (...a: unknown[]) => unknown; customVjp: (f: Fn, rule: unknown) => (...a: unknown[]) => unknown
}
const said = (f: () => unknown): string => {
  try {
    f()
    return 'nothing'
  } catch (e) {
    return isFault(e) ? `${e._tag}: ${e.message}` : `not a fault: ${String(e)}`
  }
}
const x = f32([1, 2, 3])
const row = (v: Node): Node => b.reshape([v], { shape: [1, ...v.shape] })
const half = (v: Node): Node => b.cast([v], { dtype: 'f64' })
const int = (v: Node): Node => b.cast([v], { dtype: 'i32' })
type P = { readonly w: Node; readonly b: readonly Node[] }
const tree: P = { w: x, b: [scalar(1), x] }

describe('a custom rule of other types than its function is refused at its first call', () => {
  const square = (v: Node): Node => b.mul([v, v])
  const affine = (p: P): P => p
  it.each<[string, () => unknown, string]>([
    ['a tangent of another shape', () => customJvp(square, ([v]: [Node], [dv]: [Node]) => [square(v), row(dv)])(x),
      "ShapeMismatch: customJvp of square: the rule's tangent is f32[1,3], but the value there is f32[3]: give a tangent of its type"],
    ['a tangent of another dtype, in a tree', () => customJvp(affine, ([p]: [P], [d]: [P]) => [p, { ...d, b: [half(d.b[0] as Node), d.b[1]] }])(tree),
      "ShapeMismatch: customJvp of affine: the rule's tangent at b.0 is f64[], but the value there is f32[]: give a tangent of its type"],
    ['another value', () => customJvp(affine, ([p]: [P], [d]: [P]) => [{ ...p, w: row(p.w) }, d])(tree),
      "ShapeMismatch: customJvp of affine: the rule's value at w is f32[1,3], the function's is f32[3]"],
    ['no tangent', () => customJvp(square, ([v]: [Node]) => square(v))(x),
      "InvalidArgument: customJvp of square: the rule must return [value, tangent], each like the function's value: the tree itself is an array of 2 in one and a tensor in the other"],
    ['a tangent of another tree', () => customJvp(affine, ([p]: [P], [d]: [P]) => [p, { w: d.w, b: [d.b[0]] }])(tree),
      "InvalidArgument: customJvp of affine: the rule must return [value, tangent], each like the function's value: the tree at 1.b is an array of 2 in one and an array of 1 in the other"],
    ['another value forward', () => customVjp(square, { forward: (v: Node) => [half(v), v], backward: (v: Node, ct: Node) => [b.mul([v, ct])] })(x),
      "ShapeMismatch: customVjp of square: the rule's value is f64[3], the function's is f32[3]"],
    ['another tree forward', () => customVjp(square, { forward: (v: Node) => [[v], v], backward: (v: Node, ct: Node) => [b.mul([v, ct])] })(x),
      "InvalidArgument: customVjp of square: forward must return a value like the function's: the tree itself is a tensor in one and an array of 1 in the other"],
    ['no residuals', () => customVjp(square, { forward: square, backward: (_: Node, ct: Node) => [ct] })(x),
      'InvalidArgument: customVjp of square: forward must return [value, residuals]'],
    ['a cotangent of another shape', () => customVjp(square, { forward: (v: Node) => [square(v), v], backward: (v: Node, ct: Node) => [row(b.mul([v, ct]))] })(x),
      'ShapeMismatch: customVjp of square: backward gives f32[1,3] for argument 0, which is f32[3]: give a cotangent of its type'],
    ['a cotangent of another dtype, in a tree', () => customVjp((_: Node, p: P): Node => p.w, { forward: (_: Node, p: P) => [p.w, p], backward: (p: P, ct: Node) => [ct, { ...p, w: half(ct) }] })(x, tree),
      'ShapeMismatch: customVjp of a function: backward gives f64[3] for argument 1 at w, which is f32[3]: give a cotangent of its type'],
    ['too few cotangents', () => customVjp((v: Node, w: Node): Node => b.mul([v, w]), { forward: (v: Node, w: Node) => [b.mul([v, w]), []], backward: (_: unknown, ct: Node) => [ct] })(x, x),
      'InvalidArgument: customVjp of a function: backward must return one cotangent tree for each argument: the tree itself is an array of 2 in one and an array of 1 in the other'],
  ])('%s', (_name, f, sentence) => {
    expect(said(f)).toBe(sentence)
  })
  it('what is no function is refused when it is given', () => {
    expect(said(() => customJvp(square, undefined))).toBe('InvalidArgument: customJvp of square: the rule is undefined, not a function')
    expect(said(() => customVjp(square, { forward: square }))).toBe('InvalidArgument: customVjp of square: backward is undefined, not a function')
    expect(said(() => customVjp(square, undefined))).toBe('InvalidArgument: customVjp of square: forward is undefined, not a function')
  })
  it('the derivative of integers is not looked at', () => {
    const picked = customVjp((v: Node, i: Node): Node => b.mul([v, b.cast([i], { dtype: 'f32' })]), { forward: (v: Node, i: Node) => [b.mul([v, b.cast([i], { dtype: 'f32' })]), i], backward: (i: Node, ct: Node) => [ct, row(i)] })
    expect(said(() => picked(x, int(x)))).toBe('nothing')
  })
})
describe('a carry that changes is named', () => {
  it.each<[string, () => unknown, string]>([
    ['scan', () => scan((c: P, v: Node) => [{ ...c, w: b.add([c.w, b.broadcast([v], { shape: [3], axes: [] })]), b: [c.b[0], row(c.b[1] as Node)] }, v], tree, x), 'ShapeMismatch: scan: the carry at b.1 enters as f32[3] and leaves as f32[1,3]'],
    ['scan of one tensor', () => scan((c: Node, v: Node) => [int(c), v], scalar(0), x), 'ShapeMismatch: scan: the carry enters as f32[] and leaves as i32[]'],
    ['scan to another tree', () => scan((c: P, v: Node) => [{ ...c, b: c.w }, v], tree, x), 'InvalidArgument: scan: the carry changed: the tree at b is an array of 2 in one and a tensor in the other'],
    ['forLoop', () => forLoop(0, 3, (_i: Node, c: P) => ({ ...c, w: half(c.w) }), tree), 'ShapeMismatch: scan: the carry at w enters as f32[3] and leaves as f64[3]'],
    ['whileLoop', () => whileLoop((c: P) => b.lt([c.b[0] as Node, scalar(3)]), (c: P) => ({ ...c, b: [row(c.b[0] as Node), c.b[1]] }), tree), 'ShapeMismatch: whileLoop: the carry at b.0 enters as f32[] and leaves as f32[1]'],
    ['cond', () => cond(b.lt([scalar(1), scalar(2)]), () => tree, () => ({ ...tree, w: row(x) })), 'ShapeMismatch: cond: the branches give f32[3] and f32[1,3] at w'],
  ])('%s', (_name, f, sentence) => {
    expect(said(f)).toBe(sentence)
  })
})
