/**
 * Runs the parts of a check one after the other and says for each whether it passed, how long it took and, where it
 * could not run, why. The last line counts tests: those of vitest, and one for each other part.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { at, lastLine, runNode } from './repository.mjs'

const firstLine = (text = '') => text.split('\n')[0].slice(0, 300)
/** The failed tests of a report, a line each: file, name, the first line of what was wrong. */
const failures = (testResults = []) =>
  testResults.flatMap((f) => {
    const file = relative(at('.'), f.name)
    const tests = f.assertionResults.filter((t) => t.status === 'failed').map((t) => `${file} > ${t.fullName}: ${firstLine(t.failureMessages?.[0])}`)
    return tests.length === 0 && f.status === 'failed' ? [`${file}: ${firstLine(f.message)}`] : tests
  })
export const vitest = (label, args, env = {}, timeout = 0) => ({
  name: label,
  run: () => {
    const report = `build/${label.replace(/\W+/g, '-')}.json`
    rmSync(at(report), { force: true })
    const r = runNode([at('node_modules/vitest/vitest.mjs'), 'run', ...args], { env: { ...env, COTANGENT_REPORT: report }, show: true, timeout })
    if (!existsSync(at(report))) return { failed: 1, note: r.code === 0 ? 'vitest wrote no report' : 'vitest did not finish' }
    const counts = JSON.parse(readFileSync(at(report), 'utf8'))
    const names = failures(counts.testResults)
    if (names.length === 0 && r.code !== 0) names.push(`vitest ended with ${r.code} though no test failed`)
    return { passed: counts.numPassedTests, failed: names.length, names, skipped: counts.numPendingTests + counts.numTodoTests }
  },
})
/** One program that passes when it exits with 0; its last line is the note. */
export const script = (name, args) => ({
  name,
  run: () => {
    const r = runNode(args)
    if (r.code !== 0 || name !== 'build') process.stdout.write(r.output)
    return r.code === 0 ? { passed: 1 } : { failed: 1, note: lastLine(r.output) }
  },
})
export const skipped = (name, note) => ({ name, run: () => ({ skipped: 1, note }) })

const total = (rows, key) => rows.reduce((n, row) => n + (row[key] ?? 0), 0)
const line = (row) => {
  const counts = ['passed', 'failed', 'skipped'].filter((k) => row[k]).map((k) => `${row[k]} ${k}`)
  return `  ${row.name.padEnd(28)} ${`${row.seconds.toFixed(1)} s`.padStart(9)}  ${counts.join(', ') || 'nothing ran'}${row.note === undefined ? '' : ` (${row.note})`}`
}
/** Runs the parts, prints the table and the counts, and leaves them in build/<name>.summary.json. */
export const runParts = (name, parts) => {
  mkdirSync(at('build'), { recursive: true })
  const rows = []
  for (const part of parts) {
    console.log(`\n== ${part.name}`)
    const start = performance.now()
    const outcome = part.run()
    rows.push({ name: part.name, ...outcome, seconds: (performance.now() - start) / 1000 })
  }
  const summary = { passed: total(rows, 'passed'), failed: total(rows, 'failed'), skipped: total(rows, 'skipped') }
  writeFileSync(at(`build/${name}.summary.json`), `${JSON.stringify({ ...summary, rows }, null, 2)}\n`)
  console.log(`\nparts of ${name} (${(total(rows, 'seconds') / 60).toFixed(1)} minutes):\n${rows.map(line).join('\n')}\n`)
  for (const row of rows) for (const name of row.names ?? []) console.log(`failed: ${name}`)
  console.log(`${summary.passed} passed, ${summary.failed} failed${summary.skipped > 0 ? `, ${summary.skipped} skipped` : ''}`)
  process.exitCode = summary.failed > 0 || summary.passed === 0 ? 1 : 0
}
