/** What processes cost, under each MPI family that is here: a sum of 100 MB beside a copy, one of 1 KB, a training step, and how
 *  much of what goes between them in it nobody waits for. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../root.js'
import { installed } from '../../../lib/run/group/engine.js'
import { mpirunOf } from '../../../lib/run/group/launch.js'
import type { Family } from '../../../lib/run/group/family.js'
import type { Case, Ready } from '../row.js'

const cli = join(root, 'dist/lib/run/cli.js'), program = join(root, 'dist/test/bench/group/program.js')
const measured = (mode: string, family: Family | null): number => {
  const group = family === null ? [] : [cli, 'run', '-n', '2', '--mpi', family]
  const { stdout, stderr } = spawnSync(process.execPath, [...group, program, mode], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, COTANGENT_THREADS: '1' } })
  const found = /median ([\d.e-]+)/.exec(stdout)?.[1]
  if (found === undefined) throw new Error(stderr)
  return Number(found)
}
const here = (family: Family): string | null => (installed(process.env).includes(family) && mpirunOf(family) !== null ? null : `${family} is not installed`)
const row = (name: string, unit: Case['unit'], bound: Case['bound'], family: Family, measure: () => number): Case => ({
  name: `${name}_${family}`, unit, bound, rounds: 3, prepare: (): Ready | string => here(family) ?? { measure },
})
const rows = (family: Family): readonly Case[] => [
  row('allreduce_100mb_over_copy', 'x', { of: 'value', most: 2.5 }, family, () => measured('large', family)),
  row('allreduce_1kb', 'µs', { of: 'value', most: 20 }, family, () => measured('small', family)),
  row('train_1_rank_over_2', 'x', { of: 'least', most: 1.8 }, family, () => measured('train', null) / measured('train', family)),
  row('communication_hidden', 'x', { of: 'least', most: 0.7 }, family, () => measured('hidden', family)),
]
export const cases: readonly Case[] = [...rows('openmpi'), ...rows('mpich')]
