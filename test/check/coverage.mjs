/**
 * Which of the promised names (names.json) are exported, documented (a sentence, @shape, @example), typed (no any), under
 * golden values (test/golden and every golden.json) and under law: a primitive, over which all laws are folded, or called in
 * a test of laws. Golden values are demanded at three shapes and at the corners that corners.mjs names. Then the cells of
 * op x dtype x transform x machine, as test/laws/cell.test.ts saw them executed. Writes docs/coverage.md. `--strict` fails
 * when a name of a finished issue or a cell lacks something, `--dry` writes nothing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import typescript from '@typescript/typescript6'
import { at, filesBelow, text } from './repository.mjs'
import { cornersOf, exempt, missingCorners, shapesOf, unrecorded } from './corners.mjs'

const flags = new Set(process.argv.slice(2))
/** Issues whose names must all be there. */
const finished = ['main job', 'transforms, ops, laws', 'devices and processes']
const namespaces = { random: 'random', nn: 'nn', loss: 'loss', optim: 'optim', special: 'special', fft: 'fft', linalg: 'linalg' }
const { issues } = JSON.parse(text('test/check/names.json'))

// ---- what the door exports ------------------------------------------------------------------------------------
const door = at('dist/lib/index.d.ts')
/** What checks instead of computing has a door of its own. */
const lawDoor = at('dist/laws/index.d.ts')
const program = typescript.createProgram([door, lawDoor], {
  module: typescript.ModuleKind.NodeNext, moduleResolution: typescript.ModuleResolutionKind.NodeNext, target: typescript.ScriptTarget.ES2022, types: ['node'], skipLibCheck: true, strict: true,
})
const checker = program.getTypeChecker()
const aliased = (s) => (s.flags & typescript.SymbolFlags.Alias ? checker.getAliasedSymbol(s) : s)
const membersOf = (symbol) => new Map(checker.getExportsOfModule(aliased(symbol)).map((s) => [s.name, s]))
const exported = membersOf(checker.getSymbolAtLocation(program.getSourceFile(door)))
const running = await import(pathToFileURL(at('dist/lib/index.js')).href)
const laws = { exported: membersOf(checker.getSymbolAtLocation(program.getSourceFile(lawDoor))), running: await import(pathToFileURL(at('dist/laws/index.js')).href) }

/** A name is looked for in the namespace of its group first, then at the top, then in any namespace, then among the laws. */
const find = (group, name) => {
  const own = namespaces[group.split(' ')[0]]
  const places = own === undefined ? [null, ...Object.values(namespaces)] : [own, null]
  for (const place of places) {
    const scope = place === null ? exported : exported.has(place) ? membersOf(exported.get(place)) : new Map()
    const value = place === null ? running[name] : running[place]?.[name]
    if (scope.has(name) && value !== undefined) return { path: place === null ? name : `${place}.${name}`, symbol: aliased(scope.get(name)) }
  }
  return laws.exported.has(name) && laws.running[name] !== undefined ? { path: name, symbol: aliased(laws.exported.get(name)) } : null
}
const documented = (symbol) => {
  const tags = symbol.getJsDocTags(checker).map((t) => t.name)
  return symbol.getDocumentationComment(checker).length > 0 && tags.includes('shape') && tags.includes('example')
}
const isAny = (type) => (type.flags & typescript.TypeFlags.Any) !== 0
const typed = (symbol) => {
  const declaration = symbol.valueDeclaration
  if (declaration === undefined) return false
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration)
  if (isAny(type)) return false
  const parts = type.getCallSignatures().flatMap((s) => [s.getReturnType(), ...s.getParameters().map((p) => checker.getTypeOfSymbolAtLocation(p, declaration))])
  return !parts.some(isAny)
}

// ---- golden records and laws ------------------------------------------------------------------------------------
const records = new Map()
for (const path of [...filesBelow('test/golden', /\.json$/), ...filesBelow('test', /^golden\.json$/)]) {
  const file = JSON.parse(text(path))
  for (const r of file.records ?? []) {
    const known = records.get(r.fn) ?? { count: 0, shapes: new Set(), corners: new Set() }
    known.count += 1
    for (const s of shapesOf(r, file)) known.shapes.add(s)
    for (const c of cornersOf(r, file)) known.corners.add(c)
    records.set(r.fn, known)
  }
}
const primitives = new Set(Object.keys((await import(pathToFileURL(at('dist/lib/prim/index.js')).href)).primitives))
const called = new Set([...filesBelow('test', /\.test\.ts$/), ...filesBelow('laws')]
  .filter((p) => !/^test\/(golden|check|package|types|bench)\//.test(p))
  .flatMap((p) => [...text(p).matchAll(/(?<![\w$])((?:\w+\.)?\w+)\s*\(/g)].flatMap(([, callee]) => [callee, callee.split('.').at(-1)])))
const aliases = { var: ['variance'] }
const namesOf = (path) => [path, path.split('.').at(-1), ...(aliases[path] ?? [])]
const goldenOf = (path) => {
  const found = namesOf(path).flatMap((name) => records.get(name) ?? [])
  return { count: Math.max(0, ...found.map((r) => r.count)), shapes: new Set(found.flatMap((r) => [...r.shapes])).size, corners: new Set(found.flatMap((r) => [...r.corners])) }
}
const lawOf = (path) => (namesOf(path).some((n) => primitives.has(n)) ? 'primitive' : namesOf(path).some((n) => called.has(n)) ? 'test' : '')

// ---- the table ----------------------------------------------------------------------------------------------------
const rowOf = (group, { name, twin }) => {
  const found = find(group, name)
  if (found === null) return { group, name, twin, path: '', documented: false, typed: false, golden: goldenOf(name), law: '' }
  const { path, symbol } = found
  return { group, name, twin, path, documented: documented(symbol), typed: typed(symbol), golden: goldenOf(path), law: lawOf(path) }
}
const rows = Object.entries(issues).map(([issue, groups]) => [issue, Object.entries(groups).flatMap(([group, list]) => list.map((n) => rowOf(group, n)))])
/** What is missing of the golden values of a name. */
const ungolden = (r) => {
  if (unrecorded.has(r.name)) return []
  const { count, shapes, corners } = r.golden
  return [...(count > 0 ? [] : ['golden values']), ...(shapes >= 3 || exempt('shapes', r) ? [] : [`golden values at 3 shapes (has ${shapes})`]), ...missingCorners(r, corners).map((c) => `a golden value of the corner '${c}'`)]
}
const lacks = (r) =>
  r.path === '' ? ['an export'] : [...(r.documented ? [] : ['a docstring with @shape and @example']), ...(r.typed ? [] : ['a type']), ...(r.law === '' ? ['a law'] : []), ...ungolden(r)]
const count = (list, test) => list.filter(test).length
const summary = (list) => {
  const parts = [['exported', (r) => r.path !== ''], ['documented', (r) => r.documented], ['typed', (r) => r.typed], ['under golden values', (r) => r.golden.count > 0], ['under law', (r) => r.law !== '']]
  return `${list.length} names: ${parts.map(([word, test]) => `${count(list, test)} ${word}`).join(', ')}`
}
const tick = (x) => (x ? 'yes' : '')
const golden = (r) => (r.golden.count === 0 ? '' : [`${r.golden.count}, ${r.golden.shapes} shapes`, ...r.golden.corners].join(', '))

// ---- cells --------------------------------------------------------------------------------------------------------
const executed = 'build/cells.json'
if (!existsSync(at(executed))) spawnSync(process.execPath, [at('node_modules/vitest/vitest.mjs'), 'run', 'test/laws/cell.test.ts'], { cwd: at('.'), stdio: 'inherit' })
const cells = JSON.parse(text(executed))
const float = (d) => /^(b?f|c)\d/.test(d)
/** The dtypes at which a transform must have run: only floats and complex numbers have derivatives; `stop` and what has no operands have none. */
const owed = (row, transform) => (['value', 'vmap'].includes(transform) ? row.dtypes : ['stop', 'constant', 'iota'].includes(row.op) ? [] : row.dtypes.filter(float))
const holes = cells.rows.flatMap((row) => cells.machines.flatMap((m) => cells.transforms.flatMap((t) =>
  owed(row, t).filter((d) => !(row.ran[m]?.[t] ?? []).includes(d)).map((d) => `${row.op} at ${d}: ${t} did not run on ${m}`))))
const cellCount = cells.rows.reduce((n, row) => n + cells.machines.reduce((k, m) => k + cells.transforms.reduce((s, t) => s + (row.ran[m]?.[t] ?? []).length, 0), 0), 0)
const ran = (row, t) => (owed(row, t).length === 0 ? '' : cells.machines.map((m) => (row.ran[m]?.[t] ?? []).length).join(' '))
const cellPage = () => `## Cells

${cellCount} cells of op, dtype, transform and machine (${cells.machines.join(', ')}), each executed by the machine itself under its law (test/laws/cell.test.ts): the value, the derivative both ways, the batch. A number is how many dtypes ran on each machine. Forms with bodies (scan, while, cond, call, pmap) and collectives have no dtypes of their own and laws of their own (test/laws/control.test.ts, test/laws/collective.test.ts).

| op | dtypes | ${cells.transforms.join(' | ')} | native kernels |
|---|---|${cells.transforms.map(() => '---|').join('')}---|
${cells.rows.map((row) => `| \`${row.op}\` | ${row.dtypes.length === 15 ? 'all' : row.dtypes.join(' ')} | ${cells.transforms.map((t) => ran(row, t)).join(' | ')} | ${row.kernels.join(', ')} |`).join('\n')}
`
const reasons = () => `## Without golden values\n\n${[...unrecorded].map(([name, why]) => `- \`${name}\`: ${why}`).join('\n')}\n`
const page = () => {
  const tables = rows.filter(([, list]) => list.some((r) => r.path !== '')).map(([issue, list]) => {
    const shown = finished.includes(issue) ? list : list.filter((r) => r.path !== '')
    const lines = shown.map((r) => `| ${r.group} | \`${r.path || r.name}\` | \`${r.twin}\` | ${tick(r.path !== '')} | ${tick(r.documented)} | ${tick(r.typed)} | ${golden(r)} | ${r.law} |`)
    return `## ${issue}\n\n${summary(list)}.\n\n| group | name | elsewhere | exported | documented | typed | golden records | law |\n|---|---|---|---|---|---|---|---|\n${lines.join('\n')}\n`
  })
  return `# Coverage\n\nWritten by \`npm run coverage\`. "primitive" means that every law is folded over the name; "test" that a test of laws calls it. Golden records are counted with their different shapes and corners.\n\n${tables.join('\n')}\n${cellPage()}\n${reasons()}`
}
if (!flags.has('--dry')) writeFileSync(at('docs/coverage.md'), page())
let missing = 0
for (const [issue, list] of rows) {
  console.log(`coverage, ${issue}: ${summary(list)}`)
  if (!finished.includes(issue)) continue
  for (const r of list.filter((r) => lacks(r).length > 0)) {
    missing += 1
    console.log(`  ${r.group}: ${r.path || r.name} lacks ${lacks(r).join(', ')}`)
  }
}
console.log(`coverage, cells: ${cellCount} executed, ${holes.length} missing`)
for (const h of holes) console.log(`  ${h}`)
process.exitCode = flags.has('--strict') && missing + holes.length > 0 ? 1 : 0
