/**
 * The demo as a user runs it, from dist: its accuracy (five seeds when COTANGENT_DEEP is set, one otherwise), the files it
 * leaves, a bad word on its command line, and that a killed run goes on to the same checkpoint, byte for byte.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const demo = join(root, 'dist/docs/examples/demo.js')
const folder = mkdtempSync(join(tmpdir(), 'cotangent-demo-'))
beforeAll(() => void spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' }), 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...words: readonly string[]) => spawnSync(process.execPath, [demo, ...words], { cwd: root, encoding: 'utf8' })
/** Runs the demo and kills it after so many milliseconds. */
const killed = (ms: number, ...words: readonly string[]): Promise<void> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [demo, ...words], { cwd: root, stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), ms)
    child.once('close', () => {
      clearTimeout(timer)
      done()
    })
  })
/** Where Debian's package dataset-fashion-mnist puts its files; without them the test is reported as skipped. */
const debian = '/usr/share/datasets/fashion-mnist'
const seeds = process.env['COTANGENT_DEEP'] === undefined ? [0] : [0, 1, 2, 3, 4]

describe('npm run demo', () => {
  test.each(seeds)('learns the digits: at least 0.975 of the held-out ones, seed %i', (seed) => {
    const out = join(folder, `seed${seed}`), { stdout, status } = run('--seed', String(seed), '--out', out)
    expect(status).toBe(0)
    expect(Number(/test accuracy: (0\.\d{4})\n$/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(0.975)
    expect(stdout).toMatch(/total +\[10\] +81,194 +[\d,]+\n\ndevice cpu: (native|reference) backend/)
    expect(stdout.match(/^epoch \d+\/10 {2}.*testAccuracy 0\.\d+ .*images\/s$/gm)).toHaveLength(10)
    for (const file of ['checkpoint.safetensors', 'history.json', 'history.csv', 'curves.svg', 'curves.png', 'confusion.svg']) expect(existsSync(join(out, file)), file).toBe(true)
    expect(JSON.parse(readFileSync(join(out, 'history.json'), 'utf8'))).toHaveLength(10)
  }, 120_000)
  test('on two devices it learns too', () => {
    const { stdout, status } = run('--devices', '2', '--epochs', '1', '--batch-size', '64', '--out', join(folder, 'two'))
    expect(status).toBe(0)
    expect(Number(/test accuracy: (0\.\d{4})\n$/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(0.8)
  }, 120_000)
  test('killed at any moment it goes on to the same bytes', async () => {
    const small = ['--epochs', '2', '--batch-size', '128', '--resume'], [one, other] = [join(folder, 'alone'), join(folder, 'killed')]
    expect(run(...small, '--out', one).status).toBe(0)
    for (const ms of [900, 1400, 2000]) await killed(ms, ...small, '--out', other)
    expect(run(...small, '--out', other).stdout).toMatch(/test accuracy/)
    for (const file of ['checkpoint.safetensors', 'history.json']) expect(readFileSync(join(other, file)).equals(readFileSync(join(one, file))), file).toBe(true)
  }, 120_000)
  test.skipIf(!existsSync(debian))(`learns the real pictures of ${debian}: one epoch, at least 0.80 of the 10,000 held out`, () => {
    const { stdout, status } = run('--dataset', 'fashion-mnist', '--data', debian, '--epochs', '1', '--batch-size', '128', '--out', join(folder, 'fashion'))
    expect(status).toBe(0)
    expect(stdout).toContain('fashion-mnist: 60,000 pictures to train on, 10,000 held out')
    expect(stdout).toMatch(/shirt|Sneak|T-shi/i)
    expect(Number(/test accuracy: (0\.\d{4})\n$/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(0.8)
  }, 180_000)
  test('a bad word is one sentence and exit code 2; --help is help', () => {
    expect(run('--epochs', 'many')).toMatchObject({ status: 2, stdout: '', stderr: "--epochs must be a whole number of at least 1, not 'many'.\n" })
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^npm run demo -- \[options\]/) as string })
    expect(run('--dataset', 'fashion-mnist', '--data', folder)).toMatchObject({ status: 1, stderr: expect.stringMatching(/^Could not read .*: there is no such file or folder: check the path\.\n$/) as string })
  })
})
