/**
 * The demo: `npm run demo` trains a small convolutional network on handwritten digits, on the native backend, and leaves a
 * checkpoint, the history and its curves in ./runs. `--help` lists the options.
 * @runs --epochs 1 --out build/examples/demo
 */
import { isFault, nn, withDevice } from 'cotangent'
import type { Chosen, Device } from 'cotangent'
import { hostTensor } from 'cotangent/io'
import { confusion, curves, savePng, saveSvg } from 'cotangent/plot'
import { pictures } from './demo/digits.js'
import { net } from './demo/network.js'
import { BadOption, parse, usage } from './demo/options.js'
import type { Options } from './demo/options.js'
import { training } from './demo/training.js'

/** A matrix as text, true classes down, predicted ones across. */
const table = (cells: Int32Array, classes: readonly string[]): string => {
  const names = classes.map((name) => name.slice(0, 5))
  const line = (head: string, row: readonly (string | number)[]) => [head.padStart(5), ...row.map((cell) => String(cell).padStart(5))].join(' ')
  return [line('', names), ...names.map((name, i) => line(name, Array.from(cells.subarray(i * names.length, (i + 1) * names.length))))].join('\n')
}
/** What runs here: 'cpu: native backend, 2 threads, avx2 fma'. */
const described = <V extends Device>(d: Chosen<V>): string => {
  const { name, threads, features } = d.needs[d.device].runtime.backend.describe()
  return `${d.device}: ${name} backend, ${threads} threads, ${features.join(' ')}`
}
const demo = async (o: Options): Promise<void> => {
  console.log(`${nn.summary(net)}\n`)
  console.log(`device ${withDevice(o.device, described)}`)
  const data = await pictures(o)
  const [learn, held] = [data.train.length, data.test.length].map((n) => n.toLocaleString('en-US'))
  console.log(`${o.dataset}: ${learn} pictures to train on, ${held} held out\n`)

  const result = await withDevice(o.device, (d) => training(d, o, data))
  if (result.reason === 'interrupted') {
    const again = [...process.argv.slice(2).filter((word) => word !== '--resume'), '--resume'].join(' ')
    console.log(`\nstopped and saved in ${o.out}; go on with: npm run demo -- ${again}`)
    process.exitCode = 130
    return
  }
  console.log(`\n${table(result.confusion, data.classes)}\n`)
  const drawn = await curves(result.history, { title: o.dataset })
  await saveSvg(`${o.out}/curves.svg`, drawn)
  await savePng(`${o.out}/curves.png`, drawn)
  await saveSvg(`${o.out}/confusion.svg`, await confusion(hostTensor('i32', [10, 10], result.confusion), data.classes))
  console.log(`checkpoint, history and curves are in ${o.out}`)
  console.log(`test accuracy: ${(result.accuracy[0] ?? 0).toFixed(4)}`)
}

try {
  const options = parse(process.argv.slice(2))
  if (options.help) console.log(usage)
  else await demo(options)
} catch (e) {
  const expected = e instanceof BadOption || isFault(e)
  console.error(expected ? e.message : e)
  process.exitCode = e instanceof BadOption ? 2 : 1
}
