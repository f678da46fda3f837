/** What a golden record is of: the shapes of its tensors and the corners it holds; and which corners a name cannot have. */
const isTensor = (x) => Array.isArray(x) && typeof x[0] === 'string' && Array.isArray(x[1])
const shapesIn = (x) => {
  if (isTensor(x)) return [x[1]]
  if (Array.isArray(x)) return x.flatMap(shapesIn)
  if (typeof x !== 'object' || x === null) return []
  return 'values' in x && 'shape' in x ? [x.shape] : Object.values(x).flatMap(shapesIn)
}
const inputsOf = ({ args, x, batch, steps, input }) => [...shapesIn([args ?? [], x ?? [], batch ?? []]), ...(input === undefined ? [] : [input]), ...(steps ?? []).map((s) => s.x.shape)]
/** The shapes of what goes in; of what comes out where only a key or no tensor goes in; or the leaves of every tree of the file. */
const shapes = (r, file) => {
  if (file.shapes !== undefined && 'params' in r) return Object.values(file.shapes)
  const given = inputsOf(r)
  return given.length === 0 || /^(random\.|key$)/.test(r.fn) && given.every((s) => String(s) === '2') ? shapesIn([r.out ?? []]) : given
}
/** Several steps, or several leaves of a tree, are several cases. */
const severalOf = (r, file) => 'steps' in r || (file.shapes !== undefined && 'params' in r)
export const shapesOf = (r, file) => (severalOf(r, file) ? shapes(r, file).map((s) => JSON.stringify(s)) : [JSON.stringify(shapes(r, file))])
export const cornersOf = (r, file) => {
  const all = shapes(r, file), written = JSON.stringify([r, file[r.given]])
  return [
    ...(all.some((s) => s.includes(0)) ? ['no elements'] : []), ...(all.some((s) => s.length === 0) ? ['no axes'] : []),
    ...(written.includes('"NaN"') ? ['NaN'] : []), ...(/"-?Infinity"/.test(written) ? ['infinity'] : []),
  ]
}

/** Names that are not recorded, and why. */
export const unrecorded = new Map([
  ['checkGrads', 'gives a verdict, no tensor; test/laws/user.test.ts holds it to right and wrong rules'],
  ['allReduce', 'gives what several processes have; test/run/world holds its collectives to one process that has all devices'],
  ['axis', 'gives an axis, no tensor; test/dist records what collectives along one give'],
  ['mesh', 'gives a device, no tensor; test/run/mesh.test.ts holds what lies on it'],
  ['shard', 'changes where a value lies, not the value; test/run/mesh.test.ts reads it back'],
  ['replicate', 'changes where a value lies, not the value; test/run/mesh.test.ts reads it back'],
  ['unshard', 'changes where a value lies, not the value; test/run/mesh.test.ts reads it back'],
  ['barrier', 'gives nothing; test/run/world holds what it says of processes that do not meet'],
  ['initialize', 'gives a world, no tensor; test/run/world holds what processes do in it'],
  ['debugNans', 'changes when a run fails, no value; test/run holds which op and line it names'],
  ['explain', 'gives a text; test/transform holds what it says'],
])

const groups = {
  sizes: { lacks: ['NaN', 'infinity'], names: ['zeros', 'ones', 'eye', 'arange', 'linspace', 'empty', 'emptyLike', 'newZeros', 'newOnes', 'oneHot', 'evalShape', 'toGraph', 'summary'] },
  bools: { lacks: ['NaN', 'infinity'], names: ['logicalAnd', 'logicalOr', 'logicalNot', 'logicalXor', 'any', 'all'] },
  keys: { lacks: ['NaN', 'infinity'], names: ['key', 'split', 'foldIn', 'bits', 'uniform', 'normal', 'bernoulli', 'randint', 'permutation', 'categorical', 'rand', 'randn', 'randLike', 'randnLike'] },
  integers: { lacks: ['NaN', 'infinity', 'no axes'], names: ['embedding', 'batchNorm'] },
  axes: { lacks: ['no axes'], names: ['eye', 'arange', 'linspace', 'tril', 'triu', 'diag', 'cumsum', 'transpose', 'squeeze', 'concat', 'split', 'slice', 'pad', 'gather', 'rearrange', 'sort', 'argsort', 'topK', 'matmul', 'dot', 'outer',
    'conv', 'maxPool', 'avgPool', 'adaptiveAvgPool', 'softmax', 'logSoftmax', 'categorical', 'permutation', 'randint', 'vmap', 'linear', 'layerNorm', 'dropout', 'flatten', 'activation', 'sequential', 'residual', 'summary', 'crossEntropy', 'nll', 'key', 'foldIn'] },
  elements: { lacks: ['no elements'], names: ['key', 'foldIn', 'categorical', 'randint', 'diag', 'adaptiveAvgPool', 'summary', 'residual', 'batchNorm'] },
  counts: { lacks: ['NaN', 'infinity'], names: ['fromFunction', 'bitwiseAnd', 'bitwiseOr', 'bitwiseXor', 'bitwiseNot', 'leftShift', 'rightShift', 'bitCount', 'gcd', 'lcm', 'bincount', 'ravelMultiIndex', 'unravelIndex', 'trilIndices', 'triuIndices', 'maskIndices', 'broadcastShapes',
    'logspace', 'geomspace', 'indices', 'tri', 'fft.fftfreq', 'fft.rfftfreq', 'random.*'] },
  ranks: { lacks: ['no axes'], names: ['logspace', 'geomspace', 'indices', 'tri', 'vander', 'toeplitz', 'unwrap', 'cumprod', 'cummax', 'cummin', 'cumlogsumexp', 'mode', 'cov', 'corrcoef', 'histogram2d', 'histogramdd', 'bincount', 'trapezoid', 'diff', 'ediff1d', 'gradient',
    'segmentSum', 'segmentMax', 'segmentMin', 'segmentProd', 'swapaxes', 'moveaxis', 'rollaxis', 'rot90', 'arraySplit', 'hsplit', 'vsplit', 'dsplit', 'unstack', 'delete', 'insert', 'trimZeros', 'fliplr', 'flipud', 'diagonal', 'fillDiagonal', 'unfold', 'fold', 'takeAlongAxis',
    'putAlongAxis', 'nonzero', 'argwhere', 'compress', 'ix', 'ravelMultiIndex', 'unravelIndex', 'trilIndices', 'triuIndices', 'maskIndices', 'broadcastShapes', 'lexsort', 'partition', 'argpartition', 'cross', 'multiDot', 'matvec', 'vecmat', 'vecdot', 'convTranspose', 'convGeneral', 'lpPool',
    'maxUnpool', 'adaptiveMaxPool', 'resizeImage', 'convolve', 'correlate', 'pixelShuffle', 'gridSample', 'linalg.*', 'fft.*', 'glu', 'standardize', 'dotProductAttention', 'linearTranspose', 'associativeScan', 'mapOver', 'vectorize',
    'random.dirichlet', 'random.multinomial', 'random.multivariateNormal', 'random.orthogonal', 'random.ball'] },
  refused: { lacks: ['no elements'], names: ['convolve', 'correlate', 'fft.fftfreq', 'fft.rfftfreq'] },
  // These have settings of their own shape beside the one they are drawn in, and that is never empty.
  parameters: { lacks: ['no elements'], names: ['random.dirichlet', 'random.multinomial', 'random.multivariateNormal'] },
  // A matrix that is not finite has factors of NaN; which parts of a transform an infinity or one NaN reaches depends on how the size is cut (docs/decisions.md).
  factors: { lacks: ['infinity'], names: ['linalg.cholesky', 'linalg.choleskySolve', 'linalg.qr', 'linalg.lu', 'linalg.luFactor', 'linalg.solve', 'linalg.lstsq', 'linalg.pinv', 'linalg.det', 'linalg.eigh', 'linalg.eigvalsh', 'linalg.eigvals', 'linalg.svd', 'linalg.svdvals', 'linalg.matrixRank',
    'linalg.expm', 'linalg.sqrtm', 'fft.*'] },
  parts: { lacks: ['NaN'], names: ['linalg.qr', 'linalg.lu', 'linalg.lstsq', 'linalg.eigvals', 'linalg.matrixRank', 'fft.rfft', 'fft.rfft2', 'fft.rfftn', 'fft.ihfft'] },
  // What is mapped has the devices in front: one number on each is recorded as [3]. What is handed out has an axis more.
  mapped: { lacks: ['no axes'], names: ['pmap', 'axisIndex', 'psum', 'pmean', 'pmax', 'pmin', 'allGather', 'reduceScatter', 'allToAll', 'permuteAxis', 'broadcastAxis'] },
  endless: { lacks: ['infinity'], names: ['whileLoop'] },
  numbers: { lacks: ['shapes', 'no elements', 'no axes', 'NaN', 'infinity'], names: ['constant', 'cosine', 'warmup', 'step', 'key', 'foldIn'] },
}
/** Whether a corner, or the demand for three shapes, makes no sense for a name: sizes and keys hold no NaN, a sort needs an axis. */
const isOf = (names, { name, path }) => names.some((n) => (n.endsWith('.*') ? path.startsWith(n.slice(0, -1)) : n === name || n === path))
export const exempt = (corner, r) => Object.values(groups).some((g) => g.lacks.includes(corner) && isOf(g.names, r))
export const missingCorners = (r, found) => ['no elements', 'no axes', 'NaN', 'infinity'].filter((c) => !found.has(c) && !exempt(c, r))
