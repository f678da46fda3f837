/**
 * docs/from-jax.md against the library: it is what the table gives, every name it claims is exported, every line of it
 * compiles without a way around the types and gives what JAX gave (values.json), and enough of JAX is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import typescript from '@typescript/typescript6'
import { beforeAll, describe, expect, test } from 'vitest'
import { waysAround } from '../check/examples/boundary.js'
import { deepClose } from '../check/examples/deepClose.js'
import { root, text } from '../check/examples/collect.js'

interface Row { readonly key: string; readonly module: string; readonly entry?: string | Readonly<Record<string, string>> }
interface Line { readonly key: string; readonly ours: string }
interface Table {
  readonly rows: readonly Row[]
  readonly lines: readonly Line[]
  readonly given: Readonly<Record<string, readonly [string, string]>>
  readonly ours: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly reasons: Readonly<Record<string, string>>
  readonly claims: (entry: Row['entry']) => readonly { readonly door: string; readonly name: string }[]
  readonly count: (rows: readonly Row[]) => { readonly all: number; readonly none: number; readonly ours: number }
}
const load = <T>(path: string): Promise<T> => import(join(root, path)) as Promise<T>
const table = await load<Table>('test/check/jax/table.mjs')
const { page } = await load<{ readonly page: () => string }>('test/check/jax/page.mjs')
const values = JSON.parse(text('test/check/jax/values.json')) as Readonly<Record<string, unknown>>
const entries = table.rows.flatMap((r) => (r.entry === undefined ? [] : [[r.key, r.entry] as const]))

// ---- the lines as one program -------------------------------------------------------------------------------------
const folder = join(root, 'build/fromJax')
const words = (code: string): string[] => [...code.matchAll(/(?<![\w$]|[\w$)\]]\.)[A-Za-z_$][\w$]*/g)].map(([w]) => w)
const program = (exported: ReadonlySet<string>): string => {
  const given = Object.entries(table.given).map(([name, [, own]]) => `const ${name} = ${own}`)
  const lines = table.lines.map((l) => `  ${JSON.stringify(l.key)}: () => ${l.ours},`)
  const used = [...new Set(words([...given, ...lines].join('\n')))].filter((w) => exported.has(w) && !(w in table.given))
  return `import { ${used.join(', ')} } from 'cotangent'\n${given.join('\n')}\nexport const lines: Readonly<Record<string, () => unknown>> = {\n${lines.join('\n')}\n}\n`
}
const settings = { extends: '../../tsconfig.json', compilerOptions: { rootDir: '../..', outDir: 'out', declaration: false, sourceMap: false, verbatimModuleSyntax: false }, include: ['*.ts'] }
const runner = `import { isTensor, session } from 'cotangent'
import { lines } from './out/build/fromJax/lines.js'
const { read } = session()
const plain = (v) => {
  if (isTensor(v)) {
    const values = [read.sync(v)].flat().flatMap((x) => (typeof x === 'object' ? [...x] : [x])).map(number)
    return v.shape.length === 0 ? values[0] : { shape: [...v.shape], values }
  }
  return Array.isArray(v) ? v.map(plain) : typeof v === 'string' ? v : number(v)
}
const number = (x) => (Number.isFinite(Number(x)) ? Number(x) : String(Number(x)))
const found = {}
for (const [key, f] of Object.entries(lines)) try { found[key] = plain(f()) } catch (e) { found[key] = { fault: e.message } }
console.log(JSON.stringify(found))
`
const doors: Readonly<Record<string, string>> = { cotangent: 'lib/index', 'cotangent/io': 'lib/io/index' }
/** Everything that a door exports, types included. */
const exportsOf = (name: string): ReadonlySet<string> => {
  const file = join(root, 'dist', `${doors[name]}.d.ts`)
  const settings = { module: typescript.ModuleKind.NodeNext, moduleResolution: typescript.ModuleResolutionKind.NodeNext, types: [], skipLibCheck: true, noLib: true }
  const door = typescript.createProgram([file], settings)
  const checker = door.getTypeChecker()
  const symbol = checker.getSymbolAtLocation(door.getSourceFile(file) as never)
  return new Set(symbol === undefined ? [] : checker.getExportsOfModule(symbol).map((s) => s.name))
}
let complaints = ''
let found: Readonly<Record<string, unknown>> = {}
const exported = new Map<string, ReadonlySet<string>>()
const running = new Map<string, unknown>()
beforeAll(async () => {
  spawnSync(process.execPath, ['test/check/fresh.mjs'], { cwd: root, stdio: 'inherit' })
  for (const door of Object.keys(doors)) {
    exported.set(door, exportsOf(door))
    running.set(door, await load(`dist/${doors[door]}.js`))
  }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  writeFileSync(join(folder, 'lines.ts'), program(exported.get('cotangent') as ReadonlySet<string>))
  writeFileSync(join(folder, 'run.mjs'), runner)
  complaints = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false'], { cwd: root, encoding: 'utf8' }).stdout
  if (!existsSync(join(folder, 'out/build/fromJax/lines.js'))) return
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'run.mjs')], { cwd: folder, encoding: 'utf8', timeout: 120_000 })
  found = stdout === '' ? { '': stderr } : JSON.parse(stdout) as Readonly<Record<string, unknown>>
}, 240_000)

const inside = (door: string, name: string): unknown => name.split('.').reduce((o: unknown, k) => (o as Readonly<Record<string, unknown>> | undefined)?.[k], running.get(door))
describe('the table', () => {
  test('speaks of names that JAX has, and gives reasons that count', () => {
    const keys = new Set(table.rows.map((r) => r.key))
    expect(Object.entries(table.ours).flatMap(([m, l]) => Object.keys(l).map((n) => `${m}.${n}`)).filter((k) => !keys.has(k))).toEqual([])
    expect(entries.filter(([, e]) => typeof e === 'object' && e['none'] !== undefined && !(e['none'] in table.reasons))).toEqual([])
  })
  test('claims only what is exported', () => {
    const claimed = entries.flatMap(([key, e]) => table.claims(e).map((c) => [key, c] as const))
    expect(claimed.length).toBeGreaterThan(500)
    expect(claimed.filter(([, c]) => inside(c.door, c.name) === undefined)).toEqual([])
    const types = entries.flatMap(([, e]) => (typeof e === 'object' && e['type'] !== undefined ? [e['type']] : []))
    expect(types.filter((t) => exported.get('cotangent')?.has(t) !== true)).toEqual([])
    const dtypes = entries.flatMap(([, e]) => (typeof e === 'object' && e['dtype'] !== undefined ? [e['dtype']] : []))
    expect(dtypes.filter((d) => !(inside('cotangent', 'dtypes') as readonly string[]).includes(d))).toEqual([])
  })
  test('covers JAX', () => {
    const { all, none, ours } = table.count(table.rows)
    expect(ours / (all - none)).toBeGreaterThanOrEqual(0.95)
    expect(none / all).toBeLessThanOrEqual(0.12)
  })
  test('is what the page shows', () => {
    expect(readFileSync(join(root, 'docs/from-jax.md'), 'utf8')).toBe(page())
  })
})
describe('lines', () => {
  test('compile, and go around no type', () => {
    expect(complaints).toBe('')
    expect(waysAround(table.lines.map((l) => l.ours.replaceAll(' as const', '')).join('\n'))).toEqual([])
  })
  test.each(table.lines.map((l) => [l.key, l] as const))('%s gives what JAX gives', (key, l) => {
    expect(key in values, 'run test/check/jax/list.py').toBe(true)
    expect(() => deepClose(found[key], values[key]), l.ours).not.toThrow()
  })
})
