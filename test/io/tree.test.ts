import fc from 'fast-check'
import { expect, expectTypeOf, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaf } from '../../lib/ir/node.js'
import { session } from '../../lib/run/index.js'
import type { Tensor } from '../../lib/type/tensor.js'
import { loadWeights, saveWeights, scatter, gather } from '../../lib/io/weights.js'
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

const { read } = session()
const bitsOf = async (tree: unknown): Promise<unknown> => Object.entries(await gather(tree, read))

test('weights: what was saved is loaded, bit for bit, and typed as the template', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cotangent-weights-'))
  const path = join(folder, 'w.safetensors')
  const model = {
    conv: { weight: leaf(Float32Array.of(1, -0, NaN, 4), [2, 2], 'f32') as unknown as Tensor<[2, 2], 'f32', 'cpu'> },
    step: leaf(BigInt64Array.of(7n), [], 'i64') as unknown as Tensor<[], 'i64', 'cpu'>,
  }
  await saveWeights(path, model, read)
  const back = await loadWeights(path, model)
  expectTypeOf(back.conv.weight).toEqualTypeOf<Tensor<[2, 2], 'f32', never>>()
  expect(await bitsOf(back)).toEqual(await bitsOf(model))
  expect(await bitsOf(scatter(model, await gather(model, read)))).toEqual(await bitsOf(model))
  await expect(loadWeights(path, { conv: model.conv })).rejects.toThrow(/unexpected step/)
  await rm(folder, { recursive: true })
})
