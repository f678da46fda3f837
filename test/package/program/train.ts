/** A linear model, fifty steps: what somebody who has just installed the package writes. Prints the last loss. */
import { add, jit, key, matmul, mean, mul, random, session, square, sub, tensor, valueAndGrad, zeros } from 'cotangent'
import type { Tensor } from 'cotangent'
import { fromArray, loader } from 'cotangent/data'

type Params = { readonly weight: Tensor<[3, 1], 'f32'>; readonly bias: Tensor<[1], 'f32'> }

const { run, item } = session()
const data = await run({ x: random.normal(key(0), [64, 3]) })
const truth = add(matmul(data.x, tensor([[1], [-2], [0.5]])), 0.25)
const loss = (p: Params) => mean(square(sub(add(matmul(data.x, p.weight), p.bias), truth)))
const step = jit((p: Params) => {
  const [value, slope] = valueAndGrad(loss)(p)
  return { value, params: { weight: sub(p.weight, mul(slope.weight, 0.1)), bias: sub(p.bias, mul(slope.bias, 0.1)) } }
})

let params: Params = { weight: zeros([3, 1]), bias: zeros([1]) }
let last = Number.NaN
for (let i = 0; i < 50; i++) {
  const next = await run(step(params))
  params = next.params
  last = await item(next.value)
}
const batches = loader(fromArray([1, 2, 3]), { batchSize: 2 }).length
console.log(JSON.stringify({ loss: last, batches }))
