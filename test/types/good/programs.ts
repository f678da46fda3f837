/** Small programs of the kind users write: nested generic calls, losses generic in shape and device, gradual sizes. */
import type { Device, Scalar, Shape, Tensor } from '../../../lib/type/index.js'
import type { C } from './declared.js'
import {
  add, cast, concat, conv, flatten, is, log, matmul, maxPool, mean, mul, neg, on, oneHot, relu, softmax, sub, sum, tensor,
  transpose, zeros,
} from './declared.js'

const size = 32 as number
const hidden = flatten(maxPool(relu(conv(on('cpu', [size, 1, 28, 28]), zeros([6, 1, 5, 5]), { padding: 2 })), { kernel: 2 }), {
  from: 1,
})
is<C<[number, 1176]>>()(hidden)

export const binaryCrossEntropy = <S extends Shape, V extends Device>(
  p: Tensor<S, 'f32', V>, y: Tensor<S, 'f32', V>,
): Scalar<'f32', V> => mean(neg(add(mul(y, log(p)), mul(sub(1, y), log(sub(1, p))))))
is<C<[]>>()(binaryCrossEntropy(on('cpu', [3]), on('cpu', [3])))

export const crossEntropy = <N extends number, K extends number, V extends Device>(
  logits: Tensor<[N, K], 'f32', V>, y: Tensor<[N], 'i32', V>, classes: K,
): Scalar<'f32', V> => neg(mean(sum(mul(log(softmax(logits)), oneHot(y, classes)), { axes: [1] })))

export const linear = <N extends number, I extends number, O extends number, V extends Device>(
  p: { weight: Tensor<[O, I], 'f32', V>; bias: Tensor<[O], 'f32', V> }, x: Tensor<[N, I], 'f32', V>,
): Tensor<[N, O], 'f32', V> => add(matmul(x, transpose(p.weight)), p.bias)
is<C<[2, 10]>>()(linear({ weight: zeros([10, 5]), bias: zeros([10]) }, on('cpu', [2, 5])))

const parts: C<[number, 3]>[] = []
is<C<[number, 3]>>()(concat(parts))
export const bias: Tensor<[3], 'f32', never> = cast(tensor([0, 1, 2]), 'f32')
