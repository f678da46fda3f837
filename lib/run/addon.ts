/**
 * The native addon: finding it and its typed interface. The addon executes programs (program.ts) over storages; it knows
 * no operation of the library. Looking for it never throws: without a binary the library runs on its reference backend.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What `run` and `runAsync` answer; `failure()` then has the sentence. */
export const runStatus = { ok: 0, unknownPlan: 1, deadStorage: 2, badRange: 3, outOfMemory: 4, failed: 5 } as const

export interface Memory {
  /** Bytes of storages not yet swept, in this isolate. */
  readonly live: number
  /** Bytes kept for the next request; `used` are handed out, `peak` the most ever, of the whole process. */
  readonly pooled: number
  readonly used: number
  readonly peak: number
  readonly limit: number
  /** Live bytes at which the next collection happens. */
  readonly threshold: number
  readonly storages: number
  readonly collections: number
  readonly arena: number
  /** Bytes of what kernels made of inputs and keep for the next run. */
  readonly kept: number
}

export interface Addon {
  /** `cores` are the threads that it takes unless it is told a number. */
  describe(): { readonly version: string; readonly abi: number; readonly cpu: readonly string[]; readonly isa: string; readonly threads: number; readonly cores: number; readonly commandWords: number }
  /** What the control groups around this process leave it, infinite where they do not say. */
  granted(): { readonly cores: number; readonly bytes: number }
  /** What this machine reaches at most with the threads of plans: f32 operations a second in registers, an fma being two, and bytes
   *  a second, read and written, of a copy larger than caches. Measures for half a second. Throws an Error with code OutOfMemory. */
  peaks(): { readonly flops: number; readonly copy: number }
  /** Elementwise operations; a name's position is its code in programs. */
  kernels(): { readonly elementwise: readonly string[] }
  /** A storage that lives as long as `owner`; may run a collection. Throws an Error with code OutOfMemory. */
  alloc(bytes: number, owner: object): number
  /** Gives a storage's bytes back at once; it is empty from then on. */
  empty(id: number): void
  /** Copies into a storage; out of range or in use by a plan in flight throws. */
  upload(id: number, byteOffset: number, from: ArrayBufferView): void
  /** Copies out of a storage. */
  download(id: number, byteOffset: number, to: ArrayBufferView): void
  /** Decodes and verifies a program. Throws an Error with code BadProgram whose message says what is wrong. */
  load(words: Float64Array): number
  /** Forgets a plan; runs in flight keep it. */
  unload(plan: number): void
  /**
   * The command array, always the same one. A run is: [plan, then for each input storage id and byteOffset, then each
   * slot's value (i64: low and high 32 bits), then for each output storage id and byteOffset], then `run()`.
   */
  shared(): Float64Array
  /** Runs the command; 0 or a `runStatus` (then the command's words 0 and 1 hold the status and the word at fault). */
  run(): number
  /** Runs a copy of a command on a thread of its own; storages are pinned meanwhile. Throws when ids or ranges are bad. */
  runAsync(command: Float64Array, done: (status: number) => void): void
  /** A sentence about the last run that failed. */
  failure(): string
  memory(): Memory
  /** The owners of the `most` largest live storages, largest first. */
  largest(most: number): readonly object[]
  /** Frees the storages whose owners are gone. */
  sweep(): void
  /** Fills freed blocks, and the arena before each run, with 0xFF (NaN). */
  poison(on: boolean): void
  /** Vectors of how many bits the code of plans loaded from now on may use (of those that COTANGENT_EMIT and the machine allow). */
  emits(most: 0 | 256 | 512): void
  /** Threads that plans may use, the caller included. Changes no result. */
  setThreads(n: number): void
  /** A hard cap on pool bytes; 0 restores the default. */
  limit(bytes: number): void
  /** Gives the arena and cached blocks back to the system. */
  trim(): void
  /** The `gc` function that `alloc` may call. */
  collector(gc: (options?: { readonly type: 'minor' }) => void): void
  readonly comm: CommDoor
  /** A rough single-thread run time of a plan in microseconds; `predictions` has it for each of its instructions. */
  predictedMicros(plan: number): number
  predictions(plan: number): Float64Array
  /** Pairs of an output and an input of a plan: a run may be given one storage for both. Either all is done, or the run fails and
   *  no input was touched. */
  overlays(plan: number): Float64Array
  /** Runs the command; the clock gets the microseconds at which each instruction starts, then the end, then for each exchange
   *  of the list those at which its transfer began and was done. */
  runTimed(clock: Float64Array): number
}

/**
 * The group of processes. Everything is answered by one function: with the number of what was asked (1: opening it), a
 * sentence when it failed, and bytes; number 0 is a collective that ran past its deadline, just before the job ends.
 */
export interface CommDoor {
  /** Opens an engine, a shared library that gives a ct_comm_v1 (native/comm/ct_comm.h). Once a process. */
  open(path: string, deadline: number, answer: (asked: number, why: string, bytes?: Uint8Array) => void): void
  world(): { readonly rank: number; readonly size: number; readonly local: number }
  /** The bytes of all processes, which must bring the same number of them. */
  gather(asked: number, label: string, bytes: Uint8Array): void
  close(asked: number, label: string): void
  /** Ends all processes. */
  abort(code: number): void
  /** The collective that was begun last. */
  last(): { readonly number: number; readonly label: string; readonly waiting: boolean }
}

export type Found = { readonly addon: Addon } | { readonly missing: string }

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

/** The directory of our package.json: two or three floors up, from `lib/run` or `dist/lib/run`. */
export const packageRoot = (): string => {
  const up = [join(here, '..', '..'), join(here, '..', '..', '..')]
  return up.find((d) => existsSync(join(d, 'package.json'))) ?? up[0]!
}
const platformPackage = (): string => {
  const libc = process.platform === 'linux' ? '-gnu' : ''
  return `@cotangent/${process.platform}-${process.arch}${libc}`
}
const candidates = (): readonly string[] => {
  const asked = process.env['COTANGENT_NATIVE_PATH']
  if (asked !== undefined && asked !== '') return [asked]
  return [join(packageRoot(), 'build', 'Release', 'cotangent.node'), platformPackage()]
}

/** V8's collector without a command-line flag. */
const exposedGc = (): ((options?: { readonly type: 'minor' }) => void) | null => {
  try {
    // not imported: importing the library would take 4 ms longer
    const { setFlagsFromString } = process.getBuiltinModule('node:v8'), { runInNewContext } = process.getBuiltinModule('node:vm')
    setFlagsFromString('--expose-gc')
    // our own collections keep the young generation small; without this V8 (Node 24) grows it by 100 MB for nothing
    setFlagsFromString('--semi-space-growth-factor=1')
    return runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
  } catch {
    return null
  }
}

const find = (): Found => {
  if (process.env['COTANGENT_BACKEND'] === 'reference') return { missing: 'the native addon was not looked for: COTANGENT_BACKEND=reference' }
  const tried: string[] = []
  for (const path of candidates()) {
    try {
      const addon = require(path) as Addon
      if (addon.describe().abi !== 1) throw new Error(`its interface is version ${addon.describe().abi}, not 1`)
      const gc = exposedGc()
      if (gc !== null) addon.collector(gc)
      return { addon }
    } catch (e) {
      tried.push(`${path} (${e instanceof Error ? e.message.split('\n')[0] : String(e)})`)
    }
  }
  return { missing: `no native addon for ${process.platform}-${process.arch}; build it with "npx cmake-js compile -d native --out build". Tried: ${tried.join('; ')}` }
}

let found: Found | null = null

/** The addon, or a sentence that says why there is none. Looked for once. */
export const findAddon = (): Found => (found ??= find())
