/**
 * Each shape law is written twice, as a type and as a function; here both are asked the same few hundred questions.
 * The questions are drawn by fast-check, the answers of the functions become one program of equations between types,
 * and the compiler has to agree with all of them: shapes and sentences alike.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as law from '../../lib/type/index.js'
import { compileText } from './compile.js'

/** What the type must be, written out. */
interface Question { readonly type: string; readonly answer: string }
const seed = Number(process.env['COTANGENT_SEED'] ?? 20)
const runs = Number(process.env['COTANGENT_RUNS'] ?? 24)
const draw = <T>(arbitrary: fc.Arbitrary<T>, ask: (x: T) => Question): Question[] =>
  fc.sample(arbitrary, { numRuns: runs, seed }).map(ask)

const shown = (x: unknown): string =>
  typeof x === 'string' ? JSON.stringify(x) : Array.isArray(x) ? `[${x.map(shown).join(', ')}]`
  : typeof x === 'object' && x !== null ? `{ ${Object.entries(x).map(([k, v]) => `${k}: ${shown(v)}`).join('; ')} }` : `${x}`
/** A law whose type is called with the arguments of its twin. */
const same = (name: string, args: readonly unknown[], answer: unknown): Question =>
  ({ type: `t.${name}<${args.map(shown).join(', ')}>`, answer: shown(answer) })
const boxed = (answer: law.Law): unknown => (typeof answer === 'string' ? answer : [answer])

const dim = fc.constantFrom(1, 2, 3, 4, 6, 12, 0)
const shape = (minLength = 0, maxLength = 4) => fc.array(dim, { minLength, maxLength })
const axis = fc.integer({ min: -4, max: 4 })
/** A shape, and another that differs in a few dims. */
const near = shape().chain((s) =>
  fc.tuple(fc.constant(s), fc.tuple(...s.map((d) => fc.oneof({ weight: 4, arbitrary: fc.constant(d) }, fc.constant(1), dim)))))
/** Shapes that broadcast, or nearly. */
const lined = near.chain(([s, t]) => fc.tuple(fc.constant(s), fc.nat(t.length).map((n) => t.slice(n))))
const flipped = lined.chain(([a, b]) => fc.boolean().map((f): [number[], number[]] => (f ? [b, a] : [a, b])))
const matrices = fc.tuple(flipped, dim, dim, fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, dim), fc.boolean(), fc.boolean())
  .map(([[a, b], m, k, l, rowless, columnless]) => [rowless ? [k] : [...a, m, k], columnless ? [l ?? k] : [...b, l ?? k, 5]] as const)
const target = shape(0, 3).chain((s) => fc.tuple(fc.constant(s), fc.shuffledSubarray([...s, -1, 1])
  .chain((t) => fc.oneof(fc.constant(t), fc.constant([...s.slice(0, 1), ...t]), fc.constant([-1]), shape(),
    shape(1, 2).map((u) => [...s.slice(0, 1), ...u])))))
const big = fc.integer({ min: 0, max: 2 ** 26 - 1 })
const ranges = shape(1, 3).chain((s) => fc.tuple(fc.constant(s), fc.array(
  fc.oneof(fc.constant(null), fc.tuple(fc.option(fc.integer({ min: -3, max: 3 })), fc.option(fc.integer({ min: -2, max: 6 }))),
    fc.tuple(fc.constant(0), fc.constant(null), fc.constantFrom(1, 2, 3))), { maxLength: 4 })))
const width = fc.tuple(fc.integer({ min: -1, max: 3 }), fc.nat(3))
const padded = shape(0, 3).chain((s) =>
  fc.tuple(fc.constant(s), fc.array(width, { minLength: s.length, maxLength: s.length + 1 })))
const convs = fc.record({
  n: dim, groups: fc.constantFrom(1, 2), per: fc.constantFrom(1, 3), off: fc.constantFrom(0, 0, 0, 1), out: fc.constantFrom(2, 4, 3),
  space: fc.array(fc.integer({ min: 3, max: 40 }), { minLength: 1, maxLength: 3 }), kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 3 }), padding: fc.constantFrom(0, 1, 2), dilation: fc.constantFrom(1, 1, 2),
})
/** What `convs` draws, as the settings of a window. */
const windowOf = (c: { readonly stride: number; readonly padding: number; readonly dilation: number }) => ({ stride: c.stride, padding: c.padding, dilation: c.dilation })
const columns = convs.chain((c) => fc.tuple(fc.constant(c), fc.constantFrom(0, 0, 0, 1), fc.constantFrom(0, 0, 0, 1)))
const images = fc.tuple(shape(0, 1), fc.constantFrom(4, 9, 18, 6, 0), dim, dim, fc.constantFrom(1, 2, 3))
const patterns = fc.constantFrom<[string, number[], Record<string, number>]>(
  ['a b -> b a', [2, 3], {}], ['b (h w) c -> b h w c', [2, 12, 3], { h: 3 }], ['b (h w) c -> b h w c', [2, 12, 3], { h: 5 }],
  ['b h w -> b (h w)', [2, 3, 4], {}], ['(a b) c -> a (b c)', [6, 4], { a: 2 }], ['a 1 c -> (c a)', [6, 1, 4], {}],
  ['a 1 -> a', [6, 2], {}], ['a b -> a 1 b', [6, 2], {}], ['a b -> a', [6, 2], {}], ['a -> a b', [6], {}], ['a a -> a', [2, 2], {}],
  ['a b c -> c', [2, 2], {}], ['a -> a', [2, 2], {}], ['(a b) -> a b', [6], {}], ['(a b) -> a b', [6], { a: 2, b: 4 }],
  ['(a b) -> a b', [6], { a: 2, b: 3 }], ['a b, b a', [2, 3], {}], ['a b -> b a', [2, 3], { a: 3 }], ['( a 1 ) b->b a', [2, 3], {}])
const sums = fc.constantFrom<[string, number[][]]>(
  ['ij,jk->ik', [[2, 3], [3, 4]]], ['ij,jk->ik', [[2, 3], [4, 4]]], ['ii->i', [[3, 3]]], ['ii->i', [[3, 4]]], ['ij->', [[3, 4]]],
  ['i,j->ij', [[3], [4]]], ['bhqd, bhkd -> bhqk', [[1, 2, 3, 4], [1, 2, 5, 4]]], ['ij->ii', [[2, 3]]], ['ij->k', [[2, 3]]],
  ['ij', [[2, 3]]], ['ij,j->i', [[2, 3]]], ['ij->i', [[2, 3], [3]]], ['ijk->i', [[2, 3]]], ['i->i', [[2, 3]]], ['...i->i', [[2, 3]]])
const chained = near.chain(([s, t]) => fc.tuple(fc.constant([s, t, s].slice(0, 3)), axis, fc.integer({ min: 1, max: 3 })))

const refusal = (a: law.DType, b: law.DType): string => `${a} and ${b} have no common dtype: cast one of them`
/** u64 with a signed integer is refused, and nothing else. */
const meets = (a: law.DType, b: law.DType): boolean => ![[a, b], [b, a]].some(([x, y]) => x === 'u64' && /^i/.test(y as string))
const questions: Question[] = [
  ...draw(fc.tuple(big, big), ([a, b]) => same('Add', [a, b], a + b)),
  ...draw(fc.tuple(big, big), ([a, b]) => same('Mul', [a, b], a * b)),
  ...draw(fc.tuple(big, big), ([a, b]) => ({ type: `t.Sub<${a}, ${b}>`, answer: a < b ? 'never' : `${a - b}` })),
  ...draw(fc.tuple(big, fc.integer({ min: 1, max: 300 })), ([a, b]) => same('DivMod', [a, b], [Math.floor(a / b), a % b])),
  ...draw(flipped, ([a, b]) => same('Broadcast', [a, b], boxed(law.broadcast(a, b)))),
  ...draw(flipped, ([a, b]) => same('BroadcastTo', [a, b], law.broadcastTo(a, b))),
  ...draw(matrices, ([a, b]) => same('MatMul', [a, b], law.matMul(a, b))),
  ...draw(fc.tuple(shape(), fc.boolean()), ([s, twice]) => ((t) => same('Square', ['inv', t], law.square('inv', t)))(twice ? [...s, ...s.slice(-1)] : s)),
  ...draw(shape(), (s) => same('MatricesOf', ['svd', s], law.matricesOf('svd', s))),
  ...draw(matrices, ([a, b]) => ((t) => same('Solution', ['solve', t, b], law.solution('solve', t, b)))(a.length > 1 ? [...a.slice(0, -1), a.at(-2) as number] : [...a])),
  ...draw(near.filter(([s]) => s.length < 3), ([a, b]) => same('Dot', [a, b], law.dot(a, b))),
  ...draw(near.filter(([s]) => s.length < 3), ([a, b]) => same('Outer', [a, b], law.outer(a, b))),
  ...draw(fc.tuple(shape(), fc.array(axis, { maxLength: 3 }), fc.boolean()), ([s, a, k]) =>
    same('Reduce', [s, a, k], law.reduce(s, a, k))),
  ...draw(fc.tuple(shape(), fc.option(axis, { nil: undefined }), fc.boolean()), ([s, a, k]) =>
    same('Reduce', [s, a, k], law.reduce(s, a, k))),
  ...draw(fc.tuple(shape(), axis), ([s, a]) => same('Along', ['softmax', s, a], law.along('softmax', s, a))),
  ...draw(fc.tuple(shape(), dim, axis), ([s, k, a]) => same('TopK', [s, k, a], law.topK(s, k, a))),
  ...draw(target, ([s, t]) => same('Reshape', [s, t], law.reshape(s, t))),
  ...draw(fc.tuple(shape(), fc.nat(5)), ([s, f]) => same('FlattenAxes', [s, f], law.flattenAxes(s, f))),
  ...draw(shape().chain((s) => fc.tuple(fc.constant(s), fc.shuffledSubarray([0, 1, 2, 3, -1].slice(0, s.length + 1)))), ([s, p]) =>
    same('Permute', [s, p], law.permute(s, p))),
  ...draw(shape(), (s) => same('Transpose', [s], law.transpose(s))),
  ...draw(fc.tuple(shape(), fc.tuple(axis, axis)), ([s, a]) => same('Transpose', [s, a], law.transpose(s, a))),
  ...draw(fc.tuple(shape(), axis), ([s, a]) => same('Squeeze', [s, a], law.squeeze(s, a))),
  ...draw(fc.tuple(shape(), axis), ([s, a]) => same('Unsqueeze', [s, a], law.unsqueeze(s, a))),
  ...draw(chained, ([ss, a]) => same('Concat', [ss, a], law.concat(ss, a))),
  ...draw(chained, ([ss, a, n]) => same('Stack', [ss.slice(0, n), a], law.stack(ss.slice(0, n), a))),
  ...draw(fc.tuple(shape(), fc.constantFrom(1, 2, 3), axis), ([s, n, a]) => same('Split', [s, n, a], law.split(s, n, a))),
  ...draw(ranges, ([s, r]) => same('Slice', [s, r], law.slice(s, r))),
  ...draw(padded, ([s, w]) => same('Pad', [s, w], law.pad(s, w))),
  ...draw(fc.tuple(shape(), shape(0, 2), axis), ([s, i, a]) => same('Take', [s, i, a], law.take(s, i, a))),
  ...draw(fc.tuple(near, axis), ([[s, i], a]) => same('Gather', [s, i, a], law.gather(s, i, a))),
  ...draw(convs, (c) => {
    const x = [c.n, c.per * c.groups + c.off, ...c.space], w = [c.out, c.per, ...c.space.map(() => c.kernel)]
    const settings = { stride: c.stride, padding: c.padding, dilation: c.dilation, groups: c.groups }
    return same('Conv', [x, w, settings], law.conv(x, w, law.convWindow(settings, c.space.length)))
  }),
  ...draw(convs, (c) => {
    const settings = { kernel: c.space.length === 2 ? c.kernel : c.space.map(() => c.kernel), stride: c.stride, padding: c.padding }
    return same('Pool', [[c.n, ...c.space], settings], law.pool([c.n, ...c.space], law.poolWindow(settings)))
  }),
  ...draw(fc.tuple(shape(), fc.constantFrom<law.PerAxis>(3, [2, 5])), ([s, z]) => same('AdaptivePool', [s, z], law.adaptivePool(s, z))),
  ...draw(convs, (c) => {
    const x = [c.n, c.per * c.groups + c.off, ...c.space], w = [c.per * c.groups, c.out, ...c.space.map(() => c.kernel)]
    const settings = { ...windowOf(c), outputPadding: c.off, groups: c.groups }
    return same('ConvTranspose', [x, w, settings], law.convTranspose(x, w, law.spreadWindow(settings, c.space.length)))
  }),
  ...draw(convs, (c) => {
    const settings = { kernel: c.space.map(() => c.kernel), ...windowOf(c) }
    return same('Unfold', [[c.n, c.out, ...c.space], settings], law.unfold([c.n, c.out, ...c.space], law.patchWindow(settings)))
  }),
  ...draw(columns, ([c, more, odd]) => {
    const settings = { kernel: c.space.map(() => c.kernel), ...windowOf(c) }
    const open = law.unfold([c.n, c.out, ...c.space], law.patchWindow(settings))
    const x = typeof open === 'string' ? [c.n, c.out, 4] : [open[0] as number, (open[1] as number) + odd, (open[2] as number) + more]
    return same('Fold', [x, c.space, settings], law.fold(x, c.space, law.patchWindow(settings)))
  }),
  ...draw(convs, (c) => {
    const settings = { kernel: c.off === 1 ? [c.kernel] : c.space.map(() => c.kernel), ...windowOf(c) }
    const n = settings.kernel.length
    const spelt = { kernel: settings.kernel, stride: law.perAxis(c.stride, n, 1), padding: law.pads(c.padding, n), dilation: law.perAxis(c.dilation, n, 1) }
    return same('Windows', [c.space, settings], law.windows(c.space, spelt))
  }),
  ...draw(images, ([b, c, h, w, r]) => same('PixelShuffle', [[...b, c, h, w], r], law.pixelShuffle([...b, c, h, w], r))),
  ...draw(images, ([b, c, h, w, r]) => same('PixelUnshuffle', [[...b, c, h * r, w * r + (c === 9 ? 1 : 0)], r], law.pixelUnshuffle([...b, c, h * r, w * r + (c === 9 ? 1 : 0)], r))),
  ...draw(patterns, ([p, s, e]) => same('Rearrange', [p, s, e], law.rearrange(p, s, e))),
  ...draw(sums, ([f, ss]) => same('Einsum', [f, ss], law.einsum(f, ss))),
  ...law.dtypes.flatMap((a) => law.dtypes.map((b) => meets(a, b) ? same('Promote', [a, b], law.promote(a, b)) : same('Meeting', [a, b, true], refusal(a, b)))),
  ...law.dtypes.flatMap((d) => [same('FloatOf', [d], law.floatOf(d)), same('SumOf', [d], law.sumOf(d))]),
]
const program = [
  "import type * as t from '@type'",
  'type Eq<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : { type: A; twin: B }',
  ...questions.map(({ type, answer }, i) => `export const q${i}: Eq<${type}, ${answer}> = true`),
].join('\n')

test(`${questions.length} questions to types and run-time twins have the same answers (seed ${seed})`, () => {
  const wrong = compileText(program).diagnostics.map((d) => {
    const q = questions[d.line - 3]
    return q === undefined ? d.text : `${q.type} is not ${q.answer}\n    ${d.text}`
  })
  expect(wrong).toEqual([])
}, 60_000)

test('the questions are not all refused', () => {
  const refused = questions.filter((q) => q.answer.startsWith('"')).length
  expect(refused / questions.length).toBeLessThan(0.6)
  expect(refused).toBeGreaterThan(50)
})
