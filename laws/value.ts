/** Equality of plain values: numbers by Object.is, arrays, typed arrays, maps and records by their items. */
const entries = (x: object): readonly (readonly [unknown, unknown])[] =>
  x instanceof Map ? [...x] : ArrayBuffer.isView(x) && !(x instanceof DataView) ? [...(x as Uint8Array)].map((v, i) => [i, v] as const) : Object.keys(x).sort().map((k) => [k, (x as Record<string, unknown>)[k]] as const)

export const sameValue = (x: unknown, y: unknown): boolean => {
  if (Object.is(x, y)) return true
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null || x.constructor !== y.constructor) return false
  if (x instanceof Promise) return true
  if (x instanceof Date) return Object.is(x.getTime(), (y as Date).getTime())
  const [a, b] = [entries(x), entries(y)]
  return a.length === b.length && a.every(([k, v], i) => sameValue(k, (b[i] as readonly unknown[])[0]) && sameValue(v, (b[i] as readonly unknown[])[1]))
}
export const valueText = (x: unknown): string => {
  const text = JSON.stringify(x, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))
  return text === undefined ? String(x) : text.length > 200 ? `${text.slice(0, 200)}…` : text
}
