/** A small training of everything that has state: dropout (keys), batchNorm (running statistics), adam with a schedule. */
import { createHash } from 'node:crypto'
import { fromLists, hostTensor, label, loader } from '../../lib/data/index.js'
import { crossEntropy } from '../../lib/loss/index.js'
import * as nn from '../../lib/nn/index.js'
import { adam, cosine } from '../../lib/optim/index.js'
import { session } from '../../lib/run/index.js'
import { argmax, cast, eq, key, mean } from '../../lib/tensor/index.js'
import { jit, valueAndGrad } from '../../lib/transform/index.js'
import type { AnyTensor, Key, ParamsOf, StateOf, Tensor } from '../../lib/type/index.js'
import { flatten } from '../../lib/type/index.js'

export const net = nn.model([2], nn.sequential(['fc1', nn.linear(16)], ['norm', nn.batchNorm], nn.relu, nn.dropout(0.1), ['fc2', nn.linear(2)]))
type X = Tensor<[number, 2], 'f32', never>
type Y = Tensor<[number], 'i32', never>

/** Points in the plane: is the one coordinate larger than the square of the other? */
const points = Array.from({ length: 200 }, (_, i) => [((i * 37) % 100) / 50 - 1, ((i * 61) % 97) / 48.5 - 1] as const)
export const data = fromLists(points, points, ([a, b]) => [hostTensor('f32', [2], Float32Array.of(a, b)), label(b > a * a ? 1 : 0)] as const)
export const batches = loader(data, { batchSize: 16, shuffle: { seed: 3 } })

const s = session()
const optimizer = adam(cosine(0.03, 400))
const loss = (params: ParamsOf<typeof net>, state: StateOf<typeof net>, x: X, y: Y, k: Key<never>) => {
  const [logits, next] = net.train(params, state, x, { key: k })
  return [crossEntropy(logits, y), { next, right: mean(cast(eq(argmax(logits, { axis: -1 }), y), 'f32')) }] as const
}
const first = s.transfer(net.init(key(1)), 'cpu')
const state = { params: first.params, statistics: first.state, optimizer: optimizer.init(first.params) }
const step = jit((now: typeof state, [x, y]: readonly [X, Y], k: Key<never>) => {
  const [value, { next, right }, grads] = valueAndGrad(loss, { hasAux: true })(now.params, now.statistics, x, y, k)
  const [params, optimized] = optimizer.update(grads, now.optimizer, now.params)
  return [{ params, statistics: next, optimizer: optimized }, { loss: value, accuracy: right }] as const
})
/** The settings of that training; the caller adds epochs, files and limits. */
export const settings = { session: s, state, step: (now: typeof state, batch: readonly [X, Y], k: Key<never>) => step(now, batch, k), loader: batches, seed: 5 }

/** A digest of all bits of a tree. */
export const digest = async (tree: unknown): Promise<string> => {
  const hash = createHash('sha256')
  for (const x of flatten(tree).leaves as readonly AnyTensor[]) hash.update(await s.read(x))
  return hash.digest('hex')
}
