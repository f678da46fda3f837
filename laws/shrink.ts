/**
 * Smaller programs. fast-check shrinks the choices that a program grew from, but one choice less is often another program
 * altogether; so what it leaves is made smaller as a program: fewer results, a result nearer to the inputs, a step bypassed,
 * a value given instead of computed, an input dropped or made of simple numbers. `smallest` goes on while the law still fails.
 */
import { sameShape } from '../lib/ir/node.js'
import type { Host } from '../lib/ir/node.js'
import { closed } from './calculus.js'
import { hostOf, isFloating } from './host.js'
import { oracle } from './machine.js'
import { pruned, valuesOf } from './program.js'
import type { Program } from './program.js'

/** Follows `smaller` as far as `fails` holds, at most `most` trials; gives the last one that failed. */
export const smallest = <A>(x: A, fails: (x: A) => boolean, smaller: (x: A) => Iterable<A>, most = 2000): A => {
  let [best, left] = [x, most]
  for (let found = true; found && left > 0;) {
    found = false
    for (const y of smaller(best)) {
      if (left-- <= 0) break
      if (!fails(y)) continue
      ;[best, found] = [y, true]
      break
    }
  }
  return best
}
const isStep = (p: Program, v: number): boolean => v >= p.inputs.length
const stepAt = (p: Program, v: number): Program['steps'][number] => p.steps[v - p.inputs.length] as Program['steps'][number]
const withOutputs = (p: Program, outputs: readonly number[]): Program => pruned({ ...p, outputs: [...new Set(outputs)] })
/** v by another value everywhere. */
const replaced = (p: Program, v: number, by: number): Program => {
  const of = (i: number): number => (i === v ? by : i)
  return pruned({ ...p, steps: p.steps.map((s) => ({ ...s, args: s.args.map(of) })), outputs: p.outputs.map(of) })
}
/** v becomes one more input that holds what the reference computed. */
const given = (p: Program, v: number, value: Host): Program => {
  const n = p.inputs.length
  const of = (i: number): number => (i === v ? n : i < n ? i : i + 1)
  return pruned({ inputs: [...p.inputs, value], steps: p.steps.map((s) => ({ ...s, args: s.args.map(of) })), outputs: p.outputs.map(of) })
}
/** Without an input that nothing reads; the first may stay alone. */
const dropped = (p: Program, i: number): Program => {
  const of = (v: number): number => (v > i ? v - 1 : v)
  return { inputs: p.inputs.filter((_, k) => k !== i), steps: p.steps.map((s) => ({ ...s, args: s.args.map(of) })), outputs: p.outputs.map(of) }
}
const reads = (p: Program, i: number): boolean => p.outputs.includes(i) || p.steps.some((s) => s.args.includes(i))
const simple: readonly ((x: number) => number)[] = [() => 0, () => 1, (x) => Math.round(x), (x) => Math.round(2 * x) / 2, (x) => Math.round(8 * x) / 8]

/** The programs one step smaller than this one, the smallest first. */
export function* smallerPrograms(p: Program): Iterable<Program> {
  if (p.outputs.length > 1) for (const o of p.outputs) yield withOutputs(p, [o])
  if (p.outputs.length > 2) for (const o of p.outputs) yield withOutputs(p, p.outputs.filter((q) => q !== o))
  for (const o of p.outputs) if (isStep(p, o)) for (const a of stepAt(p, o).args) yield withOutputs(p, p.outputs.flatMap((q) => (q === o ? [a] : [q])))
  const values = oracle.run(closed((...xs) => valuesOf(p, xs), p.inputs), p.inputs)
  for (let v = p.inputs.length + p.steps.length - 1; v >= p.inputs.length; v--) {
    const x = values[v] as Host
    const like = stepAt(p, v).args.find((a) => sameShape((values[a] as Host).shape, x.shape) && values[a]?.dtype === x.dtype)
    if (like !== undefined) yield replaced(p, v, like)
  }
  for (let v = p.inputs.length + p.steps.length - 1; v >= p.inputs.length; v--) if (!p.outputs.includes(v)) yield given(p, v, values[v] as Host)
  for (const i of p.inputs.keys()) if (p.inputs.length > 1 && !reads(p, i)) yield dropped(p, i)
  for (const [i, x] of p.inputs.entries()) {
    if (!isFloating(x)) continue
    for (const f of simple) {
      const y = hostOf(x, (k) => f(x.data[k] as number) + 0)
      if (weight(y) < weight(x)) yield { ...p, inputs: p.inputs.map((z, k) => (k === i ? y : z)) }
    }
  }
}
/** How much there is to read in an array. */
const weight = (x: Host): number => Array.from(x.data as ArrayLike<number>).reduce((n, v) => n + String(v).length + (v === 0 ? 0 : 1), 0)
