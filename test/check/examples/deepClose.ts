/**
 * What examples assert with: equal structure, numbers equal to a relative and absolute tolerance, everything else equal.
 * A typed array is what `read` gives, flat; against nested arrays it is compared in row-major order.
 */
const isTyped = (x: unknown): x is ArrayLike<number | bigint> => ArrayBuffer.isView(x) && !(x instanceof DataView)
const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x) || isTyped(x)
const isPlain = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null && !isList(x)
const listed = (x: unknown): readonly unknown[] => (isTyped(x) ? Array.from(x) : isList(x) ? x : [x])
const flat = (x: unknown): readonly unknown[] => (isList(x) ? listed(x).flatMap(flat) : [x])

const shown = (x: unknown): string =>
  JSON.stringify(x, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : isTyped(v) ? Array.from(v, (y) => (typeof y === 'bigint' ? `${y}n` : shownNumber(y))) : typeof v === 'number' ? shownNumber(v) : v))
const shownNumber = (x: number): number | string => (Number.isFinite(x) ? x : String(x))

/** A boolean is what 0 and 1 of a bool tensor mean. */
const number = (x: unknown): number | null => (typeof x === 'number' ? x : typeof x === 'bigint' ? Number(x) : typeof x === 'boolean' ? Number(x) : null)
const closeNumbers = (a: number, e: number, tol: number): boolean => Object.is(a, e) || a === e || Math.abs(a - e) <= tol * Math.max(1, Math.abs(e))
const same = (a: unknown, e: unknown, tol: number): boolean => {
  if (typeof a === 'bigint' && typeof e === 'bigint') return a === e
  const [x, y] = [number(a), number(e)]
  return x !== null && y !== null ? closeNumbers(x, y, tol) : Object.is(a, e)
}
/** The path of the first difference, or null. */
const difference = (a: unknown, e: unknown, tol: number, path: string): string | null => {
  if (isTyped(a) || isTyped(e)) return lists(flat(a), flat(e), tol, path)
  if (isList(a) && isList(e)) return lists(a, e, tol, path)
  if (isPlain(a) && isPlain(e)) return records(a, e, tol, path)
  return same(a, e, tol) ? null : `${path || 'the value'} is ${shown(a)}, expected ${shown(e)}`
}
const lists = (a: readonly unknown[], e: readonly unknown[], tol: number, path: string): string | null => {
  if (a.length !== e.length) return `${path || 'the value'} has ${a.length} elements, expected ${e.length}`
  for (const [i, x] of a.entries()) {
    const d = difference(x, e[i], tol, `${path}[${i}]`)
    if (d !== null) return d
  }
  return null
}
const records = (a: Readonly<Record<string, unknown>>, e: Readonly<Record<string, unknown>>, tol: number, path: string): string | null => {
  const names = [Object.keys(a).sort(), Object.keys(e).sort()].map((keys) => keys.join(', '))
  if (names[0] !== names[1]) return `${path || 'the value'} has {${names[0]}}, expected {${names[1]}}`
  for (const key of Object.keys(e)) {
    const d = difference(a[key], e[key], tol, `${path}.${key}`)
    if (d !== null) return d
  }
  return null
}

/** Throws an Error that names the first difference. */
export const deepClose = (actual: unknown, expected: unknown, tol = 1e-5): void => {
  const d = difference(actual, expected, tol, '')
  if (d !== null) throw new Error(`${d}; whole: ${shown(actual).slice(0, 400)}, expected ${shown(expected).slice(0, 400)}`)
}
