#!/usr/bin/env node
/** The command `cotangent`: one word so far. */
import { doctor } from './doctor.js'

const usage = 'usage: cotangent doctor    says what cotangent finds on this machine and what to do about what is missing\n'

const answer = (words: readonly string[]): number => {
  const [word] = words
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
process.exitCode = answer(process.argv.slice(2))
