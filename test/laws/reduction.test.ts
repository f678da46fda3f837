/** Laws of reductions, statistics, running and segmented folds, orders and sets. */
import { equations, exact, ops, smooth, truth, whole, wild, within } from './equations.js'
import type { Law, X } from './equations.js'

const { add, concat, diff, div, eq, exp, log, max, min, mul, neg, sort, sub, sum, where } = ops
const square = (x: X): X => mul(x, x)
const first = (x: X, n: number): X => ops.slice(x, [[0, n]])
const hidden = (x: X, mask: X): X => where(mask, NaN, x)
const last = { axis: 1 } as const
const rows = { axes: [1] } as const

const running: readonly Law[] = [
  ['cumprod', 'exp cumsum log x', [within('n M', 0.3, 2)], (x) => [ops.cumprod(x, last), exp(ops.cumsum(log(x), last))], smooth],
  ['cumprod', 'each is the one before times x', ['N'], (x) => [ops.slice(ops.cumprod(x), [[1, null]]), mul(first(ops.cumprod(x), -1), ops.slice(x, [[1, null]]))]],
  ['cummax', 'cummax(cummax) = cummax, and it ends at the maximum', ['N'], (x) => [[ops.cummax(ops.cummax(x)), ops.slice(ops.cummax(x), [[-1, null]])], [ops.cummax(x), max(x, { keepdims: true })]], exact],
  ['cummin', 'cummin x = -cummax(-x)', [wild('n M')], (x) => [ops.cummin(x, last), neg(ops.cummax(neg(x), last))], exact],
  ['cumlogsumexp', 'log cumsum exp x', ['n M'], (x) => [ops.cumlogsumexp(x, last), log(ops.cumsum(exp(x), last))], smooth],
  ['cumlogsumexp', 'a shift moves out', ['N'], (x) => [ops.cumlogsumexp(add(x, 900)), add(900, ops.cumlogsumexp(x))]],
]
const nans: readonly Law[] = [
  ['nansum', 'a NaN counts as 0', ['n M', truth('n M')], (x, m) => [ops.nansum(hidden(x, m), rows), sum(where(m, 0, x), rows)]],
  ['nanprod', 'a NaN counts as 1', ['n M', truth('n M')], (x, m) => [ops.nanprod(hidden(x, m), rows), ops.prod(where(m, 1, x), rows)]],
  ['nanmean', 'the sum over how many there are', ['n M', truth('n M')], (x, m) => [ops.nanmean(hidden(x, m), rows), div(ops.nansum(hidden(x, m), rows), sum(where(m, ops.zerosLike(x), 1), rows))]],
  ['nanvar', 'the mean square from the mean', ['n M', truth('n M')], (x, m) => {
    const y = hidden(x, m)
    return [ops.nanvar(y, rows), ops.nanmean(square(sub(y, ops.nanmean(y, { ...rows, keepdims: true }))), rows)]
  }],
  ['nanstd', 'its square is nanvar', ['n M', truth('n M')], (x, m) => [square(ops.nanstd(hidden(x, m), rows)), ops.nanvar(hidden(x, m), rows)]],
  ['nanmax', 'without NaN it is max; a column of NaN changes nothing', ['n M'], (x) => [[ops.nanmax(x, rows), ops.nanmax(concat([x, mul(NaN, x)], last), rows)], [max(x, rows), max(x, rows)]], exact],
  ['nanmin', 'nanmin x = -nanmax(-x)', ['n M', truth('n M')], (x, m) => [ops.nanmin(hidden(x, m), rows), neg(ops.nanmax(neg(hidden(x, m)), rows))], exact],
  ['nanmedian', 'a column of NaN changes nothing', ['n M'], (x) => [ops.nanmedian(concat([mul(NaN, x), x], last), rows), ops.median(x, rows)], exact],
  ['nanquantile', 'a column of NaN changes nothing', ['n M'], (x) => [ops.nanquantile(concat([mul(NaN, x), x], last), [0.25, 0.8], rows), ops.quantile(x, [0.25, 0.8], rows)]],
]
const statistics: readonly Law[] = [
  ['ptp', 'max - min', ['n M'], (x) => [ops.ptp(x, rows), sub(max(x, rows), min(x, rows))], { ...exact, ...smooth }],
  ['median', 'median(-x) = -median x, and an outer pair changes nothing', ['N'], (x) => [[ops.median(neg(x)), ops.median(concat([x, ops.tensor([-9, 9], { dtype: x.dtype })]))], [neg(ops.median(x)), ops.median(x)]]],
  ['quantile', 'from min to max, and a x + b goes along', ['n M'], (x) => {
    const q = ops.quantile(add(mul(3, x), 2), [0, 0.3, 1], rows)
    return [q, ops.stack([add(mul(3, min(x, rows)), 2), add(mul(3, ops.quantile(x, 0.3, rows)), 2), add(mul(3, max(x, rows)), 2)])]
  }, smooth],
  ['percentile', 'percentile 100 q = quantile q', ['n M'], (x) => [ops.percentile(x, [5, 62.5], rows), ops.quantile(x, [0.05, 0.625], rows)]],
  ['mode', 'it occurs as often as said, and nothing oftener', [whole('1 6', 0, 2)], (x) => {
    const [value, count] = ops.mode(ops.flatten(x), { axis: 0 })
    return [[sum(ops.cast(eq(ops.flatten(x), value), 'i32')), max(ops.bincount(ops.flatten(x), { length: 3 }))], [count, count]]
  }],
  ['average', 'Σ w x / Σ w', ['n M', within('n M', 0.2, 2)], (x, w) => [ops.average(x, { axes: [1], weights: w }), div(sum(mul(w, x), rows), sum(w, rows))], smooth],
  ['average', 'of equal weights it is the mean', ['n M'], (x) => [ops.average(x, rows), ops.mean(x, rows)]],
  ['cov', 'the product of the deviations over n - 1; its diagonal is the variance', ['3 5'], (x) => {
    const d = sub(x, ops.mean(x, { axes: [1], keepdims: true }))
    return [[ops.cov(x), ops.diag(ops.cov(x))], [div(ops.matmul(d, ops.transpose(d)), 4), ops.variance(x, { axes: [1], correction: 1 })]]
  }, smooth],
  ['corrcoef', 'the covariance over both deviations', ['3 6'], (x) => {
    const d = ops.std(x, { axes: [1], correction: 1 })
    return [ops.corrcoef(x), div(ops.cov(x), ops.outer(d, d))]
  }, smooth],
  ['corrcoef', 'scale and shift of a row change nothing', ['3 6'], (x) => [ops.corrcoef(add(mul(x, ops.tensor([[2], [5], [0.5]], { dtype: x.dtype })), 4)), ops.corrcoef(x)], smooth],
  ['histogram2d', 'summed over one axis it is the histogram of the other', [within('n', -1, 1), within('n', -1, 1)], (x, y) => {
    const [h] = ops.histogram2d(x, y, 4, { ranges: [[-1, 1], [-1, 1]] })
    return [sum(h, { axes: [1] }), ops.histogram(x, 4, { range: [-1, 1] })[0]]
  }, { dtypes: ['f32'] }],
  ['histogramdd', 'of two columns it is histogram2d', [within('n', -1, 1), within('n', -1, 1)], (x, y) => {
    const s = { ranges: [[-1, 1], [-1, 1]] }
    return [ops.histogramdd(ops.stack([x, y], { axis: 1 }), 3, s)[0], ops.histogram2d(x, y, 3, s)[0]]
  }, { dtypes: ['f32'] }],
  ['bincount', 'the column sums of oneHot', [whole('n', 0, 4)], (x) => [ops.bincount(x, { length: 5 }), ops.cast(sum(ops.oneHot(x, 5), { axes: [0] }), 'i32')]],
  ['digitize', 'how many edges are not above, or (right) below', [whole('n m', -3, 3), whole('4', -3, 3)], (x, e) => {
    const count = (op: X): X => sum(ops.cast(op, 'i32'), { axes: [2] }), far = ops.unsqueeze(x, { axis: -1 })
    return [[ops.digitize(x, sort(e)), ops.digitize(x, sort(e), { right: true })], [count(ops.ge(far, sort(e))), count(ops.gt(far, sort(e)))]]
  }],
  ['trapezoid', 'Σ of the means of neighbours', ['n 5'], (x) => [ops.trapezoid(x, { dx: 0.5 }), mul(0.25, add(sum(ops.slice(x, [null, [1, null]]), rows), sum(ops.slice(x, [null, [0, 4]]), rows)))], smooth],
  ['diff', 'cumsum takes it back', ['N'], (x) => [ops.cumsum(concat([first(x, 1), diff(x)])), x], smooth],
  ['ediff1d', 'diff of the flattened tensor', ['N M'], (x) => [ops.ediff1d(x), diff(ops.flatten(x))], exact],
]
const segments: readonly Law[] = [
  ['segmentSum', 'oneHotᵀ x', ['n m', whole('n', 0, 3)], (x, i) => [ops.segmentSum(x, i, { segments: 4 }), ops.matmul(ops.transpose(ops.cast(ops.oneHot(i, 4), x.dtype)), x)], smooth],
  ['segmentProd', 'exp segmentSum log', [within('n m', 0.3, 2), whole('n', 0, 3)], (x, i) => [ops.segmentProd(x, i, { segments: 4 }), exp(ops.segmentSum(log(x), i, { segments: 4 }))]],
]
const orders: readonly Law[] = [
  ['lexsort', 'by one key it is argsort; the last key decides first', [whole('2 6', 0, 1)], (x) => {
    const [p, q] = ops.unstack(x, { axis: 0 }) as unknown as readonly [X, X]
    return [[ops.lexsort([p]), ops.lexsort([p, q])], [ops.argsort(p), ops.argsort(add(mul(2, q), p))]]
  }],
  ['searchsorted', 'how many are below, or (right) not above', [whole('5', -3, 3), whole('n m', -3, 3)], (e, x) => {
    const count = (op: X): X => sum(ops.cast(op, 'i32'), { axes: [2] }), wide = ops.unsqueeze(x, { axis: -1 })
    return [[ops.searchsorted(sort(e), x), ops.searchsorted(sort(e), x, { side: 'right' })], [count(ops.lt(sort(e), wide)), count(ops.le(sort(e), wide))]]
  }],
  ['isin', 'any of them is equal', [whole('n m', -3, 3), whole('3', -3, 3)], (x, y) => [ops.isin(x, y), ops.any(eq(ops.unsqueeze(x, { axis: -1 }), y), { axes: [2] })]],
  ['uniqueCounts', 'each occurs as often as said', [whole('6', 0, 3)], (x) => {
    const [values, counts] = ops.uniqueCounts(x, { size: 6, fill: -1 })
    return [sum(ops.cast(eq(ops.unsqueeze(values, { axis: 1 }), x), 'i32'), rows), counts]
  }],
  ['uniqueInverse', 'values[inverse] = x', [whole('n 2', -2, 2)], (x) => {
    const [values, inverse] = ops.uniqueInverse(x, { size: 6 })
    return [ops.take(values, inverse), x]
  }],
  ['setxor1d', 'what is in one of them = the union without the intersection', [whole('4', 0, 5), whole('n', 0, 5)], (x, y) => {
    const s = { size: 10, fill: 99 }
    return [ops.setxor1d(x, y, s), ops.setdiff1d(ops.union1d(x, y, s), ops.intersect1d(x, y, { size: 10, fill: 99 }), s)]
  }],
]
equations('running folds', running)
equations('folds past NaN', nans)
equations('statistics', statistics)
equations('segments', segments)
equations('orders and sets', orders)
