/** What a user waits for before anything is computed: import, first result, type check; and what he downloads. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.js'
import type { Case } from '../row.js'

/** The published files, which `npm run pack` lays out beside the tarballs. */
const door = join(root, 'build/pack/cotangent/dist/lib/index.js')
const stage = (): void => void execFileSync(process.execPath, ['test/check/pack.mjs', 'stage'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
const timedImport = `const start = performance.now(); await import(${JSON.stringify(door)}); console.log(performance.now() - start)`
const firstResult = `
  const { add, session, tensor } = await import(${JSON.stringify(door)})
  const { read } = session()
  console.log((await read(add(tensor([1, 2]), 1))).join())`
const withAddon = { ...process.env, COTANGENT_NATIVE_PATH: join(root, 'build/Release/cotangent.node') }
const evaluated = (program: string): string => execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', cwd: root })

/** Milliseconds from the start of a process to its first output. */
const untilOutput = (program: string, expected: string): Promise<number> => new Promise((resolve, reject) => {
  const start = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: root, env: withAddon, stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout.once('data', (piece: Buffer) => {
    const took = performance.now() - start
    if (piece.toString().trim() === expected) resolve(took)
    else reject(new Error(`the first result is ${piece.toString().trim()}, not ${expected}`))
  })
  child.once('error', reject)
})
const importTime: Case = {
  name: 'import_cotangent', unit: 'ms', bound: { of: 'value', most: 80 }, rounds: 9,
  prepare: () => {
    stage()
    return { measure: () => Number(evaluated(timedImport)) }
  },
}
const coldProcess: Case = {
  name: 'cold_process_first_result', unit: 'ms', bound: { of: 'value', most: 250 }, rounds: 9,
  prepare: () => {
    stage()
    return { measure: () => untilOutput(firstResult, '2,3') }
  },
}
const addon = join(root, 'build/Release/cotangent.node')
const addonSize: Case = {
  name: 'addon_size', unit: 'MB', bound: { of: 'value', most: 5 }, rounds: 1,
  prepare: () => (existsSync(addon) ? { measure: () => statSync(addon).size / 1e6 } : 'the addon is not built'),
}
const demo = join(root, 'docs/examples')
const settings = {
  extends: '../../../tsconfig.json',
  compilerOptions: {
    noEmit: true, rootDir: '../../..', skipLibCheck: true,
    paths: { cotangent: ['../../../dist/lib/index.d.ts'], 'cotangent/*': ['../../../dist/lib/*/index.d.ts'] },
  },
  include: ['demo.ts', 'demo/**/*.ts'],
}
/** The demo as a user's project: against the declarations that the package ships, not against our sources. */
const demoTypes: Case = {
  name: 'demo_type_check', unit: 's', bound: { of: 'value', most: 1 }, rounds: 5,
  prepare: () => {
    if (!existsSync(join(demo, 'demo.ts'))) return 'docs/examples/demo.ts is not there yet'
    const folder = join(root, 'build/bench/demo')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    cpSync(demo, folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    return {
      measure: () => {
        const start = performance.now()
        execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })
        return (performance.now() - start) / 1000
      },
    }
  },
}
export const cases: readonly Case[] = [importTime, coldProcess, addonSize, demoTypes]
