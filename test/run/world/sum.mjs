/** Processes that say what the sum of their numbers is; with 'kill r', rank r then ends at once, and the others wait for it. */
import { allReduce, initialize, session, tensor } from '../../../dist/lib/index.js'

const world = await initialize()
const { read } = session()
const sum = async (x) => (await read(await allReduce(tensor([x]), world)))[0]
console.log(`rank ${world.rank} of ${world.size}, ${world.localRank} here: ${await sum(world.rank + 1)}`)
const killed = /^kill (\d+)$/.exec(process.argv[2] ?? '')?.[1]
if (killed === String(world.rank)) process.kill(process.pid, 'SIGKILL')
if (killed !== undefined) await sum(1)
