/** The library without shape types, for laws whose sizes are drawn, and the driver of tables of equations. */
import { describe, expect, it } from 'vitest'
import { effort } from '../../laws/hold.js'
import { equationHolds } from '../../laws/index.js'
import type { Equation, Operand } from '../../laws/index.js'
import * as ct from '../../lib/index.js'
import type { DType } from '../../lib/index.js'

/** A tensor, or the tensors that an operation gives. */
export interface X extends Iterable<X> { readonly shape: readonly number[]; readonly dtype: DType; readonly [i: number]: X }
type Loose<M> = { readonly [K in keyof M]: (...xs: readonly unknown[]) => X }
export const ops = ct as unknown as Loose<typeof ct>
export const linalg = ct.linalg as unknown as Loose<typeof ct.linalg>
export const fft = ct.fft as unknown as Loose<typeof ct.fft>
export const special = ct.special as unknown as Loose<typeof ct.special>
export const random = ct.random as unknown as Loose<typeof ct.random>
/** The derivative of an elementwise function. */
export const slopeOf = (f: (x: X) => X) => (x: X): X => (ct.jvp as unknown as (f: (x: X) => X, xs: readonly X[], ts: readonly X[]) => readonly [X, X])(f, [x], [ops.onesLike(x)])[1]

export const within = (sizes: string, low: number, high: number): Operand => ({ sizes, range: [low, high] })
export const wild = (sizes: string): Operand => ({ sizes, wild: true })
export const whole = (sizes: string, low: number, high: number, dtype: DType = 'i32'): Operand => ({ sizes, range: [low, high], dtype })
export const truth = (sizes: string): Operand => ({ sizes, range: [0, 1], dtype: 'bool' })
/** A law of the names it is called by, written out, and its operands and sides. */
export type Law = readonly [name: string, formula: string, operands: Equation['operands'], sides: (...xs: X[]) => readonly [unknown, unknown], more?: Omit<Equation, 'operands' | 'sides'>]
export const smooth = { smooth: true } as const
export const exact = { class: 'exact' } as const

export const equations = (subject: string, laws: readonly Law[], runs = 6): void => {
  describe(subject, () => {
    it.each(laws.map((law) => [`${law[0]}: ${law[1]}`, law] as const))('%s', (_, [, , operands, sides, more = {}]) => {
      expect(equationHolds({ operands, sides, ...more }, effort(runs, 100))).toBe(true)
    })
  })
}
