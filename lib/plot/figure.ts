/**
 * A figure: a title, a legend and panels side by side on white, as one SVG text. Observable Plot draws each panel;
 * the page around them is ours, because Plot's own titles and legends are HTML, which no SVG renderer shows. A
 * figure is a string, so it can be compared, saved and sent; drawing is a function of the data alone.
 */
import type { PlotOptions } from '@observablehq/plot'
import { blankDocument, observablePlot } from './peers.js'

/** A figure as SVG text. */
export type Svg = string

/** The size and the title of a figure. */
export interface FigureSettings {
  readonly title?: string
  /** Pixels; a figure of several panels shares them. */
  readonly width?: number
  readonly height?: number
}

/** The fonts asked for, in order: whichever the machine has. */
export const fonts = 'Helvetica, Arial, "DejaVu Sans", "Liberation Sans", sans-serif'

/** One colour a series, told apart in print and by colour-blind readers (Okabe and Ito). */
export const colors: readonly string[] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000']

/** A name and its colour, in a legend. */
export interface Swatch {
  readonly name: string
  readonly color: string
}

/** A drawn panel: the SVG element's text and its size. */
export interface Panel {
  readonly svg: string
  readonly width: number
  readonly height: number
}

/**
 * Draws one panel with Observable Plot; rejects with FileError when Plot or linkedom is not installed.
 * @example await panel((Plot) => ({ marks: [Plot.dot([[1, 2]])] }), { width: 300, height: 200 })
 */
export const panel = async (
  of: (Plot: typeof import('@observablehq/plot')) => PlotOptions,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Panel> => {
  const [Plot, document] = await Promise.all([observablePlot(), blankDocument()])
  const drawn = Plot.plot({
    width,
    height,
    style: { fontFamily: fonts, fontSize: '12px' },
    ...of(Plot),
    document: document as never,
  })
  return { svg: String((drawn as { readonly outerHTML: unknown }).outerHTML), width, height }
}

/**
 * Panels side by side under a title and a legend.
 * @example figure([{ svg: '<svg/>', width: 10, height: 10 }], { title: 'Loss' })
 */
export const figure = (
  panels: readonly Panel[],
  settings: { readonly title?: string; readonly legend?: readonly Swatch[] } = {},
): Svg => {
  const { title = '', legend = [] } = settings
  const titleHeight = title === '' ? 0 : 30
  const head = titleHeight + (legend.length === 0 ? 0 : 26)
  const width = panels.reduce((sum, p) => sum + p.width, 0)
  const height = head + Math.max(0, ...panels.map((p) => p.height))
  const lefts = panels.map((_, i) => panels.slice(0, i).reduce((sum, p) => sum + p.width, 0))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(fonts)}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    title === '' ? '' : text(title, { x: 14, y: 22, size: 16, weight: 'bold' }),
    ...swatches(legend, titleHeight),
    ...panels.map((p, i) => placed(p.svg, lefts[i] ?? 0, head)),
    '</svg>',
  ].join('\n')
}

/**
 * A line of SVG text.
 * @example text('loss', { x: 0, y: 12 })
 */
export const text = (
  words: string,
  at: {
    readonly x: number
    readonly y: number
    readonly size?: number
    readonly weight?: string
    readonly anchor?: string
  },
): string =>
  `<text x="${at.x}" y="${at.y}" font-size="${at.size ?? 12}" font-weight="${at.weight ?? 'normal'}" text-anchor="${at.anchor ?? 'start'}" fill="#222">${escaped(words)}</text>`

/**
 * Text as it may stand in XML; characters that XML cannot hold are left out.
 * @example escaped('a < b') // 'a &lt; b'
 */
export const escaped = (words: string): string =>
  // eslint-disable-next-line no-control-regex
  words
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, '')
    .replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c)

/**
 * The title alone of a figure's settings.
 * @example titled({ width: 300 }) // {}
 */
export const titled = ({ title }: FigureSettings): { readonly title?: string } => (title === undefined ? {} : { title })

const placed = (svg: string, x: number, y: number): string => svg.replace('<svg ', `<svg x="${x}" y="${y}" `)

const swatches = (legend: readonly Swatch[], top: number): readonly string[] => {
  const lefts = legend.map((_, i) => 14 + legend.slice(0, i).reduce((sum, s) => sum + 44 + 7 * s.name.length, 0))
  return legend.map(({ name, color }, i) => {
    const x = lefts[i] ?? 0
    return `<rect x="${x}" y="${top + 10}" width="16" height="4" fill="${color}"/>${text(name, { x: x + 22, y: top + 16 })}`
  })
}
