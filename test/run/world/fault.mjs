/** Ten steps of one collective; rank 1 does something else at the sixth. */
import { allReduce, initialize, pmap, psum, session, tensor } from '../../../dist/lib/index.js'

const world = await initialize()
const { read } = session()
const dp = world.axis('dp'), other = world.axis('model')
const summed = (x, axis = dp) => read(pmap((v) => psum(v, axis), { axis })(x))
const later = () => new Promise((done) => setTimeout(done, 30_000))
const x = tensor([[1, 2]])
const faults = {
  throws: () => { throw new Error('bad data in shard 17') },
  rejects: () => { void Promise.reject(new Error('bad data in shard 17')); return later() },
  'exits with 3': () => process.exit(3),
  'exits with 0': () => process.exit(0),
  'sets exitCode and ends': () => { process.exitCode = 4; return 'end' },
  'ends early': () => 'end',
  'is killed': () => process.kill(process.pid, 'SIGKILL'),
  'has a segmentation fault': () => process.kill(process.pid, 'SIGSEGV'),
  'loops for ever': () => { for (;;); },
  'waits for ever': later,
  'has another shape': () => summed(tensor([[1, 2, 3]])),
  'has another collective': () => allReduce(x, world),
  'has another axis': () => summed(x, other),
}
for (let i = 0; i < 10; i++) {
  if (i === 5 && world.rank === 1) {
    console.log(`fault at ${Date.now()}`)
    if (await faults[process.argv[2]]() === 'end') break
  }
  await summed(x)
}
if (world.rank === 0) console.log('all ten steps')
