/**
 * Last step of a list of instructions: a loop that reads a product or a convolution element for element becomes its epilogue.
 * Each part of the result is then gone over as soon as it is made, while it is in the cache. The loop computes what it did
 * before, only earlier, so no bit changes if nothing in between knows:
 *   what else it reads was written before the product began, and what it writes nobody touches from there to where it was.
 * A product that nobody else reads is made where a result of the loop lies, which is then written over it. That is right for a
 * result that waits for all that read the product, in whatever order the addon computes.
 *
 * A loop that may write an output over an input that the caller gives away (native/core/overlay.cpp) stays what it is.
 */
import { numel, sameShape } from '../../ir/node.js'
import type { Instruction, Loop, Sink, View } from '../../ir/program.js'
import { samePlace } from './loop.js'
import type { Storage } from './value.js'
import { eachView, writes } from './view.js'

type Maker = Extract<Instruction, { kind: 'dot' | 'conv' }>
interface Made { readonly view: View; readonly dims: readonly number[] }
const madeBy = (i: Instruction | undefined): Made | null => {
  if (i?.kind === 'dot') return { view: i.out, dims: [...i.batch, i.m, i.n] }
  return i?.kind === 'conv' && i.which === 0 ? { view: i.y, dims: [i.n, i.o, ...i.outSpatial] } : null
}
const placedAt = (i: Maker, view: View, epilogue: Loop): Maker => (i.kind === 'dot' ? { ...i, out: view, epilogue } : { ...i, y: view, epilogue })

/** The axes of a view, the longest step first, if its elements lie without gaps; else null. */
const orderOf = (dims: readonly number[], v: View): readonly number[] | null => {
  const axes = [...dims.keys()].filter((a) => dims[a] !== 1).sort((a, b) => (v.strides[b] as number) - (v.strides[a] as number))
  let expected = 1
  for (const a of [...axes].reverse()) {
    if (v.strides[a] !== expected) return null
    expected *= dims[a] as number
  }
  return axes
}
const isView = (s: Loop['sources'][number]): s is View => 'buffer' in s
/** Where a loop reads all that was made, in the order in which it lies. */
const readIn = (l: Loop, { view, dims }: Made): number => {
  if (orderOf(dims, view) === null || numel(dims) !== numel(l.dims)) return -1
  return l.sources.findIndex((s) => isView(s) && samePlace({ ...s, strides: view.strides }, view) && s.buffer === view.buffer && orderOf(l.dims, s) !== null)
}
/** Nothing is read across the order of what was made: a loop of its own goes through that in squares. */
const along = (l: Loop, source: number): boolean => {
  const last = orderOf(l.dims, l.sources[source] as View)?.at(-1) ?? 0
  return l.sources.every((s) => !isView(s) || Math.abs(s.strides[last] ?? 0) <= 1)
}
/** The operations that a register waits for, itself included. */
const before = (l: Loop, register: number): ReadonlySet<number> => {
  const found = new Set([register]), first = l.sources.length
  for (const r of found) for (const a of l.ops[r - first]?.args ?? []) found.add(a)
  return found
}
/** The result of a loop that may lie where a source does. */
const over = (l: Loop, source: number): Sink | undefined => {
  const from = l.sources[source] as View, first = l.sources.length
  const readers = l.ops.flatMap((o, i) => (o.args.includes(source) ? [first + i] : []))
  const fits = (s: Sink): boolean => {
    const waits = before(l, s.register)
    return s.register >= first && s.view.dtype === from.dtype && s.view.strides.every((x, a) => l.dims[a] === 1 || x === from.strides[a]) && readers.every((r) => waits.has(r))
  }
  return l.sinks.some((s) => s.register === source) ? undefined : l.sinks.find(fits)
}

class Epilogues {
  private readonly list: Instruction[] = []
  private readonly storages: readonly Storage[]
  private readonly own: ReadonlySet<number>
  /** By buffer: the last instruction that wrote it or touched it at all, and how often all do. */
  private readonly written = new Map<number, number>()
  private readonly touched = new Map<number, number>()
  private readonly uses = new Map<number, number>()
  constructor(list: readonly Instruction[], storages: readonly Storage[], own: ReadonlySet<number>) {
    this.storages = storages
    this.own = own
    for (const i of list) eachView(i, (v) => this.uses.set(v.buffer, (this.uses.get(v.buffer) ?? 0) + 1))
  }
  private note(i: Instruction, at: number): void {
    eachView(i, (v) => this.touched.set(v.buffer, Math.max(at, this.touched.get(v.buffer) ?? -1)))
    for (const v of writes(i)) this.written.set(v.buffer, at)
  }
  /** The instruction that made what the loop reads last, if all else is as it was when that began. */
  private maker(l: Loop): number {
    const at = Math.max(-1, ...l.sources.map((s) => (isView(s) ? this.written.get(s.buffer) ?? -1 : -1)))
    const made = madeBy(this.list[at])
    if (made === null || (this.list[at] as Maker).epilogue !== undefined) return -1
    const source = readIn(l, made)
    const others = l.sources.filter((s, i): s is View => isView(s) && i !== source)
    const still = others.every((v) => (this.written.get(v.buffer) ?? -1) < at) && l.sinks.every((s) => (this.touched.get(s.view.buffer) ?? -1) < at)
    return source >= 0 && still && along(l, source) ? at : -1
  }
  private mayOverlay(l: Loop): boolean {
    const bytes = (v: View, kind: Storage['kind']): number => (v.steps === undefined && this.storages[v.buffer]?.kind === kind ? (this.storages[v.buffer] as Storage).bytes : 0)
    return l.sinks.some((s) => l.sources.some((x) => isView(x) && bytes(x, 'input') > 0 && bytes(x, 'input') === bytes(s.view, 'output')))
  }
  private joined(i: Maker, l: Loop): Maker {
    const made = madeBy(i) as Made, source = readIn(l, made), { buffer } = made.view
    const sink = this.own.has(buffer) && this.uses.get(buffer) === 2 ? over(l, source) : undefined
    if (sink === undefined) return placedAt(i, made.view, l)
    const sources = l.sources.map((s, k) => (k === source ? sink.view : s))
    return placedAt(i, { ...sink.view, strides: made.view.strides }, { ...l, sources })
  }
  private add(i: Instruction): void {
    const plain = i.kind === 'loop' && i.ops.length > 0 && i.sinks.every((s) => s.kind === 'store') && numel(i.dims) > 1
    const at = plain && !this.mayOverlay(i) ? this.maker(i) : -1
    if (at >= 0) this.list[at] = this.joined(this.list[at] as Maker, i as Loop)
    this.note(i, at >= 0 ? at : this.list.push(i) - 1)
  }
  all(list: readonly Instruction[]): Instruction[] {
    list.forEach((i) => this.add(i))
    return this.list
  }
}

/** The list with such loops where they belong; `own` are the bytes that nothing outside of it reads. */
export const epilogues = (list: readonly Instruction[], storages: readonly Storage[], own: ReadonlySet<number>): Instruction[] =>
  new Epilogues(list, storages, own).all(list)
