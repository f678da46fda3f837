/**
 * What plans read and do not compute (plan/constant.ts): made by a run of their own when a plan needs it, kept for the next run
 * as long as the numbers that it was made of are the same, and given up with its plan, or when anyone is short of memory.
 */
import { isFault } from '../type/fault.js'
import type { Executable, Input, Value } from './backend.js'

/** The constants of a plan. */
export interface Constants {
  readonly by: Executable
  readonly bytes: number
  /** Which inputs of the plan they are made of, and what those were. */
  readonly numbers: readonly number[]
  of: readonly Input[]
  values: readonly Value[] | null
}
const MOST_BYTES = 256 * 2 ** 20

export class KeptConstants {
  /** Those that are there, made longest ago first. */
  private readonly made = new Set<Constants>()
  private readonly make: (e: Executable, numbers: readonly Input[]) => readonly Value[]
  private readonly drop: (x: Value) => void
  private bytes = 0
  constructor(make: KeptConstants['make'], drop: KeptConstants['drop']) {
    this.make = make
    this.drop = drop
  }
  of(c: Constants, inputs: readonly Input[]): readonly Value[] {
    if (c.values !== null && c.numbers.every((at, i) => Object.is(inputs[at], c.of[i]))) return c.values
    this.forget(c)
    c.of = c.numbers.map((at) => inputs[at] as Input)
    const values = this.make(c.by, c.of)
    c.values = values
    this.made.add(c)
    this.bytes += c.bytes
    for (const other of this.made) if (this.bytes > MOST_BYTES && other !== c) this.forget(other)
    return values
  }
  forget(c: Constants): void {
    if (!this.made.delete(c)) return
    this.bytes -= c.bytes
    c.values?.forEach(this.drop)
    c.values = null
  }
  /** Gives up those of all plans but one; whether there were any. */
  giveUp(but: Constants | null = null): boolean {
    const before = this.made.size
    for (const c of this.made) if (c !== but) this.forget(c)
    return this.made.size < before
  }
  /** What finds no memory is tried again without constants. */
  relieved<A>(f: () => A): A {
    try {
      return f()
    } catch (e) {
      if (!isFault(e) || e._tag !== 'OutOfMemory' || !this.giveUp()) throw e
      return f()
    }
  }
}
