/**
 * `npm run bench -- [--only PATTERN] [--json FILE] [--peers] [--runs N]`: a table of every case, ours beside its bound and,
 * with --peers, beside PyTorch, JAX, NumPy, jax-js and tfjs measured in the same interleaved rounds. Every file of rows/
 * exports `cases`.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { machineOf, shownMachine } from './machine.js'
import { geometricMeans } from './mean.js'
import { openPeers, peerNames } from './peer.js'
import type { PeerName } from './peer.js'
import type { Case, Row } from './row.js'
import { rowOf } from './row.js'

const usage = `usage: npm run bench -- [options]
  --only PATTERN   rows whose name matches
  --peers[=NAMES]  beside the peers (${peerNames.join(', ')})
  --runs N         medians of N runs [1; the ledger takes 3]
  --json FILE      writes the rows and the machine
`
const refuse = (message: string): never => {
  process.stderr.write(`bench: ${message}\n${usage}`)
  return process.exit(2)
}
const options = () => {
  // `--peers` alone means all of them.
  const args = process.argv.slice(2).map((a) => (a === '--peers' ? `--peers=${peerNames.join(',')}` : a))
  const text = { type: 'string' } as const
  try {
    return parseArgs({ args, options: { only: text, json: text, runs: text, peers: text, help: { type: 'boolean' } } }).values
  } catch (e) {
    return refuse(e instanceof Error ? e.message : String(e))
  }
}
const isPeer = (name: string): name is PeerName => peerNames.some((n) => n === name)
const named = (list: string | undefined): readonly PeerName[] =>
  (list ?? '').split(',').filter((n) => n !== '').map((n) => (isPeer(n) ? n : refuse(`there is no peer '${n}'`)))

const allCases = async (): Promise<readonly Case[]> => {
  const folder = join(import.meta.dirname, 'rows')
  const files = readdirSync(folder).filter((f) => /(?<!\.d)\.[jt]s$/.test(f)).sort()
  const loaded = await Promise.all(files.map((f) => import(pathToFileURL(join(folder, f)).href) as Promise<{ readonly cases: readonly Case[] }>))
  return loaded.flatMap((m) => m.cases)
}
const figure = (x: number | null | undefined): string => (x === null || x === undefined ? '-' : x >= 100 ? x.toFixed(0) : x.toPrecision(3))
const reached = (rate: number | undefined, unit: string, share: number | undefined): readonly string[] =>
  rate === undefined ? [] : [`${figure(rate)} ${unit}${share === undefined ? '' : ` ${(100 * share).toFixed(0)} %`}`]
const rate = (r: Row): string => [...reached(r.gflops, 'GF/s', r.share?.peak), ...reached(r.gbytes, 'GB/s', r.share?.copy)].join(' ')
const cellsOf = (shown: readonly PeerName[]) => (r: Row): string[] => [
  r.name, r.ours === null ? '-' : `${figure(r.ours)} ${r.unit}`, ...shown.map((n) => figure(r.peers[n])), figure(r.ratio), r.bound ?? '-',
  r.ok === null ? (r.note ?? 'not compared') : r.ok ? 'ok' : 'MISSED', rate(r), r.load.join(' '),
]
const table = (shown: readonly PeerName[], rows: readonly Row[]): string => {
  const lines = [['row', 'ours', ...shown, 'ratio', 'bound', '', '', 'load'], ...rows.map(cellsOf(shown))]
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((r) => r[i]?.length ?? 0))) ?? []
  return lines.map((r) => r.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ').trimEnd()).join('\n')
}
const bench = async (): Promise<void> => {
  const { only, json, peers: list, help, runs = '1' } = options()
  if (help === true) return void process.stdout.write(usage)
  if (!/^[1-9]\d*$/.test(runs)) refuse(`--runs must be a whole number of at least 1, not '${runs}'`)
  const cases = await allCases(), wanted = named(list)
  const chosen = cases.filter((c) => only === undefined || new RegExp(only).test(c.name))
  if (chosen.length === 0) refuse(`no row matches ${only}; there are ${cases.map((c) => c.name).join(', ')}`)
  const { peers, says } = wanted.length > 0 ? await openPeers(wanted) : { peers: [], says: 'without peers (--peers compares)' }
  const machine = machineOf(peers)
  console.log(`${shownMachine(machine)}\n${says}`)
  const rows: Row[] = []
  try {
    for (const c of chosen) {
      process.stderr.write(`${c.name} …\n`)
      rows.push(await rowOf(c, peers, Number(runs), machine))
      if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
    }
  } finally {
    for (const p of peers) p.close()
  }
  console.log(table(peers.map((p) => p.name), rows))
  for (const mean of geometricMeans(rows)) console.log(mean)
  if (rows.some((r) => r.ok === false)) process.exitCode = 1
}
bench().catch((e: unknown) => {
  process.stderr.write(`bench: ${e instanceof Error ? e.message : String(e)}\n`)
  process.exitCode = 1
})
