/**
 * Imports only go down. Reads the table of docs/floors.md and every import of lib and laws; says which line breaks which
 * rule: direction, rings of run-time imports, names that say nothing.
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { at, filesBelow, text } from './repository.mjs'

/** Folder -> folders that it may import. */
const table = () => {
  const block = /```floors\n([\s\S]*?)```/.exec(text('docs/floors.md'))
  if (block === null) throw new Error('docs/floors.md has no table')
  return new Map(block[1].trim().split('\n').map((line) => line.trim().split(/\s+/)).map(([name, ...below]) => [name, below]))
}
const withoutComments = (source) => source.replace(/\/\*[\s\S]*?\*\//g, (c) => c.replace(/[^\n]/g, ' ')).replace(/^\s*\/\/.*$/gm, '')
const statement = /^(?:import|export)\s+(type\s)?(?:[^'"`;=]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

/** The imports of one file: what, whether it is there at run time, on which line. */
export const importsOf = (path) => {
  const source = withoutComments(text(path))
  return [...source.matchAll(statement)].map((m) => ({
    from: m[2] ?? m[3],
    runtime: m[1] === undefined,
    lazy: m[3] !== undefined,
    line: source.slice(0, m.index).split('\n').length,
  }))
}
const resolved = (path, from) => normalize(join(dirname(path), from)).replace(/\.js$/, '.ts')
const floorOf = (path) => (path.startsWith('lib/') ? (path.split('/').length > 2 ? path.split('/')[1] : 'door') : path.split('/')[0])

const direction = (floors, path, { from, line }) => {
  const target = resolved(path, from)
  const where = `${path}:${line}`
  if (!existsSync(at(target))) return [`${where} imports ${from}, which is not there`]
  const [mine, theirs] = [floorOf(path), floorOf(target)]
  if (mine === 'door' || mine === theirs) return []
  if (theirs === 'door') return mine === 'laws' ? [] : [`${where} imports the door lib/index.ts; import what it re-exports`]
  if (mine === 'laws') return target.startsWith('lib/') ? [] : [`${where} imports ${target}: laws stand on lib alone`]
  if (!floors.has(mine)) return [`${path} is on no floor: docs/floors.md does not name ${mine}`]
  if (floors.get(mine).includes(theirs)) return []
  return [`${where} imports ${target}: ${mine} may import ${floors.get(mine).join(', ') || 'nothing'}`]
}
/** Rings of run-time imports, each said once. */
const rings = (graph) => {
  const state = new Map()
  const found = []
  const visit = (path, trail) => {
    if (state.get(path) === 'done') return
    if (state.get(path) === 'open') return void found.push(`a ring of imports: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`)
    state.set(path, 'open')
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
    state.set(path, 'done')
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}
const hollow = /^(utils?|helpers?|common|misc|base)$/i
const hollowNames = (path) => path.split('/').map((part) => basename(part).replace(/\.(test\.)?\w+$/, '')).filter((name) => hollow.test(name)).map((name) => `${path}: the name "${name}" says nothing; name it after what it holds`)

export const check = () => {
  const floors = table()
  const files = [...filesBelow('lib'), ...filesBelow('laws')]
  const graph = new Map()
  const problems = []
  for (const path of files) {
    const own = importsOf(path).filter((i) => i.from.startsWith('.'))
    for (const i of own) problems.push(...direction(floors, path, i))
    graph.set(path, own.filter((i) => i.runtime && !i.lazy).map((i) => resolved(path, i.from)))
  }
  const named = [...files, ...filesBelow('native', /\.(cpp|hpp|cu|cuh)$/), ...filesBelow('test', /\.(ts|mjs)$/), ...filesBelow('docs/examples')]
  problems.push(...rings(graph), ...named.flatMap(hollowNames))
  const imports = [...graph.values()].reduce((n, list) => n + list.length, 0)
  return { problems, summary: `${files.length} files, ${imports} run-time imports` }
}

const { problems, summary } = check()
for (const p of problems) console.log(p)
console.log(problems.length === 0 ? `floors: ${summary}, all go down` : `floors: ${problems.length} imports or names break docs/floors.md (${summary})`)
process.exitCode = problems.length === 0 ? 0 : 1
