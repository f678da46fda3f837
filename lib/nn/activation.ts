/** Elementwise functions as layers. The usual ones are made already; any other is `activation(f)`. */
import { elu as eluOf, gelu as geluOf, leakyRelu as leakyReluOf, relu as reluOf, sigmoid as sigmoidOf, silu as siluOf, softplus as softplusOf, tanh as tanhOf } from '../tensor/index.js'
import type { ActivationLayer, Id, Layer, Unary } from '../type/index.js'
import type { Float } from './definition.js'
import { layer, pure } from './definition.js'

const elementwise = (kind: string, f: (x: Float) => Float): Layer<Id> => layer(pure({ kind, shape: (input) => [...input], apply: f }))

/**
 * Any elementwise function as a layer.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @example deepClose(nn.model([3], nn.activation(sin)).output, [3])
 */
export const activation: ActivationLayer = (f: Unary) => elementwise(f.name === '' ? 'activation' : f.name, (x) => f(x))
/**
 * max(x, 0).
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.ReLU.html
 * @example deepClose(nn.model([3], nn.relu).output, [3])
 */
export const relu: Layer<Id> = elementwise('relu', (x) => reluOf(x))
/**
 * x where positive, 0.01 x elsewhere.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.LeakyReLU.html
 * @example deepClose(nn.model([3], nn.leakyRelu).output, [3])
 */
export const leakyRelu: Layer<Id> = elementwise('leakyRelu', (x) => leakyReluOf(x))
/**
 * x where positive, eˣ - 1 elsewhere.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.ELU.html
 * @example deepClose(nn.model([3], nn.elu).output, [3])
 */
export const elu: Layer<Id> = elementwise('elu', (x) => eluOf(x))
/**
 * x Φ(x), with the normal distribution function Φ.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.GELU.html
 * @example deepClose(nn.model([3], nn.gelu).output, [3])
 */
export const gelu: Layer<Id> = elementwise('gelu', (x) => geluOf(x))
/**
 * x σ(x).
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.SiLU.html
 * @example deepClose(nn.model([3], nn.silu).output, [3])
 */
export const silu: Layer<Id> = elementwise('silu', (x) => siluOf(x))
/**
 * log(1 + eˣ).
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Softplus.html
 * @example deepClose(nn.model([3], nn.softplus).output, [3])
 */
export const softplus: Layer<Id> = elementwise('softplus', (x) => softplusOf(x))
/**
 * The hyperbolic tangent.
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Tanh.html
 * @example deepClose(nn.model([3], nn.tanh).output, [3])
 */
export const tanh: Layer<Id> = elementwise('tanh', (x) => tanhOf(x))
/**
 * 1 / (1 + e⁻ˣ).
 * @shape [...s] → [...s]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Sigmoid.html
 * @example deepClose(nn.model([3], nn.sigmoid).output, [3])
 */
export const sigmoid: Layer<Id> = elementwise('sigmoid', (x) => sigmoidOf(x))
