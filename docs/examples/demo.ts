/**
 * The demo: `npm run demo` trains a small convolutional network on handwritten digits, on the native backend, and leaves a
 * checkpoint, the history and its curves in ./runs. `--help` lists the options. `npx cotangent run -n 2 dist/docs/examples/demo.js`
 * trains it on two processes, of which the first one speaks.
 * @runs --epochs 1 --out build/examples/demo
 */
import { initialize, isFault, nn, withDevice } from 'cotangent'
import type { Chosen, Device, World } from 'cotangent'
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
const demo = async (o: Options, world: World): Promise<void> => {
  const say = world.rank === 0 ? console.log : () => undefined
  say(`${nn.summary(net)}\n`)
  say(`device ${withDevice(o.device, described)}${world.size === 1 ? '' : `, ${world.size} processes`}`)
  const data = await pictures(o)
  const [learn, held] = [data.train.length, data.test.length].map((n) => n.toLocaleString('en-US'))
  say(`${o.dataset}: ${learn} pictures to train on, ${held} held out\n`)

  const result = await withDevice(o.device, (d) => training(d, o, world, data))
  if (result.reason === 'interrupted') {
    const again = [...process.argv.slice(2).filter((word) => word !== '--resume'), '--resume'].join(' ')
    say(`\nstopped and saved in ${o.out}; go on with: npm run demo -- ${again}`)
    if (world.size === 1) process.exitCode = 130
    return
  }
  if (world.rank > 0) return
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
  else await demo(options, await initialize())
} catch (e) {
  const expected = e instanceof BadOption || isFault(e)
  console.error(expected ? e.message : e)
  process.exitCode = e instanceof BadOption ? 2 : 1
}
