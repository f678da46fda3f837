/**
 * Einstein summation. Each term is first made plain (repeated letters become a diagonal, letters that only it has are
 * summed), then terms are multiplied two by two, the pair that shrinks the whole most first, each time as one batched
 * matrix product: letters of both that are still needed are the batch, letters of both that are not are summed over.
 * @source the greedy order is opt_einsum's 'greedy' (Smith, Gray, "opt_einsum", JOSS 2018).
 */
import type { Node } from '../ir/node.js'
import { numel } from '../ir/node.js'
import { b, permuteTo, reshapeTo, stretch } from '../prim/index.js'
import type { EinsumOf } from '../type/index.js'
import * as law from '../type/index.js'
import { fit } from './fit.js'
import { diagonalOf } from './matrix.js'
import { asDType, commonDType } from './operand.js'

/** A tensor whose axes have names. */
interface Term { readonly x: Node; readonly letters: readonly string[] }
const size = (t: Term, letter: string): number => t.x.shape[t.letters.indexOf(letter)] as number
const ordered = (t: Term, letters: readonly string[]): Node => permuteTo(t.x, letters.map((l) => t.letters.indexOf(l)))

const withoutRepeats = ({ x, letters }: Term): Term => {
  const second = letters.findIndex((l, i) => letters.indexOf(l) < i)
  if (second < 0) return { x, letters }
  const first = letters.indexOf(letters[second] as string)
  const rest = letters.map((_, i) => i).filter((i) => i !== first && i !== second)
  const diagonal = diagonalOf(permuteTo(x, [...rest, first, second]))
  return withoutRepeats({ x: diagonal, letters: [...rest.map((i) => letters[i] as string), letters[first] as string] })
}
const summed = (t: Term, needed: (letter: string) => boolean): Term => {
  const axes = t.letters.map((_, i) => i).filter((i) => !needed(t.letters[i] as string))
  return axes.length === 0 ? t : { x: b.sum([t.x], { axes }), letters: t.letters.filter(needed) }
}
/** Elementwise, each stretched over the letters of the other. */
const multiplied = (p: Term, q: Term, letters: readonly string[]): Term => {
  const wide = (t: Term): Node => {
    const own = letters.filter((l) => t.letters.includes(l))
    return reshapeTo(ordered(t, own), letters.map((l) => (own.includes(l) ? size(t, l) : 1)))
  }
  const shape = letters.map((l) => size(p.letters.includes(l) ? p : q, l))
  return { x: b.mul([stretch(wide(p), shape), stretch(wide(q), shape)]), letters }
}
/** Two terms as one batched matrix product. */
const contracted = (p: Term, q: Term, needed: (letter: string) => boolean): Term => {
  const both = p.letters.filter((l) => q.letters.includes(l))
  const [batch, inner] = [both.filter(needed), both.filter((l) => !needed(l))]
  const [rows, columns] = [p, q].map((t) => t.letters.filter((l) => !both.includes(l))) as [string[], string[]]
  const letters = [...batch, ...rows, ...columns]
  if (inner.length === 0) return multiplied(p, q, letters)
  const sizesOf = (t: Term, ls: readonly string[]): number[] => ls.map((l) => size(t, l))
  const lead = sizesOf(p, batch)
  const [m, k, n] = [numel(sizesOf(p, rows)), numel(sizesOf(p, inner)), numel(sizesOf(q, columns))]
  const left = reshapeTo(ordered(p, [...batch, ...rows, ...inner]), [...lead, m, k])
  const right = reshapeTo(ordered(q, [...batch, ...inner, ...columns]), [...lead, k, n])
  return { x: reshapeTo(b.dot([left, right]), [...lead, ...sizesOf(p, rows), ...sizesOf(q, columns)]), letters }
}

/** Is a letter in the output or in a term other than these? */
const neededBeside = (terms: readonly Term[], gone: readonly Term[], output: string) => (letter: string): boolean =>
  output.includes(letter) || terms.some((t) => !gone.includes(t) && t.letters.includes(letter))
/** How much larger the product of two terms is than they are. */
const growth = (p: Term, q: Term, needed: (letter: string) => boolean): number => {
  const letters = [...new Set([...p.letters, ...q.letters])].filter(needed)
  return numel(letters.map((l) => size(p.letters.includes(l) ? p : q, l))) - numel(p.x.shape) - numel(q.x.shape)
}
const bestPair = (terms: readonly Term[], output: string): [Term, Term] => {
  let best: { readonly pair: [Term, Term]; readonly cost: number } | null = null
  for (const [i, p] of terms.entries())
    for (const q of terms.slice(i + 1)) {
      const cost = growth(p, q, neededBeside(terms, [p, q], output))
      if (best === null || cost < best.cost) best = { pair: [p, q], cost }
    }
  return (best as NonNullable<typeof best>).pair
}
const reduceTerms = (terms: readonly Term[], output: string): Term => {
  if (terms.length === 1) return summed(terms[0] as Term, (l) => output.includes(l))
  const [p, q] = bestPair(terms, output)
  const next = contracted(p, q, neededBeside(terms, [p, q], output))
  return reduceTerms([...terms.filter((t) => t !== p && t !== q), next], output)
}
/**
 * Products of tensors by named axes: 'ij,jk->ik' is the matrix product. Letters that are not in the output are summed
 * over, a letter twice in one term is its diagonal; the output is always written out.
 * @shape by the letters
 * @dtype promoted; not bool
 * @throws ShapeMismatch when the letters do not fit the shapes.
 * @example deepClose(await read(einsum('ij,j->i', tensor([[1, 2], [3, 4]]), tensor([5, 6]))), [17, 39])
 */
export const einsum: EinsumOf = ((spec: string, ...xs: readonly unknown[]) => {
  const nodes = asDType('einsum', xs, commonDType('einsum', xs))
  fit('einsum', law.einsum(spec, nodes.map((x) => x.shape)), `the terms are '${spec}' for ${nodes.map((x) => law.show(x.shape)).join(', ')}`)
  const { inputs, output } = law.einsumParse(spec) as law.EinsumTerms
  const plain = inputs.map((letters, i) => withoutRepeats({ x: nodes[i] as Node, letters: [...letters] }))
  const terms = plain.map((t) => summed(t, neededBeside(plain, [t], output)))
  return ordered(reduceTerms(terms, output), [...output])
}) as never
