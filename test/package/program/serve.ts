/**
 * `infer` behind node:http: requests that arrive within two milliseconds share a batch, batches alternate between two
 * worker threads (with 'plain' of plain JavaScript). On "report" from the parent it sends the event-loop delay and ends.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'

interface Waiting { readonly row: readonly number[]; readonly response: ServerResponse }
interface Answer { readonly id: number; readonly y: Float32Array; readonly total: Float32Array }
const rows = 32
const width = 16
const outputs = 4
const workers = [0, 1].map(() => new Worker(new URL(process.argv[2] === 'plain' ? './plain.js' : './worker.js', import.meta.url)))
const inFlight = new Map<number, readonly Waiting[]>()
let queue: Waiting[] = []
let timer: NodeJS.Timeout | null = null
let sent = 0

const flush = (): void => {
  timer = null
  while (queue.length > 0) {
    const taken = queue.slice(0, rows)
    queue = queue.slice(rows)
    const batch = new Float32Array(rows * width)
    taken.forEach((w, i) => batch.set(w.row, i * width))
    inFlight.set(sent, taken)
    workers[sent % workers.length]?.postMessage({ id: sent, batch })
    sent += 1
  }
}
const answer = ({ id, y, total }: Answer): void => {
  const taken = inFlight.get(id) ?? []
  inFlight.delete(id)
  taken.forEach((w, i) => w.response.end(JSON.stringify({ y: Array.from(y.subarray(i * outputs, (i + 1) * outputs)), total: total[i] })))
}
const accept = (request: IncomingMessage, response: ServerResponse): void => {
  const seed = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('seed'))
  queue.push({ row: Array.from({ length: width }, (_, i) => Math.sin(seed + i)), response })
  if (queue.length >= rows) flush()
  else timer ??= setTimeout(flush, 2)
}
for (const w of workers) w.on('message', answer)
const server = createServer(accept).listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
const delay = monitorEventLoopDelay({ resolution: 1 })
process.on('message', (word) => {
  if (word === 'start') {
    delay.reset()
    delay.enable()
  }
  if (word === 'report') {
    delay.disable()
    process.send?.({ p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, batches: sent })
    setImmediate(() => process.exit(0))
  }
})
