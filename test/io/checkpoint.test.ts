import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { build } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../lib/type/fault.js'
import { loadCheckpoint, manifest, matchKeys, saveCheckpoint, type Manifest } from '../../lib/io/checkpoint.js'
import { hostTensor, scalar } from '../../lib/io/host.js'
import { encode } from '../../lib/io/safetensors.js'
import { bits, damage, damaged, faultOf, hostTensors, named } from './arbitrary.js'

let folder = ''
let writer = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-checkpoint-'))
  writer = join(folder, 'writer.mjs')
  await build({
    input: fileURLToPath(new URL('./writer.ts', import.meta.url)),
    platform: 'node',
    output: { file: writer },
    logLevel: 'silent',
  })
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const words = fc.nat(0xffffffff)
const manifests: fc.Arbitrary<Manifest> = fc.record(
  {
    step: fc.maxSafeNat(),
    epoch: fc.nat(),
    cursor: fc.nat(),
    key: fc.tuple(words, words),
    config: fc.jsonValue().map((v) => JSON.parse(JSON.stringify(v)) as unknown),
    history: fc.array(
      fc.dictionary(fc.constantFrom('epoch', 'loss', 'valLoss'), fc.double(), { noNullPrototype: true }),
    ),
  },
  { noNullPrototype: true },
)

describe('checkpoints', () => {
  test('load ∘ save = id: tensors bit for bit, manifest exactly (NaN, infinities and -0 in the history too)', async () => {
    const path = join(folder, 'identity')
    await fc.assert(
      fc.asyncProperty(named(hostTensors()), manifests, async (tensors, given) => {
        await saveCheckpoint(path, { tensors, manifest: given })
        const back = await loadCheckpoint(path)
        expect(bits(back.tensors)).toEqual(bits(tensors))
        expect(back.manifest).toStrictEqual(given)
      }),
      { numRuns: 40 },
    )
  })

  test('a damaged checkpoint is refused: no flipped bit passes', async () => {
    const path = join(folder, 'damaged')
    await saveCheckpoint(path, {
      tensors: { w: hostTensor('f32', [200], new Float32Array(200)) },
      manifest: manifest(),
    })
    const bytes = await readFile(path)
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        await writeFile(path, damaged(bytes, how))
        const read = await loadCheckpoint(path).catch((e: Fault) => e._tag)
        if (typeof read === 'object')
          expect(bits(read.tensors)).toEqual(bits({ w: hostTensor('f32', [200], new Float32Array(200)) }))
        else expect(read).toBe('DecodeError')
      }),
      { numRuns: 300 },
    )
  })

  test('weights without a manifest, and a manifest that is wrong, are sentences', async () => {
    const path = join(folder, 'wrong')
    await writeFile(path, encode({ w: scalar(1, 'f32') }))
    await expect(loadCheckpoint(path)).rejects.toThrow(/holds tensors but no checkpoint manifest/)
    await saveCheckpoint(path, { tensors: {}, manifest: manifest() })
    const text = (await readFile(path, 'latin1'))
      .replace('\\"step\\":0', '\\"step\\":"')
      .replace('"step\\":\\"', '"step\\":"')
    await writeFile(path, text, 'latin1')
    await expect(loadCheckpoint(path)).rejects.toMatchObject({ _tag: 'DecodeError' })
  })

  test.each([
    ['undefined', { a: undefined }],
    ['Date', { a: new Date(0) }],
    ['NaN', { a: NaN }],
    ['bigint', { a: 1n }],
    [
      'cycle',
      (() => {
        const a: { a?: unknown } = {}
        a.a = a
        return a
      })(),
    ],
  ])('a config with %s is refused, not lost', async (_, config) => {
    await expect(
      saveCheckpoint(join(folder, 'config'), { tensors: {}, manifest: manifest({ config }) }),
    ).rejects.toMatchObject({ _tag: 'InvalidArgument' })
  })

  test('a wrong step or key is refused at saving', async () => {
    for (const bad of [{ step: -1 }, { epoch: 0.5 }, { key: [0, 2 ** 32] as const }])
      await expect(
        saveCheckpoint(join(folder, 'config'), { tensors: {}, manifest: manifest(bad) }),
      ).rejects.toMatchObject({ _tag: 'InvalidArgument' })
  })

  test('matchKeys names every missing, extra and unlike tensor at once', () => {
    const f32 = (...shape: number[]) => ({ dtype: 'f32', shape })
    expect(faultOf(() => matchKeys({ a: f32(1) }, { a: f32(1) }))).toBeUndefined()
    const message = faultOf(() =>
      matchKeys(
        { 'fc.weight': f32(10, 5), 'fc.bias': f32(10), 'conv.weight': f32(16, 3), ok: f32() },
        { 'head.weight': f32(2), 'conv.weight': { dtype: 'f64', shape: [8, 3] }, ok: f32() },
      ),
    )
    expect(message).toMatch(
      /missing fc\.weight, fc\.bias; unexpected head\.weight; conv\.weight is f64 \[8, 3\] where f32 \[16, 3\] is expected/,
    )
    expect(faultOf(() => matchKeys({ toString: f32() }, {}))).toMatch(/missing toString/)
  })
})

const printed = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    child.stdout?.once('data', () => done())
  })
const closed = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    child.once('close', () => done())
  })

/** Starts a writer at `step`, kills it after `delay` ms from its first save, gives the last step it printed. */
const killed = async (path: string, step: number, delay: number): Promise<number> => {
  const child = spawn(process.execPath, [writer, path, '100000', String(step)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString()
  })
  await printed(child)
  await new Promise((done) => {
    setTimeout(done, delay)
  })
  child.kill('SIGKILL')
  await closed(child)
  return Number(
    out
      .trim()
      .split('\n')
      .filter((line) => /^\d+$/.test(line))
      .at(-1),
  )
}

const kills = process.env['COTANGENT_SLOW'] === '1' ? 50 : 20

describe('the law of kills', () => {
  test(`after SIGKILL at ${kills} random moments the last saved checkpoint, or a newer one, loads whole`, async () => {
    const home = await mkdtemp(join(folder, 'kills-'))
    const path = join(home, 'run.safetensors')
    let last = 0
    for (let i = 0; i < kills; i++) {
      const saved = await killed(path, last + 1, Math.random() * 60)
      const {
        tensors,
        manifest: { step },
      } = await loadCheckpoint(path)
      expect(step).toBeGreaterThanOrEqual(saved)
      expect(step).toBeLessThanOrEqual(saved + 1)
      expect((tensors['w']?.data as Float32Array).every((x) => x === step)).toBe(true)
      last = step
    }
    await saveCheckpoint(path, { tensors: {}, manifest: manifest() })
    expect(await readdir(home)).toEqual(['run.safetensors'])
  }, 60_000)

  test('a disk that fills (ulimit -f) fails with a sentence and the previous checkpoint loads', async () => {
    const home = await mkdtemp(join(folder, 'full-'))
    const path = join(home, 'run.safetensors')
    await saveCheckpoint(path, { tensors: { w: scalar(7, 'f32') }, manifest: manifest({ step: 7 }) })
    const { stdout, status } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 200; exec "$0" "$@"', process.execPath, writer, path, '100000', '8'],
      { encoding: 'utf8' },
    )
    expect(stdout).toMatch(/^failed: Could not write .*run\.safetensors: the file would pass the size limit/)
    expect(status).toBe(3)
    expect((await loadCheckpoint(path)).manifest.step).toBe(7)
    expect(await readdir(home)).toEqual(['run.safetensors'])
  })

  const mount = join(tmpdir(), `cotangent-disk-${process.pid}`)
  const disk =
    process.platform === 'linux' &&
    spawnSync('bash', ['-c', `mkdir -p ${mount} && mount -t tmpfs -o size=1m tmpfs ${mount}`]).status === 0

  test.skipIf(!disk)('a real disk of one megabyte that fills: the same', async () => {
    try {
      const path = join(mount, 'run.safetensors')
      const of = (size: number, step: number) => ({
        tensors: { w: hostTensor('f32', [size], new Float32Array(size)) },
        manifest: manifest({ step }),
      })
      await saveCheckpoint(path, of(100_000, 1))
      await expect(saveCheckpoint(path, of(200_000, 2))).rejects.toThrow(/the disk is full: free some space/)
      expect((await loadCheckpoint(path)).manifest.step).toBe(1)
      expect(await readdir(mount)).toEqual(['run.safetensors'])
    } finally {
      spawnSync('umount', [mount])
      await rm(mount, { recursive: true })
    }
  })
})
