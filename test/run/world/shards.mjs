/** argv[2] saves or loads, in the folder argv[3], twelve rows that are shared out over the processes. */
import { initialize } from '../../../dist/lib/index.js'
import { hostTensor, loadShards, manifest, saveShards } from '../../../dist/lib/io/index.js'

const [what, folder] = process.argv.slice(2)
const world = await initialize()
const rows = 12 / world.size
const own = Float32Array.from({ length: rows }, (_, i) => world.rank * rows + i)
if (what === 'save') await saveShards(folder, { tensors: { rows: hostTensor('f32', [rows], own) }, manifest: manifest({ step: 5 }) }, world, { sharded: ['rows'] })
const { tensors, manifest: found } = await loadShards(folder, world)
if (String(tensors.rows.data) !== String(own)) throw new Error(`rank ${world.rank} has ${tensors.rows.data}, not ${own}`)
if (world.rank === 0) console.log(`${world.size} processes have the rows of step ${found.step}`)
