/**
 * The engine between processes: a small library around MPI, built with the compiler of the family that is installed (each
 * has a binary interface of its own), at first use, in two seconds, and kept in the user's cache folder.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../type/fault.js'
import { packageRoot } from '../addon.js'
import { families, saidBy } from './family.js'
import type { Env, Family } from './family.js'

/** A compiler, and what its command line is, which names its family and version. */
interface Compiler { readonly path: string; readonly shows: string }
const tried = (path: string, family: Family): Compiler | null => {
  const shows = saidBy(path, '-show', family)
  return shows === null ? null : { path, shows }
}
const compilerOf = (family: Family, env: Env): Compiler | null => {
  const asked = env['COTANGENT_MPICC']
  if (asked !== undefined && asked !== '') return { path: asked, shows: asked }
  return tried(`mpicc.${family}`, family) ?? tried('mpicc', family)
}
/** Families whose compiler is here. */
export const installed = (env: Env): readonly Family[] => families.filter((f) => compilerOf(f, env) !== null)

const folder = (env: Env): string => join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cotangent', 'comm')
const sourceFolder = (): string => join(packageRoot(), 'native', 'comm')
const packages: Readonly<Record<Family, string>> = { openmpi: 'openmpi-bin libopenmpi-dev', mpich: 'mpich libmpich-dev' }

/**
 * The engine of a family, built if it is not there yet. Processes that build it at the same time do not see each other's.
 * @throws DeviceUnavailable when the family is not installed, or its compiler fails.
 */
export const engineOf = (family: Family, env: Env): string => {
  const compiler = compilerOf(family, env)
  if (compiler === null) throw new Fault('DeviceUnavailable', `the compiler of ${family} (mpicc) is not here: on Debian, apt-get install ${packages[family]} gives it; elsewhere set COTANGENT_MPICC`)
  const source = join(sourceFolder(), 'mpi.c')
  const hash = createHash('sha256').update(compiler.shows)
  for (const name of ['mpi.c', 'ct_comm.h']) hash.update(readFileSync(join(sourceFolder(), name)))
  const path = join(folder(env), `${family}-${hash.digest('hex').slice(0, 16)}.so`)
  if (existsSync(path)) return path
  mkdirSync(folder(env), { recursive: true })
  const fresh = `${path}.${process.pid}`
  const r = spawnSync(compiler.path, ['-O2', '-fPIC', '-shared', source, '-o', fresh], { encoding: 'utf8', timeout: 120_000 })
  if (r.status !== 0) throw new Fault('DeviceUnavailable', `${compiler.path} could not build the engine of ${family}: ${(r.stderr || String(r.error ?? '')).trim().split('\n')[0] ?? ''}`)
  renameSync(fresh, path)
  return path
}
/** The engine for how this process was started. */
export const engineFor = (family: Family | null, env: Env): string => {
  const asked = env['COTANGENT_COMM']
  if (asked !== undefined && asked !== '') return asked
  return engineOf(family ?? installed(env)[0] ?? 'openmpi', env)
}
