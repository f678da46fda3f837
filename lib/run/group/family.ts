/** How this process was started, as far as its environment tells, and the MPI family that goes with it. */
import { spawnSync } from 'node:child_process'
import { fail } from '../../type/fault.js'

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
}
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

/** The launcher; null for a process on its own. */
export const launched = (env: Env): Launched | null => {
  const family = askedFamily(env)
  if (env['OMPI_COMM_WORLD_SIZE'] !== undefined) return { by: 'mpirun', size: count(env['OMPI_COMM_WORLD_SIZE']), family: family ?? 'openmpi' }
  if (env['PMI_RANK'] !== undefined) return { by: 'mpirun', size: count(env['PMI_SIZE']), family: family ?? 'mpich' }
  const steps = count(env['SLURM_STEP_NUM_TASKS'] ?? env['SLURM_NTASKS'])
  if (env['PMIX_RANK'] !== undefined) return { by: 'srun', size: steps, family }
  if (env['SLURM_PROCID'] !== undefined && steps > 1) return without('srun', steps, 'start with srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH)')
  const use = 'start with mpirun -n N node train.js, srun, or npx cotangent run -n N train.js'
  if (env['RANK'] !== undefined && count(env['WORLD_SIZE']) > 1) return without('torchrun (RANK, WORLD_SIZE)', count(env['WORLD_SIZE']), use)
  if (count(env['COTANGENT_NUM_PROCESSES']) > 1) return without('COTANGENT_NUM_PROCESSES', count(env['COTANGENT_NUM_PROCESSES']), use)
  return null
}
