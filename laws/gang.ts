/** Samples of devices: three of them, each collective, and how a function is put on them. */
import { placeOf } from '../lib/ir/node.js'
import type { Node } from '../lib/ir/node.js'
import { b, constant, stretch } from '../lib/prim/index.js'
import { axis, pmap, vmap } from '../lib/transform/index.js'
import type { Axis } from '../lib/type/collective.js'
import type { Fn } from './calculus.js'

type Settings = { readonly axis: Axis; readonly inAxes: readonly (0 | null)[] }
type Map = (f: Fn, s: Settings) => Fn
const maps = { pmap, vmap } as unknown as Readonly<Record<'pmap' | 'vmap', Map>>
/** f on the devices of an axis, or over a batch of that name; flags say which operands are mapped. */
export const over = (how: 'pmap' | 'vmap', a: Axis, f: Fn, mapped: readonly boolean[]): Fn => maps[how](f, { axis: a, inAxes: mapped.map((m) => (m ? 0 : null)) })

/** Three devices. */
export const devices: Axis = axis('devices', 3)
const place = placeOf(devices)
const along = { axis: 'devices', size: 3 }
/** k x on device k - 1. */
export const scaled = (x: Node): Node => b.mul([x, stretch(b.cast([b.add([place, constant(1, place)])], { dtype: x.dtype }), x.shape)])
/** Each collective, and the shape of what it takes. */
export const collectives: readonly { readonly op: string; readonly shape: readonly number[]; readonly of: (x: Node) => Node }[] = [
  { op: 'psum', shape: [2], of: (x) => b.psum([x, place], along) },
  { op: 'pmax', shape: [2], of: (x) => b.pmax([scaled(x), place], along) },
  { op: 'pmin', shape: [2], of: (x) => b.pmin([scaled(x), place], along) },
  { op: 'allGather', shape: [2], of: (x) => b.allGather([x, place], along) },
  { op: 'reduceScatter', shape: [3, 2], of: (x) => b.reduceScatter([x, place], along) },
  { op: 'allToAll', shape: [3, 2], of: (x) => b.allToAll([x, place], along) },
  { op: 'permuteAxis', shape: [2], of: (x) => b.permuteAxis([x, place], { ...along, pairs: [[0, 2], [2, 1]] }) },
]
