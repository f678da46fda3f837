/** Attention with bias and mask against its definition, and what activations refuse. */
import { describe, expect, test } from 'vitest'
import * as ct from '../../lib/tensor/index.js'
import { flat } from './value.js'

const { key, random } = ct
const numbers = (x: unknown): number[] => flat(x).map(Number)

describe('dotProductAttention', () => {
  const [q, k, v] = [random.normal(key(0), [2, 3, 2, 4]), random.normal(key(1), [2, 5, 2, 4]), random.normal(key(2), [2, 5, 2, 3])]
  test('is softmax(q kᵀ / √d + bias) v, with bias and mask broadcast', () => {
    const bias = random.normal(key(3), [2, 3, 5])
    const mask = ct.tensor([true, true, false, true, true])
    const logits = ct.add(ct.div(ct.einsum('bthd,bshd->bhts', q, k), 2), bias)
    const weights = ct.softmax(ct.where(mask, logits, -Infinity))
    const want = numbers(ct.einsum('bhts,bshe->bthe', weights, v))
    numbers(ct.dotProductAttention(q, k, v, { bias, mask })).forEach((x, i) => expect(x).toBeCloseTo(want[i] as number, 5))
  })
  test('sees only the past when it is causal', () => {
    const first = numbers(ct.slice(ct.dotProductAttention(q, k, v, { isCausal: true }), [null, [0, 1]]))
    expect(first).toEqual(numbers(ct.slice(v, [null, [0, 1]])))
  })
  test('refuses what does not fit', () => {
    expect(() => ct.dotProductAttention(q, v as never, k as never)).toThrow('are not [b, t, h, d], [b, s, h, d], [b, s, h, e]')
    expect(() => ct.dotProductAttention(q, k, v, { mask: ct.tensor([true, false]) })).toThrow('the mask is [2], which does not broadcast')
  })
})
test('glu refuses an odd axis', () => {
  expect(() => ct.glu(ct.zeros([3]) as never)).toThrow('must be even')
})
