/**
 * `npm run bench -- [--only PATTERN] [--json FILE] [--peers]`: a table of every case, ours beside its bound and, with
 * --peers, beside PyTorch, JAX and NumPy measured in the same interleaved rounds.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { openPeers } from './peer.js'
import type { Row } from './row.js'
import { rowOf } from './row.js'
import { callCases } from './rows/call.js'
import { lenetCases } from './rows/lenet.js'
import { startCases } from './rows/start.js'

const usage = 'usage: npm run bench -- [--only PATTERN] [--json FILE] [--peers]\n'
const cases = [...startCases, ...callCases, ...lenetCases]

const options = () => {
  try {
    return parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' }, peers: { type: 'boolean' }, help: { type: 'boolean' } } }).values
  } catch (e) {
    process.stderr.write(`bench: ${e instanceof Error ? e.message : String(e)}\n${usage}`)
    return process.exit(2)
  }
}
const figure = (x: number | null): string => (x === null ? '-' : x >= 100 ? x.toFixed(0) : x.toPrecision(3))
const cellsOf = (r: Row): string[] => [
  r.name, r.ours === null ? '-' : `${figure(r.ours)} ${r.unit}`, figure(r.peers.torch), figure(r.peers.jax), figure(r.peers.numpy),
  figure(r.ratio), r.bound ?? '-', r.ok === null ? (r.note ?? 'not compared') : r.ok ? 'ok' : 'MISSED', r.load.toFixed(1),
]
const header = ['row', 'ours', 'torch', 'jax', 'numpy', 'ratio', 'bound', '', 'load']
const table = (rows: readonly string[][]): string => {
  const widths = header.map((_, i) => Math.max(...rows.map((r) => r[i]?.length ?? 0)))
  return rows.map((r) => r.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd()).join('\n')
}
const bench = async (): Promise<void> => {
  const { only, json, peers: wanted, help } = options()
  if (help === true) return void process.stdout.write(usage)
  const chosen = cases.filter((c) => only === undefined || new RegExp(only).test(c.name))
  if (chosen.length === 0) throw new Error(`no row matches ${only}; there are ${cases.map((c) => c.name).join(', ')}`)
  const { peers, says } = wanted === true ? await openPeers() : { peers: [], says: 'without peers (--peers compares)' }
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}; ${says}`)
  const rows: Row[] = []
  try {
    for (const c of chosen) {
      process.stderr.write(`${c.name} …\n`)
      rows.push(await rowOf(c, peers))
    }
  } finally {
    for (const p of peers) p.close()
  }
  console.log(table([header, ...rows.map(cellsOf)]))
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`)
  if (rows.some((r) => r.ok === false)) process.exitCode = 1
}
bench().catch((e: unknown) => {
  process.stderr.write(`bench: ${e instanceof Error ? e.message : String(e)}\n`)
  process.exitCode = 1
})
