/**
 * A benchmark case and the row it gives. Rounds of ours and of each peer are interleaved, so that a machine that slows down
 * slows all of them; a row holds the medians, what is claimed of them, and the load before each run was taken.
 */
import { loadavg } from 'node:os'
import type { Machine } from './machine.js'
import type { Peer, PeerName, Payload } from './peer.js'

export interface Bound {
  /** Ours may be at most this many units, must be at least that many, may be at most this many times the fastest peer, or so many
   *  units more than what is measured beside it, or must be at least this many GF/s a thread. */
  readonly of: 'value' | 'least' | 'ratio' | 'beside' | 'rate'
  readonly most: number
}
/** What a peer needs to do the same, and how its answer is held to ours. */
export interface Against {
  readonly names: readonly PeerName[]
  /** Peers that are measured and shown, but that the bound is not about. */
  readonly beside?: readonly PeerName[]
  /** The name of the peers' case, when it is not the row's. */
  readonly as?: string
  readonly payload: Payload
  readonly expect: (answer: readonly number[]) => void
}
/** A case made ready: one call measures one round and gives units. */
export interface Ready {
  readonly measure: () => number | Promise<number>
  readonly peers?: Against
  /** Another form of the same work, measured in the same rounds. */
  readonly beside?: () => number | Promise<number>
  /** Arithmetic of one unit of work, and bytes that must cross memory: they give GF/s and GB/s. Arithmetic is that of the definition:
   *  a convolution by Winograd's algorithm does less of it. */
  readonly flops?: number | undefined
  readonly bytes?: number
  /** The arithmetic is f64, of which vectors hold half as much. */
  readonly double?: boolean
}
/** The work of a row on few numbers, for comparing backends: what it is given, what is done with that, and the largest difference that
 *  is rounding, against 1 or the element. */
export interface Small {
  readonly inputs: () => unknown
  readonly f: (inputs: never) => unknown
  readonly tolerance: number
}
export interface Case {
  readonly name: string
  readonly unit: 'ms' | 'µs' | 's' | 'MB' | 'x'
  readonly bound: Bound | null
  readonly rounds: number
  /** A sentence when the case cannot run here. */
  readonly prepare: () => Ready | string | Promise<Ready | string>
  readonly small?: Small | undefined
}
export interface Row {
  readonly name: string
  readonly ours: number | null
  readonly unit: string
  readonly peers: Readonly<Partial<Record<PeerName, number>>>
  /** Ours over the fastest peer: below 1 is faster. */
  readonly ratio: number | null
  readonly bound: string | null
  /** Whether the bound holds; null when there was nothing to compare with. */
  readonly ok: boolean | null
  /** The load average before each run. */
  readonly load: readonly number[]
  /** 10⁹ floating-point operations, and bytes, a second. */
  readonly gflops?: number | undefined
  readonly gbytes?: number | undefined
  /** Of the machine's peak and of its copy. */
  readonly share?: { readonly peak?: number | undefined; readonly copy?: number | undefined }
  /** What was measured beside it. */
  readonly beside?: number
  readonly note?: string
}
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
const shown: Readonly<Record<Bound['of'], (most: number, unit: string) => string>> = {
  value: (most, unit) => `<= ${most} ${unit}`,
  least: (most, unit) => `>= ${most} ${unit}`,
  ratio: (most) => `<= ${most} x the fastest peer`,
  beside: (most, unit) => `<= ${most} ${unit} above jit`,
  rate: (most) => `>= ${most} GF/s a thread`,
}
interface Found { readonly ours: number; readonly ratio: number | null; readonly beside: number; readonly rate: number }
const held: Readonly<Record<Bound['of'], (most: number, found: Found) => boolean | null>> = {
  value: (most, { ours }) => ours <= most,
  least: (most, { ours }) => ours >= most,
  ratio: (most, { ratio }) => (ratio === null ? null : ratio <= most),
  beside: (most, { ours, beside }) => ours <= beside + most,
  rate: (most, { rate }) => rate >= most,
}
const perUnit: Readonly<Record<Case['unit'], number>> = { s: 1, ms: 1e3, µs: 1e6, MB: 1, x: 1 }
const load = (): number => Number(loadavg()[0]?.toFixed(2))

/** Peers that take part: each has done the case once and agreed with us. Others have said why they cannot. */
const willing = async (of: string, against: Against | undefined, peers: readonly Peer[]) => {
  const others: Peer[] = [], refusals: string[] = []
  for (const p of peers.filter((x) => against?.names.includes(x.name) || against?.beside?.includes(x.name))) {
    const answer = await p.prepare(of, against?.payload ?? {})
    if (typeof answer === 'string') refusals.push(`${p.name}: ${answer}`)
    else {
      against?.expect(answer)
      others.push(p)
    }
  }
  return { others, refusals }
}
type Measured = PeerName | 'ours' | 'beside'
type Figures = ReadonlyMap<Measured, number>
/** The medians of one run: `rounds` rounds, each of them ours, what is beside it, and then every peer. One that fails says why and is left out. */
const runOf = async (c: Case, ready: Ready, of: string, others: Peer[], refusals: string[]): Promise<Figures> => {
  const times = new Map<Measured, number[]>([['ours', []], ['beside', []], ...others.map((p) => [p.name, []] as [PeerName, number[]])])
  for (let round = 0; round < c.rounds; round++) {
    times.get('ours')?.push(await ready.measure())
    times.get('beside')?.push((await ready.beside?.()) ?? NaN)
    for (const p of [...others]) {
      try {
        times.get(p.name)?.push((await p.measure(of)) * perUnit[c.unit])
      } catch (e) {
        refusals.push(e instanceof Error ? e.message : String(e))
        others.splice(others.indexOf(p), 1)
      }
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]))
}
const over = (x: number | undefined, by: number | undefined): number | undefined => (x === undefined || by === undefined ? undefined : x / by)
const rates = ({ flops, bytes, double }: Ready, seconds: number, { peak, copy }: Machine) => {
  const gflops = over(flops, seconds * 1e9), gbytes = over(bytes, seconds * 1e9)
  return { gflops, gbytes, share: { peak: over(gflops, over(peak, double === true ? 2 : 1)), copy: over(gbytes, copy) } }
}
/** Measures one case: the median of `runs` runs. */
export const rowOf = async (c: Case, peers: readonly Peer[], runs: number, machine: Machine): Promise<Row> => {
  const ready = await c.prepare()
  const about = { name: c.name, unit: c.unit, bound: c.bound === null ? null : shown[c.bound.of](c.bound.most, c.unit) }
  if (typeof ready === 'string') return { ...about, ours: null, peers: {}, ratio: null, ok: null, load: [load()], note: ready }
  const of = ready.peers?.as ?? c.name, { others, refusals } = await willing(of, ready.peers, peers)
  const found: Figures[] = [], loads: number[] = []
  for (let i = 0; i < runs; i++) {
    loads.push(load())
    found.push(await runOf(c, ready, of, others, refusals))
  }
  for (const p of others) await p.drop(of)
  const middle = (name: Measured): number => median(found.map((f) => f.get(name) ?? NaN))
  const ours = middle('ours'), figures = Object.fromEntries(others.map((p) => [p.name, middle(p.name)]))
  const judged = others.filter((p) => ready.peers?.names.includes(p.name)).map((p) => middle(p.name))
  const ratio = judged.length === 0 ? null : ours / Math.min(...judged)
  const reached = rates(ready, ours / perUnit[c.unit], machine), beside = middle('beside')
  const ok = c.bound === null ? null : held[c.bound.of](c.bound.most, { ours, ratio, beside, rate: (reached.gflops ?? NaN) / machine.threads })
  return { ...about, ours, peers: figures, ratio, ok, load: loads, ...reached, ...(ready.beside === undefined ? {} : { beside }), ...(refusals.length === 0 ? {} : { note: refusals.join('; ') }) }
}
