/**
 * Items into one batch. Host tensors of one dtype and shape are stacked along a new first axis; numbers become
 * f32, bigints i64, booleans bool (an integer label is made with `label`, since 3 and 3.5 must not give two
 * dtypes); tuples and records are stacked field by field. Law: row i of `stack(items)` is item i. What does not
 * fit is a sentence that names the item and the field, because "stack expects equal sizes" does not say which of
 * 60,000 pictures is wrong.
 */
import { arrayOf, dtypeInfo, dtypeOfArray, type AnyArray, type DType, type DTypeOfArray } from '../type/dtype.js'
import { fail } from '../type/fault.js'
import { isTensor } from '../type/tensor.js'
import { describe, isHostTensor, type HostTensor } from '../io/host.js'

/** The batch of B items of type A. */
export type Stacked<A, B extends number> =
  A extends HostTensor<infer S, infer D>
    ? HostTensor<readonly [B, ...S], D>
    : A extends number
      ? HostTensor<readonly [B], 'f32'>
      : A extends bigint
        ? HostTensor<readonly [B], 'i64'>
        : A extends boolean
          ? HostTensor<readonly [B], 'bool'>
          : A extends AnyArray
            ? HostTensor<readonly [B, number], DTypeOfArray<A>>
            : A extends object
              ? { readonly [K in keyof A]: Stacked<A[K], B> }
              : never

/**
 * Stacks items into one batch; throws InvalidArgument naming the item and the field that do not fit. `indices` are
 * the items' numbers in their data set, for that message.
 * @example stack([{ x: 1, y: label(0) }, { x: 2, y: label(1) }]).x.shape // [2]
 */
export const stack = <A>(items: readonly A[], indices?: ArrayLike<number>): Stacked<A, number> =>
  items.length === 0
    ? fail('InvalidArgument', 'stack: there are no items, so the batch has no dtype and shape: pass at least one.')
    : (stackField({ items, path: '', number: (i) => indices?.[i] ?? i }) as Stacked<A, number>)

interface Field {
  readonly items: readonly unknown[]
  readonly path: string
  readonly number: (i: number) => number
}

const stackField = (field: Field): unknown => {
  const first = field.items[0]
  const kind = typeof first
  if (kind === 'number' || kind === 'bigint' || kind === 'boolean') return stackScalars(field, kind)
  const tensors = field.items.map((item) => (isHostTensor(item) ? item : fromTypedArray(item)))
  if (tensors[0] !== undefined) return stackTensors(field, tensors)
  if (typeof first !== 'object' || first === null || isTensor(first))
    return refuse(
      field,
      0,
      `is ${wordFor(first)}`,
      'host tensors, typed arrays, numbers, or tuples and records of these',
    )
  return stackFields(field, first)
}

const scalarDType = { number: 'f32', bigint: 'i64', boolean: 'bool' } as const

const stackScalars = (field: Field, kind: keyof typeof scalarDType): HostTensor => {
  const dtype = scalarDType[kind]
  const data = arrayOf(dtype, field.items.length)
  field.items.forEach((item, i) => {
    data[i] =
      typeof item === kind
        ? (item as number)
        : refuse(field, i, `is ${wordFor(item)}`, `a ${kind}, as item ${field.number(0)}`)
  })
  return { dtype, shape: [field.items.length], data }
}

const stackTensors = (field: Field, tensors: readonly (HostTensor | undefined)[]): HostTensor => {
  const {
    dtype,
    shape,
    data: { length },
  } = tensors[0] as HostTensor
  const data = arrayOf(dtype, (tensors.length * length) / dtypeInfo[dtype].numbers)
  const want = describe({ dtype, shape })
  tensors.forEach((h, i) => {
    if (h === undefined || describe(h) !== want)
      return refuse(
        field,
        i,
        `is ${h === undefined ? wordFor(field.items[i]) : describe(h)}`,
        `${want}, as item ${field.number(0)}`,
      )
    data.set(h.data as never, i * length)
  })
  return { dtype, shape: [tensors.length, ...shape], data }
}

/** Tuples and records alike: the fields of the first item, which every other must have, and no more. */
const stackFields = (field: Field, first: object): unknown => {
  const keys = Object.keys(first)
  field.items.forEach((item, i) => {
    const same =
      typeof item === 'object' &&
      item !== null &&
      Array.isArray(item) === Array.isArray(first) &&
      Object.keys(item).length === keys.length &&
      keys.every((key) => Object.hasOwn(item, key))
    if (!same) refuse(field, i, `is ${wordFor(item)}`, `${wordFor(first)}, as item ${field.number(0)}`)
  })
  const stacked = keys.map((key) =>
    stackField({
      ...field,
      path: `${field.path}.${key}`,
      items: field.items.map((item) => (item as Record<string, unknown>)[key]),
    }),
  )
  return Array.isArray(first) ? stacked : Object.fromEntries(keys.map((key, i) => [key, stacked[i]]))
}

const fromTypedArray = (item: unknown): HostTensor | undefined => {
  const dtype = dtypeOf(item)
  return dtype === undefined ? undefined : { dtype, shape: [(item as AnyArray).length], data: item as AnyArray }
}

const dtypeOf = (item: unknown): DType | undefined => (ArrayBuffer.isView(item) ? dtypeOfArray(item) : undefined)

const wordFor = (item: unknown): string =>
  isTensor(item)
    ? 'a tensor'
    : item === null
      ? 'null'
      : Array.isArray(item)
        ? `a tuple of ${item.length}`
        : typeof item === 'object'
          ? `a record of {${Object.keys(item).join(', ')}}`
          : item === undefined
            ? 'nothing'
            : `a ${typeof item}`

const refuse = (field: Field, i: number, is: string, want: string): never =>
  fail(
    'InvalidArgument',
    `stack: item ${field.number(i)}${field.path === '' ? '' : ` at ${field.path.slice(1)}`} ${is} where a batch needs ${want}: make all items alike in the data set's transform.`,
  )
