/**
 * Charts of numbers: a histogram and a scatter plot. Each is a function from data to SVG text; each refuses, with
 * a sentence, data that it would otherwise draw as an empty frame.
 */
import { fail } from '../type/fault.js'
import type { HostTensor } from '../io/host.js'
import { colors, figure, panel, titled, type FigureSettings, type Svg } from './figure.js'
import { numbers, type Values } from './values.js'

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
      marks: [Plot.rectY(finite, { ...bins(Plot, settings.bins ?? 40), fill: colors[0] as string }), Plot.ruleY([0])],
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

const sized = ({ width = 520, height = 340 }: FigureSettings): { readonly width: number; readonly height: number } => ({
  width,
  height,
})

const byNumber = (a: string, b: string): number => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0)
