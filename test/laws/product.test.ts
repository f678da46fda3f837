/** Laws of products, windows, matrices and Fourier transforms. */
import { equations, exact, fft, linalg, ops, smooth, within } from './equations.js'
import type { Law, X } from './equations.js'

const { abs, add, concat, div, eye, flip, matmul, mul, sum } = ops
const size = (x: X): number => x.shape.reduce((n, d) => n * d, 1)
const T = (x: X): X => linalg.matrixTranspose(x)
const square = (x: X): X => mul(x, x)
/** Well away from singular. */
const firm = (x: X): X => add(x, mul(6, eye(x.shape.at(-1) as number, { dtype: x.dtype })))
const definite = (x: X): X => firm(matmul(x, T(x)))
const two = { dtypes: ['f64'] as const }
const sharp = { ...two, ...smooth }

const products: readonly Law[] = [
  ['tensordot', 'over one axis it is matmul, over none the outer product', ['n 3', '3 m', 'k'], (x, y, z) => [[ops.tensordot(x, y, { axes: 1 }), ops.tensordot(z, z, { axes: 0 })], [matmul(x, y), ops.outer(z, z)]], smooth],
  ['vdot', 'Σ conj(x) y', ['n m', 'n m', 'n m', 'n m'], (a, c, d, e) => [ops.vdot(ops.complex(a, c), ops.complex(d, e)), sum(mul(ops.conj(ops.complex(a, c)), ops.complex(d, e)))]],
  ['kron', '(A ⊗ B)(C ⊗ D) = AC ⊗ BD', ['2 3', '2 2', '3 1', '2 3'], (a, b, c, d) => [matmul(ops.kron(a, b), ops.kron(c, d)), ops.kron(matmul(a, c), matmul(b, d))], smooth],
  ['cross', 'x × y = -(y × x), and (x × y) · z = x · (y × z)', ['n 3', 'n 3', 'n 3'], (x, y, z) => [[ops.cross(x, y), ops.vecdot(ops.cross(x, y), z)], [ops.neg(ops.cross(y, x)), ops.vecdot(x, ops.cross(y, z))]], smooth],
  ['dotGeneral', 'einsum by places', ['n 2 3', '3 n m'], (x, y) => [ops.dotGeneral(x, y, { contract: [[2], [0]], batch: [[0], [1]] }), ops.einsum('nik,knm->nim', x, y)], smooth],
  ['multiDot', 'one product after the other', ['n 3', '3 2', '2 m'], (x, y, z) => [ops.multiDot([x, y, z]), matmul(matmul(x, y), z)], smooth],
  ['matvec', 'A x = the product with a column', ['k n m', 'm'], (a, x) => [ops.matvec(a, x), ops.squeeze(matmul(a, ops.unsqueeze(x, { axis: 1 })), { axis: -1 })], smooth],
  ['vecmat', 'x A = Aᵀ x', ['n', 'k n m'], (x, a) => [ops.vecmat(x, a), ops.matvec(T(a), x)], smooth],
  ['vecdot', 'Σ x y along the axis', ['n m', 'n 1'], (x, y) => [ops.vecdot(x, y, { axis: 0 }), sum(mul(x, y), { axes: [0] })], smooth],
]
const windows: readonly Law[] = [
  ['convTranspose', '⟨conv(x, w), y⟩ = ⟨x, convTranspose(y, w)⟩', ['1 2 6', '3 2 3', '1 3 3'], (x, w, y) => {
    const s = { stride: 2, padding: 1 }
    return [sum(mul(ops.conv(x, w, s), y)), sum(mul(x, ops.convTranspose(y, w, { ...s, outputPadding: 1 })))]
  }, smooth],
  ['convGeneral', 'plain it is conv; the image spread out it is convTranspose', ['2 2 5', '3 2 2'], (x, w) =>
    [[ops.convGeneral(x, w, { stride: 2 }), ops.convGeneral(x, flip(w, { axes: [2] }), { inputDilation: 2, padding: 1 })], [ops.conv(x, w, { stride: 2 }), ops.convTranspose(x, ops.swapaxes(w, 0, 1), { stride: 2 })]], smooth],
  ['reduceWindow', 'sums are the mean times the window, and max is -min of -x', ['N 6'], (x) => [
    [ops.reduceWindow(x, 'sum', { kernel: [1, 2], stride: [1, 2] }), ops.reduceWindow(x, 'max', { kernel: [1, 3] })],
    [mul(2, ops.avgPool(x, { kernel: [1, 2] })), ops.neg(ops.reduceWindow(ops.neg(x), 'min', { kernel: [1, 3] }))]], smooth],
  ['lpPool', 'at p = 1 the sum of the window, at p = 2 its norm', [within('1 2 4 4', 0.2, 2)], (x) => {
    const s = { kernel: 2 }
    return [[ops.lpPool(x, 1, s), ops.lpPool(x, 2, s)], [mul(4, ops.avgPool(x, s)), ops.sqrt(mul(4, ops.avgPool(square(x), s)))]]
  }, smooth],
  ['maxUnpool', 'pooled again it is what was put', [within('1 2 4 4', 0.1, 2)], (x) => {
    const [y, at] = ops.maxPoolWithIndices(x, { kernel: 2 })
    return [[ops.maxPool(ops.maxUnpool(y, at, [4, 4]), { kernel: 2 }), sum(ops.maxUnpool(y, at, [4, 4]))], [y, sum(y)]]
  }],
  ['adaptiveMaxPool', 'to one it is the maximum, to a divisor maxPool', ['2 1 4 6'], (x) => [[ops.adaptiveMaxPool(x, [1, 1]), ops.adaptiveMaxPool(x, [2, 3])], [ops.max(x, { axes: [2, 3], keepdims: true }), ops.maxPool(x, { kernel: 2 })]], exact],
  ['resizeImage', 'nearest to twice the size repeats; to the same size nothing changes', ['3 4'], (x) => [[ops.resizeImage(x, [6, 4], 'nearest'), ops.resizeImage(x, [3, 4], 'cubic')], [ops.repeat(x, 2, { axis: 0 }), x]]],
  ['convolve', 'products of polynomials', ['4', '3', 'n'], (p, q, x) => [ops.polyval(ops.convolve(p, q), x), mul(ops.polyval(p, x), ops.polyval(q, x))], smooth],
  ['correlate', 'convolution with the other turned round', ['5', '3'], (x, y) => [ops.correlate(x, y), ops.convolve(x, flip(y), { mode: 'valid' })], smooth],
  ['pixelShuffle', 'pixelUnshuffle takes it back', ['n 8 2 3'], (x) => [ops.pixelUnshuffle(ops.pixelShuffle(x, 2), 2), x], { ...exact, ...smooth }],
  ['gridSample', 'at the places of the identity it is x', ['1 2 3 4'], (x) => [ops.gridSample(x, ops.affineGrid(ops.tensor([[[1, 0, 0], [0, 1, 0]]], { dtype: x.dtype }), [3, 4], { alignCorners: true }), { alignCorners: true, padding: 'border' }), x]],
]
const matrices: readonly Law[] = [
  ['choleskySolve', 'A⁻¹ A y = y', ['3 3', '3 2'], (a, y) => [linalg.choleskySolve(linalg.cholesky(definite(a)), matmul(definite(a), y)), y], sharp],
  ['lstsq', 'the residual is orthogonal: Aᵀ A x = Aᵀ y', ['5 3', '5'], (a, y) => {
    const b = concat([firm(ops.slice(a, [[0, 3]])), ops.slice(a, [[3, 5]])])
    const [x] = linalg.lstsq(b, y)
    return [ops.matvec(matmul(T(b), b), x), ops.matvec(T(b), y)]
  }, sharp],
  ['pinv', 'A A⁺ A = A', ['5 3'], (a) => {
    const b = concat([firm(ops.slice(a, [[0, 3]])), ops.slice(a, [[3, 5]])])
    return [matmul(matmul(b, linalg.pinv(b)), b), b]
  }, sharp],
  ['slogdet', 'log |AB| = log |A| + log |B|, and sign e^log = det', ['3 3', '3 3'], (a, b) => {
    const [p, q] = [firm(a), ops.neg(firm(b))]
    const [sign, size] = linalg.slogdet(q)
    return [[linalg.slogdet(matmul(p, q))[1], mul(sign, ops.exp(size))], [add(linalg.slogdet(p)[1], size), linalg.det(q)]]
  }, two],
  ['eigvalsh', 'Σ λ = trace, Σ λ² = |A|²', ['n 3 3'], (a) => {
    const s = add(a, T(a))
    return [[sum(linalg.eigvalsh(s), { axes: [1] }), sum(square(linalg.eigvalsh(s)), { axes: [1] })], [linalg.trace(s), sum(square(s), { axes: [1, 2] })]]
  }, two],
  ['eigvals', 'Σ λ = trace, Π λ = det', ['3 3'], (a) => [[ops.real(sum(linalg.eigvals(firm(a)))), ops.real(ops.prod(linalg.eigvals(firm(a))))], [linalg.trace(firm(a)), linalg.det(firm(a))]], two],
  ['svdvals', 'Σ σ² = |A|², and of Aᵀ the same', ['n 4 2'], (a) => [[sum(square(linalg.svdvals(a)), { axes: [1] }), linalg.svdvals(T(a))], [sum(square(a), { axes: [1, 2] }), linalg.svdvals(a)]], two],
  ['matrixRank', 'an outer product has 1, with one more 2', [within('3', 0.3, 2), within('4', 0.3, 2)], (x, y) => {
    const one = ops.outer(x, y)
    return [[linalg.matrixRank(one), linalg.matrixRank(add(one, ops.outer(ops.tensor([1, -1, 0], { dtype: 'f64' }), ops.tensor([0, 3, -3, 0], { dtype: 'f64' }))))], [ops.tensor(1, { dtype: 'i32' }), ops.tensor(2, { dtype: 'i32' })]]
  }, two],
  ['matrixPower', 'A³ = A A A, and A⁻² A² = 1', ['3 3'], (a) => [[linalg.matrixPower(a, 3), matmul(linalg.matrixPower(firm(a), -2), matmul(firm(a), firm(a)))], [matmul(matmul(a, a), a), eye(3, { dtype: a.dtype })]], two],
  ['matrixTranspose', 'twice is nothing, (AB)ᵀ = Bᵀ Aᵀ', ['k n 3', '3 m'], (a, b) => [[T(T(a)), T(matmul(a, b))], [a, matmul(T(b), T(a))]], smooth],
  ['expm', 'e^(A + A) = e^A e^A, |e^A| = e^trace', ['3 3'], (a) => [[linalg.expm(add(a, a)), linalg.det(linalg.expm(a))], [matmul(linalg.expm(a), linalg.expm(a)), ops.exp(linalg.trace(a))]], two],
  ['trace', 'trace AB = trace BA, the sum of the diagonal', ['3 4', '4 3'], (a, b) => [[linalg.trace(matmul(a, b)), linalg.trace(a)], [linalg.trace(matmul(b, a)), sum(ops.diagonal(a))]], smooth],
  ['vectorNorm', 'its square is Σ x², its ∞ the maximum', [within('N M', 0.1, 2)], (x) => [[square(linalg.vectorNorm(x)), linalg.vectorNorm(x, { ord: Infinity })], [sum(square(x)), ops.max(x)]]],
  ['matrixNorm', 'fro is the norm of all elements, 2 the largest singular value', ['3 2'], (a) => [[linalg.matrixNorm(a), linalg.matrixNorm(a, { ord: 2 })], [linalg.vectorNorm(a), ops.max(linalg.svdvals(a))]], two],
  ['blockDiag', 'its product is that of the blocks', ['2 3', '1 2', '3', '2'], (a, b, x, y) => [ops.matvec(linalg.blockDiag([a, b]), concat([x, y])), concat([ops.matvec(a, x), ops.matvec(b, y)])], smooth],
  ['sqrtm', 'its square is A', ['3 3'], (a) => [matmul(linalg.sqrtm(definite(a)), linalg.sqrtm(definite(a))), definite(a)], two],
]
const complex = (x: X, y: X): X => ops.complex(x, y)
const both = ['N M', 'N M'] as const
const fouriers: readonly Law[] = [
  ['fft2', 'fft along both axes', both, (x, y) => [fft.fft2(complex(x, y)), fft.fft(fft.fft(complex(x, y)), { axis: 0 })]],
  ['ifft2', 'ifft2 fft2 = 1', both, (x, y) => [fft.ifft2(fft.fft2(complex(x, y))), complex(x, y)]],
  ['ifftn', 'ifftn fftn = 1', ['N 2 M', 'N 2 M'], (x, y) => [fft.ifftn(fft.fftn(complex(x, y))), complex(x, y)]],
  ['rfft2', 'half of fft2', ['N 4'], (x) => [fft.rfft2(x), ops.slice(fft.fft2(x), [null, [0, 3]])]],
  ['irfft2', 'irfft2 rfft2 = 1', ['N 4'], (x) => [fft.irfft2(fft.rfft2(x)), x]],
  ['rfftn', 'half of fftn', ['2 N 5'], (x) => [fft.rfftn(x), ops.slice(fft.fftn(x), [null, null, [0, 3]])]],
  ['irfftn', 'irfftn rfftn = 1', ['2 N 5'], (x) => [fft.irfftn(fft.rfftn(x), { n: x.shape }), x]],
  ['ihfft', 'the conjugate of rfft over n', ['n 6'], (x) => [fft.ihfft(x), div(ops.conj(fft.rfft(x)), 6)]],
  ['hfft', 'hfft ihfft = 1', ['n 6'], (x) => [fft.hfft(fft.ihfft(x)), x]],
  ['fftshift', 'a roll by half, and ifftshift takes it back', ['5 4'], (x) => [[fft.fftshift(x), fft.ifftshift(fft.fftshift(x))], [ops.roll(x, [2, 2], { axes: [0, 1] }), x]], { ...exact, ...smooth }],
  ['ifftshift', 'the zero frequency goes in front', ['N'], (x) => [fft.ifftshift(ops.sort(fft.fftfreq(size(x), { dtype: 'f64' }))), fft.fftfreq(size(x), { dtype: 'f64' })], exact],
  ['fftfreq', 'n f = the frequencies 0, 1, .., -1 modulo n', ['N'], (x) => {
    const f = fft.fftfreq(size(x), { dtype: 'f64' })
    return [mul(size(x), ops.where(ops.lt(f, 0), add(f, 1), f)), ops.arange(size(x), { dtype: 'f64' })]
  }],
  ['rfftfreq', 'the sizes of the first half of fftfreq', ['N'], (x) => [fft.rfftfreq(size(x)), abs(ops.slice(fft.fftfreq(size(x)), [[0, Math.floor(size(x) / 2) + 1]]))]],
]
equations('products', products)
equations('windows', windows)
equations('matrices', matrices)
equations('Fourier transforms', fouriers)
