/** Every collective and random programs over the processes of this job, against one process that has all devices. */
import { collectivesAreABatch, processesAreABatch } from '../../../dist/laws/world.js'
import { identities, shareOf, spreadOf } from '../../../dist/laws/collective.js'
import { fromSeed } from '../../../dist/laws/draw.js'
import { bench, nativeMachine, poison } from '../../../dist/laws/machine.js'
import { programOf, programText } from '../../../dist/laws/program.js'
import { initialize } from '../../../dist/lib/index.js'
import { primitives } from '../../../dist/lib/prim/index.js'

const [samples = 3, seed = 20260101] = process.argv.slice(2).map(Number)
const world = await initialize()
const on = nativeMachine(bench())
poison(true)
const held = (verdict, what) => {
  if (verdict !== true) throw new Error(`${what}: ${verdict}`)
}
const records = Object.values(primitives).filter((p) => p.domain.dtypes.length > 0)
let laws = 0
for (const local of [1, 2]) {
  const dp = world.axis('dp', local)
  for (const name of Object.keys(identities)) {
    held(collectivesAreABatch(dp, name)(shareOf(fromSeed(seed + local), dp.size), on), `${name} with ${local} devices a process`)
    laws++
  }
  for (let i = 0; i < samples; i++) {
    const s = spreadOf(programOf(records, { float: 'f64', smooth: true, steps: 4 }))(fromSeed(seed + 7 * i + local))
    held(processesAreABatch(dp)(s, on), `pmap over processes, seed ${seed + 7 * i + local}, ${local} devices a process:\n${programText(s.program)}`)
    laws++
  }
}
if (world.rank === 0) console.log(`${laws} laws hold over ${world.size} processes`)
