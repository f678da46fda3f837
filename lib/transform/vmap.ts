/**
 * vmap: a function over single examples becomes one over a batch. Inside, the batch axis is always in front; `inAxes` and
 * `outAxes` only move it at the border, which costs nothing.
 */
import { reach } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import { placeOf } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { b, moveAxis, stretch } from '../prim/index.js'
import { atHome } from '../type/collective.js'
import type { Axis as NamedAxis } from '../type/collective.js'
import { fail } from '../type/fault.js'
import { unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'
import type { Vmap } from '../type/transform.js'
import { Batching, batchOver } from './batch.js'
import { transforms } from './body.js'
import { flattenNodes, trace } from './trace.js'

type Axis = number | null
export interface MapSettings { readonly inAxes?: unknown; readonly outAxes?: unknown; readonly size?: number; readonly axis?: NamedAxis }
type Settings = MapSettings

/** One axis (or null) for each leaf, from one for all or a tree that is a prefix of the argument's. */
export const axesFor = (spec: unknown, def: TreeDef, where: string): Axis[] => {
  if (spec === null || typeof spec === 'number') return new Array<Axis>(leaves(def)).fill(spec)
  if (def.kind === 'leaf') return fail('InvalidArgument', `${where}: a tensor takes one axis or null`)
  const record = spec as Readonly<Record<string, unknown>>
  return def.items.flatMap((item, i) => {
    const key = def.kind === 'record' ? (def.keys[i] as string) : String(i)
    if (!(key in record)) return fail('InvalidArgument', `${where}: there is no axis for ${key}`)
    return axesFor(record[key], item, `${where}.${key}`)
  })
}
const leaves = (def: TreeDef): number => (def.kind === 'leaf' ? 1 : def.items.reduce((n, d) => n + leaves(d), 0))
const resolve = (axis: Axis, x: Node, where: string): Axis => {
  if (axis === null) return null
  const at = axis < 0 ? axis + x.shape.length : axis
  return at >= 0 && at < x.shape.length ? at : fail('IndexOutOfRange', `${where}: axis ${axis} is out of range for [${x.shape}]`)
}
const sizeOf = (where: string, nodes: readonly Node[], axes: readonly Axis[], s: Settings): number => {
  let size = s.axis === undefined ? s.size : atHome(s.axis)
  nodes.forEach((x, i) => {
    const axis = axes[i]
    if (axis == null) return
    const n = x.shape[axis] as number
    if (size !== undefined && size !== n) fail('ShapeMismatch', s.axis === undefined ? `${where}: mapped axes have sizes ${size} and ${n}; they must agree` : `${where}: axis ${axis} of [${x.shape}] is mapped over ${s.axis.name}, which has ${size} devices${s.axis.spans === undefined ? '' : ' in this process'}; they must agree`)
    size = n
  })
  return size ?? fail('InvalidArgument', `${where}: no argument is mapped; give an axis in inAxes, or { size }`)
}
const without = (shape: readonly number[], axis: Axis): readonly number[] => (axis === null ? shape : shape.filter((_, i) => i !== axis))

/** A device's place along an axis, for all of them. */
export const places = (size: number): Node => b.iota([], { shape: [size], axis: 0, dtype: 'i32' })
/** The outputs of a closed graph for operands of which some carry a batch in front; every output comes back batched. */
export const vmapNodes = (g: Graph, operands: readonly Node[], batched: readonly boolean[], size: number, axis?: NamedAxis): readonly Node[] => {
  const env = new Batching()
  if (axis !== undefined) env.set(placeOf(axis), { nodes: [places(size)], batched: [true] })
  g.inputs.forEach((v, i) => env.set(v, { nodes: [operands[i] as Node], batched: [batched[i] === true] }))
  batchOver(g.nodes, env, size, transforms)
  return g.outputs.map((o) => (env.batched(o) ? env.node(o) : stretch(env.node(o), [size, ...o.shape])))
}

type Fn = (...args: never[]) => unknown
/** A call's operands with the mapped axis in front, and what the function inside sees. */
interface Mapping {
  readonly front: readonly Node[]
  readonly mapped: readonly boolean[]
  readonly size: number
  readonly inner: Parameters<typeof trace>[1]
}
export const mapping = (where: string, s: Settings, args: readonly unknown[]): Mapping => {
  const flat = args.map((a, i) => flattenNodes(a, `${where}: argument ${i}`))
  const spec = s.inAxes === undefined ? 0 : s.inAxes
  const perArg = Array.isArray(spec) ? spec : args.map(() => spec)
  const axes = flat.map((a, i) => axesFor(perArg[i], a.def, `${where}: inAxes[${i}]`).map((axis, j) => resolve(axis, a.nodes[j] as Node, `${where}: argument ${i}`)))
  const nodes = flat.flatMap((a) => a.nodes)
  const at = axes.flat()
  return {
    size: sizeOf(where, nodes, at, s), mapped: at.map((a) => a != null),
    front: nodes.map((x, i) => (at[i] == null ? x : moveAxis(x, at[i], 0))),
    inner: flat.map((a, i) => ({ def: a.def, avals: a.nodes.map((x, j) => ({ shape: without(x.shape, (axes[i] as Axis[])[j] as Axis), dtype: x.dtype, device: x.device })) })),
  }
}
const run = (f: Fn, s: Settings, args: readonly unknown[]): unknown => {
  if (s.axis?.spans !== undefined) return fail('InvalidArgument', `vmap: axis '${s.axis.name}' spans ${s.axis.spans.processes} processes, and a batch is at home: map over it with pmap`)
  const m = mapping('vmap', s, args)
  const t = trace(f, m.inner, 'vmap')
  const body = reach(t.outputs, (x) => x.id < t.start).filter((x) => x.args.length > 0 || !t.variables.includes(x))
  const outs = vmapNodes({ inputs: t.variables, outputs: t.outputs, nodes: body }, m.front, m.mapped, m.size, s.axis)
  const outAxes = axesFor(s.outAxes === undefined ? 0 : s.outAxes, t.def, 'vmap: outAxes')
  return unflatten(t.def, outs.map((o, i) => placed(o, outAxes[i] as Axis)))
}
const placed = (x: Node, axis: Axis): Node =>
  axis === null ? fail('InvalidArgument', 'vmap: outAxes must be numbers; every result carries the batch') : moved(x, axis)
export const moved = (x: Node, axis: number): Node => moveAxis(x, 0, axis < 0 ? axis + x.shape.length : axis)
/**
 * Maps f over an axis of its arguments. `inAxes`: one axis for all, or a list (null: not mapped), or trees; `outAxes`: where
 * the batch goes (default 0 for both); `size` when nothing is mapped; `axis` names the batch for the collectives inside f.
 * @shape (f: (...[...s]) => [...t]) => (...[n, ...s]) => [n, ...t]
 * @throws ShapeMismatch when mapped axes differ, IndexOutOfRange for an axis that is not there.
 * @example deepClose(await read(vmap((x: Tensor<[2], 'f32'>) => sum(x))(tensor([[1, 2], [3, 4]]))), [3, 7])
 */
export const vmap: Vmap = ((first: Fn | number, second?: Fn | Settings, third?: Settings) => {
  const [f, settings] = typeof first === 'function' ? [first, (second ?? {}) as Settings] : [second as Fn, { ...(third ?? {}), size: first }]
  return (...args: unknown[]) => run(f, settings, args)
}) as never
