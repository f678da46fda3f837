/** Loops before all steps: of few numbers that only inputs decide, so that who reads them waits for nothing. */
import { numel } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { joinable } from './row.js'
import type { Loop, Value } from './value.js'

const FEW = 4096
/** Between what is there from the start, -1, and the first step, 0. */
const APART = 2 ** -40

export class First {
  readonly loops: Loop[] = []
  private readonly ofShape = new Map<string, Loop>()
  /** When all of them are over. */
  get at(): number {
    return this.loops.at(-1)?.at ?? -1
  }
  private open(shape: readonly number[]): Loop {
    const loop: Loop = { at: -1 + (this.loops.length + 1) * APART, shape, axes: null, members: [], sinks: [] }
    this.loops.push(loop)
    this.ofShape.set(String(shape), loop)
    return loop
  }
  /** The one that x joins, if all that it reads is there before the first step. */
  loopFor(x: Node, reads: readonly Value[], readyAt: (v: Value) => number): Loop | undefined {
    if (numel(x.shape) > FEW || reads.some((v) => readyAt(v) >= 0)) return undefined
    return joinable(x, reads, this.ofShape.get(String(x.shape)), readyAt) ?? this.open(x.shape)
  }
}
