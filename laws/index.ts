/**
 * cotangent/laws: the laws that hold this library, for your own code. A law is a predicate: it takes a thing and a sample
 * and answers true or a sentence. The `…IsLawful` functions sample, shrink and answer in one call; inside a test,
 * `expect(layerIsLawful(model)).toBe(true)` prints the counter-example when there is one. fast-check is a peer: install it
 * beside.
 */
export { codecIsLawful, encodingIsCanonical, nothingIsLost } from './codec.js'
export type { CodecLike } from './codec.js'
export { bordersAreKept, datasetIsLawful, mapIsFunctor, readsArePure } from './dataset.js'
export type { DatasetLike } from './dataset.js'
export { batchIsStack, layerIsLawful, shapeIsPromised } from './layer.js'
export type { LayerTrial, ModelLike } from './layer.js'
export { findsMinimum, optimizerIsLawful, restsAtZero, typesAreKept, updateIsLeafwise } from './optimizer.js'
export type { OptimizerLike, OptimizerTrial } from './optimizer.js'
export { equationHolds } from './equation.js'
export type { Equation, Operand } from './equation.js'
export { checkGrads, functionIsLawful } from './rule.js'
export type { Trial } from './rule.js'
export { allClose, allSameBits, close, sameBits, slackUsed, tolerance } from './close.js'
export type { Class, Verdict, Work } from './close.js'
export { arbitrary, fromSeed, sampled } from './draw.js'
export type { Draw, Gen } from './draw.js'
export { effort, hold, refute, seed } from './hold.js'
export { bench, oracle } from './machine.js'
export type { Bench, Machine } from './machine.js'
export { programOf, programText } from './program.js'
export type { Program } from './program.js'
export { errorBounds } from './rounding.js'
export { smallerPrograms, smallest } from './shrink.js'
export { valueLaws } from './primitive.js'
export { derivativeLaws } from './derivative.js'
export { batchLaws } from './batch.js'
export {
  concatIsAssociative, drawsAreMonad, emptyIsIdentity, equalsIsEquivalence, filterIsFilter, foldsAgree, joinIsSemilattice, mapKeepsComposition, ringIsRing,
} from './algebra.js'
