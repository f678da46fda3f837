/** What docs/laws.md shows as printed is printed: the shrunk counter-examples of a wrong layer and of a wrong rule. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { layerIsLawful, oracle, programOf, programText, refute, smallerPrograms } from '../../laws/index.js'
import { vmapIsStackOf } from '../../laws/transform.js'
import { mean, sub } from '../../lib/index.js'
import type { Tensor } from '../../lib/index.js'
import { peekWith } from '../../lib/prim/watch.js'
import { primitives, register } from '../../lib/prim/index.js'
import type { AnyPrimitive } from '../../lib/prim/index.js'

const page = readFileSync(new URL('../../docs/laws.md', import.meta.url), 'utf8')
/** The blocks of the page that name a seed: whole sentences. */
const shown = [...page.matchAll(/\n\n```\n([^`]*)\n```\n/g)].map((m) => m[1] as string).filter((x) => x.includes('COTANGENT_SEED='))
const isShown = (said: string): void => expect(shown).toContain(said)

peekWith(() => undefined)
it('a layer that mixes its batch', () => {
  const apply = (_p: object, _s: object, x: Tensor<[number, 2], 'f64', 'cpu'>) => sub(x, mean(x, { axes: [0] }))
  isShown(String(layerIsLawful({ input: [2], output: [2], init: () => ({ params: {}, state: {} }), apply })))
})
it('a batch rule that forgets the batch', () => {
  const records = primitives as unknown as Readonly<Record<string, AnyPrimitive>>
  const flip = records['flip'] as AnyPrimitive
  register({ ...records, flip: { ...flip, batch: (b, s) => b.flip(s.args, s.params as never) } })
  try {
    const gen = programOf(['add', 'conv', 'cos', 'dot', 'flip', 'mul', 'pad', 'permute', 'sin', 'sum'].map((op) => records[op] as AnyPrimitive), { float: 'f64', smooth: true, steps: 10 })
    isShown(String(refute(gen, (p) => vmapIsStackOf(p, oracle), { seed: 20260101, runs: 200 }, programText, smallerPrograms)))
  } finally {
    register(records)
  }
})
