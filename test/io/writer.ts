/**
 * A child process of checkpoint.test.ts: saves checkpoints 1, 2, 3, … to argv[2] without end, each tensor element
 * holding its step, and prints each step once it is saved. With argv[3] the tensors have that many elements.
 */
import { hostTensor } from '../../lib/io/host.js'
import { manifest, saveCheckpoint } from '../../lib/io/checkpoint.js'

const path = process.argv[2] ?? ''
const size = Number(process.argv[3] ?? 100_000)
for (let step = Number(process.argv[4] ?? 1); ; step++) {
  const tensors = {
    w: hostTensor('f32', [size], new Float32Array(size).fill(step)),
    step: hostTensor('i32', [], Int32Array.of(step)),
  }
  try {
    await saveCheckpoint(path, { tensors, manifest: manifest({ step, key: [0, step] }) })
  } catch (e) {
    process.stdout.write(`failed: ${(e as Error).message}\n`)
    process.exit(3)
  }
  process.stdout.write(`${step}\n`)
}
