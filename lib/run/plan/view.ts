/** Walks over instructions. */
import type { Instruction, View } from '../../ir/program.js'

/** Every view of an instruction, bodies included. */
export const eachView = (i: Instruction, visit: (v: View) => void): void => {
  switch (i.kind) {
    case 'loop': {
      for (const s of i.sources) if ('buffer' in s) visit(s)
      for (const s of i.sinks) visit(s.view)
      return
    }
    case 'dot': return [i.a, i.b, i.out].forEach(visit)
    case 'conv': return [i.x, i.w, i.y].forEach(visit)
    case 'pool': return [i.x, i.y, ...(i.dx === null ? [] : [i.dx])].forEach(visit)
    case 'gather': case 'scatterAdd': return [i.x, i.at, i.out].forEach(visit)
    case 'cumulative': case 'argsort': case 'sort': case 'dft': case 'exchange': return [i.x, i.out].forEach(visit)
    case 'wait': return i.views.forEach(visit)
    case 'factor': return [...i.ins, ...i.outs].forEach(visit)
    case 'repeat': case 'gang': return i.body.forEach((x) => eachView(x, visit))
    case 'while': {
      visit(i.which)
      return [...i.test, ...i.body].forEach((x) => eachView(x, visit))
    }
    case 'cond': {
      visit(i.which)
      return [...i.then, ...i.otherwise].forEach((x) => eachView(x, visit))
    }
  }
}
/** Every gang in a list, those in bodies included. */
export const gangs = (list: readonly Instruction[]): readonly Gang[] =>
  list.flatMap((i) => (i.kind === 'gang' ? [i] : i.kind === 'repeat' ? gangs(i.body) : i.kind === 'cond' ? gangs([...i.then, ...i.otherwise]) : i.kind === 'while' ? gangs([...i.test, ...i.body]) : []))
export type Gang = Extract<Instruction, { kind: 'gang' }>
/** The kinds of instructions, in order, bodies included. */
export const kinds = (list: readonly Instruction[]): string[] =>
  list.flatMap((i) => (i.kind === 'repeat' || i.kind === 'gang' ? [i.kind, ...kinds(i.body)] : i.kind === 'cond' ? ['cond', ...kinds(i.then), ...kinds(i.otherwise)] : i.kind === 'while' ? ['while', ...kinds(i.test), ...kinds(i.body)] : [i.kind]))
