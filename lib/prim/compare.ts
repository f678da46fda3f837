/** Comparisons give bool; with NaN all but `ne` are false. No derivative: bool has no tangent. */
import { binary } from './family.js'
import { allDTypes } from './primitive.js'
import type { None, Primitive } from './primitive.js'

type Test = (x: number | bigint, y: number | bigint) => boolean
const comparison = <N extends string>(name: N, test: Test): Primitive<N, None> =>
  binary({ name, dtypes: allDTypes, out: 'bool', scalar: (x, y) => Number(test(x, y)), big: test, jvp: null })

export const eqP: Primitive<'eq', None> = comparison('eq', (x, y) => x === y)
export const neP: Primitive<'ne', None> = comparison('ne', (x, y) => x !== y)
export const ltP: Primitive<'lt', None> = comparison('lt', (x, y) => x < y)
export const leP: Primitive<'le', None> = comparison('le', (x, y) => x <= y)
export const gtP: Primitive<'gt', None> = comparison('gt', (x, y) => x > y)
export const geP: Primitive<'ge', None> = comparison('ge', (x, y) => x >= y)
