/** `npm test`: all that a change must pass. Arguments name the test files that vitest runs, and then nothing else runs. */
import { addonIsFresh, buildNative, lacking } from './build.mjs'
import { runParts, script, skipped, vitest } from './parts.mjs'
import { compiler } from './repository.mjs'

const native = () => {
  const lacks = lacking()
  if (lacks.length > 0) return skipped('native addon', `${lacks.join(' and ')} missing: the reference backend is tested alone`)
  const run = () => {
    if (addonIsFresh()) return { passed: 1 }
    const r = buildNative()
    return r.code === 0 ? { passed: 1 } : { failed: 1, note: r.problem }
  }
  return { name: 'native addon', run }
}
const chosen = process.argv.slice(2)
const everything = [
  script('build', ['test/check/fresh.mjs']),
  native(),
  script('floors', ['test/check/floors.mjs']),
  script('size', ['test/check/size.mjs']),
  script('types', [compiler[7], '-p', 'test/tsconfig.json', '--pretty', 'false']),
  vitest('laws, golden, units, pages', ['--exclude', 'test/package/**'], {}, 16 * 60_000),
  // Alone, for they watch the clock and the resident size.
  vitest('packages and memory', ['test/package', '--no-file-parallelism'], {}, 9 * 60_000),
  script('coverage', ['test/check/coverage.mjs', '--strict', '--dry']),
]
runParts('test', chosen.length > 0 ? [vitest('vitest', chosen)] : everything)
