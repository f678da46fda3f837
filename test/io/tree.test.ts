import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leaf } from '../../lib/ir/node.js'
import { fit, name } from '../../lib/io/tree.js'
import { faultOf } from './arbitrary.js'

const tensor = (n: number): unknown => leaf(new Float32Array(n), [n], 'f32')
const keys = fc.constantFrom('weight', 'bias', 'conv1', '0')
const trees = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.nat(4).map(tensor),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(keys, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree

test('fit(tree, name(tree)) = tree', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      expect(fit(tree, name(tree))).toEqual(tree)
    }),
  )
})
test('paths are those of PyTorch', () => {
  expect(Object.keys(name({ layers: [{ weight: tensor(1) }], bias: tensor(2) }))).toEqual(['bias', 'layers.0.weight'])
  expect(Object.keys(name(tensor(1)))).toEqual(['tensor'])
})
test('what does not fit is named, all at once', () => {
  expect(faultOf(() => name({ a: { b: tensor(1) }, 'a.b': tensor(1) }))).toMatch(
    /Two tensors of the tree have the path a\.b/,
  )
  expect(
    faultOf(() =>
      fit({ a: tensor(1), b: tensor(2) }, { b: { dtype: 'f64', shape: [2] }, c: { dtype: 'f32', shape: [] } }),
    ),
  ).toMatch(/missing a; unexpected c; b is f64 \[2\] where f32 \[2\] is expected/)
  expect(faultOf(() => name({ a: 3 }))).toBeTruthy()
})
