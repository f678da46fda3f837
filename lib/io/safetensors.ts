/**
 * The safetensors format: eight bytes of header length, a JSON header, the tensors' bytes. Laws:
 * `decode(encode(x)) = x` bit for bit; `encode` gives the reference implementation's bytes (tensors by falling
 * alignment, then by name, the header padded with spaces to eight bytes); any other bytes give a DecodeError,
 * never a crash, a hang or a tensor that reads outside its file. The format is the one that holds no code, which
 * is why checkpoints use it and not a pickle.
 * @source https://github.com/huggingface/safetensors (format section of its README, and safetensors/src/tensor.rs 0.5)
 */
import { open, type FileHandle } from 'node:fs/promises'
import { arrayOf, dtypeInfo, isHalf, lengthOf, viewOf, type AnyArray, type DType } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import { fromBits, toBits } from '../type/half.js'
import { writeAtomic } from './atomic.js'
import { atFile } from './fileFault.js'
import { parseHeader, formatNames, maxHeaderBytes, type Entry } from './safetensorsHeader.js'
import { bytesOf, sizeOf, type HostTensor } from './host.js'

/** Named tensors and the free text of a safetensors file. */
export interface TensorFile {
  readonly tensors: Readonly<Record<string, HostTensor>>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads the bytes of a safetensors file; throws DecodeError. Tensors share the bytes' memory where alignment allows.
 * @example decode(encode({ w: label(3) })).tensors['w']?.data[0] // 3
 */
export const decode = (bytes: Uint8Array, source = 'the safetensors bytes'): TensorFile => {
  const length = headerLength(bytes, bytes.length, source)
  const { entries, metadata } = parseHeader(bytes.subarray(8, 8 + length), bytes.length - 8 - length, source)
  const body = bytes.subarray(8 + length)
  return {
    metadata,
    tensors: collect(
      entries.map((e) => [e, viewAt(body, e)] as const),
      source,
    ),
  }
}

/**
 * The bytes of a safetensors file; throws InvalidArgument when a tensor is named `__metadata__` or does not fit
 * its shape.
 * @example encode({ w: label(3) }).length
 */
export const encode = (
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array => joined(encodePieces(tensors, metadata))

/**
 * Reads a safetensors file, one tensor at a time into its own memory; rejects with FileError or DecodeError.
 * @example const { tensors } = await readSafetensors('model.safetensors')
 */
export const readSafetensors = (path: string): Promise<TensorFile> =>
  atFile(path, 'read', async () => {
    const file = await open(path, 'r')
    return readOpen(file, path).finally(() => file.close())
  })

/**
 * Writes a safetensors file, all or nothing; rejects with FileError, the previous file being untouched.
 * @example await writeSafetensors('model.safetensors', { w: label(3) })
 */
export const writeSafetensors = async (
  path: string,
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => writeAtomic(path, encodePieces(tensors, metadata))

/**
 * Tensors in the order a file holds them: falling alignment, then name.
 * @example inFileOrder({ b: label(1), a: label(2) }).map(([name]) => name) // ['a', 'b']
 */
export const inFileOrder = (
  tensors: Readonly<Record<string, HostTensor>>,
): readonly (readonly [string, HostTensor])[] =>
  Object.entries(tensors).sort(
    ([a, x], [b, y]) => formatRank(y.dtype) - formatRank(x.dtype) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  )

const formatRank = (dtype: DType): number => ['bool', 'u8', 'i8', 'i16', 'u16', 'f16', 'bf16', 'i32', 'u32', 'f32', 'c64', 'f64', 'i64', 'u64'].indexOf(dtype)

const encodePieces = (
  tensors: Readonly<Record<string, HostTensor>>,
  metadata: Readonly<Record<string, string>>,
): readonly Uint8Array[] => {
  const ordered = inFileOrder(tensors)
  const header = Object.keys(metadata).length > 0 ? [member('__metadata__', metadata)] : []
  let at = 0
  for (const [name, h] of ordered) {
    const end = at + sizeOf(checked(name, h).shape) * dtypeInfo[h.dtype].bytes
    header.push(member(name, { dtype: formatName(name, h.dtype), shape: h.shape, data_offsets: [at, end] }))
    at = end
  }
  return [...headerPieces(`{${header.join(',')}}`), ...ordered.map(([, h]) => fileBytes(h))]
}

/** As files hold it: half types in two bytes an element. */
const fileBytes = (h: HostTensor): Uint8Array => bytesOf(isHalf(h.dtype) ? toBits(h.data as Float32Array, h.dtype) : h.data)

/** A plain Uint8Array: a Buffer's `slice` would share its memory. */
const joined = (pieces: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  pieces.reduce((at, piece) => (bytes.set(piece, at), at + piece.length), 0)
  return bytes
}

/** Written by hand: an object would put names that look like numbers first. */
const member = (name: string, value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`

const headerPieces = (json: string): readonly Uint8Array[] => {
  const text = new TextEncoder().encode(json)
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20)
  padded.set(text)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true)
  return padded.length <= maxHeaderBytes
    ? [length, padded]
    : fail(
        'InvalidArgument',
        `encode: the header of ${padded.length} bytes passes the format's limit of ${maxHeaderBytes}: store fewer tensors or less metadata.`,
      )
}

const formatName = (name: string, dtype: DType): string =>
  dtype === 'c128'
    ? fail('InvalidArgument', `encode: tensor "${name}" is c128, which the format does not hold: cast it to c64, or store its real and imaginary parts.`)
    : formatNames[dtype]

const checked = (name: string, h: HostTensor): HostTensor =>
  name === '__metadata__'
    ? fail(
        'InvalidArgument',
        'encode: a tensor is named "__metadata__", which the format keeps for itself: choose another name.',
      )
    : lengthOf(h.dtype, h.data) !== sizeOf(h.shape)
      ? fail(
          'InvalidArgument',
          `encode: tensor "${name}" has ${lengthOf(h.dtype, h.data)} elements for shape [${h.shape}]: pass an array of the shape's size.`,
        )
      : h

const headerLength = (start: Uint8Array, fileLength: number, source: string): number => {
  if (fileLength < 8 || start.length < 8)
    return fail(
      'DecodeError',
      `${source} has ${fileLength} bytes where a safetensors file has at least 8: it is truncated or of another format.`,
    )
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(maxHeaderBytes))
    return fail(
      'DecodeError',
      `${source} claims a header of ${length} bytes, above the limit of ${maxHeaderBytes}: it is not a safetensors file, or damaged.`,
    )
  if (length > BigInt(fileLength - 8))
    return fail(
      'DecodeError',
      `${source} claims a header of ${length} bytes but only ${fileLength - 8} follow: the file is truncated.`,
    )
  return Number(length)
}

const viewAt = (body: Uint8Array, { dtype, shape, begin, end }: Entry): AnyArray => {
  const part = body.subarray(begin, end)
  const aligned = part.byteOffset % dtypeInfo[dtype].bytes === 0 ? part : new Uint8Array(part)
  const stored = isHalf(dtype) ? 'u16' : dtype
  return numbersOf(dtype, viewOf(stored, aligned.buffer, aligned.byteOffset, sizeOf(shape)))
}

const numbersOf = (dtype: DType, data: AnyArray): AnyArray => (isHalf(dtype) ? fromBits(data as Uint16Array, dtype) : data)

const collect = (read: readonly (readonly [Entry, AnyArray])[], source: string): Readonly<Record<string, HostTensor>> =>
  Object.fromEntries(
    read.map(([{ name, dtype, shape }, data]) => {
      if (dtype === 'bool' && (data as Uint8Array).some((byte) => byte > 1))
        fail(
          'DecodeError',
          `${source}: tensor "${name}" is BOOL but holds a byte other than 0 and 1: the file is damaged.`,
        )
      return [name, Object.freeze({ dtype, shape: Object.freeze(shape), data })]
    }),
  )

const readOpen = async (file: FileHandle, path: string): Promise<TensorFile> => {
  const { size } = await file.stat()
  const length = headerLength(await readAt(file, new Uint8Array(Math.min(8, size)), 0, path), size, path)
  const header = await readAt(file, new Uint8Array(length), 8, path)
  const { entries, metadata } = parseHeader(header, size - 8 - length, path)
  const read: (readonly [Entry, AnyArray])[] = []
  for (const entry of entries) {
    const data = arrayOf(isHalf(entry.dtype) ? 'u16' : entry.dtype, sizeOf(entry.shape))
    await readAt(file, bytesOf(data), 8 + length + entry.begin, path)
    read.push([entry, numbersOf(entry.dtype, data)])
  }
  return { metadata, tensors: collect(read, path) }
}

const readAt = async (file: FileHandle, into: Uint8Array, position: number, path: string): Promise<Uint8Array> => {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await file.read(into, at, Math.min(1 << 26, into.length - at), position + at)
    if (bytesRead === 0) fail('DecodeError', `${path} ended while it was read: another program is changing it.`)
    at += bytesRead
  }
  return into
}
