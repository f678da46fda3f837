/**
 * Peeked values. One at the top of a program becomes one more output, printed after the run. One inside a scan or a cond
 * would be many, or maybe none: such a program is interpreted by the reference instead, in order.
 */
import { bodiesOf } from '../../ir/graph.js'
import type { Graph } from '../../ir/graph.js'
import type { Node } from '../../ir/node.js'

export const peeked = (g: Graph): readonly Node[] => g.nodes.filter((x) => x.op === 'peek')
export const peeksInside = (g: Graph): boolean => g.nodes.some((x) => bodiesOf(x).some((body) => peeked(body).length > 0 || peeksInside(body)))
