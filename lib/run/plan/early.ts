/**
 * The order in which a plan computes. What processes give each other is sent as early as it can be, and read as late: first all
 * that the first exchange needs, then it, what the second needs in addition, and so on; then the rest, first what waits for
 * none of them. So the backward pass goes on while the gradients of the last layers are away. Exchanges come by how much they
 * need, which says the same in all processes.
 */
import type { Node } from '../../ir/node.js'

/** What x needs, itself included, and is not known yet. */
const needs = (x: Node, own: ReadonlySet<Node>, known: ReadonlyMap<Node, number>): Set<Node> => {
  const found = new Set<Node>([x])
  for (const y of found) for (const a of y.args) if (own.has(a) && !known.has(a)) found.add(a)
  return found
}
/** The nodes of a graph, operands before users, in that order. */
export const early = (nodes: readonly Node[]): readonly Node[] => {
  const exchanges = nodes.filter((x) => x.op === 'exchange')
  if (exchanges.length === 0) return nodes
  const own = new Set(nodes), turn = new Map<Node, number>()
  const size = new Map(exchanges.map((x) => [x, needs(x, own, turn).size]))
  exchanges.sort((x, y) => (size.get(x) as number) - (size.get(y) as number))
  exchanges.forEach((x, i) => needs(x, own, turn).forEach((y) => turn.set(y, i)))
  const waits = new Map<Node, number>()
  for (const x of nodes) {
    const latest = x.args.reduce((n, a) => Math.max(n, a.op === 'exchange' ? (turn.get(a) as number) + 1 : waits.get(a) ?? 0), 0)
    waits.set(x, latest)
    if (!turn.has(x)) turn.set(x, exchanges.length + latest)
  }
  return [...nodes].sort((x, y) => (turn.get(x) as number) - (turn.get(y) as number))
}
