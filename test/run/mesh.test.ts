/** Sharded tensors: their mesh is their device, it stays through runs, and nothing else goes with them. */
import { expect, it } from 'vitest'
import { add, allGather, axis, axisIndex, cond, customVjp, grad, gt, isFault, jit, lt, matmul, mesh, mul, pmap, pmean, psum, remat, replicate, scan, session, shard, square, sub, sum, tensor, unshard, vmap, whileLoop, zeros } from '../../lib/index.js'
import type { Scalar, Tensor } from '../../lib/index.js'
import type { Node } from '../../lib/ir/node.js'
import type { Backend } from '../../lib/run/index.js'
import { backends, hosts } from '../tensor/value.js'

const { run, read } = session()
const dp = axis('dp', 2), two = mesh(dp)
type M = typeof two.device
const deviceOf = (x: unknown): string | undefined => (x as Node).device
const sentence = async (f: () => unknown): Promise<string> => {
  try {
    await f()
  } catch (e) {
    return isFault(e) ? `${e._tag}: ${e.message}` : String(e)
  }
  return 'no fault'
}
it('a shard has its mesh for a device, before and after a run, and comes back', async () => {
  const x = shard({ a: tensor([[1, 2], [3, 4]]), b: [tensor([5, 6])] }, two)
  const y = await run(pmap((t: { a: Tensor<[2], 'f32', M>; b: Scalar<'f32', M>[] }) => add(t.a, psum(t.b[0] as Scalar<'f32', M>, dp)), { axis: dp })(x))
  expect([deviceOf(x.a), deviceOf(y), deviceOf(unshard(y))]).toEqual(['mesh(dp=2,cpu)', 'mesh(dp=2,cpu)', 'cpu'])
  expect([...await read(unshard(y))]).toEqual([12, 13, 14, 15])
})
it('sharded with plain, other shapes, and what has no value are refused by a sentence', async () => {
  const x = shard(tensor([1, 2]), two)
  const plain = await run(tensor([1, 2]))
  expect(await sentence(() => add(x, plain as never))).toBe('DeviceMismatch: add: operands are on different devices (mesh(dp=2,cpu) and cpu): transfer one of them')
  expect(await sentence(() => pmap((v: Scalar<'f32', M>) => sum(mul(v, plain as never)), { axis: dp })(x))).toContain('DeviceMismatch')
  expect(await sentence(() => shard(tensor([1, 2, 3]) as never, two))).toBe("ShapeMismatch: shard: f32[3] has no row for each of the 2 devices of 'dp': reshape it to one row a device, or replicate it")
  expect(await sentence(() => shard(x as never, two))).toContain('is on mesh(dp=2,cpu): unshard it first')
  expect(await sentence(() => shard(add(plain, 1), two))).toBe('OpenGraph: shard: this f32[2] has no value yet: run it first, or shard what it is computed from')
  expect(await sentence(() => pmap((v: Scalar) => psum(v, dp), { axis: dp })(tensor([1, 2, 3]) as never))).toBe('ShapeMismatch: pmap: axis 0 of [3] is mapped over dp, which has 2 devices; they must agree')
  expect(await sentence(() => pmap((v: Scalar) => v, {} as never))).toContain('pmap needs the axis')
  expect(await sentence(() => read(psum(plain, dp)))).toBe("OpenGraph: nothing binds axis 'dp' here: run what uses it inside vmap(f, { axis }) or pmap(f, { axis }) with this same axis")
  expect(await sentence(() => read(vmap((v: Scalar) => psum(v, dp), { axis: axis('dp', 2) })(tensor([1, 2]))))).toContain("nothing binds axis 'dp'")
  expect(await sentence(() => axis('dp', 0))).toBe("InvalidArgument: axis 'dp': the size must be a positive integer, not 0")
})
it('copies: what is consumed elsewhere stays', async () => {
  const plain = await run(add(tensor(new Float32Array(1024)), 1))
  const x = replicate(plain, two)
  await run(add(plain, 1), { consume: plain })
  expect((await read(x))[1023]).toBe(2 - 1)
})
it('in pmap, grad is of the sum over the devices; data-parallel code takes pmean of the local gradient', async () => {
  const xs = tensor([[1, 2], [3, 5]]), w = tensor([1, -1])
  type R = Tensor<[2], 'f32'>
  const local = (v: R, x: R) => square(sum(mul(v, x)))
  const whole = (v: R) => mul(sum(vmap((x: R) => local(v, x))(xs)), 0.5)
  const parallel = pmap((v: R, x: R) => pmean(grad(local)(v, x), dp), { axis: dp, inAxes: [null, 0], outAxes: null })(w, xs)
  expect([...await read(parallel)]).toEqual([...await read(grad(whole)(w))])
  // the trap: a sum over devices inside is counted on every device
  const trap = pmap((v: R, x: R) => pmean(grad((u: R) => psum(local(u, x), dp))(v), dp), { axis: dp, inAxes: [null, 0], outAxes: null })(w, xs)
  expect([...await read(trap)]).toEqual([...await read(mul(grad(whole)(w), 2))])
})
it('composes with jit, remat, custom rules, cond and scan', async () => {
  type S = Scalar<'f32'>
  const own = customVjp((x: S) => mul(x, psum(x, dp)), { forward: (x) => [mul(x, psum(x, dp)), x] as const, backward: (x, ct): [S] => [mul(ct, add(x, axisIndex(dp)))] })
  const f = (x: S) => remat((y: S) => {
    const [product, total] = [own(y), psum(y, dp)]
    return cond(gt(axisIndex(dp), 0), () => add(product, y), () => sub(y, total))
  })(x)
  const numbers = tensor([1, 2, 3])
  const steps = (x: S) => scan((c, y) => [add(psum(c, dp), mul(f(y), x)), c], x, numbers)[0]
  const xs = tensor([0.5, -0.25])
  const want = [...await read(vmap(steps, { axis: dp })(xs)), ...await read(vmap(grad(steps), { axis: dp })(xs))]
  for (const g of [(y: Tensor<[2], 'f32'>) => [pmap(steps, { axis: dp })(y), pmap(grad(steps), { axis: dp })(y)] as const])
    for (const h of [g, jit(g)]) expect((await read(h(xs))).flatMap((y) => [...y])).toEqual(want)
})
it('a matrix product over shards, with the same weights on all', async () => {
  const x = shard(tensor([[[1, 2]], [[3, 4]]]), two), w = replicate(tensor([[1], [1]]), two)
  const y = pmap((a: Tensor<[1, 2], 'f32', M>, v: Tensor<[2, 1], 'f32', M>) => matmul(a, v), { axis: dp, inAxes: [0, null] })(x, w)
  expect([...await read(add(y, zeros([1])))]).toEqual([3, 7])
})
it('another axis of the same name is refused by pmap, on which devices would meet by name, and is its own under vmap', async () => {
  const other = axis('dp', 3), x = tensor([[1, 2, 3], [10, 20, 30]])
  const both = (v: Scalar): Scalar => add(psum(v, dp), mul(psum(v, other), 1000)) as Scalar
  expect(await sentence(() => pmap((row: Tensor<[3], 'f32'>) => pmap(both, { axis: other })(row), { axis: dp })(x))).toBe(
    "InvalidArgument: pmap over axis 'dp': the function uses another axis of that name too; give one of them another name")
  const mapped = pmap((row: Tensor<[3], 'f32'>) => vmap(both, { axis: other })(row), { axis: dp })(x)
  for (const [, backend] of backends) expect([...(hosts([mapped as unknown as Node], backend)[0]?.data ?? [])]).toEqual([6011, 6022, 6033, 60011, 60022, 60033])
})
it('devices that do not meet are named, or the branch is', () => {
  const f = (x: Scalar<'f32'>) => cond(gt(axisIndex(dp), 0), () => psum(x, dp), () => mul(x, 2))
  const g = (x: Scalar<'f32'>) => cond(gt(axisIndex(dp), 0), () => psum(x, dp), () => sum(allGather(x, dp)))
  const loop = (x: Scalar<'f32'>) => whileLoop((c) => lt(c, 10), (c: Scalar<'f32'>) => add(psum(c, dp), 1), x)
  const said = (h: typeof f, backend: Backend): string => {
    try {
      hosts([pmap(h, { axis: dp })(tensor([1, 20]))], backend)
    } catch (e) {
      return String(e)
    }
    return 'nothing'
  }
  const order = 'every device must call the same collectives in the same order'
  for (const [name, backend] of backends) {
    const compiled = name === 'native'
    expect(said(f, backend)).toBe(`InvalidArgument: the devices along axis 'dp' do not meet: ${compiled ? 'psum of f32[] stands in a branch that each device decides for itself' : 'device 0 has finished, device 1 calls psum of f32[]'}; ${order}`)
    expect(said(g, backend)).toBe(`InvalidArgument: the devices along axis 'dp' do not meet: ${compiled ? 'psum of f32[] stands in a branch that each device decides for itself' : 'device 0 calls allGather of f32[], device 1 calls psum of f32[]'}; ${order}`)
    expect(said(loop, backend)).toBe(`InvalidArgument: the devices along axis 'dp' do not meet: ${compiled ? 'psum of f32[] stands in a loop that each device decides for itself' : 'device 0 calls psum of f32[], device 1 has finished'}; ${order}`)
  }
})
