/**
 * A benchmark case and the row it gives. Rounds of ours and of each peer are interleaved, so that a machine that slows down
 * slows all of them; a row holds the medians, what is claimed of them, and the load while they were taken.
 */
import { loadavg } from 'node:os'
import type { Peer, PeerName, Payload } from './peer.js'

export interface Bound {
  /** Ours may be at most this many units; or this many times the fastest peer. */
  readonly of: 'value' | 'ratio'
  readonly most: number
}
/** A case made ready: one call measures one round and gives units. */
export interface Ready {
  readonly measure: () => number | Promise<number>
  /** What a peer needs to do the same, and how its answer is held to ours. */
  readonly peers?: { readonly names: readonly PeerName[]; readonly payload: Payload; readonly expect: (answer: readonly number[]) => void }
}
export interface Case {
  readonly name: string
  readonly unit: 'ms' | 'µs' | 's' | 'MB'
  readonly bound: Bound | null
  readonly rounds: number
  /** A sentence when the case cannot run here. */
  readonly prepare: () => Ready | string | Promise<Ready | string>
}
export interface Row {
  readonly name: string
  readonly ours: number | null
  readonly unit: string
  readonly peers: Readonly<Record<PeerName, number | null>>
  /** Ours over the fastest peer: below 1 is faster. */
  readonly ratio: number | null
  readonly bound: string | null
  /** Whether the bound holds; null when there was nothing to compare with. */
  readonly ok: boolean | null
  readonly load: number
  readonly note?: string
}
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
const none: Row['peers'] = { torch: null, jax: null, numpy: null, jaxjs: null, tfjs: null }
const shownBound = (b: Bound | null, unit: string): string | null => (b === null ? null : b.of === 'ratio' ? `<= ${b.most} x the fastest peer` : `<= ${b.most} ${unit}`)
const held = (b: Bound | null, ours: number, ratio: number | null): boolean | null => {
  if (b === null) return null
  if (b.of === 'value') return ours <= b.most
  return ratio === null ? null : ratio <= b.most
}
const perUnit: Readonly<Record<Case['unit'], number>> = { s: 1, ms: 1e3, µs: 1e6, MB: 1 }

/** Peers that take part: each has done the case once and agreed with us. */
const willing = async (c: Case, ready: Ready, peers: readonly Peer[]): Promise<Peer[]> => {
  const { names, payload, expect } = ready.peers ?? { names: [] as readonly PeerName[], payload: {}, expect: () => undefined }
  const found = peers.filter((p) => names.includes(p.name))
  for (const p of found) expect(await p.prepare(c.name, payload))
  return found
}
/** Measures one case. */
export const rowOf = async (c: Case, peers: readonly Peer[]): Promise<Row> => {
  const ready = await c.prepare()
  const about = { name: c.name, unit: c.unit, bound: shownBound(c.bound, c.unit), load: Number(loadavg()[0]?.toFixed(2)) }
  if (typeof ready === 'string') return { ...about, ours: null, peers: none, ratio: null, ok: null, note: ready }
  const others = await willing(c, ready, peers)
  const own: number[] = []
  const theirs = new Map<PeerName, number[]>(others.map((p) => [p.name, []]))
  for (let round = 0; round < c.rounds; round++) {
    own.push(await ready.measure())
    for (const p of others) theirs.get(p.name)?.push((await p.measure(c.name)) * perUnit[c.unit])
  }
  const ours = median(own)
  const figures = Object.fromEntries([...theirs].map(([name, values]) => [name, median(values)]))
  const best = Math.min(...Object.values(figures))
  const ratio = Number.isFinite(best) ? ours / best : null
  return { ...about, ours, peers: { ...none, ...figures }, ratio, ok: held(c.bound, ours, ratio) }
}
