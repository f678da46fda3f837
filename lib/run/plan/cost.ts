/** What an instruction does, in words, and what it costs: floating-point operations, and bytes that it must read and write. */
import type { Instruction, Loop, Program, View } from '../../ir/program.js'
import { dtypeInfo } from '../../type/dtype.js'
import { eachView } from './view.js'

export interface Cost {
  readonly kernel: string
  readonly detail: string
  readonly flops: number
  readonly bytes: number
}
const product = (ns: readonly number[]): number => ns.reduce((a, n) => a * n, 1)
/** Elements of a view of these dims; what is repeated is read once. */
const touched = (v: View, dims: readonly number[]): number =>
  product(dims.filter((_, i) => v.strides[i] !== 0)) * dtypeInfo[v.dtype].bytes
const times = (dims: readonly number[]): string => dims.join('x')

const wordsOf = (i: Loop, names: readonly string[]): string[] =>
  [...i.ops.map((o) => names[o.code] ?? `op ${o.code}`), ...i.sinks.flatMap((s) => (s.kind === 'store' ? [] : [`reduce ${s.kind}`]))]
const loopCost = (i: Loop, names: readonly string[]): Omit<Cost, 'kernel'> => {
  const kept = i.dims.slice(0, i.dims.length - i.reduced), reduces = i.sinks.filter((s) => s.kind !== 'store')
  const read = i.sources.reduce((n, s) => n + ('buffer' in s ? touched(s, i.dims) : 0), 0)
  const written = i.sinks.reduce((n, s) => n + touched(s.view, s.kind === 'store' ? i.dims : kept), 0)
  return { detail: `${times(i.dims) || '1'}: ${wordsOf(i, names).join(' ') || 'copy'}`, flops: product(i.dims) * (i.ops.length + reduces.length), bytes: read + written }
}
const body = (list: readonly Instruction[], p: Program, names: readonly string[]): { readonly flops: number; readonly bytes: number } =>
  list.map((i) => costOf(i, p, names)).reduce((a, c) => ({ flops: a.flops + c.flops, bytes: a.bytes + c.bytes }), { flops: 0, bytes: 0 })
/** What a product or convolution goes on with, and the operations of that. */
const then = (i: Loop | undefined, names: readonly string[]): { readonly words: string; readonly flops: number } =>
  i === undefined ? { words: '', flops: 0 } : { words: `, then ${wordsOf(i, names).join(' ')}`, flops: product(i.dims) * i.ops.length }
/** Bytes of every buffer that is touched, each once. */
const whole = (i: Instruction, p: Program): number => {
  const found = new Set<number>()
  eachView(i, (v) => found.add(v.buffer))
  return [...found].reduce((n, at) => n + (p.buffers[at]?.bytes ?? 0), 0)
}

/** The cost of an instruction of a program; `names` are the elementwise kernels by code. A while loop counts as one turn. */
export const costOf = (i: Instruction, p: Program, names: readonly string[]): Cost => {
  const bytes = whole(i, p), kernel = i.kind
  switch (i.kind) {
    case 'loop': return { kernel, ...loopCost(i, names) }
    case 'dot': {
      const { words, flops } = then(i.epilogue, names)
      return { kernel, detail: `${i.batch.length > 0 ? `${times(i.batch)} of ` : ''}${i.m}x${i.k} by ${i.k}x${i.n}${words}`, flops: 2 * product(i.batch) * i.m * i.n * i.k + flops, bytes }
    }
    case 'conv': {
      const { words, flops } = then(i.epilogue, names)
      const window = `${i.n}x${i.c}x${times(i.spatial)} with ${i.o} of ${times(i.kernel)}`
      return { kernel, detail: `${window}${['', ', input gradient', ', weight gradient'][i.which]}${words}`, flops: (2 * i.n * i.o * product(i.outSpatial) * i.c * product(i.kernel)) / i.groups + flops, bytes }
    }
    case 'pool': return { kernel, detail: `${times([...i.lead, ...i.spatial])} by ${times(i.kernel)}${i.which === 0 ? '' : ', gradient'}`, flops: product([...i.lead, ...i.outSpatial, ...i.kernel]), bytes }
    case 'attention': {
      const [t, s, h, d, e] = i.sizes
      const pairs = product(i.lead) * h * t * s
      return { kernel, detail: `${times([...i.lead, h])} of ${t} on ${s}${i.causal ? ', causal' : ''}${i.gradient ? ', gradient' : ''}`, flops: pairs * (i.gradient ? 6 * d + 4 * e + 12 : 2 * (d + e) + 8) * (i.causal ? 0.5 : 1), bytes }
    }
    case 'exchange': return { kernel, detail: i.label, flops: 0, bytes }
    case 'wait': return { kernel, detail: '', flops: 0, bytes: 0 }
    case 'repeat': {
      const once = body(i.body, p, names)
      return { kernel, detail: `${i.count} times ${i.body.length} instructions`, flops: i.count * once.flops, bytes: i.count * once.bytes }
    }
    case 'gang': {
      const once = body(i.body, p, names)
      return { kernel, detail: `${i.count} devices, ${i.body.length} instructions each`, flops: i.count * once.flops, bytes: i.count * once.bytes }
    }
    case 'while': return { kernel, detail: `${i.test.length} and ${i.body.length} instructions a turn`, ...body([...i.test, ...i.body], p, names) }
    case 'cond': return { kernel, detail: `${i.then.length} or ${i.otherwise.length} instructions`, ...body(i.then, p, names) }
    default: return { kernel, detail: 'dims' in i ? times(i.dims) : '', flops: 0, bytes }
  }
}
