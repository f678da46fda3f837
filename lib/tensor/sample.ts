/**
 * Images sampled at places that are tensors themselves: a place is a vector of coordinates from -1 to 1, the last axis of
 * the image first. Linear sampling is a sum over the corners of the cell that a place lies in; it is differentiable in the
 * image and in the places.
 */
import type { Node } from '../ir/node.js'
import { leaf, numel } from '../ir/node.js'
import { addAll, b, castTo, constant, cut, reshapeTo, stretch, zeros } from '../prim/index.js'
import type { Device, FloatDType, Shape, Tensor } from '../type/index.js'
import { fail, show } from '../type/index.js'
import { sizes } from './fit.js'
import { asDType, commonDType } from './operand.js'

interface Sampling { readonly mode?: 'bilinear' | 'nearest'; readonly padding?: 'zeros' | 'border'; readonly alignCorners?: boolean }
const num = (v: number, x: Node): Node => constant(v, x)
/** A coordinate in pixels: -1 and 1 are the outer edges of an axis, or (aligned) the centres of its first and last pixel. */
const inPixels = (x: Node, n: number, aligned: boolean): Node =>
  aligned ? b.mul([b.add([x, num(1, x)]), num((n - 1) / 2, x)]) : b.sub([b.mul([b.add([x, num(1, x)]), num(n / 2, x)]), num(0.5, x)])
const clamped = (x: Node, n: number): Node => b.max([b.min([x, num(n - 1, x)]), zeros(x)])
/** Pixels [images, channels, space] at flat places [images, count], as [images, channels, count]. */
const pixels = (x: Node, at: Node): Node =>
  b.permute([b.gather([b.permute([x], { axes: [0, 2, 1] }), at], { batch: 1 })], { axes: [0, 2, 1] })
interface Corner { readonly at: readonly Node[]; readonly weight: Node | null }
/** The corners of the cell of each place: whole coordinates, and the share of each. */
const corners = (places: readonly Node[]): Corner[] =>
  places.reduce<Corner[]>((all, p) => {
    const low = b.stop([b.floor([p])])
    const high = b.add([low, num(1, low)])
    const [near, far] = [b.sub([high, p]), b.sub([p, low])]
    const share = (w: Node | null, v: Node): Node => (w === null ? v : b.mul([w, v]))
    return all.flatMap(({ at, weight }) => [{ at: [...at, low], weight: share(weight, near) }, { at: [...at, high], weight: share(weight, far) }])
  }, [{ at: [], weight: null }])
const nearest = (places: readonly Node[]): Corner[] => [{ at: places.map((p) => b.stop([b.round([p])])), weight: null }]
/** What a corner adds: its pixel, or nothing outside. */
const part = (image: Node, { at, weight }: Corner, space: readonly number[], outside: boolean): Node => {
  const whole = at.map((p, i) => clamped(p, space[i] as number))
  const flat = whole.reduce((sum, p, i) => b.add([b.mul([sum, num(space[i] as number, sum)]), p]))
  const read = pixels(image, castTo(flat, 'i32'))
  const over = (x: Node): Node => b.broadcast([x], { shape: read.shape, axes: [0, 2] })
  const inside = at.map((p, i) => b.eq([p, whole[i] as Node])).reduce((p, q) => b.and([p, q]))
  const value = weight === null ? read : b.mul([read, over(weight)])
  return outside ? b.where([over(inside), value, zeros(value)]) : value
}
/**
 * An image at given places, by the mean of the nearest pixels ('bilinear', over any number of axes) or by the nearest one.
 * Outside the image there are zeros, or with padding 'border' its edge.
 * @shape [n, c, ...space], [n, ...out, rank of space] → [n, c, ...out]
 * @dtype float → promoted
 * @throws ShapeMismatch when the places have not one coordinate an axis, or other images than x.
 * @source torch.nn.functional.grid_sample, PyTorch 2.13.
 * @example deepClose(await read(gridSample(tensor([[[1, 3]]]), tensor([[[0]]]))), [[[2]]])
 */
export const gridSample = <D extends FloatDType, V extends Device, W extends Device>(
  x: Tensor<Shape, D, V>, grid: Tensor<Shape, FloatDType, W>, s: Sampling = {},
): Tensor<Shape, D, V | W> => {
  const [node, at] = asDType('gridSample', [x, grid], commonDType('gridSample', [x, grid])) as [Node, Node]
  const [n, c, ...space] = node.shape
  if (c === undefined || space.length === 0 || at.shape[0] !== n || at.shape.at(-1) !== space.length || at.shape.length < 2)
    return fail('ShapeMismatch', `gridSample: places ${show(at.shape)} do not fit images ${show(node.shape)}; give [n, ...out, ${space.length}]`)
  const out = at.shape.slice(1, -1)
  const flat = reshapeTo(at, [n as number, numel(out), space.length])
  const coordinate = (axis: number): Node => reshapeTo(cut(flat, 2, space.length - 1 - axis, 1), [n as number, numel(out)])
  const border = s.padding === 'border'
  const places = space.map((d, axis) => inPixels(coordinate(axis), d, s.alignCorners ?? false)).map((p, i) => (border ? clamped(p, space[i] as number) : p))
  const image = reshapeTo(node, [n as number, c, numel(space)])
  const parts = (s.mode === 'nearest' ? nearest(places) : corners(places)).map((corner) => part(image, corner, space, !border))
  return reshapeTo(addAll(parts) as Node, [n as number, c, ...out]) as never
}
/** From -1 to 1 in n steps: the edges' centres when aligned, else the centres of n pixels. */
const steps = (n: number, aligned: boolean): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => (aligned ? (n === 1 ? 0 : (2 * i) / (n - 1) - 1) : (2 * i + 1) / n - 1))
/**
 * The places that an affine map gives to the pixels of an image: θ (x, y, 1) for each pixel (x, y); for `gridSample`.
 * @shape [n, k, k + 1], (size of k axes) → [n, ...size, k]
 * @dtype float → same
 * @throws ShapeMismatch when the maps are not [n, k, k + 1] for k sizes.
 * @source torch.nn.functional.affine_grid, PyTorch 2.13.
 * @example deepClose(await read(affineGrid(tensor([[[1, 0, 0], [0, 1, 0]]]), [1, 2])), [[[[-0.5, 0], [0.5, 0]]]])
 */
export const affineGrid = <D extends FloatDType, V extends Device>(
  theta: Tensor<Shape, D, V>, size: readonly number[], s: { readonly alignCorners?: boolean } = {},
): Tensor<Shape, D, V> => {
  const [maps] = asDType('affineGrid', [theta], commonDType('affineGrid', [theta])) as [Node]
  const [space, k] = [sizes('affineGrid', size), size.length]
  if (maps.shape.length !== 3 || maps.shape[1] !== k || maps.shape[2] !== k + 1) return fail('ShapeMismatch', `affineGrid: maps ${show(maps.shape)} are not [n, ${k}, ${k + 1}], as ${k} axes need`)
  const along = (axis: number): Node => {
    const line = castTo(leaf(steps(space[axis] as number, s.alignCorners ?? false), [space[axis] as number], 'f64'), maps.dtype)
    return reshapeTo(b.broadcast([line], { shape: space, axes: [axis] }), [numel(space), 1])
  }
  const columns = [...space.keys()].reverse().map(along)
  const points = b.concat([...columns, constant(1, { shape: [numel(space), 1], dtype: maps.dtype })], { axis: 1 })
  const n = maps.shape[0] as number
  const product = b.dot([stretch(points, [n, ...points.shape]), b.permute([maps], { axes: [0, 2, 1] })])
  return reshapeTo(product, [n, ...space, k]) as never
}
