/**
 * Devices at run time. `cpu` is the whole machine: the native backend when a binary fits, else the reference, said once in
 * one line. There is one CPU runtime a process. Other devices are refused with a sentence until a plugin provides them.
 */
import type { Device } from '../type/device.js'
import { Fault } from '../type/fault.js'
import type { On } from '../type/tensor.js'
import { flatten, unflatten } from '../type/tree.js'
import { Node } from '../ir/node.js'
import { findAddon } from './addon.js'
import type { Backend } from './backend.js'
import type { Capability, Needs } from './effect.js'
import { native } from './native.js'
import { reference } from './reference.js'
import { Runtime } from './runtime.js'

let runtime: Runtime | null = null
const choose = (): Backend => {
  const found = findAddon()
  if ('addon' in found) return native(found.addon)
  if (process.env['COTANGENT_BACKEND'] !== 'reference') process.stderr.write(`cotangent: running on the slow reference backend (${found.missing.split('.')[0] ?? ''}); see npx cotangent doctor\n`)
  return reference()
}
/** The CPU's runtime, made at the first use. */
export const cpuRuntime = (): Runtime => (runtime ??= new Runtime(choose()))

const capability = <V extends Device>(device: V): Capability<V> => ({
  device,
  get runtime() {
    return cpuRuntime()
  },
})
/** The environment of programs that need the CPU. */
export const cpu: Needs<'cpu'> = { cpu: capability('cpu') }

/** Names of the devices of this machine. */
export const devices = (): readonly Device[] => ['cpu']
export const isAvailable = (device: string): boolean => (devices() as readonly string[]).includes(device)

/** The runtime of a device, or a sentence that says why there is none. */
export const runtimeOf = (device: string): Runtime => {
  if (device === 'cpu') return cpuRuntime()
  throw new Fault('DeviceUnavailable', `there is no device ${device} here (this machine has ${devices().join(', ')}); choose one of them or 'auto'`)
}
/** The same tree on another device: values are copied there, pending graphs are left alone until they run. */
export const moved = <T, V extends Device>(tree: T, device: V): On<T, V> => {
  runtimeOf(device)
  const { leaves, def } = flatten(tree)
  for (const x of leaves) if (x instanceof Node && x.device !== undefined && x.device !== device) throw new Fault('DeviceUnavailable', `cannot move from ${x.device} to ${device}`)
  return unflatten(def, leaves) as On<T, V>
}
/**
 * Runs a program that is generic in its device on the one chosen at run time: 'auto', or a name from a command line. No
 * cast and no union: inside, the device is one type parameter.
 * @throws DeviceUnavailable for a device that this machine does not have.
 */
export const withDevice = <A>(choice: string, f: <V extends Device>(d: Chosen<V>) => A): A => {
  const device = (choice === 'auto' ? 'cpu' : choice) as Device
  runtimeOf(device)
  return f(chosen(device))
}
/** A device chosen at run time: its name, its needs, and how to put a tree on it. */
export interface Chosen<V extends Device> {
  readonly device: V
  readonly needs: Needs<V>
  readonly put: <T>(tree: T) => On<T, V>
}
const chosen = <V extends Device>(device: V): Chosen<V> => ({
  device,
  needs: { [device]: capability(device) } as unknown as Needs<V>,
  put: (tree) => moved(tree, device),
})
