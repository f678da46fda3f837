/** The library without shape types, for laws whose sizes are drawn, and the driver of tables of equations. */
import { describe, expect, it } from 'vitest'
import { equationAt } from '../../laws/equation.js'
import { effort } from '../../laws/hold.js'
import { equationHolds, fromSeed, oracle } from '../../laws/index.js'
import type { Equation, Operand } from '../../laws/index.js'
import * as ct from '../../lib/index.js'
import type { DType } from '../../lib/index.js'
import { Node } from '../../lib/ir/node.js'
import { isInexact } from '../../lib/type/dtype.js'

/** A tensor, or the tensors that an operation gives. */
export interface X extends Iterable<X> { readonly shape: readonly number[]; readonly dtype: DType; readonly [i: number]: X }
type Op = (...xs: readonly unknown[]) => X
type Loose<M> = { readonly [K in keyof M]: Op }
/** A wrong version: every tensor that comes out is changed. */
const spoil = (y: unknown): unknown => {
  if (Array.isArray(y)) return y.map(spoil)
  if (!(y instanceof Node)) return typeof y === 'number' ? y + 1 : y
  return y.dtype === 'bool' ? ct.logicalNot(y as never) : isInexact(y.dtype) ? ct.add(ct.mul(y as never, 1.125 as never), 0.0625 as never) : ct.add(y as never, 1 as never)
}
let spoiled: string | null = null
const loose = <M extends object>(module: M): Loose<M> =>
  new Proxy(module, { get: (m, name) => (...xs: readonly unknown[]): unknown => {
    const y = (Reflect.get(m, name) as Op)(...xs)
    return name === spoiled ? spoil(y) : y
  } }) as unknown as Loose<M>
export const ops: Loose<typeof ct> = loose({ ...ct })
export const linalg: Loose<typeof ct.linalg> = loose({ ...ct.linalg })
export const fft: Loose<typeof ct.fft> = loose({ ...ct.fft })
export const special: Loose<typeof ct.special> = loose({ ...ct.special })
export const random: Loose<typeof ct.random> = loose({ ...ct.random })
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

const seeds = Array.from({ length: 12 }, (_, i) => i + 1)
const refuted = (e: Equation, seed: number): boolean => {
  try {
    return equationAt(e, fromSeed(seed), oracle) !== true
  } catch {
    return true
  }
}
const bite = ([name, , operands, sides, more = {}]: Law): boolean => {
  spoiled = name
  const found = seeds.some((seed) => refuted({ operands, sides, ...more }, seed))
  spoiled = null
  return found
}
export const equations = (subject: string, laws: readonly Law[], runs = 6): void => {
  describe(subject, () => {
    it.each(laws.map((law) => [`${law[0]}: ${law[1]}`, law] as const))('%s', (_, [, , operands, sides, more = {}]) => {
      expect(equationHolds({ operands, sides, ...more }, effort(runs, 100))).toBe(true)
    })
    it('a wrong version of each function is refuted', () => {
      const names = new Set(laws.map(([name]) => name))
      const bites = new Set(laws.filter((law) => bite(law)).map(([name]) => name))
      expect([...names].filter((name) => !bites.has(name))).toEqual([])
    })
  })
}
