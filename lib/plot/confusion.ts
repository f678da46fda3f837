/**
 * A confusion matrix as a heat map. Law: every count stands in its cell, rows being the true classes. Colour shows
 * the part of its row, not the count, so that a rare class which is always mistaken is as visible as a common one.
 */
import type { PlotOptions } from '@observablehq/plot'
import { fail } from '../type/fault.js'
import { sizeOf, type HostTensor } from '../io/host.js'
import { figure, panel, titled, type FigureSettings, type Svg } from './figure.js'
import { numbers } from './values.js'

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
  const cells = cellsOf(squareRows(matrix, labels.length), distinct(labels))
  const side = Math.max(360, 110 + 46 * labels.length)
  const size = { width: settings.width ?? side, height: settings.height ?? side }
  const drawn = await panel((Plot) => ({ ...layout(labels), marks: marks(Plot, cells) }), size)
  return figure([drawn], titled(settings))
}

interface Cell {
  readonly truth: string
  readonly predicted: string
  readonly count: number
  /** Of the row's sum. */
  readonly part: number
}

const cellsOf = (rows: readonly (readonly number[])[], names: readonly string[]): readonly Cell[] =>
  rows.flatMap((row, i) => {
    const total = row.reduce((a, b) => a + b, 0) || 1
    return row.map((count, j) => ({ truth: names[i] ?? '', predicted: names[j] ?? '', count, part: count / total }))
  })

const layout = (labels: readonly string[]): PlotOptions => {
  const margin = 40 + 6.5 * Math.max(1, ...labels.map((name) => shortened(name).length))
  const axis = { domain: distinct(labels), labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const
  return {
    ...{ marginLeft: margin, marginTop: 24, marginRight: 20, marginBottom: margin, padding: 0.04 },
    x: { ...axis, label: 'predicted', tickFormat: shortened, tickRotate: labels.some(isLong) ? -45 : 0 },
    y: { ...axis, label: 'true', tickFormat: shortened },
    color: { type: 'linear', scheme: 'blues', domain: [0, 1] },
  }
}

const marks = (Plot: typeof import('@observablehq/plot'), cells: readonly Cell[]) => {
  const place = { x: 'predicted', y: 'truth' } as const
  const ink = (cell: Cell): string => (cell.part > 0.5 ? 'white' : '#222')
  return [
    Plot.cell(cells, { ...place, fill: 'part' }),
    Plot.text(cells, { ...place, text: (cell: Cell) => numeral(cell.count), fill: ink, fontSize: 12 }),
  ]
}

const isLong = (name: string): boolean => name.length > 3

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
