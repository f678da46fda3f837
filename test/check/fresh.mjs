/**
 * What `npm run demo` and the like start with: compiles the library when `dist` is missing or older than its sources, and
 * the addon when there is one older than its own (one that is missing is missing on purpose: `npm ci` said why).
 */
import { existsSync } from 'node:fs'
import { addonIsFresh, addonPath, buildNative, buildTypeScript, distIsFresh, lacking } from './build.mjs'
import { at } from './repository.mjs'

if (!distIsFresh()) {
  const r = buildTypeScript()
  if (r.code !== 0) {
    console.error(r.output.trim())
    console.error('cotangent: the library does not compile (see above)')
    process.exitCode = 1
  }
}
if (existsSync(at(addonPath)) && !addonIsFresh() && lacking().length === 0) {
  console.error('cotangent: the native addon is older than its sources; building it')
  const r = buildNative()
  if (r.code !== 0) {
    console.error(`cotangent: the native addon was not built: ${r.problem} (all of it in build/native.log)`)
    process.exitCode = 1
  }
}
