/** Graph to graph: what JAX calls transformations. */
export { transforms } from './body.js'
export { cond, scan } from './control.js'
export { grad, hessian, jacfwd, jacrev, jvp, linearize, stopGradient, valueAndGrad, vjp } from './grad.js'
export { evaluateGraph } from './interpret.js'
export { jit, jitStats, strictJit } from './jit.js'
export type { JitStats } from './jit.js'
export { evalShape, peek, toGraph } from './inspect.js'
export { vmap } from './vmap.js'
