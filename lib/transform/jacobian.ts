/** Jacobians: the linear map of a function over a basis, pushed forward or pulled back; the Hessian is one over the other. */
import { graphOf } from '../ir/graph.js'
import type { Graph } from '../ir/graph.js'
import { numel, variable } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { b, castTo, zeros } from '../prim/index.js'
import { isComplex, isInexact } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import type { Hessian, JacFwd, JacRev } from '../type/transform.js'
import { unflatten } from '../type/tree.js'
import { grad } from './grad.js'
import { demandFloat, flatArgs, linearizeAt, pullBack } from './linear.js'
import type { Fn, Linear } from './linear.js'
import type { FlatNodes } from './trace.js'
import { vmapNodes } from './vmap.js'

/** The rows of an identity shaped as [n, ...shape]: a basis of tangents or cotangents. */
const basis = (x: Node): Node => {
  const n = numel(x.shape)
  const at = (axis: 0 | 1): Node => b.iota([], { shape: [n, n], axis, dtype: 'i32' })
  return b.reshape([castTo(b.eq([at(0), at(1)]), x.dtype)], { shape: [n, ...x.shape] })
}
/** Applies a linear graph to each row of a basis of input `i`, other inputs zero: [n, ...out] for each output. */
const overBasis = (g: Graph, i: number): readonly Node[] => {
  const operands = g.inputs.map((x, j) => (j === i ? basis(x) : zeros(x)))
  return vmapNodes(g, operands, g.inputs.map((_, j) => j === i), numel((g.inputs[i] as Node).shape))
}
const single = (args: readonly FlatNodes[], argnum: number): FlatNodes => args[argnum] ?? fail('InvalidArgument', `there is no argument ${argnum}`)
/** A basis of reals says all only of what is analytic, or real on the side of the basis. */
const demandKinds = (name: string, l: Linear, arg: FlatNodes, refused: 'real' | 'complex', other: string): void => {
  const mixed = arg.nodes.some((x) => isComplex(x.dtype) === (refused === 'real')) && l.outs.some((o) => isComplex(o.dtype) === (refused === 'complex') && isInexact(o.dtype))
  if (mixed) fail('NotDifferentiable', `${name}: the result is ${refused} where the argument is not: use ${other}`)
}
interface JacSettings { readonly argnums?: number }

/** For each output leaf a tree like the argument, of shape [...out, ...in]. */
const jacobian = (l: Linear, arg: FlatNodes, blocks: (out: number, input: number) => Node): unknown =>
  unflatten(l.def, l.outs.map((_, o) => unflatten(arg.def, arg.nodes.map((_, i) => blocks(o, i)))))

const forward = (f: Fn, settings: JacSettings, args: readonly unknown[]): unknown => {
  const flat = flatArgs(args, 'jacfwd')
  const arg = single(flat, settings.argnums ?? 0)
  demandFloat(arg, args[settings.argnums ?? 0])
  const l = linearizeAt(f, flat, (i) => i === (settings.argnums ?? 0), 'jacfwd')
  demandKinds('jacfwd', l, arg, 'real', 'jacrev')
  const outs = l.tangents.map((t, i) => t ?? zeros(l.outs[i] as Node))
  const g = graphOf(l.seeds, outs)
  const columns = arg.nodes.map((_, i) => overBasis(g, i))
  return jacobian(l, arg, (o, i) => {
    const [out, x] = [l.outs[o] as Node, arg.nodes[i] as Node]
    const rows = (columns[i] as readonly Node[])[o] as Node
    const axes = [...out.shape.map((_, d) => d + 1), 0]
    return b.reshape([b.permute([rows], { axes })], { shape: [...out.shape, ...x.shape] })
  })
}
const reverse = (f: Fn, settings: JacSettings, args: readonly unknown[]): unknown => {
  const flat = flatArgs(args, 'jacrev')
  const arg = single(flat, settings.argnums ?? 0)
  demandFloat(arg, args[settings.argnums ?? 0])
  const l = linearizeAt(f, flat, (i) => i === (settings.argnums ?? 0), 'jacrev')
  demandKinds('jacrev', l, arg, 'complex', 'jacfwd')
  const rows = l.outs.map((out, o) => {
    const ct = variable(out, 'jacrev')
    const back = pullBack(l, l.outs.map((_, i) => (i === o ? ct : null)))
    return overBasis(graphOf([ct], back.map((t, i) => t ?? zeros(arg.nodes[i] as Node))), 0)
  })
  return jacobian(l, arg, (o, i) => b.reshape([(rows[o] as readonly Node[])[i] as Node], { shape: [...(l.outs[o] as Node).shape, ...(arg.nodes[i] as Node).shape] }))
}
/**
 * The Jacobian by pushing a basis forward: best for few inputs.
 * @shape (f: (x: [...i]) => [...o]) => (x: [...i]) => [...o, ...i]
 * @throws NotDifferentiable when the argument holds integers.
 * @example deepClose(await read(jacfwd((x: Tensor<[2], 'f32'>) => mul(x, x))(tensor([1, 3]))), [[2, 0], [0, 6]])
 */
export const jacfwd: JacFwd = ((f: Fn, settings: JacSettings = {}) => (...args: unknown[]) => forward(f, settings, args)) as never
/**
 * The Jacobian by pulling a basis back: best for few outputs.
 * @shape (f: (x: [...i]) => [...o]) => (x: [...i]) => [...o, ...i]
 * @throws NotDifferentiable when the argument holds integers.
 * @example deepClose(await read(jacrev((x: Tensor<[2], 'f32'>) => mul(x, x))(tensor([1, 3]))), [[2, 0], [0, 6]])
 */
export const jacrev: JacRev = ((f: Fn, settings: JacSettings = {}) => (...args: unknown[]) => reverse(f, settings, args)) as never
/**
 * Second derivatives of a scalar function: forward over reverse.
 * @shape (f: (x: [...i]) => []) => (x: [...i]) => [...i, ...i]
 * @throws NotDifferentiable when the result is not a float scalar or the argument holds integers.
 * @example deepClose(await read(hessian((x: Tensor<[2], 'f32'>) => sum(mul(x, mul(x, x))))(tensor([1, 2]))), [[6, 0], [0, 12]])
 */
export const hessian: Hessian = ((f: Fn, settings: JacSettings = {}) => {
  const second = (jacfwd as unknown as (g: Fn, s: JacSettings) => Fn)((grad as unknown as (g: Fn, s: JacSettings) => Fn)(f, settings), settings)
  return (...args: never[]) => {
    const { nodes } = single(flatArgs(args, 'hessian'), settings.argnums ?? 0)
    if (nodes.some((x) => isComplex(x.dtype))) fail('NotDifferentiable', 'hessian: the argument is complex, and a real function of it has no analytic gradient: take its real and imaginary parts as two arguments')
    return second(...args)
  }
}) as never
