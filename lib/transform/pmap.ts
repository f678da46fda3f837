/**
 * pmap: one function on every device of a named axis. It is vmap with an axis that also says who computes: the body stays one
 * closed graph, whatever the function reaches outside is the same for all, and the device's place is one more operand.
 * Law: pmap(f, { axis }) = vmap(f, { axis }).
 */
import { isPlace, placeOf } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { b, constant, cut, outputs, reshapeTo } from '../prim/index.js'
import { atHome } from '../type/collective.js'
import type { Axis } from '../type/collective.js'
import { fail } from '../type/fault.js'
import type { Pmap } from '../type/transform.js'
import { unflatten } from '../type/tree.js'
import { closeTrace, trace } from './trace.js'
import { axesFor, mapping, moved, places } from './vmap.js'
import type { MapSettings } from './vmap.js'

/** What the first device has. */
const once = (x: Node): Node => reshapeTo(cut(x, 0, 0, 1), x.shape.slice(1))
/** Devices meet by the name of their axis: of two axes of one name the inner one would hide the outer. */
const oneOfItsName = (axis: Axis, captures: readonly Node[]): void => {
  if (captures.some((c) => c !== placeOf(axis) && isPlace(c) && c.params['axis'] === axis.name))
    fail('InvalidArgument', `pmap over axis '${axis.name}': the function uses another axis of that name too; give one of them another name`)
}
/** The places of the devices that are here. */
const placesOf = (axis: Axis): Node => {
  const own = places(atHome(axis))
  return axis.spans === undefined ? own : b.add([own, constant(axis.spans.rank * axis.spans.local, own)])
}
const run = (f: (...args: never[]) => unknown, axis: Axis, s: MapSettings, args: readonly unknown[]): unknown => {
  const m = mapping('pmap', s, args)
  const t = trace(f, m.inner, 'pmap')
  const { graph, captures } = closeTrace(t)
  oneOfItsName(axis, captures)
  const isIndex = (x: Node): boolean => x === placeOf(axis)
  const operands = [...m.front, ...captures.map((c) => (isIndex(c) ? placesOf(axis) : c))]
  const outs = outputs(b.pmap(operands, { body: graph, axis: axis.name, size: atHome(axis), ...(axis.spans === undefined ? {} : { spans: axis.spans }), mapped: [...m.mapped, ...captures.map(isIndex)] }))
  const outAxes = axesFor(s.outAxes === undefined ? 0 : s.outAxes, t.def, 'pmap: outAxes')
  return unflatten(t.def, outs.map((o, i) => (outAxes[i] == null ? once(o) : moved(o, outAxes[i]))))
}
/**
 * f on each device of an axis, with its slice of every argument along `inAxes` (0; null: the same for all). Results are stacked
 * along `outAxes` (0); null is for what is the same on all devices, and gives it once. Inside, grad is of the sum over the devices.
 * Of an axis that spans processes, each process maps over the devices that are its own.
 * @shape (f: (...[...s]) => [...t]) => (...[n, ...s]) => [n, ...t]
 * @throws ShapeMismatch when a mapped axis has not the size of the named one, InvalidArgument without an axis, or when f uses
 *   another axis of the same name.
 * @example const dp = axis('dp', 2); deepClose(await read(pmap((x: Scalar<'f32'>) => div(x, psum(x, dp)), { axis: dp })(tensor([1, 3]))), [0.25, 0.75])
 */
export const pmap: Pmap = ((f: (...args: never[]) => unknown, s: MapSettings) => {
  const { axis } = (s as MapSettings | undefined) ?? {}
  if (axis === undefined) return fail('InvalidArgument', 'pmap needs the axis of its devices: pmap(f, { axis: axis(name, size) })')
  return (...args: unknown[]) => run(f, axis, s, args)
}) as never
