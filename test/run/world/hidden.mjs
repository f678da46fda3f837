/**
 * Gradients of a network, averaged over the processes while the backward pass goes on: the bits are those of averages made
 * afterwards, and the trace shows what went away, when. argv[2] is the batch of a process.
 */
import { allReduce, chromeTrace, cpu, grad, initialize, jit, key, loss, nn, pmap, profile, profileTable, random, reshape, session } from '../../../dist/lib/index.js'
import { dataParallel } from '../../../dist/lib/train/index.js'
import { mapTree } from '../../../dist/lib/type/index.js'

const rows = Number(process.argv[2] ?? 128)
const world = await initialize(), dp = world.axis('dp')
const { run, read } = session()
const net = nn.model([256], nn.sequential(['fc1', nn.linear(512)], nn.relu, ['fc2', nn.linear(512)], nn.relu, ['fc3', nn.linear(512)], nn.relu, ['fc4', nn.linear(10)]))
const { params } = await run(net.init(key(0)))
const x = await run(random.normal(key(1 + world.rank), [rows, 256])), y = await run(random.normal(key(9 + world.rank), [rows, 10]))
const slope = grad((p, v, w) => loss.mse(net.apply(p, {}, v), w))
const step = jit((p, v, w) => dataParallel(slope, { axis: dp })(p, v, w))
const overlapped = await read(step(params, x, y))
// the same, with everything found before anything goes
const own = await run(pmap(slope, { axis: dp, inAxes: [null, 0, 0] })(params, reshape(x, [1, rows, 256]), reshape(y, [1, rows, 10])))
const after = await read(await allReduce(mapTree((g) => reshape(g, g.shape.slice(1)), own), world, { op: 'mean' }))
const flattened = (tree) => (ArrayBuffer.isView(tree) ? [tree] : Object.keys(tree).sort().flatMap((k) => flattened(tree[k])))
const bits = (tree) => flattened(tree).flatMap((a) => [...new Uint32Array(a.buffer, a.byteOffset, a.length)])
const [some, other] = [bits(overlapped), bits(after)]
const same = some.length === other.length && some.every((v, i) => v === other[i])
const found = await profile(step)(params, x, y)(cpu)()
if (found._tag === 'Left') throw found.left
if (profileTable(found.right).split('away for').length !== 6) throw new Error('the table does not say for how long each exchange was away')
const { traceEvents } = JSON.parse(chromeTrace(found.right))
if (world.rank === 0) console.log(`numbers ${some.length}, same ${same}: ${JSON.stringify(traceEvents.map(({ name, ts, dur, tid, args }) => ({ name, ts, dur, tid, detail: args.detail })))}`)
