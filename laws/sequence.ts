/**
 * Laws of what has state, as commands: a random sequence of building, running, awaiting, reading, consuming and dropping
 * is carried out on a real runtime and on a model that only knows each tensor's numbers. Whatever was run before, in
 * flight, remembered or collected, a read gives the model's numbers, and touching what was consumed gives the sentence.
 */
import fc from 'fast-check'
import { leaf, slot } from '../lib/ir/node.js'
import type { Host, Node } from '../lib/ir/node.js'
import { b, constant, stretch } from '../lib/prim/index.js'
import { Runtime, session } from '../lib/run/index.js'
import type { Session } from '../lib/run/index.js'
import type { Backend } from '../lib/run/backend.js'
import { isFault } from '../lib/type/fault.js'
import { closed } from './calculus.js'
import { close } from './close.js'
import { fromSeed, unit } from './draw.js'
import { hostOf } from './host.js'
import { oracle } from './machine.js'

/** More than a kibibyte: such a tensor has memory of its own, over which a run that uses it up may write. */
const LENGTH = 300, SHAPE = [LENGTH]
interface Known { readonly value: Host; readonly gone: boolean }
export interface Model { readonly known: Known[] }
export interface Real {
  readonly nodes: Node[]
  readonly runtime: Runtime
  readonly verbs: Session<'cpu'>
  readonly flights: Promise<unknown>[]
  /** Frees what nobody holds; on machines without a collector it does nothing. */
  readonly collect: () => void
}
type Command = fc.AsyncCommand<Model, Real>

/** What programs are made of; each gives a tensor from two and two numbers. */
const ops: readonly { readonly name: string; readonly of: (x: Node, y: Node, k: Node, h: Node) => Node }[] = [
  { name: 'add', of: (x, y) => b.add([x, y]) },
  { name: 'scaled', of: (x, _y, k) => b.mul([x, k]) },
  { name: 'sine', of: (x) => b.sin([x]) },
  { name: 'centred', of: (x) => b.sub([x, stretch(b.div([b.sum([x], { axes: [0] }), constant(LENGTH, { shape: [], dtype: x.dtype })]), SHAPE)]) },
  { name: 'rolled', of: (x, y) => b.concat([b.slice([x], { start: [2], limit: [LENGTH], step: [1] }), b.slice([y], { start: [0], limit: [2], step: [1] })], { axis: 0 }) },
  { name: 'two numbers', of: (x, y, k, h) => b.add([b.mul([x, k]), b.mul([y, h])]) },
]
const at = <A>(xs: readonly A[], i: number): A => xs[i % xs.length] as A
const mustBeGone = (f: () => unknown): void => {
  try {
    f()
  } catch (e) {
    if (isFault(e) && e._tag === 'Consumed' && /consumed/.test(e.message)) return
    throw e
  }
  throw new Error('a consumed tensor was used without a word')
}

class Put implements Command {
  readonly seed: number
  constructor(seed: number) {
    this.seed = seed
  }
  check = (): boolean => true
  run = async (m: Model, r: Real): Promise<void> => {
    const draw = fromSeed(this.seed)
    const value = hostOf({ shape: SHAPE, dtype: 'f32' }, () => unit(draw) * 2 - 1)
    m.known.push({ value, gone: false })
    r.nodes.push(leaf(value.data.slice() as Float32Array, SHAPE, 'f32'))
  }
  toString = (): string => `put #${this.seed}`
}
/** A new node; its numbers are what the reference gives for the operands' numbers. */
class Apply implements Command {
  readonly op: number
  readonly left: number
  readonly right: number
  readonly k: number
  constructor(op: number, left: number, right: number, k: number) {
    this.op = op
    this.left = left
    this.right = right
    this.k = k
  }
  check = (m: Readonly<Model>): boolean => m.known.length > 0
  run = async (m: Model, r: Real): Promise<void> => {
    const { of } = at(ops, this.op)
    const [x, y] = [at(m.known, this.left), at(m.known, this.right)]
    const build = (): Node => of(at(r.nodes, this.left), at(r.nodes, this.right), number(this.k / 8), number(0.25))
    if (at(r.nodes, this.left).gone !== null) return mustBeGone(build)
    const node = usable(build)
    if (node === null) return
    const operands = [x.value, y.value, ...[this.k / 8, 0.25].map((v) => hostOf({ shape: SHAPE, dtype: 'f32' }, () => v))]
    const [value] = oracle.run(closed((...xs) => [of(...(xs as [Node, Node, Node, Node]))], operands), operands)
    m.known.push({ value: value as Host, gone: false })
    r.nodes.push(node)
  }
  toString = (): string => `${at(ops, this.op).name}(${this.left}, ${this.right}; ${this.k / 8})`
}
const number = (v: number): Node => stretch(slot(v, 'f32'), SHAPE)
/** null: an operand has been consumed. */
const usable = (f: () => Node): Node | null => {
  try {
    return f()
  } catch (e) {
    if (isFault(e) && e._tag === 'Consumed') return null
    throw e
  }
}
/** Does the node, or something that it has not yet computed, depend on a consumed tensor? */
const dependsOnGone = (x: Node): boolean => x.gone !== null || x.args.some(dependsOnGone)
const same = (got: Host, want: Host): void => {
  const v = close(got, want, { class: 'program' })
  if (v !== true) throw new Error(v)
}
class Run implements Command {
  readonly which: readonly number[]
  readonly how: 'sync' | 'async' | 'flight'
  constructor(which: readonly number[], how: 'sync' | 'async' | 'flight') {
    this.which = which
    this.how = how
  }
  check = (m: Readonly<Model>): boolean => m.known.length > 0
  run = async (_m: Model, r: Real): Promise<void> => {
    const roots = this.which.map((i) => at(r.nodes, i))
    if (roots.some(dependsOnGone)) return
    if (this.how === 'sync') r.runtime.runSync(roots)
    else if (this.how === 'async') await r.runtime.run(roots)
    else r.flights.push(r.runtime.run(roots))
  }
  toString = (): string => `run ${this.how} [${this.which}]`
}
class Land implements Command {
  check = (): boolean => true
  run = async (_m: Model, r: Real): Promise<void> => {
    await Promise.all(r.flights.splice(0))
  }
  toString = (): string => 'await all'
}
class Read implements Command {
  readonly which: number
  constructor(which: number) {
    this.which = which
  }
  check = (m: Readonly<Model>): boolean => m.known.length > 0
  run = async (m: Model, r: Real): Promise<void> => {
    const node = at(r.nodes, this.which)
    if (dependsOnGone(node)) return void (await refused(r.verbs.read(node)))
    await r.runtime.run([node])
    same(r.runtime.download(node), at(m.known, this.which).value)
  }
  toString = (): string => `read ${this.which}`
}
const refused = async (p: Promise<unknown>): Promise<void> => {
  const fault = await p.then(() => null, (e: unknown) => e)
  if (!isFault(fault) || fault._tag !== 'Consumed') throw new Error(`a consumed tensor gave ${String(fault)}`)
}
/** Runs one tensor and consumes another. */
class Consume implements Command {
  readonly root: number
  readonly used: number
  constructor(root: number, used: number) {
    this.root = root
    this.used = used
  }
  check = (m: Readonly<Model>): boolean => m.known.length > 1
  run = async (_m: Model, r: Real): Promise<void> => {
    await Promise.all(r.flights.splice(0))
    const [root, used] = [at(r.nodes, this.root), at(r.nodes, this.used)]
    if (root === used || dependsOnGone(root) || used.gone !== null) return
    await r.verbs.run(root, { consume: used })
    mustBeGone(() => b.sin([used]))
  }
  toString = (): string => `run ${this.root}, consume ${this.used}`
}
/** Many tensors that nobody keeps, and a collection. */
class Litter implements Command {
  check = (m: Readonly<Model>): boolean => m.known.length > 0
  run = async (_m: Model, r: Real): Promise<void> => {
    const [x] = r.nodes
    if (x === undefined || dependsOnGone(x)) return
    for (let i = 0; i < 50; i++) r.runtime.runSync([b.add([x, stretch(slot(i, 'f32'), SHAPE)])])
    r.collect()
  }
  toString = (): string => 'litter'
}
const index = fc.nat(30)
export const commands = (size: number): fc.Arbitrary<Iterable<Command>> =>
  fc.commands([
    fc.nat(1000).map((s) => new Put(s)), fc.nat(1000).map((s) => new Put(s)),
    fc.tuple(fc.nat(5), index, index, fc.nat(16)).map(([op, x, y, k]) => new Apply(op, x, y, k)),
    fc.tuple(fc.nat(5), index, index, fc.nat(16)).map(([op, x, y, k]) => new Apply(op, x, y, k)),
    fc.tuple(fc.array(index, { minLength: 1, maxLength: 3 }), fc.constantFrom('sync' as const, 'async' as const, 'flight' as const)).map(([w, how]) => new Run(w, how)),
    fc.constant(new Land()), index.map((i) => new Read(i)), fc.tuple(index, index).map(([x, y]) => new Consume(x, y)), fc.constant(new Litter()),
  ] as fc.Arbitrary<Command>[], { maxCommands: size, size: 'max' })

/** A runtime on its own backend instance, made to run everything on a thread when `threaded`. */
export const realOf = (backend: Backend, threaded: boolean, collect: () => void): Real => {
  const { compile } = backend
  if (threaded) Object.assign(backend, { compile: (...args: Parameters<typeof compile>) => ({ ...compile(...args), predictedMicros: Infinity }) })
  const runtime = new Runtime(backend)
  return { nodes: [], runtime, verbs: session({ cpu: { device: 'cpu', runtime } }), flights: [], collect }
}
/** Every sequence of commands agrees with the model. */
export const sequencesAgree = async (sequence: Iterable<Command>, real: Real): Promise<void> => {
  const model: Model = { known: [] }
  await fc.asyncModelRun(() => ({ model, real }), sequence)
  await Promise.all(real.flights.splice(0))
  real.collect()
  for (const [i, x] of real.nodes.entries()) {
    if (dependsOnGone(x)) continue
    real.runtime.runSync([x])
    same(real.runtime.download(x), (model.known[i] as Known).value)
  }
}
