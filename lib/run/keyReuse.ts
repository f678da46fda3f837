/**
 * Finding a key that is used twice: under `debugKeyReuse` every run is interpreted first (only what leads to random words),
 * and a key whose words are read a second time, in this run or in an earlier one, is a fault that names both lines.
 */
import type { Graph } from '../ir/graph.js'
import type { Host } from '../ir/node.js'
import { KeyUses, locateBy, userCall } from '../transform/index.js'
import type { Reuse } from '../transform/index.js'
import { Fault } from '../type/fault.js'

let uses: KeyUses | null = process.env['COTANGENT_DEBUG_KEYS'] === '1' ? new KeyUses() : null

const hint = 'split it, and use every key once'
const sentence = ({ key, lines: [first, second] }: Reuse): string => {
  if (first === undefined || second === undefined) return `the key [${key}] is used twice: ${hint}; set COTANGENT_LOCATE=1 to see the lines`
  if (first === second) return `the key [${key}] is used twice at ${first}, by a loop, a batch or a function that is called twice: ${hint}`
  return `the key [${key}] is used twice, at ${first} and at ${second}: ${hint}`
}
export const looksForReuse = (): boolean => uses !== null
/** Refuses a run that uses a key again. */
export const refuseReuse = (g: Graph, values: () => readonly Host[]): void => {
  const found = uses?.look(g, values) ?? null
  if (found !== null) throw new Fault('KeyReused', sentence(found), found.lines[1] === undefined ? {} : { where: found.lines[1] })
}
/**
 * Runs f with the reuse of random keys as a fault and source lines recorded; gives what f gives. Drawing, `split` and `keys`
 * use a key; so does `foldIn`, for its number. A key counts by its value, in all runs inside f, through jit, vmap, scan and
 * cond (batched by its condition, both branches count). COTANGENT_DEBUG_KEYS=1 does it for a process.
 * @shape (() => t) => t
 * @throws KeyReused naming both lines, when a run inside f uses a key that was used.
 * @example const twice = (k: Key) => add(random.normal(k, [2]), random.uniform(k, [2])); deepClose(attempt(() => debugKeyReuse(() => session().read.sync(twice(key(0)))))._tag, 'Left')
 */
export const debugKeyReuse = <T>(f: () => T): T => {
  const outer = uses
  uses = new KeyUses()
  try {
    return locateBy(userCall, f)
  } finally {
    uses = outer
  }
}
