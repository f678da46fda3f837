/**
 * The public door. Tensors and operations at the top, the rest in namespaces: `nn loss optim metric random`; `data io train
 * plot` are subpaths of the package, so that nobody loads what he does not use. No code but the two lines that make sure
 * that one process has one copy and that tensors print.
 */
import { installShow } from './run/show.js'
import { single } from './run/single.js'

single()
installShow()

export * from './tensor/index.js'
export {
  associativeScan, axis, checked, checkpointName, cond, customJvp, customVjp, evalShape, explain, forLoop, grad, hessian, hvp, jacfwd, jacrev, jit, jitStats, jvp, linearize,
  linearTranspose, locate, mapOver, peek, pmap, remat, scan, stopGradient, strictJit, switchOf, toGraph, valueAndGrad, vectorize, vjp, vmap,
  whileLoop,
} from './transform/index.js'
export type { JitStats, VjpRule } from './transform/index.js'
export {
  allReduce, attempt, barrier, chromeTrace, compile, cpu, debugKeyReuse, debugNans, devices, evaluate, explainPlan, forEvery, initialize, isAvailable, item, iterate, main, mesh, profile, profileTable, program, read, replicate, run, session, shard, stats, transfer, unshard, withDevice,
} from './run/index.js'
export type { Capability, Chosen, Either, ItemOf, KernelProfile, MeshOf, Needs, Planned, Profile, Program, ReadOut, ReduceOp, RunSettings, Session, Stats, Store, World } from './run/index.js'
export { printGraph } from './ir/print.js'
export type { Graph } from './ir/graph.js'
export { Fault, isFault } from './type/fault.js'
export type { FaultTag } from './type/fault.js'
export { dim, dtypeInfo, dtypes, isTensor, paths as treePaths, promote } from './type/index.js'
export type {
  AnyTensor, ArrayOf, Axis, ComplexDType, Device, DeviceOf, Dim, DType, DTypeInfo, DTypeOf, FloatDType, InexactDType, IntDType, On, Promote, Scalar, Shape, ShapeOf, Tensor, Tree,
} from './type/index.js'
export type * from './type/layer.js'
export type * from './type/model.js'
export type { Key } from './type/signature.js'
export * as nn from './nn/index.js'
export * as loss from './loss/index.js'
export * as optim from './optim/index.js'
export * as metric from './metric/index.js'
