/**
 * Layers one after the other. Entries are layers, or [name, layer] where the layer has parameters or state: names make the
 * paths of the parameter tree, so a checkpoint survives an activation inserted in the middle. Law: sequential is
 * associative up to names, and the empty one is the identity. The i-th entry draws from random.foldIn(key, i).
 */
import { random } from '../tensor/index.js'
import type { Entry, Fn, Key, Law, Layer, SeqL, SequentialLayer, Shape } from '../type/index.js'
import { fail, isMessage, show } from '../type/index.js'
import type { Definition, Float, Group, Input, Part, Placed, Trained, Weights } from './definition.js'
import { definitionOf, filled, floats, isEmpty, layer, within } from './definition.js'

const isNamed = (e: Entry): e is readonly [string, Layer<Fn>] => Array.isArray(e)
const partOf = (e: Entry): Part => (isNamed(e) ? { name: e[0], layer: definitionOf(e[1]) } : { name: undefined, layer: definitionOf(e) })

const shapeOf = (parts: readonly Part[], input: Shape): Law => {
  let at: Shape = input
  for (const [i, part] of parts.entries()) {
    const next = part.layer.shape(at)
    if (isMessage(next)) return `layer ${i} (${part.name ?? 'layer'}), input ${show(at)}: ${next}`
    at = next
  }
  return [...at]
}
const twice = (parts: readonly Part[]): void => {
  const names = parts.flatMap((p) => p.name ?? [])
  for (const [i, name] of names.entries())
    if (names.indexOf(name) !== i) fail('InvalidArgument', `sequential: the name '${name}' is taken twice; give each layer its own`)
}
/** Each layer with the shape that comes to it; the shapes are known to fit. */
const placed = (parts: readonly Part[], input: Shape): readonly Placed[] => {
  let at = input
  return parts.map((part) => {
    const here = { ...part, input: at }
    const next = part.layer.shape(at)
    at = isMessage(next) ? fail('ShapeMismatch', next) : next
    return here
  })
}
const initOf = (parts: readonly Part[], key: Key, input: Shape): Weights => {
  const made = placed(parts, input).map((p, i) => named(p, i, p.layer.init(random.foldIn(key, i), p.input)))
  return { params: filled(made.map(([name, w]) => [name, w.params])), state: filled(made.map(([name, w]) => [name, w.state])) }
}
const named = (p: Part, i: number, w: Weights): readonly [string, Weights] =>
  p.name !== undefined || (isEmpty(w.params) && isEmpty(w.state)) ? [nameOf(p, i), w]
    : fail('InvalidArgument', `sequential: layer ${i} (${p.layer.kind}) has parameters, so it needs a name: write ['${p.layer.kind}${i}', …]`)
/** Without a name there are no tensors: the number alone is never a key of the record. */
const nameOf = (p: Part, i: number): string => p.name ?? `${i}`
const applyAll = (parts: readonly Part[], w: Weights, x: Input): Float =>
  floats('sequential', parts.reduce<Input>((at, p, i) => p.layer.apply(within(w, nameOf(p, i)), at), x))
const trainAll = (parts: readonly Part[], w: Weights, x: Input, key: Key | undefined): Trained => {
  const states: (readonly [string, Group])[] = []
  let at = x
  for (const [i, p] of parts.entries()) {
    const [y, state] = p.layer.train(within(w, nameOf(p, i)), at, key === undefined ? undefined : random.foldIn(key, i))
    states.push([nameOf(p, i), state])
    at = y
  }
  return [floats('sequential', at), filled(states)]
}
const define = (parts: readonly Part[]): Definition => ({
  kind: 'sequential',
  parts: (input) => placed(parts, input),
  shape: (input) => shapeOf(parts, input),
  init: (key, input) => initOf(parts, key, input),
  apply: (w, x) => applyAll(parts, w, x),
  train: (w, x, key) => trainAll(parts, w, x, key),
})

/**
 * Layers one after the other; an entry with parameters is a pair of its name and the layer.
 * @shape one after the other
 * @throws InvalidArgument when two entries share a name, or when a layer with parameters has none.
 * @source https://docs.pytorch.org/docs/2.13/generated/torch.nn.Sequential.html
 * @example deepClose(nn.model([4], nn.sequential(['fc1', nn.linear(8)], nn.relu, ['fc2', nn.linear(2)])).output, [2])
 */
export const sequential: SequentialLayer = <const Es extends readonly Entry[]>(...layers: Es) => {
  const parts = layers.map(partOf)
  twice(parts)
  return layer<SeqL<Es>>(define(parts))
}
