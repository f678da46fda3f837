/** What a second thread gains, and what a machine that is busy elsewhere costs. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { jit, key, nn, random } from '../../../lib/index.js'
import type { Tensor } from '../../../lib/index.js'
import type { Case, Ready, Row } from '../row.js'
import { session } from '../session.js'

/** The figure of another row, measured in a process of its own. */
const figureOf = (name: string, threads: number): number => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-bench-')), file = join(folder, 'rows.json')
  try {
    execFileSync(process.execPath, [join(import.meta.dirname, '../main.js'), '--only', `^${name}$`, '--json', file], { env: { ...process.env, COTANGENT_THREADS: String(threads) }, stdio: 'ignore' })
    const { rows: [row] } = JSON.parse(readFileSync(file, 'utf8')) as { readonly rows: readonly Row[] }
    return row?.ours ?? NaN
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
const scaling = (name: string): Case => ({
  name: `scaling_${name}`, unit: 'x', bound: { of: 'least', most: 1.7 }, rounds: 3,
  prepare: () => (availableParallelism() < 2 ? 'there is one core' : { measure: () => figureOf(name, 1) / figureOf(name, 2) }),
})

const percentile = (times: readonly number[], p: number): number => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * p))] ?? NaN
const net = nn.model([784], nn.sequential(['fc1', nn.linear(512)], nn.relu, ['fc2', nn.linear(512)], nn.relu, ['fc3', nn.linear(10)]))
const forward = () => {
  const { params, x } = session.run.sync({ params: net.init(key(0)).params, x: random.normal(key(7), [32, 784]) })
  const f = jit((p: typeof params, images: Tensor<[32, 784], 'f32'>) => net.apply(p, {}, images))
  return () => session.run(f(params, x))
}
const spinning = (n: number): (() => void) => {
  const children = Array.from({ length: n }, () => spawn(process.execPath, ['-e', 'const end = Date.now() + 60000; while (Date.now() < end);'], { stdio: 'ignore' }))
  return () => children.forEach((c) => c.kill('SIGKILL'))
}
const busy = (): Ready => {
  const infer = forward()
  return {
    measure: async () => {
      const stop = spinning(2)
      try {
        const times: number[] = []
        for (let i = 0; i < 500; i++) {
          const began = performance.now()
          await infer()
          times.push(performance.now() - began)
        }
        return percentile(times, 0.99)
      } finally {
        stop()
      }
    },
  }
}
const REQUESTS = 300
/** From the moment a request arrives, one every 10 ms, to its answer. */
const served = (): Ready => {
  const infer = forward()
  const answer = async (i: number, start: number): Promise<number> => {
    const due = start + i * 10
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    await infer()
    return performance.now() - due
  }
  return {
    measure: async () => {
      const start = performance.now()
      return percentile(await Promise.all(Array.from({ length: REQUESTS }, (_, i) => answer(i, start))), 0.99)
    },
  }
}
export const cases: readonly Case[] = [
  scaling('matmul_1024'), scaling('conv3x3_fwd'), scaling('resnet18_step_b8_224'),
  { name: 'infer_p99_beside_two_spinning', unit: 'ms', bound: null, rounds: 3, prepare: busy },
  { name: 'infer_p99_at_100_requests', unit: 'ms', bound: null, rounds: 3, prepare: served },
]
