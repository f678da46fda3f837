/**
 * `cotangent/io`: files. Safetensors, checkpoints, IDX and the digits, CSV and histories; writes are all or
 * nothing.
 */
export { decode, encode, readSafetensors, writeSafetensors, type TensorFile } from './safetensors.js'
export {
  loadCheckpoint,
  manifest,
  matchKeys,
  saveCheckpoint,
  type Checkpoint,
  type Manifest,
  type Signature,
} from './checkpoint.js'
export { fit, name } from './tree.js'
export { gather, loadWeights, saveWeights, scatter, type ReadTensors } from './weights.js'
export { loadShards, saveShards } from './shards.js'
export { writeAtomic } from './atomic.js'
export { decodeWith, report } from './decode.js'
export { decodeIdx, encodeIdx, readIdx } from './idx.js'
export { fashionClasses, fashionMnist, mnistDigits, type LabelledImages } from './digits.js'
export { decodeCsv, encodeCsv } from './csv.js'
export { decodeHistory, encodeHistory, historyCsv, readHistory, writeHistory, type Row } from './history.js'
export { bytesOf, hostTensor, isHostTensor, label, scalar, sizeOf, type HostTensor } from './host.js'
