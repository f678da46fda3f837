/**
 * Two doors to the same effects. In direct style, `session()` gives `run`, `read`, `item` as functions that return
 * promises (and `.sync` forms that run inline) and throw Faults. As values, the top-level `run`, `read`, … build programs
 * that need a device and run when given one. Both run trees as one plan and give the same tree.
 */
import { Node, numel, typeName } from '../ir/node.js'
import type { Device } from '../type/device.js'
import { isComplex } from '../type/dtype.js'
import type { ArrayOf, BigDType, ComplexDType, DType } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import type { Complex } from '../type/signature.js'
import type { On, Ran, Tensor } from '../type/tensor.js'
import { flatten, leavesOf, unflatten } from '../type/tree.js'
import { cpu, moved } from './device.js'
import { program } from './effect.js'
import type { Needs, Program } from './effect.js'
import type { Consumed, Planned, Runtime, Stats } from './runtime.js'

/** Each tensor of a tree as a flat row-major typed array of its dtype; a complex number is two neighbours, re and im. */
export type ReadOut<T> =
  T extends Tensor<unknown, infer D extends DType, unknown> ? ArrayOf<D> : T extends object ? { -readonly [K in keyof T]: ReadOut<T[K]> } : T
export type ItemOf<D> = D extends ComplexDType ? Complex : D extends BigDType ? bigint : D extends 'bool' ? boolean : number
export interface RunSettings {
  /** A tree whose values this run may use up: touching it afterwards is refused by a sentence. */
  readonly consume?: unknown
}
type Run<V extends Device> = <T>(tree: T, settings?: RunSettings) => Ran<T, V>
type Read = <T>(tree: T) => ReadOut<T>

export interface Session<V extends Device> {
  /** Evaluates a tree as one plan and gives the same tree, holding values. */
  readonly run: { <T>(tree: T, settings?: RunSettings): Promise<Ran<T, V>>; readonly sync: Run<V> }
  /** Traces, plans and emits what `run` of this tree would do, without doing it; a run of the same work, whatever its values, finds the plan. */
  readonly compile: (tree: unknown) => Planned
  /** The numbers: typed arrays in the shape of the tree; runs what has not been run. */
  readonly read: { <T>(tree: T): Promise<ReadOut<T>>; readonly sync: Read }
  /** The number of a tensor with one element. */
  readonly item: { <D extends DType>(x: Tensor<readonly number[], D, Device>): Promise<ItemOf<D>>; readonly sync: <D extends DType>(x: Tensor<readonly number[], D, Device>) => ItemOf<D> }
  /** Steps a state n times, each step one run; intermediate states are not kept. */
  readonly iterate: { <T>(n: number, state: T, step: (state: T, i: number) => T): Promise<T>; readonly sync: <T>(n: number, state: T, step: (state: T, i: number) => T) => T }
  /** Steps a state over batches in constant memory: each step one run, a batch is let go of before the next. */
  readonly forEvery: <B, T>(batches: AsyncIterable<B> | Iterable<B>, state: T, step: (state: T, batch: B, i: number) => T) => Promise<T>
  readonly transfer: <T, W extends Device>(tree: T, device: W) => On<T, W>
  readonly stats: () => Stats
}

const nodesOf = (tree: unknown): readonly Node[] => {
  if (tree instanceof Node) return [tree]
  const leaves = leavesOf(tree)
  for (const x of leaves) if (!(x instanceof Node)) throw new Fault('ForeignTensor', 'a tensor was made by another copy of cotangent')
  return leaves as Node[]
}
/** Says where a tensor was used up. The stack is turned into text, which costs as much as a small step, only when someone asks. */
class Gone {
  private readonly of: Node
  private readonly at: Error
  constructor(of: Node, at: Error) {
    this.of = of
    this.at = at
  }
  get sentence(): string {
    const where = this.at.stack?.split('\n').find((l) => l.includes('at ') && !l.includes('/run/session'))?.trim() ?? 'a run'
    return `this ${typeName(this.of)} was consumed by a run (${where}); use what that run returned`
  }
}
/** A tree that a run uses up, with the place where that run is. */
const consumed = (settings: RunSettings | undefined, kept: readonly Node[]): Consumed | null => {
  if (settings?.consume === undefined) return null
  const at = new Error()
  return { nodes: nodesOf(settings.consume).filter((x) => !kept.includes(x)), gone: (x) => new Gone(x, at) }
}
const hostOf = (r: Runtime, tree: unknown): unknown => {
  if (tree instanceof Node) return r.download(tree).data
  const { leaves, def } = flatten(tree)
  return unflatten(def, leaves.map((x) => r.download(x as Node).data))
}
const oneItem = (r: Runtime, x: Node): number | bigint | boolean | Complex => {
  if (numel(x.shape) !== 1) throw new Fault('ShapeMismatch', `item: ${typeName(x)} has ${numel(x.shape)} elements; read() gives them all`)
  const [v, im] = r.download(x).data as unknown as readonly [number | bigint, number?]
  return isComplex(x.dtype) ? { re: Number(v), im: Number(im) } : x.dtype === 'bool' ? v !== 0 : v
}
const asyncRun = async (r: Runtime, tree: unknown, settings?: RunSettings): Promise<unknown> => {
  const nodes = nodesOf(tree)
  await r.run(nodes, consumed(settings, nodes))
  return tree
}
const asyncIterate = async <T>(r: Runtime, n: number, state: T, step: (state: T, i: number) => T): Promise<T> => {
  for (let i = 0; i < n; i++) state = (await asyncRun(r, step(state, i))) as T
  return state
}

const asyncForEvery = async <B, T>(r: Runtime, batches: AsyncIterable<B> | Iterable<B>, state: T, step: (s: T, b: B, i: number) => T): Promise<T> => {
  let i = 0
  for await (const batch of batches) state = (await asyncRun(r, step(state, batch, i++))) as T
  return state
}

/**
 * The verbs of effects in direct style, for the devices given (the CPU by default).
 * @example const { read } = session(); deepClose(await read(add(tensor([1, 2]), 1)), [2, 3])
 */
export const session = <V extends Device = 'cpu'>(needs: Needs<V> = cpu as unknown as Needs<V>): Session<V> => {
  const r = (Object.values(needs)[0] as { runtime: Runtime }).runtime
  const runSync = (tree: unknown, settings?: RunSettings): unknown => {
    const nodes = nodesOf(tree)
    r.runSync(nodes, consumed(settings, nodes))
    return tree
  }
  const readSync = (tree: unknown): unknown => hostOf(r, runSync(tree))
  const itemSync = (x: unknown): unknown => oneItem(r, runSync(x) as Node)
  const iterateSync = <T>(n: number, state: T, step: (state: T, i: number) => T): T => {
    for (let i = 0; i < n; i++) state = runSync(step(state, i)) as T
    return state
  }
  return {
    run: Object.assign((tree: unknown, s?: RunSettings) => asyncRun(r, tree, s), { sync: runSync }),
    compile: (tree: unknown) => r.planned(nodesOf(tree)),
    read: Object.assign(async (tree: unknown) => hostOf(r, await asyncRun(r, tree)), { sync: readSync }),
    item: Object.assign(async (x: unknown) => oneItem(r, (await asyncRun(r, x)) as Node), { sync: itemSync }),
    iterate: Object.assign(<T>(n: number, state: T, step: (s: T, i: number) => T) => asyncIterate(r, n, state, step), { sync: iterateSync }),
    forEvery: <B, T>(batches: AsyncIterable<B> | Iterable<B>, state: T, step: (s: T, b: B, i: number) => T) => asyncForEvery(r, batches, state, step),
    transfer: moved,
    stats: () => r.stats(),
  } as unknown as Session<V>
}

// ---- the same verbs as programs -------------------------------------------------------------------------------
/** A program that evaluates a tree as one plan. */
export const run = <T, V extends Device = 'cpu'>(tree: T, settings?: RunSettings): Program<V, Ran<T, V>> => program((needs: Needs<V>) => session(needs).run(tree, settings))
/**
 * A program that plans what a run of the tree would do, without running it: before the first batch is there, or to see whether it fits.
 * @shape any tree of tensors -> { arenaBytes: bytes of temporaries, predictedMicros: microseconds on one thread, a guess }
 * @throws OutOfMemory when a tensor has more than 2^53 bytes or the plan itself finds no memory.
 * @example deepClose((await compile(matmul(ones([8, 8]), ones([8, 8])))(cpu)())._tag, 'Right')
 */
export const compile = <V extends Device = 'cpu'>(tree: unknown): Program<V, Planned> => program((needs: Needs<V>) => session(needs).compile(tree))
/** A program that gives the numbers of a tree. */
export const read = <T, V extends Device = 'cpu'>(tree: T): Program<V, ReadOut<T>> => program((needs: Needs<V>) => session(needs).read(tree))
/** A program that gives the number of a tensor with one element. */
export const item = <D extends DType, V extends Device = 'cpu'>(x: Tensor<readonly number[], D, Device>): Program<V, ItemOf<D>> => program((needs: Needs<V>) => session(needs).item(x))
/** A program that puts a tree on a device. */
export const transfer = <T, W extends Device>(tree: T, device: W): Program<W, On<T, W>> => program(() => moved(tree, device))
/** A program that steps a state n times, in constant memory. */
export const iterate = <T, V extends Device = 'cpu'>(n: number, state: T, step: (state: T, i: number) => T): Program<V, T> => program((needs: Needs<V>) => session(needs).iterate(n, state, step))
/** A program that steps a state over batches, in constant memory (recursion by flatMap would keep every step alive). */
export const forEvery = <B, T, V extends Device = 'cpu'>(batches: AsyncIterable<B> | Iterable<B>, state: T, step: (state: T, batch: B, i: number) => T): Program<V, T> =>
  program((needs: Needs<V>) => session(needs).forEvery(batches, state, step))
/** What the CPU's runtime holds and has done. */
export const stats = (): Stats => session().stats()

/**
 * Runs a program as the program: a Left or a defect becomes one sentence on stderr and exit code 1.
 */
export const main = async <V extends Device, A>(p: Program<V, A>, needs: Needs<V>): Promise<void> => {
  try {
    const result = await p(needs)()
    if (result._tag === 'Left') report(result.left)
  } catch (e) {
    report(e)
  }
}
const report = (e: unknown): void => {
  const fault = e instanceof Error ? e : new Error(String(e))
  const frames = (fault.stack ?? '').split('\n').filter((l) => l.includes('at ') && !l.includes('node:') && !/cotangent\/(dist\/)?lib\//.test(l)).slice(0, 3)
  process.stderr.write(`${fault.name}: ${fault.message}\n${frames.join('\n')}${frames.length > 0 ? '\n' : ''}`)
  process.exitCode = 1
}
