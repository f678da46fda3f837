/** Programs that must compile: every file of good/ asserts the exact types of what a user writes. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compile, installed, root } from './compile.js'

const folder = join(root, 'test/types/good')
const files = readdirSync(folder).filter((f) => f.endsWith('.ts')).map((f) => join(folder, f))

test('TypeScript 7: no error', () => {
  expect(compile(files).diagnostics).toEqual([])
}, 60_000)
test.skipIf(!installed(6))('TypeScript 6: no error (skipped when @typescript/typescript6 is not installed)', () => {
  expect(compile(files, 6).diagnostics).toEqual([])
}, 60_000)
