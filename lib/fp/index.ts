/**
 * The fp-ts door. Programs of this library are ReaderTaskEithers as they are; here are the instances that hold exactly, each
 * under its laws (laws/algebra.ts, test/fp). What holds only nearly gets none: floats under addition, closeness as equality.
 */
export { dtypeEq, dtypeJoin, hostEq, shapeEq, shapeMonoid, tensorShow } from './type.js'
export { integerRing } from './integer.js'
export * as leavesOfTree from './leaves.js'
export { leavesOf, treeOf } from './leaves.js'
export type { Leaves } from './leaves.js'
export { leaves } from './optic.js'
export type { Traversal } from './optic.js'
export { gradientMonoid, gradientTransform, layersMonoid, lossContravariant, scheduleMeet } from './learn.js'
export type { GradientTransform, Loss } from './learn.js'
export { datasetFilterable, datasetFoldable, datasetFunctor, datasetFunctorWithIndex, datasetMonoid, draw, metricMonoid, metricProfunctor } from './gather.js'
export type { Gathering } from './gather.js'
