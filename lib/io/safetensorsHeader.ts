/**
 * The header of a safetensors file, from untrusted bytes to checked entries. Law: the entries returned tile the
 * body exactly, each with `shape × dtype` bytes, so what reads by them cannot leave the file. Every way to break
 * the format has its own sentence, because "invalid header" has never helped anyone to find out which tool wrote
 * the file.
 */
import * as t from 'io-ts'
import { dtypeInfo, type DType } from '../type/dtype.js'
import { Fault, fail } from '../type/fault.js'
import { Count, decodeWith, parseJson, shown } from './decode.js'
import { duplicateKey } from './json.js'

/** The longest header the format allows, in bytes. */
export const maxHeaderBytes = 100_000_000

/** The format's name of each dtype; it has none for c128. */
export const formatNames: Readonly<Record<Exclude<DType, 'c128'>, string>> = {
  bool: 'BOOL',
  u8: 'U8',
  i8: 'I8',
  i16: 'I16',
  u16: 'U16',
  f16: 'F16',
  bf16: 'BF16',
  i32: 'I32',
  u32: 'U32',
  i64: 'I64',
  u64: 'U64',
  f32: 'F32',
  f64: 'F64',
  c64: 'C64',
}

/** One tensor of a file: its name, its type and where its bytes lie after the header. */
export interface Entry {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** What a header says. */
export interface Header {
  readonly entries: readonly Entry[]
  readonly metadata: Readonly<Record<string, string>>
}

const isRange = (offsets: readonly number[]): boolean => offsets.length === 2 && (offsets[0] ?? 0) <= (offsets[1] ?? -1)
const described = <A>(codec: t.Type<A>, name: string): t.Type<A> =>
  new t.Type(name, codec.is, (u, c) => (codec.is(u) ? t.success(u) : t.failure(u, c)), t.identity)
const Range = described(t.refinement(t.array(Count), isRange), 'two rising offsets [begin, end]')
const Shape = described(t.array(Count), 'an array of whole numbers >= 0')
const Info = t.type({ dtype: t.string, shape: Shape, data_offsets: Range }, 'a tensor { dtype, shape, data_offsets }')
const Infos = t.record(t.string, Info, 'a record of tensors')
const Metadata = t.record(t.string, t.string, 'a record of strings')
const Root = new t.Type<Record<string, unknown>>(
  'an object',
  t.UnknownRecord.is,
  (u, c) => (t.UnknownRecord.is(u) && !Array.isArray(u) ? t.success(u) : t.failure(u, c)),
  t.identity,
)

/**
 * Decodes and checks a header against the length of the body; throws DecodeError.
 * @example parseHeader(new TextEncoder().encode('{}'), 0, 'the file') // { entries: [], metadata: {} }
 */
export const parseHeader = (bytes: Uint8Array, bodyLength: number, source: string): Header => {
  const named = `the header of ${source}`
  const { text, root } = parsedText(bytes, named)
  const twice = duplicateKey(text)
  if (twice !== undefined)
    fail('DecodeError', `${named} names "${twice}" twice, which the format forbids: the file is damaged or forged.`)
  const { __metadata__: metadata, ...infos } = root
  const entries = Object.entries(decodeWith(Infos, infos, named)).map(([name, info]) => entryOf(name, info, source))
  return {
    entries: tiling(entries, bodyLength, source),
    metadata:
      metadata === undefined
        ? {}
        : decodeWith(t.type({ __metadata__: Metadata }), { __metadata__: metadata }, named).__metadata__,
  }
}

const parsedText = (
  bytes: Uint8Array,
  named: string,
): { readonly text: string; readonly root: Record<string, unknown> } => {
  const text = utf8(bytes, named)
  if (!text.startsWith('{'))
    fail('DecodeError', `${named} begins with ${shown(text.slice(0, 1))}, not with "{": it is not a safetensors file.`)
  return { text, root: decodeWith(Root, parseJson(text, named), named) }
}

const utf8 = (bytes: Uint8Array, named: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new Fault('DecodeError', `${named} is not UTF-8 text: it is not a safetensors file, or damaged.`, { cause })
  }
}

const dtypeNamed = (word: string): DType | undefined =>
  (Object.keys(formatNames) as (keyof typeof formatNames)[]).find((dtype) => formatNames[dtype] === word)

const entryOf = (name: string, info: t.TypeOf<typeof Info>, source: string): Entry => {
  const dtype =
    dtypeNamed(info.dtype) ??
    fail(
      'DecodeError',
      `${source}: tensor "${name}" has dtype ${shown(info.dtype)}, which this version does not read: convert it to one of ${Object.values(formatNames).join(', ')} where the file was made.`,
    )
  const [begin = 0, end = 0] = info.data_offsets
  const need = info.shape.reduce((size, dim) => size * BigInt(dim), BigInt(dtypeInfo[dtype].bytes))
  return BigInt(end - begin) === need
    ? { name, dtype, shape: info.shape, begin, end }
    : fail(
        'DecodeError',
        `${source}: tensor "${name}" of ${info.dtype} [${info.shape.join(', ')}] needs ${need} bytes but its data_offsets hold ${end - begin}: the header is wrong.`,
      )
}

/** The entries in file order, after the proof that they tile the body. */
const tiling = (entries: readonly Entry[], bodyLength: number, source: string): readonly Entry[] => {
  const ordered = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)
  const end = ordered.reduce((at, entry) => follows(entry, at, source), 0)
  if (end > bodyLength)
    fail(
      'DecodeError',
      `${source} is truncated: its header promises ${end} bytes of tensors but ${bodyLength} follow; copy or download it again.`,
    )
  if (end < bodyLength)
    fail(
      'DecodeError',
      `${source} has ${bodyLength - end} bytes after its last tensor that no tensor owns: the file is damaged or of another format.`,
    )
  return ordered
}

const follows = (entry: Entry, at: number, source: string): number =>
  entry.begin === at
    ? entry.end
    : entry.begin < at
      ? fail(
          'DecodeError',
          `${source}: tensor "${entry.name}" begins at byte ${entry.begin}, inside the tensor before it, which ends at ${at}: ranges may not overlap.`,
        )
      : fail(
          'DecodeError',
          `${source}: bytes ${at} to ${entry.begin} before tensor "${entry.name}" belong to no tensor: the format allows no holes.`,
        )
