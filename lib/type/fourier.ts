/**
 * Shapes of Fourier transforms. A transform keeps its axis or makes it n long; of real numbers half of the result is enough,
 * n / 2 + 1 of it (rounded down), and back from m of them come 2 (m - 1) numbers unless told otherwise.
 * Law: half(2 (m - 1)) = m.
 */
import type { Add, DivMod, Mul, Sub } from './arith.js'
import type { AxisError, AxisKey } from './axis.js'
import type { SetDim } from './join.js'
import type { IsLiteral, Law, Shape, Unranked } from './shape.js'
import { normalizeAxis } from './axis.js'

type Half<N> = IsLiteral<N> extends true ? Add<DivMod<N & number, 2>[0], 1> : number
type Twice<M> = IsLiteral<M> extends true ? M extends 0 ? number : Mul<2, Sub<M & number, 1>> : number
export type FourierKind = 'full' | 'half' | 'whole'
type Size<N, D, K extends FourierKind> =
  K extends 'half' ? Half<N extends undefined ? D : N> : N extends undefined ? (K extends 'whole' ? Twice<D> : D) : N
/** S with the axis transformed: 'full' keeps it (or makes it N), 'half' of real numbers, 'whole' back to them. */
export type Transformed<S extends Shape, N, A extends number, K extends FourierKind> =
  Unranked<S> extends true ? Shape : number extends A ? { -readonly [J in keyof S]: number }
  : [AxisKey<S, A>] extends [never] ? AxisError<'fft', S, A>
  : S[AxisKey<S, A> & keyof S] extends infer D ? SetDim<S, AxisKey<S, A>, Size<N, D, K> & number> : never

/** The size of one transformed axis. */
export const transformedSize = (d: number, n: number | undefined, kind: FourierKind): number =>
  kind === 'half' ? Math.floor((n ?? d) / 2) + 1 : n ?? (kind === 'whole' ? 2 * (d - 1) : d)
/** The run-time twin of `Transformed`. */
export const transformed = (s: Shape, n: number | undefined, axis: number, kind: FourierKind): Law => {
  const at = normalizeAxis('fft', s, axis)
  return typeof at === 'string' ? at : s.with(at, transformedSize(s[at] as number, n, kind))
}
