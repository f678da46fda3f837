/**
 * Meshes: the devices of a named axis as one device. A sharded tensor has its mesh for a device, so it goes with others on that
 * mesh and with nothing else. On the CPU the devices are virtual: they share the machine's memory and its one runtime.
 */
import type { Axis } from '../type/collective.js'
import type { Device, Mesh } from '../type/device.js'
import { Fault } from '../type/fault.js'
import { leaf, LEAF, Node, typeName } from '../ir/node.js'
import type { DimOk, Must, Shape, Show, ShowDim } from '../type/shape.js'
import type { On, Tensor } from '../type/tensor.js'
import { flatten, unflatten } from '../type/tree.js'
import { cpuRuntime } from './device.js'

export interface MeshOf<Name extends string, N extends number> {
  readonly axis: Axis<Name, N>
  readonly device: Mesh<Name, N, 'cpu'>
  readonly devices: readonly Device[]
}
/** Why a tree has no row for each of N devices. */
type Unsharded<T, N extends number> =
  T extends Tensor<infer S extends Shape, unknown, unknown>
    ? number extends S['length'] ? never
      : S extends readonly [infer D, ...unknown[]] ? DimOk<D, N> extends true ? never : ShardError<S, D, N>
      : `shard: a scalar has no axis to share out over ${ShowDim<N>} devices: replicate it`
    : T extends object ? { [K in keyof T]: Unsharded<T[K], N> }[keyof T & (T extends readonly unknown[] ? number : string)] : never
type ShardError<S, D, N> = `shard: ${Show<S>} has ${ShowDim<D>} rows for ${ShowDim<N>} devices: reshape it to one row a device`
type Sharding<T, N extends number> = [Unsharded<T, N>] extends [never] ? T : Unsharded<T, N>

/**
 * The devices of an axis as one, `cpu:0` … `cpu:n-1` of this process.
 * @shape axis → mesh
 * @example const m = mesh(axis('dp', 2)); deepClose([m.device, ...m.devices].join(' '), 'mesh(dp=2,cpu) cpu:0 cpu:1')
 */
export const mesh = <const Name extends string, const N extends number>(axis: Axis<Name, N>): MeshOf<Name, N> =>
  Object.freeze({ axis, device: `mesh(${axis.name}=${axis.size},cpu)` as Mesh<Name, N, 'cpu'>, devices: Array.from({ length: axis.size }, (_, i): Device => `cpu:${i}`) })

/** Copies of what holds a value, on another device; what has no leaves lives everywhere. */
const placed = (op: string, tree: unknown, device: string, allowed: (x: Node) => void): never => {
  const { leaves, def } = flatten(tree)
  return unflatten(def, (leaves as Node[]).map((x) => {
    allowed(x)
    if (x.op !== LEAF && x.device === undefined) return x
    if (x.op !== LEAF) throw new Fault('OpenGraph', `${op}: this ${typeName(x)} has no value yet: run it first, or ${op} what it is computed from`)
    return leaf(cpuRuntime().download(x).data, x.shape, x.dtype, device)
  })) as never
}
const onCpu = (op: string) => (x: Node): void => {
  if (x.device !== undefined && x.device !== 'cpu') throw new Fault('DeviceMismatch', `${op}: this ${typeName(x)} is on ${x.device}: unshard it first`)
}
/**
 * A tree on a mesh: row d along the first axis of every tensor belongs to device d.
 * @shape [n, ...s] → [n, ...s] on the mesh
 * @dtype any → same
 * @throws ShapeMismatch when a first axis has not the size of the mesh, OpenGraph for what has not been run.
 * @example const m = mesh(axis('dp', 2)); deepClose(await read(pmap((x: Scalar<'f32', typeof m.device>) => psum(x, m.axis), { axis: m.axis })(shard(tensor([1, 2]), m))), [3, 3])
 */
export const shard = <T, Name extends string, N extends number>(tree: Must<Sharding<T, N>, T>, m: MeshOf<Name, N>): On<T, Mesh<Name, N, 'cpu'>> =>
  placed('shard', tree, m.device, (x) => {
    onCpu('shard')(x)
    if (x.shape[0] !== m.axis.size) throw new Fault('ShapeMismatch', `shard: ${typeName(x)} has no row for each of the ${m.axis.size} devices of '${m.axis.name}': reshape it to one row a device, or replicate it`)
  })
/**
 * A tree on a mesh, the same on all its devices.
 * @shape [...s] → [...s] on the mesh
 * @dtype any → same
 * @throws OpenGraph for what has not been run.
 * @example const m = mesh(axis('dp', 2)); deepClose(await read(mul(replicate(tensor(3), m), shard(tensor([1, 2]), m))), [3, 6])
 */
export const replicate = <T, Name extends string, N extends number>(tree: T, m: MeshOf<Name, N>): On<T, Mesh<Name, N, 'cpu'>> => placed('replicate', tree, m.device, onCpu('replicate'))
/**
 * A tree back on the CPU, as it is: the shards as rows.
 * @shape [...s] on a mesh → [...s]
 * @dtype any → same
 * @throws OpenGraph for what has not been run.
 * @example const m = mesh(axis('dp', 2)); deepClose(await read(add(unshard(shard(tensor([1, 2]), m)), tensor([1, 1]))), [2, 3])
 */
export const unshard = <T>(tree: T): On<T, 'cpu'> => placed('unshard', tree, 'cpu', () => undefined)
