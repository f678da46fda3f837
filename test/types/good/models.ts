/** Models bound to an input: LeNet, ResNet-18 and the blocks they are made of. */
import type * as t from '../../../lib/type/index.js'
import type { Dim } from '../../../lib/type/index.js'
import type { C } from './declared.js'
import { dim } from '../../../lib/type/index.js'
import { is, key, on, relu as reluOp } from './declared.js'

declare const linear: t.LinearLayer, conv: t.ConvLayer, maxPool: t.PoolLayer, dropout: t.DropoutLayer, embedding: t.EmbeddingLayer
declare const activation: t.ActivationLayer, sequential: t.SequentialLayer, residual: t.ResidualLayer, model: t.ModelOf
declare const flatten: t.Layer<t.FlattenL>, batchNorm: t.Layer<t.BatchNormL>, layerNorm: t.Layer<t.LayerNormL>
declare const globalAvgPool: t.Layer<t.GlobalPoolL>
const relu = activation(reluOp)
const B = dim('batch', 32)
type B = Dim<'batch'>

export const lenet = model([1, 28, 28], sequential(
  ['conv1', conv(6, 3, { padding: 1 })], relu, maxPool(2), ['conv2', conv(16, 5)], relu, maxPool(2), flatten,
  ['fc1', linear(120)], relu, dropout(0.5), ['fc2', linear(84)], relu, ['fc3', linear(10)]))
const { params, state } = lenet.init(key(0))
is<[6, 1, 3, 3]>()(params.conv1.weight.shape)
is<[120, 400]>()(params.fc1.weight.shape)
is<C<[B, 10]>>()(lenet.apply(params, state, on('cpu', [B, 1, 28, 28])))
type P = t.ParamsOf<typeof lenet, 'cpu'>
declare const p: P
is<C<[10]>>()(p.fc3.bias)
is<readonly [y: C<[5, 10]>, state: {}]>()(lenet.train(p, state, on('cpu', [5, 1, 28, 28]), { key: key(1) }))

const basic = <O extends number, S extends number>(o: O, s: S) => sequential(
  ['conv1', conv(o, 3, { stride: s, padding: 1, bias: false })], ['bn1', batchNorm], relu,
  ['conv2', conv(o, 3, { padding: 1, bias: false })], ['bn2', batchNorm])
const same = <O extends number>(o: O) => sequential(['res', residual(basic(o, 1))], relu)
const down = <O extends number>(o: O) => sequential(
  ['res', residual(basic(o, 2), sequential(['conv', conv(o, 1, { stride: 2 })], ['bn', batchNorm]))], relu)
export const resnet18 = model([3, 224, 224], sequential(
  ['conv', conv(64, 7, { stride: 2, padding: 3 })], ['bn', batchNorm], relu, maxPool(3, { stride: 2, padding: 1 }),
  ['l1a', same(64)], ['l1b', same(64)], ['l2a', down(128)], ['l2b', same(128)],
  ['l3a', down(256)], ['l3b', same(256)], ['l4a', down(512)], ['l4b', same(512)], globalAvgPool, ['fc', linear(1000)]))
const r = resnet18.init(key(0))
is<[512, 256, 3, 3]>()(r.params.l4a.res.body.conv1.weight.shape)
is<[512]>()(r.state.l4a.res.shortcut.bn.mean.shape)
is<C<[B, 1000]>>()(resnet18.apply(r.params, r.state, on('cpu', [B, 3, 224, 224])))
const [, next] = resnet18.train(r.params, r.state, on('cpu', [B, 3, 224, 224]))
is<C<[64]>>()(next.bn.var)
// @ts-expect-error bias: false leaves no bias
r.params.l1a.res.body.conv1.bias

const words = model([16], sequential(['embed', embedding(1000, 64)], ['norm', layerNorm], ['out', linear(1000, { bias: false })]))
const w = words.init(key(0))
is<C<[B, 16, 1000]>>()(words.apply(w.params, w.state, on('cpu', [B, 16], 'i32')))
is<{ embed: { weight: C<[1000, 64]> }; norm: { weight: C<[64]>; bias: C<[64]> }; out: { weight: C<[1000, 64]> } }>()(
  null! as t.ParamsOf<typeof words>)
