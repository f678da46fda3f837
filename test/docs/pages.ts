/**
 * The ```ts blocks of README.md and of the pages below as programs. What test/check does for every page (compile, run) is
 * done here as a reader would: each block a file of its own, run by a process of its own; and its comments are held to
 * what it prints. `console.log(…) // text` and `// prints text` promise text in the output, in order, white space aside;
 * `// @ts-expect-error sentence` promises the sentence in the compiler's words for the line below.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { examples, root } from '../check/examples/collect.js'
import type { Example } from '../check/examples/collect.js'

const folder = join(root, 'build/docs')
const settings = {
  extends: '../../tsconfig.json',
  compilerOptions: { rootDir: '../..', outDir: 'out', declaration: false, sourceMap: false },
  include: ['*.ts'],
}
export interface Block extends Example { readonly name: string }
const held = ['README.md', 'docs/from-pytorch.md', 'docs/from-scratch.md', 'docs/fp.md', 'docs/from-torch-distributed.md']
export const blocks = (): readonly Block[] =>
  examples().filter((e) => held.includes(e.path)).map((e, i) => ({ ...e, name: `b${i}` }))

/** The program as it stands, and one in which no expected error is silenced. */
const bare = (code: string): string => code.replaceAll('@ts-expect-error', 'here')
export const writeBlocks = (all: readonly Block[]): void => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  for (const b of all) {
    writeFileSync(join(folder, `${b.name}.ts`), `${b.code}\nexport {}\n`)
    if (b.code.includes('@ts-expect-error')) writeFileSync(join(folder, `${b.name}bare.ts`), `${bare(b.code)}\nexport {}\n`)
  }
}
export interface Complaint { readonly file: string; readonly line: number; readonly message: string }
/** What the compiler says, one entry an error with the lines that belong to it. */
export const compileBlocks = (): readonly Complaint[] => {
  const { stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false'], { cwd: root, encoding: 'utf8' })
  const found: { file: string; line: number; message: string }[] = []
  for (const text of stdout.split('\n')) {
    const head = /([^/\s(]+)\.ts\((\d+),\d+\): (.*)/.exec(text)
    const last = found.at(-1)
    if (head !== null) found.push({ file: head[1] ?? '', line: Number(head[2]), message: head[3] ?? '' })
    else if (last !== undefined) last.message += `\n${text}`
  }
  return found
}
export const runBlock = (b: Block): { readonly code: number | null; readonly stdout: string; readonly stderr: string } => {
  const file = join(folder, 'out/build/docs', `${b.name}.js`)
  if (!existsSync(file)) return { code: null, stdout: '', stderr: 'it was not compiled' }
  const r = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8', timeout: 60_000 })
  return { code: r.status, stdout: r.stdout, stderr: r.stderr }
}
/** What the comments behind console.log promise, in order. */
export const promised = (code: string): readonly string[] =>
  [...code.matchAll(/(?:^ *(?:.*\) )?console\.log\(.*\) \/\/ |\/\/ prints )(.+)$/gm)].map((m) => m[1] ?? '')
const squeezed = (text: string): string => text.replace(/\s+/g, '')
/** The first promise that the output does not keep, or null. */
export const broken = (code: string, output: string): string | null => {
  const all = squeezed(output)
  let at = 0
  for (const text of promised(code)) {
    const found = all.indexOf(squeezed(text), at)
    if (found < 0) return text
    at = found + squeezed(text).length
  }
  return null
}
/** Line and sentence of each error that a block announces. */
export const announced = (code: string): readonly { readonly line: number; readonly sentence: string }[] =>
  code.split('\n').flatMap((text, i) => {
    const found = /@ts-expect-error (.+)/.exec(text)
    return found === null ? [] : [{ line: i + 2, sentence: found[1] ?? '' }]
  })
