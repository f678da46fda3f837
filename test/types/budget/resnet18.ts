/** ResNet-18 at 3x224x224: bound, initialised, applied, trained. */
import type {
  ActivationLayer, BatchNormL, ConvLayer, GlobalPoolL, Layer, LinearLayer, ModelOf, PoolLayer, ResidualLayer, SequentialLayer,
} from '../../../lib/type/index.js'
import { key, on, relu as reluOp } from '../good/declared.js'

declare const linear: LinearLayer, conv: ConvLayer, maxPool: PoolLayer, activation: ActivationLayer, residual: ResidualLayer
declare const sequential: SequentialLayer, model: ModelOf, batchNorm: Layer<BatchNormL>, globalAvgPool: Layer<GlobalPoolL>
const relu = activation(reluOp)
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
const { params, state } = resnet18.init(key(0))
export const y: readonly [8, 1000] = resnet18.apply(params, state, on('cpu', [8, 3, 224, 224])).shape
export const [z, next] = resnet18.train(params, state, on('cpu', [8, 3, 224, 224]), { key: key(1) })
export const mean: readonly [512] = next.l4a.res.shortcut.bn.mean.shape
