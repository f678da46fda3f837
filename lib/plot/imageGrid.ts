/**
 * A grid of pictures with captions, to look at a batch before training on it and at the mistakes after. Pictures
 * are [n, height, width], [n, 1, height, width] or [n, 3, height, width]: u8 as they are, floats from 0 to 1
 * unless another range is given. Each picture is one embedded PNG, so a pixel stays a sharp square at any size.
 */
import { fail } from '../type/fault.js'
import { sizeOf, type HostTensor } from '../io/host.js'
import { escaped, fonts, text, type Svg } from './figure.js'
import { encodePng } from './png.js'

/** How to lay the grid out. */
export interface GridSettings {
  readonly title?: string
  /** Pictures in a row; about a square if not given. */
  readonly columns?: number
  /** A caption for each picture. */
  readonly captions?: readonly string[]
  /** The width of one picture on the page, in pixels; 84 if not given. */
  readonly size?: number
  /** The values drawn black and white; [0, 255] for u8 and [0, 1] for floats if not given. */
  readonly range?: readonly [number, number]
}

/**
 * Pictures in a grid as SVG; throws InvalidArgument for a shape that is no stack of pictures.
 * @example imageGrid(hostTensor('u8', [2, 4, 4], new Uint8Array(32)), { captions: ['a', 'b'] })
 */
export const imageGrid = (images: HostTensor, settings: GridSettings = {}): Svg => {
  const frame = frameOf(images)
  const { title, columns = Math.ceil(Math.sqrt(frame.count)), captions = [], size = 84 } = settings
  const cell = {
    width: size + 10,
    height: Math.round((size * frame.height) / frame.width) + (captions.length > 0 ? 26 : 10),
  }
  const top = title === undefined ? 6 : 36
  const width = Math.max(columns * cell.width, 7 * (title ?? '').length) + 10
  const height = top + Math.ceil(frame.count / columns) * cell.height + 6
  const pictures = Array.from({ length: frame.count }, (_, i) => {
    const [x, y] = [10 + (i % columns) * cell.width, top + Math.floor(i / columns) * cell.height]
    return picture(
      pngOf(images, frame, i, rangeOf(images, settings)),
      { x, y, width: size, height: (size * frame.height) / frame.width },
      captions[i],
    )
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(fonts)}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    title === undefined ? '' : text(title, { x: 10, y: 24, size: 16, weight: 'bold' }),
    ...pictures,
    '</svg>',
  ].join('\n')
}

interface Frame {
  readonly count: number
  readonly channels: 1 | 3
  readonly height: number
  readonly width: number
}

const frameOf = ({ shape }: HostTensor): Frame => {
  const [count = 0, channels = 0, height = 0, width = 0] =
    shape.length === 3 ? [shape[0] ?? 0, 1, shape[1] ?? 0, shape[2] ?? 0] : shape
  return (shape.length === 3 || shape.length === 4) && (channels === 1 || channels === 3) && sizeOf(shape) > 0
    ? { count, channels, height, width }
    : fail(
        'InvalidArgument',
        `imageGrid: shape [${shape.join(', ')}] is no stack of pictures: pass [n, height, width], [n, 1, height, width] or [n, 3, height, width] with no dim 0.`,
      )
}

const rangeOf = ({ dtype }: HostTensor, { range }: GridSettings): readonly [number, number] =>
  range ?? (dtype === 'u8' ? [0, 255] : [0, 1])

/** Planes become interleaved pixels, and each pixel a block, since not every renderer keeps enlarged pixels sharp. */
const pngOf = (
  { data }: HostTensor,
  { channels, height, width }: Frame,
  i: number,
  [black, white]: readonly [number, number],
): Uint8Array => {
  const block = Math.max(1, Math.ceil(168 / width))
  const plane = height * width
  const pixels = new Uint8ClampedArray(plane * channels * block * block)
  for (let at = 0; at < pixels.length; at++) {
    const column = Math.floor(at / channels) % (width * block)
    const row = Math.floor(at / (channels * width * block))
    const value = Number(
      data[(i * channels + (at % channels)) * plane + Math.floor(row / block) * width + Math.floor(column / block)],
    )
    pixels[at] = (255 * (value - black)) / (white - black)
  }
  return encodePng(new Uint8Array(pixels.buffer), { width: width * block, height: height * block, channels })
}

const picture = (
  png: Uint8Array,
  at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  caption?: string,
): string =>
  `<image x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" href="data:image/png;base64,${Buffer.from(png).toString('base64')}"/>` +
  (caption === undefined
    ? ''
    : text(caption, { x: at.x + at.width / 2, y: at.y + at.height + 14, size: 11, anchor: 'middle' }))
