/** Call interfaces of what slides: columns, windows under an operation, transposed convolutions, images. */
import type { Device } from '../device.js'
import type { DType, FloatDType, FloatOf, Promote } from '../dtype.js'
import type { PixelShuffle, PixelUnshuffle, Slid, SlideMode } from '../image.js'
import type { ConvGeneral, Layout } from '../layout.js'
import type { Must, Shape, Shp } from '../shape.js'
import type { ConvTranspose, Fold, Unfold } from '../spread.js'
import type { Must2, Tensor } from '../tensor.js'
import type { Padding, PerAxis, Pool, Windows } from '../window.js'

type Patch<K, St, P, Di> = { kernel: K; stride: St; padding: P; dilation: Di }
interface Patches<K, St, P, Di> { readonly kernel: K; readonly stride?: St; readonly padding?: P; readonly dilation?: Di }
/** Windows as columns.  @shape [n, c, ...space] -> [n, c · window, places] */
export interface UnfoldOf {
  <S extends Shape, D extends DType, V extends Device, const K extends PerAxis, const St extends PerAxis = 1, const P extends Padding = 0, const Di extends PerAxis = 1>(
    x: Tensor<S, D, V>, settings: Patches<Must<Unfold<S, Patch<K, St, P, Di>>, K>, St, P, Di>,
  ): Tensor<Shp<Unfold<S, Patch<K, St, P, Di>>>, D, V>
}
/** Columns added up.  @shape [n, c · window, places] -> [n, c, ...size] */
export interface FoldOf {
  <S extends Shape, D extends DType, V extends Device, const Z extends Shape, const K extends PerAxis, const St extends PerAxis = 1, const P extends Padding = 0, const Di extends PerAxis = 1>(
    x: Tensor<S, D, V>, size: Must<Fold<S, Z, Patch<K, St, P, Di>>, readonly [...Z]>, settings: Patches<K, St, P, Di>,
  ): Tensor<Shp<Fold<S, Z, Patch<K, St, P, Di>>>, D, V>
}
type Turned<St, P, X, Di, G> = { stride: St; padding: P; outputPadding: X; dilation: Di; groups: G }
/** The transpose of a convolution, as a layer.  @shape [n, c, ...space], [c, o / groups, ...window] -> [n, o, ...space'] */
export interface ConvTransposeOf {
  <S extends Shape, D extends FloatDType, V extends Device, W extends Shape, U extends Device, const St extends PerAxis = 1,
    const P extends Padding = 0, const X extends PerAxis = 0, const Di extends PerAxis = 1, G extends number = 1>(
    x: Tensor<S, D, V>, w: Must2<ConvTranspose<S, W, Turned<St, P, X, Di, G>>, V, U, Tensor<W, D, U>>,
    settings?: { readonly stride?: St; readonly padding?: P; readonly outputPadding?: X; readonly dilation?: Di; readonly groups?: G },
  ): Tensor<Shp<ConvTranspose<S, W, Turned<St, P, X, Di, G>>>, D, V | U>
}
/** Every window of all axes joined by an operation.  @shape [...s] -> [...s'] */
export interface ReduceWindowOf {
  /** Between dilated elements; the sizes are not computed. */
  <S extends Shape, D extends DType, V extends Device>(
    x: Tensor<S, D, V>, op: 'sum' | 'prod' | 'max' | 'min', settings: Patches<PerAxis, PerAxis, Padding, PerAxis> & { readonly inputDilation: PerAxis },
  ): Tensor<{ -readonly [I in keyof S]: number }, D, V>
  /** The last, so that its sentence is what is shown. */
  <S extends Shape, D extends DType, V extends Device, const K extends PerAxis, const St extends PerAxis = 1, const P extends Padding = 0, const Di extends PerAxis = 1>(
    x: Tensor<S, D, V>, op: 'sum' | 'prod' | 'max' | 'min', settings: Patches<Must<Windows<S, Patch<K, St, P, Di>>, K>, St, P, Di> & { readonly inputDilation?: never },
  ): Tensor<Shp<Windows<S, Patch<K, St, P, Di>>>, D, V>
}
type Pooled<S extends Shape, K, St, P> = Pool<S, { kernel: K; stride: [St] extends [undefined] ? K : St; padding: P }>
interface Pools<K, St, P> { readonly kernel: K; readonly stride?: St; readonly padding?: P }
/** Norms of windows.  @shape [..., ...space] -> [..., ...space'] */
export interface LpPoolOf {
  <S extends Shape, D extends FloatDType, V extends Device, const K extends PerAxis, const St extends PerAxis | undefined = undefined, const P extends Padding = 0>(
    x: Tensor<S, D, V>, p: number, settings: Pools<Must<Pooled<S, K, St, P>, K>, St, P>,
  ): Tensor<Shp<Pooled<S, K, St, P>>, D, V>
}
/** Maxima and their places.  @shape [..., ...space] -> [..., ...space'], [..., ...space'] */
export interface PoolIndicesOf {
  <S extends Shape, D extends FloatDType, V extends Device, const K extends PerAxis, const St extends PerAxis | undefined = undefined, const P extends Padding = 0>(
    x: Tensor<S, D, V>, settings: Pools<Must<Pooled<S, K, St, P>, K>, St, P>,
  ): readonly [values: Tensor<Shp<Pooled<S, K, St, P>>, D, V>, places: Tensor<Shp<Pooled<S, K, St, P>>, 'i32', V>]
}
/** Channels become space, or space channels.  @shape [..., c r², h, w] <-> [..., c, h r, w r] */
export interface PixelShuffleOf {
  <S extends Shape, D extends DType, V extends Device, R extends number>(x: Tensor<S, D, V>, r: Must<PixelShuffle<S, R>, R>): Tensor<Shp<PixelShuffle<S, R>>, D, V>
}
export interface PixelUnshuffleOf {
  <S extends Shape, D extends DType, V extends Device, R extends number>(x: Tensor<S, D, V>, r: Must<PixelUnshuffle<S, R>, R>): Tensor<Shp<PixelUnshuffle<S, R>>, D, V>
}
/** Two vectors.  @shape [n], [m] -> by the mode */
export interface SlidOf<M0 extends SlideMode> {
  <S extends Shape, D extends DType, V extends Device, T extends Shape, E extends DType, W extends Device, M extends SlideMode = M0>(
    x: Tensor<S, D, V>, y: Must2<Slid<S, T, M>, V, W, Tensor<T, E, W>>, settings?: { readonly mode?: M },
  ): Tensor<Shp<Slid<S, T, M>>, FloatOf<Promote<D, E>>, V | W>
}
type General<St, P, X, Di, G, B> = { stride: St; padding: P; inputDilation: X; dilation: Di; groups: G; imageGroups: B }
/** Axes by letters.  @shape by the layout */
export interface ConvGeneralOf {
  <S extends Shape, D extends FloatDType, V extends Device, W extends Shape, U extends Device, const St extends PerAxis = 1,
    const P extends Padding | 'SAME' | 'VALID' = 0, const X extends PerAxis = 1, const Di extends PerAxis = 1, G extends number = 1, B extends number = 1,
    const L extends Layout = ['NCDHW', 'OIDHW', 'NCDHW']>(
    x: Tensor<S, D, V>, w: Must2<GeneralBy<S, W, L, General<St, P, X, Di, G, B>>, V, U, Tensor<W, D, U>>,
    settings?: {
      readonly stride?: St; readonly padding?: P; readonly inputDilation?: X; readonly dilation?: Di; readonly groups?: G; readonly imageGroups?: B
      readonly layout?: L
    },
  ): Tensor<Shp<GeneralBy<S, W, L, General<St, P, X, Di, G, B>>>, D, V | U>
}
/** Without a layout the letters are as many as the axes. */
type GeneralBy<S extends Shape, W extends Shape, L extends Layout, T> =
  L extends ['NCDHW', 'OIDHW', 'NCDHW'] ? ConvGeneral<S, W, Standard<S>, T> : ConvGeneral<S, W, L, T>
type Standard<S extends Shape> =
  S['length'] extends 3 ? ['NCW', 'OIW', 'NCW'] : S['length'] extends 4 ? ['NCHW', 'OIHW', 'NCHW'] : S['length'] extends 5 ? ['NCDHW', 'OIDHW', 'NCDHW'] : [string, string, string]
