/**
 * Nobody waits for a process that is gone: one that throws, exits or ends before the others ends the whole job, and says who
 * it was and why. (Left alone, an uncaught exception under MPI hangs all processes for ever.)
 */
import { writeSync } from 'node:fs'

export const codes = { failed: 70, late: 71 } as const
const MILLISECONDS_TO_BE_READ = 150
export interface Guard {
  /** Says a sentence and ends all processes. */
  readonly stop: (code: number, sentence: string) => never
  readonly release: () => void
}
const textOf = (e: unknown): string => (e instanceof Error ? (e.stack ?? `${e.name}: ${e.message}`) : String(e))

/** `abort` ends all processes; `end` leaves them in good order. */
export const guard = (who: string, abort: (code: number) => void, end: () => Promise<void>): Guard => {
  let over = false
  const stop = (code: number, sentence: string): never => {
    over = true
    try {
      writeSync(2, `[cotangent ${who}] aborting the job: ${sentence}\n`)
    } catch {
      // whoever read this is gone; what counts is that the others end
    }
    // the launcher may drop what it has not passed on yet
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MILLISECONDS_TO_BE_READ)
    abort(code)
    return process.exit(code)
  }
  const thrown = (e: unknown): void => void (over || stop(codes.failed, textOf(e)))
  const drained = (): void => {
    if (!over) void end().catch(thrown)
  }
  const exits = (code: number): void => {
    if (!over) stop(codes.failed, `process.exit(${code}) before the end of the job: let the program end by itself, or await world.end() first`)
  }
  const hooks = [['uncaughtException', thrown], ['unhandledRejection', thrown], ['beforeExit', drained], ['exit', exits]] as const
  for (const [name, f] of hooks) process.on(name as 'exit', f as never)
  const release = (): void => {
    over = true
    for (const [name, f] of hooks) process.removeListener(name, f as never)
  }
  return { stop, release }
}
