/** `node fresh.js resnet18|transformer`: one network in a process of its own. Prints what the first call cost beside the ones after it (ms), and the largest resident size (MB). */
import { readFileSync } from 'node:fs'
import { item } from './session.js'
import * as resnet18 from './resnet18.js'
import * as transformer from './transformer.js'

const makers = {
  resnet18: () => resnet18.steps(resnet18.first(), resnet18.images(8)),
  transformer: () => transformer.steps(transformer.first(), transformer.text()),
}
const name = process.argv[2] === 'transformer' ? 'transformer' : 'resnet18'
const advance = makers[name]()
const timed = (): number => {
  const began = performance.now()
  item(advance())
  return performance.now() - began
}
// Not of getrusage: what a process was before it became this program (a copy of a large parent) counts there.
const first = timed(), later = [timed(), timed(), timed()]
const peak = Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? NaN)
console.log(JSON.stringify({ first: first - Math.min(...later), megabytes: peak / 1024 }))
