/**
 * Call interfaces of the public operations, without implementation: lib/tensor says `export const add: Binary = ...`.
 * Interfaces are cheaper for the compiler than written-out function types and show the same errors. Where a law's type
 * has the plain name (`MatMul<A, B>` is a shape), the interface of the operation is `MatMulOf`.
 */
export * from './signature/contraction.js'
export * from './signature/creation.js'
export * from './signature/fourier.js'
export * from './signature/linear.js'
export * from './signature/list.js'
export * from './signature/movement.js'
export * from './signature/pointwise.js'
export * from './signature/reduction.js'
export * from './signature/window.js'
