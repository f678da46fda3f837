/** Layers as values: PyTorch's modules without their hidden state. */
export { activation, elu, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from './activation.js'
export { conv } from './conv.js'
export { flatten } from './flatten.js'
export { linear } from './linear.js'
export { model } from './model.js'
export type { PlainModel } from './model.js'
export { adaptiveAvgPool, avgPool, globalAvgPool, maxPool } from './pool.js'
export { sequential } from './sequential.js'
