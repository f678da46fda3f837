/** Random programs over arrays large enough for tiles, vectors, code and threads, on every machine but the reference. */
import { afterAll, describe, expect, it } from 'vitest'
import { slackUsed } from '../../laws/close.js'
import type { Draw } from '../../laws/draw.js'
import { effort, refute } from '../../laws/hold.js'
import { bench, nativeMachine, poison } from '../../laws/machine.js'
import { programText, records } from '../../laws/program.js'
import type { Program } from '../../laws/program.js'
import { smallerPrograms } from '../../laws/shrink.js'
import { wideIsReference, wideProgramOf } from '../../laws/wide.js'

const native = nativeMachine(bench())
poison(true)
const used = new Map<string, number>()
const moving = ['sum', 'reduceMax', 'reduceMin', 'argmax', 'broadcast', 'dot', 'conv', 'convInput', 'convWeight', 'slice', 'pad', 'concat', 'gather', 'scatterAdd', 'permute', 'flip', 'reshape', 'cumsum', 'sort', 'argsort', 'maxPool']
const counted = (p: Program): Program => {
  for (const op of new Set(p.steps.map((s) => s.op))) used.set(op, (used.get(op) ?? 0) + 1)
  return p
}
describe.skipIf(native === undefined)('programs over large arrays', () => {
  it('are what the reference computes, whoever writes their code', () => {
    const verdict = refute((draw: Draw) => counted(wideProgramOf(records)(draw)), (p) => wideIsReference(p, native as NonNullable<typeof native>), effort(300, 3000), programText, smallerPrograms)
    if (verdict !== true) expect.fail(verdict)
  })
  afterAll(() => {
    const ops = [...records.filter((p) => p.lower.kind === 'element').map((p) => p.name), ...moving].filter((op) => op !== 'threefry')
    expect(ops.filter((op) => (used.get(op) ?? 0) < 20)).toEqual([])
    console.log(`wide programs using each op: ${[...used].sort((x, y) => y[1] - x[1]).map(([op, n]) => `${op} ${n}`).join(', ')}; slack used ${[...slackUsed()].map(([k, v]) => `${k} ${v.toPrecision(2)}`).join(', ')}`)
  })
})
