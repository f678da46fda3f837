/** Compiles the library when `dist` is missing or older than its sources: what `npm run demo` and the like start with. */
import { buildTypeScript, distIsFresh } from './build.mjs'

if (!distIsFresh()) {
  const r = buildTypeScript()
  if (r.code !== 0) {
    console.error(r.output.trim())
    console.error('cotangent: the library does not compile (see above)')
    process.exitCode = 1
  }
}
