/**
 * Every public function against what JAX and PyTorch gave: values, and gradients along a fixed cotangent. The records were
 * made by record.py, which says how they are written; this is one loop over them. What only moves elements, counts,
 * compares or draws bits must be equal exactly; the rest has a tolerance by kind of computation and dtype. Every backend
 * of this machine is asked.
 */
import { describe, expect, test } from 'vitest'
import { leaf, numel } from '../../lib/ir/node.js'
import type { Host, Node } from '../../lib/ir/node.js'
import type { Backend } from '../../lib/run/index.js'
import { vjp } from '../../lib/transform/index.js'
import { arrayOf, isComplex, isInexact } from '../../lib/type/index.js'
import { backends, hosts } from '../tensor/value.js'
import { differences, exact, factored, rounded, special, summed } from './near.js'
import type { Tolerance } from './near.js'
import { closed, files, hostOf, leafOf, recordsOf, tensors } from './records.js'
import type { Recorded, Stored } from './records.js'

const kinds: readonly (readonly [Tolerance, readonly string[]])[] = [
  [exact, ['reshape', 'flatten', 'permute', 'transpose', 'squeeze', 'unsqueeze', 'broadcastTo', 'flip', 'rearrange', 'concat', 'stack', 'split', 'slice', 'pad', 'sort',
    'argsort', 'topK', 'argmax', 'argmin', 'max', 'min', 'maximum', 'minimum', 'clip', 'where', 'relu', 'neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'trunc', 'maxPool',
    'zeros', 'ones', 'full', 'eye', 'oneHot', 'tril', 'triu', 'diag', 'cast', 'take', 'gather', 'key', 'random.split', 'random.keys', 'random.foldIn', 'random.bits',
    'random.uniform', 'random.rand', 'random.randLike', 'random.bernoulli', 'random.randint', 'random.permutation', 'random.categorical', 'add', 'sub', 'mul',
    'unfold', 'pixelShuffle', 'pixelUnshuffle', 'maxPoolWithIndices', 'maxUnpool', 'adaptiveMaxPool', 'place', 'ix', 'trimZeros',
    'swapaxes', 'moveaxis', 'rollaxis', 'rot90', 'fliplr', 'flipud', 'tile', 'roll', 'repeat', 'unstack', 'arraySplit', 'hsplit', 'vsplit', 'dsplit', 'hstack', 'vstack', 'dstack', 'columnStack', 'append', 'block', 'broadcastArrays',
    'atleast1d', 'atleast2d', 'atleast3d', 'diagonal', 'fillDiagonal', 'diagflat', 'meshgrid', 'toeplitz', 'resize', 'delete', 'insert', 'dynamicSlice', 'dynamicUpdateSlice', 'scatter', 'scatterMin', 'scatterMax', 'takeAlongAxis', 'putAlongAxis',
    'compress', 'extract', 'select', 'choose', 'partition', 'unique', 'union1d', 'intersect1d', 'setdiff1d', 'setxor1d', 'cummax', 'cummin', 'copysign', 'fix', 'positive', 'modf', 'nanToNum', 'nanmax', 'nanmin', 'relu6', 'hardTanh', 'identity', 'linalg.matrixTranspose', 'linalg.blockDiag',
    'fft.fftshift', 'fft.ifftshift', 'nextafter', 'spacing', 'frexp']],
  [factored, ['random.orthogonal', 'random.multivariateNormal']],
  [summed, ['cumprod', 'cumlogsumexp', 'logaddexp2', 'interp', 'unwrap', 'polyval', 'scatterAdd', 'scatterMul', 'segmentSum', 'segmentProd', 'average', 'cov', 'corrcoef', 'nansum', 'nanmean', 'nanvar', 'nanstd', 'nanprod',
    'quantile', 'percentile', 'median', 'nanquantile', 'nanmedian', 'diff', 'gradient', 'trapezoid', 'histogram', 'ptp', 'kron', 'tensordot', 'inner', 'vdot', 'cross', 'vecdot', 'matvec', 'vecmat', 'multiDot', 'dotGeneral', 'vander',
    'sum', 'mean', 'var', 'std', 'prod', 'logsumexp', 'cumsum', 'norm', 'matmul', 'dot', 'outer', 'einsum', 'conv', 'avgPool', 'adaptiveAvgPool', 'softmax', 'logSoftmax', 'power', 'gelu', 'tanh',
    'selu', 'celu', 'hardSwish', 'mish', 'glu', 'standardize', 'dotProductAttention', 'convTranspose', 'convGeneral', 'reduceWindow', 'lpPool', 'fold', 'resizeImage', 'gridSample', 'affineGrid', 'convolve', 'correlate',
    'fft.fft', 'fft.ifft', 'fft.rfft', 'fft.irfft', 'fft.hfft', 'fft.ihfft', 'fft.fft2', 'fft.ifft2', 'fft.fftn', 'fft.ifftn', 'fft.rfft2', 'fft.irfft2', 'fft.rfftn', 'fft.irfftn', 'fft.dct', 'fft.idct', 'fft.fftConvolve']],
]
/** The parts of what moves complex numbers are exact; of the rest they are sums of products. */
const ofComplex: Readonly<Record<string, Tolerance>> = { abs: rounded, sign: rounded, tan: summed }
const toleranceOf = (fn: string): Tolerance => fn.startsWith('special.') || fn.startsWith('distribution.') ? special : kinds.find(([, fns]) => fns.includes(fn))?.[0] ?? (fn.startsWith('linalg.') ? factored : rounded)

const cotangent = (k: number, y: Node): Node => {
  const data = arrayOf(y.dtype, numel(y.shape)).map((_, i) => ((((7 * i + 3 * k) % 11) - 5) / 4) as never)
  return leaf(data as never, y.shape, y.dtype)
}
/** Gradients of all float tensors along the cotangents of the float results. */
const gradients = (r: Recorded): readonly (Node | null)[] => {
  const stored = tensors(r)
  const f = closed(r)
  const nodes = stored.map(leafOf)
  const floats = nodes.filter((x) => isInexact(x.dtype))
  const g = (...xs: Node[]): Node[] => {
    const from = xs[Symbol.iterator]()
    return f(...nodes.map((x) => (isInexact(x.dtype) ? (from.next().value as Node) : x))).filter((y) => isInexact(y.dtype))
  }
  const [ys, back] = (vjp as unknown as (g: unknown, ...xs: Node[]) => [Node[], (cts: Node[]) => Node[]])(g, ...floats)
  const found = back(ys.map((y, k) => cotangent(k, y)))[Symbol.iterator]()
  return nodes.map((x) => (isInexact(x.dtype) ? (found.next().value as Node) : null))
}

const check = (r: Recorded, backend: Backend): string[] => {
  const outs = closed(r)(...tensors(r).map(leafOf))
  const got = hosts(outs, backend)
  const t = (tensors(r).some(([dtype]) => isComplex(dtype)) ? ofComplex[r.fn] : undefined) ?? toleranceOf(r.fn)
  const wrong = r.out.flatMap((want, k) => {
    const g = got[k] as Host
    const type = `${g.dtype}[${g.shape}]`
    return type === `${want[0]}[${want[1]}]` ? differences(g, hostOf(want), t).map((d) => `value ${d}`) : [`gives ${type}, recorded ${want[0]}[${want[1]}]`]
  })
  if (r.grads === undefined) return wrong
  const grads = gradients(r)
  return [...wrong, ...r.grads.flatMap((want, i) => {
    const [x, g] = [tensors(r)[i] as Stored, grads[i] ?? null]
    if (want === null || g === null) return []
    return differences(hosts([g], backend)[0] as Host, hostOf([x[0], x[1], want]), t === exact ? rounded : t).map((d) => `gradient ${i} ${d}`)
  })]
}

describe.each(backends)('%s', (_, backend) => {
  describe.each(files)('%s', (file) => {
    test.each(recordsOf(file).map((r, i) => [`${r.fn} #${i}`, r] as const))('%s', (_, r) => {
      expect(check(r, backend).join('\n'), JSON.stringify(r.args).slice(0, 300)).toBe('')
    })
  })
})
