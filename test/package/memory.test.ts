/**
 * Memory of a loop that never pauses and disposes of nothing: the demo's training step at batch 4, 10,000 times in one
 * synchronous loop, keeps its resident size within 10 % of what it was after the first 1,000. COTANGENT_SLOW=1 runs
 * 100,000 steps on Node 20, 22 and 24. The loop is a process of its own, so that nothing else is measured.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAddon, nodes, root, slow } from './consumer.js'

const steps = slow ? 100_000 : 10_000
const program = `
import { jit, key, loss, nn, optim, random, session, tensor, valueAndGrad } from ${JSON.stringify(join(root, 'dist/lib/index.js'))}
const { run, item } = session()
const net = nn.model([1, 32, 32], nn.sequential(
  ['conv1', nn.conv(6, 3)], nn.relu, nn.maxPool(2), ['conv2', nn.conv(16, 3)], nn.relu, nn.maxPool(2), nn.flatten,
  ['fc1', nn.linear(120)], nn.relu, ['fc2', nn.linear(84)], nn.relu, ['fc3', nn.linear(10)]))
const optimizer = optim.sgd(1e-4, { momentum: 0.9 })
const { params } = net.init(key(0))
let state = run.sync({ params, optimizer: optimizer.init(params) })
const { x, y } = run.sync({ x: random.normal(key(7), [4, 1, 32, 32]), y: tensor(Int32Array.of(0, 7, 4, 1), { shape: [4] }) })
const step = jit((s, x, y) => {
  const [value, grads] = valueAndGrad((p) => loss.crossEntropy(net.apply(p, {}, x), y))(s.params)
  const [params, next] = optimizer.update(grads, s.optimizer, s.params)
  return { state: { params, optimizer: next }, value }
})
const sizes = []
let value = NaN
for (let i = 1; i <= ${steps}; i++) {
  const next = run.sync(step(state, x, y))
  state = next.state
  if (i % 500 === 0) value = item.sync(next.value)
  if (i >= 1000 && i % 500 === 0) sizes.push(process.memoryUsage.rss())
}
console.log(JSON.stringify({ sizes, value }))
`
let folder = ''
beforeAll(() => {
  spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' })
  folder = mkdtempSync(join(tmpdir(), 'cotangent-memory-'))
  writeFileSync(join(folder, 'loop.mjs'), program)
}, 60_000)
afterAll(() => {
  if (existsSync(folder)) rmSync(folder, { recursive: true })
})
if (!hasAddon) console.log('skipped: the memory loop (the native addon is not built)')

describe.skipIf(!hasAddon).each(nodes())('%s', (_, node) => {
  test(`${steps} steps in one synchronous loop: resident size flat within 10 % after the first 1,000`, () => {
    const began = performance.now()
    const r = spawnSync(node, [join(folder, 'loop.mjs')], { encoding: 'utf8', timeout: 600_000 })
    expect(r.stderr).toBe('')
    const { sizes, value } = JSON.parse(r.stdout) as { sizes: number[]; value: number }
    const [first = NaN] = sizes
    const largest = Math.max(...sizes)
    const mebibytes = (x: number): string => (x / 2 ** 20).toFixed(0)
    console.log(`${steps} steps: ${mebibytes(first)} MiB after 1,000, at most ${mebibytes(largest)}, at the end ${mebibytes(sizes.at(-1) ?? NaN)}; ${(performance.now() - began).toFixed(0)} ms; loss ${value}`)
    expect(Number.isFinite(value)).toBe(true)
    expect(largest).toBeLessThanOrEqual(first * 1.1)
  }, 620_000)
})
