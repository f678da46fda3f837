/**
 * First step of planning: one flat list of nodes. Ops on complex numbers are opened into real ops on their parts, and ops on
 * dtypes that programs only store into ops on those that they compute in (narrow.ts). Pairs are left only where memory holds them, at inputs, outputs and the borders of bodies. Bodies of `call` are copied onto their operands, ops that are lowered by
 * definition are replaced by it, and (in tier 1) equal nodes are merged and multiplications by a rule-made one disappear.
 * Scan, cond and remat keep their bodies, which are expanded on their own: what remat computes again is merged with nothing. What no output reaches is dropped.
 */
import { graphOf, withArgs } from '../../ir/graph.js'
import type { Graph } from '../../ir/graph.js'
import { Merged } from '../../ir/key.js'
import { numel, sameShape } from '../../ir/node.js'
import type { Node } from '../../ir/node.js'
import { hastened } from './fast.js'
import { opened } from './gang.js'
import { narrowed, narrows } from './narrow.js'
import { expanded } from '../../prim/call.js'
import { asBatch } from '../../prim/pmap.js'
import type { Pmap } from '../../prim/pmap.js'
import type { Broadcast, Slice } from '../../prim/movement.js'
import { b, constant, onParts, opens, primitiveOf } from '../../prim/index.js'
import { isHalf } from '../../type/dtype.js'
import { roundHalf } from '../../type/half.js'
import { transforms } from '../../transform/index.js'

export type Tier = 0 | 1

/** What each output of a node became. */
type Env = Map<Node, readonly Node[]>

const isOne = (x: Node): boolean => {
  let y = x
  while (y.op === 'broadcast' || y.op === 'reshape') y = y.args[0] as Node
  return y.op === 'constant' && y.params['value'] === 1
}
/** A number that was cut to a half, in the dtype that halves are computed in. */
const ofHalf = (x: Node): Node | null => {
  const half = x.args[0] as Node, from = half.args[0]
  if (half.op !== 'cast' || !isHalf(half.dtype) || from?.op !== 'constant' || x.dtype !== 'f32' || from.dtype !== 'f32') return null
  return constant(roundHalf(Math.fround(from.params['value'] as number), half.dtype), x)
}
/** There and back again. */
const unread = (x: Node): Node | null => {
  const y = x.args[0] as Node
  const before = y.op === 'bitcast' ? (y.args[0] as Node) : y
  return before.dtype === x.dtype ? before : null
}
/** Of what was repeated, a part of the repetitions is fewer of them. */
const repeatedLess = (x: Node): Node | null => {
  const y = x.args[0] as Node
  if (y.op !== 'broadcast') return null
  const [from] = y.args as readonly [Node], { axes } = y.params as Broadcast
  const { start, limit, step } = x.params as Slice
  const whole = (t: number): boolean => start[t] === 0 && limit[t] === y.shape[t] && step[t] === 1
  return axes.every((t, i) => from.shape[i] === 1 || whole(t)) ? b.broadcast([from], { shape: x.shape, axes }) : null
}
/** What only has other axes of size 1 than its operand. */
const regrouped = (x: Node): boolean =>
  x.op === 'reshape' || (x.op === 'broadcast' && numel(x.shape) === numel((x.args[0] as Node).shape) && (x.params as Broadcast).axes.every((t, i, all) => i === 0 || t > (all[i - 1] as number)))
const reshapedOnce = (x: Node): Node | null => {
  let y = x.args[0] as Node
  while (regrouped(y)) y = y.args[0] as Node
  if (sameShape(x.shape, y.shape)) return y
  return y === x.args[0] ? null : b.reshape([y], { shape: x.shape })
}
/** x·1 = x, bit for bit; views of views are one. */
const simplified = (x: Node): Node | null => {
  if (x.op === 'slice') return repeatedLess(x)
  if (x.op === 'reshape') return reshapedOnce(x)
  if (x.op === 'mul') return isOne(x.args[1] as Node) ? (x.args[0] as Node) : isOne(x.args[0] as Node) ? (x.args[1] as Node) : null
  if (x.op === 'bitcast') return unread(x)
  if (x.op === 'cast') return (x.args[0] as Node).dtype === x.dtype ? (x.args[0] as Node) : ofHalf(x)
  return null
}

/** Are complex numbers seen as pairs in memory, or is that opened too, and what a remat gives with it? */
type Pairs = 'seen' | 'opened'
const seesPairs = (x: Node): boolean => x.op === 'asReals' || x.op === 'asComplex'
const isPart = (x: Node): boolean => x.op === 'real' || x.op === 'imag'
/** Ops whose bodies stay bodies. */
export const holdsBodies = (x: Node): boolean => x.op === 'scan' || x.op === 'cond' || x.op === 'call' || x.op === 'while' || x.op === 'pmap'

class Expander {
  private readonly seen = new Merged<readonly Node[]>()
  private readonly tier: Tier
  private readonly pairs: Pairs
  /** This is what one device of a gang computes: there is no gang in it. */
  private readonly ofDevice: boolean
  /** In the body of a call that asked for it. */
  private fast: boolean
  constructor(tier: Tier, pairs: Pairs, ofDevice: boolean, fast: boolean) {
    this.tier = tier
    this.pairs = pairs
    this.ofDevice = ofDevice
    this.fast = fast
  }

  /** The same node if an equal one exists already. */
  private merged(x: Node): readonly Node[] {
    const fresh = x.outs === null ? [x] : x.outs.map((_, index) => b.get([x], { index }))
    if (this.tier === 0 || x.op === 'peek' || x.args.length === 0 && x.op !== 'constant' && x.op !== 'iota') return fresh
    return this.seen.get(x, fresh) ?? fresh
  }
  private node(x: Node, env: Env): readonly Node[] {
    const args = x.args.map((a) => (env.get(a) as readonly Node[])[0] as Node)
    const { lower } = primitiveOf(x.op)
    if (x.op === 'call' && (x.params['kind'] !== 'remat' || this.pairs === 'opened')) return this.called(x, args)
    if (x.op === 'pmap' && x.params['apart'] !== true) return this.body(this.devices(x.params as never), args)
    if (x.op === 'pushforward') return this.body(graphOf(args, expanded(x.params as never, args, transforms)), args)
    if (lower.kind === 'definition') {
      const made = lower.define(b, { args, params: x.params as never })
      return this.body(graphOf(args, [made].flat()), args)
    }
    const short = this.fast ? hastened(x.op, args) : null
    if (short !== null) return this.rewritten(args, short)
    if (isPart(x) && args[0]?.op === 'complex') return [args[0].args[x.op === 'real' ? 0 : 1] as Node]
    if (opens(x) && (this.pairs === 'opened' || !seesPairs(x)))
      return this.rewritten([...args, ...args.flatMap((a) => (a.op === 'complex' ? a.args : []))], onParts(x.op, args, x.params))
    if (!holdsBodies(x) && narrows(x)) return this.rewritten([...args, ...args.flatMap((a) => a.args)], narrowed(x, args))
    const y = this.withBodies(args.some((a, i) => a !== x.args[i]) ? withArgs(x, args) : x)
    const less = this.tier === 0 ? null : simplified(y)
    return this.merged(less ?? y)
  }
  /** What a node became, between nodes that are known. */
  private rewritten(known: readonly Node[], y: Node): readonly Node[] {
    return this.body(graphOf(known, [y]), known)
  }
  private called(x: Node, args: readonly Node[]): readonly Node[] {
    const outer = this.fast
    this.fast ||= x.params['math'] === 'fast'
    const results = this.body(x.params['body'] as unknown as Graph, args)
    this.fast = outer
    return results
  }
  private devices(p: Pmap): Graph {
    return this.ofDevice || this.pairs === 'opened' ? asBatch(p, transforms) : opened(p, (body) => expand(body, this.tier, this.pairs, true, this.fast))
  }
  private withBodies(x: Node): Node {
    if (!holdsBodies(x) || x.op === 'pmap') return x
    const params = Object.fromEntries(Object.entries(x.params).map(([k, p]) => [k, typeof p === 'object' && p !== null && 'nodes' in p ? expand(p as unknown as Graph, this.tier, this.pairs, this.ofDevice, this.fast) : p]))
    const y = withArgs(x, x.args)
    y.params = params as never
    return y
  }
  /** The outputs of a body copied onto operands. */
  body(g: Graph, operands: readonly Node[]): readonly Node[] {
    const env: Env = new Map()
    g.inputs.forEach((v, i) => env.set(v, [operands[i] as Node]))
    for (const x of g.nodes) {
      if (env.has(x)) continue
      const below = x.op === 'get' ? env.get(x.args[0] as Node) : undefined
      env.set(x, below === undefined ? this.node(x, env) : [below[x.params['index'] as number] as Node])
    }
    return g.outputs.map((o) => (env.get(o) as readonly Node[])[0] as Node)
  }
}

/** A closed graph with the same inputs and nothing left to open. */
export const expand = (g: Graph, tier: Tier, pairs: Pairs = 'seen', ofDevice = false, fast = false): Graph => {
  const outs = new Expander(tier, pairs, ofDevice, fast).body(g, g.inputs)
  return graphOf(g.inputs, outs)
}
