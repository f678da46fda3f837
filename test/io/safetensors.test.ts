import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode, readSafetensors, writeSafetensors } from '../../lib/io/safetensors.js'
import { hostTensor, scalar, type HostTensor } from '../../lib/io/host.js'
import { dtypes, isBig } from '../../lib/type/dtype.js'
import { bits, damage, damaged, faultOf, hostTensors, named } from './arbitrary.js'

/** What the safetensors package wrote (record.py). */
const { bytes: written, values: numbers } = JSON.parse(readFileSync(new URL('./dtypes.json', import.meta.url), 'utf8')) as { readonly bytes: string; readonly values: Readonly<Record<string, readonly string[]>> }

const file = (header: unknown, body = 0): Uint8Array => {
  const text =
    typeof header === 'string'
      ? Buffer.from(header)
      : header instanceof Uint8Array
        ? header
        : Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Buffer.alloc(body)])
}
const f32 = (shape: unknown, offsets: unknown): unknown => ({ dtype: 'F32', shape, data_offsets: offsets })

describe('safetensors', () => {
  test('decode ∘ encode = id, bit for bit, metadata too', () => {
    const metadata = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 })
    fc.assert(
      fc.property(named(hostTensors()), metadata, (tensors, meta) => {
        const back = decode(encode(tensors, meta))
        expect(bits(back.tensors)).toEqual(bits(tensors))
        expect(back.metadata).toEqual(meta)
      }),
    )
  })

  test('the bytes are those of the reference writer (safetensors 0.8.0 for Python)', () => {
    const golden =
      '4AEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJucCJ9LCIwIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOlswLDhdfSwiw6kiOnsiZHR5cGUiOiJGNjQiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOls4LDMyXX0sIkIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOlszMiwzNl19LCJiLndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0YV9vZmZzZXRzIjpbMzYsNjBdfSwidyI6eyJkdHlwZSI6IlUzMiIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6WzYwLDY0XX0sImUiOnsiZHR5cGUiOiJJMzIiLCJzaGFwZSI6WzAsM10sImRhdGFfb2Zmc2V0cyI6WzY0LDY0XX0sInUiOnsiZHR5cGUiOiJVOCIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzY0LDY3XX0sImEiOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbNjcsNjldfX0HAAAAAAAAAAAAAAAAAAAAAAAAAAAA8D8AAAAAAAAAQAAAwD8AAAAAAACAPwAAAEAAAEBAAACAQAAAoEAFAAAAAQIDAQA='
    const ours = encode(
      {
        'b.weight': hostTensor('f32', [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5)),
        a: hostTensor('bool', [2], Uint8Array.of(1, 0)),
        é: hostTensor('f64', [3], Float64Array.of(0, 1, 2)),
        0: scalar(7, 'i64'),
        u: hostTensor('u8', [3], Uint8Array.of(1, 2, 3)),
        e: hostTensor('i32', [0, 3], new Int32Array()),
        w: hostTensor('u32', [1], Uint32Array.of(5)),
        B: hostTensor('f32', [1], Float32Array.of(1.5)),
      },
      { format: 'np' },
    )
    expect(Buffer.from(ours).toString('base64')).toBe(golden)
  })

  test('every dtype is read and written as the safetensors package does', () => {
    const want = Buffer.from(written, 'base64')
    const { tensors } = decode(new Uint8Array(want))
    expect(Object.keys(tensors).sort()).toEqual(dtypes.filter((d) => d !== 'c128').sort())
    for (const [name, values] of Object.entries(numbers)) {
      const x = tensors[name] as HostTensor
      expect([x.dtype, Array.from<number | bigint>(x.data)]).toEqual([name, values.map((v) => (isBig(x.dtype) ? BigInt(v) : Number(v)))])
    }
    expect(Buffer.from(encode(tensors)).equals(want)).toBe(true)
  })

  test('decoding at any offset of a larger buffer gives the same bits', () => {
    fc.assert(
      fc.property(named(hostTensors()), fc.nat(9), (tensors, shift) => {
        const bytes = encode(tensors)
        const shifted = new Uint8Array(bytes.length + shift)
        shifted.set(bytes, shift)
        expect(bits(decode(shifted.subarray(shift)).tensors)).toEqual(bits(tensors))
      }),
    )
  })

  test('random bytes give a Fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        faultOf(() => decode(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  test('random JSON headers give a Fault or tensors that re-encode', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(64), (json, body) => {
        faultOf(() => encode(decode(file(json, body)).tensors))
      }),
      { numRuns: 1000 },
    )
  })

  test('a damaged file gives a Fault, or a file of the same form', () => {
    fc.assert(
      fc.property(named(hostTensors()), damage, (tensors, how) => {
        faultOf(() => decode(damaged(encode(tensors), how)))
      }),
      { numRuns: 2000 },
    )
  })

  test('every truncation gives a Fault', () => {
    const bytes = encode({ a: hostTensor('f32', [3], new Float32Array(3)), b: scalar(1, 'i64') }, { k: 'v' })
    for (let n = 0; n < bytes.length; n++) expect(faultOf(() => decode(bytes.slice(0, n)))).toBeTruthy()
  })

  test.each([
    [
      'overlap',
      file({ a: f32([2], [0, 8]), b: f32([2], [4, 12]) }, 12),
      /"b" begins at byte 4, inside the tensor before it, which ends at 8/,
    ],
    [
      'hole',
      file({ a: f32([1], [0, 4]), b: f32([1], [8, 12]) }, 12),
      /bytes 4 to 8 before tensor "b" belong to no tensor/,
    ],
    ['not at 0', file({ a: f32([1], [4, 8]) }, 8), /bytes 0 to 4/],
    ['outside', file({ a: f32([3], [0, 12]) }, 8), /truncated: its header promises 12 bytes of tensors but 8 follow/],
    ['trailing', file({ a: f32([1], [0, 4]) }, 9), /5 bytes after its last tensor/],
    ['size', file({ a: f32([2, 2], [0, 12]) }, 12), /"a" of F32 \[2, 2\] needs 16 bytes but its data_offsets hold 12/],
    [
      'overflowing shape',
      file({ a: f32([2 ** 52, 2 ** 52], [0, 4]) }, 4),
      /needs 81129638414606681695789005144064 bytes/,
    ],
    [
      'falling range',
      file({ a: f32([1], [4, 0]) }, 4),
      /a\.data_offsets: expected two rising offsets \[begin, end\], got \[4,0\]/,
    ],
    ['three offsets', file({ a: f32([1], [0, 4, 4]) }, 4), /a\.data_offsets: expected two rising/],
    [
      'bad shape',
      file({ 'conv1.weight': f32('3x3', [0, 4]) }, 4),
      /conv1\.weight\.shape: expected an array of whole numbers >= 0, got "3x3"/,
    ],
    ['negative dim', file({ a: f32([-1], [0, 4]) }, 4), /a\.shape/],
    ['two wrong places', file({ a: f32('x', 'y') }, 4), /a\.shape.*; a\.data_offsets/],
    [
      'F8_E4M3',
      file({ h: { dtype: 'F8_E4M3', shape: [2], data_offsets: [0, 2] } }, 2),
      /tensor "h" has dtype "F8_E4M3", which this version does not read/,
    ],
    ['unknown dtype', file({ h: { dtype: 'toString', shape: [1], data_offsets: [0, 2] } }, 2), /"toString"/],
    [
      'duplicate tensor',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      /names "a" twice/,
    ],
    [
      'duplicate field',
      file('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      /names "dtype" twice/,
    ],
    ['array', file('[]'), /begins with "\[", not with "\{"/],
    ['not JSON', file('{"a":'), /is not JSON/],
    ['not UTF-8', file(Buffer.from([0x7b, 0xff, 0x7d])), /is not UTF-8/],
    ['BOM', file('\ufeff{}'), /begins with/],
    ['metadata number', file({ __metadata__: { step: 3 } }), /__metadata__\.step: expected string, got 3/],
    ['metadata list', file({ __metadata__: [] }), /__metadata__: expected a record of strings, got \[\]/],
    ['metadata text', file({ __metadata__: 'x' }), /__metadata__: expected a record of strings, got "x"/],
    ['tensor list', file({ a: [1] }), /a\.dtype: expected string, got nothing|a: expected a tensor/],
    [
      'BOOL byte',
      Buffer.concat([file({ b: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }), Buffer.from([2])]),
      /"b" is BOOL but holds a byte other than 0 and 1/,
    ],
    ['huge header', Buffer.from('ffffffffffffffff7b7d', 'hex'), /above the limit of 100000000/],
    ['header beyond file', Buffer.from('10000000000000007b7d', 'hex'), /only 2 follow: the file is truncated/],
    ['empty', new Uint8Array(), /0 bytes where a safetensors file has at least 8/],
  ])('%s', (_, bytes, sentence) => {
    const message = faultOf(() => decode(bytes))
    expect(message).toMatch(sentence)
    expect(message).toMatch(/\.$/)
    expect(message).not.toContain('\n')
  })

  test('deeply nested and very long headers do not overflow the stack', () => {
    expect(faultOf(() => decode(file(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)))).toBeTruthy()
    expect(decode(file({ __metadata__: { long: 'x"\\'.repeat(1_000_000) } })).metadata['long']?.length).toBe(3_000_000)
  })

  test('what the format cannot hold is refused at writing', () => {
    expect(faultOf(() => encode({ __metadata__: scalar(1, 'f32') }))).toMatch(/keeps for itself/)
    expect(faultOf(() => encode({ a: { dtype: 'f32', shape: [2], data: new Float32Array(3) } }))).toMatch(
      /"a" has 3 elements/,
    )
  })

  test('files: write then read is the identity; damage and absence are Faults that name the path', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cotangent-st-'))
    const path = join(folder, 'm.safetensors')
    await fc.assert(
      fc.asyncProperty(named(hostTensors()), async (tensors) => {
        await writeSafetensors(path, tensors, { a: 'b' })
        expect(bits((await readSafetensors(path)).tensors)).toEqual(bits(tensors))
      }),
      { numRuns: 25 },
    )
    expect(await readdir(folder)).toEqual(['m.safetensors'])
    const bytes = encode({ a: hostTensor('f32', [2], new Float32Array(2)) })
    for (const n of [0, 5, 20, bytes.length - 1]) {
      await writeFile(path, bytes.slice(0, n))
      await expect(readSafetensors(path)).rejects.toMatchObject({
        _tag: 'DecodeError',
        message: expect.stringContaining(path),
      })
    }
    await expect(readSafetensors(join(folder, 'absent'))).rejects.toMatchObject({
      _tag: 'FileError',
      message: expect.stringContaining('there is no such file'),
    })
    await rm(folder, { recursive: true })
  })
})
