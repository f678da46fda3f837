/**
 * Peers: one child process each, asked in lines of JSON, so that their rounds can be interleaved with ours. Python ones run
 * peers/main.py, JavaScript ones peers/main.mjs. peers/install.sh installs them in one folder; what is missing there does not take
 * part, and a sentence says so. They have as many threads as our plans. Arrays go through files. A peer is stopped while it is
 * not its turn: threads of OpenMP spin on after their work, and took half of a core from whoever came next.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findAddon } from '../../lib/run/index.js'
import { root } from './root.js'

const python = { torch: 'torch', torchCompile: 'torch', jax: 'jax', numpy: 'numpy' } as const
const javascript = { jaxjs: '@jax-js/jax', tfjs: '@tensorflow/tfjs-backend-wasm' } as const
export type PeerName = keyof typeof python | keyof typeof javascript
export const peerNames = [...Object.keys(python), ...Object.keys(javascript)] as readonly PeerName[]
/** Settings, and arrays as `stored` gives them. */
export type Payload = Readonly<Record<string, unknown>>
export interface Peer {
  readonly name: PeerName
  readonly version: string
  /** Sets the case up and gives the numbers by which its result is checked; a sentence when the peer cannot do it. */
  readonly prepare: (name: string, payload: Payload) => Promise<readonly number[] | string>
  /** Seconds for one unit of work; for memory megabytes. */
  readonly measure: (name: string) => Promise<number>
  /** Lets go of the case's memory. */
  readonly drop: (name: string) => Promise<void>
  readonly close: () => void
}
interface Answer { readonly version?: string; readonly check?: readonly number[]; readonly figure?: number; readonly cannot?: string; readonly error?: string }

const folder = process.env['COTANGENT_PEERS'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cotangent-peers')
let scratch: string | null = null
let arrays = 0
const scratchFolder = (): string => {
  if (scratch !== null) return scratch
  const made = mkdtempSync(join(tmpdir(), 'cotangent-bench-'))
  process.on('exit', () => rmSync(made, { recursive: true, force: true }))
  return (scratch = made)
}
const dtypes = new Map<unknown, string>([[Float32Array, 'float32'], [Float64Array, 'float64'], [Int32Array, 'int32']])
/** An array in a file, as peers find it: its path, dtype in NumPy's words, and shape. */
export const stored = (x: Float32Array | Float64Array | Int32Array, shape: readonly number[]) => {
  const file = join(scratchFolder(), `${arrays++}.bin`)
  writeFileSync(file, x)
  return { file, dtype: dtypes.get(x.constructor) ?? 'float32', shape }
}

const commandOf = (name: PeerName): readonly [string, string] => name in python
  ? [join(folder, 'bin/python'), join(root, 'test/bench/peers/main.py')]
  : [process.execPath, join(root, 'test/bench/peers/main.mjs')]
const threads = (): string => {
  const found = findAddon()
  return process.env['OMP_NUM_THREADS'] ?? String('addon' in found ? found.addon.describe().threads : 1)
}
const open = async (name: PeerName): Promise<Peer> => {
  const [program, script] = commandOf(name)
  const child = spawn(program, [script, name], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, COTANGENT_PEERS: folder, OMP_NUM_THREADS: threads() } })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (question: object): Promise<Answer> => {
    child.kill('SIGCONT')
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await lines.next()
    child.kill('SIGSTOP')
    if (done === true) throw new Error(`${name} ended`)
    const answer = JSON.parse(value) as Answer
    if (answer.error !== undefined) throw new Error(`${name}: ${answer.error}`)
    return answer
  }
  const { version = '' } = await ask({ do: 'version' })
  return {
    name, version,
    prepare: async (of, payload) => {
      const { check = [], cannot } = await ask({ ...payload, do: 'prepare', name: of })
      return cannot ?? check
    },
    measure: async (of) => (await ask({ do: 'measure', name: of })).figure ?? NaN,
    drop: async (of) => void (await ask({ do: 'drop', name: of })),
    close: () => {
      child.kill('SIGCONT')
      child.stdin.end()
    },
  }
}
const installed = (name: PeerName): boolean => name in python
  ? existsSync(join(folder, 'complete')) && existsSync(join(folder, 'bin/python'))
  : existsSync(join(folder, 'js/node_modules', javascript[name as keyof typeof javascript]))
/** The peers that are installed, of those wanted; else a sentence. */
export const openPeers = async (wanted: readonly PeerName[]): Promise<{ readonly peers: readonly Peer[]; readonly says: string }> => {
  const names = wanted.filter(installed), missing = wanted.filter((n) => !installed(n))
  const peers = await Promise.all(names.map(open))
  const here = peers.length === 0 ? 'no peers' : `peers: ${peers.map((p) => `${p.name} ${p.version}`).join(', ')}`
  return { peers, says: missing.length === 0 ? here : `${here}; not installed (test/bench/peers/install.sh does it): ${missing.join(', ')}` }
}
