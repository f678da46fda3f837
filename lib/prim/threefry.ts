/**
 * Threefry-2x32 with 20 rounds: four words in (two of key, two of counter), two random words out.
 * @source Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; JAX uses the same rounds.
 */
import type { Aval, Host } from '../ir/node.js'
import type { AnyArray } from '../type/dtype.js'
import { elementwiseSample, sameTypes } from './family.js'
import type { Primitive } from './primitive.js'

const ROTATIONS = [[13, 15, 26, 6], [17, 29, 16, 24]] as const
const PARITY = 0x1bd11bda

/** The two output words for key (k0, k1) and counter (x0, x1), as unsigned 32-bit numbers. */
export const threefry2x32 = (k0: number, k1: number, x0: number, x1: number): [number, number] => {
  const key = [k0, k1, k0 ^ k1 ^ PARITY] as const
  let a = (x0 + k0) | 0
  let b = (x1 + k1) | 0
  for (let round = 0; round < 5; round++) {
    for (const r of ROTATIONS[(round % 2) as 0 | 1]) {
      a = (a + b) | 0
      b = ((b << r) | (b >>> (32 - r))) ^ a
    }
    a = (a + (key[((round + 1) % 3) as 0 | 1 | 2])) | 0
    b = (b + (key[((round + 2) % 3) as 0 | 1 | 2]) + round + 1) | 0
  }
  return [a >>> 0, b >>> 0]
}
/** Which word: the first, the second, or their exclusive or (32 bits that depend on both). */
type P = { readonly word: 0 | 1 | 2 }
const names = ['threefry0', 'threefry1', 'threefryXor'] as const
const words = (xs: readonly Host[], word: 0 | 1 | 2): AnyArray => {
  const [k0, k1, x0, x1] = xs.map((x) => x.data) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  return k0.map((k, i) => {
    const [a, b] = threefry2x32(k, k1[i] as number, x0[i] as number, x1[i] as number)
    return word === 0 ? a : word === 1 ? b : a ^ b
  })
}
export const threefryP: Primitive<'threefry', P> = {
  name: 'threefry',
  aval: (xs) => sameTypes('threefry', xs as readonly Aval[], ['u32']),
  jvp: () => null,
  transpose: 'none',
  batch: 'pointwise',
  eval: (xs, p) => words(xs, p.word),
  lower: { kind: 'element', name: (p) => names[p.word] },
  domain: {
    dtypes: ['u32'], range: [0, 4294967295], kinks: [],
    sample: (draw) => ({ shapes: elementwiseSample(4)(draw).shapes, params: { word: draw(3) as 0 | 1 | 2 } }),
  },
}
