/**
 * The reference backend: every node by the `eval` of its record, one after the other, on plain typed arrays. Slow and
 * obvious on purpose: it is the meaning of a program, the oracle of every other backend, and what runs where no binary fits.
 */
import type { Graph } from '../ir/graph.js'
import type { Aval, Host } from '../ir/node.js'
import { arrayOf } from '../type/dtype.js'
import { variable } from '../ir/node.js'
import { substitute } from '../ir/graph.js'
import { evaluateGraph, NODE_BYTES, transforms } from '../transform/index.js'
import type { Backend, Description, Executable, Input, Memory, Value } from './backend.js'

interface Held extends Value { readonly host: Host }
interface Compiled extends Executable { readonly graph: Graph }

/** The graph over fresh inputs, so that what is compiled keeps no value alive. */
const detached = (g: Graph): Graph => {
  const inputs = g.inputs.map((x) => variable(x, 'run'))
  const at = substitute(g.nodes, new Map(g.inputs.map((x, i) => [x, inputs[i] as never])))
  return { inputs, outputs: g.outputs.map(at), nodes: g.nodes.map(at).sort((x, y) => x.id - y.id) }
}
const asHost = (x: Input, aval: Aval): Host =>
  typeof x === 'object' ? (x as Held).host : { ...aval, data: arrayOf(aval.dtype, 1).fill((aval.dtype === 'i64' ? BigInt(x) : Number(x)) as never) as never }

export const reference = (): Backend => {
  const self: Backend = {
    describe: (): Description => ({ name: 'reference', device: 'cpu', features: [], threads: 1 }),
    kernels: () => [],
    compile: (g): Compiled => ({ graph: detached(g), predictedMicros: g.nodes.length * 10, bytes: g.nodes.length * NODE_BYTES, trace: ['reference'], plan: null, overlays: false }),
    run: (e, inputs) => {
      const { graph } = e as Compiled
      const outs = evaluateGraph(graph, inputs.map((x, i) => asHost(x, graph.inputs[i] as Aval)), transforms)
      return outs.map((host): Held => ({ owner: self, aval: { shape: host.shape, dtype: host.dtype }, host }))
    },
    timed: (e, inputs) => {
      const began = performance.now()
      self.run(e, inputs)
      return [{ start: 0, micros: (performance.now() - began) * 1e3, predicted: e.predictedMicros }]
    },
    runAsync: async (e, inputs) => self.run(e, inputs),
    upload: (x): Held => ({ owner: self, aval: { shape: x.shape, dtype: x.dtype }, host: { shape: x.shape, dtype: x.dtype, data: x.data.slice() as never } }),
    download: (x) => ({ ...(x as Held).host, data: (x as Held).host.data.slice() as never }),
    drop: () => undefined,
    largest: () => [],
    memory: (): Memory => ({ live: 0, pooled: 0, peak: 0, arena: 0, collections: 0 }),
    release: () => undefined,
  }
  return self
}
