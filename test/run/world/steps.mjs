/** Collectives for ever, or as many as argv[2] says; every process says who it is and when it goes. */
import { hostname } from 'node:os'
import { initialize, pmap, psum, session, tensor } from '../../../dist/lib/index.js'

const steps = Number(process.argv[2] ?? Infinity)
const world = await initialize()
const { read } = session()
const dp = world.axis('dp')
for (let i = 0; i < steps; i++) {
  const sum = await read(pmap((v) => psum(v, dp), { axis: dp })(tensor([[world.rank + 1, 10]])))
  if (sum[0] !== (world.size * (world.size + 1)) / 2) throw new Error(`the sum is ${sum[0]}`)
  if (i === 10) console.log(`rank ${world.rank} of ${world.size} goes on ${hostname()}, pid ${process.pid}`)
  await new Promise((done) => setTimeout(done, 5))
}
