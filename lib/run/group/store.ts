/**
 * A few words that all processes of a job share: the first one keeps them, the others ask it over TCP. For finding each
 * other, for who is where when something is late, and for what must be agreed on; a tensor never goes through it.
 */
import { randomBytes } from 'node:crypto'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Fault } from '../../type/fault.js'

export interface Store {
  readonly set: (key: string, value: string) => Promise<void>
  /** null: nobody has set it. */
  readonly get: (key: string) => Promise<string | null>
  /** As soon as somebody has set it. */
  readonly wait: (key: string) => Promise<string>
  /** Adds to a number, which begins at 0, and gives what it is then. */
  readonly add: (key: string, n: number) => Promise<number>
  readonly close: () => void
}
type Verb = 'set' | 'get' | 'wait' | 'add'
interface Question { readonly id: number; readonly token: string; readonly verb: Verb; readonly key: string; readonly value?: string }
interface Answer { readonly id: number; readonly value: string | null }
/** Where the keeper is, in as many words as fit a line that all processes exchange. */
export interface Place { readonly port: number; readonly token: string; readonly hosts: readonly string[] }

const LONGEST = 1 << 20
/** What lines say, one after the other; who sends anything else is let go. */
export const lines = <A>(s: Socket, read: (line: string) => A, each: (x: A) => void): void => {
  let rest = ''
  s.setEncoding('utf8').on('data', (text) => {
    const all = (rest + String(text)).split('\n')
    rest = all.pop() ?? ''
    try {
      if (rest.length > LONGEST) throw new Error('too long')
      for (const line of all) each(read(line))
    } catch {
      s.destroy()
    }
  })
}
class Kept {
  private readonly values = new Map<string, string>()
  private readonly waiting = new Map<string, ((value: string) => void)[]>()
  set(key: string, value: string): void {
    this.values.set(key, value)
    for (const tell of this.waiting.get(key) ?? []) tell(value)
    this.waiting.delete(key)
  }
  answer(q: Question, tell: (value: string | null) => void): void {
    const now = this.values.get(q.key)
    if (q.verb === 'set') this.set(q.key, q.value ?? '')
    if (q.verb === 'add') this.set(q.key, String(Number(now ?? 0) + Number(q.value)))
    if (q.verb !== 'wait') return tell(q.verb === 'get' ? (now ?? null) : (this.values.get(q.key) as string))
    if (now !== undefined) return tell(now)
    this.waiting.set(q.key, [...(this.waiting.get(q.key) ?? []), tell])
  }
}
const addresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter((a) => a.family === 'IPv4').map((a) => a.address)).sort((a, b) => Number(a.startsWith('127.')) - Number(b.startsWith('127.')))

/** Keeps the words of a job. */
export const keep = async (): Promise<{ readonly place: Place; readonly close: () => void }> => {
  const kept = new Kept(), token = randomBytes(16).toString('hex'), sockets = new Set<Socket>()
  const server: Server = createServer((s) => {
    sockets.add(s)
    s.unref().on('error', () => s.destroy()).on('close', () => sockets.delete(s))
    lines(s, (line) => JSON.parse(line) as Question, (q) => {
      if (q.token !== token) return void s.destroy()
      kept.answer(q, (value) => void s.write(`${JSON.stringify({ id: q.id, value } satisfies Answer)}\n`))
    })
  })
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '0.0.0.0', done))
  server.unref()
  const { port } = server.address() as { readonly port: number }
  const close = (): void => {
    for (const s of sockets) s.destroy()
    server.close()
  }
  return { place: { port, token, hosts: addresses() }, close }
}
const PATIENCE = 3000
const reach = (host: string, port: number): Promise<Socket> =>
  new Promise((done, failed) => {
    const s = connect({ host, port, timeout: PATIENCE })
    s.once('connect', () => done(s.setTimeout(0))).once('timeout', () => s.destroy(new Error('no answer'))).once('error', failed)
  })
const anyOf = async ({ hosts, port }: Place): Promise<Socket> => {
  for (const host of hosts) {
    const s = await reach(host, port).catch(() => null)
    if (s !== null) return s.setNoDelay(true)
  }
  throw new Fault('DeviceUnavailable', `the first process of the job cannot be reached at ${hosts.join(', ')}, port ${port}: open that way between the machines`)
}
/** Asks the keeper. A question keeps this process alive until it is answered. */
export const ask = async (place: Place): Promise<Store> => {
  const socket = await anyOf(place), open = new Map<number, { readonly tell: (value: string | null) => void; readonly failed: (e: Error) => void }>()
  let asked = 0
  lines(socket, (line) => JSON.parse(line) as Answer, ({ id, value }) => {
    open.get(id)?.tell(value)
    open.delete(id)
    if (open.size === 0) socket.unref()
  })
  socket.unref().on('error', () => undefined).on('close', () => {
    for (const { failed } of open.values()) failed(new Fault('DeviceUnavailable', 'the first process of the job is gone'))
    open.clear()
  })
  const question = (verb: Verb, key: string, value?: string): Promise<string | null> => new Promise((tell, failed) => {
    if (socket.destroyed) return failed(new Fault('DeviceUnavailable', 'the first process of the job is gone'))
    const q: Question = { id: ++asked, token: place.token, verb, key, ...(value === undefined ? {} : { value }) }
    open.set(q.id, { tell, failed })
    socket.ref()
    socket.write(`${JSON.stringify(q)}\n`)
  })
  return {
    set: async (key, value) => void (await question('set', key, value)),
    get: (key) => question('get', key),
    wait: async (key) => (await question('wait', key)) as string,
    add: async (key, n) => Number(await question('add', key, String(n))),
    close: () => void socket.destroy(),
  }
}
