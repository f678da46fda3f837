/**
 * Trees of tensors: records (by sorted key), tuples, arrays, tensors, and nothing else. Closed on purpose: no
 * registry, so every transform, optimizer and checkpoint agrees on what a tree is. Laws: unflatten(def, leaves) of
 * flatten(t) is t; mapTree of the identity is the identity; mapTree(g . f) = mapTree(g) . mapTree(f).
 */
import type { AnyTensor, Tensor } from './tensor.js'
import { fail } from './fault.js'
import { isTensor } from './tensor.js'

/** Tensors in records, tuples and arrays. */
export type Tree<T = AnyTensor> = T | readonly Tree<T>[] | { readonly [key: string]: Tree<T> }
/** The same tree with every tensor replaced by L. */
export type MapLeaves<T, L> =
  T extends Tensor<unknown, unknown, unknown> ? L : T extends object ? { [K in keyof T]: MapLeaves<T[K], L> } : T

/** A tree's structure without its leaves. */
export type TreeDef =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'array'; readonly items: readonly TreeDef[] }
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly items: readonly TreeDef[] }
export interface Flat { readonly leaves: unknown[]; readonly def: TreeDef }

const leaf: TreeDef = { kind: 'leaf' }
type RecordOf = { readonly [key: string]: unknown }
const isRecord = (x: unknown): x is RecordOf => {
  if (typeof x !== 'object' || x === null) return false
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}
const within = (path: string, key: string | number): string => (path === '' ? `${key}` : `${path}.${key}`)
const at = (path: string): string => (path === '' ? 'the tree itself' : `the tree at ${path}`)
const kindOf = (x: unknown): string =>
  x === null || x === undefined ? `${x}` : `a ${typeof x === 'object' ? x.constructor.name : typeof x}`
const noLeaf = (x: unknown, path: string): never => {
  const hint = typeof x === 'number' || typeof x === 'string' || typeof x === 'boolean'
    ? `${typeof x}s are not leaves: pass them as \`static\` or wrap with tensor()`
    : 'a tree holds tensors, records, tuples and arrays'
  return fail('InvalidArgument', `${at(path)} is ${kindOf(x)}: ${hint}`)
}

const FEW = 16
/** The keys in order; few of them by hand, as sort() takes memory for a copy. */
export const sortedKeys = (x: object): string[] => {
  const keys = Object.keys(x)
  if (keys.length > FEW) return keys.sort()
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string
    let j = i
    for (; j > 0 && (keys[j - 1] as string) > key; j--) keys[j] = keys[j - 1] as string
    keys[j] = key
  }
  return keys
}
/** The trail says where x is. Leaf: passed on. Node: its structure. Anything else: a Fault. */
const walk = (x: unknown, trail: (string | number)[], leaves: unknown[], nulls: boolean): TreeDef => {
  if (isTensor(x) || (nulls && x === null)) {
    leaves.push(x)
    return leaf
  }
  if (Array.isArray(x)) {
    const items: TreeDef[] = []
    for (let i = 0; i < x.length; i++) items.push(below(x[i], i, trail, leaves, nulls))
    return { kind: 'array', items }
  }
  if (!isRecord(x)) return noLeaf(x, trail.join('.'))
  const keys = sortedKeys(x), items: TreeDef[] = []
  for (const k of keys) items.push(below(x[k], k, trail, leaves, nulls))
  return { kind: 'record', keys, items }
}
const below = (child: unknown, key: string | number, trail: (string | number)[], leaves: unknown[], nulls: boolean): TreeDef => {
  trail.push(key)
  const def = walk(child, trail, leaves, nulls)
  trail.pop()
  return def
}

/** The leaves from left to right (records by sorted key), and the structure. With `nulls`, a null is a leaf: an absent tangent. */
export const flatten = (tree: unknown, settings: { readonly nulls?: boolean } = {}): Flat => {
  const leaves: unknown[] = []
  return { def: walk(tree, [], leaves, settings.nulls === true), leaves }
}
/** Adds the leaves, without the structure; false for what is no tree. */
const gathered = (x: unknown, leaves: unknown[]): boolean => {
  if (isRecord(x)) {
    for (const k of sortedKeys(x)) if (!gathered(x[k], leaves)) return false
    return true
  }
  if (!Array.isArray(x)) return isTensor(x) && leaves.push(x) > 0
  for (let i = 0; i < x.length; i++) if (!gathered(x[i], leaves)) return false
  return true
}
/** The leaves alone, in the order of `flatten`. */
export const leavesOf = (tree: unknown): readonly unknown[] => {
  const leaves: unknown[] = []
  return gathered(tree, leaves) ? leaves : flatten(tree).leaves
}
/** Adds the leaves of a tree that has this structure, in the order of `flatten`; false when it has another. */
export const leavesLike = (def: TreeDef, tree: unknown, leaves: unknown[]): boolean => {
  if (def.kind === 'leaf') return isTensor(tree) && leaves.push(tree) > 0
  const { items } = def
  if (def.kind === 'array') {
    if (!Array.isArray(tree) || tree.length !== items.length) return false
    for (let i = 0; i < items.length; i++) if (!leavesLike(items[i] as TreeDef, tree[i], leaves)) return false
    return true
  }
  if (!isRecord(tree) || Object.keys(tree).length !== def.keys.length) return false
  for (let i = 0; i < items.length; i++) if (!leavesLike(items[i] as TreeDef, tree[def.keys[i] as string], leaves)) return false
  return true
}
export const leafCount = (def: TreeDef): number =>
  def.kind === 'leaf' ? 1 : def.items.reduce((n, item) => n + leafCount(item), 0)

/** A record key by key: Object.fromEntries makes a pair of each first, which is seen in a small training step. */
const record = (keys: readonly string[], items: readonly unknown[]): RecordOf => {
  const made: Record<string, unknown> = {}
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    if (key === '__proto__') Object.defineProperty(made, key, { value: items[i], enumerable: true, configurable: true, writable: true })
    else made[key] = items[i]
  }
  return made
}
interface Cursor { readonly leaves: readonly unknown[]; at: number }
const build = (def: TreeDef, from: Cursor): unknown => {
  if (def.kind === 'leaf') return from.leaves[from.at++]
  const items: unknown[] = []
  for (const item of def.items) items.push(build(item, from))
  return def.kind === 'array' ? items : record(def.keys, items)
}
/** The inverse of `flatten`; the leaves may be anything. */
export const unflatten = (def: TreeDef, leaves: readonly unknown[]): unknown => {
  if (leafCount(def) !== leaves.length)
    return fail('InvalidArgument', `unflatten: a tree of ${leafCount(def)} leaves cannot be made of ${leaves.length}`)
  return build(def, { leaves, at: 0 })
}

export const pathsOf = (def: TreeDef, path: string): string[] =>
  def.kind === 'leaf' ? [path]
  : def.items.flatMap((item, i) => pathsOf(item, within(path, def.kind === 'record' ? def.keys[i] ?? i : i)))
/** One path a leaf, in the order of `flatten`: 'layers.0.weight', '' for a tree that is one tensor. */
export const paths = (tree: unknown): string[] => pathsOf(flatten(tree).def, '')

const shapeOfNode = (def: TreeDef): string =>
  def.kind === 'leaf' ? 'a tensor'
  : def.kind === 'array' ? `an array of ${def.items.length}` : `a record of {${def.keys.join(', ')}}`
/** The first path at which two structures differ, as a message; undefined when they are the same. */
export const treeMismatch = (a: TreeDef, b: TreeDef, path = ''): string | undefined => {
  if (a === b) return undefined
  const one = shapeOfNode(a), two = shapeOfNode(b)
  if (one !== two) return `${at(path)} is ${one} in one and ${two} in the other`
  if (a.kind === 'leaf' || b.kind === 'leaf') return undefined
  for (const [i, item] of a.items.entries()) {
    const key = a.kind === 'record' ? a.keys[i] ?? i : i, other = b.items[i]
    const found = other === undefined ? undefined : treeMismatch(item, other, within(path, key))
    if (found !== undefined) return found
  }
  return undefined
}
/** f at every leaf, with the leaves of further trees of the same structure beside it. */
export const mapTree = <L>(f: (...leaves: L[]) => unknown, tree: unknown, ...rest: readonly unknown[]): unknown => {
  const first = flatten(tree), others = rest.map((t) => flatten(t))
  for (const other of others) {
    const wrong = treeMismatch(first.def, other.def)
    if (wrong !== undefined) return fail('InvalidArgument', `mapTree: ${wrong}`)
  }
  return unflatten(first.def, first.leaves.map((x, i) => f(x as L, ...others.map((o) => o.leaves[i] as L))))
}
