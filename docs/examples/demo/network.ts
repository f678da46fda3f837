/** The network of every introduction: two convolutions, three fully connected layers, 81,194 parameters. */
import { argmax, cast, div, eq, loss, mean, nn, pad, unsqueeze } from 'cotangent'
import type { Device, ParamsOf, Tensor } from 'cotangent'

export const net = nn.model([1, 32, 32], nn.sequential(
  ['conv1', nn.conv(6, 3)], nn.relu, nn.maxPool(2),
  ['conv2', nn.conv(16, 3)], nn.relu, nn.maxPool(2),
  nn.flatten,
  ['fc1', nn.linear(120)], nn.relu,
  ['fc2', nn.linear(84)], nn.relu,
  ['fc3', nn.linear(10)],
))
export type Params<V extends Device> = ParamsOf<typeof net, V>
export type Images = Tensor<[number, 28, 28], 'u8', never>
export type Labels = Tensor<[number], 'i32', never>

/** Bytes to numbers from 0 to 1, with a border of 2 and one channel. */
const prepare = (x: Images) => pad(unsqueeze(div(cast(x, 'f32'), 255), { axis: 1 }), [[0, 0], [0, 0], [2, 2], [2, 2]])
export const logitsOf = <V extends Device>(params: Params<V>, x: Images) => net.apply(params, {}, prepare(x))
/** The loss, and the part of the batch that is right. */
export const lossOf = <V extends Device>(params: Params<V>, x: Images, y: Labels) => {
  const logits = logitsOf(params, x)
  return [loss.crossEntropy(logits, y), mean(eq(argmax(logits, { axis: -1 }), y))] as const
}
