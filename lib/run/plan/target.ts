/** Where the outputs of a plan must be written: what makes one writes it there, and nothing is copied. */
import type { Node } from '../../ir/node.js'
import { pairsOf } from '../../prim/index.js'
import type { Operand } from '../../prim/index.js'

/** What lies at `to` after a permute, before it. */
const unpermuted = (to: Operand, shape: readonly number[], axes: readonly number[]): Operand =>
  ({ shape, view: { ...to.view, strides: shape.map((_, i) => to.view.strides[axes.indexOf(i)] as number) } })

export class Targets {
  private readonly whole = new Map<Node, Operand>()
  /** By the node that makes several, and the index among them. */
  private readonly parts = new Map<Node, Map<number, Operand>>()

  /** The first to claim a node has it. Complex numbers may be made as pairs, in the place where they end. */
  aim(x: Node, to: Operand): void {
    if (this.whole.has(x)) return
    this.whole.set(x, to)
    const [from] = x.args as readonly [Node]
    if (x.op === 'get') this.aimPart(from, x.params['index'] as number, to)
    // A product writes either way (turned.ts).
    if (x.op === 'permute' && from.op === 'dot') this.aim(from, unpermuted(to, from.shape, x.params['axes'] as readonly number[]))
    if (x.op === 'asComplex') this.aim(from, { shape: from.shape, view: pairsOf(to.view) })
  }
  private aimPart(x: Node, index: number, to: Operand): void {
    const parts = this.parts.get(x) ?? new Map<number, Operand>()
    this.parts.set(x, parts.has(index) ? parts : parts.set(index, to))
  }
  of(x: Node): Operand | undefined {
    return this.whole.get(x)
  }
  part(x: Node, index: number): Operand | undefined {
    return this.parts.get(x)?.get(index)
  }
}
