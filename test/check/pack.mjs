/**
 * The two packages made of this tree: `cotangent` (compiled JavaScript and types, nothing that runs at installation) and
 * `@cotangent/<platform>` (the addon, an optional dependency of the first). The checked-in manifest cannot name the
 * second: installing this tree would then look for a package that may not be published yet. So the manifest is written
 * anew for the tarball, and the JavaScript is bundled (bundle.mjs). `npm run pack` puts both tarballs into build/pack; `npm pack` calls `before` and `after` around
 * its own work and gives both as well.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { addonPath, buildTypeScript, distIsFresh } from './build.mjs'
import { at, filesBelow, manifest, runProgram } from './repository.mjs'

const staging = 'build/pack'
const saved = `${staging}/manifest.saved.json`
const savedDist = `${staging}/dist.saved`
const json = (value) => `${JSON.stringify(value, null, 2)}\n`
const libc = process.platform === 'linux' ? 'gnu' : null
export const platform = [process.platform, process.arch, libc].filter(Boolean).join('-')
export const stagedMain = at(staging, 'cotangent')
export const stagedPlatform = at(staging, platform)
const documents = ['README.md', 'LICENSE']

/** The manifest in the tarball: what a user's npm needs, and the platform packages. */
const published = (m) => {
  const { scripts, devDependencies, binary, ...rest } = m
  return { ...rest, optionalDependencies: { '@cotangent/linux-x64-gnu': m.version } }
}
const platformManifest = (m) => ({
  name: `@cotangent/${platform}`,
  version: m.version,
  description: `The native backend of ${m.name} for ${platform}.`,
  license: m.license,
  main: 'cotangent.node',
  files: ['cotangent.node'],
  os: [process.platform],
  cpu: [process.arch],
  ...(libc === null ? {} : { libc: ['glibc'] }),
  preferUnplugged: true,
})
const copyDocuments = (to) => {
  for (const d of documents) if (existsSync(at(d))) copyFileSync(at(d), `${to}/${d}`)
}
/** Directories that `npm pack` turns into the two tarballs; the second only where the addon was built. */
export const stage = async () => {
  if (!distIsFresh()) {
    const r = buildTypeScript()
    if (r.code !== 0) throw new Error(`the library does not compile:\n${r.output}`)
  }
  const m = manifest()
  for (const folder of [stagedMain, stagedPlatform]) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    copyDocuments(folder)
  }
  for (const path of [...filesBelow('dist/lib', /\.d\.ts$/), ...filesBelow('dist/laws', /\.d\.ts$/)]) cpSync(at(path), `${stagedMain}/${path}`)
  // what processes talk over is built where they run
  for (const path of filesBelow('native/comm', /\.[ch]$/)) cpSync(at(path), `${stagedMain}/${path}`)
  const { bundle } = await import('./bundle.mjs')
  await bundle(`${stagedMain}/dist`)
  writeFileSync(`${stagedMain}/package.json`, json(m.scripts === undefined ? m : published(m)))
  writeFileSync(`${stagedPlatform}/package.json`, json(platformManifest(m)))
  if (!existsSync(at(addonPath))) {
    console.error(`cotangent: @cotangent/${platform} is left out: the addon is not built (npm run build:native)`)
    return [stagedMain]
  }
  copyFileSync(at(addonPath), `${stagedPlatform}/cotangent.node`)
  return [stagedMain, stagedPlatform]
}
/** Packs a staged directory; the tarball's path. */
const packed = (folder, destination, flags = []) => {
  const r = runProgram('npm', ['pack', folder, '--pack-destination', destination, '--ignore-scripts', '--json', ...flags])
  if (r.code !== 0) throw new Error(`npm pack failed: ${r.output}`)
  const answer = JSON.parse(r.stdout)
  const [first] = Array.isArray(answer) ? answer : Object.values(answer)
  return `${destination}/${first.filename}`
}
export const tarballs = async (destination = at(staging)) => (await stage()).map((folder) => packed(folder, destination))

/** Puts back what an interrupted `npm pack` left changed. */
export const restore = () => {
  if (existsSync(at(savedDist))) {
    rmSync(at('dist'), { recursive: true, force: true })
    renameSync(at(savedDist), at('dist'))
  }
  if (existsSync(at(saved))) renameSync(at(saved), at('package.json'))
}
/** For as long as `npm pack` works, the manifest and `dist` of this tree are those of the package. */
const before = async () => {
  restore()
  await stage()
  copyFileSync(at('package.json'), at(saved))
  copyFileSync(`${stagedMain}/package.json`, at('package.json'))
  renameSync(at('dist'), at(savedDist))
  cpSync(`${stagedMain}/dist`, at('dist'), { recursive: true })
}
const after = () => {
  restore()
  if (!existsSync(`${stagedPlatform}/cotangent.node`)) return
  const destination = process.env['npm_config_pack_destination'] || process.env['INIT_CWD'] || process.cwd()
  const dry = process.env['npm_config_dry_run'] === 'true' ? ['--dry-run'] : []
  console.error(packed(stagedPlatform, destination, dry))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const command = process.argv[2]
  if (command === 'before') await before()
  else if (command === 'after') after()
  else if (command === 'stage') await stage()
  else for (const path of await tarballs()) console.log(path)
}
