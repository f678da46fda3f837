#!/usr/bin/env node
/** The command `cotangent`. */
import { isFault } from '../type/fault.js'
import { doctor } from './doctor.js'
import { engineOf, installed } from './group/engine.js'
import { families } from './group/family.js'
import { launch } from './group/launch.js'

const usage = `usage: cotangent doctor                               says what cotangent finds on this machine and what to do about what is missing
       cotangent run -n N [--mpi FAMILY] train.js …   runs a program as N processes under mpirun, and ends all of them when it ends
       cotangent build-comm [FAMILY]                  builds what processes talk over (${families.join(' or ')}) ahead of its first use
`
const buildComm = (asked: string | undefined): number => {
  const chosen = asked === undefined ? installed(process.env) : families.filter((f) => f === asked)
  if (chosen.length === 0) process.stderr.write(`cotangent: ${asked === undefined ? 'no MPI is installed here: Debian has openmpi-bin libopenmpi-dev, and mpich libmpich-dev' : `there is no family "${asked}"; say ${families.join(' or ')}`}\n`)
  for (const f of chosen) process.stdout.write(`${f}: ${engineOf(f, process.env)}\n`)
  return chosen.length === 0 ? 1 : 0
}
const answer = async (words: readonly string[]): Promise<number> => {
  const [word] = words
  if (word === 'run') return launch(words.slice(1))
  if (word === 'build-comm' && words.length <= 2) return buildComm(words[1])
  if (word === 'doctor' && words.length === 1) {
    const { text, broken } = doctor()
    process.stdout.write(text)
    return broken ? 1 : 0
  }
  if (word === undefined || word === '--help' || word === '-h') {
    process.stdout.write(usage)
    return 0
  }
  process.stderr.write(`cotangent: there is no command "${words.join(' ')}"\n${usage}`)
  return 2
}
try {
  process.exitCode = await answer(process.argv.slice(2))
} catch (e) {
  process.stderr.write(`cotangent: ${isFault(e) ? e.message : String(e)}\n`)
  process.exitCode = 2
}
