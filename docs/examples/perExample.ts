/**
 * Per-example gradients: vmap(grad(loss)) gives one gradient an example, in one program and without a loop. Here each is
 * clipped to length 1 before they are averaged, as differentially private training does. Averaging them unclipped must be
 * the gradient of the mean loss; the program checks that.
 */
import { add, grad, key, loss, maximum, mean, mul, nn, random, reciprocal, session, sqrt, square, sum, unsqueeze, vmap } from 'cotangent'
import type { ParamsOf, Scalar, Tensor } from 'cotangent'

const { run, read } = session()
const EXAMPLES = 32

const net = nn.model([3], nn.sequential(['fc1', nn.linear(8)], nn.tanh, ['fc2', nn.linear(2)]))
type Params = ParamsOf<typeof net>
const { params, xs, ys } = await run({
  params: net.init(key(0)).params,
  xs: random.randn(key(1), [EXAMPLES, 3]),
  ys: random.randint(key(2), [EXAMPLES], { maxval: 2 }),
})

// the loss of one example: the model wants a batch, so it gets a batch of one
const lossOf = (p: Params, x: Tensor<[3], 'f32'>, y: Scalar<'i32'>) =>
  loss.crossEntropy(net.apply(p, {}, unsqueeze(x, { axis: 0 })), unsqueeze(y, { axis: 0 }))
const each = await run(vmap(grad(lossOf), { inAxes: [null, 0, 0] })(params, xs, ys))
console.log('one gradient an example:', each.fc1.weight.shape)

// the length of each example's gradient, over all tensors of the tree
const lengths = sqrt(add(
  add(sum(square(each.fc1.weight), { axes: [1, 2] }), sum(square(each.fc1.bias), { axes: [1] })),
  add(sum(square(each.fc2.weight), { axes: [1, 2] }), sum(square(each.fc2.bias), { axes: [1] }))))
const clip = reciprocal(maximum(lengths, 1))
const clipped = mean(mul(each.fc1.weight, unsqueeze(unsqueeze(clip, { axis: -1 }), { axis: -1 })), { axes: [0] })
console.log('the longest:', Math.max(...(await read(lengths))).toFixed(3), 'mean of the clipped:', clipped.shape)

const whole = grad((p: Params) => loss.crossEntropy(net.apply(p, {}, xs), ys))(params)
const [a, b] = await read([mean(each.fc1.weight, { axes: [0] }), whole.fc1.weight] as const)
const apart = Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? NaN))))
console.log(`the mean of the gradients is the gradient of the mean: ${apart < 1e-6}`)
if (!(apart < 1e-6)) throw new Error(`they differ by ${apart}`)
