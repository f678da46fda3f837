/** Laws of creation and of functions of single numbers. */
import { equations, exact, ops, random, smooth, truth, whole, wild, within } from './equations.js'
import type { Law, X } from './equations.js'

const { abs, add, atan2, cos, div, eq, exp, log, logicalAnd: and, max, mul, neg, sin, sub, sum, where } = ops
const n = (x: X): number => x.shape[0] as number
const ints = { dtypes: ['i32', 'i64', 'u8', 'u32', 'i16'] as const }
const square = (x: X): X => mul(x, x)

const creation: readonly Law[] = [
  ['zerosLike', 'x + 0 = x', ['n m'], (x) => [add(x, ops.zerosLike(x)), x], exact],
  ['onesLike', 'x 1 = x', ['n m'], (x) => [mul(x, ops.onesLike(x)), x], exact],
  ['fullLike', 'fullLike(x, 3) = 0 + 3', ['n m'], (x) => [ops.fullLike(x, 3), add(ops.zerosLike(x), 3)], exact],
  ['emptyLike', 'nothing is ever uninitialised: it is 0', ['n m'], (x) => [ops.emptyLike(x), ops.zerosLike(x)], exact],
  ['newZeros', 'newZeros(x, s) = 0 newOnes(x, s)', ['N'], (x) => [ops.newZeros(x, [2, n(x)]), mul(0, ops.newOnes(x, [2, n(x)]))], exact],
  ['newOnes', 'Σ newOnes(x, [2, n]) = 2 n', ['N'], (x) => [sum(ops.newOnes(x, [2, n(x)])), mul(max(ops.onesLike(x)), 2 * n(x))], exact],
  ['logspace', 'log₁₀ logspace(a, b, n) = linspace(a, b, n)', ['N'], (x) => [ops.log10(ops.logspace(-1, 2, n(x), { dtype: 'f64' })), ops.linspace(-1, 2, n(x), { dtype: 'f64' })]],
  ['geomspace', 'log geomspace(a, b, n) = linspace(log a, log b, n)', ['N'], (x) => [log(ops.geomspace(0.5, 20, n(x), { dtype: 'f64' })), ops.linspace(Math.log(0.5), Math.log(20), n(x), { dtype: 'f64' })]],
  ['meshgrid', 'the product of the two grids is the outer product; xy is ij transposed', ['n', 'm'], (x, y) => {
    const [p, q] = ops.meshgrid([x, y], { indexing: 'ij' }), [r, s] = ops.meshgrid([x, y])
    return [[mul(p, q), ops.transpose(r), ops.transpose(s)], [ops.outer(x, y), p, q]]
  }, smooth],
  ['vander', 'V(x) c = the polynomial with coefficients c at x', ['n', 'M'], (x, c) => [ops.matmul(ops.vander(x, { columns: n(c) }), c), ops.polyval(c, x)], smooth],
  ['tri', 'tri = the lower triangle of ones', ['N M'], (x) => [ops.tri(n(x), { columns: x.shape[1], diagonal: 1 }), ops.tril(ops.ones(x.shape), { diagonal: 1 })], exact],
  ['diagflat', 'the diagonal of diagflat(x) is x flattened, and its sum is that of x', ['n M'], (x) => {
    const y = ops.diagflat(x, { diagonal: -1 })
    return [[ops.diagonal(y, { offset: -1 }), sum(y)], [ops.flatten(x), sum(x)]]
  }, smooth],
  ['fromFunction', 'fromFunction(f, s) = f of the indices of s', ['n m'], (x) => {
    const f = (i: X, j: X): X => sub(mul(i, 7), square(j))
    const [i, j] = ops.unstack(ops.indices(x.shape), { axis: 0 })
    return [ops.fromFunction(f, x.shape), f(i as X, j as X)]
  }],
  ['toeplitz', 'T(c) x = the convolution of c and x', ['3', '4'], (c, x) => {
    const column = ops.concat([c, ops.zeros([3], { dtype: c.dtype })]), row = ops.concat([ops.slice(c, [[0, 1]]), ops.zeros([3], { dtype: c.dtype })])
    return [ops.matmul(ops.toeplitz(column, { row }), x), ops.convolve(c, x)]
  }, smooth],
]
const logic: readonly Law[] = [
  ['isnan', 'NaN alone differs from itself', [wild('n m')], (x) => [ops.isnan(x), ops.ne(x, x)]],
  ['isinf', 'x is infinite where |x| = ∞', [wild('n m')], (x) => [ops.isinf(x), eq(abs(x), Infinity)]],
  ['isfinite', 'finite = neither NaN nor infinite', [wild('n m')], (x) => [ops.isfinite(x), ops.logicalNot(ops.logicalOr(ops.isnan(x), ops.isinf(x)))]],
  ['logicalAnd', 'x ∧ y = ¬(¬x ∨ ¬y)', [truth('n m'), truth('m')], (x, y) => [ops.logicalAnd(x, y), ops.logicalNot(ops.logicalOr(ops.logicalNot(x), ops.logicalNot(y)))]],
  ['logicalOr', 'x ∨ (x ∧ y) = x', [truth('n m'), truth('n m')], (x, y) => [ops.logicalOr(x, ops.logicalAnd(x, y)), x]],
  ['logicalXor', 'x ⊻ y = (x ∨ y) ∧ ¬(x ∧ y)', [truth('n m'), truth('n 1')], (x, y) => [ops.logicalXor(x, y), and(ops.logicalOr(x, y), ops.logicalNot(and(x, y)))]],
  ['logicalNot', 'x = 0', [wild('n m')], (x) => [ops.logicalNot(x), eq(x, 0)]],
  ['countNonzero', 'Σ [x ≠ 0]', [whole('n m', -1, 1)], (x) => [ops.countNonzero(x, { axes: [0] }), sum(ops.cast(ops.ne(x, 0), 'i32'), { axes: [0] })]],
  ['signbit', 'x < 0, and -0 has it', ['n m'], (x) => [[ops.signbit(x), ops.signbit(neg(mul(0, abs(x))))], [ops.lt(x, 0), eq(x, x)]]],
  ['isclose', '|x - y| ≤ atol + rtol |y|', ['n m', 'm'], (x, y) => [ops.isclose(x, y, { rtol: 0.5, atol: 0.25 }), ops.le(abs(sub(x, y)), add(0.25, mul(0.5, abs(y))))]],
  ['isclose', 'x is close to itself unless NaN', [wild('n')], (x) => [[ops.isclose(x, x), ops.isclose(x, x, { equalNan: true })], [eq(x, x), ops.onesLike(eq(x, x))]]],
  ['allclose', 'all are close', ['n m', 'n m'], (x, y) => [ops.allclose(x, y, { atol: 1 }), ops.all(ops.isclose(x, y, { atol: 1 }))]],
  ['arrayEqual', 'all are equal', [whole('2', 0, 1), whole('2', 0, 1)], (x, y) => [ops.arrayEqual(x, y), ops.all(eq(x, y))]],
]
const division: readonly Law[] = [
  ['floorDivide', 'x = y ⌊x / y⌋ + remainder', ['n m', within('m', 0.5, 3)], (x, y) => [add(mul(y, ops.floorDivide(x, y)), ops.remainder(x, y)), x]],
  ['floorDivide', 'on integers exactly', [{ sizes: 'n m', range: [0, 100] }, { sizes: 'n m', range: [1, 9] }], (x, y) => [add(mul(y, ops.floorDivide(x, y)), ops.remainder(x, y)), x], ints],
  ['divmod', '(⌊x / y⌋, remainder)', [whole('n m', -50, 50), whole('m', 1, 9)], (x, y) => [[...ops.divmod(x, y)], [ops.floorDivide(x, y), ops.remainder(x, y)]]],
  ['fmod', 'the remainder of |x| by |y|, with the sign of x', ['n m', within('m', 0.5, 3)], (x, y) => [ops.fmod(x, neg(y)), mul(ops.sign(x), ops.remainder(abs(x), y))]],
  ['fmod', 'x = y trunc(x / y) + fmod on integers', [whole('n', -50, 50), whole('n', 1, 9)], (x, y) => [add(mul(y, ops.cast(ops.trunc(div(ops.cast(x, 'f64'), ops.cast(y, 'f64'))), 'i32')), ops.fmod(x, y)), x]],
  ['modf', 'fraction + whole = x, whole = trunc x', ['n m'], (x) => {
    const [fraction, whole] = ops.modf(x)
    return [[add(fraction, whole), whole], [x, ops.trunc(x)]]
  }, exact],
  ['fix', 'fix(-x) = -fix(x), and ⌊x⌋ above 0', ['n m'], (x) => [[ops.fix(neg(x)), ops.fix(abs(x))], [neg(ops.fix(x)), ops.floor(abs(x))]], exact],
  ['minimum', 'min(x, y) = -max(-x, -y)', [wild('n m'), wild('m')], (x, y) => [ops.minimum(x, y), neg(ops.maximum(neg(x), neg(y)))], exact],
  ['minimum', 'min + max = sum', ['n m', 'm'], (x, y) => [add(ops.minimum(x, y), ops.maximum(x, y)), add(x, y)], smooth],
]
const bits: readonly Law[] = [
  ['bitwiseAnd', '¬(x & y) = ¬x | ¬y', [whole('n', -99, 99), whole('n', -99, 99)], (x, y) => [ops.bitwiseNot(ops.bitwiseAnd(x, y)), ops.bitwiseOr(ops.bitwiseNot(x), ops.bitwiseNot(y))]],
  ['bitwiseOr', '(x | y) + (x & y) = x + y', [{ sizes: 'n m', range: [0, 60] }, { sizes: 'm', range: [0, 60] }], (x, y) => [add(ops.bitwiseOr(x, y), ops.bitwiseAnd(x, y)), add(x, y)], ints],
  ['bitwiseXor', '(x ^ y) ^ y = x', [{ sizes: 'n m', range: [0, 60] }, { sizes: 'n m', range: [0, 60] }], (x, y) => [ops.bitwiseXor(ops.bitwiseXor(x, y), y), x], ints],
  ['bitwiseNot', '¬x = -x - 1', [whole('n m', -99, 99)], (x) => [ops.bitwiseNot(x), sub(neg(x), 1)]],
  ['leftShift', 'x << k = x 2ᵏ', [whole('n m', -99, 99), whole('m', 0, 9)], (x, k) => [ops.leftShift(x, k), mul(x, ops.power(2, k))]],
  ['rightShift', 'x >> k = ⌊x / 2ᵏ⌋', [whole('n m', -999, 999), whole('m', 0, 9)], (x, k) => [ops.rightShift(x, k), ops.floorDivide(x, ops.power(2, k))]],
  ['bitCount', '|x ^ y| = |x| + |y| - 2 |x & y|', [whole('n', -99, 99), whole('n', -99, 99)], (x, y) => [ops.bitCount(ops.bitwiseXor(x, y)), sub(add(ops.bitCount(x), ops.bitCount(y)), mul(2, ops.bitCount(ops.bitwiseAnd(x, y))))]],
  ['gcd', 'gcd(k x, k y) = k gcd(x, y), and it divides both', [whole('n', -60, 60), whole('n', 1, 60), whole('n', 1, 7)], (x, y, k) =>
    [[ops.gcd(mul(k, x), mul(k, y)), ops.remainder(x, ops.gcd(x, y))], [mul(k, ops.gcd(x, y)), ops.zerosLike(x)]]],
  ['lcm', 'gcd · lcm = |x y|', [whole('n m', -60, 60), whole('m', -60, 60)], (x, y) => [mul(ops.gcd(x, y), ops.lcm(x, y)), abs(mul(x, y))]],
]
const numbers: readonly Law[] = [
  ['cbrt', '(∛x)³ = x', [within('n m', 0.2, 9)], (x) => [mul(square(ops.cbrt(x)), ops.cbrt(x)), x], smooth],
  ['cbrt', '∛(-x) = -∛x', [wild('n')], (x) => [ops.cbrt(neg(x)), neg(ops.cbrt(x))]],
  ['copysign', 'it has the size of x', [wild('n'), wild('n')], (x, y) => [abs(ops.copysign(x, y)), abs(x)], exact],
  ['copysign', 'it has the sign of y', ['n', wild('n')], (x, y) => [ops.signbit(ops.copysign(x, y)), ops.signbit(y)]],
  ['logaddexp', 'exp logaddexp(x, y) = exp x + exp y', ['n m', 'm'], (x, y) => [exp(ops.logaddexp(x, y)), add(exp(x), exp(y))], smooth],
  ['logaddexp', 'logaddexp(x + c, y + c) = logaddexp(x, y) + c', ['n m', 'm'], (x, y) => [ops.logaddexp(add(x, 700), add(y, 700)), add(ops.logaddexp(x, y), 700)]],
  ['logaddexp2', '2^logaddexp2(x, y) = 2^x + 2^y', ['n m', 'm'], (x, y) => [ops.exp2(ops.logaddexp2(x, y)), add(ops.exp2(x), ops.exp2(y))], smooth],
  ['sinc', 'πx sinc x = sin πx', ['n m'], (x) => [mul(mul(Math.PI, x), ops.sinc(x)), sin(mul(Math.PI, x))], smooth],
  ['sinc', 'sinc 0 = 1', ['n'], (x) => [ops.sinc(mul(0, x)), ops.onesLike(x)], exact],
  ['heaviside', 'H(x, y) + H(-x, 1 - y) = 1', [whole('n m', -1, 1), within('m', 0, 1)], (x, y) => [add(ops.heaviside(x, y), ops.heaviside(neg(x), sub(1, y))), ops.onesLike(ops.heaviside(x, y))]],
  ['deg2rad', 'rad2deg deg2rad x = x', ['n m'], (x) => [ops.rad2deg(ops.deg2rad(x)), x], smooth],
  ['rad2deg', 'a turn is 360', ['n'], (x) => [cos(ops.deg2rad(add(ops.rad2deg(x), 360))), cos(x)]],
  ['nanToNum', 'all are finite, and finite ones stay', [wild('n m')], (x) => [[ops.isfinite(ops.nanToNum(x)), where(ops.isfinite(x), ops.nanToNum(x), 0)], [ops.onesLike(eq(x, x)), where(ops.isfinite(x), x, 0)]], exact],
  ['angle', 'angle(x + iy) = atan2(y, x)', [within('n m', 0.2, 2), 'n m'], (x, y) => [ops.angle(ops.complex(neg(x), y)), atan2(y, neg(x))], smooth],
  ['interp', 'it meets the points', ['5', '5'], (x, y) => [ops.interp(ops.sort(x), ops.sort(x), y), y]],
  ['interp', 'a line stays a line', [within('n', -0.9, 0.9)], (x) => [ops.interp(x, ops.linspace(-1, 1, 7, { dtype: x.dtype }), ops.linspace(-5, 1, 7, { dtype: x.dtype })), sub(mul(3, x), 2)], {}],
  ['polyval', 'p(x) x + c = the polynomial with one coefficient more', ['n', 'm', '1'], (p, x, c) => [ops.polyval(ops.concat([p, c]), x), add(mul(ops.polyval(p, x), x), c)], smooth],
  ['floatPower', 'xʸ = exp(y log x)', [within('n m', 0.3, 3), 'm'], (x, y) => [ops.floatPower(x, y), exp(mul(y, log(x)))], smooth],
  ['unwrap', 'it moves by whole turns, and no step is over half a turn', [within('6', -9, 9)], (x) => {
    const y = ops.unwrap(x)
    return [[cos(y), sin(y), ops.all(ops.le(abs(ops.diff(y)), Math.PI + 1e-5))], [cos(x), sin(x), ops.tensor(true)]]
  }],
]
const ramp = (x: X): X => ops.clip(add(x, 3), { min: 0, max: 6 })
const activations: readonly Law[] = [
  ['identity', 'id x = x', [wild('n m')], (x) => [ops.identity(x), x], exact],
  ['relu6', 'clip(x, 0, 6)', [within('n m', -9, 9)], (x) => [ops.relu6(x), ops.clip(x, { min: 0, max: 6 })], { ...exact, ...smooth }],
  ['selu', 'λ elu(x, α)', [within('n m', -4, 4)], (x) => [ops.selu(x), mul(1.0507009873554805, ops.elu(x, { alpha: 1.6732632423543772 }))], smooth],
  ['celu', 'α elu(x / α)', [within('n m', -4, 4)], (x) => [ops.celu(x, { alpha: 0.5 }), mul(0.5, ops.elu(div(x, 0.5)))], smooth],
  ['hardTanh', 'clip(x, -1, 1)', [within('n m', -4, 4)], (x) => [ops.hardTanh(x), ops.clip(x, { min: -1, max: 1 })], { ...exact, ...smooth }],
  ['hardSigmoid', 'relu6(x + 3) / 6', [within('n m', -5, 5)], (x) => [ops.hardSigmoid(x), div(ramp(x), 6)], smooth],
  ['hardSwish', 'x hardSigmoid x', [within('n m', -5, 5)], (x) => [ops.hardSwish(x), mul(x, ops.hardSigmoid(x))], smooth],
  ['softSign', 'softSign x (1 + |x|) = x', [within('n m', -5, 5)], (x) => [mul(ops.softSign(x), add(1, abs(x))), x], smooth],
  ['logSigmoid', '-softplus(-x)', [within('n m', -50, 50)], (x) => [ops.logSigmoid(x), neg(ops.softplus(neg(x)))], smooth],
  ['mish', 'x tanh softplus x', [within('n m', -5, 5)], (x) => [ops.mish(x), mul(x, ops.tanh(ops.softplus(x)))], smooth],
  ['squareplus', 'y (y - x) = b / 4', [within('n m', -3, 3)], (x) => [mul(ops.squareplus(x, { b: 4 }), sub(ops.squareplus(x, { b: 4 }), x)), ops.onesLike(x)]],
  ['sparsePlus', 's(x) - s(-x) = x', [within('n m', -3, 3)], (x) => [sub(ops.sparsePlus(x), ops.sparsePlus(neg(x))), x], smooth],
  ['standardize', 'standardize(a x + b) = standardize x', ['n 5'], (x) => [ops.standardize(add(mul(3, x), 2), { epsilon: 0 }), ops.standardize(x, { epsilon: 0 })], smooth],
  ['standardize', 'of mean 0 and variance 1', ['n 5'], (x) => {
    const z = ops.standardize(x, { epsilon: 0 }), one = ops.ones([n(x)], { dtype: x.dtype })
    return [[add(1, ops.mean(z, { axes: [1] })), ops.variance(z, { axes: [1] })], [one, one]]
  }],
]
const word = whole('2', 0, 2 ** 31 - 1, 'u32')
const draws: readonly Law[] = [
  ['rand', 'rand = uniform, and of one key always the same', [word], (k) => [random.rand(k, [3]), random.uniform(k, [3])], exact],
  ['randn', 'randn = normal', [word], (k) => [random.randn(k, [2, 2]), random.normal(k, [2, 2])], exact],
  ['randLike', 'randLike(k, x) = uniform of the type of x', [word, 'n m'], (k, x) => [random.randLike(k, x), random.uniform(k, x.shape, { dtype: x.dtype })], exact],
  ['randnLike', 'randnLike(k, x) = normal of the type of x', [word, 'n m'], (k, x) => [random.randnLike(k, x), random.normal(k, x.shape, { dtype: x.dtype })], exact],
  ['randn', 'under vmap over keys the single draws, stacked', [word], (k) => {
    const [p, q] = random.split(k, 2)
    const many = ops.vmap((key: X) => random.randn(key, [3])) as unknown as (keys: X) => X
    return [many(ops.stack([p, q])), ops.stack([random.randn(p, [3]), random.randn(q, [3])])]
  }, exact],
]
equations('creation', creation)
equations('logic', logic)
equations('division', division)
equations('bits', bits)
equations('numbers', numbers)
equations('activations', activations)
equations('draws', draws)
