/**
 * What a device must be able to do: thirteen verbs, each with its promise. The reference and the native backend are the two
 * implementations on the CPU; nothing above this line knows which one it talks to.
 */
import type { Graph } from '../ir/graph.js'
import type { Aval, Held, Host } from '../ir/node.js'
import type { Plan, Tier } from './plan/index.js'

/** A value that a backend holds. */
export interface Value extends Held {
  readonly owner: Backend
  readonly aval: Aval
}
export interface Description {
  readonly name: 'reference' | 'native'
  readonly device: string
  readonly features: readonly string[]
  readonly threads: number
}
export interface Memory {
  /** Bytes of values that are reachable or not yet swept, and bytes kept for reuse. */
  readonly live: number
  readonly pooled: number
  readonly peak: number
  readonly arena: number
  readonly collections: number
}
export interface Executable {
  /** A rough cost, to decide what may run on the event loop's thread. */
  readonly predictedMicros: number
  /** What it holds, roughly: the size of its program. */
  readonly bytes: number
  /** Which kernels ran: the instruction kinds of the plan, or 'reference'. */
  readonly trace: readonly string[]
  readonly plan: Plan | null
  /** Results can lie where operands lie that nobody needs any more. */
  readonly overlays: boolean
}
/** When something started, from the start of the run, and how long it took; microseconds. */
export interface Span { readonly start: number; readonly micros: number }
/** One kernel of a run, and what was predicted. An exchange between processes only begins there; its transfer is beside. */
export interface Timing extends Span { readonly predicted: number; readonly transfer?: Span }
/** An operand of a run: a value, or the number of a slot. */
export type Input = Value | number | bigint

export interface Backend {
  describe(): Description
  /** Names of the elementwise kernels. */
  kernels(): readonly string[]
  /** Prepares a closed graph; `slots` says which inputs are numbers. Keeps no node of the graph alive. */
  compile(g: Graph, slots: readonly boolean[], tier: Tier): Executable
  /** Runs to completion. Inputs stay as they are, but for those that are `spent`, and on failure these too. */
  run(e: Executable, inputs: readonly Input[], spent?: readonly boolean[]): readonly Value[]
  /** The same without holding the event loop. */
  runAsync(e: Executable, inputs: readonly Input[], spent?: readonly boolean[]): Promise<readonly Value[]>
  /** Runs once and says how long each instruction of the plan took; the reference is one. */
  timed(e: Executable, inputs: readonly Input[]): readonly Timing[]
  /** Copies in; the host array may change afterwards. */
  upload(x: Host): Value
  /** Copies out. */
  download(x: Value): Host
  /** Gives a value's memory back at once: nobody will read it again. */
  drop(x: Value): void
  memory(): Memory
  /** The largest of the values that it holds, at most `most`; a backend whose values JavaScript's collector owns knows none. */
  largest(most: number): readonly Aval[]
  /** Forgets a compiled graph. */
  release(e: Executable): void
}
