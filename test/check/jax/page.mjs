/** Writes docs/from-jax.md from the table and intro.md; the test in test/docs holds the page to what this gives. */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { at, text } from '../repository.mjs'
import { count, given, isNone, isOurs, listed, reasons, rows, version } from './table.mjs'

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`
const code = (s) => `\`${s.replaceAll('|', '\\|')}\``
const shortened = { 'jax.numpy': 'jnp', 'jax.numpy.linalg': 'jnp.linalg', 'jax.numpy.fft': 'jnp.fft' }
const lineOf = (row) => row.entry?.jax ?? row.line ?? `${shortened[row.module] ?? row.module}.${row.name}`
const oursOf = ({ entry }) => {
  if (entry === undefined) return 'not yet'
  if (typeof entry === 'string') return code(entry)
  if (entry.none !== undefined) return `not applicable: ${reasons[entry.none]}`
  if (entry.type !== undefined) return `the type ${code(entry.type)}`
  if (entry.dtype !== undefined) return code(`'${entry.dtype}'`)
  if (entry.from !== undefined) return `${code(entry.name)} of ${code(entry.from)}`
  return code(entry.ours)
}
const modules = [...new Set(rows.map((r) => r.module))]
const table = (module) => {
  const list = rows.filter((r) => r.module === module)
  const primitives = list.filter((r) => r.kind === 'primitive' && isOurs(r))
  const lines = list.filter((r) => !primitives.includes(r)).map((r) => `| ${code(lineOf(r))} | ${oursOf(r)} |`)
  const note = primitives.length === 0 ? '' : `\nAnd ${primitives.length} primitives, which JAX's functions bind: ${primitives.map((r) => `\`${r.name}\` ${oursOf(r)}`).join(', ')}.\n`
  return `## ${module}\n\n| JAX | cotangent |\n|---|---|\n${lines.join('\n')}\n${note}`
}
const summary = () => {
  const lines = [...modules.map((m) => [`\`${m}\``, count(rows.filter((r) => r.module === m))]), ['all', count(rows)]]
  return `| module | names | ours | not applicable | not yet |\n|---|---|---|---|---|\n${lines.map(([m, c]) => `| ${m} | ${c.all} | ${c.ours} | ${c.none} | ${c.missing} |`).join('\n')}\n`
}
export const page = () => {
  const all = count(rows)
  const head = `Of JAX ${version}'s ${all.all} public names in ${modules.length} modules ${all.ours} are ours, ${percent(all.ours, all.all - all.none)} of those that apply; ${all.none} (${percent(all.none, all.all)}) do not: Python's objects, the internals of sharding, deprecated names.`
  const operands = Object.entries(given).map(([name, [theirs, own]]) => `| \`${name}\` | ${code(theirs)} | ${code(own)} |`).join('\n')
  const submodules = listed.filter((n) => n.kind === 'module').map((n) => `\`${n.module}.${n.name}\``).join(', ')
  return [
    text('test/check/jax/intro.md').trimEnd(), '', '## Counts', '', head, '', summary(),
    '## How to read the tables', '',
    'Left is JAX\'s line, right ours: the name of a function, which takes the same operands in the same order and its settings as a record, or a line. Every name is exported and every line compiles and gives JAX\'s value; a test does it. The lines speak of these operands.', '',
    `| operand | JAX | cotangent |\n|---|---|---|\n${operands}`, '',
    ...modules.map(table),
    `## Submodules outside the list\n\n${submodules}.`, '',
  ].join('\n')
}
export const missing = () => rows.filter((r) => !isOurs(r) && !isNone(r))
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(at('docs/from-jax.md'), page())
  const c = count(rows)
  console.log(`from-jax: ${c.all} names, ${c.ours} ours, ${c.none} not applicable, ${c.missing} missing: ${missing().map((r) => r.key).join(' ')}`)
}
