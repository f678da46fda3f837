/**
 * Several processes, under every MPI family that is here: what they give each other is what one process with all devices
 * computes, and whatever one of them does, the job ends in time with a sentence. The rest of the faults are for test:slow
 * (COTANGENT_SLOW).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, hostsMissing, job, root, twoHosts } from './world/job.js'

const slow = (process.env['COTANGENT_SLOW'] ?? '') !== ''
const folder = mkdtempSync(join(tmpdir(), 'cotangent-world-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
interface Trained { readonly reason: string; readonly steps: number; readonly digest: string; readonly losses: readonly number[]; readonly numbers: readonly number[] }
/** What test/run/world/hidden.mjs shows of a trace. */
interface TraceEvent { readonly name: string; readonly tid: number; readonly dur: number; readonly detail: string }
/** What test/run/world/train.mjs printed last. */
const trained = (said: string): Trained | null => {
  const [, reason = '', steps, json] = /^(\w+) after (\d+) steps: (\{.*)$/m.exec(said) ?? []
  return json === undefined ? null : { reason, steps: Number(steps), ...(JSON.parse(json) as Omit<Trained, 'reason' | 'steps'>) }
}
const alone = (path = '-'): Trained | null => trained(spawnSync(process.execPath, ['test/run/world/train.mjs', path], { cwd: root, encoding: 'utf8', timeout: 60_000 }).stdout)
const apart = (x: Trained | null, y: Trained | null): number => Math.max(...(['losses', 'numbers'] as const).flatMap((k) => (x?.[k] ?? [NaN]).map((v, i) => Math.abs(v - (y?.[k][i] ?? NaN)))))
let whole: Trained | null = null
/** Steps at which rank 1 is killed, one job after the other. */
const kills = slow ? Array.from({ length: 20 }, (_, i) => 1 + (i * 7 + 3) % 14) : [6]
beforeAll(() => {
  spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' })
  whole = alone()
}, 120_000)

const meet = (there: string, here: string): RegExp => new RegExp(`the processes do not meet: rank 0 calls #7 ${there}, rank 1 calls #7 ${here}; every process must call the same collectives in the same order, with the same shapes`)
const psum = "psum of f32\\[2\\] over 'dp'"
const late = (why: string): RegExp => new RegExp(`rank 0/2\\] aborting the job: collective #7 ${psum} did not finish in 1 s on rank 0 of 2; rank 1 has not come: ${why}`)
/** What rank 1 does, the exit code, what is said, and seconds until all is over: 2, after the deadline of 1 where it is that. */
const faults: readonly (readonly [name: string, codes: readonly number[], says: RegExp, quick: readonly string[]])[] = [
  ['throws', [70], /\[cotangent rank 1\/2\] aborting the job: Error: bad data in shard 17/, ['openmpi', 'mpich']],
  ['rejects', [70], /\[cotangent rank 1\/2\] aborting the job: Error: bad data in shard 17/, []],
  ['exits with 3', [70], /rank 1\/2\] aborting the job: process\.exit\(3\) before the end of the job/, []],
  ['exits with 0', [70], /rank 1\/2\] aborting the job: process\.exit\(0\) before the end of the job/, ['mpich']],
  ['sets exitCode and ends', [70], meet(psum, 'the end, with exit code 4'), []],
  ['ends early', [70], meet(psum, 'the end'), []],
  ['is killed', [137, 9], /killed by SIGKILL/, ['openmpi']],
  ['has a segmentation fault', [139, 11], /killed by SIGSEGV/, []],
  ['loops for ever', [71], late('when it was last heard of, [\\d.]+ s ago, it had (done|begun) #\\d'), ['openmpi', 'mpich']],
  ['waits for ever', [71], late(`when it was last heard of, [\\d.]+ s ago, it had done #6 ${psum}`), []],
  ['has another shape', [70], meet(psum, "psum of f32\\[3\\] over 'dp'"), ['openmpi']],
  ['has another collective', [70], meet(psum, 'allReduce sum of f32\\[1,2\\]'), ['mpich']],
  ['has another axis', [70], meet(psum, "psum of f32\\[2\\] over 'model'"), []],
]
for (const [family, missing] of engines) {
  describe.skipIf(missing !== null)(`${family}${missing === null ? '' : ` SKIPPED: ${missing}`}`, () => {
    it('processes are the devices of one process, which are a batch', async () => {
      const { code, said } = await job(family, ['test/run/world/law.mjs', slow ? '12' : '2'], { seconds: slow ? 300 : 60 })
      expect(code, said).toBe(0)
      expect(said).toMatch(/\d+ laws hold over 2 processes/)
    }, 310_000)
    it.skipIf(!slow && family !== 'openmpi')('training over processes is training on the whole batch; killed and resumed it ends with the same bits, as one process to rounding', async () => {
      const run = async (...words: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> => job(family, ['test/run/world/train.mjs', ...words])
      const first = await run()
      const left = trained(first.said)
      expect(apart(left, whole), first.said).toBeLessThan(1e-6)
      for (const [i, step] of kills.entries()) {
        const path = join(folder, `${family}-${i}.safetensors`)
        const killed = await run(path, '0', String(step))
        expect([137, 9], killed.said).toContain(killed.code)
        const rest = await run(path)
        expect(trained(rest.said), rest.said).toEqual(left)
      }
      if (!slow) return
      const half = join(folder, `${family}-half.safetensors`)
      await run(half, '0', '8')
      expect(apart(alone(half), whole)).toBeLessThan(1e-6)
    }, 400_000)
    it('gradients are averaged while the backward pass goes on: the same bits, and a trace that shows it', async () => {
      const { code, said } = await job(family, ['test/run/world/hidden.mjs'])
      const [, numbers, same, json = '[]'] = /numbers (\d+), same (\w+): (.*)$/m.exec(said) ?? []
      expect([code, numbers, same], said).toEqual([0, String(256 * 512 + 2 * 512 * 512 + 512 * 10 + 3 * 512 + 10), 'true'])
      const events = JSON.parse(json) as readonly TraceEvent[], kernels = events.filter((e) => e.tid === 0), away = events.filter((e) => e.tid === 1)
      const at = (name: string): readonly number[] => kernels.flatMap((e, i) => (e.name === name ? [i] : []))
      // all but the gradients of the first layer are on their way when its product begins, and nobody waits before it is done
      const products = at('dot'), begun = at('exchange').filter((i) => i < (products.at(-1) as number))
      expect([products.length, begun.length, away.length, Math.min(...at('wait')) > (products.at(-1) as number)], json).toEqual([11, 4, 5, true])
      expect(away.every((e) => e.dur > 0 && /^psum of f32\[\d+(,\d+)?\] over 'dp'$/.test(e.detail)), json).toBe(true)
      const sum = (xs: readonly TraceEvent[]): number => xs.reduce((n, e) => n + e.dur, 0)
      console.log(`hidden | ${family} | ${((1 - sum(kernels.filter((e) => e.name === 'wait')) / sum(away)) * 100).toFixed(0)} %`)
    }, 50_000)
    it.skipIf(!slow && family !== 'mpich')('SIGTERM to one of them: all save after the same step and exit with 0, and go on from there', async () => {
      const path = join(folder, `${family}-term.safetensors`)
      const { code, said } = await job(family, ['test/run/world/train.mjs', path, '30'], {
        says: (text) => {
          const [, pid] = /rank 1 pid (\d+) step 4/.exec(text) ?? []
          if (pid !== undefined) process.kill(Number(pid), 'SIGTERM')
          return pid !== undefined
        },
      })
      expect(code, said).toBe(0)
      const stopped = trained(said)
      expect([stopped?.reason, (stopped?.steps ?? 0) < 15], said).toEqual(['interrupted', true])
      const rest = await job(family, ['test/run/world/train.mjs', path])
      expect(rest.said).toContain(`rank 0 pid`)
      expect(apart(trained(rest.said), whole), rest.said).toBeLessThan(1e-6)
    }, 100_000)
    it.skipIf(!slow)('what two processes save, three load', async () => {
      const path = join(folder, `${family}-shards`)
      expect((await job(family, ['test/run/world/shards.mjs', 'save', path])).said).toContain('2 processes have the rows of step 5')
      expect((await job(family, ['test/run/world/shards.mjs', 'load', path], { processes: 3 })).said).toContain('3 processes have the rows of step 5')
    }, 100_000)
    it('the program of the pages', async () => {
      const { code, said } = await job(family, ['dist/docs/examples/processes.js'])
      expect(code, said).toBe(0)
      expect(said).toMatch(/2 processes: y = 3\.00 x \+ 0\.50\nexamples an epoch, over all processes: 64/)
    }, 50_000)
    it.skipIf(!slow || hostsMissing !== null)(`two hosts${hostsMissing === null ? '' : ` SKIPPED: ${hostsMissing}`}, and the cable between them cut`, async () => {
      const { said, seconds, left } = await twoHosts(family, 3)
      expect(said).toMatch(/rank 0 of 2 goes on cotangent1/)
      expect(said).toMatch(/rank 1 of 2 goes on cotangent2/)
      expect(said).toMatch(/rank 0\/2\] aborting the job: collective #\d+ psum of f32\[2\] over 'dp' did not finish in 3 s on rank 0 of 2; rank 1 has not come/)
      console.log(`a cut cable | ${family} | ${seconds.toFixed(1)} s after it, of which 3 s are the deadline`)
      expect([left, seconds < 5]).toEqual([0, true])
    }, 100_000)
    for (const [name, codes, says, quick] of faults) {
      it.skipIf(!slow && !quick.includes(family))(`a rank that ${name}`, async () => {
        const { code, said, ended, killed } = await job(family, ['test/run/world/fault.mjs', name], { env: { COTANGENT_COLLECTIVE_TIMEOUT: '1' } })
        expect([killed, codes.includes(code as number)], `${code}\n${said}`).toEqual([false, true])
        expect(said).toMatch(says)
        const seconds = (ended - Number(/fault at (\d+)/.exec(said)?.[1])) / 1000
        console.log(`${name} | ${family} | ${seconds.toFixed(1)} s`)
        expect(seconds).toBeLessThan(codes.includes(71) ? 3 : 2)
      }, 50_000)
    }
  })
}
