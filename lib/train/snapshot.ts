/**
 * A training as files: everything that decides how it goes on (state, random key, step, place in the epoch, running means,
 * history) in one checkpoint, written all or nothing. Law: a training that is killed at any moment and resumed ends with
 * the same bits as one that is not, because what comes after a checkpoint is a function of the checkpoint.
 */
import { access, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as t from 'io-ts'
import { loadCheckpoint, saveCheckpoint } from '../io/checkpoint.js'
import { decodeWith } from '../io/decode.js'
import type { Row } from '../io/history.js'
import { gather, scatter } from '../io/weights.js'
import type { ReadTensors } from '../io/weights.js'
import { fail } from '../type/index.js'

/** Sums over the examples of the epoch so far. */
export interface Running { readonly weight: number; readonly sums: Readonly<Record<string, number>> }
/** Where a training stands. */
export interface Standing<S> {
  readonly state: S
  /** Optimizer steps done, whole epochs done, and batches done of the epoch under way. */
  readonly step: number
  readonly epoch: number
  readonly cursor: number
  readonly running: Running
  readonly history: readonly Row[]
}
export const nothingYet: Running = { weight: 0, sums: {} }

const Kept = t.type({ config: t.unknown, running: t.type({ weight: t.number, sums: t.record(t.string, t.union([t.number, t.string])) }) })
const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)
/** JSON has no NaN; the loss that became NaN is kept as a word. */
const word = (x: number): number | string => (Object.is(x, -0) ? '-0' : Number.isFinite(x) ? x : String(x))
const worded = (sums: Running['sums']): Record<string, number | string> =>
  Object.fromEntries(Object.entries(sums).map(([name, x]) => [name, word(x)]))
const numbered = (sums: Readonly<Record<string, number | string>>): Running['sums'] =>
  Object.fromEntries(Object.entries(sums).map(([name, x]) => [name, Number(x)]))

export interface Place { readonly path: string; readonly key: readonly [number, number]; readonly config: unknown }
/** Saves where a training stands; the folder is made if it is not there. */
export const save = async <S>(now: Standing<S>, { path, key, config }: Place, read: ReadTensors): Promise<void> => {
  await mkdir(dirname(path), { recursive: true }).catch(() => undefined)
  const { step, epoch, cursor, history, running } = now
  const kept = { config, running: { weight: running.weight, sums: worded(running.sums) } }
  await saveCheckpoint(path, { tensors: await gather(now.state, read), manifest: { step, epoch, cursor, key, config: kept, history } })
}
const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null && !Array.isArray(x)
/** 'epochs 3, not 4' for each setting that is another. */
const differences = (saved: unknown, now: unknown, name = ''): readonly string[] => {
  if (isDeepStrictEqual(saved, now)) return []
  if (!isRecord(saved) || !isRecord(now)) return [`${name} ${JSON.stringify(saved) ?? 'absent'}, not ${JSON.stringify(now) ?? 'absent'}`]
  return [...new Set([...Object.keys(saved), ...Object.keys(now)])].flatMap((k) => differences(saved[k], now[k], k))
}
/** Where the training stood when it was last saved; null when it never was. */
export const restore = async <S>(template: S, { path, key, config }: Place): Promise<Standing<S> | null> => {
  if (!(await exists(path))) return null
  const { tensors, manifest } = await loadCheckpoint(path)
  const kept = decodeWith(Kept, manifest.config, `the manifest of ${path}`)
  const other = differences({ config: kept.config, key: manifest.key }, { config, key })
  const advice = 'resume with the same ones, or start anew at another path'
  if (other.length > 0) fail('InvalidArgument', `${path} was saved with other settings (${other.join('; ')}); ${advice}`)
  const { step, epoch, cursor, history } = manifest
  const running = { weight: kept.running.weight, sums: numbered(kept.running.sums) }
  return { state: scatter(template, tensors) as S, step, epoch, cursor, history, running }
}
