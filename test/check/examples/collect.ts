/** The examples of the repository: every `@example` of lib and laws, every ```ts block of README.md and docs/*.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../../..')
export const text = (path: string): string => readFileSync(join(root, path), 'utf8')

export interface Example {
  /** The file and line where it stands. */
  readonly where: string
  readonly path: string
  readonly code: string
  /** Compiled but not run: a block of ```ts norun. */
  readonly norun: boolean
}
const lineOf = (source: string, index: number): number => source.slice(0, index).split('\n').length

/** `expression // value` asserts the value. */
const withAssertion = (code: string): string => {
  const [, expression, expected] = /^([^\n]+?);? +\/\/ (\S.*)$/.exec(code) ?? []
  if (expression === undefined || expected === undefined || /^(const|let|for) /.test(expression)) return code
  return /^(?:[[{].*[\]}]|'[^']*'|"[^"]*"|-?\d[\d.e-]*n?|true|false)$/.test(expected) ? `deepClose(${expression}, ${expected})` : code
}
/** An example ends at the next tag or at the end of its comment; a code fence around it is left out. */
export const examplesOf = (path: string): Example[] => {
  const source = text(path)
  return [...source.matchAll(/^[ /]*\*+ @example\b(.*(?:\n *\*(?! @|\/).*)*)/gm)].map((m) => {
    const body = (m[1] ?? '').replace(/\*\/\s*$/, '').replace(/\n *\* ?/g, '\n').replace(/^\s*```.*$/gm, '').trim()
    return { where: `${path}:${lineOf(source, m.index)}`, path, code: withAssertion(body), norun: false }
  })
}
/** A block marked `continued` goes on where the block before it ended: they are one program. */
const blocksOf = (path: string): Example[] => {
  const source = text(path)
  const found: Example[] = []
  for (const m of source.matchAll(/^```ts([^\n]*)\n([\s\S]*?)^```/gm)) {
    const [, info = '', code = ''] = m
    const last = info.includes('continued') ? found.pop() : undefined
    const block = { where: `${path}:${lineOf(source, m.index)}`, path, code, norun: info.includes('norun') }
    found.push(last !== undefined ? { ...block, code: `${last.code}\n${code}` } : block)
  }
  return found
}
const below = (folder: string, ending: string): string[] => {
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
  return entries.filter((e) => e.isFile() && e.name.endsWith(ending)).map((e) => join(e.parentPath, e.name).slice(root.length + 1)).sort()
}
export const libraryFiles = (): string[] => [...below('lib', '.ts'), ...below('laws', '.ts')]
export const pages = (): string[] => ['README.md', ...readdirSync(join(root, 'docs')).filter((f) => f.endsWith('.md')).map((f) => `docs/${f}`)]
export const programs = (): string[] => below('docs/examples', '.ts')
export const examples = (): Example[] => [...libraryFiles().flatMap(examplesOf), ...pages().flatMap(blocksOf)]
