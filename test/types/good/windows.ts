/** What slides: results and compositions keep shapes, dtypes, devices and named dims, also through grad and vmap. */
import type * as t from '../../../lib/type/index.js'
import type { Scalar, Shape, Tensor } from '../../../lib/type/index.js'
import { dim } from '../../../lib/type/index.js'
import type { C, G, N } from './declared.js'
import {
  add, conv, convGeneral, convolve, convTranspose, fold, is, lpPool, maxPoolWithIndices, mul, on, pixelShuffle, pixelUnshuffle, reduceWindow, relu, sum, tensor, unfold, zeros,
} from './declared.js'

declare const grad: t.Grad, vmap: t.Vmap, jit: t.Jit
const B = dim('batch', 32)
type B = t.Dim<'batch'>

// ---- each
is<C<[B, 8, 16, 16]>>()(convTranspose(on('cpu', [B, 4, 8, 8]), zeros([4, 8, 2, 2]), { stride: 2 }))
is<C<[1, 6, 17]>>()(convTranspose(on('cpu', [1, 4, 8]), zeros([4, 3, 3]), { stride: 2, padding: 1, outputPadding: 2, groups: 2 }))
is<C<[B, 27, 900]>>()(unfold(on('cpu', [B, 3, 32, 32]), { kernel: 3 }))
is<C<[B, 3, 32, 32]>>()(fold(on('cpu', [B, 27, 900]), [32, 32], { kernel: 3 }))
is<C<[3, 4], 'i32'>>()(reduceWindow(on('cpu', [4, 8], 'i32'), 'max', { kernel: 2, stride: [1, 2] }))
is<C<[number, number]>>()(reduceWindow(on('cpu', [4, 8]), 'sum', { kernel: 2, inputDilation: 2 }))
is<C<[1, 4, 5, 16]>>()(lpPool(on('cpu', [1, 4, 10, 32]), 2, { kernel: 2 }))
is<readonly [values: C<[1, 4, 5, 16]>, places: C<[1, 4, 5, 16], 'i32'>]>()(maxPoolWithIndices(on('cpu', [1, 4, 10, 32]), { kernel: 3, stride: 2, padding: 1 }))
is<C<[B, 2, 6, 8], 'i32'>>()(pixelShuffle(on('cpu', [B, 8, 3, 4], 'i32'), 2))
is<C<[B, 8, 3, 4]>>()(pixelUnshuffle(on('cpu', [B, 2, 6, 8]), 2))
is<C<[6]>>()(convolve(on('cpu', [4]), zeros([3])))
is<C<[4]>>()(convolve(on('cpu', [4]), zeros([3], { dtype: 'i32' }), { mode: 'same' }))
is<C<[2, 30, 30, 8]>>()(convGeneral(on('cpu', [2, 32, 32, 3]), zeros([3, 3, 3, 8]), { layout: ['NHWC', 'HWIO', 'NHWC'] }))
is<C<[2, 8, 32, 32]>>()(convGeneral(on('cpu', [2, 3, 32, 32]), zeros([8, 3, 3, 3]), { padding: 'SAME' }))
is<C<[2, 11, 7, 8]>>()(convGeneral(on('cpu', [2, 32, 21, 3]), zeros([5, 3, 3, 8]), { padding: 'SAME', stride: 3, dilation: 2, layout: ['NHWC', 'HWIO', 'NHWC'] }))

// ---- together
const x = on('cpu', [B, 3, 8, 8])
is<typeof x>()(fold(unfold(x, { kernel: 2, stride: 2 }), [8, 8], { kernel: 2, stride: 2 }))
is<C<[B, 2, 6, 8]>>()(pixelShuffle(pixelUnshuffle(on('cpu', [B, 2, 6, 8]), 2), 2))
is<typeof x>()(convTranspose(conv(x, zeros([6, 3, 2, 2]), { stride: 2 }), zeros([6, 3, 2, 2]), { stride: 2 }))
is<C<[B, 1, 8, 8]>>()(pixelShuffle(relu(conv(pixelUnshuffle(on('cpu', [B, 1, 8, 8]), 2), zeros([4, 4, 3, 3]), { padding: 1 })), 2))
is<C<[7], 'f64'>>()(convolve(convolve(on('cpu', [3], 'f64'), zeros([3], { dtype: 'f64' })), zeros([3])))

// ---- devices: leafless operands come along, two devices do not meet (bad/)
is<N<[1, 2, 4, 4]>>()(convTranspose(zeros([1, 1, 2, 2]), zeros([1, 2, 2, 2]), { stride: 2 }))
is<G<[1, 2, 4, 4]>>()(convTranspose(zeros([1, 1, 2, 2]), on('cuda:0', [1, 2, 2, 2]), { stride: 2 }))
is<G<[1, 12, 4]>>()(unfold(pixelUnshuffle(on('cuda:0', [1, 3, 4, 4]), 2), { kernel: 1 }))
is<G<[5]>>()(convolve(zeros([3]), on('cuda:0', [3])))

// ---- transforms
const upscaled = (w: C<[3, 1, 2, 2]>) => sum(convTranspose(on('cpu', [2, 3, 4, 4]), w, { stride: 2 }))
is<(w: C<[3, 1, 2, 2]>) => C<[3, 1, 2, 2]>>()(grad(upscaled))
is<(w: C<[3, 1, 2, 2]>) => C<[3, 1, 2, 2]>>()(jit(grad(upscaled)))
const shuffled = (v: C<[8, 3, 4]>) => pixelShuffle(add(v, 1), 2)
is<C<[5, 2, 6, 8]>>()(vmap(shuffled)(on('cpu', [5, 8, 3, 4])))
is<C<[5, 4, 9]>>()(vmap((v: C<[1, 1, 4, 4]>) => sum(unfold(mul(v, v), { kernel: 2 }), { axes: [0] }))(on('cpu', [5, 1, 1, 4, 4])))

// ---- what is not known statically stays open, and is never any
declare const some: Tensor<Shape, 'f32', 'cpu'>, wide: C<[number, 3, number, 8]>, n: number
is<Tensor<Shape, 'f32', 'cpu'>>()(pixelShuffle(some, 2))
is<Tensor<Shape, 'f32', 'cpu'>>()(unfold(some, { kernel: 2 }))
is<C<[number, 12, number]>>()(unfold(wide, { kernel: 2 }))
is<C<[number]>>()(convolve(on('cpu', [n]), zeros([3])))
is<Scalar<'f32', never>>()(sum(reduceWindow(tensor([1, 2, 3]), 'sum', { kernel: 2 })))
