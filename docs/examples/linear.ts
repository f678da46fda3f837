/**
 * First steps: a line through noisy points. The data are tensors, the loss is a function, its gradient is another, and a
 * step is one run that gives the next parameters and the loss together.
 *
 *   npm run build && node dist/docs/examples/linear.js
 */
import { add, key, linspace, loss, mul, random, session, sub, tensor, valueAndGrad } from 'cotangent'
import type { Scalar, Tensor } from 'cotangent'

const { run, item } = session()

// y = 2 x - 1 and a little noise, at 100 places
const x = linspace(-1, 1, 100)
const y = await run(add(sub(mul(x, 2), 1), random.normal(key(0), [100], { std: 0.1 })))

type Line = { slope: Scalar<'f32'>; offset: Scalar<'f32'> }
const predict = (p: Line, x: Tensor<[100], 'f32'>) => add(mul(x, p.slope), p.offset)
const gradient = valueAndGrad((p: Line) => loss.mse(predict(p, x), y))

const step = (p: Line) => {
  const [value, g] = gradient(p)
  const next: Line = { slope: sub(p.slope, mul(g.slope, 0.3)), offset: sub(p.offset, mul(g.offset, 0.3)) }
  return { next, value }
}

let line: Line = { slope: tensor(0), offset: tensor(0) }
for (let i = 0; i <= 50; i++) {
  const { next, value } = await run(step(line))
  line = next
  if (i % 10 === 0) console.log(`step ${i}: loss ${(await item(value)).toFixed(4)}`)
}
const [slope, offset] = [await item(line.slope), await item(line.offset)]
console.log(`y = ${slope.toFixed(2)} x + ${offset.toFixed(2)}`)
if (Math.abs(slope - 2) > 0.1 || Math.abs(offset + 1) > 0.1) throw new Error('the line was not found')
