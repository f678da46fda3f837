/**
 * Peers in Python: one child process each (peers.py NAME), asked in lines of JSON, so that their rounds can be interleaved
 * with ours. The interpreter is that of peers.sh; where it is missing there are no peers, and a sentence says so.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from './root.js'

export type PeerName = 'torch' | 'jax' | 'numpy' | 'jaxjs' | 'tfjs'
/** Settings, and arrays as base64 of little-endian f32 or i32. */
export type Payload = Readonly<Record<string, unknown>>
export interface Peer {
  readonly name: PeerName
  readonly version: string
  /** Sets the case up and gives the numbers by which its result is checked. */
  readonly prepare: (name: string, payload: Payload) => Promise<readonly number[]>
  /** Seconds for one unit of work. */
  readonly measure: (name: string) => Promise<number>
  readonly close: () => void
}
interface Answer { readonly version?: string; readonly check?: readonly number[]; readonly seconds?: number; readonly error?: string }

export const encoded = (x: ArrayBufferView): string => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString('base64')

const interpreter = (): string | null => {
  const folder = process.env['COTANGENT_PEERS'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cotangent-peers')
  const python = join(folder, 'bin', 'python')
  return existsSync(join(folder, 'complete')) && existsSync(python) ? python : null
}
const open = async (python: string, name: PeerName): Promise<Peer> => {
  const child = spawn(python, [join(root, 'test/bench/peers.py'), name], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (question: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`${name} ended`)
    const answer = JSON.parse(value) as Answer
    if (answer.error !== undefined) throw new Error(`${name}: ${answer.error}`)
    return answer
  }
  const { version = '' } = await ask({ do: 'version' })
  return {
    name, version,
    prepare: async (of, payload) => (await ask({ ...payload, do: 'prepare', name: of })).check ?? [],
    measure: async (of) => (await ask({ do: 'measure', name: of })).seconds ?? NaN,
    close: () => child.stdin.end(),
  }
}
/** The peers that are installed; else a sentence. */
export const openPeers = async (): Promise<{ readonly peers: readonly Peer[]; readonly says: string }> => {
  const python = interpreter()
  if (python === null) return { peers: [], says: 'no peers: their Python environment is missing (test/bench/peers.sh makes it)' }
  const names = (['torch', 'jax', 'numpy'] as const).filter((n) => {
    try {
      execFileSync(python, ['-c', `import importlib.util as u; assert u.find_spec('${n}')`], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
  const peers = await Promise.all(names.map((n) => open(python, n)))
  return { peers, says: `peers: ${peers.map((p) => `${p.name} ${p.version}`).join(', ')}` }
}
