/** Runs a program as several processes under one MPI family; nothing of it is left after its time, whatever happens. */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installed } from '../../../lib/run/group/engine.js'
import { families } from '../../../lib/run/group/family.js'
import type { Family } from '../../../lib/run/group/family.js'
import { endAll, mpirunOf, treeOf } from '../../../lib/run/group/launch.js'

export const root = fileURLToPath(new URL('../../../', import.meta.url))
const here = installed(process.env)
/** Each family, and why it is not tested here, or null. */
export const engines: readonly (readonly [Family, string | null])[] = families.map((f) => [f, !here.includes(f) ? `the compiler of ${f} is missing` : mpirunOf(f) === null ? `mpirun of ${f} is missing` : null])

export interface Ended { readonly code: number | null; readonly said: string; readonly began: number; readonly ended: number; readonly killed: boolean }
/** `says` sees what was said so far, until it holds. */
export interface Settings { readonly processes?: number; readonly env?: Readonly<Record<string, string>>; readonly seconds?: number; readonly says?: (text: string) => boolean }
export const job = (family: Family, program: readonly string[], { processes = 2, env = {}, seconds = 40, says }: Settings = {}): Promise<Ended> =>
  new Promise((done) => {
    const began = Date.now()
    const child = spawn(process.execPath, ['dist/lib/run/cli.js', 'run', '-n', String(processes), '--mpi', family, ...program], {
      cwd: root, detached: true, env: { ...process.env, COTANGENT_COLLECTIVE_TIMEOUT: '20', FORCE_COLOR: '0', ...env },
    })
    let said = '', killed = false, heard = false
    for (const pipe of [child.stdout, child.stderr])
      pipe.setEncoding('utf8').on('data', (text: string) => {
        said += text
        heard = heard || says?.(said) === true
      })
    const hard = setTimeout(() => {
      killed = true
      endAll(treeOf(child.pid as number), 'SIGKILL')
    }, seconds * 1000)
    child.once('close', (code) => {
      clearTimeout(hard)
      done({ code, said, began, ended: Date.now(), killed })
    })
  })

// ---- two hosts ---------------------------------------------------------------------------------------------------
const hosts = `${root}test/run/world/hosts.sh`
const steps = `${root}test/run/world/steps.mjs`
/** Why there are no network namespaces here, or null. */
export const hostsMissing: string | null = process.getuid?.() !== 0 ? 'only root makes network namespaces'
  : spawnSync('ip', ['netns', 'add', 'cotangent0']).status !== 0 ? 'ip netns is missing or forbidden'
  : spawnSync('ip', ['netns', 'del', 'cotangent0']).status === 0 ? null : 'ip netns del fails'
/** Processes of ours that run the steps; mpirun, which waits for a host that is gone, is not among them. */
const going = (): number => spawnSync('pgrep', ['-fc', `^${process.execPath} ${steps}`], { encoding: 'utf8' }).stdout.trim() === '0' ? 0 : 1
const until = async (seconds: number, holds: () => boolean): Promise<number> => {
  const began = Date.now()
  while (!holds() && Date.now() - began < seconds * 1000) await new Promise((done) => setTimeout(done, 50))
  return (Date.now() - began) / 1000
}
/** Steps on two hosts, until the cable is cut: what was said, and how long processes went on. */
export const twoHosts = async (family: Family, deadline: number): Promise<{ readonly said: string; readonly seconds: number; readonly left: number }> => {
  spawnSync(hosts, ['up'])
  const child = spawn('timeout', ['-s', 'KILL', '60', hosts, 'run', family, process.execPath, steps], { cwd: root, detached: true, env: { ...process.env, FORCE_COLOR: '0', COTANGENT_COLLECTIVE_TIMEOUT: String(deadline) } })
  let said = ''
  for (const pipe of [child.stdout, child.stderr]) pipe.setEncoding('utf8').on('data', (text: string) => void (said += text))
  try {
    await until(30, () => said.split('goes on').length === 3)
    spawnSync(hosts, ['cut'])
    const seconds = await until(deadline + 10, () => going() === 0)
    return { said, seconds, left: going() }
  } finally {
    endAll(treeOf(child.pid as number), 'SIGKILL')
    spawnSync(hosts, ['down'])
  }
}
