/**
 * Source lines. Under `locate(f)`, or with COTANGENT_LOCATE=1 for the whole process, every node records the line of the
 * user's program that made it; nodes that a transform makes inherit the line of the node they come from, so messages about
 * a gradient point at the forward code.
 */
import { locateWith } from '../prim/index.js'

const OWN = /[\\/](lib|dist[\\/]lib)[\\/](type|ir|prim|transform|tensor|nn|loss|optim|metric|model|run)[\\/]/

/** The innermost frame outside the library, as `file:line:column`. */
const userLine = (): string | undefined => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 40
  const frames = (new Error().stack ?? '').split('\n').slice(1)
  Error.stackTraceLimit = limit
  const frame = frames.find((l) => l.includes('at ') && !OWN.test(l) && !l.includes('node:'))
  return frame === undefined ? undefined : /\(?([^()\s]+:\d+:\d+)\)?$/.exec(frame.trim())?.[1]?.replace('file://', '')
}
/**
 * Runs f while nodes record the line that makes them, and gives what f gives.
 * @example deepClose(typeof locate(() => add(ones([2]), 1)), 'object')
 */
export const locate = <T>(f: () => T): T => {
  locateWith(userLine)
  try {
    return f()
  } finally {
    locateWith(always)
  }
}
const always = process.env['COTANGENT_LOCATE'] === '1' ? userLine : null
locateWith(always)
