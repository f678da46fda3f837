/**
 * Source lines. Under `locate(f)`, or with COTANGENT_LOCATE=1 for the whole process, every node records the line of the
 * user's program that made it; nodes that a transform makes inherit the line of the node they come from, so messages about
 * a gradient point at the forward code.
 */
import { locateWith } from '../prim/index.js'

const OWN = /[\\/](lib|dist[\\/]lib)[\\/](type|ir|prim|transform|tensor|nn|loss|optim|metric|model|run)[\\/]/

const frames = (): string[] => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 40
  const lines = (new Error().stack ?? '').split('\n').slice(1)
  Error.stackTraceLimit = limit
  return lines
}
const users = (l: string): boolean => l.includes('at ') && !OWN.test(l) && !l.includes('node:')
const place = (frame: string): string | undefined => /\(?([^()\s]+:\d+:\d+)\)?$/.exec(frame.trim())?.[1]?.replace('file://', '')
/** The innermost frame outside the library, as `file:line:column`. */
export const userLine = (): string | undefined => {
  const frame = frames().find(users)
  return frame === undefined ? undefined : place(frame)
}
/** The same with what was called there: `file:line:column (normal)`. */
export const userCall = (): string | undefined => {
  const all = frames()
  const i = all.findIndex(users)
  const at = i < 0 ? undefined : place(all[i] as string)
  const called = /at (?:Object\.|Module\.)?([\w$]+) \(/.exec(all[i - 1] ?? '')?.[1]
  return at === undefined || called === undefined ? at : `${at} (${called})`
}
/**
 * Runs f while nodes record the line that makes them, and gives what f gives.
 * @example deepClose(typeof locate(() => add(ones([2]), 1)), 'object')
 */
export const locate = <T>(f: () => T): T => locateBy(userLine, f)
export const locateBy = <T>(line: () => string | undefined, f: () => T): T => {
  locateWith(line)
  try {
    return f()
  } finally {
    locateWith(always)
  }
}
const always = process.env['COTANGENT_LOCATE'] === '1' ? userLine : null
locateWith(always)
