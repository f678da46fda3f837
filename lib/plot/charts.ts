/**
 * The charts of everyday work: a confusion matrix, a histogram, a scatter plot. Each is a function from data to
 * SVG text; each refuses, with a sentence, data that it would otherwise draw as an empty frame.
 */
import { fail } from '../type/fault.js'
import { sizeOf, type HostTensor } from '../io/host.js'
import { colors, figure, panel, type FigureSettings, type Svg } from './figure.js'

/** Numbers to draw: an array, a typed array, or a host tensor of any shape. */
export type Values = ArrayLike<number> | HostTensor

/**
 * A confusion matrix as a heat map with its numbers: rows are true classes, columns predicted ones, colour the
 * part of the row; throws InvalidArgument unless the matrix is square with a label for each class.
 * @example await confusion([[9, 1], [2, 8]], ['cat', 'dog'])
 */
export const confusion = async (
  matrix: readonly (readonly number[])[] | HostTensor,
  labels: readonly string[],
  settings: FigureSettings = {},
): Promise<Svg> => {
  const rows = squareRows(matrix, labels.length)
  const names = distinct(labels)
  const side = Math.max(360, 110 + 46 * labels.length)
  const margin = 40 + 6.5 * Math.max(1, ...labels.map((name) => Math.min(16, name.length)))
  const cells = rows.flatMap((row, i) =>
    row.map((count, j) => ({ truth: names[i], predicted: names[j], count, part: count / (sum(row) || 1) })),
  )
  const drawn = await panel(
    (Plot) => ({
      marginLeft: margin,
      marginTop: 24,
      marginRight: 20,
      marginBottom: margin,
      padding: 0.04,
      x: {
        domain: names,
        label: 'predicted',
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 0,
        tickRotate: labels.some((name) => name.length > 3) ? -45 : 0,
        tickFormat: shortened,
      },
      y: {
        domain: names,
        label: 'true',
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 0,
        tickFormat: shortened,
      },
      color: { type: 'linear', scheme: 'blues', domain: [0, 1] },
      marks: [
        Plot.cell(cells, { x: 'predicted', y: 'truth', fill: 'part' }),
        Plot.text(cells, {
          x: 'predicted',
          y: 'truth',
          text: (c: { readonly count: number }) => numeral(c.count),
          fill: (c: { readonly part: number }) => (c.part > 0.5 ? 'white' : '#222'),
          fontSize: 12,
        }),
      ],
    }),
    { width: settings.width ?? side, height: settings.height ?? side },
  )
  return figure([drawn], titled(settings))
}

/**
 * How values are distributed; those that are not finite are left out. Throws InvalidArgument when none is finite.
 * @example await histogram([1, 2, 2, 3], { label: 'weight' })
 */
export const histogram = async (
  values: Values,
  settings: FigureSettings & { readonly label?: string; readonly bins?: number } = {},
): Promise<Svg> => {
  const finite = Array.from(numbers(values)).filter(Number.isFinite)
  if (finite.length === 0) fail('InvalidArgument', 'histogram: there is no finite value to draw: pass at least one.')
  const drawn = await panel(
    (Plot) => ({
      marginLeft: 60,
      marginBottom: 42,
      marginTop: 30,
      x: { label: settings.label ?? 'value', labelAnchor: 'center', labelArrow: 'none' },
      y: { label: 'count', grid: true, labelArrow: 'none' },
      marks: [
        Plot.rectY(finite, { ...bins(Plot, settings.bins ?? 40), fill: colors[0] as string }),
        Plot.ruleY([0]),
      ],
    }),
    sized(settings),
  )
  return figure([drawn], titled(settings))
}

/**
 * Points in the plane, coloured by class if classes are given; throws InvalidArgument when the lengths differ.
 * @example await scatter([1, 2], [3, 4], { classes: ['a', 'b'] })
 */
export const scatter = async (
  xs: Values,
  ys: Values,
  settings: FigureSettings & {
    readonly xLabel?: string
    readonly yLabel?: string
    readonly classes?: ArrayLike<string | number>
  } = {},
): Promise<Svg> => {
  const [x, y] = [numbers(xs), numbers(ys)]
  const of = settings.classes
  if (x.length !== y.length || (of !== undefined && of.length !== x.length))
    fail(
      'InvalidArgument',
      `scatter: there are ${x.length} x, ${y.length} y${of === undefined ? '' : ` and ${of.length} classes`}: pass as many of each.`,
    )
  const points = Array.from(x, (value, i) => ({
    x: value,
    y: y[i] as number,
    name: of === undefined ? '' : String(of[i]),
  }))
  const legend = [...new Set(points.map((p) => p.name))]
    .sort(byNumber)
    .map((name, i) => ({ name, color: colors[i % colors.length] as string }))
  const drawn = await panel(
    (Plot) => ({
      marginLeft: 56,
      marginBottom: 42,
      marginTop: 30,
      inset: 6,
      x: { label: settings.xLabel ?? 'x', labelAnchor: 'center', labelArrow: 'none', grid: true },
      y: { label: settings.yLabel ?? 'y', labelArrow: 'none', grid: true },
      color: { domain: legend.map((s) => s.name), range: legend.map((s) => s.color) },
      marks: [
        Plot.frame({ stroke: '#ccc' }),
        Plot.dot(points, { x: 'x', y: 'y', fill: 'name', fillOpacity: 0.75, r: points.length > 1000 ? 1.5 : 3 }),
      ],
    }),
    sized(settings),
  )
  return figure([drawn], { ...titled(settings), legend: of === undefined ? [] : legend })
}

const bins = (Plot: typeof import('@observablehq/plot'), thresholds: number) =>
  Plot.binX({ y: 'count' }, { x: (v: number) => v, thresholds })

const numbers = (values: Values): ArrayLike<number> => {
  const data = 'data' in values ? values.data : values
  return data instanceof BigInt64Array ? Array.from(data, Number) : data
}

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

const sized = ({ width = 520, height = 340 }: FigureSettings): { readonly width: number; readonly height: number } => ({
  width,
  height,
})

const titled = ({ title }: FigureSettings): { readonly title?: string } => (title === undefined ? {} : { title })

const byNumber = (a: string, b: string): number => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0)

const shortened = (name: string): string => (name.length <= 16 ? name : `${name.slice(0, 15)}…`)

const numeral = (x: number): string => (Number.isInteger(x) ? String(x) : x.toFixed(2))

/** Two classes of one name stay two rows: a mark that prints as nothing tells them apart. */
const distinct = (labels: readonly string[]): readonly string[] =>
  labels.map((name, i) => name + '\u200b'.repeat(labels.slice(0, i).filter((other) => other === name).length))

const squareRows = (matrix: readonly (readonly number[])[] | HostTensor, n: number): readonly (readonly number[])[] => {
  const rows = 'data' in matrix ? rowsOf(matrix) : matrix
  if (n === 0 || rows.length !== n || rows.some((row) => row.length !== n))
    fail(
      'InvalidArgument',
      `confusion: the matrix has ${rows.length} rows of ${[...new Set(rows.map((row) => row.length))].join(' or ')} for ${n} labels: pass one row, one column and one label for each class.`,
    )
  return rows
}

const rowsOf = (h: HostTensor): readonly (readonly number[])[] => {
  const [rows = 0, ...rest] = h.shape
  const size = sizeOf(rest)
  const all = Array.from(numbers(h))
  return rest.length === 1
    ? Array.from({ length: rows }, (_, i) => all.slice(i * size, (i + 1) * size))
    : fail('InvalidArgument', `confusion: the matrix has shape [${h.shape.join(', ')}]: pass one of two dims.`)
}
