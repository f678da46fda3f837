/**
 * The history of a training: one record of numbers for each epoch or step. Law: reading what was written gives the
 * same numbers, and that includes NaN, the infinities and -0, since the loss that became NaN is the very thing one
 * wants to see (plain JSON turns it into null, so such numbers are written as words). CSV is for spreadsheets and
 * other tools.
 */
import { readFile } from 'node:fs/promises'
import * as t from 'io-ts'
import { writeAtomic } from './atomic.js'
import { encodeCsv } from './csv.js'
import { decodeWith, parseJson } from './decode.js'
import { atFile } from './fileFault.js'

/** One record of measured numbers, such as `{ epoch: 1, trainLoss: 0.3 }`. */
export type Row = Readonly<Record<string, number>>

const words: ReadonlyMap<unknown, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
])

const wordOf = (value: number): number | string =>
  Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value)

const Real = new t.Type<number, number | string>(
  'a number',
  t.number.is,
  (u, c) => {
    const value = words.get(u) ?? u
    return t.number.is(value) ? t.success(value) : t.failure(u, c)
  },
  wordOf,
)

const Words = t.UnknownRecord
/** A record of numbers under any names; io-ts's own record loses the name `__proto__`, which assignment swallows. */
const RowOf = new t.Type<Row, unknown>(
  'a record of numbers',
  (u): u is Row => Words.is(u) && Object.values(u).every(t.number.is),
  (u, c) => {
    if (!Words.is(u)) return t.failure(u, c)
    const entries = Object.entries(u).map(([name, v]) => ({ name, found: Real.validate(v, t.appendContext(c, name, Real, v)) }))
    const wrong = entries.flatMap(({ found }) => (found._tag === 'Left' ? found.left : []))
    return wrong.length > 0 ? t.failures(wrong) : t.success(Object.fromEntries(entries.flatMap(({ name, found }) => (found._tag === 'Right' ? [[name, found.right]] : []))))
  },
  (row) => Object.fromEntries(Object.entries(row).map(([name, v]) => [name, wordOf(v)])),
)

/** The io-ts codec of a history. */
export const History: t.Type<readonly Row[], unknown> = t.readonlyArray(RowOf)

/**
 * A history as JSON, one row a line.
 * @example encodeHistory([{ epoch: 1, loss: NaN }]) // '[\n{"epoch":1,"loss":"NaN"}\n]\n'
 */
export const encodeHistory = (rows: readonly Row[]): string =>
  `[\n${(History.encode(rows) as readonly unknown[]).map((row) => JSON.stringify(row)).join(',\n')}\n]\n`

/**
 * Reads a history from JSON; throws DecodeError naming every wrong place.
 * @example decodeHistory(encodeHistory([{ epoch: 1 }])) // [{ epoch: 1 }]
 */
export const decodeHistory = (text: string, source = 'the history'): readonly Row[] =>
  decodeWith(History, parseJson(text, source), source)

/**
 * A history as CSV: a column for each name in order of first appearance, empty where a row has none.
 * @example historyCsv([{ epoch: 1, loss: 0.5 }]) // 'epoch,loss\r\n1,0.5\r\n'
 */
export const historyCsv = (rows: readonly Row[]): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (row: Row, name: string): string => (Object.hasOwn(row, name) ? String(wordOf(row[name] ?? NaN)) : '')
  return encodeCsv([columns, ...rows.map((row) => columns.map((name) => cell(row, name)))])
}

/**
 * Writes a history, as CSV when the path ends in `.csv`, else as JSON; rejects with FileError.
 * @example await writeHistory('history.csv', [{ epoch: 1, loss: 0.5 }])
 */
export const writeHistory = (path: string, rows: readonly Row[]): Promise<void> =>
  writeAtomic(path, [new TextEncoder().encode(path.endsWith('.csv') ? historyCsv(rows) : encodeHistory(rows))])

/**
 * Reads a history written as JSON; rejects with FileError or DecodeError.
 * @example const rows = await readHistory('history.json')
 */
export const readHistory = (path: string): Promise<readonly Row[]> =>
  atFile(path, 'read', async () => decodeHistory(await readFile(path, 'utf8'), path))
