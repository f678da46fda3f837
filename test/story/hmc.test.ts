/** 1,000 chains of Hamiltonian Monte Carlo find the mean and the covariance of their target. */
import { expect, it } from 'vitest'
import { key, random, session, zeros } from '../../lib/index.js'
import { COVARIANCE, MEAN, sampler } from '../bench/hmc.js'

it('1,000 chains by vmap inside a scan have the moments of the target', () => {
  const { read } = session()
  const [chains, steps, burn] = [1000, 60, 20] as const
  const xs = read.sync(sampler<typeof chains, typeof steps>(chains)(zeros([chains, 2]), random.bits(key(7), [steps, 2])))
  const drawn = Array.from({ length: (steps - burn) * chains }, (_, i) => [xs[2 * (burn * chains + i)], xs[2 * (burn * chains + i) + 1]] as [number, number])
  const mean = [0, 1].map((d) => drawn.reduce((s, x) => s + (x[d] as number), 0) / drawn.length)
  const cov = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([i, j]) => drawn.reduce((s, x) => s + ((x[i as 0] as number) - (mean[i as 0] as number)) * ((x[j as 0] as number) - (mean[j as 0] as number)), 0) / drawn.length)
  // 40,000 draws of chains that hardly remember: a standard error of about 0.01
  MEAN.forEach((m, d) => expect(Math.abs((mean[d] as number) - m)).toBeLessThan(0.05))
  COVARIANCE.forEach((c, i) => expect(Math.abs((cov[i] as number) - c)).toBeLessThan(0.08))
})
