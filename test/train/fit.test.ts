/** The loop: what it yields, when it stops, what it writes, what it refuses; and that a small network learns by it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCheckpoint, readHistory } from '../../lib/io/index.js'
import { accuracy } from '../../lib/metric/index.js'
import { fit, follow, lines, measure, showing, stopsEarly } from '../../lib/train/index.js'
import type { FitEvent } from '../../lib/train/index.js'
import { digest, net, settings } from './training.js'

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cotangent-fit-'))))
afterAll(() => rm(folder, { recursive: true }))
const all = async <S>(events: AsyncIterable<FitEvent<S>>): Promise<FitEvent<S>[]> => {
  const found: FitEvent<S>[] = []
  await follow(events, (e) => found.push(e))
  return found
}

describe('fit', () => {
  test('a small network learns', async () => {
    const end = await follow(fit({ ...settings, epochs: 25 }))
    const { session, loader } = settings
    const right = await measure(session, loader, accuracy, ([x, y]) => accuracy.of(net.apply(end.state.params, end.state.statistics, x), y))
    expect(await session.item(accuracy.value(right))).toBeGreaterThan(0.95)
    expect(end.history.at(-1)?.['loss']).toBeLessThan(0.3)
  }, 60_000)
  test('its events come in order, one epoch after the other', async () => {
    const events = await all(fit({ ...settings, epochs: 2, logEvery: 5, checkpoint: { path: join(folder, 'a.safetensors') }, history: [join(folder, 'h.json'), join(folder, 'h.csv')] }))
    const epoch = ['step', 'step', 'step', 'epoch', 'checkpoint']
    expect(events.map((e) => e.type)).toEqual(['start', ...epoch, ...epoch, 'end'])
    expect(events.flatMap((e) => (e.type === 'step' ? [e.batch] : []))).toEqual([5, 10, 13, 5, 10, 13])
    const { manifest } = await loadCheckpoint(join(folder, 'a.safetensors'))
    expect(manifest).toMatchObject({ step: 26, epoch: 2, cursor: 0 })
    const rows = await readHistory(join(folder, 'h.json'))
    expect(rows).toEqual(manifest.history)
    expect(rows.map((r) => r['epoch'])).toEqual([1, 2])
    expect(await readFile(join(folder, 'h.csv'), 'utf8')).toMatch(/^epoch,accuracy,loss\r\n1,/)
  })
  test('is a value: iterated twice it trains twice, to the same bits', async () => {
    const training = fit({ ...settings, epochs: 1 })
    const [a, b] = [await follow(training), await follow(training)]
    expect(await digest(a.state)).toBe(await digest(b.state))
    expect(a.history).toEqual(b.history)
  })
  test('stops early by the history', async () => {
    const evaluate = (_: unknown, epoch: number) => ({ valLoss: [3, 2, 2.5, 2.4, 1][epoch] ?? 0 })
    const end = await follow(fit({ ...settings, epochs: 5, evaluate, stopEarly: { measure: 'valLoss', patience: 2 } }))
    expect(end.reason).toBe('stopped early')
    expect(end.history.map((r) => r['valLoss'])).toEqual([3, 2, 2.5, 2.4])
  })
  test('an aborted training ends after the step under way', async () => {
    const stop = new AbortController()
    const events = fit({ ...settings, epochs: 3, logEvery: 1, signal: stop.signal, checkpoint: { path: join(folder, 'b.safetensors') } })
    const end = await follow(events, (e) => (e.type === 'step' && e.step === 4 ? stop.abort() : undefined))
    expect(end).toMatchObject({ reason: 'interrupted', step: 4 })
    expect((await loadCheckpoint(join(folder, 'b.safetensors'))).manifest).toMatchObject({ step: 4, epoch: 0, cursor: 4 })
  })
  test('refuses to resume a checkpoint of other settings', async () => {
    const path = join(folder, 'c.safetensors')
    await follow(fit({ ...settings, epochs: 1, checkpoint: { path, config: { lr: 1 } } }))
    await expect(follow(fit({ ...settings, epochs: 2, resume: true, checkpoint: { path, config: { lr: 2 } } }))).rejects.toThrow('c.safetensors was saved with other settings (lr 1, not 2); resume with the same ones, or start anew at another path')
    await expect(follow(fit({ ...settings, seed: 6, epochs: 2, resume: true, checkpoint: { path, config: { lr: 1 } } }))).rejects.toThrow(/saved with other settings/)
  })
  test('says what is wrong with its settings', () => {
    expect(() => fit({ ...settings, epochs: 1.5 })).toThrow('fit: epochs is 1.5; pass a whole number of at least 0')
    expect(() => fit({ ...settings, epochs: 1, logEvery: 0 })).toThrow('fit: logEvery is 0; pass a whole number of at least 1')
  })
  test('plain lines show one line an epoch', async () => {
    let text = ''
    await follow(fit({ ...settings, epochs: 2 }), showing(lines({ write: (t) => void (text += t) }), { unit: 'points' }))
    expect(text).toMatch(/^epoch 1\/2  accuracy 0\.\d{4}  loss 0\.\d{4}  [\d,]+ points\/s\nepoch 2\/2 .*\n$/)
  })
})

describe('stopsEarly', () => {
  const naive = (xs: readonly number[], patience: number): boolean => {
    const best = xs.indexOf(Math.min(...xs))
    return xs.length - 1 - best >= patience
  }
  test('is "the best is at least `patience` epochs old"', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), fc.integer({ min: 1, max: 4 }), (xs, patience) => {
      expect(stopsEarly(xs.map((v) => ({ v })), { measure: 'v', patience })).toBe(naive(xs, patience))
      expect(stopsEarly(xs.map((v) => ({ v: -v })), { measure: 'v', patience, mode: 'max' })).toBe(naive(xs, patience))
    }))
  })
  test('names what is missing', () => {
    expect(() => stopsEarly([{ loss: 1 }], { measure: 'valLoss', patience: 1 })).toThrow("early stop: the history has no 'valLoss'; it has loss")
  })
})
