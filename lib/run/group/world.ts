/**
 * The processes of a job, all running the same program. `initialize` finds how they were started and joins them; a program
 * that was started alone is a world of one, so the same file runs either way. Tensors go between processes inside plans, as
 * the collectives of an axis that spans them.
 */
import { availableParallelism, cpus, hostname } from 'node:os'
import { spanning } from '../../transform/index.js'
import type { Axis } from '../../type/collective.js'
import { Fault, fail } from '../../type/fault.js'
import { findAddon } from '../addon.js'
import type { Addon, CommDoor } from '../addon.js'
import { engineFor } from './engine.js'
import { launched } from './family.js'
import type { Env, Launched, Told } from './family.js'
import { codes, guard } from './guard.js'
import type { Guard } from './guard.js'
import { meet } from './meeting.js'
import { ask, keep } from './store.js'
import type { Place, Store } from './store.js'

/** This process among those of the job. */
export interface World {
  readonly rank: number
  readonly size: number
  /** Its number among the processes of its machine. */
  readonly localRank: number
  /** An axis over all processes, with so many devices in each (1 unless given); of a world of one, an axis like any other. */
  readonly axis: <const Name extends string>(name: Name, local?: number) => Axis<Name, number>
  /** What each process brings, by rank; bytes, and of all the same number. The label names the call in sentences. */
  readonly gather: (bytes: Uint8Array, label?: string) => Promise<readonly Uint8Array[]>
  /** Whether any process says so. */
  readonly any: (flag: boolean) => Promise<boolean>
  /** A few words shared by all processes. */
  readonly store: Store
  /** Leaves in good order, when all do; a program that ends by itself does this. */
  readonly end: () => Promise<void>
}

/** What is asked of the addon, as promises. */
class Wire {
  private readonly door: CommDoor
  private readonly open = new Map<number, { readonly done: (bytes: Uint8Array) => void; readonly failed: (e: Error) => void }>()
  private asked = 1
  late: (sentence: string) => void = () => undefined
  constructor(door: CommDoor) {
    this.door = door
  }
  private answer(id: number, why: string, bytes: Uint8Array | undefined): void {
    if (id === 0) return this.late(why)
    const { done, failed } = this.open.get(id) as { done: (x: Uint8Array) => void; failed: (e: Error) => void }
    this.open.delete(id)
    if (why === '') done(bytes ?? new Uint8Array(0))
    else failed(new Fault(id === 1 ? 'DeviceUnavailable' : 'BackendFailure', id === 1 ? `initialize: ${why}` : why))
  }
  private question(id: number, put: () => void): Promise<Uint8Array> {
    return new Promise((done, failed) => {
      this.open.set(id, { done, failed })
      put()
    })
  }
  start(engine: string, deadline: number): Promise<unknown> {
    return this.question(1, () => this.door.open(engine, deadline, (id, why, bytes) => this.answer(id, why, bytes)))
  }
  async gather(bytes: Uint8Array, label: string): Promise<readonly Uint8Array[]> {
    const id = ++this.asked
    const all = await this.question(id, () => this.door.gather(id, label, bytes))
    return Array.from({ length: this.door.world().size }, (_, r) => all.subarray(r * bytes.length, (r + 1) * bytes.length))
  }
  close(): Promise<unknown> {
    const id = ++this.asked, code = Number(process.exitCode ?? 0)
    return this.question(id, () => this.door.close(id, code === 0 ? 'the end' : `the end, with exit code ${code}`))
  }
}

// ---- who is there ------------------------------------------------------------------------------------------------
const HELLO = 1024
interface Hello { readonly host: string; readonly place: Place | null }
const packed = (hello: Hello): Uint8Array => {
  const bytes = new Uint8Array(HELLO).fill(32), text = new TextEncoder().encode(JSON.stringify(hello))
  if (text.length > HELLO) return packed({ ...hello, host: hello.host.slice(0, 64), place: hello.place === null ? null : { ...hello.place, hosts: hello.place.hosts.slice(0, 8) } })
  bytes.set(text)
  return bytes
}
const unpacked = (bytes: Uint8Array): Hello => JSON.parse(new TextDecoder().decode(bytes)) as Hello
/** Processes of one machine that are bound to no cores of their own share its threads out. */
const shareThreads = (addon: Addon, here: number): void => {
  const { cores } = addon.describe()
  if (here > 1 && process.env['COTANGENT_THREADS'] === undefined && cores >= Math.min(availableParallelism(), cpus().length)) addon.setThreads(Math.max(1, Math.floor(cores / here)))
}

// ---- who is late -------------------------------------------------------------------------------------------------
const SECONDS_BETWEEN_BEATS = 5
interface Beat { readonly number: number; readonly label: string; readonly waiting: boolean; readonly at: number }
const beatOf = (door: CommDoor): Beat => ({ ...door.last(), at: Date.now() })
const within = <A>(ms: number, p: Promise<A>, otherwise: A): Promise<A> =>
  Promise.race([p.catch(() => otherwise), new Promise<A>((done) => void setTimeout(() => done(otherwise), ms).unref())])
/** What is known of a process that has not come. */
const excuse = (rank: number, own: Beat, text: string | null): string => {
  if (text === null) return `; nothing was heard of rank ${rank}`
  const b = JSON.parse(text) as Beat
  if (b.number >= own.number) return ''
  const heard = ((Date.now() - b.at) / 1000).toFixed(1)
  return `; rank ${rank} has not come: when it was last heard of, ${heard} s ago, it had ${b.waiting ? 'begun' : 'done'} #${b.number} ${b.label}`
}
const MOST_NAMED = 16
const excuses = async (store: Store, own: Beat, rank: number, size: number): Promise<string> => {
  const others = Array.from({ length: size }, (_, r) => r).filter((r) => r !== rank).slice(0, MOST_NAMED)
  return (await Promise.all(others.map(async (r) => excuse(r, own, await within(400, store.get(`at ${r}`), null))))).join('')
}

// ---- joining -----------------------------------------------------------------------------------------------------
const secondsOf = (env: Env, name: string, what: string, given?: number): number => {
  const text = env[name], seconds = given ?? Number(text === undefined || text === '' ? 300 : text)
  return seconds > 0 && Number.isFinite(seconds) ? seconds : fail('InvalidArgument', `initialize: ${what} of ${given ?? text} is no number of seconds above 0`)
}
const deadlineOf = (env: Env, given: number | undefined): number => secondsOf(env, 'COTANGENT_COLLECTIVE_TIMEOUT', "a collective's deadline", given)
/** How long processes that were started one by one wait for each other. */
const patienceOf = (env: Env): number => secondsOf(env, 'COTANGENT_JOIN_TIMEOUT', 'a deadline for joining')
const alone = async (): Promise<World> => {
  const kept = await keep()
  const store = await ask({ ...kept.place, hosts: ['127.0.0.1'] })
  return Object.freeze({
    rank: 0, size: 1, localRank: 0, store,
    axis: <const Name extends string>(name: Name, local = 1) => spanning(name, { processes: 1, rank: 0, local }),
    gather: async (bytes: Uint8Array) => [bytes.slice()], any: async (flag: boolean) => flag,
    end: async () => {
      store.close()
      kept.close()
    },
  })
}
const addonFor = (how: Launched): Addon => {
  const found = findAddon()
  return 'addon' in found ? found.addon : fail('DeviceUnavailable', `initialize: ${how.by} started ${how.size} processes, and only the native backend lets processes meet: ${found.missing}`)
}
const joined = async (how: Launched, deadline: number): Promise<World> => {
  const addon = addonFor(how), wire = new Wire(addon.comm)
  // UCX, under MPICH, would rewrite functions of libc while other threads run in them; it looks when it is loaded
  process.env['UCX_MEM_MMAP_HOOK_MODE'] ??= 'none'
  const engine = engineFor(how.family, process.env), link = how.meeting === undefined ? null : await meet(how.meeting, how.size, patienceOf(process.env))
  await wire.start(engine, deadline)
  const { rank, size, local } = addon.comm.world()
  if (size !== how.size) fail('DeviceUnavailable', `initialize: ${how.by} started ${how.size} processes, but the MPI that was opened sees ${size}: it belongs to another family; set COTANGENT_MPI to ${how.family === 'mpich' ? 'openmpi' : 'mpich'}`)
  let ending: Promise<void> | null = null
  const end = (): Promise<void> => (ending ??= leave())
  const g: Guard = guard(`rank ${rank}/${size}`, (code) => addon.comm.abort(code), end)
  wire.late = (sentence) => void g.stop(codes.late, sentence)
  if (link !== null) link.lost = (sentence) => void g.stop(codes.failed, sentence)
  const kept = rank === 0 ? await keep() : null
  const hellos = (await wire.gather(packed({ host: hostname(), place: kept?.place ?? null }), 'initialize')).map(unpacked)
  shareThreads(addon, hellos.filter((h) => h.host === hostname()).length)
  const place = hellos[0]?.place as Place
  const store = await ask(hellos[0]?.host === hostname() ? { ...place, hosts: ['127.0.0.1', ...place.hosts] } : place)
  const beat = (): void => void store.set(`at ${rank}`, JSON.stringify(beatOf(addon.comm))).catch(() => undefined)
  const beats = setInterval(beat, Math.min(SECONDS_BETWEEN_BEATS, deadline / 4) * 1000).unref()
  beat()
  wire.late = (sentence) => void within(600, excuses(store, beatOf(addon.comm), rank, size), '').then((why) => g.stop(codes.late, `${sentence}${why}`))
  const leave = async (): Promise<void> => {
    clearInterval(beats)
    if (link !== null) link.lost = () => undefined
    await wire.close()
    await link?.close()
    g.release()
    store.close()
    kept?.close()
  }
  return Object.freeze({
    rank, size, localRank: local, store, end,
    axis: <const Name extends string>(name: Name, devices = 1) => spanning(name, { processes: size, rank, local: devices }),
    gather: (bytes: Uint8Array, label = 'gather') => wire.gather(bytes, `${label} of ${bytes.length} bytes`),
    any: async (flag: boolean) => (await wire.gather(Uint8Array.of(flag ? 1 : 0), 'any')).some((b) => b[0] === 1),
  })
}
/** The world of this process; `timeout` is the deadline of a collective in seconds. */
export const begin = async ({ timeout, ...told }: Told & { readonly timeout?: number | undefined }): Promise<World> => {
  const how = launched(process.env, told), deadline = deadlineOf(process.env, timeout)
  return how === null || how.size === 1 ? alone() : joined(how, deadline)
}
