/** A layer with a way around it: body(x) + shortcut(x). Parameters lie under `body` and `shortcut`. */
import { add, random } from '../tensor/index.js'
import type { Fn, Id, Key, Law, Layer, ResidualLayer, ResL, Shape } from '../type/index.js'
import { broadcast, isMessage, show } from '../type/index.js'
import type { Definition, Input, Placed, Trained, Weights } from './definition.js'
import { definitionOf, filled, layer, pure, within } from './definition.js'

const around: Definition = pure({ kind: 'identity', shape: (input) => [...input], apply: (x) => x })
const shapeOf = (body: Definition, shortcut: Definition, input: Shape): Law => {
  const x = body.shape(input), y = shortcut.shape(input)
  if (isMessage(x)) return x
  if (isMessage(y)) return y
  const sum = broadcast(x, y)
  return isMessage(sum) ? `residual: body gives ${show(x)}, shortcut gives ${show(y)}` : sum
}
const initOf = (body: Definition, shortcut: Definition, key: Key, input: Shape): Weights => {
  const b = body.init(random.foldIn(key, 0), input), c = shortcut.init(random.foldIn(key, 1), input)
  return { params: filled([['body', b.params], ['shortcut', c.params]]), state: filled([['body', b.state], ['shortcut', c.state]]) }
}
const trained = (body: Definition, shortcut: Definition, w: Weights, x: Input, key: Key | undefined): Trained => {
  const of = (i: number): Key | undefined => (key === undefined ? undefined : random.foldIn(key, i))
  const [y, b] = body.train(within(w, 'body'), x, of(0))
  const [z, c] = shortcut.train(within(w, 'shortcut'), x, of(1))
  return [add(y, z), filled([['body', b], ['shortcut', c]])]
}
const inside = (body: Definition, shortcut: Definition, input: Shape): readonly Placed[] =>
  [{ name: 'body', layer: body, input }, ...(shortcut === around ? [] : [{ name: 'shortcut', layer: shortcut, input }])]
const define = (body: Definition, shortcut: Definition): Definition => ({
  kind: 'residual',
  parts: (input) => inside(body, shortcut, input),
  shape: (input) => shapeOf(body, shortcut, input),
  init: (key, input) => initOf(body, shortcut, key, input),
  apply: (w, x) => add(body.apply(within(w, 'body'), x), shortcut.apply(within(w, 'shortcut'), x)),
  train: (w, x, key) => trained(body, shortcut, w, x, key),
})

/**
 * body(x) + shortcut(x); the shortcut is the identity unless given.
 * @shape [...s] → broadcast(body(s), shortcut(s))
 * @dtype float → f32
 * @source https://arxiv.org/abs/1512.03385
 * @example deepClose(nn.model([4], nn.residual(nn.sequential(['fc', nn.linear(4)]))).output, [4])
 */
export const residual: ResidualLayer = <B extends Fn, C extends Fn = Id>(body: Layer<B>, shortcut?: Layer<C>) =>
  layer<ResL<B, C>>(define(definitionOf(body), shortcut === undefined ? around : definitionOf(shortcut)))
