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
  const below = (child: unknown, key: string | number): TreeDef => {
    trail.push(key)
    const def = walk(child, trail, leaves, nulls)
    trail.pop()
    return def
  }
  if (Array.isArray(x)) return { kind: 'array', items: x.map(below) }
  if (!isRecord(x)) return noLeaf(x, trail.join('.'))
  const keys = sortedKeys(x)
  return { kind: 'record', keys, items: keys.map((k) => below(x[k], k)) }
}

/** The leaves from left to right (records by sorted key), and the structure. With `nulls`, a null is a leaf: an absent tangent. */
export const flatten = (tree: unknown, settings: { readonly nulls?: boolean } = {}): Flat => {
  const leaves: unknown[] = []
  return { def: walk(tree, [], leaves, settings.nulls === true), leaves }
}
/** Adds the leaves of a tree that has this structure, in the order of `flatten`; false when it has another. */
export const leavesLike = (def: TreeDef, tree: unknown, leaves: unknown[]): boolean => {
  if (def.kind === 'leaf') return isTensor(tree) && leaves.push(tree) > 0
  if (def.kind === 'array') return Array.isArray(tree) && tree.length === def.items.length && def.items.every((item, i) => leavesLike(item, tree[i], leaves))
  return isRecord(tree) && Object.keys(tree).length === def.keys.length && def.items.every((item, i) => leavesLike(item, tree[def.keys[i] as string], leaves))
}
export const leafCount = (def: TreeDef): number =>
  def.kind === 'leaf' ? 1 : def.items.reduce((n, item) => n + leafCount(item), 0)

const build = (def: TreeDef, next: () => unknown): unknown => {
  if (def.kind === 'leaf') return next()
  const items = def.items.map((item) => build(item, next))
  return def.kind === 'array' ? items : Object.fromEntries(def.keys.map((key, i) => [key, items[i]]))
}
/** The inverse of `flatten`; the leaves may be anything. */
export const unflatten = (def: TreeDef, leaves: readonly unknown[]): unknown => {
  if (leafCount(def) !== leaves.length)
    return fail('InvalidArgument', `unflatten: a tree of ${leafCount(def)} leaves cannot be made of ${leaves.length}`)
  let i = 0
  return build(def, () => leaves[i++])
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
