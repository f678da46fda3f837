/**
 * The two builds. TypeScript is compiled to `dist` by the compiler of this tree; the addon to `build/Release` by
 * cmake-js. Neither downloads anything. A machine without CMake or a C++ compiler is no failure: the library then runs
 * on its reference backend, and one line says what to install.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { at, answers, compiler, filesBelow, lastLine, manifest, newest, root, runNode, text } from './repository.mjs'

export const sourceFolders = ['lib', 'laws', 'docs/examples', 'test/bench']
const stamp = 'build/dist.stamp'
const nativePattern = /\.(cpp|hpp|cu|cuh|txt|json)$/
export const addonPath = 'build/Release/cotangent.node'

/** Compiles the sources to `dist`; the outputs of sources that are gone go too. */
export const buildTypeScript = () => {
  const began = Date.now()
  const r = runNode([compiler[7], '-p', 'tsconfig.json', '--pretty', 'false'])
  if (r.code === 0) {
    removeOrphans()
    mkdirSync(at('build'), { recursive: true })
    writeFileSync(at(stamp), `${began}\n`)
  }
  return r
}
const removeOrphans = () => {
  for (const path of filesBelow('dist', /\.(js|d\.ts|js\.map)$/)) {
    const source = path.replace(/^dist\//, '').replace(/\.(js|d\.ts|js\.map)$/, '.ts')
    if (!existsSync(at(source))) rmSync(at(path))
  }
}
/** Whether `dist` is what the sources say. */
export const distIsFresh = () => {
  if (!existsSync(at(stamp)) || !existsSync(at('dist/lib'))) return false
  return newest([...sourceFolders.flatMap((f) => filesBelow(f)), 'tsconfig.json']) <= Number(text(stamp))
}
export const addonIsFresh = () => {
  if (!existsSync(at(addonPath))) return false
  return newest(filesBelow('native', nativePattern).filter((p) => !p.startsWith('native/test/'))) <= newest([addonPath])
}

const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean)
/** What the addon's build lacks here, as words; empty when nothing. */
export const lacking = () => {
  if (!existsSync(at('native/CMakeLists.txt'))) return ['its sources']
  const lacks = []
  if (!existsSync(at('node_modules/cmake-js'))) lacks.push('cmake-js')
  if (!answers('cmake')) lacks.push('CMake')
  if (!compilers.some((c) => answers(c))) lacks.push('a C++17 compiler')
  return lacks
}
/** Builds the addon; what went wrong is in `build/native.log`. */
export const buildNative = () => {
  const r = runNode([at('node_modules/cmake-js/bin/cmake-js'), 'compile', '-d', 'native', '--out', 'build'])
  mkdirSync(at('build'), { recursive: true })
  writeFileSync(at('build/native.log'), r.output)
  const problem = r.output.split('\n').find((line) => /error/i.test(line)) ?? lastLine(r.output)
  return { ...r, problem: problem.replaceAll(`${root}/`, '').trim() }
}
export const packageName = () => manifest().name
