/** Parameters of distributions: a number is a slot, a tensor is broadcast to the shape that is drawn. */
import type { Node } from '../../ir/node.js'
import { castTo, stretch } from '../../prim/index.js'
import type { Device, DType, WideFloatDType, Key, Shape, Tensor } from '../../type/index.js'
import { broadcastAll, fail, show } from '../../type/index.js'
import { sizes } from '../fit.js'
import { asNode, weak } from '../operand.js'

/** A number, or a tensor whose shape broadcasts to the one drawn. */
export type Parameter<V extends Device> = number | Tensor<Shape, WideFloatDType, V>
/** A distribution with parameters P that must be given and Q that may be.  @shape the one given */
export interface Drawn<P extends string, Q extends string = never> {
  <V extends Device, const S extends Shape, D extends WideFloatDType = 'f32'>(
    key: Key<V>, shape: readonly [...S],
    settings: { readonly dtype?: D } & { readonly [K in P]: Parameter<V> } & { readonly [K in Q]?: Parameter<V> },
  ): Tensor<S, NoInfer<D>, V>
}
/** A distribution all of whose parameters may be left out.  @shape the one given */
export interface DrawnBy<Q extends string> {
  <V extends Device, const S extends Shape, D extends WideFloatDType = 'f32'>(
    key: Key<V>, shape: readonly [...S], settings?: { readonly dtype?: D } & { readonly [K in Q]?: Parameter<V> },
  ): Tensor<S, NoInfer<D>, V>
}
/** The settings as a body reads them. */
export type Given<P extends string> = { readonly dtype?: WideFloatDType } & { readonly [K in P]?: unknown }

/** A parameter in the shape and dtype of what is drawn. */
export const parameter = (op: string, name: string, value: unknown, shape: Shape, dtype: DType): Node => {
  const to = sizes(op, shape)
  if (typeof value === 'number') return stretch(weak(op, value, dtype), to)
  if (value === undefined) return fail('InvalidArgument', `${op}: ${name} must be given, a number or a tensor`)
  const x = asNode(op, value)
  const fitted = broadcastAll([x.shape, to])
  if (typeof fitted === 'string' || String(fitted) !== String(to)) return fail('ShapeMismatch', `${op}: ${name} is ${show(x.shape)}, which does not broadcast to ${show(to)}`)
  return stretch(castTo(x, dtype), to)
}
