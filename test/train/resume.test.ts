/**
 * A training that is killed goes on with the same bits: a child is killed at random moments, and told to stop at others,
 * until it has finished; its parameters, optimizer state, running statistics and history are those of a child left alone.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder = '', child = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-train-'))
  child = join(folder, 'child.mjs')
  await build({ input: fileURLToPath(new URL('./child.ts', import.meta.url)), platform: 'node', treeshake: false, output: { file: child, codeSplitting: false }, logLevel: 'silent' })
})
afterAll(() => rm(folder, { recursive: true }))

const epochs = 4
const addon = fileURLToPath(new URL('../../build/Release/cotangent.node', import.meta.url))
interface Left { readonly last: string; readonly steps: number }
/** Runs a child, with a signal once it has done `after` steps; gives its last line. */
const trained = (path: string, how: { readonly signal?: NodeJS.Signals; readonly after?: number; readonly pause?: number } = {}): Promise<Left> =>
  new Promise((done) => {
    const p = spawn(process.execPath, [child, path, String(epochs), String(how.pause ?? 0)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, COTANGENT_NATIVE_PATH: addon } })
    let out = '', sent = false
    const steps = (): number => (out.match(/^step /gm) ?? []).length
    p.stdout.on('data', (text: Buffer) => {
      out += text.toString()
      if (how.signal === undefined || sent || steps() < (how.after ?? 1)) return
      sent = true
      p.kill(how.signal)
    })
    p.once('close', () => done({ last: out.trim().split('\n').at(-1) ?? '', steps: steps() }))
  })
const random = (n: number): number => 1 + Math.floor(Math.random() * n)

describe('a training goes on where it was', () => {
  let alone: Left = { last: '', steps: 0 }
  beforeAll(async () => {
    alone = await trained(join(folder, 'alone.safetensors'))
  }, 60_000)

  test('left alone it finishes, and a second call has nothing to do', async () => {
    expect(alone.last).toMatch(/^finished: [0-9a-f]{64} /)
    expect(alone.steps).toBe(epochs * 13)
    const again = await trained(join(folder, 'alone.safetensors'))
    expect(again).toEqual({ last: alone.last, steps: 0 })
  }, 60_000)
  test('killed at random moments it ends with the same bits', async () => {
    const path = join(folder, 'killed.safetensors')
    for (let i = 0; i < 8; i++) expect((await trained(path, { signal: 'SIGKILL', after: random(12), pause: 2 })).steps).toBeGreaterThan(0)
    const { last } = await trained(path)
    expect(last).toMatch(/^finished: /)
    expect(last).toBe(alone.last)
  }, 120_000)
  test('interrupted it saves at once, repeats no step, and ends with the same bits', async () => {
    const path = join(folder, 'interrupted.safetensors')
    let steps = 0
    for (let i = 0; i < 3; i++) {
      const left = await trained(path, { signal: 'SIGINT', after: random(10), pause: 5 })
      expect(left.last).toMatch(/^interrupted: /)
      steps += left.steps
    }
    const end = await trained(path)
    expect(end.last).toBe(alone.last)
    expect(steps + end.steps).toBe(epochs * 13)
  }, 120_000)
})
