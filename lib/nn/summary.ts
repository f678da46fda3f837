/**
 * A model as a table: each layer with its output shape, parameters and floating-point operations for one example, and their
 * sum. A model that is a plain function has no layers, but a tree of parameters; its rows are the tensors by path.
 */
import type { Node } from '../ir/node.js'
import { zeros, key } from '../tensor/index.js'
import type { AnyTensor, Key, Shape, Tensor } from '../type/index.js'
import { flatten, isMessage, paths, show, sizeOf } from '../type/index.js'
import type { Definition, Input, Weights } from './definition.js'
import { within } from './definition.js'
import { flopsBetween } from './flops.js'
import type { Bound, PlainModel } from './model.js'

/** Any bound model, whatever its parameters. */
interface AnyModel { readonly input: Shape; readonly output: Shape; readonly init: (key: never) => unknown }
interface Row { readonly layer: string; readonly output: string; readonly params: number; readonly flops: number | null }
const size = (tree: unknown): number => (flatten(tree).leaves as readonly AnyTensor[]).reduce((n, x) => n + sizeOf(x.shape), 0)
const nodesOf = (tree: unknown): readonly Node[] => flatten(tree).leaves as readonly Node[]

/** What an input of the layer is made of: that is decided by the first layer inside. */
const takes = (of: Definition, input: Shape): 'i32' | 'f32' => {
  const first = of.parts(input)[0]
  return first === undefined ? (of.kind === 'embedding' ? 'i32' : 'f32') : takes(first.layer, input)
}
/** One example through a layer: its operations. */
const cost = (of: Definition, w: Weights, input: Shape): number => {
  const x: Input = zeros([1, ...input], { dtype: takes(of, input) })
  return flopsBetween([...nodesOf(w), ...nodesOf(x)], nodesOf(of.apply(w, x))[0] as Node)
}
const rowsOf = (of: Definition, path: string, w: Weights, input: Shape): Row[] => {
  const inside = of.parts(input)
  if (inside.length > 0) return inside.flatMap((p, i) => rowsOf(p.layer, nameOf(path, p.name), within(w, p.name ?? `${i}`), p.input))
  const layer = path === '' || path.endsWith('.') ? `${path}${of.kind}` : `${path} (${of.kind})`
  return [{ layer, ...measured(of, w, input) }]
}
const measured = (of: Definition, w: Weights, input: Shape): Omit<Row, 'layer'> => {
  const output = of.shape(input)
  return { output: isMessage(output) ? output : show(output), params: size(w.params), flops: cost(of, w, input) }
}
/** 'a.b' for a named part; 'a.' for one without a name, to be followed by its kind. */
const nameOf = (path: string, name: string | undefined): string => {
  const lead = path === '' || path.endsWith('.') ? path : `${path}.`
  return `${lead}${name ?? ''}`
}
const bound = ({ layer, input }: Bound): { readonly rows: readonly Row[]; readonly total: Row; readonly state: number } => {
  const w = layer.init(key(0), input)
  return { rows: rowsOf(layer, '', w, input), total: { layer: 'total', ...measured(layer, w, input) }, state: size(w.state) }
}
const plain = <P>(f: PlainModel<P, never, unknown>, x: AnyTensor | undefined): ReturnType<typeof bound> => {
  const params = f.init(key(0) as Key)
  const rows = paths(params).map((path, i) => {
    const leaf = flatten(params).leaves[i] as AnyTensor
    return { layer: path === '' ? 'tensor' : path, output: show(leaf.shape), params: sizeOf(leaf.shape), flops: null }
  })
  if (x === undefined) return { rows, total: { layer: 'total', output: '', params: size(params), flops: null }, state: 0 }
  const y = f(params, x as never) as AnyTensor
  const flops = flopsBetween([...nodesOf(params), ...nodesOf(x)], nodesOf(y)[0] as Node)
  return { rows, total: { layer: 'total', output: show(y.shape), params: size(params), flops }, state: 0 }
}

const grouped = (n: number | null): string => (n === null ? '' : n === 0 ? '-' : n.toLocaleString('en-US'))
const cells = (r: Row): readonly string[] => [r.layer, r.output, grouped(r.params), grouped(r.flops)]
const table = (head: readonly string[], rows: readonly Row[], total: Row): string[] => {
  const all = [head, ...rows.map(cells), cells(total)]
  const widths = head.map((_, c) => Math.max(...all.map((r) => r[c]?.length ?? 0)))
  const put = (cell: string, c: number): string => (c < 2 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))
  const line = (r: readonly string[]): string => r.map(put).join('  ').trimEnd()
  const rule = '-'.repeat(widths.reduce((n, w) => n + w + 2, -2))
  return [line(head), rule, ...rows.map((r) => line(cells(r))), rule, line(cells(total))]
}

/**
 * The table of a model: layer, output shape of one example, parameters, FLOPs (a multiply-add is two), and the totals. Of a
 * plain function: its parameters by path, and the FLOPs when an input is given.
 * @shape (model) → text
 * @example deepClose(nn.summary(nn.model([3], nn.sequential(['fc', nn.linear(2)]))).includes('fc (linear)'), true)
 */
export const summary: {
  (model: AnyModel): string
  <P, X extends Tensor, Y>(model: PlainModel<P, X, Y>, settings?: { readonly input?: X }): string
} = (model: unknown, settings: { readonly input?: AnyTensor } = {}): string => {
  const isPlain = typeof model === 'function'
  const { rows, total, state } = isPlain ? plain(model as PlainModel<unknown, never, unknown>, settings.input) : bound(model as Bound)
  const text = table(['layer', isPlain ? 'shape' : 'output', 'parameters', 'FLOPs'], rows, total)
  return [...text, ...(state === 0 ? [] : [`and ${grouped(state)} numbers of state (running statistics)`])].join('\n')
}
