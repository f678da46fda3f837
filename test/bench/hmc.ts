/** Hamiltonian Monte Carlo: 1,000 chains by vmap inside a scan, eight leapfrog steps each, on a correlated normal in two dimensions. */
import { add, div, forLoop, grad, jit, log, matmul, minimum, mul, random, scan, sub, sum, tensor, vmap, where, lt } from '../../lib/index.js'
import type { Device, Tensor } from '../../lib/index.js'

type Point = Tensor<[2], 'f32'>
type Key = Tensor<[2], 'u32', Device>
export const MEAN = [1, -2] as const
/** The covariance [[1, 0.6], [0.6, 2]] and its inverse. */
export const COVARIANCE = [1, 0.6, 0.6, 2] as const
const determinant = 1 * 2 - 0.6 * 0.6
const precision = () => tensor([[2 / determinant, -0.6 / determinant], [-0.6 / determinant, 1 / determinant]])
const potential = (x: Point): Tensor<[], 'f32'> => {
  const d = sub(x, tensor(MEAN))
  return div(sum(mul(d, matmul(precision(), d))), 2)
}
const [STEPS, SIZE] = [8, 0.2] as const
const energy = (x: Point, p: Point): Tensor<[], 'f32'> => add(potential(x), div(sum(mul(p, p)), 2))
/** One proposal of one chain, accepted or not. */
const step = (x: Point, noise: Point, u: Tensor<[], 'f32'>): Point => {
  const kick = (q: Point, p: Point, by: number): Point => sub(p, mul(grad(potential)(q), by))
  const leap = (_i: unknown, [q, p]: readonly [Point, Point]): readonly [Point, Point] => {
    const half = kick(q, p, SIZE / 2)
    const next = add(q, mul(half, SIZE))
    return [next, kick(next, half, SIZE / 2)]
  }
  const [q, p] = forLoop(0, STEPS, leap, [x, noise] as const)
  return where(lt(log(u), minimum(sub(energy(x, noise), energy(q, p)), 0)), q, x)
}
/** (starts [n, 2], one key a step) => where every chain was after each step. Nothing has traced it yet. */
export const sampler = <N extends number, T extends number>(n: N) =>
  jit((starts: Tensor<[N, 2], 'f32'>, keys: Tensor<[T, 2], 'u32'>) =>
    scan((xs, key: Key) => {
      const [a, b] = random.split(key)
      const next = vmap(step)(xs, random.normal(a, [n, 2]), random.uniform(b, [n]))
      return [next, next] as const
    }, starts, keys)[1])
