/**
 * A benchmark case and the row it gives. Rounds of ours and of each peer are interleaved, so that a machine that slows down
 * slows all of them; a row holds the medians, what is claimed of them, and the load before each run was taken.
 */
import { loadavg } from 'node:os'
import type { Peer, PeerName, Payload } from './peer.js'

export interface Bound {
  /** Ours may be at most this many units, must be at least that many, or at most this many times the fastest peer. */
  readonly of: 'value' | 'least' | 'ratio'
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
  /** Arithmetic of one unit of work, and bytes that must cross memory: they give GF/s and GB/s. */
  readonly flops?: number
  readonly bytes?: number
}
export interface Case {
  readonly name: string
  readonly unit: 'ms' | 'µs' | 's' | 'MB' | 'x'
  readonly bound: Bound | null
  readonly rounds: number
  /** A sentence when the case cannot run here. */
  readonly prepare: () => Ready | string | Promise<Ready | string>
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
  readonly gflops?: number
  readonly gbytes?: number
  readonly note?: string
}
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
const shownBound = (b: Bound | null, unit: string): string | null => (b === null ? null : b.of === 'ratio' ? `<= ${b.most} x the fastest peer` : `${b.of === 'least' ? '>=' : '<='} ${b.most} ${unit}`)
const held = (b: Bound | null, ours: number, ratio: number | null): boolean | null => {
  if (b === null) return null
  if (b.of === 'value') return ours <= b.most
  if (b.of === 'least') return ours >= b.most
  return ratio === null ? null : ratio <= b.most
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
type Figures = ReadonlyMap<PeerName | 'ours', number>
/** The medians of one run: `rounds` rounds, each of them ours and then every peer. One that fails says why and is left out. */
const runOf = async (c: Case, ready: Ready, of: string, others: Peer[], refusals: string[]): Promise<Figures> => {
  const times = new Map<PeerName | 'ours', number[]>([['ours', []], ...others.map((p) => [p.name, []] as [PeerName, number[]])])
  for (let round = 0; round < c.rounds; round++) {
    times.get('ours')?.push(await ready.measure())
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
const rates = (ready: Ready, seconds: number) => ({
  ...(ready.flops === undefined ? {} : { gflops: ready.flops / seconds / 1e9 }),
  ...(ready.bytes === undefined ? {} : { gbytes: ready.bytes / seconds / 1e9 }),
})
/** Measures one case: the median of `runs` runs. */
export const rowOf = async (c: Case, peers: readonly Peer[], runs: number): Promise<Row> => {
  const ready = await c.prepare()
  const about = { name: c.name, unit: c.unit, bound: shownBound(c.bound, c.unit) }
  if (typeof ready === 'string') return { ...about, ours: null, peers: {}, ratio: null, ok: null, load: [load()], note: ready }
  const of = ready.peers?.as ?? c.name, { others, refusals } = await willing(of, ready.peers, peers)
  const found: Figures[] = [], loads: number[] = []
  for (let i = 0; i < runs; i++) {
    loads.push(load())
    found.push(await runOf(c, ready, of, others, refusals))
  }
  for (const p of others) await p.drop(of)
  const middle = (name: PeerName | 'ours'): number => median(found.map((f) => f.get(name) ?? NaN))
  const ours = middle('ours'), figures = Object.fromEntries(others.map((p) => [p.name, middle(p.name)]))
  const judged = others.filter((p) => ready.peers?.names.includes(p.name)).map((p) => middle(p.name))
  const ratio = judged.length === 0 ? null : ours / Math.min(...judged)
  return { ...about, ours, peers: figures, ratio, ok: held(c.bound, ours, ratio), load: loads, ...rates(ready, ours / perUnit[c.unit]), ...(refusals.length === 0 ? {} : { note: refusals.join('; ') }) }
}
