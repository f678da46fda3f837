/** A GPT-2 block, head and loss in plain functions, symbolic batch and time; its gradient under jit. */
import type { Dim, Jit, ValueAndGrad } from '../../../lib/type/index.js'
import type { C } from '../good/declared.js'
import {
  add, div, einsum, exp, gelu, log, matmul, mean, mul, on, pow, rearrange, slice, softmax, sub, sum, take, transpose, tril,
} from '../good/declared.js'

declare const jit: Jit, valueAndGrad: ValueAndGrad
type B = Dim<'batch'>
type T = Dim<'time'>
type Norm = { weight: C<[768]>; bias: C<[768]> }
type Linear<I extends number, O extends number> = { weight: C<[O, I]>; bias: C<[O]> }
type Block = { norm1: Norm; qkv: Linear<768, 2304>; proj: Linear<768, 768>; norm2: Norm; fc: Linear<768, 3072>; out: Linear<3072, 768> }
type Gpt = { tokens: C<[50257, 768]>; positions: C<[1024, 768]>; block: Block; norm: Norm }

const linear = <I extends number, O extends number>(p: Linear<I, O>, x: C<[B, T, I]>): C<[B, T, O]> => add(matmul(x, transpose(p.weight)), p.bias)
const norm = (p: Norm, x: C<[B, T, 768]>) => {
  const centred = sub(x, mean(x, { axes: [-1], keepdims: true }))
  const variance = mean(mul(centred, centred), { axes: [-1], keepdims: true })
  return add(mul(mul(centred, pow(add(variance, 1e-5), -0.5)), p.weight), p.bias)
}
const attention = (p: Block, x: C<[B, T, 768]>, mask: C<[T, T]>) => {
  const qkv = rearrange(linear(p.qkv, x), 'b t (n h d) -> n b h t d', { n: 3, h: 12 })
  const q = take(qkv, on('cpu', [], 'i32')), k = take(qkv, on('cpu', [], 'i32')), v = take(qkv, on('cpu', [], 'i32'))
  const scores = softmax(add(mul(einsum('bhqd,bhkd->bhqk', q, k), 0.125), mask), { axis: -1 })
  return linear(p.proj, rearrange(matmul(scores, v), 'b h t d -> b t (h d)'))
}
const block = (p: Block, x: C<[B, T, 768]>, mask: C<[T, T]>) => {
  const y = add(x, attention(p, norm(p.norm1, x), mask))
  return add(y, linear(p.out, gelu(linear(p.fc, norm(p.norm2, y)))))
}
const loss = (p: Gpt, ids: C<[B, T], 'i32'>, positions: C<[T], 'i32'>, target: C<[B, T, 50257]>) => {
  const x = add(take(p.tokens, ids), take(p.positions, positions))
  const mask = log(tril(on('cpu', [1 as number as T, 1 as number as T])))
  const logits = matmul(norm(p.norm, block(p.block, x, mask)), transpose(p.tokens))
  const normal = sub(logits, log(sum(exp(logits), { axes: [-1], keepdims: true })))
  return div(sum(mul(normal, target)), -1)
}
export const step = jit(valueAndGrad(loss))
export const head = slice(on('cpu', [4, 8, 768]), [null, [-1, null]])
