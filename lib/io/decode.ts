/**
 * The reporter for everything that enters from outside: an io-ts codec runs, and what it refuses becomes one
 * `DecodeError` with a line for each wrong place: its path as a person would write it (`conv1.weight.shape[1]`),
 * what was expected, what was there. A union is one line, not one for each member. io-ts's own reporter prints the
 * codec's internal structure at every step, which nobody can read; hence this one.
 */
import * as t from 'io-ts'
import { Fault, fail } from '../type/fault.js'

/**
 * Decodes a value with an io-ts codec; throws one DecodeError that names every wrong place.
 * @example decodeWith(t.type({ step: t.Int }), { step: 3 }, 'the manifest') // { step: 3 }
 */
export const decodeWith = <A>(codec: t.Decoder<unknown, A>, value: unknown, source: string): A => {
  const result = codec.decode(value)
  return result._tag === 'Right'
    ? result.right
    : fail('DecodeError', `${source} is malformed: ${report(result.left).join('; ')}.`)
}

/**
 * One line for each wrong place of an io-ts failure: path, expected, got.
 * @example report([]) // []
 */
export const report = (errors: t.Errors): readonly string[] => {
  const lines = [...new Set(errors.map((error) => line(untilUnion(error.context))))]
  return lines.length <= 8 ? lines : [...lines.slice(0, 8), `and ${lines.length - 8} more`]
}

/**
 * Parses JSON; throws DecodeError that names the source when the text is not JSON.
 * @example parseJson('[1]', 'the header') // [1]
 */
export const parseJson = (text: string, source: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Fault(
      'DecodeError',
      `${source} is not JSON (${clip(String((cause as Error).message))}): the file is damaged or of another format.`,
      { cause },
    )
  }
}

/** A whole number, zero or more, that JavaScript holds exactly. */
export const Count: t.Type<number> = new t.Type<number>(
  'a whole number >= 0',
  (u): u is number => Number.isSafeInteger(u) && (u as number) >= 0,
  (u, context) => (Number.isSafeInteger(u) && (u as number) >= 0 ? t.success(u as number) : t.failure(u, context)),
  t.identity,
)

/**
 * A value as a message shows it: short, on one line, never deeper than one level.
 * @example shown('3x3') // '"3x3"'
 */
export const shown = (value: unknown): string =>
  Array.isArray(value)
    ? value.length > 8 || value.some(isNested)
      ? `an array of ${value.length}`
      : clip(JSON.stringify(value))
    : isNested(value)
      ? `a record of ${Object.keys(value).length} fields`
      : clip(typeof value === 'string' ? JSON.stringify(value) : String(value))

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null

const clip = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 39)}…`)

const isIndexed = (tag: unknown): boolean => tag === 'UnionType' || tag === 'IntersectionType'

const tagOf = (entry: t.ContextEntry | undefined): unknown =>
  (entry?.type as { readonly _tag?: unknown } | undefined)?._tag

const untilUnion = (context: t.Context): t.Context => {
  const union = context.findIndex((entry) => tagOf(entry) === 'UnionType')
  return union < 0 ? context : context.slice(0, union + 1)
}

const line = (context: t.Context): string => {
  const last = context[context.length - 1]
  const got = last?.actual === undefined ? 'nothing' : shown(last.actual)
  return `${pathOf(context)}: expected ${last?.type.name ?? 'a value'}, got ${got}`
}

const pathOf = (context: t.Context): string => {
  const steps = context.flatMap((entry, i) =>
    i === 0 || isIndexed(tagOf(context[i - 1])) ? [] : [step(entry.key, context[i - 1])],
  )
  return steps.join('').replace(/^\./, '') || 'the whole value'
}

const step = (key: string, parent: t.ContextEntry | undefined): string =>
  ['ArrayType', 'ReadonlyArrayType', 'TupleType'].includes(String(tagOf(parent))) ? `[${key}]` : `.${key}`
