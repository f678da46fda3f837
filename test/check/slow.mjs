/**
 * `npm run test:slow`: what takes minutes. The native core under sanitizers, and every test file that does more when
 * COTANGENT_DEEP (laws) or COTANGENT_SLOW (other Nodes and compilers, long loops) is set.
 */
import { existsSync } from 'node:fs'
import { lacking } from './build.mjs'
import { runParts, skipped, vitest } from './parts.mjs'
import { at, filesBelow, lastLine, runProgram, text } from './repository.mjs'

const sanitizers = () => {
  const runner = 'native/test/run.sh'
  const lacks = existsSync(at(runner)) ? lacking() : [runner]
  if (lacks.length > 0) return skipped('sanitizers', `${lacks.join(' and ')} missing`)
  const run = () => {
    const r = runProgram('bash', [runner], { timeout: 12 * 60_000 })
    console.log(r.output.split('\n').slice(-30).join('\n').trimEnd())
    return r.code === 0 ? { passed: 1 } : { failed: 1, note: lastLine(r.output) }
  }
  return { name: 'sanitizers', run }
}
const deeper = filesBelow('test', /\.test\.ts$/).filter((p) => /COTANGENT_(DEEP|SLOW)/.test(text(p)))
const deep = deeper.length === 0 ? skipped('deep laws', 'no test file reads COTANGENT_DEEP or COTANGENT_SLOW') : vitest('deep and slow tests', deeper, { COTANGENT_DEEP: '1', COTANGENT_SLOW: '1' }, 25 * 60_000)

runParts('test-slow', [sanitizers(), deep])
