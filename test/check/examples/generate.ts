/**
 * Examples as modules of one generated project below build/examples. Each is an async function; the names it uses are
 * imported from the published entry point of its folder, else from the file in which it stands, the other entry points or
 * the index of its folder.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import typescript from '@typescript/typescript6'
import type { Example } from './collect.js'
import { root } from './collect.js'

export const folder = join(root, 'build/examples')
const doors: Readonly<Record<string, string>> = {
  cotangent: 'lib/index', 'cotangent/data': 'lib/data/index', 'cotangent/io': 'lib/io/index', 'cotangent/train': 'lib/train/index',
  'cotangent/plot': 'lib/plot/index', 'cotangent/fp': 'lib/fp/index', 'cotangent/laws': 'laws/index',
}
interface Exported { readonly names: ReadonlySet<string>; readonly from: string }

/** What modules export, types included, as the compiler sees their declarations. */
const exportsOf = (modules: ReadonlyMap<string, string>): Map<string, ReadonlySet<string>> => {
  const present = [...modules].map(([name, path]) => [name, join(root, 'dist', `${path}.d.ts`)] as const).filter(([, file]) => existsSync(file))
  const settings = { module: typescript.ModuleKind.NodeNext, moduleResolution: typescript.ModuleResolutionKind.NodeNext, types: [], skipLibCheck: true, noLib: true }
  const program = typescript.createProgram(present.map(([, file]) => file), settings)
  const checker = program.getTypeChecker()
  return new Map(present.map(([name, file]) => {
    const source = program.getSourceFile(file)
    const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    return [name, new Set(symbol === undefined ? [] : checker.getExportsOfModule(symbol).map((s) => s.name))]
  }))
}
const inScope = new Set(['run', 'read', 'item', 'deepClose'])
const importStatement = /^import\s[^'"]*['"][^'"]+['"];?[ \t]*$/gm
const declared = (imports: readonly string[]): Set<string> => new Set(imports.flatMap((i) => [...i.matchAll(/[\w$]+/g)].map(([word]) => word)))
/** Identifiers that are not property names. */
const words = (code: string): Set<string> => new Set([...code.matchAll(/(?<![.\w$]|\.\s)[A-Za-z_$][\w$]*/g)].map(([word]) => word))

const ownDoor = (path: string): string => Object.keys(doors).find((d) => doors[d] === `${path.split('/').slice(0, 2).join('/')}/index`) ?? 'cotangent'
const indexBeside = (path: string): string => path.replace(/[^/]+$/, 'index')
const importsFor = (example: Example, taken: ReadonlySet<string>, exported: ReadonlyMap<string, ReadonlySet<string>>): string[] => {
  const used = [...words(example.code)].filter((w) => !taken.has(w) && !inScope.has(w))
  const own = example.path.replace(/\.ts$/, '')
  const order = [...new Set([ownDoor(example.path), own, 'cotangent', ...Object.keys(doors), indexBeside(own)])]
  const sources: Exported[] = order.map((name) => ({ names: exported.get(name) ?? new Set(), from: name in doors ? name : `../../dist/${name}.js` }))
  const lines = new Map<string, string[]>()
  for (const word of used) {
    const source = sources.find((s) => s.names.has(word))
    if (source !== undefined) lines.set(source.from, [...(lines.get(source.from) ?? []), word])
  }
  return [...lines].map(([from, names]) => `import { ${names.join(', ')} } from '${from}'`)
}
/** Values that an example of the folder has at hand, besides the library. */
const atHand: Readonly<Record<string, string>> = {
  'lib/io': "import * as t from 'io-ts'",
  'lib/train': "import * as t from 'io-ts'",
}
const moduleOf = (example: Example, exported: ReadonlyMap<string, ReadonlySet<string>>): string => {
  const imports = example.code.match(importStatement) ?? []
  const body = example.code.replace(importStatement, '')
  const extra = atHand[example.path.split('/').slice(0, 2).join('/')] ?? ''
  const taken = declared([...imports, extra])
  const isDoor = imports.some((i) => i.includes('session'))
  return [
    `// ${example.where}`,
    ...imports, extra,
    ...importsFor({ ...example, code: body }, taken, exported),
    ...(isDoor ? [] : ["import { session as theSession } from 'cotangent'"]),
    "import { deepClose } from '../../test/check/examples/deepClose.js'",
    ...(isDoor ? [] : ['export const { run, read, item } = theSession()']),
    `export const example = async (): Promise<void> => {\n  {\n${body}\n  }\n}`,
    'void deepClose',
    '',
  ].join('\n')
}
const settings = {
  extends: '../../tsconfig.json',
  compilerOptions: { rootDir: '../..', outDir: 'out', declaration: false, sourceMap: false, verbatimModuleSyntax: false },
  include: ['*.ts'],
}
/** Writes the project anew; the i-th example is the module `e<i>`. */
export const generate = (all: readonly Example[]): void => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // The emitted modules find `dist` where their sources did.
  mkdirSync(join(folder, 'out'))
  symlinkSync('../../../dist', join(folder, 'out/dist'))
  const files = all.map((e) => e.path).filter((p) => p.endsWith('.ts')).map((p) => p.replace(/\.ts$/, ''))
  const own = [...new Set(files.flatMap((p) => [p, indexBeside(p)]))]
  const exported = exportsOf(new Map([...Object.entries(doors), ...own.map((p) => [p, p] as const)]))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  for (const [i, e] of all.entries()) writeFileSync(join(folder, `e${i}.ts`), moduleOf(e, exported))
}
