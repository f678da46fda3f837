/**
 * A checkpoint of several processes: each writes what is its own, one checkpoint file a process, and then the first one makes
 * them count by one atomic rename of an index. Law: at every moment, kills included, the index names files that are complete and
 * of one moment; what n processes have saved, any number of processes can load.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import * as t from 'io-ts'
import type { World } from '../run/index.js'
import type { AnyArray } from '../type/index.js'
import { fail } from '../type/index.js'
import { writeAtomic } from './atomic.js'
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js'
import type { Checkpoint } from './checkpoint.js'
import { decodeWith, parseJson } from './decode.js'
import { atFile } from './fileFault.js'
import type { HostTensor } from './host.js'

const Index = t.type({ version: t.literal(1), folder: t.string, processes: t.number, sharded: t.array(t.string) })
const KEPT = 2
const file = (folder: string, rank: number): string => join(folder, `${rank}.safetensors`)
const index = (folder: string): string => join(folder, 'index.json')
const chosen = (tensors: Checkpoint['tensors'], keep: (name: string) => boolean): Checkpoint['tensors'] =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => keep(name)))

/** Earlier checkpoints, all but the last few; whose index is gone is no checkpoint any more. */
const sweep = async (folder: string, now: string): Promise<void> => {
  const steps = (await readdir(folder)).filter((name) => /^step-\d+-[0-9a-f]{8}$/.test(name) && name !== now)
  const old = steps.sort((a, b) => Number(a.split('-')[1]) - Number(b.split('-')[1])).slice(0, -(KEPT - 1))
  await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
/**
 * Saves what all processes have, all or nothing; all of them call it. Of the tensors named in `sharded` each process brings its
 * own rows, in the order of ranks; the others are the same in all, and the first one writes them.
 * @throws FileError when a file cannot be written; InvalidArgument for a name that is not there.
 * @example await saveShards('run', { tensors: { rows: hostTensor('f32', [2], Float32Array.of(1, 2)) }, manifest: manifest() }, await initialize(), { sharded: ['rows'] })
 */
export const saveShards = async (folder: string, { tensors, manifest }: Checkpoint, world: Pick<World, 'rank' | 'size' | 'gather'>, { sharded }: { readonly sharded: readonly string[] }): Promise<void> => {
  const absent = sharded.find((name) => tensors[name] === undefined)
  if (absent !== undefined) fail('InvalidArgument', `saveShards: there is no tensor '${absent}' to save the rows of`)
  const [id] = await world.gather(randomBytes(4), 'saveShards')
  const name = `step-${manifest.step}-${Buffer.from(id as Uint8Array).toString('hex')}`
  await atFile(folder, 'write', () => mkdir(join(folder, name), { recursive: true }))
  const own = world.rank === 0 ? tensors : chosen(tensors, (x) => sharded.includes(x))
  await saveCheckpoint(file(join(folder, name), world.rank), { tensors: own, manifest })
  await world.gather(new Uint8Array(0), 'saveShards, written')
  if (world.rank === 0) {
    await writeAtomic(index(folder), [new TextEncoder().encode(JSON.stringify({ version: 1, folder: name, processes: world.size, sharded }))])
    await sweep(folder, name)
  }
  await world.gather(new Uint8Array(0), 'saveShards, done')
}
const rowsOf = (x: HostTensor, from: number, to: number): HostTensor => {
  const each = x.data.length / Math.max(1, x.shape[0] ?? 1)
  return { ...x, shape: [to - from, ...x.shape.slice(1)], data: x.data.slice(from * each, to * each) as AnyArray }
}
const joined = (xs: readonly HostTensor[]): HostTensor => {
  const [first] = xs as readonly [HostTensor]
  const data = new (first.data.constructor as new (n: number) => AnyArray)(xs.reduce((n, x) => n + x.data.length, 0))
  let at = 0
  for (const x of xs) {
    data.set(x.data as never, at)
    at += x.data.length
  }
  return { ...first, shape: [xs.reduce((n, x) => n + (x.shape[0] ?? 0), 0), ...first.shape.slice(1)], data }
}
const share = (name: string, x: HostTensor, { rank, size }: Pick<World, 'rank' | 'size'>): HostTensor => {
  const rows = x.shape[0] ?? 0
  if (rows % size !== 0) fail('ShapeMismatch', `loadShards: the ${rows} rows of '${name}' do not share out over ${size} processes`)
  return rowsOf(x, (rank * rows) / size, ((rank + 1) * rows) / size)
}
/**
 * What was last saved in a folder: whole, or with a world the rows of this process of what was sharded. The number of processes
 * may be another one than when it was saved.
 * @throws FileError or DecodeError when a file is missing or damaged; ShapeMismatch when rows do not share out.
 * @example const { tensors } = await loadShards('run', await initialize())
 */
export const loadShards = async (folder: string, world: Pick<World, 'rank' | 'size'> = { rank: 0, size: 1 }): Promise<Checkpoint> => {
  const path = index(folder)
  const { folder: name, processes, sharded } = decodeWith(Index, parseJson(await atFile(path, 'read', () => readFile(path, 'utf8')), path), path)
  const all = await Promise.all(Array.from({ length: processes }, (_, r) => loadCheckpoint(file(join(folder, basename(name)), r))))
  const [first] = all as [Checkpoint]
  const whole = Object.fromEntries(sharded.map((x) => [x, joined(all.map((c) => c.tensors[x] ?? fail('DecodeError', `${path} names a tensor '${x}' that a shard does not have`)))]))
  return { manifest: first.manifest, tensors: { ...first.tensors, ...Object.fromEntries(Object.entries(whole).map(([x, h]) => [x, share(x, h, world)])) } }
}
