/** The same answers by plain JavaScript, without the library: what a server with such workers keeps its event loop waiting. */
import { parentPort } from 'node:worker_threads'

const rows = 32
parentPort?.on('message', ({ id, batch }: { readonly id: number; readonly batch: Float32Array }) => {
  const total = Float32Array.from({ length: rows }, (_, i) => batch.subarray(i * 16, (i + 1) * 16).reduce((a, b) => a + b, 0))
  parentPort?.postMessage({ id, y: new Float32Array(rows * 4), total })
})
