/** How this process was started, as far as its environment tells, and the MPI family that goes with it. */
import { spawnSync } from 'node:child_process'
import { fail } from '../../type/fault.js'
import type { Meeting } from './meeting.js'

export type Env = Readonly<Record<string, string | undefined>>
export const families = ['openmpi', 'mpich'] as const
export type Family = (typeof families)[number]
const marks: Readonly<Record<Family, RegExp>> = { openmpi: /open[- ]?mpi/i, mpich: /hydra|mpich/i }
/** What a program of an MPI says of itself, when it is there and of that family. */
export const saidBy = (path: string, word: '-show' | '--version', family: Family): string | null => {
  const r = spawnSync(path, [word], { encoding: 'utf8', timeout: 20_000 })
  return r.status === 0 && marks[family].test(r.stdout) ? r.stdout : null
}
export interface Launched {
  readonly by: string
  readonly size: number
  /** null: whichever is installed. */
  readonly family: Family | null
  /** Where processes find each other that no launcher of an MPI started. */
  readonly meeting?: Meeting
}
/** What `initialize` was told, beside the environment. */
export interface Told { readonly address?: string | undefined; readonly size?: number | undefined; readonly rank?: number | undefined }
const count = (text: string | undefined): number => Number(text ?? '1')
/** What COTANGENT_MPI asks for. */
export const askedFamily = (env: Env): Family | null => {
  const asked = env['COTANGENT_MPI']
  if (asked === undefined || asked === '') return null
  return families.find((f) => f === asked) ?? fail('InvalidArgument', `COTANGENT_MPI is '${asked}': set it to ${families.join(' or ')}`)
}
/** A launcher that says who is who, but not how they may talk. */
const without = (by: string, size: number, advice: string): never =>
  fail('DeviceUnavailable', `initialize: ${by} started ${size} processes, but processes on CPUs talk over MPI, which it did not set up: ${advice}`)
const whole = (x: number | undefined, least: number, below: number): boolean => x !== undefined && Number.isInteger(x) && x >= least && x < below
/** Processes that meet at an address: the first one answers there, and MPICH carries what they say. */
const meeting = (by: string, { address, size, rank }: Told, family: Family | null): Launched => {
  const [, host, port] = /^([^:]+):(\d+)$/.exec(address ?? '') ?? []
  if (host === undefined || !whole(Number(port), 1, 65_536)) return fail('InvalidArgument', `initialize: ${by} gives the address '${address ?? ''}': say where rank 0 runs, as host:port`)
  if (!whole(size, 1, 1 << 20) || !whole(rank, 0, size as number)) return fail('InvalidArgument', `initialize: ${by} gives rank ${rank} of ${size} processes: a rank goes from 0 to the number of processes less one`)
  if (family === 'openmpi') return without(by, size as number, 'of Open MPI only mpirun and srun can do that; unset COTANGENT_MPI, and MPICH lets them meet at the address')
  return { by, size: size as number, family: 'mpich', meeting: { host, port: Number(port), rank: rank as number } }
}
const number = (text: string | undefined): number | undefined => (text === undefined || text === '' ? undefined : Number(text))
const given = ({ address, size, rank }: Told): boolean => address !== undefined || size !== undefined || rank !== undefined
/** torchrun's own agent may hold the port that it names. */
const portOf = (env: Env): number => count(env['MASTER_PORT'] ?? '29500') + (env['TORCHELASTIC_USE_AGENT_STORE'] === 'True' ? 1 : 0)

/** The launcher; null for a process on its own. */
export const launched = (env: Env, told: Told = {}): Launched | null => {
  const family = askedFamily(env)
  if (given(told)) return meeting('the caller', told, family)
  if (env['OMPI_COMM_WORLD_SIZE'] !== undefined) return { by: 'mpirun', size: count(env['OMPI_COMM_WORLD_SIZE']), family: family ?? 'openmpi' }
  if (env['PMI_RANK'] !== undefined) return { by: 'mpirun', size: count(env['PMI_SIZE']), family: family ?? 'mpich' }
  const steps = count(env['SLURM_STEP_NUM_TASKS'] ?? env['SLURM_NTASKS'])
  if (env['PMIX_RANK'] !== undefined) return { by: 'srun', size: steps, family }
  const own = { address: env['COTANGENT_ADDRESS'] || undefined, size: number(env['COTANGENT_NUM_PROCESSES']), rank: number(env['COTANGENT_PROCESS_ID']) }
  if (given(own)) return meeting('COTANGENT_ADDRESS, COTANGENT_NUM_PROCESSES, COTANGENT_PROCESS_ID', own, family)
  if (env['SLURM_PROCID'] !== undefined && steps > 1) return without('srun', steps, 'start with srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH)')
  if (env['RANK'] !== undefined && count(env['WORLD_SIZE']) > 1)
    return meeting('torchrun (MASTER_ADDR, MASTER_PORT, WORLD_SIZE, RANK)', { address: `${env['MASTER_ADDR'] ?? ''}:${portOf(env)}`, size: number(env['WORLD_SIZE']), rank: number(env['RANK']) }, family)
  return null
}
