/** One inference worker: its own copy of the library and of the parameters; typed arrays come in and go out. */
import { parentPort } from 'node:worker_threads'
import { add, jit, key, matmul, mul, random, relu, session, sum, tensor } from 'cotangent'
import type { Tensor } from 'cotangent'

const rows = 32
const { read, run } = session()
const weights = run.sync({ hidden: mul(random.normal(key(1), [16, 64]), 0.1), out: mul(random.normal(key(2), [64, 4]), 0.1) })
const infer = jit((x: Tensor<[32, 16], 'f32'>) => {
  const y = matmul(relu(matmul(x, weights.hidden)), weights.out)
  return { y, total: add(sum(x, { axes: [1] }), 0) }
})
parentPort?.on('message', ({ id, batch }: { readonly id: number; readonly batch: Float32Array }) => {
  void read(infer(tensor(batch, { shape: [rows, 16] }))).then((answer) => parentPort?.postMessage({ id, ...answer }))
})
