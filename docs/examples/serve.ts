/**
 * A model over HTTP. Requests that arrive within two milliseconds are answered by one run (micro-batching); a batch is
 * filled up to 16 rows, so that one compiled program serves all of them. Running is asynchronous and leaves the event loop
 * free. This program serves 100 requests of its own and ends; `--listen` keeps it up.
 *
 *   curl -s -d '[0.1, 0.2, 0.3]' localhost:8080
 */
import { createServer } from 'node:http'
import { isRight } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { isFault, jit, key, nn, session, softmax, tensor } from 'cotangent'
import type { ParamsOf, Tensor } from 'cotangent'

const ROWS = 16, FEATURES = 3, CLASSES = 4
const { run, read } = session()
const net = nn.model([FEATURES], nn.sequential(['fc1', nn.linear(32)], nn.relu, ['fc2', nn.linear(CLASSES)]))
const { params } = await run(net.init(key(0))) // or loadWeights(path, params)
const infer = jit((p: ParamsOf<typeof net>, x: Tensor<[typeof ROWS, typeof FEATURES], 'f32'>) => softmax(net.apply(p, {}, x)))

interface Waiting { readonly row: readonly number[]; readonly answer: (p: Float32Array) => void; readonly refuse: (e: unknown) => void }
let waiting: Waiting[] = []
let batches = 0
const flush = async (): Promise<void> => {
  const now = waiting.splice(0, ROWS)
  if (now.length === 0) return
  if (waiting.length > 0) void flush()
  batches++
  const x = new Float32Array(ROWS * FEATURES)
  now.forEach(({ row }, i) => x.set(row, i * FEATURES))
  try {
    const y = await read(infer(params, tensor(x, { shape: [ROWS, FEATURES], move: true })))
    now.forEach(({ answer }, i) => answer(y.slice(i * CLASSES, (i + 1) * CLASSES)))
  } catch (e) {
    for (const { refuse } of now) refuse(e)
  }
}
const ask = (row: readonly number[]) => new Promise<Float32Array>((answer, refuse) => {
  waiting.push({ row, answer, refuse })
  if (waiting.length === ROWS) void flush()
  else if (waiting.length === 1) setTimeout(flush, 2)
})

const Row = t.array(t.number)
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += String(part)
  const row = Row.decode(parsed(body))
  if (!isRight(row) || row.right.length !== FEATURES) return void response.writeHead(400).end(`send a JSON array of ${FEATURES} numbers\n`)
  try {
    response.end(`${JSON.stringify(Array.from(await ask(row.right)))}\n`)
  } catch (e) {
    response.writeHead(500).end(isFault(e) ? `${e.message}\n` : 'something went wrong\n')
  }
})
const listen = process.argv.includes('--listen')
await new Promise<void>((ready) => server.listen(listen ? 8080 : 0, ready))
const address = server.address()
const port = typeof address === 'object' && address !== null ? address.port : 8080
console.log(listen ? `listening on ${port}` : 'serving 100 requests')

if (!listen) {
  const post = (body: string) => fetch(`http://localhost:${port}`, { method: 'POST', body })
  const answers = await Promise.all(Array.from({ length: 100 }, async (_, i) => {
    const p = Row.decode(await (await post(JSON.stringify([i / 100, 1, -1]))).json())
    return isRight(p) ? p.right.reduce((a, b) => a + b, 0) : NaN
  }))
  const bad = await post('[1, "two"]')
  console.log(`${answers.filter((s) => Math.abs(s - 1) < 1e-5).length} answers in fewer runs: ${batches < 100}`)
  console.log(`a bad request: ${bad.status} ${(await bad.text()).trim()}`)
  server.close()
  server.closeAllConnections()
}
