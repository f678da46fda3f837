/** The public operations as declarations, so that type tests need no implementation. */
import type * as t from '../../../lib/type/index.js'

export declare const add: t.Binary, sub: t.Binary, mul: t.Binary, maximum: t.Binary, pow: t.Binary
export declare const div: t.Division, equal: t.Comparison, less: t.Comparison, logicalAnd: t.Logical, where: t.Where
export declare const relu: t.Unary, tanh: t.Unary, exp: t.Unary, log: t.Unary, gelu: t.Unary, neg: t.UnaryAny, isnan: t.Predicate
export declare const cast: t.Cast, oneHot: t.OneHot, assertShape: t.AssertShape, clip: t.Clip
export declare const sum: t.SumReduction, mean: t.MeanReduction, max: t.Reduction, argmax: t.ArgReduction, all: t.BoolReduction
export declare const variance: t.VarReduction
export declare const softmax: t.Softmax, cumsum: t.Cumulative, sort: t.Sort, argsort: t.ArgSort, topK: t.TopKOf
export declare const matmul: t.MatMulOf, dot: t.DotOf, outer: t.OuterOf, einsum: t.EinsumOf
export declare const conv: t.ConvOf, maxPool: t.PoolOf, adaptiveAvgPool: t.AdaptivePoolOf
export declare const convTranspose: t.ConvTransposeOf, convGeneral: t.ConvGeneralOf, unfold: t.UnfoldOf, fold: t.FoldOf
export declare const reduceWindow: t.ReduceWindowOf, lpPool: t.LpPoolOf, maxPoolWithIndices: t.PoolIndicesOf
export declare const pixelShuffle: t.PixelShuffleOf, pixelUnshuffle: t.PixelUnshuffleOf, convolve: t.SlidOf<'full'>
export declare const reshape: t.ReshapeOf, flatten: t.FlattenOf, permute: t.PermuteOf, transpose: t.TransposeOf
export declare const squeeze: t.SqueezeOf, unsqueeze: t.UnsqueezeOf, broadcastTo: t.BroadcastToOf, rearrange: t.RearrangeOf
export declare const concat: t.ConcatOf, stack: t.StackOf, split: t.SplitOf, slice: t.SliceOf, flip: t.FlipOf, pad: t.PadOf
export declare const take: t.TakeOf, gather: t.GatherOf
export declare const tensor: t.TensorOf, zeros: t.Filled, full: t.Full, zerosLike: t.FilledLike, arange: t.Arange
export declare const linspace: t.Linspace, eye: t.Eye, tril: t.Triangle<'tril'>, diag: t.DiagOf
export declare const key: t.KeyOf, splitKey: t.SplitKey, uniform: t.Uniform, normal: t.Normal, bernoulli: t.Bernoulli
export declare const randint: t.RandInt, categorical: t.Categorical

export declare const cholesky: t.SquareToSquare<'cholesky'>, inv: t.SquareToSquare<'inv'>, det: t.SquareToNumber<'det'>, solve: t.SolveOf<'solve'>
export declare const qr: t.QrOf, svd: t.SvdOf, eigh: t.EighOf, lu: t.LuOf, luFactor: t.LuFactorOf, svdvals: t.MatrixToVector<'svdvals'>

/** A tensor that is somewhere. */
export declare const on: <const S extends t.Shape, V extends t.Device, D extends t.DType = 'f32'>(device: V, shape: readonly [...S], dtype?: D) => t.Tensor<S, NoInfer<D>, V>

export type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** is<Want>()(value): the value's type is exactly Want. */
export declare const is: <T>() => <U>(_: Eq<T, U> extends true ? U : { expected: T; got: U }) => void
/** Leafless, on cpu, on cuda:0. */
export type N<S, D = 'f32'> = t.Tensor<S, D, never>
export type C<S, D = 'f32'> = t.Tensor<S, D, 'cpu'>
export type G<S, D = 'f32'> = t.Tensor<S, D, 'cuda:0'>
