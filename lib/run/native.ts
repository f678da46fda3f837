/**
 * The native CPU backend: the planner's program handed to the addon, values in the addon's pool. A value is a place in a
 * storage; the storage is the only object that the collector watches, and that costs more than a small run. So small values
 * share slabs, which are handed out from front to back and never twice: one that stays keeps a slab of 4 KiB.
 */
import type { Graph } from '../ir/graph.js'
import { numel } from '../ir/node.js'
import type { Aval, Host } from '../ir/node.js'
import { encode } from '../ir/program.js'
import type { Instruction } from '../ir/program.js'
import { arrayOf, dtypeInfo, isHalf } from '../type/dtype.js'
import { fromBits, toBits } from '../type/half.js'
import { Fault } from '../type/fault.js'
import { runStatus } from './addon.js'
import type { Addon } from './addon.js'
import type { Backend, Description, Executable, Input, Memory, Span, Timing, Value } from './backend.js'
import { KeptConstants } from './constants.js'
import type { Constants } from './constants.js'
import { plan } from './plan/index.js'
import type { Plan } from './plan/index.js'
import { kinds } from './plan/view.js'
import { look } from '../prim/watch.js'
import { reference } from './reference.js'

/** Tracked by the collector: when it is gone its bytes go back to the pool. */
class Storage {
  id = 0
  /** What it holds, unless small values share it. */
  aval: Aval | null
  constructor(aval: Aval | null) {
    this.aval = aval
  }
}
interface Held extends Value {
  storage: Storage
  readonly offset: number
}
interface Compiled extends Executable {
  readonly id: number
  readonly plan: Plan
  /** Bytes of each output. */
  readonly sizes: readonly number[]
  /** By output: the operand over which it may lie, or -1. */
  readonly over: readonly number[] | null
  /** Set when the plan is interpreted by the reference. */
  readonly oracle: Executable | null
  readonly constants: Constants | null
}
/** What holds nothing. */
const nowhere = new Storage(null)
nowhere.id = -1
const SMALL = 1024
const SLAB = 4096
const GRANULE = 64
const bytesOf = (x: Aval): number => Math.max(1, numel(x.shape) * dtypeInfo[x.dtype].bytes)

/** From a clock: what an instruction took, and the transfer that it began. */
const timingsOf = (list: readonly Instruction[], predicted: Float64Array, clock: Float64Array): Timing[] => {
  const from = clock[0] as number
  const span = (at: number): Span => ({ start: (clock[at] as number) - from, micros: (clock[at + 1] as number) - (clock[at] as number) })
  let transfer = list.length + 1
  return list.map((x, i) => ({ ...span(i), predicted: predicted[i] as number, ...(x.kind === 'exchange' ? { transfer: span((transfer += 2) - 2) } : {}) }))
}
const asFault = (e: unknown): Fault => {
  const code = (e as { code?: string }).code
  const message = e instanceof Error ? e.message : String(e)
  return new Fault(code === 'OutOfMemory' ? 'OutOfMemory' : 'BackendFailure', message, { cause: e })
}
/** What the addon throws becomes a fault. */
const typed = <A>(f: () => A): A => {
  try {
    return f()
  } catch (e) {
    throw asFault(e)
  }
}

export const native = (addon: Addon): Backend => {
  const codes = new Map(addon.kernels().elementwise.map((name, i) => [name, i]))
  const command = addon.shared()
  const oracle = reference()

  const allocate = (bytes: number, aval: Aval | null): Storage => {
    const s = new Storage(aval)
    s.id = constants.relieved(() => typed(() => addon.alloc(bytes, s)))
    return s
  }
  const constants = new KeptConstants((e, numbers) => self.run(e, numbers), (x) => self.drop(x))
  /** The inputs proper, then the constants of the plan. */
  const given = (c: Compiled, inputs: readonly Input[]): readonly Input[] => (c.constants === null ? inputs : [...inputs, ...constants.of(c.constants, inputs)])
  let slab = new Storage(null), used = SLAB
  const held = (aval: Aval, bytes: number): Held => {
    if (bytes > SMALL) return { owner: self, aval, storage: allocate(bytes, aval), offset: 0 }
    if (used + bytes > SLAB) {
      slab = allocate(SLAB, null)
      used = 0
    }
    const offset = used
    used += Math.ceil(bytes / GRANULE) * GRANULE
    return { owner: self, aval, storage: slab, offset }
  }
  let inFlight = 0
  /** The operand that the i-th output lies over. */
  const beneath = (over: readonly number[], i: number, inputs: readonly Input[], spent: readonly boolean[]): Held | null => {
    const k = over[i] as number
    if (k < 0 || spent[k] !== true) return null
    const x = inputs[k] as Held
    return x.offset === 0 && bytesOf(x.aval) > SMALL ? x : null
  }
  /** Places for the outputs; over none of the operands while other runs are under way, which may read them. */
  const results = (c: Compiled, inputs: readonly Input[], spent?: readonly boolean[]): Held[] => {
    const outs: Held[] = [], { outputs } = c.plan, over = inFlight > 0 || spent === undefined ? null : c.over
    for (let i = 0; i < outputs.length; i++) {
      const aval = outputs[i] as Aval, x = over === null ? null : beneath(over, i, inputs, spent as readonly boolean[])
      outs.push(x === null ? held(aval, c.sizes[i] as number) : { owner: self, aval, storage: x.storage, offset: 0 })
    }
    return outs
  }
  /** After the run: an operand over which a result lies holds nothing any more. */
  const taken = (c: Compiled, outs: readonly Held[], inputs: readonly Input[]): void => {
    c.over?.forEach((k, i) => {
      const y = outs[i] as Held, x = inputs[k] as Held | undefined
      if (x?.storage !== y.storage) return
      y.storage.aval = y.aval
      x.storage = nowhere
    })
  }
  const overOf = (id: number, p: Plan): readonly number[] | null => {
    const pairs = addon.overlays(id)
    if (pairs.length === 0 || p.peeks.length > 0) return null
    const operands = p.inputs.flatMap((isSlot, i) => (isSlot ? [] : [i])), over = p.outputs.map(() => -1)
    for (let i = 0; i < pairs.length; i += 2) over[pairs[i] as number] = operands[pairs[i + 1] as number] as number
    return over
  }
  /** plan, inputs (id, offset), slots, outputs (id, offset): what `run` reads. */
  const write = (to: Float64Array, c: Compiled, inputs: readonly Input[], outs: readonly Held[]): number => {
    let at = 0
    to[at++] = c.id
    for (const x of inputs) {
      if (typeof x !== 'object') continue
      to[at++] = (x as Held).storage.id
      to[at++] = (x as Held).offset
    }
    for (const x of inputs) {
      if (typeof x === 'number') to[at++] = x
      else if (typeof x === 'bigint') {
        to[at++] = Number(BigInt.asUintN(32, x))
        to[at++] = Number(BigInt.asIntN(32, x >> 32n))
      }
    }
    for (const x of outs) {
      to[at++] = x.storage.id
      to[at++] = x.offset
    }
    return at
  }
  const words = (c: Compiled, inputs: readonly Input[]): number => 1 + 2 * (inputs.length + c.plan.outputs.length)
  const checked = (status: number): void => {
    if (status !== 0) throw new Fault(status === runStatus.outOfMemory ? 'OutOfMemory' : 'BackendFailure', `the native run failed: ${addon.failure()}`)
  }
  /** Runs what `command` says; short of memory, again without the constants of other plans. */
  const started = (c: Compiled, inputs: readonly Input[], outs: readonly Held[]): number => {
    write(command, c, inputs, outs)
    const status = addon.run()
    return status === runStatus.outOfMemory && constants.giveUp(c.constants) ? started(c, inputs, outs) : status
  }
  /** Downloads the operands, interprets, uploads the results. */
  const interpreted = (g: Graph): Compiled => {
    if (process.env['COTANGENT_FALLBACK'] === 'error') throw new Fault('BackendFailure', 'a value is peeked (or checked) inside a scan or cond, which the native backend leaves to the reference, and COTANGENT_FALLBACK=error forbids that')
    return interpretedPlan(g)
  }
  const interpretedPlan = (g: Graph): Compiled => ({
    id: -1, plan: plan(g, g.inputs.map(() => false), codes, 0), constants: null, sizes: [], bytes: 0, overlays: false, over: null,
    predictedMicros: 0, trace: ['reference'], oracle: oracle.compile(g, [], 0),
  })
  const interpret = (c: Compiled, inputs: readonly Input[]): Value[] => {
    const hosts = inputs.map((x) => (typeof x === 'object' ? oracle.upload(self.download(x)) : x))
    return oracle.run(c.oracle as Executable, hosts).map((v) => self.upload(oracle.download(v)))
  }
  /** Prints or judges what was peeked and gives the outputs proper. */
  const looked = (c: Compiled, outs: readonly Held[]): readonly Held[] => {
    const n = outs.length - c.plan.peeks.length
    if (n === outs.length) return outs
    c.plan.peeks.forEach((p, i) => look(p, self.download(outs[n + i] as Held)))
    return outs.slice(0, n)
  }
  const loaded = (p: Plan): Compiled => {
    const code = encode(p.program), trace = kinds(p.program.instructions)
    const id = typed(() => addon.load(code)), over = overOf(id, p), by = p.constants === null ? null : loaded(p.constants.plan)
    return {
      id, plan: p, over, overlays: over !== null, sizes: p.outputs.map(bytesOf), predictedMicros: trace.includes('exchange') ? Infinity : addon.predictedMicros(id), bytes: code.byteLength + (by?.bytes ?? 0), trace, oracle: null,
      constants: by === null ? null : { by, bytes: by.sizes.reduce((n, x) => n + x, 0), numbers: p.constants?.numbers ?? [], of: [], values: null },
    }
  }
  const self: Backend = {
    describe: (): Description => {
      const d = addon.describe()
      return { name: 'native', device: 'cpu', features: d.cpu, threads: d.threads }
    },
    kernels: () => [...codes.keys()],
    compile: (g: Graph, slots, tier): Compiled => {
      const p = plan(g, slots, codes, tier)
      return p.interpreted ? interpreted(g) : loaded(p)
    },
    run: (e, inputs, spent) => {
      const c = e as Compiled
      if (c.oracle !== null) return interpret(c, inputs)
      const outs = results(c, inputs, spent), all = given(c, inputs)
      if (words(c, all) > command.length) throw new Fault('BackendFailure', `a plan of ${inputs.length} inputs and ${outs.length} outputs is more than one command holds; run it in parts`)
      checked(started(c, all, outs))
      if (spent !== undefined) taken(c, outs, inputs)
      return looked(c, outs)
    },
    timed: (e, inputs) => {
      const c = e as Compiled
      if (c.oracle !== null) return oracle.timed(c.oracle, inputs.map((x) => (typeof x === 'object' ? oracle.upload(self.download(x)) : x)))
      const list = c.plan.program.instructions
      const clock = new Float64Array(list.length + 1 + 2 * list.filter((x) => x.kind === 'exchange').length)
      const outs = results(c, inputs)
      write(command, c, given(c, inputs), outs)
      checked(addon.runTimed(clock))
      // so that the next run writes to memory that is mapped and near, as steps of a loop do
      outs.forEach(self.drop)
      return timingsOf(list, addon.predictions(c.id), clock)
    },
    runAsync: (e, inputs, spent) => {
      const c = e as Compiled
      const outs = results(c, inputs, spent), all = given(c, inputs)
      used = SLAB // what a running plan uses takes no uploads
      const own = new Float64Array(words(c, all))
      write(own, c, all, outs)
      return new Promise((resolve, reject) => {
        const start = (): void => {
          typed(() => addon.runAsync(own, ended))
          inFlight++
        }
        const ended = (status: number): void => {
          inFlight--
          try {
            if (status === runStatus.outOfMemory && constants.giveUp(c.constants)) return start()
            checked(status)
            if (spent !== undefined) taken(c, outs, inputs)
            resolve(looked(c, outs))
          } catch (problem) {
            reject(problem)
          }
        }
        start()
      })
    },
    upload: (x: Host): Held => {
      const aval = { shape: x.shape, dtype: x.dtype }
      const value = held(aval, bytesOf(aval))
      if (x.data.length > 0) addon.upload(value.storage.id, value.offset, isHalf(x.dtype) ? toBits(x.data as Float32Array, x.dtype) : x.data)
      return value
    },
    download: (x) => {
      const { aval, storage, offset } = x as Held
      const data = arrayOf(isHalf(aval.dtype) ? 'u16' : aval.dtype, numel(aval.shape))
      if (data.length > 0) addon.download(storage.id, offset, data)
      return { ...aval, data: isHalf(aval.dtype) ? fromBits(data as Uint16Array, aval.dtype) : data }
    },
    // slabs are shared
    drop: (x) => {
      const { aval, storage } = x as Held
      if (bytesOf(aval) > SMALL) addon.empty(storage.id)
    },
    memory: (): Memory => {
      const m = addon.memory()
      return { live: m.live, pooled: m.pooled, peak: m.peak, arena: m.arena, collections: m.collections }
    },
    largest: (most) => (addon.largest(most) as readonly Storage[]).flatMap((s) => s.aval ?? []),
    release: (e) => {
      const { id, constants: own } = e as Compiled
      if (id >= 0) addon.unload(id)
      if (own === null) return
      constants.forget(own)
      self.release(own.by)
    },
  }
  return self
}
