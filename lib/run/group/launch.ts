/** `cotangent run`: mpirun with what it needs here, and nothing left running when it ends, however that happens. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, constants } from 'node:os'
import { fail } from '../../type/fault.js'
import { families, saidBy } from './family.js'
import type { Env, Family } from './family.js'

interface Asked { readonly processes: number; readonly family: Family | null; readonly program: readonly string[] }
const how = 'cotangent run -n 4 train.js'
/** The command line behind `cotangent run`. */
export const parse = (words: readonly string[]): Asked => {
  let processes = 0, family: Family | null = null, at = 0
  for (; at < words.length && (words[at] as string).startsWith('-'); at += 2) {
    const [name, value = ''] = [words[at], words[at + 1]]
    if (name === '-n' || name === '-np') processes = Number(value)
    else if (name === '--mpi') family = families.find((f) => f === value) ?? fail('InvalidArgument', `run: there is no MPI family '${value}'; say ${families.join(' or ')}`)
    else fail('InvalidArgument', `run: '${name}' is no option of it; say ${how}`)
  }
  if (!Number.isSafeInteger(processes) || processes < 1) fail('InvalidArgument', `run: -n needs a number of processes of at least 1; say ${how}`)
  if (at >= words.length) fail('InvalidArgument', `run: there is no program to run; say ${how}`)
  return { processes, family, program: words.slice(at) }
}
/** The mpirun of a family, or null. */
export const mpirunOf = (family: Family): string | null => [`mpirun.${family}`, 'mpirun'].find((path) => saidBy(path, '--version', family) !== null) ?? null
/** mpirun of a family with its options; Open MPI refuses root, and more processes than cores, unless told otherwise. */
export const commandFor = (family: Family, path: string, processes: number, isRoot: boolean, cores: number): readonly string[] =>
  [path, ...(family === 'openmpi' ? [...(isRoot ? ['--allow-run-as-root'] : []), ...(processes > cores ? ['--oversubscribe'] : [])] : []), '-n', String(processes)]
const found = (asked: Family | null, env: Env): { readonly family: Family; readonly path: string } => {
  const wanted = asked ?? families.find((f) => f === env['COTANGENT_MPI']) ?? null
  for (const family of wanted === null ? families : [wanted]) {
    const path = mpirunOf(family)
    if (path !== null) return { family, path }
  }
  return fail('DeviceUnavailable', `run: mpirun${wanted === null ? '' : ` of ${wanted}`} is not here: Debian has openmpi-bin libopenmpi-dev, and mpich libmpich-dev`)
}

/** Its parent, by process; from /proc, and nothing where there is none. */
const parents = (): ReadonlyMap<number, number> => {
  const all = new Map<number, number>()
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        all.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
      } catch {
        // it ended meanwhile
      }
    }
  } catch {
    // no /proc: what is below is ended by the one above
  }
  return all
}
/** A process and all below it. */
export const treeOf = (pid: number): readonly number[] => {
  const all = parents(), tree = [pid]
  for (const p of tree) for (const [child, parent] of all) if (parent === p && !tree.includes(child)) tree.push(child)
  return tree
}
/** Ends processes; those that are gone already count as ended. */
export const endAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // gone
    }
  }
}
/** The signal behind an exit code: Open MPI and shells say 128 + it, MPICH the number itself. */
const killerOf = (status: number): string | undefined => Object.entries(constants.signals).find(([, n]) => n === status || n + 128 === status)?.[0]
const PATIENCE = 5000
/** Runs a program as several processes; gives its exit code. Signals go to all of it, and after five seconds it is killed. */
export const launch = (words: readonly string[]): Promise<number> => {
  const { processes, family: asked, program } = parse(words)
  const { family, path } = found(asked, process.env)
  const [command, ...args] = [...commandFor(family, path, processes, process.getuid?.() === 0, availableParallelism()), process.execPath, ...program] as [string, ...string[]]
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, COTANGENT_MPI: family } })
  const tree = (): readonly number[] => (child.pid === undefined ? [] : treeOf(child.pid))
  let known: readonly number[] = []
  const look = setInterval(() => void (known = tree()), 1000).unref()
  const pass = (signal: NodeJS.Signals): void => {
    known = tree()
    endAll(known, signal)
    setTimeout(() => endAll(tree(), 'SIGKILL'), PATIENCE).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, pass)
  process.on('exit', () => endAll(tree(), 'SIGKILL'))
  return new Promise((done) => {
    child.on('error', () => done(127))
    child.on('exit', (code, signal) => {
      clearInterval(look)
      // what mpirun has left behind is nobody's child now
      endAll(known.filter((pid) => pid !== child.pid && treeOwner(pid)), 'SIGKILL')
      const status = code ?? 128 + constants.signals[signal as NodeJS.Signals], killer = killerOf(status)
      if (killer !== undefined) process.stderr.write(`[cotangent run] the job ended with ${status}: a process was killed by ${killer}\n`)
      done(status)
    })
  })
}
/** Whether a process that was seen below is still the one that ran our program. */
const treeOwner = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(process.execPath)
  } catch {
    return false
  }
}
