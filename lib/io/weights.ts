/**
 * Trees of tensors in files: weights alone, or gathered for a checkpoint. Law: loading into the tree that was
 * saved gives the same bits. Reading a tensor's numbers is an effect of a backend, so the caller passes the `read`
 * of run/ or of a session; files then work with every backend, and this folder depends on none.
 */
import { leaf } from '../ir/node.js'
import type { AnyTensor, On } from '../type/tensor.js'
import { hostTensor, type HostTensor } from './host.js'
import { readSafetensors, writeSafetensors } from './safetensors.js'
import { fit, name } from './tree.js'

/** Reads the numbers of named tensors in one run, as `read` of a session does. */
export type ReadTensors = (
  tensors: Readonly<Record<string, AnyTensor>>,
) => Promise<Readonly<Record<string, HostTensor['data']>>>

/**
 * The numbers of a tree's tensors by dotted path, as checkpoints hold them; rejects with what `read` rejects with.
 * @example await gather({ layers: [] }, session().read) // {}
 */
export const gather = async (tree: unknown, read: ReadTensors): Promise<Readonly<Record<string, HostTensor>>> => {
  const tensors = name(tree)
  const numbers = await read(tensors)
  return Object.fromEntries(
    Object.entries(tensors).map(([path, x]) => [
      path,
      hostTensor(x.dtype, x.shape, numbers[path] as HostTensor['data']),
    ]),
  )
}

/**
 * A tree of the template's form with the numbers found (copied); throws DecodeError naming all that does not fit.
 * @example scatter({ layers: [] }, {}) // { layers: [] }
 */
export const scatter = <T>(template: T, found: Readonly<Record<string, HostTensor>>): On<T, never> =>
  planted(template, found, (h) => h.data.slice())

/**
 * Saves a tree of tensors as a safetensors file, all or nothing; rejects with FileError or what `read` rejects with.
 * @example await saveWeights('model.safetensors', { layers: [] }, session().read)
 */
export const saveWeights = async (path: string, tree: unknown, read: ReadTensors): Promise<void> =>
  writeSafetensors(path, await gather(tree, read), { format: 'cotangent' })

/**
 * Loads a safetensors file into the form of a tree; rejects with FileError, or DecodeError naming all that does
 * not fit.
 * @example await loadWeights('model.safetensors', { layers: [] }) // { layers: [] }
 */
export const loadWeights = async <T>(path: string, template: T): Promise<On<T, never>> =>
  planted(template, (await readSafetensors(path)).tensors, (h) => h.data)

const planted = <T>(
  template: T,
  found: Readonly<Record<string, HostTensor>>,
  dataOf: (h: HostTensor) => HostTensor['data'],
): On<T, never> => {
  const leaves = Object.entries(found).map(([path, h]) => [path, leaf(dataOf(h), h.shape, h.dtype)] as const)
  return fit(template, Object.fromEntries(leaves)) as On<T, never>
}
