/**
 * vectorize: a function of tensors of fixed rank becomes one of any rank, whose leading axes broadcast: NumPy's generalised
 * functions. It is vmap over all leading axes at once; what has none is not mapped. Law: each entry is f of the entries.
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { reshapeTo, stretch } from '../prim/index.js'
import { broadcastAll } from '../type/broadcast.js'
import { fail } from '../type/fault.js'
import { show } from '../type/shape.js'
import type { Vectorize } from '../type/transform.js'
import { unflatten } from '../type/tree.js'
import { flattenNodes } from './trace.js'
import { vmap } from './vmap.js'

type Core = readonly string[]
const group = /\(([^()]*)\)/g
const cores = (side: string): readonly Core[] => [...side.matchAll(group)].map(([, inside = '']) => inside.split(',').map((d) => d.trim()).filter(Boolean))
const inputsOf = (signature: string): readonly Core[] => {
  const compact = signature.replace(/\s/g, '')
  if (!/^\([^()]*\)(,\([^()]*\))*->\([^()]*\)(,\([^()]*\))*$/.test(compact)) return fail('InvalidArgument', `vectorize: "${signature}" is no signature; write it like "(m,n),(n)->(m)"`)
  return cores(compact.split('->')[0] as string)
}
/** The leading axes of an operand; its last ones must have the sizes that other operands gave their names. */
const leadOf = (x: Node, core: Core, i: number, sizes: Map<string, number>): readonly number[] => {
  const at = x.shape.length - core.length
  if (at < 0) return fail('ShapeMismatch', `vectorize: argument ${i} is ${show(x.shape)}, the signature wants axes (${core.join(', ')})`)
  core.forEach((name, k) => {
    const n = x.shape[at + k] as number
    const known = /^\d+$/.test(name) ? Number(name) : (sizes.get(name) ?? n)
    if (known !== n) fail('ShapeMismatch', `vectorize: axis ${name} is ${known} elsewhere and ${n} in argument ${i}, ${show(x.shape)}`)
    sizes.set(name, n)
  })
  return x.shape.slice(0, at)
}
type Fn = (...args: unknown[]) => unknown
const run = (f: Fn, given: readonly Core[] | undefined, args: readonly unknown[]): unknown => {
  const nodes = args.map((a, i) => flattenNodes(a, `vectorize: argument ${i}`).nodes[0] as Node)
  const inputs = given ?? nodes.map(() => [])
  if (inputs.length !== nodes.length) return fail('InvalidArgument', `vectorize: ${nodes.length} arguments for a signature of ${inputs.length}`)
  const sizes = new Map<string, number>()
  const leads = nodes.map((x, i) => leadOf(x, inputs[i] as Core, i, sizes))
  const lead = broadcastAll(leads)
  if (typeof lead === 'string') return fail('ShapeMismatch', `vectorize: leading axes do not broadcast: ${leads.map(show).join(' and ')}`)
  if (lead.length === 0) return f(...nodes)
  const n = numel(lead)
  const mapped = leads.map((l) => l.length > 0)
  const rows = nodes.map((x, i) => {
    if (!mapped[i]) return x
    const core = x.shape.slice((leads[i] as readonly number[]).length)
    return reshapeTo(stretch(x, [...lead, ...core]), [n, ...core])
  })
  const loose = vmap as unknown as (f: Fn, s: { readonly inAxes: readonly (number | null)[]; readonly size: number }) => Fn
  const { nodes: outs, def } = flattenNodes(loose(f, { inAxes: mapped.map((m) => (m ? 0 : null)), size: n })(...rows), 'vectorize: the result')
  return unflatten(def, outs.map((y) => reshapeTo(y, [...lead, ...y.shape.slice(1)])))
}
/**
 * f, written for operands of the ranks in `signature` ("(m,n),(n)->(m)"; scalars unless given), on operands with more axes in
 * front, which broadcast. Names in the signature are sizes that must agree.
 * @shape (f: (...[...c]) => [...t]) => (...[...b, ...c]) => [...broadcast(b), ...t]
 * @throws InvalidArgument for a signature that is none, ShapeMismatch when operands do not fit it or do not broadcast.
 * @example const dots = vectorize((x: Tensor<[2], 'f32'>, y: Tensor<[2], 'f32'>) => dot(x, y), { signature: '(n),(n)->()' }); deepClose(await read(dots(tensor([[1, 2], [3, 4]]), tensor([1, 10]))), [21, 43])
 */
export const vectorize: Vectorize = ((f: Fn, s: { readonly signature?: string } = {}) => {
  const inputs = s.signature === undefined ? undefined : inputsOf(s.signature)
  return (...args: unknown[]) => run(f, inputs, args)
}) as never
