/** Walks over instructions. */
import type { Instruction, View } from '../../ir/program.js'

/** Every view of an instruction, bodies included. */
export const eachView = (i: Instruction, visit: (v: View) => void): void => {
  switch (i.kind) {
    case 'loop': return [...i.sources.filter((s) => 'buffer' in s), ...i.sinks.map((s) => s.view)].forEach(visit)
    case 'dot': [i.a, i.b, i.out].forEach(visit); break
    case 'conv': [i.x, i.w, i.y].forEach(visit); break
    case 'pool': return [i.x, i.y, ...(i.dx === null ? [] : [i.dx])].forEach(visit)
    case 'gather': case 'scatterAdd': return [i.x, i.at, i.out].forEach(visit)
    case 'cumulative': case 'argsort': case 'sort': case 'dft': case 'exchange': return [i.x, i.out].forEach(visit)
    case 'wait': return i.views.forEach(visit)
    case 'factor': case 'attention': return [...i.ins, ...i.outs].forEach(visit)
    case 'while': case 'cond': visit(i.which)
  }
  inside(i).forEach((x) => eachView(x, visit))
}
const conv = ['y', 'x', 'w'] as const
const written = (i: Instruction): readonly View[] => {
  switch (i.kind) {
    case 'loop': return i.sinks.map((s) => s.view)
    case 'conv': return [i[conv[i.which]]]
    case 'pool': return [i.dx ?? i.y]
    case 'dot': case 'gather': case 'scatterAdd': case 'cumulative': case 'argsort': case 'sort': case 'dft': case 'exchange': return [i.out]
    case 'factor': case 'attention': return i.outs
    case 'wait': return i.views
    default: return []
  }
}
/** What an instruction writes, its bodies included; what an exchange gives is written until its wait ends. */
export const writes = (i: Instruction): readonly View[] => [...written(i), ...inside(i).flatMap(writes)]
/** The instructions that one holds, in order. */
const inside = (i: Instruction): readonly Instruction[] => {
  switch (i.kind) {
    case 'repeat': case 'gang': return i.body
    case 'while': return [...i.test, ...i.body]
    case 'cond': return [...i.then, ...i.otherwise]
    case 'dot': case 'conv': return i.epilogue === undefined ? [] : [i.epilogue]
    default: return []
  }
}
export type Gang = Extract<Instruction, { kind: 'gang' }>
/** Every gang in a list, those in bodies included. */
export const gangs = (list: readonly Instruction[]): readonly Gang[] => list.flatMap((i) => (i.kind === 'gang' ? [i] : gangs(inside(i))))
/** The kinds of instructions, in order, bodies included. */
export const kinds = (list: readonly Instruction[]): string[] => list.flatMap((i) => [i.kind, ...kinds(inside(i))])
