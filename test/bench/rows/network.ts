/** ResNet-18 and a transformer: steps, inference, the first call, memory. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { slice, toGraph } from '../../../lib/index.js'
import { stored } from '../peer.js'
import type { Payload, PeerName } from '../peer.js'
import * as resnet18 from '../resnet18.js'
import type { Bound, Case, Ready, Small } from '../row.js'
import { session } from '../session.js'
import { arithmetic, expectClose, perCall, sampled, trainingCase, firstSteps, weightsOf } from '../training.js'
import * as transformer from '../transformer.js'

const atMost = (most: number): Bound => ({ of: 'ratio', most })
const given = (params: unknown, { x, y }: ReturnType<typeof resnet18.images<8>> | ReturnType<typeof transformer.text>): Payload =>
  ({ weights: weightsOf(params), x: stored(session.read.sync(x), x.shape), y: stored(session.read.sync(y), y.shape) })
const makers = {
  resnet18: () => {
    const start = resnet18.first(), data = resnet18.images(8)
    return { advance: resnet18.steps(start, data), payload: given(start.params, data), flops: () => arithmetic(toGraph(resnet18.stepOf())(start, data.x, data.y)) }
  },
  transformer: () => {
    const start = transformer.first(), data = transformer.text()
    return { advance: transformer.steps(start, data), payload: given(start.params, data), flops: () => arithmetic(toGraph(transformer.stepOf())(start, data.x, data.y)) }
  },
}
type Name = keyof typeof makers
const stepNames = { resnet18: 'resnet18_step_b8_224', transformer: 'transformer_step_4x256_t128_b8' } as const
const step = (of: Name, checkedSteps: number, count: number, names: readonly PeerName[]): Ready => {
  const { advance, payload, flops } = makers[of]()
  return trainingCase({ advance, payload, flops: flops(), checkedSteps, count, names, as: stepNames[of] })
}
const inferenceName = 'resnet18_infer_b1_224'
const inference = (names: readonly PeerName[]): Ready => {
  const start = resnet18.first(), { x } = resnet18.images(1), f = resnet18.inference(start)
  const own = sampled(session.read.sync(f(x))), count = 5
  const measure = (): number => perCall(count, () => f(x))
  measure()
  const payload = { weights: weightsOf(start.params), x: stored(session.read.sync(x), x.shape), count }
  const flops = arithmetic(toGraph(resnet18.forward)(start.params, start.stats, x))
  return { measure, flops, peers: { names, as: inferenceName, payload, expect: expectClose('sample', own, 1e-3) } }
}
const inFresh = (of: Name | 'plan'): { readonly plan: number; readonly first: number; readonly megabytes: number } =>
  JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, '../fresh.js'), of], { encoding: 'utf8' }))
const nothing = (): void => undefined
/** Ours from the function to its plan and code, the peer's from the function to its compiled form: neither runs. */
const firstCall = (): Ready => ({
  measure: () => inFresh('plan').plan,
  peers: { names: ['jax'], payload: makers.resnet18().payload, expect: nothing },
})
/** What a step costs that is the first of its process, beside the ones after it: memory is made too. */
const firstStep = (): Ready => ({
  measure: () => inFresh('resnet18').first,
  peers: { names: ['torch', 'jax'], payload: { ...makers.resnet18().payload, count: 1 }, expect: nothing },
})
const peak = (of: Name): Ready => ({
  measure: () => inFresh(of).megabytes,
  peers: { names: ['torch'], payload: { ...makers[of]().payload, warm: 4, count: 1 }, expect: nothing },
})
const TOKENS = 8 as 128
/** Four pictures of 32 x 32, a text of 8 tokens; types are those of the large ones. */
const small: Readonly<Record<Name | 'inference', Small>> = {
  resnet18: {
    inputs: () => {
      const { x, y } = resnet18.images(4, 32 as 224)
      return { state: resnet18.first(), data: [x, y] }
    },
    f: firstSteps(1, resnet18.plainStep(resnet18.tiny)), tolerance: 1e-3,
  },
  inference: {
    inputs: () => ({ start: resnet18.first(), x: resnet18.images(1, 32 as 224).x }),
    f: ({ start, x }: { readonly start: ReturnType<typeof resnet18.first>; readonly x: ReturnType<typeof resnet18.images<1>>['x'] }) => resnet18.tiny.apply(start.params, start.stats, x),
    tolerance: 1e-3,
  },
  transformer: {
    inputs: () => {
      const { x, y } = transformer.text()
      return { state: transformer.first(TOKENS), data: [slice(x, [[0, 1], [0, TOKENS]]), slice(y, [[0, 1], [0, TOKENS]])] }
    },
    f: firstSteps(1, transformer.plainStep(transformer.layersOf(TOKENS))), tolerance: 1e-3,
  },
}
export const cases: readonly Case[] = [
  { name: stepNames.resnet18, unit: 'ms', bound: atMost(0.6), rounds: 5, prepare: () => step('resnet18', 3, 1, ['torch', 'jax']), small: small.resnet18 },
  { name: inferenceName, unit: 'ms', bound: atMost(0.55), rounds: 7, prepare: () => inference(['torch']), small: small.inference },
  { name: stepNames.transformer, unit: 'ms', bound: atMost(0.8), rounds: 7, prepare: () => step('transformer', 3, 2, ['torch', 'torchCompile', 'jax']), small: small.transformer },
  // jax-js has every operation of ResNet-18, but takes ten seconds for an image and minutes for a step.
  { name: `js_${stepNames.resnet18}`, unit: 'ms', bound: atMost(0.15), rounds: 3, prepare: () => step('resnet18', 3, 1, ['tfjs']), small: small.resnet18 },
  { name: `js_${inferenceName}`, unit: 'ms', bound: atMost(0.15), rounds: 5, prepare: () => inference(['tfjs']), small: small.inference },
  { name: `js_${stepNames.transformer}`, unit: 'ms', bound: atMost(0.15), rounds: 3, prepare: () => step('transformer', 3, 2, ['jaxjs', 'tfjs']), small: small.transformer },
  { name: 'first_call_resnet18_step', unit: 'ms', bound: atMost(0.06), rounds: 5, prepare: firstCall },
  { name: 'first_step_resnet18', unit: 'ms', bound: null, rounds: 5, prepare: firstStep },
  { name: 'peak_rss_resnet18_step', unit: 'MB', bound: atMost(0.7), rounds: 5, prepare: () => peak('resnet18') },
  { name: 'peak_rss_transformer_step', unit: 'MB', bound: atMost(0.7), rounds: 5, prepare: () => peak('transformer') },
]
