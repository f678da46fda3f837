/**
 * Where the time of a function goes: its plan, kernel by kernel, with what each must do and how long it took. A profile is
 * a value; `explainPlan` is its table, `chromeTrace` its picture (chrome://tracing, ui.perfetto.dev).
 */
import { LEAF, SLOT } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { toGraph } from '../transform/index.js'
import type { Device } from '../type/device.js'
import { flatten } from '../type/tree.js'
import type { Backend, Span, Timing } from './backend.js'
import { program } from './effect.js'
import type { Needs, Program } from './effect.js'
import { bytesOf } from './holders.js'
import { costOf } from './plan/cost.js'
import type { Cost } from './plan/cost.js'
import { slotValue } from './runtime.js'
import type { Runtime } from './runtime.js'

export interface KernelProfile extends Cost {
  /** When it started, from the start of the run, and how long it took: medians of the runs, in microseconds. */
  readonly start: number
  readonly micros: number
  /** The planner's guess for one thread. */
  readonly predicted: number
  /** Of an exchange between processes: when its bytes went, beside the kernels that follow. A kernel `wait` ends it. */
  readonly transfer?: Span
}
export interface Profile {
  readonly backend: string
  readonly kernels: readonly KernelProfile[]
  /** Of the whole run, in microseconds. */
  readonly micros: number
  /** Memory of temporaries. */
  readonly arenaBytes: number
  /** Memory of what is the same in every run: computed before the first one, by kernels that are none of these. */
  readonly constantBytes: number
}
const median = (xs: readonly number[]): number => [...xs].sort((a, b) => a - b)[xs.length >> 1] ?? 0
const RUNS = 5

const profiled = (backend: Backend, f: (...args: never[]) => unknown, args: readonly unknown[], r: Runtime): Profile => {
  const { graph, captures } = toGraph(f as (...xs: unknown[]) => unknown)(...args)
  const nodes = [...args.flatMap((a) => flatten(a).leaves as Node[]), ...captures]
  r.runSync(nodes.filter((x) => x.op !== LEAF && x.op !== SLOT))
  const e = backend.compile(graph, nodes.map((x) => x.op === SLOT), 1)
  try {
    const inputs = nodes.map((x) => (x.op === SLOT ? slotValue(x) : backend.upload(r.download(x))))
    const runs = Array.from({ length: RUNS }, () => backend.timed(e, inputs))
    const plan = e.plan, names = backend.kernels(), first = runs[0] ?? []
    const kernels = first.map((t, i): KernelProfile => {
      const instruction = plan?.program.instructions[i]
      const cost = instruction === undefined || plan === null ? { kernel: 'reference', detail: `${graph.nodes.length} ops`, flops: 0, bytes: 0 } : costOf(instruction, plan.program, names)
      const middle = (of: (x: Timing) => Span | undefined): Span => ({ start: median(runs.map((x) => of(x[i] as Timing)?.start ?? 0)), micros: median(runs.map((x) => of(x[i] as Timing)?.micros ?? 0)) })
      return { ...cost, predicted: t.predicted, ...middle((x) => x), ...(t.transfer === undefined ? {} : { transfer: middle((x) => x.transfer) }) }
    })
    return { backend: backend.describe().name, kernels, micros: kernels.reduce((n, k) => n + k.micros, 0), arenaBytes: plan?.arenaBytes ?? 0, constantBytes: plan?.constants?.plan.outputs.reduce((n, x) => n + bytesOf(x), 0) ?? 0 }
  } finally {
    backend.release(e)
  }
}
/**
 * A program that plans f for these arguments, runs it five times and gives the time of each kernel.
 * @shape (f) => (...args) => Program of { kernels, micros, arenaBytes, constantBytes }
 * @throws OpenGraph when an argument depends on a transform.
 * @example deepClose((await profile((x: Tensor<[2], 'f32'>) => exp(x))(tensor([1, 2]))(cpu)())._tag, 'Right')
 */
export const profile = <A extends readonly unknown[]>(f: (...args: A) => unknown) => <V extends Device = 'cpu'>(...args: A): Program<V, Profile> =>
  program((needs: Needs<V>) => {
    const { runtime } = Object.values(needs)[0] as { readonly runtime: Runtime }
    return profiled(runtime.backend, f as never, args, runtime)
  })

const cells = (k: KernelProfile, i: number, all: number): string[] => [
  String(i), k.kernel, k.micros.toFixed(1), k.predicted.toFixed(1), `${((100 * k.micros) / all).toFixed(1)} %`, (k.bytes / 1e6).toFixed(2), (k.flops / 1e6).toFixed(2),
  k.micros > 0 ? (k.bytes / k.micros / 1e3).toFixed(1) : '-', k.micros > 0 ? (k.flops / k.micros / 1e3).toFixed(1) : '-', `${k.detail}${k.transfer === undefined ? '' : `, away for ${k.transfer.micros.toFixed(1)} µs`}`,
]
const HEADER = ['', 'kernel', 'µs', 'predicted', 'share', 'MB', 'Mflop', 'GB/s', 'GF/s', 'what']
/** A profile as a table, one line a kernel. */
export const profileTable = (p: Profile): string => {
  const rows = [HEADER, ...p.kernels.map((k, i) => cells(k, i, p.micros))]
  const widths = HEADER.map((_, c) => Math.max(...rows.map((r) => r[c]?.length ?? 0)))
  const left = new Set([1, HEADER.length - 1])
  const lines = rows.map((r) => r.map((x, c) => (left.has(c) ? x.padEnd(widths[c] ?? 0) : x.padStart(widths[c] ?? 0))).join('  ').trimEnd())
  const kept = p.constantBytes === 0 ? '' : `, ${(p.constantBytes / 1e6).toFixed(2)} MB of constants`
  return [...lines, `${p.kernels.length} kernels, ${p.micros.toFixed(1)} µs, ${(p.arenaBytes / 1e6).toFixed(2)} MB of temporaries${kept}, ${p.backend} backend`].join('\n')
}
/**
 * A program that gives the plan of f as a table: each kernel with its bytes, its operations, its predicted and its
 * measured time.
 * @shape (f) => (...args) => Program of a text
 * @example deepClose((await explainPlan((x: Tensor<[2], 'f32'>) => exp(x))(tensor([1, 2]))(cpu)())._tag, 'Right')
 */
export const explainPlan = <A extends readonly unknown[]>(f: (...args: A) => unknown) => <V extends Device = 'cpu'>(...args: A): Program<V, string> =>
  program(async (needs: Needs<V>) => {
    const found = await profile(f)<V>(...args)(needs)()
    if (found._tag === 'Left') throw found.left
    return profileTable(found.right)
  })
const event = (p: Profile, k: KernelProfile, { start, micros }: Span, row: number): unknown =>
  ({ name: k.kernel, cat: p.backend, ph: 'X', ts: start, dur: micros, pid: 0, tid: row, args: { detail: k.detail, flops: k.flops, bytes: k.bytes } })
/**
 * A profile in Chrome's trace format, as JSON text: chrome://tracing and ui.perfetto.dev show it. What goes between processes
 * has a row of its own, beside the kernels.
 * @source Trace Event Format, Google, 2016.
 * @example deepClose(chromeTrace({ backend: 'native', kernels: [], micros: 0, arenaBytes: 0, constantBytes: 0 }), '{"traceEvents":[]}')
 */
export const chromeTrace = (p: Profile): string => JSON.stringify({
  traceEvents: p.kernels.flatMap((k) => [event(p, k, k, 0), ...(k.transfer === undefined ? [] : [event(p, k, k.transfer, 1)])]),
})
