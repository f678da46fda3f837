/** Every block of README.md and of the pages that pages.ts names: it compiles, runs, and prints what its comments say. */
import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../check/examples/collect.js'
import { announced, blocks, broken, compileBlocks, runBlock, writeBlocks } from './pages.js'
import type { Complaint } from './pages.js'

const all = blocks()
let complaints: readonly Complaint[] = []
beforeAll(() => {
  spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' })
  writeBlocks(all)
  complaints = compileBlocks()
}, 120_000)

describe('blocks compile', () => {
  test.each(all.map((b) => [b.where, b] as const))('%s', (_, b) => {
    expect(complaints.filter((c) => c.file === b.name)).toEqual([])
  })
})
describe('blocks print what they say', () => {
  test.each(all.filter((b) => !b.norun).map((b) => [b.where, b] as const))('%s', (_, b) => {
    const { code, stdout, stderr } = runBlock(b)
    expect(code, stderr).toBe(0)
    expect(broken(b.code, stdout), stdout).toBeNull()
  })
})
const wrong = all.flatMap((b) => announced(b.code).map((a) => [`${b.where}: ${a.sentence}`, `${b.name}bare`, a] as const))
describe('the compiler says what the page says', () => {
  test.each(wrong)('%s', (_, file, { line, sentence }) => {
    const said = complaints.filter((c) => c.file === file && c.line >= line && c.line <= line + 3).map((c) => c.message).join('\n')
    expect(said).toContain(sentence)
  })
})
