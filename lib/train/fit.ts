/**
 * The training loop as a value. `fit(settings)` does nothing; iterating it trains and yields events. Each step is one run of
 * a pure function of state and batch, so the loop holds the only mutable thing there is: the place it has come to. Laws:
 * iterating twice trains twice, with the same numbers; a training that was killed and resumed ends with the same bits.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Loader } from '../data/loader.js'
import { epoch as batchesOf } from '../data/loader.js'
import { foldIn, seedKey } from '../data/sampler.js'
import type { Row } from '../io/history.js'
import { writeHistory } from '../io/history.js'
import type { World } from '../run/index.js'
import type { Session } from '../run/session.js'
import { fromHost } from '../tensor/index.js'
import type { Device, DType, Key, Tensor } from '../type/index.js'
import { fail, flatten } from '../type/index.js'
import type { FitEvent, Means } from './event.js'
import type { Place, Running, Standing } from './snapshot.js'
import { nothingYet, restore, save } from './snapshot.js'
import type { EarlyStop } from './stop.js'
import { stopsEarly } from './stop.js'

/** Means over the examples of a batch, by name: { loss, accuracy }. */
export type Measures = { readonly [name: string]: Tensor<[], DType, Device> }
export interface FitSettings<S, A, C, V extends Device = Device> {
  readonly session: Session<V>
  /** Parameters, optimizer state, running statistics: whatever a step changes, as one tree. */
  readonly state: S
  /** One step, best jitted: the next state and the measures. The key is the step's own. */
  readonly step: (state: S, batch: C, key: Key<never>) => readonly [state: S, measures: Measures]
  readonly loader: Loader<A, C>
  readonly epochs: number
  /** Decides the steps' keys; 0 unless given. */
  readonly seed?: number
  /** A step event every so many steps; 10 unless given. */
  readonly logEvery?: number
  /** Further numbers for the epoch's row, such as { valLoss, valAccuracy }. */
  readonly evaluate?: (state: S, epoch: number) => Promise<Row> | Row
  readonly stopEarly?: EarlyStop
  /** Save after each epoch (and every so many steps if given) and when interrupted. `config` must be the same to resume. */
  readonly checkpoint?: { readonly path: string; readonly config?: unknown; readonly everySteps?: number }
  /** Go on from the checkpoint if there is one. */
  readonly resume?: boolean
  /** Files that hold the history after each epoch: JSON, or CSV by their ending. */
  readonly history?: readonly string[]
  /** Aborting ends the training after the step under way, saved. */
  readonly signal?: AbortSignal
  /** The processes that train together, all by this same call: the first one writes the files, and all end after one step. */
  readonly world?: World
}
type Any<S> = FitSettings<S, unknown, unknown>

const place = <S>(s: Any<S>): Place | null =>
  s.checkpoint === undefined ? null : { path: s.checkpoint.path, key: seedKey(s.seed ?? 0), config: s.checkpoint.config ?? {} }
const begin = async <S>(s: Any<S>): Promise<{ readonly now: Standing<S>; readonly resumed: boolean }> => {
  const at = place(s)
  const found = s.resume === true && at !== null ? await restore(s.state, at) : null
  const now = found ?? { state: s.state, step: 0, epoch: 0, cursor: 0, running: nothingYet, history: [] }
  await s.session.run(now.state)
  return { now, resumed: found !== null }
}

/** Examples in a batch: the length of its first tensor. */
const examples = (batch: unknown): number => (flatten(batch).leaves[0] as { readonly shape: readonly number[] } | undefined)?.shape[0] ?? 1
const grown = (r: Running, measures: Readonly<Record<string, ArrayLike<number | bigint>>>, n: number): Running => ({
  weight: r.weight + n,
  sums: Object.fromEntries(Object.entries(measures).map(([name, x]) => [name, (r.sums[name] ?? 0) + n * Number(x[0])])),
})
export const meansOf = (r: Running): Means => Object.fromEntries(Object.entries(r.sums).map(([name, sum]) => [name, sum / r.weight]))
const keyOf = (seed: number, step: number): Key<never> =>
  fromHost({ dtype: 'u32', shape: [2], data: Uint32Array.from(foldIn(seedKey(seed), step)) }) as Key<never>

/** One step: one run of state and measures together. */
const stepped = async <S>(s: Any<S>, now: Standing<S>, batch: unknown): Promise<Standing<S>> => {
  const [state, measures] = s.step(now.state, batch, keyOf(s.seed ?? 0, now.step))
  await s.session.run([state, measures])
  const running = grown(now.running, s.session.read.sync(measures), examples(batch) * (s.world?.size ?? 1))
  return { ...now, state, running, step: now.step + 1, cursor: now.cursor + 1 }
}
/** A stopwatch over examples. */
const watch = () => {
  const start = performance.now()
  let seen = 0
  const seconds = (): number => (performance.now() - start) / 1000
  return { add: (n: number): void => void (seen += n), seconds, perSecond: (): number => seen / Math.max(1e-9, seconds()) }
}
type Watch = ReturnType<typeof watch>

type Together = Pick<Any<unknown>, 'signal' | 'world'>
/** One process that is asked to stop stops all of them, after the same step. */
const interrupted = async (s: Together): Promise<boolean> => {
  const asked = s.signal?.aborted === true
  return s.world === undefined ? asked : s.world.any(asked)
}
const writes = (s: Together): boolean => (s.world?.rank ?? 0) === 0
async function* steps<S>(s: Any<S>, from: Standing<S>, clock: Watch): AsyncGenerator<FitEvent<S>, Standing<S>> {
  const { logEvery = 10, epochs, loader } = s
  let now = from
  for await (const batch of batchesOf(loader, from.epoch, { from: from.cursor })) {
    if (await interrupted(s)) break
    now = await stepped(s, now, batch)
    clock.add(examples(batch))
    if (now.cursor % logEvery === 0 || now.cursor === loader.length) {
      const { epoch, step, cursor: batch } = now
      yield { type: 'step', epoch, epochs, batch, batches: loader.length, step, means: meansOf(now.running), perSecond: clock.perSecond() }
    }
    if (now.step % (s.checkpoint?.everySteps ?? Infinity) === 0) yield* saved(s, now)
  }
  return now
}
async function* saved<S>(s: Any<S>, now: Standing<S>): AsyncGenerator<FitEvent<S>, void> {
  const at = place(s)
  if (at === null) return
  if (!writes(s)) return
  await save(now, at, s.session.read)
  yield { type: 'checkpoint', path: at.path, epoch: now.epoch, step: now.step }
}
const write = async (paths: readonly string[], rows: readonly Row[]): Promise<void> => {
  for (const path of paths) {
    await mkdir(dirname(path), { recursive: true }).catch(() => undefined)
    await writeHistory(path, rows)
  }
}
/** The epoch's row, then its files: history first, so that a checkpoint never knows less than they do. */
async function* finished<S>(s: Any<S>, now: Standing<S>, clock: Watch): AsyncGenerator<FitEvent<S>, Standing<S>> {
  const perSecond = clock.perSecond(), seconds = clock.seconds()
  const row = { epoch: now.epoch + 1, ...meansOf(now.running), ...(await s.evaluate?.(now.state, now.epoch)) }
  const next = { ...now, epoch: now.epoch + 1, cursor: 0, running: nothingYet, history: [...now.history, row] }
  if (writes(s)) await write(s.history ?? [], next.history)
  yield { type: 'epoch', epoch: now.epoch, epochs: s.epochs, row, state: next.state, perSecond, seconds }
  yield* saved(s, next)
  return next
}
async function* training<S>(s: Any<S>): AsyncGenerator<FitEvent<S>, void> {
  const { now: first, resumed } = await begin(s)
  let now = first
  const stops = (): boolean => s.stopEarly !== undefined && stopsEarly(now.history, s.stopEarly)
  yield { type: 'start', resumed, epoch: now.epoch, step: now.step, epochs: s.epochs, batches: s.loader.length }
  while (now.epoch < s.epochs && !stops()) {
    const clock = watch()
    now = yield* steps(s, now, clock)
    if (now.cursor < s.loader.length) {
      yield* saved(s, now)
      return yield { type: 'end', reason: 'interrupted', state: now.state, history: now.history, step: now.step }
    }
    now = yield* finished(s, now, clock)
  }
  yield { type: 'end', reason: now.epoch < s.epochs ? 'stopped early' : 'finished', state: now.state, history: now.history, step: now.step }
}
const whole = (what: string, n: number, least: number): void => {
  if (!Number.isSafeInteger(n) || n < least) fail('InvalidArgument', `fit: ${what} is ${n}; pass a whole number of at least ${least}`)
}

/**
 * A training: iterate it and it trains, yielding an event at its start, every `logEvery` steps, after each epoch and each
 * checkpoint, and at its end.
 * @throws InvalidArgument for settings that make no sense, or when resuming a checkpoint of other settings.
 * @example const sums = fit({ session: session(), state: tensor(0), step: (sum, x) => [add(sum, mean(x)), { mean: mean(x) }], loader: loader(fromArray([1, 2, 3, 6]), { batchSize: 2 }), epochs: 1 })
 *   deepClose(await item((await follow(sums)).state), 6)
 */
export const fit = <S, A, C, V extends Device>(settings: FitSettings<S, A, C, V>): AsyncIterable<FitEvent<S>> => {
  whole('epochs', settings.epochs, 0)
  whole('logEvery', settings.logEvery ?? 10, 1)
  whole('everySteps', settings.checkpoint?.everySteps ?? 1, 1)
  return { [Symbol.asyncIterator]: () => training(settings as unknown as Any<S>) }
}
