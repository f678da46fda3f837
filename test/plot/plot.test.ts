import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { DOMParser } from 'linkedom'
import { describe, expect, test, vi } from 'vitest'
import { hostTensor } from '../../lib/io/host.js'
import { confusion, curves, histogram, imageGrid, savePng, saveSvg, scatter, toPng } from '../../lib/plot/index.js'
import { encodePng } from '../../lib/plot/png.js'
import { faultOf } from '../io/arbitrary.js'

const texts = (svg: string): string[] =>
  [...new DOMParser().parseFromString(svg, 'image/svg+xml').querySelectorAll('text')].map((t) => t.textContent ?? '')
const sizeOfPng = (png: Uint8Array): [number, number] => {
  const view = new DataView(png.buffer, png.byteOffset)
  return [view.getUint32(16), view.getUint32(20)]
}
const history = [1, 2, 3].map((epoch) => ({
  epoch,
  trainLoss: 2 / epoch,
  valLoss: 2.5 / epoch,
  trainAccuracy: 1 - 1 / epoch,
  val_accuracy: 0.9 - 1 / epoch,
}))

describe('curves', () => {
  test('draw a panel a quantity and a line a part, with titles, legend and epochs', async () => {
    const svg = await curves(history, { title: 'A < B & C' })
    const words = texts(svg)
    for (const word of ['A < B & C', 'train', 'validation', 'loss', 'accuracy', 'epoch', '1', '2', '3'])
      expect(words).toContain(word)
    expect(words).not.toContain('1.5')
    expect(svg.match(/stroke-width="2"/g)?.length).toBeGreaterThanOrEqual(2)
    expect(svg.match(/<circle /g)?.length).toBe(12)
  })
  test('one point for each finite number', async () => {
    const numbers = fc.constantFrom(NaN, Infinity, -Infinity, 0, -1e30, 1e-30, 3)
    const rows = fc.array(
      fc.record({ epoch: fc.nat(9), loss: numbers, valLoss: numbers }, { requiredKeys: ['epoch', 'loss'] }),
      { minLength: 1, maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(rows, async (h) => {
        const svg = await curves(h)
        const finite = h
          .flatMap((row) => [row.loss, row.valLoss])
          .filter((x) => x !== undefined && Number.isFinite(x)).length
        expect(svg.match(/<circle /g)?.length ?? 0).toBe(finite)
        expect(svg).not.toMatch(/[" ,]NaN[" ,]|undefined|Infinity/)
      }),
      { numRuns: 30 },
    )
  })
  test('columns can be chosen, and wrong ones are a sentence', async () => {
    expect(
      texts(await curves(history, { x: 'epoch', panels: [{ title: 'Loss', lines: { ours: 'trainLoss' } }] })),
    ).toContain('Loss')
    await expect(curves([])).rejects.toThrow(/the history has no measured numbers/)
    await expect(curves(history, { panels: [{ title: 'x', lines: { a: 'lossy' } }] })).rejects.toThrow(
      /no column lossy: it has epoch, trainLoss/,
    )
  })
})

describe('charts', () => {
  test('confusion: every count and label is on the page, also equal labels', async () => {
    const words = texts(
      await confusion(
        [
          [11, 2, 0],
          [3, 44, 5],
          [6, 7, 88],
        ],
        ['cat', 'dog', 'cat'],
        { title: 'Pets' },
      ),
    )
    for (const word of ['11', '44', '88', '7', 'dog', 'true', 'predicted', 'Pets']) expect(words).toContain(word)
    expect(await confusion(hostTensor('i64', [2, 2], BigInt64Array.of(1n, 2n, 3n, 4n)), ['a', 'b'])).toContain('>4<')
    await expect(
      confusion(
        [
          [1, 2],
          [3, 4],
        ],
        ['a'],
      ),
    ).rejects.toThrow(/2 rows of 2 for 1 labels/)
    await expect(confusion(hostTensor('u8', [2], new Uint8Array(2)), ['a', 'b'])).rejects.toThrow(/shape \[2\]/)
  })
  test('histogram counts every finite value', async () => {
    expect(await histogram([1, 1, NaN, 2], { label: 'weight' })).toContain('weight')
    expect(await histogram([5, 5, 5])).toContain('<rect')
    await expect(histogram([NaN])).rejects.toThrow(/no finite value/)
  })
  test('scatter draws a point for each pair', async () => {
    const svg = await scatter([1, 2, 3], hostTensor('f32', [3], Float32Array.of(1, 2, 3)), { classes: ['b', 'a', 'b'] })
    expect(svg.match(/<circle /g)?.length).toBe(3)
    await expect(scatter([1], [])).rejects.toThrow(/1 x, 0 y: pass as many/)
  })
  test('imageGrid embeds a picture each, and refuses other shapes', () => {
    expect(
      imageGrid(hostTensor('u8', [5, 4, 4], new Uint8Array(80)), { captions: ['a', 'b'] }).match(/<image /g)?.length,
    ).toBe(5)
    expect(faultOf(() => imageGrid(hostTensor('u8', [4, 4], new Uint8Array(16))))).toMatch(/no stack of pictures/)
    expect(faultOf(() => imageGrid(hostTensor('f32', [1, 2, 4, 4], new Float32Array(32))))).toMatch(
      /\[1, 2, 4, 4\] is no stack/,
    )
  })
})

describe('files', () => {
  test('PNG: the pixels come back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1 as const, 3 as const),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.nat(255)),
        (channels, width, height, values) => {
          const pixels = Uint8Array.from({ length: channels * width * height }, () => values.next().value as number)
          const png = Buffer.from(encodePng(pixels, { width, height, channels }))
          const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)))
          expect(sizeOfPng(png)).toEqual([width, height])
          expect([...rows].filter((_, i) => i % (width * channels + 1) !== 0)).toEqual([...pixels])
        },
      ),
    )
  })
  test('saveSvg and savePng write what toPng gives, at the scale asked for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cotangent-plot-'))
    const svg = await curves(history, { width: 400, height: 200 })
    await saveSvg(join(folder, 'a.svg'), svg)
    await savePng(join(folder, 'a.png'), svg, { scale: 3 })
    expect(await readFile(join(folder, 'a.svg'), 'utf8')).toBe(svg)
    expect(sizeOfPng(await readFile(join(folder, 'a.png')))).toEqual([1200, 678])
    await expect(savePng(join(folder, 'none', 'a.png'), svg)).rejects.toMatchObject({ _tag: 'FileError' })
    await rm(folder, { recursive: true })
  })
  test('any title gives a figure that can be drawn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (title) => {
        expect(
          (await toPng(imageGrid(hostTensor('u8', [1, 1, 1], new Uint8Array(1)), { title }))).length,
        ).toBeGreaterThan(0)
      }),
      { numRuns: 30 },
    )
    await expect(toPng('no svg')).rejects.toMatchObject({ _tag: 'InvalidArgument' })
  })
  test('a missing package is one sentence that says what to install', async () => {
    vi.resetModules()
    vi.doMock('@observablehq/plot', () => {
      throw Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' })
    })
    const fresh = await import('../../lib/plot/index.js')
    await expect(fresh.curves(history)).rejects.toThrow(
      /^Plots need the package @observablehq\/plot, .* run `npm install @observablehq\/plot linkedom @resvg\/resvg-js`\.$/,
    )
    vi.doUnmock('@observablehq/plot')
  })
})
