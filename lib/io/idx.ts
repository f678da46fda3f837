/**
 * The IDX format of MNIST and its kin: two zero bytes, a type, a rank, big-endian dims, big-endian data; often
 * gzipped. Law: `decodeIdx(encodeIdx(h)) = h` for u8, i32, f32 and f64; i8 and i16 are read too and widened to
 * i32, as this library has no such dtype yet. Bytes that are not exactly one IDX array give a DecodeError.
 */
import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { arrayOf, type DType } from '../type/dtype.js'
import { Fault, fail } from '../type/fault.js'
import { atFile } from './fileFault.js'
import { sizeOf, type HostTensor } from './host.js'

interface Kind {
  readonly dtype: DType
  readonly bytes: number
  readonly read: (view: DataView, at: number) => number
  readonly write: (view: DataView, at: number, value: number) => void
}

const kinds: Readonly<Record<number, Kind>> = {
  0x08: { dtype: 'u8', bytes: 1, read: (v, at) => v.getUint8(at), write: (v, at, x) => v.setUint8(at, x) },
  0x09: { dtype: 'i32', bytes: 1, read: (v, at) => v.getInt8(at), write: (v, at, x) => v.setInt8(at, x) },
  0x0b: { dtype: 'i32', bytes: 2, read: (v, at) => v.getInt16(at), write: (v, at, x) => v.setInt16(at, x) },
  0x0c: { dtype: 'i32', bytes: 4, read: (v, at) => v.getInt32(at), write: (v, at, x) => v.setInt32(at, x) },
  0x0d: { dtype: 'f32', bytes: 4, read: (v, at) => v.getFloat32(at), write: (v, at, x) => v.setFloat32(at, x) },
  0x0e: { dtype: 'f64', bytes: 8, read: (v, at) => v.getFloat64(at), write: (v, at, x) => v.setFloat64(at, x) },
}
const codeOf: Readonly<Partial<Record<DType, number>>> = { u8: 0x08, i32: 0x0c, f32: 0x0d, f64: 0x0e }

/**
 * Reads IDX bytes, gzipped or not; throws DecodeError.
 * @example decodeIdx(encodeIdx(hostTensor('u8', [2], new Uint8Array([1, 2])))).shape // [2]
 */
export const decodeIdx = (bytes: Uint8Array, source = 'the IDX bytes'): HostTensor => {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(bytes, source) : bytes
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
  const kind = kindOf(view, source)
  const shape = shapeOf(view, kind, source)
  return Object.freeze({
    dtype: kind.dtype,
    shape: Object.freeze(shape),
    data: elements(view, kind, 4 + 4 * shape.length, sizeOf(shape)),
  })
}

/**
 * The IDX bytes of a host tensor; throws InvalidArgument for a dtype that IDX has not, or a rank above 255.
 * @example encodeIdx(hostTensor('u8', [2], new Uint8Array([1, 2]))).length // 10
 */
export const encodeIdx = (h: HostTensor): Uint8Array => {
  const code =
    codeOf[h.dtype] ??
    fail('InvalidArgument', `encodeIdx: IDX has no ${h.dtype}: convert to u8, i32, f32 or f64 first.`)
  const kind = kinds[code] as Kind
  if (h.shape.length > 255 || h.shape.some((dim) => dim > 0xffffffff))
    fail('InvalidArgument', `encodeIdx: the shape [${h.shape}] does not fit IDX: use at most 255 dims below 2^32.`)
  const start = 4 + 4 * h.shape.length
  const bytes = new Uint8Array(start + kind.bytes * h.data.length)
  const view = new DataView(bytes.buffer)
  bytes.set([0, 0, code, h.shape.length])
  h.shape.forEach((dim, i) => view.setUint32(4 + 4 * i, dim))
  for (let i = 0; i < h.data.length; i++) kind.write(view, start + kind.bytes * i, Number(h.data[i]))
  return bytes
}

/**
 * Reads an IDX file, gzipped or not; rejects with FileError or DecodeError.
 * @example const images = await readIdx('train-images-idx3-ubyte.gz')
 */
export const readIdx = (path: string): Promise<HostTensor> =>
  atFile(path, 'read', async () => decodeIdx(await readFile(path), path))

const gunzip = (bytes: Uint8Array, source: string): Uint8Array => {
  try {
    return gunzipSync(bytes, { maxOutputLength: 0x7fffffff })
  } catch (cause) {
    throw new Fault(
      'DecodeError',
      `${source} does not unpack as gzip (${String((cause as Error).message)}): the file is truncated or damaged; copy or download it again.`,
      { cause },
    )
  }
}

const kindOf = (view: DataView, source: string): Kind => {
  if (view.byteLength < 4 || view.getUint16(0) !== 0)
    return fail(
      'DecodeError',
      `${source} does not begin like an IDX file (two zero bytes, a type, a rank): it is of another format or empty.`,
    )
  return (
    kinds[view.getUint8(2)] ??
    fail(
      'DecodeError',
      `${source} has the unknown IDX type 0x${view.getUint8(2).toString(16).padStart(2, '0')}: the file is damaged or of another format.`,
    )
  )
}

/** The dims, after the proof that the bytes hold exactly that many elements. */
const shapeOf = (view: DataView, kind: Kind, source: string): readonly number[] => {
  const rank = view.getUint8(3)
  const start = 4 + 4 * rank
  if (view.byteLength < start)
    return fail('DecodeError', `${source} ends inside its ${rank} dims: the file is truncated.`)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const need = shape.reduce((size, dim) => size * BigInt(dim), BigInt(kind.bytes))
  return BigInt(view.byteLength - start) === need
    ? shape
    : fail(
        'DecodeError',
        `${source} claims shape [${shape.join(', ')}], ${need} bytes, but ${view.byteLength - start} follow: the file is truncated or damaged.`,
      )
}

const elements = (view: DataView, kind: Kind, start: number, size: number): HostTensor['data'] => {
  if (kind.dtype === 'u8') return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + start, size)
  const data = arrayOf(kind.dtype, size)
  for (let i = 0; i < size; i++) data[i] = kind.read(view, start + kind.bytes * i)
  return data
}
