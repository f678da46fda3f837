/** Trees: records by sorted key, tuples, arrays, tensors, and nothing else. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fault, flatten, leafCount, leavesLike, mapTree, paths, tensorBrand, treeMismatch, unflatten } from '../../lib/type/index.js'

class Leaf {
  readonly [tensorBrand] = true
  readonly n: number
  constructor(n: number) {
    this.n = n
  }
}
const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.nat(99).map((n) => new Leaf(n)), tie('node')),
  node: fc.oneof(
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('tree'), { maxKeys: 3, noNullPrototype: true })),
}))
const plus = (by: number) => (x: Leaf): Leaf => new Leaf(x.n + by)
const faultOf = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    if (e instanceof Fault) return `${e._tag}: ${e.message}`
  }
  return 'no fault'
}

describe('laws', () => {
  test('unflatten is the inverse of flatten', () => {
    fc.assert(fc.property(tree, (t) => {
      const { def, leaves } = flatten(t)
      expect(unflatten(def, leaves)).toEqual(t)
      expect(leafCount(def)).toBe(leaves.length)
      expect(paths(t).length).toBe(leaves.length)
    }))
  })
  test('leavesLike finds the leaves of a tree of the same structure, and of no other', () => {
    fc.assert(fc.property(tree, tree, (t, other) => {
      const one = flatten(t), two = flatten(other), found: unknown[] = []
      const same = treeMismatch(one.def, two.def) === undefined
      expect(leavesLike(one.def, other, found)).toBe(same)
      if (same) expect(found).toEqual(two.leaves)
    }))
  })
  test('mapTree is a functor', () => {
    fc.assert(fc.property(tree, (t) => {
      expect(mapTree((x: Leaf) => x, t)).toEqual(t)
      expect(mapTree(plus(1), mapTree(plus(2), t))).toEqual(mapTree(plus(3), t))
    }))
  })
  test('a tree has its own structure', () => {
    fc.assert(fc.property(tree, (t) => {
      expect(treeMismatch(flatten(t).def, flatten(mapTree(plus(1), t)).def)).toBeUndefined()
    }))
  })
})

describe('order, paths and faults', () => {
  const a = new Leaf(1), b = new Leaf(2), c = new Leaf(3)
  test('records by sorted key', () => {
    expect(flatten({ w: b, b: a, l: [c] }).leaves).toEqual([a, c, b])
    expect(paths({ w: b, b: a, l: [c, { x: c }] })).toEqual(['b', 'l.0', 'l.1.x', 'w'])
    expect(paths(a)).toEqual([''])
    expect(flatten({}).leaves).toEqual([])
  })
  test('several trees at once', () => {
    expect(mapTree((x: Leaf, y: Leaf) => new Leaf(x.n + y.n), { p: a, q: [b] }, { p: c, q: [c] })).toEqual({ p: new Leaf(4), q: [new Leaf(5)] })
  })
  test('structures that differ are named by path', () => {
    expect(faultOf(() => mapTree((x: Leaf) => x, { p: [a] }, { p: [a, b] })))
      .toBe('InvalidArgument: mapTree: the tree at p is an array of 1 in one and an array of 2 in the other')
    expect(faultOf(() => mapTree((x: Leaf) => x, { p: a }, { q: a })))
      .toBe('InvalidArgument: mapTree: the tree itself is a record of {p} in one and a record of {q} in the other')
    expect(faultOf(() => unflatten(flatten([a]).def, []))).toBe('InvalidArgument: unflatten: a tree of 1 leaves cannot be made of 0')
  })
  test('what is no tree', () => {
    expect(faultOf(() => flatten({ l: [a, 3] })))
      .toBe('InvalidArgument: the tree at l.1 is a number: numbers are not leaves: pass them as `static` or wrap with tensor()')
    const hint = 'a tree holds tensors, records, tuples and arrays'
    expect(faultOf(() => flatten(null))).toBe(`InvalidArgument: the tree itself is null: ${hint}`)
    expect(faultOf(() => flatten({ d: new Map() }))).toBe(`InvalidArgument: the tree at d is a Map: ${hint}`)
    expect(faultOf(() => flatten([undefined]))).toBe(`InvalidArgument: the tree at 0 is undefined: ${hint}`)
  })
})
