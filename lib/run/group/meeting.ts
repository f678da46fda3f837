/**
 * Where processes meet that no launcher of an MPI started (torchrun, or programs begun by hand): the first one answers at an
 * address, in the words in which MPICH asks its process manager who is there, a line each. Only names and places go through
 * it; tensors go from process to process. Each other process keeps a line open, its lifeline: who is gone is missed at once.
 * @source PMI version 1, as MPICH 4.0 speaks it with PMI_PORT and PMI_ID (src/pmi/simple).
 */
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { Fault } from '../../type/fault.js'
import { lines } from './store.js'

export interface Meeting { readonly host: string; readonly port: number; readonly rank: number }
/** What is open between the processes: `lost` hears who is gone, until it is closed. */
export interface Link { lost: (sentence: string) => void; readonly close: () => Promise<void> }

type Words = Readonly<Record<string, string | undefined>>
const wordsOf = (line: string): Words => Object.fromEntries(line.trim().split(' ').map((w) => [w.slice(0, w.indexOf('=')), w.slice(w.indexOf('=') + 1)]))
const MOST_NAMED = 16
const failed = (sentence: string): Fault => new Fault('DeviceUnavailable', `initialize: ${sentence}`)

/** The process manager of one job, as far as MPICH asks for it. */
class Manager implements Link {
  lost: Link['lost'] = () => undefined
  private over = false
  private readonly values = new Map<string, string>()
  private readonly lifelines = new Map<number, Socket>()
  private readonly done = new Set<number>()
  private readonly sockets = new Set<Socket>()
  private waiting: (() => void)[] = []
  private readonly size: number
  private readonly server = createServer((s) => this.accept(s))
  constructor(size: number) {
    this.size = size
  }
  listen({ host, port }: Meeting): Promise<void> {
    return new Promise((done, refused) => {
      this.server.once('error', (e) => refused(failed(`the first process cannot answer at ${host}:${port}: ${e.message}; choose another port`))).listen(port, '0.0.0.0', () => done())
      this.server.unref()
    })
  }
  private accept(s: Socket): void {
    this.sockets.add(s)
    let rank = -1
    s.unref().setNoDelay(true).on('error', () => s.destroy()).on('close', () => this.sockets.delete(s))
    const say = (...said: readonly string[]): void => void s.write(said.map((x) => `cmd=${x}\n`).join(''))
    const answers: Readonly<Record<string, (q: Words) => void>> = {
      cotangent: (q) => this.welcome(Number(q['rank']), Number(q['size']), s, say),
      initack: (q) => {
        rank = Number(q['pmiid'])
        if (rank !== 0 && !this.lifelines.has(rank)) return void s.destroy() // nobody who has come
        say('initack rc=0', `set size=${this.size}`, `set rank=${rank}`, 'set debug=0')
      },
      init: () => say('response_to_init pmi_version=1 pmi_subversion=1 rc=0'),
      get_maxes: () => say('maxes kvsname_max=256 keylen_max=64 vallen_max=1024'),
      get_appnum: () => say('appnum appnum=0'),
      get_my_kvsname: () => say('my_kvsname kvsname=cotangent'),
      get_universe_size: () => say(`universe_size size=${this.size}`),
      put: (q) => {
        this.values.set(q['key'] ?? '', q['value'] ?? '')
        say('put_result rc=0 msg=success')
      },
      get: (q) => {
        const value = this.values.get(q['key'] ?? '')
        say(value === undefined ? 'get_result rc=-1 msg=key_not_found value=unknown' : `get_result rc=0 msg=success value=${value}`)
      },
      barrier_in: () => this.barrier(() => say('barrier_out')),
      finalize: () => {
        this.done.add(rank)
        say('finalize_ack')
        if (this.done.size === this.size) this.ended()
      },
      abort: () => this.miss(rank),
    }
    const strange = (q: Words): boolean => rank < 0 && q['cmd'] !== 'cotangent' && q['cmd'] !== 'initack'
    lines(s, wordsOf, (q) => ((strange(q) ? undefined : answers[q['cmd'] ?? '']) ?? (() => s.destroy()))(q))
  }
  private barrier(out: () => void): void {
    if (this.waiting.push(out) < this.size) return
    const all = this.waiting
    this.waiting = []
    for (const go of all) go()
  }
  /** A process that comes, before its MPI does. */
  private welcome(rank: number, size: number, s: Socket, say: (word: string) => void): void {
    const wrong = size !== this.size ? `it was told of ${size} processes, rank 0 of ${this.size}` : this.lifelines.has(rank) || !(rank > 0 && rank < size) ? `a rank ${rank} is there already` : ''
    if (wrong !== '') return say(`cotangent wrong=${encodeURIComponent(wrong)}`)
    this.lifelines.set(rank, s)
    s.on('close', () => this.miss(rank))
    if (this.lifelines.size === this.size - 1) this.full()
  }
  private full: () => void = () => undefined
  /** As soon as all have come, who are told so: from then on nobody waits for one that never began. */
  all({ host, port }: Meeting, seconds: number): Promise<void> {
    return new Promise((done, refused) => {
      const give = (e: Error): void => {
        void this.close()
        refused(e)
      }
      const late = setTimeout(() => {
        const missing = Array.from({ length: this.size - 1 }, (_, i) => i + 1).filter((r) => !this.lifelines.has(r))
        give(failed(`${missing.length === 1 ? 'rank' : 'ranks'} ${missing.slice(0, MOST_NAMED).join(', ')} of ${this.size} did not come to ${host}:${port} in ${seconds} s`))
      }, seconds * 1000)
      this.lost = (sentence) => give(failed(`${sentence} before all had come to ${host}:${port}`))
      this.full = () => {
        clearTimeout(late)
        this.lost = () => undefined
        for (const s of this.lifelines.values()) s.write('cmd=cotangent wrong=\n')
        done()
      }
    })
  }
  private miss(rank: number): void {
    if (this.over || this.done.has(rank)) return
    this.over = true
    for (const s of this.lifelines.values()) s.write(`cmd=gone rank=${rank}\n`)
    this.lost(`rank ${rank} is gone`)
  }
  private ended: () => void = () => undefined
  /** When every process has said that it ends: until then somebody waits for an answer. */
  readonly close = async (): Promise<void> => {
    this.over = true
    if (this.done.size > 0 && this.done.size < this.size)
      await new Promise<void>((done) => {
        const late = setTimeout(done, MOST_WAITED)
        this.ended = () => {
          clearTimeout(late)
          done()
        }
      })
    for (const s of this.sockets) s.destroySoon()
    this.server.close()
  }
}
const MOST_WAITED = 5000
const pause = (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms))
const BETWEEN_TRIES = 100
const reach = ({ host, port }: Meeting): Promise<Socket | null> =>
  new Promise((done) => {
    const s = connect({ host, port })
    s.once('connect', () => done(s)).once('error', () => done(null))
  })
/** The first process may begin later. */
const reached = async (m: Meeting, seconds: number): Promise<Socket> => {
  for (const began = Date.now(); Date.now() - began < seconds * 1000; await pause(BETWEEN_TRIES)) {
    const s = await reach(m)
    if (s !== null) return s
  }
  throw failed(`rank ${m.rank} found nobody at ${m.host}:${m.port} in ${seconds} s: rank 0 must run there, and that port be open to the others`)
}
const lifeline = async (m: Meeting, size: number, seconds: number): Promise<Link> => {
  const s = await reached(m, seconds)
  let over = false
  const link: Link = {
    lost: () => undefined,
    close: async () => {
      over = true
      s.destroySoon()
    },
  }
  const gone = (who: string): void => {
    if (!over) link.lost(`rank ${who} is gone`)
    over = true
  }
  const wrong = await new Promise<string>((told) => {
    lines(s.on('error', () => s.destroy()), wordsOf, (q) => {
      if (q['cmd'] === 'gone') gone(q['rank'] ?? '?')
      else told(q['cmd'] === 'cotangent' ? decodeURIComponent(q['wrong'] ?? '') : 'whoever answers there is no process of this library')
    })
    s.on('close', () => {
      told('it waits no longer')
      gone('0')
    }).write(`cmd=cotangent rank=${m.rank} size=${size}\n`)
  })
  s.unref()
  if (wrong !== '') throw failed(`rank ${m.rank} was refused by rank 0 at ${m.host}:${m.port}: ${wrong}`)
  return link
}
/** Opens the place where they meet, or comes to it; MPICH, when it is loaded, finds the place in the environment. */
export const meet = async (m: Meeting, size: number, seconds: number): Promise<Link> => {
  const manager = m.rank === 0 ? new Manager(size) : null
  await manager?.listen(m)
  await manager?.all(m, seconds)
  const link = manager ?? (await lifeline(m, size, seconds))
  process.env['PMI_PORT'] = `${m.rank === 0 ? '127.0.0.1' : m.host}:${m.port}`
  process.env['PMI_ID'] = String(m.rank)
  return link
}
