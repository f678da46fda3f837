/**
 * Derivatives of functions over trees. `jvp` pushes a tangent forward; `linearize` gives the tangent map; `vjp` is its
 * transpose; `grad` is vjp at one.
 */
import { reach, substitute } from '../ir/graph.js'
import { typeName } from '../ir/node.js'
import type { Node } from '../ir/node.js'
import { b, castTo, ones, zeros } from '../prim/index.js'
import type { Tangent } from '../prim/index.js'
import { isFloat, isInexact } from '../type/dtype.js'
import type { FloatDType } from '../type/dtype.js'
import { fail, Fault } from '../type/fault.js'
import type { Scalar } from '../type/tensor.js'
import type { DiffTree, Grad, Jvp, Linearize, ValueAndGrad, Vjp } from '../type/transform.js'
import { flatten, treeMismatch, unflatten } from '../type/tree.js'
import type { TreeDef } from '../type/tree.js'
import { transforms } from './body.js'
import { between, demandFloat, flatArgs, linearizeAt, pullBack } from './linear.js'
import type { Fn, Linear } from './linear.js'
import { pull } from './pull.js'
import { flattenNodes, trace } from './trace.js'
import type { FlatNodes } from './trace.js'

/** Cotangents for one argument: zeros where nothing came back, null for what has no derivative. */
const asTree = (arg: FlatNodes, cts: readonly Tangent[], from: { at: number }): unknown =>
  unflatten(arg.def, arg.nodes.map((x) => (isInexact(x.dtype) ? (cts[from.at++] ?? zeros(x)) : null)))

const demandScalar = (out: Node | undefined): Node => {
  if (out === undefined || out.shape.length !== 0) throw new Fault('NotDifferentiable', `grad needs a scalar result, this function returns shape [${out?.shape ?? 'none'}]`)
  if (!isFloat(out.dtype)) throw new Fault('NotDifferentiable', `grad needs a ${isInexact(out.dtype) ? 'real' : 'float'} result, this function returns ${typeName(out)}${isInexact(out.dtype) ? ': take real(y), imag(y) or abs(y), or use vjp' : ''}`)
  return out
}

interface GradSettings { readonly argnums?: number | readonly number[]; readonly hasAux?: boolean }
const splitAux = (f: Fn, hasAux: boolean): Fn =>
  hasAux ? f : (...args: never[]) => [f(...args)]

const valueAndGradOf = (f: Fn, settings: GradSettings, args: readonly unknown[]): { value: Node; aux: unknown; grads: unknown } => {
  const flat = flatArgs(args, 'grad')
  const chosen = settings.argnums === undefined ? [0] : typeof settings.argnums === 'number' ? [settings.argnums] : settings.argnums
  for (const i of chosen) demandFloat(flat[i] ?? fail('InvalidArgument', `grad: there is no argument ${i}`), args[i])
  const l = linearizeAt(splitAux(f, settings.hasAux === true), flat, (i) => chosen.includes(i), 'grad')
  const value = demandScalar(l.outs[0])
  const cts = pullBack(l, [ones(value), ...l.tangents.slice(1).map(() => null)])
  const from = { at: 0 }
  const trees = flat.map((a, i) => (chosen.includes(i) ? asTree(a, cts, from) : null))
  const grads = Array.isArray(settings.argnums) ? settings.argnums.map((i: number) => trees[i]) : trees[chosen[0] as number]
  const whole = unflatten(l.def, l.outs) as readonly unknown[]
  return { value, aux: settings.hasAux === true ? whole[1] : undefined, grads }
}
/**
 * The gradient of a scalar function in its first argument (a tree), or in those `argnums` names; `hasAux` when f returns
 * [loss, more].
 * @shape (f: (p, ...rest) => []) => (p, ...rest) => p
 * @throws NotDifferentiable when the result is not a float scalar or an argument holds integers.
 * @example deepClose(await read(grad((x: Scalar<'f32'>) => mul(x, x))(tensor(3))), 6)
 */
export const grad: Grad = ((f: Fn, settings: GradSettings = {}) => (...args: unknown[]) => {
  const r = valueAndGradOf(f, settings, args)
  return settings.hasAux === true ? [r.grads, r.aux] : r.grads
}) as never
/**
 * The value and the gradient, computed once. With `hasAux`: [value, aux, gradient].
 * @shape (f: (p, ...rest) => []) => (p, ...rest) => [[], p]
 * @throws NotDifferentiable when the result is not a float scalar or an argument holds integers.
 * @example deepClose(await read(valueAndGrad((x: Scalar<'f32'>) => mul(x, x))(tensor(3))), [[9], [6]])
 */
export const valueAndGrad: ValueAndGrad = ((f: Fn, settings: GradSettings = {}) => (...args: unknown[]) => {
  const r = valueAndGradOf(f, settings, args)
  return settings.hasAux === true ? [r.value, r.aux, r.grads] : [r.value, r.grads]
}) as never

/** The tangent of a float leaf: a tensor of its shape. */
const tangentOf = (where: string, i: number, x: Node, t: unknown): Node => {
  if (t === null) return fail('InvalidArgument', `${where}: leaf ${i} is null, but its value is ${typeName(x)}; pass a tensor of that type`)
  const [given] = flattenNodes(t, where).nodes as [Node]
  if (String(given.shape) !== String(x.shape)) fail('ShapeMismatch', `${where}: leaf ${i} has shape [${given.shape}], its value [${x.shape}]`)
  return castTo(given, x.dtype)
}
/** Tangents or cotangents that a user hands in: the same tree and shapes as what they belong to, null for what is no float. */
const matching = (where: string, like: readonly Node[], def: TreeDef, tree: unknown): readonly Tangent[] => {
  const given = flatten(tree, { nulls: true })
  const wrong = treeMismatch(def, given.def)
  if (wrong !== undefined) fail('InvalidArgument', `${where}: ${wrong}`)
  return like.map((x, i) => (isInexact(x.dtype) ? tangentOf(where, i, x, given.leaves[i]) : null))
}
/**
 * The result of f, and the function that pulls a cotangent of it back to the arguments.
 * @shape (f, ...args) => [f(...args), (ct) => args]
 * @throws ShapeMismatch when the cotangent is not like the result.
 * @example const [, back] = vjp((x: Tensor<[2], 'f32'>) => mul(x, x), tensor([1, 3])); deepClose(await read(back(tensor([1, 10]))[0]), [2, 60])
 */
export const vjp: Vjp = ((f: Fn, ...args: unknown[]) => {
  const flat = flatArgs(args, 'vjp')
  const l = linearizeAt(f, flat, () => true, 'vjp')
  const back = (ct: unknown): unknown => {
    const cts = pullBack(l, matching('vjp: the cotangent', l.outs, l.def, ct))
    const from = { at: 0 }
    return flat.map((a) => asTree(a, cts, from))
  }
  return [unflatten(l.def, l.outs), back]
}) as never

const along = (l: Linear, operands: readonly Node[], tangents: readonly Tangent[]): readonly Tangent[] => {
  const given = operands.flatMap((x, i) => (isInexact(x.dtype) ? [tangents[i] ?? zeros(x)] : []))
  const at = substitute(between(l), new Map(l.seeds.map((s, i) => [s, given[i] as Node])))
  return l.outs.map((o, i) => {
    const t = l.tangents[i] ?? null
    return t !== null ? at(t) : isInexact(o.dtype) ? zeros(o) : null
  })
}
/**
 * The result of f and its derivative along the given tangents (one tree for each argument).
 * @shape (f, args, tangents) => [f(...args), tangent of it]
 * @throws ShapeMismatch when a tangent is not like its argument.
 * @example deepClose(await read(jvp((x: Scalar<'f32'>) => mul(x, x), [tensor(3)], [tensor(10)])), [[9], [60]])
 */
export const jvp: Jvp = ((f: Fn, args: readonly unknown[], tangents: readonly unknown[]) => {
  const flat = flatArgs(args, 'jvp')
  const l = linearizeAt(f, flat, () => true, 'jvp')
  const ts = flat.flatMap((a, i) => matching(`jvp: tangent ${i}`, a.nodes, a.def, tangents[i]))
  return [unflatten(l.def, l.outs), unflatten(l.def, along(l, flat.flatMap((a) => a.nodes), ts))]
}) as never
/**
 * The result of f and its linear map at that point: cheap to apply to many tangents.
 * @shape (f, ...args) => [f(...args), (...tangents) => tangent]
 * @throws ShapeMismatch when a tangent is not like its argument.
 * @example const [, push] = linearize((x: Scalar<'f32'>) => mul(x, x), tensor(3)); deepClose(await read(push(tensor(10))), 60)
 */
export const linearize: Linearize = ((f: Fn, ...args: unknown[]) => {
  const flat = flatArgs(args, 'linearize')
  const l = linearizeAt(f, flat, () => true, 'linearize')
  const map = (...tangents: unknown[]): unknown => {
    const ts = flat.flatMap((a, i) => matching(`linearize: tangent ${i}`, a.nodes, a.def, tangents[i]))
    return unflatten(l.def, along(l, flat.flatMap((a) => a.nodes), ts))
  }
  return [unflatten(l.def, l.outs), map]
}) as never

/**
 * The Hessian of a scalar function times a vector, without the Hessian: the derivative of grad f along v.
 * @shape (f, x, v: like x) => like x
 * @throws NotDifferentiable when the result is not a float scalar.
 * @example deepClose(await read(hvp((x: Scalar<'f32'>) => mul(x, mul(x, x)), tensor(2), tensor(10))), 120)
 */
export const hvp = <P extends DiffTree>(f: (p: P) => Scalar<FloatDType>, x: P, v: P): P =>
  ((jvp as unknown as (g: Fn, at: readonly unknown[], along: readonly unknown[]) => readonly [unknown, P])((grad as unknown as (g: Fn) => Fn)(f as Fn), [x], [v]))[1]
/**
 * The transpose of a linear function, which is never evaluated: (ct) => cotangents of the arguments. `args` only give types.
 * @shape (f, ...args) => (ct: like f(...args)) => args
 * @throws NotDifferentiable naming the op that is not linear.
 * @example deepClose(await read(linearTranspose((x: Tensor<[2], 'f32'>) => mul(x, 3), tensor([0, 0]))(tensor([1, 2]))), [[3, 6]])
 */
export const linearTranspose = <A extends readonly unknown[], Y>(f: (...args: A) => Y, ...args: A): ((ct: Y) => A) => {
  const flat = flatArgs(args, 'linearTranspose')
  const t = trace(f as Fn, flat.map((a) => ({ avals: a.nodes, def: a.def })), 'linearTranspose')
  const nodes = reach(t.outputs, (x) => x.id < t.start)
  return (ct) => {
    const cts = pull(nodes, t.variables, t.outputs, matching('linearTranspose: the cotangent', t.outputs, t.def, ct), transforms)
    let at = 0
    return flat.map((a) => unflatten(a.def, a.nodes.map((x) => cts[at++] ?? zeros(x)))) as never
  }
}

/**
 * The same tree, through which no derivative passes: its tangent is absent.
 * @shape [...s] → [...s]
 * @example deepClose(await read(grad((x: Scalar<'f32'>) => mul(x, stopGradient(x)))(tensor(3))), 3)
 */
export const stopGradient = <T>(tree: T): T => {
  const { nodes, def } = flattenNodes(tree, 'stopGradient')
  return unflatten(def, nodes.map((x) => b.stop([x]))) as T
}
