/** Laws of devices: several of them are a batch, one is none at all, and what they give each other obeys its algebra. */
import type { Host, Node } from '../lib/ir/node.js'
import { b, constant, stretch } from '../lib/prim/index.js'
import { allGather, allToAll, axisIndex, broadcastAxis, permuteAxis, pmax, pmean, pmin, psum, reduceScatter } from '../lib/tensor/collective.js'
import { axis } from '../lib/transform/index.js'
import type { Axis } from '../lib/type/collective.js'
import type { Fn } from './calculus.js'
import { closed } from './calculus.js'
import { allSameBits, both, every } from './close.js'
import type { Verdict } from './close.js'
import { shuffled, subset } from './draw.js'
import type { Draw, Gen } from './draw.js'
import { hostOf, isFloating, sliced, stacked } from './host.js'
import { over } from './gang.js'
import type { Machine } from './machine.js'
import { functionOf } from './program.js'
import type { Program } from './program.js'
import { gradient, loss, sameFunction } from './transform.js'

// ---- algebra -----------------------------------------------------------------------------------------------------
/** What each of some devices has to hand out, and two permutations of them. */
export interface Share { readonly size: number; readonly x: Host; readonly first: readonly number[]; readonly second: readonly number[] }
export const share: Gen<Share> = (draw) => shareOf(draw, 1 + draw(4))
export const shareOf = (draw: Draw, size: number): Share => {
  return { size, x: hostOf({ shape: [size, size, 2], dtype: 'f64' }, number(draw)), first: shuffled(draw, size), second: shuffled(draw, size) }
}
const number = (draw: Draw) => (): number => draw(4096) / 1024 - 2
type Body = (x: Node, a: Axis, s: Share) => Node
type Loose = (x: unknown, a: Axis, ...more: readonly unknown[]) => Node
const [sumOf, meanOf, maxOf, minOf, gather, scatter, exchange, send, spread] = [psum, pmean, pmax, pmin, allGather, reduceScatter, allToAll, permuteAxis, broadcastAxis] as unknown as readonly Loose[] as
  readonly [Loose, Loose, Loose, Loose, Loose, Loose, Loose, Loose, Loose]
const sumFront = (x: Node): Node => b.sum([x], { axes: [0] })
const pairsOf = (to: readonly number[]): readonly (readonly [number, number])[] => to.map((t, from) => [from, t])
const flipped = (pairs: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] => pairs.map(([from, to]) => [to, from])
const isFirst = (x: Node, a: Axis): Node => stretch(b.eq([axisIndex(a) as unknown as Node, constant(0, { shape: [], dtype: 'i32' })]), x.shape)
const zeroed = (x: Node, a: Axis): Node => b.where([isFirst(x, a), x, constant(0, x)])
/** Two ways to say the same; those that only move or choose agree bit for bit. */
export const identities: Readonly<Record<string, { readonly left: Body; readonly right: Body; readonly exact: boolean }>> = {
  'psum x = Σ allGather x': { left: (x, a) => sumOf(x, a), right: (x, a) => sumFront(gather(x, a)), exact: false },
  'pmean x = psum x / n': { left: (x, a) => meanOf(x, a), right: (x, a) => b.div([sumOf(x, a), constant(a.size, x)]), exact: true },
  'pmax x = max allGather x': { left: (x, a) => maxOf(x, a), right: (x, a) => b.reduceMax([gather(x, a)], { axes: [0] }), exact: true },
  'pmin x = -pmax -x': { left: (x, a) => minOf(x, a), right: (x, a) => b.neg([maxOf(b.neg([x]), a)]), exact: true },
  'allGather reduceScatter x = psum x': { left: (x, a) => gather(scatter(x, a), a), right: (x, a) => sumOf(x, a), exact: false },
  'reduceScatter allGather x = n x': { left: (x, a) => scatter(gather(x, a), a), right: (x, a) => b.mul([constant(a.size, x), x]), exact: false },
  'psum allGather x = n allGather x': { left: (x, a) => sumOf(gather(x, a), a), right: (x, a) => b.mul([constant(a.size, gather(x, a)), gather(x, a)]), exact: false },
  'reduceScatter x = Σ allToAll x': { left: (x, a) => scatter(x, a), right: (x, a) => sumFront(exchange(x, a)), exact: false },
  'allToAll allToAll x = x': { left: (x, a) => exchange(exchange(x, a), a), right: (x) => x, exact: true },
  'q p x = (q ∘ p) x': { left: (x, a, s) => send(send(x, a, pairsOf(s.first)), a, pairsOf(s.second)), right: (x, a, s) => send(x, a, pairsOf(s.first.map((t) => s.second[t] as number))), exact: true },
  'p⁻¹ p x = x': { left: (x, a, s) => send(send(x, a, pairsOf(s.first)), a, flipped(pairsOf(s.first))), right: (x) => x, exact: true },
  'psum p x = psum x': { left: (x, a, s) => sumOf(send(x, a, pairsOf(s.first)), a), right: (x, a) => sumOf(x, a), exact: false },
  'pmax p x = pmax x': { left: (x, a, s) => maxOf(send(x, a, pairsOf(s.first)), a), right: (x, a) => maxOf(x, a), exact: true },
  'broadcastAxis x = psum (x where the place is 0)': { left: (x, a) => spread(x, a), right: (x, a) => sumOf(zeroed(x, a), a), exact: true },
}
/** left = right, with their gradients, on devices and over a batch. */
export const identityHolds = (name: string) => (s: Share, on: Machine): Verdict => {
  const { left, right, exact } = identities[name] as (typeof identities)[string]
  const a = axis('dp', s.size)
  return every(['pmap', 'vmap'] as const, (how) => {
    const [f, g] = [left, right].map((body) => over(how, a, (x) => [body(x as Node, a, s)], [true])) as [Fn, Fn]
    const xs = [s.x]
    const value = exact ? allSameBits(on.run(closed(f, xs), xs), on.run(closed(g, xs), xs)) : sameFunction(f, g, xs, on)
    return both(value, () => sameFunction(gradient(loss(f), [true]), gradient(loss(g), [true]), xs, on))
  })
}

// ---- devices are a batch -----------------------------------------------------------------------------------------
export interface Spread { readonly program: Program; readonly mapped: readonly boolean[]; readonly size: number }
export const spreadOf = (program: Gen<Program>): Gen<Spread> => (draw) => {
  const p = program(draw)
  return { program: p, mapped: subset(draw, p.inputs.length, [...p.inputs.keys()]), size: 1 + draw(3) }
}
/** The results, each met by what the other devices have where it is a float. */
export const met = (p: Program, a: Axis): Fn => (...xs) => functionOf(p)(...xs).flatMap((y) => (isFloating(y) ? [y, sumOf(y, a), gather(b.sin([y]), a)] : [y]))
export const wide = (s: Spread): Host[] => s.program.inputs.map((x, i) => (s.mapped[i] === true ? stacked(Array.from({ length: s.size }, (_, d) => (d === 0 ? x : other(x, d))), x) : x))
const other = (x: Host, d: number): Host => (isFloating(x) ? hostOf(x, (i) => (x.data[i] as number) * (1 - d / 8)) : x)
/** pmap f = vmap f, and their gradients. */
export const devicesAreABatch = (s: Spread, on: Machine): Verdict => {
  const a = axis('dp', s.size), xs = wide(s), flags = xs.map(isFloating)
  const [f, g] = (['pmap', 'vmap'] as const).map((how) => over(how, a, met(s.program, a), s.mapped)) as [Fn, Fn]
  return both(sameFunction(f, g, xs, on), () => sameFunction(gradient(loss(f), flags), gradient(loss(g), flags), xs, on))
}
/** On one device pmap f = f, bit for bit. */
export const oneDeviceIsNone = (s: Spread, on: Machine): Verdict => {
  const a = axis('dp', 1), xs = s.program.inputs.map((x, i) => (s.mapped[i] === true ? stacked([x], x) : x))
  const got = on.run(closed(over('pmap', a, (...ys) => functionOf(s.program)(...ys).map((y) => (isFloating(y) ? sumOf(y, a) : y)), s.mapped), xs), xs)
  return allSameBits(got.map((y) => sliced(y, 0)), on.run(closed(functionOf(s.program), s.program.inputs), s.program.inputs))
}
