/**
 * Training curves: one panel for each measured quantity, one line for each part of the data (train, validation,
 * test). The names of the history say which is which: `trainLoss`, `val_loss` and `validation/loss` are all
 * losses. Law: each finite number of the history is one point; numbers that are not finite leave a gap in their
 * line.
 */
import type { Row } from '../io/history.js'
import { fail } from '../type/fault.js'
import { colors, figure, panel, type FigureSettings, type Panel, type Svg, type Swatch } from './figure.js'

/** A panel of curves: a title and the column of each named line. */
export interface CurvePanel {
  readonly title: string
  readonly lines: Readonly<Record<string, string>>
}

/** What to draw; everything is found from the names of the history if not given. */
export interface CurveSettings extends FigureSettings {
  /** The column along the horizontal axis: `epoch`, else `step`, if not given. */
  readonly x?: string
  readonly panels?: readonly CurvePanel[]
}

interface Point {
  readonly x: number
  readonly y: number
  readonly line: string
}

/**
 * The curves of a history as SVG; throws InvalidArgument for an empty history or an unknown column, rejects with
 * FileError when a drawing package is not installed.
 * @example await curves([{ epoch: 1, trainLoss: 0.9, valLoss: 1 }, { epoch: 2, trainLoss: 0.5, valLoss: 0.7 }])
 */
export const curves = async (history: readonly Row[], settings: CurveSettings = {}): Promise<Svg> => {
  const columns = [...new Set(history.flatMap((row) => Object.keys(row)))]
  const x = settings.x ?? ['epoch', 'step'].find((name) => columns.includes(name))
  const panels =
    settings.panels ?? panelsOf(columns.filter((name) => name !== x && name !== 'epoch' && name !== 'step'))
  known(columns, [...(settings.x === undefined ? [] : [settings.x]), ...panels.flatMap((p) => Object.values(p.lines))])
  if (panels.length === 0)
    fail(
      'InvalidArgument',
      'curves: the history has no measured numbers: pass rows such as { epoch: 1, trainLoss: 0.3 }.',
    )
  const legend = legendOf(panels)
  const width = (settings.width ?? 420 * panels.length) / panels.length
  const drawn = panels.map((p) =>
    curvePanel(pointsOf(history, x, p), p.title, x ?? 'row', legend, { width, height: settings.height ?? 300 }),
  )
  return figure(await Promise.all(drawn), {
    ...(settings.title === undefined ? {} : { title: settings.title }),
    legend: legend.length > 1 ? legend : [],
  })
}

const parts: readonly (readonly [RegExp, string])[] = [
  [/^(validation|valid|val|eval|dev)(?=[^a-z]|$)[_./ -]*/, 'validation'],
  [/^test(?=[^a-z]|$)[_./ -]*/, 'test'],
  [/^train(ing)?(?=[^a-z]|$)[_./ -]*/, 'train'],
]

/** `valLoss` is the validation line of the loss panel; a bare `loss` is the train line. */
const placeOf = (column: string): { readonly quantity: string; readonly line: string } => {
  const part = parts.find(([prefix]) => prefix.test(column))
  const rest = part === undefined ? column : column.replace(part[0], '')
  return { quantity: rest === '' ? column : rest.charAt(0).toLowerCase() + rest.slice(1), line: part?.[1] ?? 'train' }
}

const panelsOf = (columns: readonly string[]): readonly CurvePanel[] => {
  const panels = new Map<string, Record<string, string>>()
  for (const column of columns) {
    const { quantity, line } = placeOf(column)
    const lines = panels.get(quantity) ?? {}
    panels.set(quantity, { ...lines, [line in lines ? column : line]: column })
  }
  return [...panels].map(([title, lines]) => ({ title, lines }))
}

const legendOf = (panels: readonly CurvePanel[]): readonly Swatch[] =>
  [...new Set(panels.flatMap((p) => Object.keys(p.lines)))].map((name, i) => ({
    name,
    color: colors[i % colors.length] as string,
  }))

const known = (columns: readonly string[], wanted: readonly string[]): void => {
  const missing = wanted.filter((name) => !columns.includes(name))
  if (missing.length > 0)
    fail(
      'InvalidArgument',
      `curves: the history has no column ${missing.join(', ')}: it has ${columns.join(', ') || 'no columns at all'}.`,
    )
}

const pointsOf = (history: readonly Row[], x: string | undefined, { lines }: CurvePanel): readonly Point[] =>
  Object.entries(lines).flatMap(([line, column]) =>
    history.flatMap((row, i) =>
      Object.hasOwn(row, column) ? [{ x: x === undefined ? i : (row[x] ?? NaN), y: finite(row[column]), line }] : [],
    ),
  )

const finite = (value: number | undefined): number => (value !== undefined && Number.isFinite(value) ? value : NaN)

const curvePanel = (
  points: readonly Point[],
  title: string,
  x: string,
  legend: readonly Swatch[],
  size: { readonly width: number; readonly height: number },
): Promise<Panel> =>
  panel(
    (Plot) => ({
      marginLeft: 52,
      marginBottom: 42,
      marginTop: 30,
      marginRight: 18,
      x: { label: x, labelAnchor: 'center', labelArrow: 'none', nice: false, ...wholeTicks(points) },
      y: { label: title, grid: true, nice: true, labelArrow: 'none', tickFormat: numeral, ...spread(points) },
      color: { domain: legend.map((s) => s.name), range: legend.map((s) => s.color) },
      marks: [
        Plot.frame({ stroke: '#ccc' }),
        Plot.line(points, { x: 'x', y: 'y', z: 'line', stroke: 'line', strokeWidth: 2 }),
        ...(points.length <= 120 ? [Plot.dot(points, { x: 'x', y: 'y', fill: 'line', r: 2.5 })] : []),
      ],
    }),
    size,
  )

/** A measured number in the fewest characters: 0.8, 1e-4. */
const numeral = (value: number): string => {
  const short = Number(value.toPrecision(4))
  return short !== 0 && (Math.abs(short) < 1e-3 || Math.abs(short) >= 1e6) ? short.toExponential() : String(short)
}

/** One value alone spans nothing; it gets a band around it, as no scale has a single point. */
const spread = (points: readonly Point[]): { readonly domain?: readonly [number, number] } => {
  const values = new Set(points.map((p) => p.y).filter(Number.isFinite))
  const [value = 0] = values
  return values.size > 1 ? {} : { domain: [value - (Math.abs(value) || 1), value + (Math.abs(value) || 1)] }
}

/** Up to twelve whole epochs get a tick each: no half epochs. */
const wholeTicks = (points: readonly Point[]): { readonly ticks?: number[]; readonly tickFormat?: string } => {
  const xs = [...new Set(points.map((p) => p.x))]
  return xs.length <= 12 && xs.every(Number.isInteger) ? { ticks: xs, tickFormat: 'd' } : {}
}
