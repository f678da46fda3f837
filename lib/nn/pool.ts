/** Pooling over the last axes: nothing to learn. A number is a square window over two axes; the stride is the window's. */
import { adaptiveAvgPool as adaptive, avgPool as average, maxPool as largest, mean } from '../tensor/index.js'
import type { AdaptivePoolL, AdaptivePoolLayer, GlobalPoolL, Layer, Padding, PerAxis, PoolL, PoolLayer, PoolSettings } from '../type/index.js'
import { adaptivePool, pool, poolWindow } from '../type/index.js'
import type { Definition, Float } from './definition.js'
import { layer, pure } from './definition.js'

interface Given { readonly stride?: PerAxis; readonly padding?: Padding }
const pooling = (kind: string, op: (x: Float, settings: PoolSettings) => Float) =>
  (kernel: PerAxis, settings: Given = {}): Definition => {
    const given: PoolSettings = { kernel, ...settings }
    return pure({ kind, shape: (input) => pool(input, poolWindow(given)), apply: (x) => op(x, given) })
  }
const maxPooling = pooling('maxPool', (x, s) => largest(x, s)), avgPooling = pooling('avgPool', (x, s) => average(x, s))

/**
 * The largest element of each window; settings `stride` (the window's size unless given) and `padding`.
 * @shape [..., ...space] → [..., ...space']
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.MaxPool2d.html
 * @example deepClose(nn.model([6, 30, 30], nn.maxPool(2)).output, [6, 15, 15])
 */
export const maxPool: PoolLayer = <const K extends PerAxis, const St extends PerAxis = K, const P extends Padding = 0>(
  kernel: K, settings?: { readonly stride?: St; readonly padding?: P },
) => layer<PoolL<{ kernel: K; stride: St; padding: P }>>(maxPooling(kernel, settings))
/**
 * The mean of each window, padding counted as zeros; settings `stride` and `padding`.
 * @shape [..., ...space] → [..., ...space']
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.AvgPool2d.html
 * @example deepClose(nn.model([6, 30, 30], nn.avgPool(3)).output, [6, 10, 10])
 */
export const avgPool: PoolLayer = <const K extends PerAxis, const St extends PerAxis = K, const P extends Padding = 0>(
  kernel: K, settings?: { readonly stride?: St; readonly padding?: P },
) => layer<PoolL<{ kernel: K; stride: St; padding: P }>>(avgPooling(kernel, settings))
const plain = (size: PerAxis): PerAxis => size
/**
 * Means over as many windows as the result has elements, whatever the input's size.
 * @shape [..., h, w] → [..., ...size]
 * @dtype float → same
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.AdaptiveAvgPool2d.html
 * @example deepClose(nn.model([6, 30, 30], nn.adaptiveAvgPool(7)).output, [6, 7, 7])
 */
export const adaptiveAvgPool: AdaptivePoolLayer = <const Z extends PerAxis>(size: Z) =>
  layer<AdaptivePoolL<Z>>(pure({ kind: 'adaptiveAvgPool', shape: (input) => adaptivePool(input, size), apply: (x) => adaptive(x, plain(size)) }))
/**
 * The mean of each channel over all of space.
 * @shape [c, ...space] → [c]
 * @dtype float → same
 * @example deepClose(nn.model([6, 30, 30], nn.globalAvgPool).output, [6])
 */
export const globalAvgPool: Layer<GlobalPoolL> = layer(pure({
  kind: 'globalAvgPool',
  shape: ([channels]) => (channels === undefined ? 'globalAvgPool: needs [C, ...space]' : [channels]),
  apply: (x) => mean(x, { axes: x.shape.slice(2).map((_, i) => i + 2) }),
}))
