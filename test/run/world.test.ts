/**
 * Several processes, under every MPI family that is here: what they give each other is what one process with all devices
 * computes, and whatever one of them does, the job ends in time with a sentence. The rest of the faults are for test:slow
 * (COTANGENT_SLOW).
 */
import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, engines, job } from './world/job.js'

const slow = (process.env['COTANGENT_SLOW'] ?? '') !== ''
beforeAll(() => {
  spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' })
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
  ['sets exitCode and ends', [70], /rank 1\/2\] aborting the job: it ends with exit code 4/, []],
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
