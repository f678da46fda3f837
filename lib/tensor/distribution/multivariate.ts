/** Distributions of vectors: along the last axis of x. */
import type { Node } from '../../ir/node.js'
import { b, castTo } from '../../prim/index.js'
import type { Device, FloatDType, Shape, Tensor } from '../../type/index.js'
import { broadcastAll } from '../../type/index.js'
import { fit } from '../fit.js'
import { asFloat, together } from '../operand.js'
import { choose, below, exp, minus, plus } from '../special/real.js'
import { gammaln, xlogy } from './formula.js'

type Lead<S extends Shape> = S extends readonly [...infer L extends Shape, number] ? L : Shape
/** Of points along the last axis and a vector of parameters.  @shape [...s, n], [n] → [...s] */
export interface OfVector<P extends string> {
  <S extends Shape, D extends FloatDType, V extends Device, W extends Device>(
    x: Tensor<S, D, V>, settings: { readonly [K in P]: Tensor<Shape, FloatDType, W> },
  ): Tensor<Lead<S>, D, V | W>
}
type Formula = (x: Node, p: Node) => Node
const total = (x: Node): Node => b.sum([x], { axes: [x.shape.length - 1] })
const made = (op: string, name: string, f: Formula) => (x: unknown, s: Readonly<Record<string, unknown>>): Node => {
  const node = asFloat(op, x)
  const given = asFloat(op, s[name])
  fit(op, broadcastAll([node.shape.slice(-1), given.shape.slice(-1)]), `x and ${name} must have as many entries along the last axis`)
  const [p, q] = together(op, [castTo(node, 'f64'), castTo(given, 'f64')]) as [Node, Node]
  return castTo(f(p, q), node.dtype)
}
const both = <T>(name: string, words: readonly [string, string], parameter: string, f: Formula): T => ({
  [words[0]]: made(`distribution.${name}.${words[0]}`, parameter, f),
  [words[1]]: made(`distribution.${name}.${words[1]}`, parameter, (x, p) => exp(f(x, p))),
}) as never
/** -∞ where an entry is negative. */
const onOrthant = (x: Node, y: Node): Node => choose(b.reduceOr([below(x, 0)], { axes: [x.shape.length - 1] }), -Infinity, y)

/**
 * Dirichlet's distribution over points x of the simplex, whose entries add up to 1 (which is not checked).
 * @shape [...s, n], alpha [n] → [...s]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when alpha has not as many entries.
 * @example deepClose(await read(distribution.dirichlet.pdf(tensor([0.25, 0.75]), { alpha: tensor([1, 1]) })), 1)
 */
export const dirichlet: { readonly pdf: OfVector<'alpha'>; readonly logpdf: OfVector<'alpha'> } = both('dirichlet', ['logpdf', 'pdf'], 'alpha', (x, alpha) =>
  onOrthant(x, minus(plus(total(xlogy(minus(alpha, 1), x)), gammaln(total(alpha))), total(gammaln(alpha)))))
/**
 * How often each of several outcomes of probabilities p came up: counts x along the last axis.
 * @shape [...s, n], p [n] → [...s]
 * @dtype float → same; integers in f32
 * @throws ShapeMismatch when p has not as many entries.
 * @example deepClose(await read(distribution.multinomial.pmf(tensor([1, 1]), { p: tensor([0.5, 0.5]) })), 0.5)
 */
export const multinomial: { readonly pmf: OfVector<'p'>; readonly logpmf: OfVector<'p'> } = both('multinomial', ['logpmf', 'pmf'], 'p', (x, p) =>
  onOrthant(x, plus(gammaln(plus(total(x), 1)), total(minus(xlogy(x, p), gammaln(plus(x, 1)))))))
