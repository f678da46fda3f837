/**
 * What `npm ci` does here after the packages are in place: compiles the library and the addon. npm runs this in a
 * checkout only, never for somebody who installs the package. It fails on a type error, not for want of a compiler.
 */
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { addonIsFresh, buildNative, buildTypeScript, distIsFresh, lacking } from './build.mjs'
import { restore } from './pack.mjs'
import { at, compiler } from './repository.mjs'

const say = (line) => console.log(`cotangent: ${line}`)

/** `npx tsc` is TypeScript 7: the older one, kept for tests and for its API, brings a command of that name too. */
const linkCompiler = () => {
  const link = at('node_modules/.bin/tsc')
  if (process.platform === 'win32') return
  rmSync(link, { force: true })
  symlinkSync('../typescript/bin/tsc', link)
}
const compileLibrary = () => {
  if (!existsSync(compiler[7])) return say('dist was not built: the TypeScript compiler is a development dependency and was left out')
  linkCompiler()
  if (distIsFresh()) return
  const r = buildTypeScript()
  if (r.code !== 0) {
    console.error(r.output.trim())
    say('the library does not compile (see above)')
    process.exitCode = 1
  }
}
const compileAddon = () => {
  if (addonIsFresh()) return say('the native addon is up to date')
  const lacks = lacking()
  const then = 'until then everything runs on the slower reference backend'
  if (lacks.length > 0) return say(`the native addon was not built, ${lacks.join(' and ')} missing; install what is missing (Debian: apt-get install cmake g++) and run "npm run build:native"; ${then}`)
  const r = buildNative()
  if (r.code === 0) say(`built the native addon in ${r.seconds.toFixed(0)} s`)
  else say(`the native addon was not built: ${r.problem} (all of it in build/native.log); after mending it run "npm run build:native"; ${then}`)
}
restore()
compileLibrary()
compileAddon()
