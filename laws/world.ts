/** Laws of processes: those along an axis that spans them are the devices of one process, which are a batch. */
import { axis } from '../lib/transform/index.js'
import type { Axis, Spans } from '../lib/type/collective.js'
import type { Host, Node } from '../lib/ir/node.js'
import { closed } from './calculus.js'
import type { Fn } from './calculus.js'
import { allSameBits, both, every, within } from './close.js'
import type { Verdict } from './close.js'
import { identities, met, wide } from './collective.js'
import type { Share, Spread } from './collective.js'
import { over } from './gang.js'
import { isFloating, sliced, stacked } from './host.js'
import type { Machine } from './machine.js'
import { errorBounds } from './rounding.js'
import { gradient, loss } from './transform.js'

/** The rows of this process, of what all of them have. */
const home = (a: Axis, x: Host): Host => {
  const { rank, local } = a.spans as Spans
  const rows = Array.from({ length: local }, (_, d) => sliced(x, rank * local + d))
  return stacked(rows, rows[0] as Host)
}
/** f on the devices of all processes = f over a batch, of which this process has its rows; exact: bit for bit. */
const areABatch = (a: Axis, f: (a: Axis) => Fn, mapped: readonly boolean[], xs: readonly Host[], on: Machine, exact: boolean, more: (g: Fn) => Fn = (g) => g, out: (x: Host, i: number) => Host = (x) => home(a, x)): Verdict => {
  const whole = axis(a.name, a.size)
  const own = xs.map((x, i) => (mapped[i] === true ? home(a, x) : x))
  const [g, h] = [closed(more(over('pmap', a, f(a), mapped)), own), closed(more(over('vmap', whole, f(whole), mapped)), xs)]
  const got = on.run(g, own), all = on.run(h, xs), want = all.map(out)
  if (exact || allSameBits(got, want) === true) return allSameBits(got, want)
  const bounds = errorBounds(h, xs).map((e, i) => out({ ...(all[i] as Host), dtype: 'f64', data: Float64Array.from(e) }, i))
  return every(want, (w, i) => within(got[i] as Host, w, (k) => 2 * ((bounds[i] as Host).data[k] as number)))
}
/** pmap f over processes = vmap f, and their gradients in what is mapped. */
export const processesAreABatch = (a: Axis) => (s: Spread, on: Machine): Verdict => {
  const xs = wide({ ...s, size: a.size }), mapped = s.mapped, f = (b: Axis): Fn => met(s.program, b)
  const active = xs.map((x, i) => mapped[i] === true && isFloating(x))
  return both(areABatch(a, f, mapped, xs, on, false), () => (active.includes(true) ? areABatch(a, f, mapped, xs, on, false, (g) => gradient(loss(g), active)) : true))
}
/** Either side of an identity of collectives over processes = the same over a batch. */
export const collectivesAreABatch = (a: Axis, name: string) => (s: Share, on: Machine): Verdict => {
  const { left, right } = identities[name] as (typeof identities)[string]
  return every([left, right], (body) => areABatch(a, (b) => (x) => [body(x as Node, b, s)], [true], [s.x], on, false))
}
