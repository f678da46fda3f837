/**
 * A fresh checkout: `prepare` succeeds without CMake and compiler and says in one line what to do; plain `npm pack` makes
 * both tarballs and leaves the manifest as it was; the repository names no registry and no machine.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasAddon, root } from './consumer.js'

let copy = ''
let bare = ''
const parts = ['lib', 'laws', 'docs', 'test/check', 'test/bench', 'native', 'package.json', 'package-lock.json', 'tsconfig.json', '.npmrc', 'README.md', 'LICENSE']
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'cotangent-checkout-'))
  for (const p of parts) if (existsSync(join(root, p))) cpSync(join(root, p), join(copy, p), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  bare = join(copy, 'bin')
  mkdirSync(bare)
  symlinkSync(process.execPath, join(bare, 'node'))
  symlinkSync(realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()), join(bare, 'npm'))
  symlinkSync('/bin/sh', join(bare, 'sh'))
})
afterAll(() => {
  rmSync(copy, { recursive: true, force: true })
})

test('prepare without CMake and compiler: exit code 0, one line says what to do, the library is built', () => {
  const { CXX: _, ...env } = process.env
  const r = spawnSync(join(bare, 'node'), ['test/check/prepare.mjs'], { cwd: copy, env: { ...env, PATH: bare }, encoding: 'utf8' })
  expect(r.status, r.stderr).toBe(0)
  expect(r.stdout.trim().split('\n')).toHaveLength(1)
  expect(r.stdout).toMatch(/CMake and a C\+\+17 compiler missing; install .* "npm run build:native"/)
  expect(existsSync(join(copy, 'dist/lib/index.js'))).toBe(true)
}, 60_000)

test.skipIf(!hasAddon)('npm pack makes both tarballs and puts the manifest back', () => {
  const before = readFileSync(join(copy, 'package.json'), 'utf8')
  mkdirSync(join(copy, 'build/Release'), { recursive: true })
  cpSync(join(root, 'build/Release/cotangent.node'), join(copy, 'build/Release/cotangent.node'))
  const { npm_config_pack_destination: _, ...env } = process.env
  const r = spawnSync('npm', ['pack'], { cwd: copy, encoding: 'utf8', env: { ...env, INIT_CWD: copy } })
  expect(r.status, r.stderr).toBe(0)
  const made = readdirSync(copy).filter((f) => f.endsWith('.tgz'))
  expect(made.map((f) => f.replace(/-\d.*/, '')).sort()).toEqual(['cotangent', 'cotangent-linux-x64-gnu'])
  const main = execFileSync('tar', ['xzOf', join(copy, made.find((f) => /^cotangent-\d/.test(f)) ?? ''), 'package/package.json'], { encoding: 'utf8' })
  expect(JSON.parse(main)).toMatchObject({ optionalDependencies: { '@cotangent/linux-x64-gnu': expect.any(String) } })
  expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe(before)
}, 60_000)

test('no file names a registry host or a path of a machine', () => {
  const listed = spawnSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  const named = /registry\.npmjs|registry\.yarnpkg|pypi\.org|files\.pythonhosted|deb\.debian\.org|"resolved"|\/home\/\w|\/root\/|\/work\/(main|shared)/
  const own = 'test/package/checkout.test.ts'
  const found = listed.stdout.trim().split('\n').filter((f) => f !== own && existsSync(join(root, f)) && named.test(readFileSync(join(root, f), 'utf8')))
  expect(found).toEqual([])
})
