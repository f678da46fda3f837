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
  ['peek', 'gives back what it gets and prints; test/run holds what is printed'],
])

const groups = {
  sizes: { lacks: ['NaN', 'infinity'], names: ['zeros', 'ones', 'eye', 'arange', 'linspace', 'empty', 'emptyLike', 'newZeros', 'newOnes', 'oneHot', 'evalShape', 'toGraph', 'summary'] },
  bools: { lacks: ['NaN', 'infinity'], names: ['logicalAnd', 'logicalOr', 'logicalNot', 'logicalXor', 'any', 'all'] },
  keys: { lacks: ['NaN', 'infinity'], names: ['key', 'split', 'foldIn', 'bits', 'uniform', 'normal', 'bernoulli', 'randint', 'permutation', 'categorical', 'rand', 'randn', 'randLike', 'randnLike'] },
  integers: { lacks: ['NaN', 'infinity', 'no axes'], names: ['embedding', 'batchNorm'] },
  axes: { lacks: ['no axes'], names: ['eye', 'arange', 'linspace', 'tril', 'triu', 'diag', 'cumsum', 'transpose', 'squeeze', 'concat', 'split', 'slice', 'pad', 'gather', 'rearrange', 'sort', 'argsort', 'topK', 'matmul', 'dot', 'outer',
    'conv', 'maxPool', 'avgPool', 'adaptiveAvgPool', 'softmax', 'logSoftmax', 'categorical', 'permutation', 'randint', 'vmap', 'linear', 'layerNorm', 'dropout', 'flatten', 'activation', 'sequential', 'residual', 'summary', 'crossEntropy', 'nll', 'key', 'foldIn'] },
  elements: { lacks: ['no elements'], names: ['key', 'foldIn', 'categorical', 'randint', 'diag', 'adaptiveAvgPool', 'summary', 'residual', 'batchNorm'] },
  numbers: { lacks: ['shapes', 'no elements', 'no axes', 'NaN', 'infinity'], names: ['constant', 'cosine', 'warmup', 'step', 'key', 'foldIn'] },
}
/** Whether a corner, or the demand for three shapes, makes no sense for a name: sizes and keys hold no NaN, a sort needs an axis. */
export const exempt = (corner, { name }) => Object.values(groups).some((g) => g.lacks.includes(corner) && g.names.includes(name))
export const missingCorners = (r, found) => ['no elements', 'no axes', 'NaN', 'infinity'].filter((c) => !found.has(c) && !exempt(c, r))
