/**
 * `node fresh.js resnet18|transformer|plan`: one network in a process of its own. Prints what the first call cost beside the ones
 * after it (ms), and the largest resident size (MB); or what tracing, planning and emitting ResNet-18's step cost (ms), of which
 * nothing runs.
 */
import { readFileSync } from 'node:fs'
import { item } from './session.js'
import * as resnet18 from './resnet18.js'
import * as transformer from './transformer.js'

const makers = {
  resnet18: () => resnet18.steps(resnet18.first(), resnet18.images(8)),
  transformer: () => transformer.steps(transformer.first(), transformer.text()),
}
const timed = (f: () => unknown): number => {
  const began = performance.now()
  f()
  return performance.now() - began
}
const measured = (name: keyof typeof makers): object => {
  const advance = makers[name](), step = (): unknown => item(advance())
  const first = timed(step), later = [timed(step), timed(step), timed(step)]
  // Not of getrusage: what a process was before it became this program (a copy of a large parent) counts there.
  const peak = Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? NaN)
  return { first: first - Math.min(...later), megabytes: peak / 1024 }
}
const planning = (): object => {
  const start = resnet18.first(), data = resnet18.images(8)
  return { plan: timed(() => resnet18.planned(start, data)) }
}
const asked = process.argv[2]
console.log(JSON.stringify(asked === 'plan' ? planning() : measured(asked === 'transformer' ? 'transformer' : 'resnet18')))
