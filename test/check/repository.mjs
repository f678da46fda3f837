/** Where things are, and how the scripts of this folder read sources and run programs. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..')
export const at = (...parts) => join(root, ...parts)
export const text = (path) => readFileSync(at(path), 'utf8')
export const manifest = () => JSON.parse(text('package.json'))

/** The compiler by its file: two packages of this tree bring a command named `tsc`. */
export const compiler = { 7: at('node_modules/typescript/bin/tsc'), 6: at('node_modules/@typescript/typescript6/bin/tsc6') }

/** Files below a folder whose name matches, as paths from the root, sorted. */
export const filesBelow = (folder, pattern = /\.ts$/) => {
  if (!existsSync(at(folder))) return []
  const entries = readdirSync(at(folder), { withFileTypes: true, recursive: true })
  const paths = entries.filter((e) => e.isFile() && pattern.test(e.name)).map((e) => relative(root, join(e.parentPath ?? e.path, e.name)))
  return paths.filter((p) => !p.includes('node_modules/')).sort()
}
/** When the newest of the files changed, in milliseconds. */
export const newest = (paths) => paths.reduce((latest, p) => Math.max(latest, statSync(at(p)).mtimeMs), 0)

/** Runs a program to its end; the answer has its exit code, what it wrote and how long it took. */
export const runProgram = (command, args, { env = {}, show = false, timeout = 0, cwd = root } = {}) => {
  const start = performance.now()
  const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  const r = spawnSync(command, args, { cwd, stdio, encoding: 'utf8', env: { ...process.env, ...env }, timeout, maxBuffer: 1 << 28 })
  const seconds = (performance.now() - start) / 1000
  const stdout = r.stdout ?? ''
  return { code: r.error ? 127 : (r.status ?? 1), stdout, output: `${stdout}${r.stderr ?? ''}${r.error ? r.error.message : ''}`, seconds }
}
export const runNode = (args, settings) => runProgram(process.execPath, args, settings)
/** Whether a command answers at all. */
export const answers = (command, args = ['--version']) => runProgram(command, args).code === 0

export const lastLine = (output) => output.trim().split('\n').at(-1) ?? ''
