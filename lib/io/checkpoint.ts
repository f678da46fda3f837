/**
 * A checkpoint: everything a stopped training needs to go on with the same bits. One safetensors file holds the
 * tensors by dotted path and, in its `__metadata__`, a JSON manifest and a SHA-256 of the tensors' bytes. One file
 * and one atomic rename, so tensors and manifest can never be of two different moments. Law: a kill at any moment,
 * or a disk that fills, leaves the previous checkpoint loadable; a damaged file is refused, never half loaded.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as t from 'io-ts'
import { Fault, fail } from '../type/fault.js'
import { Count, decodeWith, parseJson } from './decode.js'
import { bytesOf, describe, type HostTensor } from './host.js'
import { History } from './history.js'
import { inFileOrder, readSafetensors, writeSafetensors } from './safetensors.js'

const Word = new t.Type<number>(
  'a whole number from 0 to 4294967295',
  (u): u is number => typeof u === 'number' && u >>> 0 === u,
  (u, c) => (typeof u === 'number' && u >>> 0 === u ? t.success(u) : t.failure(u, c)),
  t.identity,
)

const ManifestCodec = t.type({
  version: t.literal(1),
  step: Count,
  epoch: Count,
  cursor: Count,
  key: t.tuple([Word, Word]),
  config: t.unknown,
  history: History,
})

/**
 * What a checkpoint says beside its tensors: where training stood, its random key, the user's settings, its
 * history.
 */
export interface Manifest {
  /** Optimizer steps done. */
  readonly step: number
  /** The epoch under way. */
  readonly epoch: number
  /** The number of batches of that epoch already used: the cursor to go on from. */
  readonly cursor: number
  /** The random key, two 32-bit words. */
  readonly key: readonly [number, number]
  /** The user's settings: any JSON value. */
  readonly config: unknown
  /** One record of measured numbers for each epoch or step. */
  readonly history: readonly Readonly<Record<string, number>>[]
}

/** A loaded or to-be-saved checkpoint. */
export interface Checkpoint {
  readonly tensors: Readonly<Record<string, HostTensor>>
  readonly manifest: Manifest
}

/** The dtype and shape that a tensor should have, or has. */
export interface Signature {
  readonly dtype: string
  readonly shape: readonly number[]
}

/**
 * Saves a checkpoint, all or nothing; rejects with FileError (the previous one stays) or InvalidArgument (the
 * manifest).
 * @example await saveCheckpoint('run.safetensors', { tensors: { w: label(1) }, manifest: manifest() })
 */
export const saveCheckpoint = async (path: string, { tensors, manifest }: Checkpoint): Promise<void> =>
  writeSafetensors(path, tensors, { format: 'cotangent', manifest: encodeManifest(manifest), sha256: digest(tensors) })

/**
 * Loads a checkpoint; rejects with FileError, or DecodeError when the file is damaged or was not made by
 * `saveCheckpoint`.
 * @example const { tensors, manifest } = await loadCheckpoint('run.safetensors')
 */
export const loadCheckpoint = async (path: string): Promise<Checkpoint> => {
  const { tensors, metadata } = await readSafetensors(path)
  const text =
    metadata['manifest'] ??
    fail(
      'DecodeError',
      `${path} holds tensors but no checkpoint manifest: load it with readSafetensors, as weights only.`,
    )
  if (metadata['sha256'] !== digest(tensors))
    fail(
      'DecodeError',
      `${path} is damaged: its tensors do not have the checksum it was saved with; load an earlier checkpoint.`,
    )
  return { tensors, manifest: decodeManifest(text, path) }
}

/**
 * A manifest with the given fields, the rest as at the start of training.
 * @example manifest({ step: 10 }).epoch // 0
 */
export const manifest = (given: Partial<Manifest> = {}): Manifest => ({
  step: 0,
  epoch: 0,
  cursor: 0,
  key: [0, 0],
  config: {},
  history: [],
  ...given,
})

/**
 * Checks that tensors found fit those expected; throws one DecodeError listing every missing, extra and unlike one.
 * @example matchKeys({ w: { dtype: 'f32', shape: [2] } }, { w: { dtype: 'f32', shape: [2] } })
 */
export const matchKeys = (
  expected: Readonly<Record<string, Signature>>,
  found: Readonly<Record<string, Signature>>,
): void => {
  const problems = [
    ...listed('missing', absentFrom(found, expected)),
    ...listed('unexpected', absentFrom(expected, found)),
    ...Object.entries(expected).flatMap(([name, want]) => unlike(name, want, own(found, name))),
  ]
  if (problems.length > 0)
    fail(
      'DecodeError',
      `The tensors found do not fit the model: ${problems.join('; ')}: load them into the model they were saved from, or rename and select them first.`,
    )
}

const own = <A>(record: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const absentFrom = (record: object, names: object): readonly string[] =>
  Object.keys(names).filter((name) => !Object.hasOwn(record, name))

const listed = (word: string, names: readonly string[]): readonly string[] =>
  names.length === 0 ? [] : [`${word} ${names.join(', ')}`]

const unlike = (name: string, want: Signature, got: Signature | undefined): readonly string[] =>
  got === undefined || describe(got) === describe(want)
    ? []
    : [`${name} is ${describe(got)} where ${describe(want)} is expected`]

const digest = (tensors: Readonly<Record<string, HostTensor>>): string => {
  const hash = createHash('sha256')
  for (const [name, h] of inFileOrder(tensors)) hash.update(`${name}:${describe(h)}\n`).update(bytesOf(h.data))
  return hash.digest('hex')
}

const decodeManifest = (text: string, path: string): Manifest => {
  const source = `the manifest of ${path}`
  const { version: _, ...rest } = decodeWith(ManifestCodec, parseJson(text, source), source)
  return rest
}

/**
 * Encodes, and proves that it decodes to the same: a Date or undefined in the config would be lost without a word.
 */
const encodeManifest = (given: Manifest): string => {
  const text = jsonOf({ version: 1, ...given, history: History.encode(given.history) })
  if (!isDeepStrictEqual(proven(text).config, given.config))
    fail(
      'InvalidArgument',
      'saveCheckpoint: the config does not survive JSON: use plain records, arrays, strings, finite numbers, booleans and null.',
    )
  return text
}

const proven = (text: string): Manifest => {
  try {
    return decodeManifest(text, 'this checkpoint')
  } catch (cause) {
    throw new Fault('InvalidArgument', `saveCheckpoint: ${String((cause as Error).message)}`, { cause })
  }
}

const jsonOf = (value: unknown): string => {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new Fault(
      'InvalidArgument',
      `saveCheckpoint: the manifest cannot be written as JSON (${String((cause as Error).message).split('\n')[0]}): use plain values without cycles or bigints in its config.`,
      { cause },
    )
  }
}
