/** Processes that no launcher of an MPI started meet at an address, under MPICH, and none waits for one that is gone. */
import { spawn, spawnSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { installed } from '../../lib/run/group/engine.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
beforeAll(() => void spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' }), 120_000)
const free = (): Promise<number> => new Promise((done) => {
  const s = createServer().listen(0, '127.0.0.1', () => {
    const { port } = s.address() as AddressInfo
    s.close(() => done(port))
  })
})
interface Ended { readonly code: number | null; readonly said: string }
/** One process of the job; what it needs to know stands in its environment. A process that `until` does not end is killed then. */
const start = (words: readonly string[], env: Readonly<Record<string, string>>, until?: Promise<unknown>): Promise<Ended> => new Promise((done) => {
  const child = spawn(process.execPath, words, { cwd: root, env: { ...process.env, FORCE_COLOR: '0', COTANGENT_COLLECTIVE_TIMEOUT: '20', ...env } })
  let said = ''
  for (const out of [child.stdout, child.stderr]) out.setEncoding('utf8').on('data', (text: string) => (said += text))
  const kill = setTimeout(() => child.kill('SIGKILL'), 40_000)
  void until?.then(() => setTimeout(() => child.kill('SIGKILL'), 500))
  child.on('close', (code, signal) => {
    clearTimeout(kill)
    done({ code: signal === 'SIGKILL' ? 137 : code, said })
  })
})
const at = (port: number, size: number, rank: number) => ({ COTANGENT_ADDRESS: `127.0.0.1:${port}`, COTANGENT_NUM_PROCESSES: String(size), COTANGENT_PROCESS_ID: String(rank) })
const all = async (size: number, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<readonly Ended[]> => {
  const port = await free()
  return Promise.all(Array.from({ length: size }, (_, rank) => start(words, { ...at(port, size, rank), ...env })))
}
const missing = installed(process.env).includes('mpich') ? '' : ' SKIPPED: the compiler of mpich is missing'
describe.skipIf(missing !== '')(`an address${missing}`, () => {
  it('makes processes the devices of one process', async () => {
    const ended = await all(2, ['test/run/world/law.mjs', '2'])
    expect(ended.map((e) => e.code), ended[0]?.said).toEqual([0, 0])
    expect(ended.map((e) => e.said).join('')).toMatch(/\d+ laws hold over 2 processes/)
  }, 60_000)
  it('is found among the variables of torchrun', async () => {
    const port = String(await free())
    const ended = await Promise.all([0, 1, 2].map((rank) => start(['test/run/world/sum.mjs'], { MASTER_ADDR: '127.0.0.1', MASTER_PORT: port, WORLD_SIZE: '3', RANK: String(rank) })))
    expect(ended).toEqual([0, 1, 2].map((rank) => ({ code: 0, said: `rank ${rank} of 3, ${rank} here: 6\n` })))
  }, 60_000)
  it.each([
    ['throws', 70, /\[cotangent rank 1\/2\] aborting the job: Error: bad data in shard 17/, /\[cotangent rank 0\/2\] aborting the job: rank 1 is gone/],
    ['exits with 0', 70, /rank 1\/2\] aborting the job: process\.exit\(0\) before the end of the job/, /rank 0\/2\] aborting the job: rank 1 is gone/],
    ['is killed', 137, /fault at/, /rank 0\/2\] aborting the job: rank 1 is gone/],
    ['loops for ever', 137, /fault at/, /rank 0\/2\] aborting the job: collective #7 psum of f32\[2\] over 'dp' did not finish in 1 s on rank 0 of 2; rank 1 has not come/],
  ])('a process that %s ends the job', async (fault, code, one, zero) => {
    const port = await free(), words = ['test/run/world/fault.mjs', fault], deadline = { COTANGENT_COLLECTIVE_TIMEOUT: '1' }
    const ends = start(words, { ...at(port, 2, 0), ...deadline })
    const [first, second] = await Promise.all([ends, start(words, { ...at(port, 2, 1), ...deadline }, ends)])
    expect(second.code, second.said).toBe(code)
    expect([70, 71], first.said).toContain(first.code)
    expect(second.said).toMatch(one)
    expect(first.said).toMatch(zero)
    expect(Date.now() - Number(/fault at (\d+)/.exec(second.said)?.[1])).toBeLessThan(fault === 'loops for ever' ? 3500 : 3000) // its deadline of 1 s, 2 s more, and half a second until what loops is killed
  }, 60_000)
  it('the first process that is killed ends the others', async () => {
    const ended = await all(3, ['test/run/world/sum.mjs', 'kill 0'])
    expect(ended.map((e) => e.code)).toEqual([137, 70, 70])
    expect(ended[2]?.said).toContain('[cotangent rank 2/3] aborting the job: rank 0 is gone')
  }, 60_000)
})
describe('who does not come', () => {
  const lone = async (env: Readonly<Record<string, string>>, seconds = '1'): Promise<string> => (await start(['test/run/world/sum.mjs'], { ...env, COTANGENT_JOIN_TIMEOUT: seconds })).said
  it.skipIf(missing !== '')(`is missed by name, and missed at all${missing}`, async () => {
    const port = await free()
    expect(await lone(at(port, 2, 1))).toContain(`initialize: rank 1 found nobody at 127.0.0.1:${port} in 1 s: rank 0 must run there, and that port be open to the others`)
    expect(await lone(at(port, 3, 0))).toContain(`initialize: ranks 1, 2 of 3 did not come to 127.0.0.1:${port} in 1 s`)
    const [zero, one, other, twice] = await Promise.all([lone(at(port, 3, 0), '3'), lone(at(port, 3, 1), '10'), lone(at(port, 4, 2), '10'), lone(at(port, 3, 0), '10')])
    const [kept, taken] = zero.includes('EADDRINUSE') ? [twice, zero] : [zero, twice]
    expect(kept).toContain(`initialize: rank 2 of 3 did not come to 127.0.0.1:${port} in`)
    expect(taken).toContain(`the first process cannot answer at 127.0.0.1:${port}: listen EADDRINUSE`)
    expect(one).toContain(`initialize: rank 1 was refused by rank 0 at 127.0.0.1:${port}: it waits no longer`)
    expect(other).toContain(`rank 2 was refused by rank 0 at 127.0.0.1:${port}: it was told of 4 processes, rank 0 of 3`)
  }, 60_000)
  it.skipIf(missing !== '')(`or somebody else does${missing}`, async () => {
    const port = await free()
    const stranger = createServer((s) => void s.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\n')).listen(port, '127.0.0.1')
    expect(await lone(at(port, 2, 1))).toContain('whoever answers there is no process of this library')
    stranger.close()
    const waiting = lone(at(port, 2, 0), '3')
    const words = setInterval(() => void connect(port, '127.0.0.1').on('error', () => undefined).end('cmd=abort\ncmd=finalize\nGET / HTTP/1.1\n'), 300)
    expect(await waiting).toContain(`initialize: rank 1 of 2 did not come to 127.0.0.1:${port} in 3 s`)
    clearInterval(words)
  }, 60_000)
})
