/**
 * Figures into files: SVG as it is, PNG by resvg (no browser, no Python). Writes are all or nothing, as everywhere
 * in io/. Text needs a font on the machine or in the settings; without one it would vanish in silence, so that is
 * refused.
 */
import { fail } from '../type/fault.js'
import { writeAtomic } from '../io/atomic.js'
import type { Svg } from './figure.js'
import { rasterizer } from './peers.js'

/** How a figure becomes pixels. */
export interface PngSettings {
  /** Pixels of the PNG for each pixel of the figure; 2 if not given. */
  readonly scale?: number
  /** Paths of font files to use beside the machine's fonts. */
  readonly fontFiles?: readonly string[]
}

/**
 * Saves a figure as an SVG file; rejects with FileError.
 * @example await saveSvg('loss.svg', await curves(history))
 */
export const saveSvg = (path: string, svg: Svg): Promise<void> => writeAtomic(path, [new TextEncoder().encode(svg)])

/**
 * Saves a figure as a PNG file; rejects with FileError, also when the rasterizer is not installed.
 * @example await savePng('loss.png', await curves(history))
 */
export const savePng = async (path: string, svg: Svg, settings: PngSettings = {}): Promise<void> =>
  writeAtomic(path, [await toPng(svg, settings)])

/**
 * The PNG bytes of a figure; rejects with FileError when the rasterizer or every font is missing, with
 * InvalidArgument when the text is no SVG.
 * @example (await toPng('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')).length
 */
export const toPng = async (svg: Svg, settings: PngSettings = {}): Promise<Uint8Array> => {
  const { Resvg } = await rasterizer()
  const font = { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans', fontFiles: [...(settings.fontFiles ?? [])] }
  const render = (of: Svg, zoom: number) =>
    new Resvg(of, { font, background: 'white', fitTo: { mode: 'zoom', value: zoom } })
  if (svg.includes('<text') && render(probe, 1).getBBox() === undefined)
    fail(
      'FileError',
      'savePng: this machine has no font, so the figure would lose its text: install one (Debian: fonts-dejavu-core) or pass fontFiles.',
    )
  try {
    return render(svg, settings.scale ?? 2)
      .render()
      .asPng()
  } catch (cause) {
    return fail(
      'InvalidArgument',
      `savePng: the text is no SVG that can be drawn (${String((cause as Error).message)}): pass what curves, confusion and the like give.`,
    )
  }
}

const probe: Svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text x="0" y="15">x</text></svg>'
