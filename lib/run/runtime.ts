/**
 * Running: a tree of tensors is evaluated as one plan. A node that has been run keeps its value and lets go of its history;
 * a run keeps the values of its roots, and of every interior node that it computes for the second time, so no chain is
 * computed more than twice. A plan is found by the key of what is to be run: values, and the numbers of slots, are in no
 * key. A key is planned without fusion first and fused on its second run, or at once when it holds a jitted call.
 */
import { LEAF, Node, SLOT, typeName } from '../ir/node.js'
import type { Host } from '../ir/node.js'
import { arrayOf } from '../type/dtype.js'
import { Fault } from '../type/fault.js'
import type { Backend, Executable, Input, Value } from './backend.js'
import { begins, countable, ends, largest } from './holders.js'
import { jobOf } from './job.js'
import type { Job } from './job.js'
import { looksForReuse, refuseReuse } from './keyReuse.js'
import { hasNan, nanFault, nansAreFaults } from './nan.js'
import type { Tier } from './plan/index.js'
import { Plans } from './plans.js'
import type { Cached } from './plans.js'
import { Recent } from './recent.js'

export interface Stats {
  readonly live: number
  readonly pooled: number
  readonly peak: number
  readonly arena: number
  readonly collections: number
  /** Bytes of leaves that the last run's graphs held before they ran. */
  readonly pending: number
  readonly plans: number
  readonly hits: number
  readonly misses: number
  /** Interior nodes computed a second time. */
  readonly recomputed: number
}
/** What a plan will take: memory of temporaries, and a guess of its time on one thread. */
export interface Planned {
  readonly arenaBytes: number
  readonly predictedMicros: number
}
/** What a run may use up, and what touching one of it says from then on. */
export interface Consumed {
  readonly nodes: readonly Node[]
  readonly gone: (x: Node) => { readonly sentence: string }
}
const INLINE_MICROS = 1000
/** A larger leaf gives its host copy up once a backend holds the value. */
const SMALL_HOST = 4096
const NOTICE_OPS = 100

export class Runtime {
  readonly backend: Backend
  private readonly device: string
  private readonly cache: Plans
  private readonly recent = new Recent()
  private readonly flights = new WeakMap<Node, Promise<unknown>>()
  private recomputed = 0
  private pending = 0
  private noticed = false
  constructor(backend: Backend) {
    this.backend = backend
    this.device = backend.describe().device
    this.cache = new Plans((e) => backend.release(e))
  }
  private job(roots: readonly Node[]): Job | null {
    const j = jobOf(roots)
    if (j === null) return null
    this.recomputed += j.again
    if (j.again >= NOTICE_OPS && !this.noticed) this.notice(j.again)
    return j
  }
  /** Plans a job, and keeps the plan for the run that comes. */
  planned(roots: readonly Node[]): Planned {
    const j = jobOf(roots)
    if (j === null) return { arenaBytes: 0, predictedMicros: 0 }
    const { plan, predictedMicros } = this.cached(j, 1).executable
    return { arenaBytes: plan?.arenaBytes ?? 0, predictedMicros }
  }
  /** The plan of a job; what is met again is fused. */
  private cached(j: Job, tier: Tier): Cached {
    const known = this.cache.find(j)
    if (known?.tier === 0) this.cache.replace(known, this.compile(j, 1), 1)
    return known ?? this.cache.add(j, this.compile(j, tier), tier, j.inputs)
  }
  private executable(j: Job): Executable {
    const cached = this.cached(j, j.jitted ? 1 : 0)
    this.pending = cached.pending
    this.recent.keep(j, cached)
    return cached.executable
  }
  private compile(j: Job, tier: Tier): Executable {
    countable(j.nodes)
    return this.backend.compile({ inputs: j.inputs, outputs: j.outputs, nodes: j.nodes }, j.inputs.map((x) => x.op === SLOT), tier)
  }
  /** Under debugNans: a NaN in a result is traced to the op that made it. */
  private refuseNans(j: Job, values: readonly Value[]): void {
    if (!values.some((v) => hasNan(this.backend.download(v)))) return
    throw nanFault(j, this.hosts(j))
  }
  private hosts(j: Job): Host[] {
    return j.inputs.map((x) => (x.op === SLOT ? slotHost(x) : this.backend.download(this.value(x))))
  }
  /** Said once: the usual mistake is reading the loss in another run than the step. */
  private notice(ops: number): void {
    this.noticed = true
    if (process.env['NODE_ENV'] === 'production') return
    const line = new Error().stack?.split('\n').find((l) => l.includes('at ') && !/\/lib\/run\//.test(l)) ?? ''
    const place = /\(?([^()\s]+:\d+:\d+)\)?$/.exec(line.trim())?.[1]?.replace('file://', '') ?? 'somewhere'
    process.stderr.write(`cotangent: ${ops} ops behind the run at ${place} were already run by an earlier one: run both together, as in run({ params, loss }), or first run what both use and keep what run gives\n`)
  }
  /** A leaf's value on this backend; host arrays are uploaded once. */
  private value(x: Node): Value {
    const held = x.held as Value | null
    if (held !== null) {
      if (held.owner === this.backend) return held
      throw new Fault('ForeignTensor', `a ${typeName(x)} belongs to another backend instance; read it there and make a tensor of it here`)
    }
    const host = this.hostOf(x)
    const value = this.backend.upload(host)
    x.held = value
    if (host.data.byteLength > SMALL_HOST) x.host = null
    return value
  }
  private hostOf(x: Node): Host {
    return { shape: x.shape, dtype: x.dtype, data: x.host as Host['data'] }
  }
  private operands(inputs: readonly Node[]): Input[] {
    const operands: Input[] = []
    for (const x of inputs) operands.push(x.op === SLOT ? slotValue(x) : this.value(x))
    return operands
  }
  /** Operands that the run may use up. Where a NaN is traced they are needed again. */
  private spent(j: Job, e: Executable, c: Consumed | null): readonly boolean[] | undefined {
    if (c === null || !e.overlays || nansAreFaults()) return undefined
    const own = new Set(c.nodes)
    return j.inputs.map((x) => own.has(x))
  }
  /** Plans and starts a job; running out of memory says what is large. */
  private launch<T>(j: Job, c: Consumed | null, start: (e: Executable, operands: readonly Input[], spent?: readonly boolean[]) => T): T {
    refuseReuse(j, () => this.hosts(j))
    try {
      const e = this.executable(j)
      return start(e, this.operands(j.inputs), this.spent(j, e, c))
    } catch (e) {
      throw withBuffers(e, j, this.backend)
    }
  }
  private settle(j: Job, values: readonly Value[]): void {
    if (nansAreFaults()) this.refuseNans(j, values)
    for (const x of j.nodes) x.computed++
    for (let i = 0; i < values.length; i++) {
      const x = j.outputs[i] as Node
      if (x.op !== LEAF) x.settle(values[i] as Value, x.device ?? this.device)
    }
  }
  /** What was run last over other operands: without a walk. Says whether it was that. */
  private repeated(roots: readonly Node[]): boolean {
    const again = nansAreFaults() || looksForReuse() ? null : this.recent.find(roots)
    if (again === null) return false
    const { inner, inputs, cached } = again
    this.cache.use(cached)
    this.pending = cached.pending
    try {
      const values = this.backend.run(cached.executable, this.operands(inputs))
      for (let i = 0; i < inner.length; i++) (inner[i] as Node).computed++
      for (let i = 0; i < roots.length; i++) (roots[i] as Node).settle(values[i] as Value, (roots[i] as Node).device ?? this.device)
    } catch (e) {
      throw withBuffers(e, jobOf(roots) as Job, this.backend)
    }
    return true
  }
  runSync(roots: readonly Node[], c: Consumed | null = null): void {
    if (c === null && this.repeated(roots)) return
    const j = this.job(roots)
    if (j !== null) this.settle(j, this.launch(j, c, (e, operands, spent) => this.backend.run(e, operands, spent)))
    this.place(roots)
    if (c !== null) this.consume(c)
  }
  async run(roots: readonly Node[], c: Consumed | null = null): Promise<void> {
    await this.started(roots, c)
    if (c !== null) this.consume(c)
  }
  private async started(roots: readonly Node[], c: Consumed | null): Promise<void> {
    for (const r of roots) if (this.flights.has(r)) await this.flights.get(r)
    const j = this.job(roots)
    if (j === null) return this.place(roots)
    const started = this.launch(j, c, (e, operands, spent) => (e.predictedMicros <= INLINE_MICROS ? this.backend.run(e, operands, spent) : this.backend.runAsync(e, operands, spent)))
    if (!(started instanceof Promise)) return this.settle(j, started as readonly Value[])
    // From here on nobody else may read what this run writes over; if it fails, nothing was.
    if (c !== null) for (const x of c.nodes) x.gone = c.gone(x)
    await this.landed(j, started, c)
  }
  private async landed(j: Job, started: Promise<readonly Value[]>, c: Consumed | null): Promise<void> {
    const flight = started.then((values: readonly Value[]) => this.settle(j, values), (e: unknown) => { throw withBuffers(e, j, this.backend) })
    for (const r of j.outputs) this.flights.set(r, flight)
    begins(j)
    try {
      await flight
    } catch (e) {
      if (c !== null) for (const x of c.nodes) x.gone = null
      throw e
    } finally {
      ends(j)
      for (const r of j.outputs) this.flights.delete(r)
    }
  }
  /** What a run gives holds a value and sits on this device, also a leaf that had nothing to compute. */
  private place(roots: readonly Node[]): void {
    for (const r of roots) {
      if (r.held === null) this.value(r)
      r.device ??= this.device
    }
  }
  /** A dense host copy of a node that has been run. */
  download(x: Node): Host {
    if (x.gone !== null) throw new Fault('Consumed', x.gone.sentence)
    if (x.held === null && x.op === LEAF) return { ...this.hostOf(x), data: (x.host as Host['data']).slice() as Host['data'] }
    return this.backend.download(this.value(x))
  }
  /** Gives the memory of consumed values back. */
  private consume(c: Consumed): void {
    for (const x of c.nodes) {
      x.gone = c.gone(x)
      const held = x.held as Value | null
      if (held !== null && held.owner === this.backend) this.backend.drop(held)
      x.held = null
      x.host = null
    }
  }
  stats(): Stats {
    return { ...this.backend.memory(), pending: this.pending, plans: this.cache.size, hits: this.cache.hits, misses: this.cache.misses, recomputed: this.recomputed }
  }
}
/** i64 slots go as two words, so they are bigints. */
export const slotValue = (x: Node): number | bigint => (x.dtype === 'i64' ? BigInt(x.host as number | bigint) : Number(x.host))
/** An out-of-memory fault that names what is large in the runs of this process. */
const withBuffers = (e: unknown, j: Job, { memory, largest: held }: Backend): unknown => {
  if (!(e instanceof Fault) || e._tag !== 'OutOfMemory') return e
  return new Fault('OutOfMemory', `${e.message}; ${largest(j, memory().live, held)}. Drop tensors that are not needed, use smaller batches, or run in parts`, { cause: e })
}
const slotHost = (x: Node): Host => ({ shape: [], dtype: x.dtype, data: arrayOf(x.dtype, 1).fill(slotValue(x) as never) as Host['data'] })
