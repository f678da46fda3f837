/** How many threads there are: COTANGENT_THREADS if it is a number, else the cores that this process may use. */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../lib/run/addon.js'
import { addon } from './harness.js'

const path = process.env['COTANGENT_NATIVE_PATH'] ?? join(packageRoot(), 'build', 'Release', 'cotangent.node')
const asked = `const { threads, cores } = require(${JSON.stringify(path)}).describe(); console.log(threads, cores)`
/** What a process of its own finds: threads, cores. */
const found = (threads: string | null, before: readonly [string, ...string[]] | null = null): number[] => {
  const { COTANGENT_THREADS: _, ...env } = process.env
  const [program, ...words] = before ?? [process.execPath]
  return spawnSync(program, [...words, ...(before === null ? [] : [process.execPath]), '-e', asked], { encoding: 'utf8', env: threads === null ? env : { ...env, COTANGENT_THREADS: threads } }).stdout.trim().split(' ').map(Number)
}
const onOneCore = ['taskset', '-c', '0'] as const

describe.skipIf(addon === null)('threads', () => {
  it('are as many as there are cores, and not more than this process may use', () => {
    const [threads, cores] = found(null)
    expect(threads).toBe(cores)
    expect(cores).toBeGreaterThan(0)
    expect(cores).toBeLessThanOrEqual(availableParallelism())
  })
  it.each([['1', 1], ['3', 3], ['64', 64], ['1000', 256]] as const)('COTANGENT_THREADS=%s', (text, threads) => {
    expect(found(text)[0]).toBe(threads)
  })
  it.each(['', '0', '-2', 'many'])('COTANGENT_THREADS="%s" says nothing', (text) => {
    const [threads, cores] = found(text)
    expect(threads).toBe(cores)
  })
  it.skipIf(spawnSync(onOneCore[0], [...onOneCore.slice(1), 'true']).status !== 0)('on one core there is one, or what is asked for', () => {
    expect(found(null, onOneCore)).toEqual([1, 1])
    expect(found('2', onOneCore)).toEqual([2, 1])
  })
})
