/**
 * Runs the compiled examples in this one process, in a folder of its own, and writes one line of JSON for each to the
 * file named first. An example that hangs is given up after 20 seconds.
 */
import { appendFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [report, folder, ...names] = process.argv.slice(2)
process.chdir(mkdtempSync(join(tmpdir(), 'cotangent-examples-')))
console.log = () => undefined

const late = (name) => new Promise((_, reject) => setTimeout(() => reject(new Error(`${name} did not end within 20 s`)), 20_000).unref())
for (const name of names) {
  let problem = null
  try {
    const module = await import(join(folder, `${name}.js`))
    await Promise.race([module.example(), late(name)])
    if (process.exitCode) problem = `it set the exit code ${process.exitCode}`
  } catch (e) {
    problem = e instanceof Error ? (e.stack ?? e.message).split('\n').slice(0, 4).join('\n') : String(e)
  }
  process.exitCode = 0
  appendFileSync(report, `${JSON.stringify({ name, problem })}\n`)
}
process.exit(0)
