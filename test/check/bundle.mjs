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
const opened = (input) => rolldown({ input, external: [/^[^./]/], platform: 'node', treeshake: { moduleSideEffects: true } })
/** The modules that are loaded with an entry point. */
const modulesOf = async (entry) => {
  const made = await opened(entry)
  const { output } = await made.generate({ format: 'esm' })
  await made.close()
  return new Set(output[0].moduleIds)
}
/** Writes the bundle below a folder, in the layout of `dist`. */
export const bundle = async (folder) => {
  const input = entries(manifest()), first = await modulesOf(input['lib/index'])
  const made = await opened(input)
  await made.write({
    dir: folder, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'lib/shared/[name]-[hash].js',
    comments: { annotation: true, legal: true, jsdoc: false },
    codeSplitting: { groups: [{ name: 'cotangent', test: (id) => first.has(id) }] },
  })
  await made.close()
}
