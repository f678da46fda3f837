/**
 * Laws of the corners where libraries differ: which of two zeros of unlike sign is larger, and what an infinity meets in the
 * padding of a window. They are stated against IEEE's rule and against padding written out, not against the reference.
 */
import type { Host, Node } from '../lib/ir/node.js'
import { b } from '../lib/prim/index.js'
import type { Window } from '../lib/prim/conv.js'
import { closed } from './calculus.js'
import { every } from './close.js'
import type { Verdict } from './close.js'
import type { Gen } from './draw.js'
import { hostOf } from './host.js'
import type { Machine } from './machine.js'

/** Zeros of both signs, drawn. */
export const zeroSample = (dtype: 'f32' | 'f64'): Gen<Host> => (draw) => hostOf({ shape: [2, 1 + draw(70)], dtype }, () => (draw(2) === 0 ? 0 : -0))
/** The larger of unlike zeros is +0 and the smaller -0, one by one and over an axis (IEEE 754-2019, maximum and minimum). */
export const zerosAreOrdered = (x: Host, on: Machine): Verdict => {
  const [n, data] = [x.shape[1] as number, x.data as Float64Array]
  const rows = [data.slice(0, n), data.slice(n)] as [Float64Array, Float64Array]
  const [max, min, top, bottom] = on.run(closed((v) => {
    const row = (i: number): Node => b.slice([v as Node], { start: [i, 0], limit: [i + 1, n], step: [1, 1] })
    return [b.max([row(0), row(1)]), b.min([row(0), row(1)]), b.reduceMax([v as Node], { axes: [1] }), b.reduceMin([v as Node], { axes: [1] })]
  }, [x]), [x]).map((y) => Array.from(y.data as Float64Array)) as [number[], number[], number[], number[]]
  const pairs: readonly (readonly [got: number, want: number])[] = [
    ...max.map((g, i): [number, number] => [g, Math.max(rows[0][i] as number, rows[1][i] as number)]), ...min.map((g, i): [number, number] => [g, Math.min(rows[0][i] as number, rows[1][i] as number)]),
    ...top.map((g, i): [number, number] => [g, Math.max(...(rows[i] as Float64Array))]), ...bottom.map((g, i): [number, number] => [g, Math.min(...(rows[i] as Float64Array))]),
  ]
  return every(pairs, ([got, want], i) => (Object.is(got, want) ? true : `zero ${i} is ${Object.is(got, -0) ? '-0' : got}, want ${Object.is(want, -0) ? '-0' : want}`))
}

/** An image, a kernel and a cotangent with infinities and NaN in them, for a padded window. */
export interface Padded { readonly x: Host; readonly w: Host; readonly ct: Host; readonly window: Window }
export const paddedSample: Gen<Padded> = (draw) => {
  const rank = 1 + draw(2)
  const few = (n: number): number[] => Array.from({ length: rank }, () => draw(n))
  const [c, o, groups] = [1 + draw(3), 1 + draw(4), 1 + draw(2)]
  const [kernel, stride, dilation] = [few(3).map((k) => k + 1), few(2).map((s) => s + 1), few(2).map((d) => d + 1)]
  const padding = kernel.map((): [number, number] => [draw(3), draw(3)])
  const space = few(6).map((n, i) => n + (dilation[i] as number) * ((kernel[i] as number) - 1) + 1)
  const out = space.map((n, i) => Math.floor((n + (padding[i] as [number, number])[0] + (padding[i] as [number, number])[1] - (dilation[i] as number) * ((kernel[i] as number) - 1) - 1) / (stride[i] as number)) + 1)
  const filled = (shape: readonly number[]): Host => hostOf({ shape, dtype: 'f32' }, () => [NaN, Infinity, -Infinity][draw(40)] ?? draw(9) - 4)
  return {
    x: filled([1 + draw(2), c * groups, ...space]), w: filled([o * groups, c, ...kernel]), ct: filled([1, o * groups, ...out]),
    window: { stride, padding, dilation, groups, precision: 'highest' },
  }
}
/** Padding is zeros that are multiplied: a padded convolution, and its derivative in the kernel, is that of the padded input. */
export const paddingIsZeros = ({ x, w, ct, window }: Padded, on: Machine): Verdict => {
  const one: Host = { ...ct, shape: [x.shape[0] as number, ...ct.shape.slice(1)], data: Float32Array.from({ length: ct.data.length * (x.shape[0] as number) }, (_, i) => ct.data[i % ct.data.length] as number) }
  const [got, want, gotW, wantW] = on.run(closed((a, k, y) => {
    const [v, u, d] = [a, k, y] as [Node, Node, Node]
    const edge = (side: 0 | 1): number[] => [0, 0, ...window.padding.map((p) => p[side])]
    const wide = b.pad([v, b.constant([], { value: 0, dtype: 'f32' })], { low: edge(0), high: edge(1), interior: x.shape.map(() => 0) })
    const open = { ...window, padding: window.padding.map((): [number, number] => [0, 0]) }
    const kernel = w.shape.slice(2)
    return [b.conv([v, u], window), b.conv([wide, u], open), b.convWeight([v, d], { ...window, kernel }), b.convWeight([wide, d], { ...open, kernel })]
  }, [x, w, one]), [x, w, one]).map((y) => Array.from(y.data as Float32Array)) as [number[], number[], number[], number[]]
  return every([...got, ...gotW], (g, i) => {
    const v = [...want, ...wantW][i] as number
    return Object.is(g, v) || g === v ? true : `element ${i} is ${g}, of the padded input ${v}`
  })
}
