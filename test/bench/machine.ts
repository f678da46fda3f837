/** What the rows of a run are measured on. Figures of rows are shown as shares of its two limits, measured when the run begins. */
import { cpus } from 'node:os'
import { findAddon } from '../../lib/run/index.js'
import type { Peer } from './peer.js'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  /** The instruction set of kernels, and the threads that plans use. */
  readonly isa: string
  readonly threads: number
  readonly peers: Readonly<Record<string, string>>
  /** GF/s of f32 chains of fma in registers, and GB/s, read and written, of a copy far larger than caches: on all those threads. */
  readonly peak?: number
  readonly copy?: number
}
const native = (): Pick<Machine, 'isa' | 'threads' | 'peak' | 'copy'> => {
  const found = findAddon()
  if (!('addon' in found)) return { isa: 'reference', threads: 1 }
  const { isa, threads } = found.addon.describe(), { flops, copy } = found.addon.peaks()
  return { isa, threads, peak: flops / 1e9, copy: copy / 1e9 }
}
export const machineOf = (peers: readonly Peer[]): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown CPU', cores: cpus().length, node: process.version,
  ...native(), peers: Object.fromEntries(peers.map((p) => [p.name, p.version])),
})
export const shownMachine = ({ cpu, cores, node, isa, threads, peak, copy }: Machine): string => {
  const limits = peak === undefined || copy === undefined ? '' : `; fma peak ${peak.toFixed(0)} GF/s (f32), copy ${copy.toFixed(1)} GB/s`
  return `${cpu}, ${cores} cores, Node ${node}, ${isa} kernels on ${threads} threads${limits}`
}
