/** Fourier transforms. Complex numbers lie in memory as pairs, so peers get them as such and look at them as complex. */
import { complex, fft, jit, key, random } from '../../../lib/index.js'
import type { Device, Tensor } from '../../../lib/index.js'
import { stored } from '../peer.js'
import type { Case, Ready } from '../row.js'
import { session } from '../session.js'
import { expectClose, perCall, sampled } from '../training.js'

const N = 1 << 20
const COUNT = 10
type Numbers = Tensor<[number], 'c64', Device>
const numbers = (n: number): Numbers => complex(random.normal(key(1), [n]), random.normal(key(2), [n]))
const transformed = (x: Numbers) => fft.fft(x)
const transform = (): Ready => {
  const x = session.run.sync(numbers(N)), f = jit(transformed)
  const own = sampled(session.read.sync(f(x)))
  const measure = (): number => perCall(COUNT, () => session.run.sync(f(x)))
  measure()
  const payload = { inputs: { x: stored(session.read.sync(x), [N, 2]) }, count: COUNT }
  return { measure, flops: 5 * N * Math.log2(N), peers: { names: ['torch', 'numpy'], as: 'fft_1M', payload, expect: expectClose('sample', own, 1e-2) } }
}
export const cases: readonly Case[] = [{ name: 'fft_1M', unit: 'ms', bound: { of: 'ratio', most: 1.5 }, rounds: 7, prepare: transform, small: { inputs: () => numbers(2048), f: transformed, tolerance: 1e-4 } }]
