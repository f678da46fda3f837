/** `cotangent/data`: data sets as pure functions of position, loaders as values, orders from a seed alone. */
export {
  concat,
  dataset,
  empty,
  filter,
  fromArray,
  fromArrays,
  fromLists,
  map,
  split,
  subset,
  toArray,
  zip,
  type Dataset,
} from './dataset.js'
export { rowOf, tensorDataset, type RowOf } from './tensorDataset.js'
export { collate, type Tensors } from './collate.js'
export { stack, type Stacked } from './stack.js'
export { epoch, loader, type Batches, type Loader, type LoaderSettings } from './loader.js'
export { distributedSampler, epochOrder, foldIn, permutation, seedKey, type Key, type Sampler } from './sampler.js'
export { hostTensor, label, scalar, type HostTensor } from '../io/host.js'
