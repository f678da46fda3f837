/** Comparisons give bool; with NaN all but `ne` are false. Complex numbers have no order, so only `eq` and `ne` take them. No derivative: bool has no tangent. */
import * as analytic from './analytic.js'
import { binary } from './family.js'
import { allDTypes, realDTypes } from './primitive.js'
import type { None, OnComplex, Primitive } from './primitive.js'

type Test = (x: number | bigint, y: number | bigint) => boolean
const comparison = <N extends string>(name: N, test: Test, complex?: OnComplex<None>): Primitive<N, None> =>
  binary({ name, ...(complex === undefined ? { dtypes: realDTypes } : { dtypes: allDTypes, complex }), out: 'bool', scalar: (x, y) => Number(test(x, y)), big: test, jvp: null })

export const eqP: Primitive<'eq', None> = comparison('eq', (x, y) => x === y, analytic.compared('eq', 'and'))
export const neP: Primitive<'ne', None> = comparison('ne', (x, y) => x !== y, analytic.compared('ne', 'or'))
export const ltP: Primitive<'lt', None> = comparison('lt', (x, y) => x < y)
export const leP: Primitive<'le', None> = comparison('le', (x, y) => x <= y)
export const gtP: Primitive<'gt', None> = comparison('gt', (x, y) => x > y)
export const geP: Primitive<'ge', None> = comparison('ge', (x, y) => x >= y)
