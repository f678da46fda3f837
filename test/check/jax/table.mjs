/** The table behind docs/from-jax.md: JAX's names (names.json, by list.py) beside ours (ours.json, by hand), and the counts. */
import { text } from '../repository.mjs'

const json = (name) => JSON.parse(text(`test/check/jax/${name}.json`))
export const { jax: version, names: listed } = json('names')
export const { given, names: ours } = json('ours')
export const reasons = { python: 'a Python object', sharding: 'sharding internals', deprecated: 'deprecated' }

/** JAX's names that are no module, each with what stands for it: an entry of ours.json, or nothing. */
export const rows = listed.filter((n) => n.kind !== 'module').map((n) => ({ ...n, key: `${n.module}.${n.name}`, entry: ours[n.module]?.[n.name] }))
const has = (row, key) => typeof row.entry === 'object' && key in row.entry
export const isOurs = (row) => row.entry !== undefined && !has(row, 'none')
export const isNone = (row) => has(row, 'none')
/** Names of ours, dotted, that an entry claims, with the door they stand at. */
export const claims = (entry) => {
  if (typeof entry === 'string') return [{ door: 'cotangent', name: entry }]
  return entry?.from === undefined ? [] : [{ door: entry.from, name: entry.name }]
}
export const lines = rows.filter((r) => has(r, 'ours')).map((r) => ({ key: r.key, jax: r.entry.jax, ours: r.entry.ours }))
export const count = (list) => {
  const [all, none, found] = [list.length, list.filter(isNone).length, list.filter(isOurs).length]
  return { all, none, ours: found, missing: all - none - found }
}
