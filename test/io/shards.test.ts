/** What n processes have saved, any number loads; a kill at any moment leaves a whole checkpoint. Processes are promises here. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { hostTensor, loadShards, manifest, saveShards } from '../../lib/io/index.js'
import type { World } from '../../lib/run/index.js'

const folder = mkdtempSync(join(tmpdir(), 'cotangent-shards-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** Worlds of one process that meet in `gather`. */
const worlds = (size: number, stops = (_label: string): boolean => false): readonly Pick<World, 'rank' | 'size' | 'gather'>[] => {
  const rounds: { readonly bytes: Uint8Array[]; readonly done: ((all: readonly Uint8Array[]) => void)[] }[] = []
  return Array.from({ length: size }, (_, rank) => {
    let at = 0
    const gather = (bytes: Uint8Array, label = ''): Promise<readonly Uint8Array[]> => new Promise((done, failed) => {
      if (stops(label)) return failed(new Error('killed'))
      const round = (rounds[at++] ??= { bytes: [], done: [] })
      round.bytes[rank] = bytes
      if (round.done.push(done) === size) round.done.forEach((tell) => tell(round.bytes))
    })
    return { rank, size, gather }
  })
}
const whole = Float32Array.from({ length: 24 }, (_, i) => i / 8)
const of = (rank: number, size: number, step: number) => ({
  tensors: { rows: hostTensor('f32', [12 / size, 2], whole.slice((rank * 24) / size, ((rank + 1) * 24) / size)), bias: hostTensor('f64', [2], Float64Array.of(step, 0.5)) },
  manifest: manifest({ step }),
})
const save = (path: string, size: number, step: number, stops?: (label: string) => boolean) =>
  Promise.allSettled(worlds(size, stops).map((w) => saveShards(path, of(w.rank, size, step), w, { sharded: ['rows'] })))

test.each([[1, 2], [2, 1], [2, 3], [3, 2], [4, 4]])('%i processes save, %i load', async (n, m) => {
  const path = join(folder, `${n}-${m}`)
  await save(path, n, 7)
  for (let rank = 0; rank < m; rank++) {
    const { tensors, manifest: found } = await loadShards(path, { rank, size: m })
    expect([...(tensors['rows']?.data ?? [])]).toEqual([...whole.slice((rank * 24) / m, ((rank + 1) * 24) / m)])
    expect([tensors['rows']?.shape, [...(tensors['bias']?.data ?? [])], found.step]).toEqual([[12 / m, 2], [7, 0.5], 7])
  }
  await expect(loadShards(path, { rank: 0, size: 5 })).rejects.toThrow("loadShards: the 12 rows of 'rows' do not share out over 5 processes")
})
test('killed before the index counts, the one before is whole; old ones go', async () => {
  const path = join(folder, 'killed')
  for (const step of [1, 2, 3]) await save(path, 2, step)
  await save(path, 2, 4, (label) => label === 'saveShards, written')
  expect((await loadShards(path)).manifest.step).toBe(3)
  await save(path, 2, 5)
  const found = await loadShards(path)
  expect([found.manifest.step, [...(found.tensors['bias']?.data ?? [])][0]]).toEqual([5, 5])
  expect(readdirSync(path).filter((name) => name.startsWith('step-')).length).toBe(2)
})
test('what is missing or damaged is a sentence', async () => {
  const path = join(folder, 'damaged')
  await save(path, 2, 1)
  const [step = ''] = readdirSync(path).filter((name) => name.startsWith('step-'))
  cpSync(join(path, step, '0.safetensors'), join(path, step, '1.safetensors.kept'))
  writeFileSync(join(path, step, '1.safetensors'), 'no tensors')
  await expect(loadShards(path)).rejects.toThrow(/1\.safetensors/)
  rmSync(join(path, step, '1.safetensors'))
  await expect(loadShards(path)).rejects.toThrow(/1\.safetensors/)
  await expect(loadShards(join(folder, 'nowhere'))).rejects.toThrow(/index\.json/)
  const [w] = worlds(1) as [World]
  await expect(saveShards(path, of(0, 1, 1), w, { sharded: ['columns'] })).rejects.toThrow("saveShards: there is no tensor 'columns' to save the rows of")
})
