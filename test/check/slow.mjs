/**
 * `npm run test:slow`: what takes minutes. The native core under sanitizers and by another compiler, and every test file that does more when
 * COTANGENT_DEEP (laws) or COTANGENT_SLOW (other Nodes and compilers, long loops) is set: it says so, or imports laws.
 */
import { existsSync } from 'node:fs'
import { lacking } from './build.mjs'
import { runParts, skipped, vitest } from './parts.mjs'
import { answers, at, filesBelow, lastLine, runProgram, text } from './repository.mjs'

/** What each build of the core says of its results, which no compiler and no sanitizer changes. */
const results = new Set()
/** The native core as a plain program: decoder, pool, threads, kernels. */
const core = (name, kind, rounds, env = {}, lacks = lacking()) => {
  const runner = 'native/test/run.sh'
  const missing = existsSync(at(runner)) ? lacks : [runner]
  if (missing.length > 0) return skipped(name, `${missing.join(' and ')} missing`)
  const run = () => {
    const r = runProgram('sh', [runner, kind, `${rounds}`], { env, timeout: 14 * 60_000 })
    console.log(r.output.split('\n').slice(-30).join('\n').trimEnd())
    if (r.code !== 0) return { failed: 1, note: lastLine(r.output) }
    for (const [line] of r.output.matchAll(/^results: \w+$/gm)) results.add(line)
    return results.size === 1 ? { passed: 1 } : { failed: 1, note: `builds disagree: ${[...results].join(', ')}` }
  }
  return { name, run }
}
const deeper = filesBelow('test', /\.test\.ts$/).filter((p) => /COTANGENT_(DEEP|SLOW)|from '(\.\.\/)+laws\//.test(text(p)))
const settings = { COTANGENT_DEEP: '1', COTANGENT_SLOW: '1' }
const files = (name, chosen, flags, minutes) => (chosen.length === 0 ? skipped(name, 'there is no such test file') : vitest(name, [...chosen, ...flags], settings, minutes * 60_000))
const isPackage = (p) => p.startsWith('test/package/')

runParts('test-slow', [
  core('addresses and undefined behaviour (asan)', 'asan', 20_000),
  core('threads (tsan)', 'tsan', 8000), // each takes three times as long
  core('another compiler (clang++)', 'plain', 1000, { CC: 'clang', CXX: 'clang++', COT_TEST_BUILD: at('build/test-clang') }, answers('clang++') ? lacking() : ['clang++']),
  files('deep laws', deeper.filter((p) => !isPackage(p)), [], 20),
  files('other Nodes, long loops', deeper.filter(isPackage), ['--no-file-parallelism'], 18),
])
