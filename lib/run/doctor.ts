/**
 * What `npx cotangent doctor` says: the machine as the library sees it and, for whatever is missing, the one thing to do
 * about it. It looks and never changes anything. A line is fine, a hint (something optional or slower), or broken.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import { findAddon } from './addon.js'
import type { Found } from './addon.js'

export interface Finding {
  readonly topic: string
  readonly state: 'fine' | 'hint' | 'broken'
  readonly says: string
}
const oldestNode = [20, 17] as const
const textOf = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
const finding = (topic: string, state: Finding['state'], says: string): Finding => ({ topic, state, says })
const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

const node = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const old = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])
  const here = `${process.version} on ${process.platform}-${process.arch}, Node-API ${process.versions['napi'] ?? 'unknown'}`
  return finding('Node', old ? 'broken' : 'fine', old ? `${here}; cotangent needs ${oldestNode.join('.')} or newer: install a current Node` : here)
}
/** musl is named here because a binary for glibc cannot load there. */
const libc = (): string => {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  const version = report?.header?.glibcVersionRuntime
  return process.platform !== 'linux' ? '' : version === undefined ? ' (no glibc here: musl needs its own build)' : ` (glibc ${version})`
}
const remedy = (): string => {
  if (process.env['COTANGENT_BACKEND'] === 'reference') return 'Unset COTANGENT_BACKEND to use it'
  if ((process.env['COTANGENT_NATIVE_PATH'] ?? '') !== '') return 'Correct or unset COTANGENT_NATIVE_PATH'
  if (!import.meta.url.includes('/node_modules/')) return 'Install CMake and a C++17 compiler, then: npm run build:native'
  return 'Install the binary: npm install @cotangent/linux-x64-gnu (Linux on x64 with glibc), not left out by --omit=optional'
}
const addon = (found: Found): readonly Finding[] => {
  if ('missing' in found) return [finding('native addon', 'hint', `${found.missing}${libc()}. ${remedy()}; until then everything runs on the slower reference backend`)]
  const d = found.addon.describe()
  const features = d.cpu.length > 0 ? d.cpu.join(' ') : 'none beyond the baseline'
  return [
    finding('native addon', 'fine', `version ${d.version}, interface ${d.abi}, kernels for ${d.isa}${libc()}`),
    finding('CPU', 'fine', `${cpus()[0]?.model.trim() ?? 'unknown model'}; features: ${features}`),
    threads(d.threads, d.cores, found.addon.granted().cores),
  ]
}
/** The addon takes as many threads as it has cores, unless it is told another number. */
export const threads = (used: number, cores: number, granted: number): Finding => {
  const asked = process.env['COTANGENT_THREADS']
  const parts = [`${used} used; ${cpus().length} cores, ${availableParallelism()} allowed to this process (affinity)`]
  if (granted < Infinity) parts.push(`the container grants ${granted.toFixed(1)}`)
  if (asked !== undefined) parts.push(`COTANGENT_THREADS=${asked}`)
  return used > cores
    ? finding('threads', 'hint', `${parts.join('; ')}. More threads than cores slow each other down: set COTANGENT_THREADS=${cores}`)
    : finding('threads', 'fine', parts.join('; '))
}
const memory = (found: Found): Finding => {
  const bytes = 'addon' in found ? found.addon.granted().bytes : process.constrainedMemory()
  const cap = bytes > 0 && bytes < totalmem() ? `; the container grants ${gibibytes(bytes)}` : ''
  const low = freemem() < 2 ** 29
  return finding('memory', low ? 'hint' : 'fine', `${gibibytes(totalmem())}, ${gibibytes(freemem())} free${cap}${low ? '. Little is left: close something, or train with a smaller batch' : ''}`)
}
const driverLibraries = ['/usr/lib/x86_64-linux-gnu/libcuda.so.1', '/usr/lib64/libcuda.so.1', '/usr/lib/wsl/lib/libcuda.so.1', '/usr/lib/aarch64-linux-gnu/libcuda.so.1']
const cuda = (): Finding => {
  const version = /Kernel Module(?: for \S+)?\s+(\S+)/.exec(textOf('/proc/driver/nvidia/version') ?? '')?.[1]
  if (version === undefined && !driverLibraries.some((p) => existsSync(p))) return finding('CUDA', 'fine', 'no NVIDIA driver here: the devices are the CPU alone')
  return finding('CUDA', 'hint', `NVIDIA driver ${version ?? 'present'}; this version of cotangent computes on the CPU only`)
}
/** What each optional peer is for. */
export const peers = {
  'fp-ts': 'cotangent/fp',
  'monocle-ts': 'optics on parameters, beside cotangent/fp',
  'io-ts': 'cotangent/io and cotangent/train',
  '@observablehq/plot': 'cotangent/plot',
  linkedom: 'cotangent/plot',
  '@resvg/resvg-js': 'PNG files in cotangent/plot',
  mnist: 'the real digits of the demo',
  'fast-check': 'cotangent/laws',
} as const
/** Found from the program that asks, then from this package. */
const installed = (name: string): boolean => {
  const roots = [`${process.cwd()}/package.json`, import.meta.url]
  return roots.some((from) => {
    const folders = createRequire(from).resolve.paths(name) ?? []
    return folders.some((folder) => existsSync(`${folder}/${name}/package.json`))
  })
}
const companions = (): Finding => {
  const missing = Object.entries(peers).filter(([name]) => !installed(name))
  if (missing.length === 0) return finding('packages', 'fine', `all that cotangent can use are installed (${Object.keys(peers).join(' ')})`)
  const each = missing.map(([name, use]) => `${name} (for ${use})`).join(', ')
  return finding('packages', 'hint', `not installed: ${each}. If you need them: npm install ${missing.map(([name]) => name).join(' ')}`)
}

/** Everything that was found, most important first. */
export const examine = (found = findAddon()): readonly Finding[] => [node(), ...addon(found), memory(found), cuda(), companions()]

/** The findings as text, and whether anything is broken. */
export const doctor = (): { readonly text: string; readonly broken: boolean } => {
  const found = examine()
  const marks = { fine: 'ok  ', hint: 'hint', broken: 'BAD ' } as const
  const width = Math.max(...found.map((f) => f.topic.length))
  const broken = found.some((f) => f.state === 'broken')
  const hints = found.filter((f) => f.state === 'hint').length
  const verdict = broken ? 'Something is broken: mend what is marked BAD.' : hints > 0 ? `It works; ${hints} ${hints === 1 ? 'hint' : 'hints'} above.` : 'Everything is in order.'
  return { text: `${found.map((f) => `${marks[f.state]}  ${f.topic.padEnd(width)}  ${f.says}`).join('\n')}\n${verdict}\n`, broken }
}
