/** Tensors of more than 2^31 elements: what is not stored is computed, what has no place or no memory is refused by name. */
import { describe, expect, it } from 'vitest'
import { add, arange, argmax, argmin, argsort, broadcastTo, jit, max, session, sort, sum, tensor } from '../../lib/index.js'
import type { Scalar, Tensor } from '../../lib/index.js'
import { findAddon } from '../../lib/run/index.js'
import type { Fault } from '../../lib/type/index.js'

const N = 2 ** 31 + 8
const slow = (process.env['COTANGENT_SLOW'] ?? '') !== ''
/** A view: nothing is stored. */
const many = () => broadcastTo(tensor([1]), [N])
const { run, read } = session()
const refused = async (f: () => unknown): Promise<string> => {
  try {
    await f()
  } catch (e) {
    return `${(e as Fault)._tag}: ${(e as Fault).message}`
  }
  return 'nothing was refused'
}
describe.skipIf(!('addon' in findAddon()))('past 2^31 elements', () => {
  it('a sum of what is not stored goes over all of them', async () => {
    const count = jit((one: Tensor<[1], 'i64'>) => sum(broadcastTo(one, [N])))
    expect((await read(count(tensor([1n], { dtype: 'i64' }))))[0]).toBe(BigInt(N))
  })
  it.skipIf(!slow)('counting goes on past them', async () => {
    const last = jit((by: Scalar<'f64'>) => max(add(arange(N, { dtype: 'f64' }), by)))
    expect((await read(last(tensor(0.5, { dtype: 'f64' }))))[0]).toBe(N - 0.5)
  }, 120_000)
  it.each([['argmax', () => argmax(many())], ['argmin', () => argmin(many())], ['argsort', () => argsort(many())], ['sort', () => sort(many())]] as const)('%s has no place for them', async (name, f) => {
    expect(await refused(f)).toBe(`InvalidArgument: ${name}: ${N} elements have places that i32 does not reach, at most 2147483647: take them in parts`)
  })
  it('what cannot be counted is out of memory', async () => {
    expect(await refused(() => run(broadcastTo(tensor([1]), [2 ** 30, 2 ** 30])))).toContain('OutOfMemory: broadcast makes a f32[1073741824,1073741824]')
    expect(await refused(() => run(sum(broadcastTo(tensor([1]), [2 ** 52]))))).toContain('more than 2^53 cannot be counted')
  })
})
