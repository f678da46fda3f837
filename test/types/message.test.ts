/**
 * What a user sees: every file of bad/ is one mistake, and its message is compared with golden.txt word for word for
 * TypeScript 7. `UPDATE=1 npx vitest run test/types/message` writes the file anew; read the difference before
 * committing. Other compilers word things differently: for TypeScript 6 only that there is an error is checked.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Compiled } from './compile.js'
import { compile, installed, readText, root } from './compile.js'

const golden = 'test/types/bad/golden.txt'
const folder = join(root, 'test/types/bad')
const files = readdirSync(folder).filter((f) => f.endsWith('.ts')).sort()
const messages = (compiled: Compiled, file: string): string[] =>
  compiled.diagnostics.filter((d) => d.file === file).map((d) => d.text)
const report = (compiled: Compiled): string =>
  files.map((file) => [file, ...messages(compiled, file)].join('\n')).join('\n\n') + '\n'

test(`TypeScript 7: ${files.length} mistakes and their messages`, () => {
  const compiled = compile(files.map((f) => join(folder, f)))
  expect(files.filter((f) => messages(compiled, f).length !== 1)).toEqual([])
  const found = report(compiled)
  if (process.env['UPDATE']) writeFileSync(join(root, golden), found)
  expect(found).toBe(readText(golden))
}, 60_000)

test.skipIf(!installed(6))('TypeScript 6: an error in each file (skipped when @typescript/typescript6 is not installed)', () => {
  const compiled = compile(files.map((f) => join(folder, f)), 6)
  expect(files.filter((f) => messages(compiled, f).length === 0)).toEqual([])
}, 60_000)
