/** The pictures: 28x28 bytes and their class, in two parts, one to learn from and one that training never sees. */
import { split, tensorDataset } from 'cotangent/data'
import type { Dataset, HostTensor } from 'cotangent/data'
import { fashionClasses, fashionMnist, mnistDigits } from 'cotangent/io'
import type { Options } from './options.js'

type Picture = readonly [image: HostTensor<readonly [28, 28], 'u8'>, label: HostTensor<readonly [], 'i32'>]
export interface Pictures { readonly train: Dataset<Picture>; readonly test: Dataset<Picture>; readonly classes: readonly string[] }

const digits = async (seed: number): Promise<Pictures> => {
  const { images, labels } = await mnistDigits()
  const [train, test] = split(tensorDataset(images, labels), [9000, 1000], { seed })
  return { train, test, classes: Array.from({ length: 10 }, (_, digit) => String(digit)) }
}
const fashion = async (folder: string | undefined): Promise<Pictures> => {
  const { train, test } = await fashionMnist(folder)
  return { train: tensorDataset(train.images, train.labels), test: tensorDataset(test.images, test.labels), classes: fashionClasses }
}
/** The data set that the options name. */
export const pictures = ({ dataset, data, seed }: Options): Promise<Pictures> => (dataset === 'mnist' ? digits(seed) : fashion(data))
