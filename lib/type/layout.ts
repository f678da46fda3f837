/**
 * The order of a convolution's axes by letters: N images and C channels of the input and the output, O outputs and I inputs
 * of the kernel; every other letter is an axis of space, in the order in which the input names them. Laws: a layout is a
 * permutation, and the standard one, N C space by O I space, is the identity.
 */
import type { Shape, Unranked } from './shape.js'
import type { Conv } from './window.js'
import { show } from './shape.js'

export type Layout = readonly [input: string, kernel: string, output: string]
/** The dim of S that L names by the letter X. */
type Named<S, L extends string, X extends string> =
  L extends `${infer H}${infer R}` ? S extends readonly [infer D, ...infer S1] ? H extends X ? D : Named<S1, R, X> : never : never
type SpaceOf<L extends string, A extends string = ''> = L extends `${infer H}${infer R}` ? SpaceOf<R, H extends 'N' | 'C' | 'O' | 'I' ? A : `${A}${H}`> : A
type Dims<S, L extends string, Xs extends string, Acc extends number[] = []> =
  Xs extends `${infer H}${infer R}` ? Dims<S, L, R, [...Acc, Named<S, L, H> & number]> : Acc
type Ones<Xs extends string, Acc extends number[] = []> = Xs extends `${string}${infer R}` ? Ones<R, [...Acc, 1]> : Acc
/** Padded to 'SAME' a convolution gives one number a stride, as many as a window of 1 gives without padding. */
type Padded<P, Kernel extends number[], Channels extends number[], Space extends string, T> =
  P extends 'SAME' ? readonly [[...Channels, ...Ones<Space>], Omit<T, 'padding' | 'dilation'>] : readonly [Kernel, P extends 'VALID' ? Omit<T, 'padding'> : T]
/** The result's shape, for the settings of `conv`; with others (input dilation, image groups) its rank. */
export type ConvGeneral<S extends Shape, W extends Shape, L extends Layout, T> =
  Unranked<S> extends true ? Shape : Unranked<W> extends true ? Shape : string extends L[0] | L[1] | L[2] ? Shape
  : T extends { readonly inputDilation: 1; readonly imageGroups: 1; readonly padding: infer P }
    ? Padded<P, Dims<W, L[1], `OI${SpaceOf<L[0]>}`>, Dims<W, L[1], 'OI'>, SpaceOf<L[0]>, T> extends readonly [infer Kn extends number[], infer T1]
      ? Conv<Dims<S, L[0], `NC${SpaceOf<L[0]>}`>, Kn, T1> extends infer Q
        ? Q extends string ? Q : Dims<Q, `NC${SpaceOf<L[0]>}`, L[2]> : never
      : never
    : { -readonly [K in keyof S]: number }

const named = (n: number): Layout => {
  const letters = n <= 3 ? 'DHW'.slice(3 - n) : Array.from({ length: n }, (_, i) => String.fromCharCode(97 + i)).join('')
  return [`NC${letters}`, `OI${letters}`, `NC${letters}`]
}
export interface Orders { readonly input: readonly number[]; readonly kernel: readonly number[]; readonly output: readonly number[] }
/** Where the axes N C space and O I space are found; or what is wrong with the letters. */
export const layoutOf = (x: Shape, w: Shape, layout?: Layout): Orders | string => {
  const [input, kernel, output] = layout ?? named(Math.max(0, x.length - 2))
  const space = [...input].filter((l) => l !== 'N' && l !== 'C')
  const orderOf = (l: string, first: readonly string[]): number[] => [...first, ...space].map((a) => l.indexOf(a))
  const orders = { input: orderOf(input, ['N', 'C']), kernel: orderOf(kernel, ['O', 'I']), output: orderOf(output, ['N', 'C']) }
  const whole = (l: string, order: readonly number[]): boolean => l.length === order.length && new Set(l).size === l.length && order.every((i) => i >= 0)
  if (x.length !== input.length || w.length !== kernel.length) return `convGeneral: ${show(x)} and ${show(w)} are not ${input} and ${kernel}`
  return whole(input, orders.input) && whole(kernel, orders.kernel) && whole(output, orders.output) ? orders
    : `convGeneral: ${input}, ${kernel} and ${output} do not name the same axes`
}
