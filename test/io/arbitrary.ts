/**
 * Generators of host tensors and of damage, shared by the tests of io/: every dtype, ranks 0 to 3, empty dims, all
 * bits.
 */
import fc from 'fast-check'
import { dtypeInfo, dtypes, isHalf, viewOf, type DType } from '../../lib/type/dtype.js'
import { isFault } from '../../lib/type/fault.js'
import { fromBits } from '../../lib/type/half.js'
import { bytesOf, sizeOf, type HostTensor } from '../../lib/io/host.js'

const tensorOf = (dtype: DType, shape: readonly number[]): fc.Arbitrary<HostTensor> => {
  const length = sizeOf(shape) * dtypeInfo[dtype].bytes
  return fc
    .uint8Array({ minLength: length, maxLength: length, ...(dtype === 'bool' ? { max: 1 } : {}) })
    .map((bytes) => {
      const data = viewOf(isHalf(dtype) ? 'u16' : dtype, bytes.slice().buffer, 0, sizeOf(shape))
      return { dtype, shape, data: isHalf(dtype) ? fromBits(data as Uint16Array, dtype) : data }
    })
}

/** safetensors has no c128. */
const storable = dtypes.filter((d) => d !== 'c128')
export const hostTensors = (of: readonly DType[] = storable): fc.Arbitrary<HostTensor> =>
  fc
    .tuple(fc.constantFrom(...of), fc.array(fc.nat(4), { maxLength: 3 }))
    .chain(([dtype, shape]) => tensorOf(dtype, shape))

export const named = <A>(value: fc.Arbitrary<A>): fc.Arbitrary<Record<string, A>> =>
  fc.dictionary(
    fc.oneof(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.constantFrom('conv1.weight', '0', '__proto__', 'a.b')),
    value,
    { maxKeys: 6 },
  )

/** A comparable form: the bytes of each tensor, so that NaN payloads and -0 count. */
export const bits = (tensors: Readonly<Record<string, HostTensor>>): unknown =>
  Object.entries(tensors)
    .map(([name, h]) => [name, h.dtype, h.shape, Buffer.from(bytesOf(h.data)).toString('hex')])
    .sort()

export interface Damage {
  readonly kind: 'cut' | 'flip' | 'insert'
  readonly at: number
  readonly byte: number
}
export const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('cut', 'flip', 'insert'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  byte: fc.integer({ min: 1, max: 255 }),
})

export const damaged = (bytes: Uint8Array, { kind, at, byte }: Damage): Uint8Array => {
  const i = Math.min(bytes.length - 1, Math.floor(at * bytes.length))
  if (kind === 'cut') return bytes.slice(0, i)
  if (kind === 'insert') return Buffer.concat([bytes.slice(0, i), Uint8Array.of(byte), bytes.slice(i)])
  const copy = new Uint8Array(bytes)
  copy[i] = (copy[i] ?? 0) ^ byte
  return copy
}

/**
 * The message of the Fault that `effect` throws, or undefined when it gives a value; anything else thrown is a
 * failure.
 */
export const faultOf = (effect: () => unknown): string | undefined => {
  try {
    effect()
    return undefined
  } catch (e) {
    if (!isFault(e)) throw new Error(`not a Fault: ${String(e)}`, { cause: e })
    return e.message
  }
}
