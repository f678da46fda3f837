/**
 * Looking for what only the numbers tell. Under `checked` ops watch their operands on the way: the watching is part of the
 * graph, so it passes through grad, vmap, jit and scan, and works wherever that graph is run.
 */
import { watchWith } from '../prim/watch.js'
import { userLine } from './locate.js'

if (process.env['COTANGENT_CHECKED'] === '1') watchWith(userLine)
/**
 * Runs f and gives what it gives; the tensors that it makes are checked when they are run: an index tensor outside its axis
 * (elsewhere clamped on reading, dropped on writing), a singular matrix in a system or an inverse, a matrix without a Cholesky
 * factor (elsewhere infinities or NaN). A branch that vmap turns into a select counts. COTANGENT_CHECKED=1 does it for a process.
 * @shape (() => t) => t
 * @throws nothing itself; a run of what f made fails with IndexOutOfRange, SingularMatrix or NotPositiveDefinite, naming the op and the line.
 * @example const x = checked(() => linalg.inv(tensor([[1, 2], [2, 4]]))); deepClose(attempt(() => session().read.sync(x))._tag, 'Left')
 */
export const checked = <T>(f: () => T): T => {
  const outer = watchWith(userLine)
  try {
    return f()
  } finally {
    watchWith(outer)
  }
}
