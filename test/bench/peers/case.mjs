/** What the cases of both peers in JavaScript share, as case.py: arrays from files, samples of results, rounds. */
import { readFileSync } from 'node:fs'

/** The numbers that our side has put into a file. */
export const load = ({ file, dtype }) => {
  const bytes = readFileSync(file), at = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  return dtype === 'int32' ? new Int32Array(at) : new Float32Array(at)
}
export const mapped = (record, f) => Object.fromEntries(Object.entries(record).map(([k, v]) => [k, f(v, k)]))
/** Up to 32 evenly spaced elements, then the mean size, as case.py. */
const samples = (x) => {
  const step = Math.max(1, Math.floor(x.length / 32)), some = []
  for (let i = 0; i < x.length && some.length < 32; i += step) some.push(x[i])
  return [...some, x.reduce((s, v) => s + Math.abs(v), 0) / x.length]
}
/** Seconds a call, of `count` calls or of what can be done in a second. */
const timed = async (count, run) => {
  // Untimed, as on our side: what comes right after another process had both cores is slow.
  const came = performance.now()
  do await run()
  while (performance.now() - came < 15)
  const start = performance.now()
  let done = 0
  while (done < count && performance.now() - start < 1000) {
    await run()
    done++
  }
  return (performance.now() - start) / done / 1000
}
/** From a function that gives arrays: `read` gives the numbers of each, `free` lets go of them. */
export const kernel = (count, run, read, free) => ({
  check: async () => {
    const out = await run(), found = []
    for (const x of out) found.push(...samples(await read(x)))
    await free(out)
    return found
  },
  figure: () => timed(count, async () => free(await run())),
})
/** From a step that gives the loss before it as a number. */
export const training = ({ steps, count }, step) => ({
  check: async () => {
    const losses = []
    for (let i = 0; i < steps; i++) losses.push(await step())
    return losses
  },
  figure: () => timed(count, step),
})
