/**
 * The published JavaScript: the compiled modules joined, one file an entry point and shared ones between them, so that
 * each thing exists once whichever entry points are used. A hundred and seventy small files cost 85 ms of importing; these
 * cost 20. Types stay as the compiler emits them; nothing is minified.
 */
import { rolldown } from 'rolldown'
import { existsSync } from 'node:fs'
import { at, manifest } from './repository.mjs'

/** `./dist/lib/io/index.js` -> `lib/io/index`, for all that the manifest exports or runs. */
const entries = (m) => {
  const targets = [...Object.values(m.exports).map((e) => e.default), ...Object.values(m.bin)].filter((t) => t?.endsWith('.js'))
  const names = targets.map((t) => t.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, ''))
  return Object.fromEntries(names.filter((n) => existsSync(at('dist', `${n}.js`))).map((n) => [n, at('dist', `${n}.js`)]))
}
/** Writes the bundle below a folder, in the layout of `dist`. */
export const bundle = async (folder) => {
  const made = await rolldown({ input: entries(manifest()), external: [/^[^./]/], platform: 'node', treeshake: { moduleSideEffects: true } })
  await made.write({ dir: folder, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'lib/shared/[name]-[hash].js' })
  await made.close()
}
