/**
 * A peer of the benchmark in JavaScript: `node main.mjs jaxjs|tfjs` answers the questions of main.py in the same words.
 * Both run on WebAssembly, the fastest that either has in Node without a native library. Where a peer lacks an operation it
 * says `cannot`, with its own message; where it has a faster form of the same, written with what it offers, the faster one runs.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { kernel, load, mapped } from './case.mjs'
import { jaxjsNetworks, tfjsNetworks } from './network.mjs'

const folder = join(process.env.COTANGENT_PEERS, 'js/node_modules')
const need = createRequire(join(folder, 'x.js'))
const versionOf = (name) => JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')).version

/** y = (sin y + 0.5) 0.75 - x, five times. */
const twenty = (x, again, sin) => {
  let y = again(x)
  for (let i = 0; i < 5; i++) y = sin(y).add(0.5).mul(0.75).sub(again(x))
  return y
}

const jaxjs = async () => {
  const jax = await import(pathToFileURL(join(folder, '@jax-js/jax/dist/index.js')).href)
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  const { numpy: np, nn, lax, jit, vjp } = jax
  const array = (s) => np.array(load(s)).reshape(s.shape)
  const free = (out) => out.forEach((x) => x.dispose())
  const ready = async (out) => {
    for (const x of out) await jax.blockUntilReady(x.ref)
    return out
  }
  const plain = (f) => (q) => {
    const inputs = mapped(q.inputs, array), names = Object.keys(inputs), g = jit((...xs) => f(Object.fromEntries(names.map((n, i) => [n, xs[i]]))))
    return kernel(q.count, async () => ready([g(...names.map((n) => inputs[n].ref))].flat()), (x) => x.ref.data(), free)
  }
  const layernorm = ({ x, w, b }) => {
    const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }))
    const variance = np.mean(np.square(centred.ref), -1, { keepdims: true })
    return centred.div(np.sqrt(variance.add(1e-5))).mul(w).add(b)
  }
  const conv = (x, w) => lax.convGeneralDilated(x, w, [1, 1], [[1, 1], [1, 1]])
  const adam = (q) => {
    const g = array(q.inputs.g), f = jit((p, m, v, grad, c1, c2) => {
      const m1 = m.mul(0.9).add(grad.ref.mul(0.1)), v1 = v.mul(0.999).add(np.square(grad).mul(0.001))
      return [p.sub(m1.ref.div(c1).div(np.sqrt(v1.ref.div(c2)).add(1e-8)).mul(1e-3)), m1, v1]
    })
    let state = [array(q.inputs.p), np.zeros(q.inputs.p.shape), np.zeros(q.inputs.p.shape)], t = 0
    const run = async () => {
      t++
      state = f(...state, g.ref, np.array(1 - 0.9 ** t), np.array(1 - 0.999 ** t))
      return ready(state)
    }
    return kernel(q.count, run, (x) => x.ref.data(), () => undefined)
  }
  return {
    version: versionOf('@jax-js/jax'),
    cases: {
      small_add: plain(({ x }) => x.add(1)), jit_20_tiny_ops: plain(({ x }) => twenty(x, (y) => y.ref, np.sin)),
      add_4M: plain(({ x, y }) => x.add(y)), sum_10M: plain(({ x }) => np.sum(x)), cumsum_10M: plain(({ x }) => np.cumsum(x)),
      sort_1M: plain(({ x }) => np.sort(x)), argsort_1M: plain(({ x }) => np.argsort(x)),
      gelu_softmax_10M: plain(({ x, w, b }) => nn.softmax(nn.gelu(x.mul(w).add(b), { approximate: false }), -1)),
      layernorm_10M: plain(layernorm),
      layernorm_grad_10M: plain(({ x, w, b, ct }) => {
        const [y, pull] = vjp((a, c, d) => layernorm({ x: a, w: c, b: d }), [x, w, b])
        y.dispose()
        return pull(ct)
      }),
      adam_10M: adam,
      ...Object.fromEntries([64, 256, 1024, 2048].map((n) => [`matmul_${n}`, plain(({ x, y }) => np.matmul(x, y))])),
      conv3x3_fwd: plain(({ x, w }) => conv(x, w)),
      conv3x3_dgrad: plain(({ x, w, ct }) => vjp((a) => conv(a, w), [x])[1](ct)[0]),
      conv3x3_wgrad: plain(({ x, w, ct }) => vjp((a) => conv(x, a), [w])[1](ct)[0]),
      ...jaxjsNetworks(jax),
    },
  }
}

const tfjs = async () => {
  const tf = need('@tensorflow/tfjs'), wasm = need('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(`${join(dirname(need.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist')}/`)
  if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend does not start')
  await tf.ready()
  const array = (s) => tf.tensor(load(s), s.shape, s.dtype)
  const free = (out) => out.forEach((x) => x.dispose())
  const plain = (f, prepare = (inputs) => inputs, back = (x) => x) => (q) => {
    const inputs = tf.tidy(() => prepare(mapped(q.inputs, array)))
    return kernel(q.count, () => [tf.tidy(() => f(inputs))].flat(), (x) => tf.tidy(() => back(x)).data(), free)
  }
  const layernorm = ({ x, w, b }) => {
    const { mean, variance } = tf.moments(x, -1, true)
    return x.sub(mean).div(variance.add(1e-5).sqrt()).mul(w).add(b)
  }
  /** It has no sort: the greatest of all, of which equal ones come in order, are all of them. */
  const ascending = (x) => tf.topk(x.neg(), x.size)
  const adam = (q) => {
    const p = tf.variable(array(q.inputs.p)), g = array(q.inputs.g), o = tf.train.adam(1e-3, 0.9, 0.999, 1e-8)
    const run = () => {
      o.applyGradients([{ name: p.name, tensor: g }])
      return [p, o.accumulatedFirstMoment[0].variable, o.accumulatedSecondMoment[0].variable]
    }
    return kernel(q.count, run, (x) => x.data(), () => undefined)
  }
  const gelu = (x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1))
  const last = ({ x, w, ct }) => ({ x: x.transpose([0, 2, 3, 1]), w: w.transpose([2, 3, 1, 0]), ...(ct === undefined ? {} : { ct: ct.transpose([0, 2, 3, 1]) }) })
  const images = (y) => y.transpose([0, 3, 1, 2]), windows = (w) => w.transpose([3, 2, 0, 1])
  const { ofImage, ofWindow, cases } = tfjsNetworks(tf)
  return {
    version: versionOf('@tensorflow/tfjs-backend-wasm'),
    cases: {
      small_add: plain(({ x }) => x.add(1)), jit_20_tiny_ops: plain(({ x }) => twenty(x, (y) => y, tf.sin)),
      add_4M: plain(({ x, y }) => x.add(y)), sum_10M: plain(({ x }) => x.sum()), cumsum_10M: plain(({ x }) => x.cumsum(0)),
      sort_1M: plain(({ x }) => ascending(x).values.neg()), argsort_1M: plain(({ x }) => ascending(x).indices), adam_10M: adam,
      gelu_softmax_10M: plain(({ x, w, b }) => tf.softmax(gelu(x.mul(w).add(b)), -1)),
      layernorm_10M: plain(layernorm),
      layernorm_grad_10M: plain(({ x, w, b, ct }) => tf.grads((a, c, d) => layernorm({ x: a, w: c, b: d }))([x, w, b], ct)),
      ...Object.fromEntries([64, 256, 1024, 2048].map((n) => [`matmul_${n}`, plain(({ x, y }) => x.matMul(y))])),
      conv3x3_fwd: plain(({ x, w }) => tf.conv2d(x, w, 1, 'same'), last, images),
      conv3x3_dgrad: plain(({ x, w, ct }) => ofImage(ct, x, w, 1, 1), last, images),
      conv3x3_wgrad: plain(({ x, w, ct }) => ofWindow(ct, x, w, 1, 1), last, windows),
      ...cases,
    },
  }
}

const { version, cases } = await { jaxjs, tfjs }[process.argv[2]]()
const prepared = new Map()
const answer = async (q) => {
  if (q.do === 'version') return { version }
  if (q.do === 'drop') return prepared.delete(q.name), {}
  if (q.do === 'measure') return { figure: await prepared.get(q.name).figure() }
  const make = cases[q.name]
  if (make === undefined) return { cannot: `it has no case ${q.name}` }
  try {
    prepared.set(q.name, make(q))
    return { check: await prepared.get(q.name).check() }
  } catch (e) {
    return { cannot: e instanceof Error ? e.message.split('\n')[0] : String(e) }
  }
}
for await (const line of createInterface({ input: process.stdin })) {
  try {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
  } catch (e) {
    process.stdout.write(`${JSON.stringify({ error: String(e) })}\n`)
  }
}
