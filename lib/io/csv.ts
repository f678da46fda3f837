/**
 * Comma-separated values as RFC 4180 has them: quotes around cells that hold commas, quotes or line ends, doubled
 * quotes inside. Law: `decodeCsv(encodeCsv(rows)) = rows` for every table of at least one column. Cells stay text:
 * what is a number is for the caller to say, because guessing turns postcodes into integers.
 */
import { fail } from '../type/fault.js'

/**
 * Writes rows of cells as CSV text.
 * @example encodeCsv([['a', 'b'], ['1', 'x,y']]) // 'a,b\r\n1,"x,y"\r\n'
 */
export const encodeCsv = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `${row.length === 1 && row[0] === '' ? '""' : row.map(quoted).join(',')}\r\n`).join('')

/**
 * Reads CSV text into rows of cells; throws DecodeError (a quote that never closes) or RaggedArray (rows of unlike
 * lengths).
 * @example decodeCsv('a,b\n1,2\n') // [['a', 'b'], ['1', '2']]
 */
export const decodeCsv = (text: string, source = 'the CSV text'): readonly (readonly string[])[] => {
  const rows: string[][] = []
  let row: string[] = []
  for (let at = 0; at < text.length;) {
    const { cell, end } = cellAt(text, at, source)
    row.push(cell)
    if (text[end] === ',' && end + 1 === text.length) row.push('')
    if (text[end] !== ',' || end + 1 === text.length) {
      rows.push(row)
      row = []
    }
    at = end + (text.startsWith('\r\n', end) ? 2 : 1)
  }
  return evenRows(rows, source)
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

const lineEnd = /[,\r\n]/g

const cellAt = (text: string, at: number, source: string): { readonly cell: string; readonly end: number } => {
  if (text[at] === '"') return quotedAt(text, at, source)
  lineEnd.lastIndex = at
  const end = lineEnd.exec(text)?.index ?? text.length
  return { cell: text.slice(at, end), end }
}

const quotedAt = (text: string, open: number, source: string): { readonly cell: string; readonly end: number } => {
  let close = text.indexOf('"', open + 1)
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
  if (close < 0 || !/^[,\r\n]?$/.test(text.slice(close + 1, close + 2)))
    fail(
      'DecodeError',
      `${source}: the quote opened at character ${open} is not closed before a comma or a line end: the text is cut or is not CSV.`,
    )
  return { cell: text.slice(open + 1, close).replaceAll('""', '"'), end: close + 1 }
}

const evenRows = (rows: readonly (readonly string[])[], source: string): readonly (readonly string[])[] => {
  const width = rows[0]?.length ?? 0
  const odd = rows.findIndex((row) => row.length !== width)
  return odd < 0
    ? rows
    : fail(
        'RaggedArray',
        `${source}: row ${odd} has ${rows[odd]?.length} cells where row 0 has ${width}: every row needs as many.`,
      )
}
