/**
 * Floor 0: what can be said of a tensor without having one. Each file holds a shape law as a type and its run-time twin
 * side by side; floors above import the twins as a namespace (`import * as law from '../type/index.js'`) or by name.
 */
export * from './arith.js'
export * from './axis.js'
export * from './broadcast.js'
export * from './contract.js'
export * from './device.js'
export * from './dtype.js'
export * from './fault.js'
export * from './join.js'
export * from './move.js'
export * from './rearrange.js'
export * from './reduce.js'
export * from './reshape.js'
export * from './shape.js'
export * from './signature.js'
export * from './slice.js'
export * from './tensor.js'
export * from './transform.js'
export * from './tree.js'
export * from './window.js'
