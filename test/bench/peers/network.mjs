/** Networks of both peers in JavaScript: training steps and inference, as network.py. */
import { kernel, load, mapped, training } from './case.mjs'

const convolved = ['conv1', 'conv2'], hidden = ['fc1', 'fc2']
/** ResNet-18: a block's name, and its stride. */
const blocks = [['l1a', 1], ['l1b', 1], ['l2a', 2], ['l2b', 1], ['l3a', 2], ['l3b', 1], ['l4a', 2], ['l4b', 1]]
/** A pre-norm transformer: its blocks, its heads and what each of them sees. */
const layers = ['blocks.b0.', 'blocks.b1.', 'blocks.b2.', 'blocks.b3.'], heads = 4, width = 64

/** Everything here gives its arguments away, except where it says `.ref`. */
export const jaxjsNetworks = (jax) => {
  const { numpy: np, nn, lax, jit, valueAndGrad, tree } = jax
  const array = (s) => np.array(load(s), { dtype: s.dtype === 'int32' ? np.int32 : np.float32 }).reshape(s.shape)
  const linear = (p, name, x) => np.matmul(x, p[`${name}.weight`].transpose()).add(p[`${name}.bias`])
  const dense = (p, x) => linear(p, 'fc3', hidden.reduce((h, layer) => nn.relu(linear(p, layer, h)), x))
  const conv = (p, name, x, stride, pad) => lax.convGeneralDilated(x, p[`${name}.weight`], [stride, stride], [[pad, pad], [pad, pad]])
  const perChannel = (v) => v.reshape([-1, 1, 1])
  const biased = (p, name, x, stride, pad) => conv(p, name, x, stride, pad).add(perChannel(p[`${name}.bias`]))
  const lenet = (p, x) => {
    for (const layer of convolved) x = lax.reduceWindow(nn.relu(biased(p, layer, x, 1, 0)), np.max, [2, 2], [2, 2])
    return dense(p, x.reshape([x.shape[0], -1]))
  }
  const standardized = (x, axes) => {
    const centred = x.ref.sub(np.mean(x, axes, { keepdims: true }))
    return centred.ref.div(np.sqrt(np.mean(np.square(centred), axes, { keepdims: true }).add(1e-5)))
  }
  const scaled = (p, name, x, place) => x.mul(place(p[`${name}.weight`])).add(place(p[`${name}.bias`]))
  const trainedNorm = (p, name, x) => scaled(p, name, standardized(x, [0, 2, 3]), perChannel)
  /** With the statistics of a network that has seen nothing: 0 and 1. */
  const freshNorm = (p, name, x) => scaled(p, name, x.div(Math.sqrt(1 + 1e-5)), perChannel)
  const resnet = (norm) => (p, x) => {
    x = nn.relu(norm(p, 'bn', biased(p, 'conv', x, 2, 3)))
    // No element is negative: zeros around them are never the greatest.
    x = lax.reduceWindow(np.pad(x, [[0, 0], [0, 0], [1, 1], [1, 1]]), np.max, [3, 3], [2, 2])
    for (const [name, stride] of blocks) {
      const body = `${name}.res.body.`, shortcut = `${name}.res.shortcut.`
      const y = nn.relu(norm(p, `${body}bn1`, conv(p, `${body}conv1`, x.ref, stride, 1)))
      const kept = stride === 1 ? x : norm(p, `${shortcut}bn`, biased(p, `${shortcut}conv`, x, stride, 0))
      x = nn.relu(norm(p, `${body}bn2`, conv(p, `${body}conv2`, y, 1, 1)).add(kept))
    }
    return linear(p, 'fc', np.mean(x, [2, 3]))
  }
  const layerNorm = (p, name, x) => scaled(p, name, standardized(x, -1), (v) => v)
  const attention = (p, name, x) => {
    const [n, t, d] = x.shape
    const [q, k, v] = np.split(linear(p, `${name}qkv`, x), 3, -1).map((y) => y.reshape([n, t, heads, width]).transpose([0, 2, 1, 3]))
    const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(width ** -0.5)
    const seen = np.where(np.tri(t, t, 0, { dtype: np.bool }), scores, -Infinity)
    return linear(p, `${name}proj`, np.matmul(nn.softmax(seen, -1), v).transpose([0, 2, 1, 3]).reshape([n, t, d]))
  }
  const transformer = (p, ids) => {
    let x = np.matmul(nn.oneHot(ids, 1000), p['tokens.weight']).add(p['positions.weight'])
    for (const name of layers) {
      x = x.ref.add(attention(p, name, layerNorm(p, `${name}norm1`, x)))
      const inner = nn.gelu(linear(p, `${name}fc`, layerNorm(p, `${name}norm2`, x.ref)), { approximate: false })
      x = x.add(linear(p, `${name}out`, inner))
    }
    return linear(p, 'head', layerNorm(p, 'norm', x)).reshape([-1, 1000])
  }
  /** Classes and tokens are chosen by products: the gradient of its gather does not compile. */
  const lossOf = (net) => (p, x, y) => {
    const logits = nn.logSoftmax(net(p, x))
    return np.mean(np.sum(logits.mul(nn.oneHot(y.reshape([-1]), logits.shape[1])), -1)).mul(-1)
  }
  const momentum = {
    init: (p) => [tree.map((w) => np.zerosLike(w.ref), p)],
    update: (p, [m], g) => {
      const next = tree.map((a, d) => a.mul(0.9).add(d), m, g)
      return [tree.map((w, a) => w.sub(a.ref.mul(0.01)), p, next), [next]]
    },
  }
  const adam = (decay) => ({
    init: (p) => [np.array(1), np.array(1), tree.map((w) => np.zerosLike(w.ref), p), tree.map((w) => np.zerosLike(w.ref), p)],
    update: (p, [b1, b2, m, v], g) => {
      const c1 = b1.mul(0.9), c2 = b2.mul(0.999)
      const m1 = tree.map((a, d) => a.mul(0.9).add(d.ref.mul(0.1)), m, g), v1 = tree.map((a, d) => a.mul(0.999).add(np.square(d).mul(0.001)), v, g)
      const stepped = (a, b) => a.ref.div(np.array(1).sub(c1.ref)).div(np.sqrt(b.ref.div(np.array(1).sub(c2.ref))).add(1e-8)).mul(1e-3)
      return [tree.map((w, a, b) => w.mul(1 - 1e-3 * decay).sub(stepped(a, b)), p, m1, v1), [c1, c2, m1, v1]]
    },
  })
  const trained = (net, optimizer) => (q) => {
    const step = jit((p, s, x, y) => {
      const [value, g] = valueAndGrad(lossOf(net))(tree.ref(p), x, y)
      return [...optimizer.update(p, s, g), value]
    })
    let p = mapped(q.weights, array), s = optimizer.init(p)
    const x = array(q.x), y = array(q.y)
    return training(q, async () => {
      const [next, state, value] = step(p, s, x.ref, y.ref)
      p = next
      s = state
      return (await value.data())[0]
    })
  }
  const inferred = (net) => (q) => {
    const p = mapped(q.weights, array), x = array(q.x), f = jit(net)
    return kernel(q.count, async () => [await jax.blockUntilReady(f(tree.ref(p), x.ref))], (out) => out.ref.data(), ([out]) => out.dispose())
  }
  return {
    lenet_step_b4: trained(lenet, momentum), lenet_step_b64: trained(lenet, momentum), mlp_adam_step_b128: trained(dense, adam(0)),
    resnet18_step_b8_224: trained(resnet(trainedNorm), momentum), resnet18_infer_b1_224: inferred(resnet(freshNorm)),
    transformer_step_4x256_t128_b8: trained(transformer, adam(0.01)),
  }
}

/** Images are [batch, height, width, channels] there, windows [height, width, in, out], matrices [in, out]. */
export const tfjsNetworks = (tf) => {
  const array = (s) => tf.tensor(load(s), s.shape, s.dtype)
  const tables = ['tokens.weight', 'positions.weight']
  const placed = (s, name) => tf.tidy(() => {
    const x = array(s)
    return x.rank === 4 ? x.transpose([2, 3, 1, 0]) : x.rank === 2 && !tables.includes(name) ? x.transpose() : x
  })
  const images = (s) => tf.tidy(() => (s.shape.length === 4 ? array(s).transpose([0, 2, 3, 1]) : array(s)))
  const around = (before, after = before) => [[0, 0], before, after, [0, 0]]
  const even = (pad) => around([pad, pad])
  /**
   * A convolution whose gradients are convolutions too: of a dy with zeros between its elements and the window turned over, and
   * of x with dy as the window, each element of the batch a channel. Its own gradient of x takes eleven times as long, and that
   * of the window is missing on WebAssembly.
   */
  const conv = (x, w, stride, pad) => tf.customGrad((a, b, save) => {
    save([a, b])
    return { value: tf.conv2d(a, b, stride, even(pad)), gradFunc: (dy, [u, v]) => [ofImage(dy, u, v, stride, pad), ofWindow(dy, u, v, stride, pad)] }
  })(x, w)
  const spread = (dy, stride) => {
    if (stride === 1) return dy
    const [n, h, w, c] = dy.shape
    return dy.reshape([n * h, 1, w, c]).pad([[0, 0], [0, stride - 1], [0, 0], [0, 0]])
      .reshape([n * h * stride * w, 1, c]).pad([[0, 0], [0, stride - 1], [0, 0]]).reshape([n, h * stride, w * stride, c])
  }
  const ofImage = (dy, x, w, stride, pad) => {
    const along = (axis) => {
      const k = w.shape[axis - 1], before = k - 1 - pad
      return [before, x.shape[axis] + k - 1 - before - stride * dy.shape[axis]]
    }
    return tf.conv2d(spread(dy, stride), w.reverse([0, 1]).transpose([0, 1, 3, 2]), 1, around(along(1), along(2)))
  }
  const ofWindow = (dy, x, w, stride, pad) => {
    const [h, k, i, o] = w.shape
    return tf.conv2d(x.transpose([3, 1, 2, 0]), dy.transpose([1, 2, 0, 3]), 1, even(pad), 'NHWC', stride).slice([0, 0, 0, 0], [i, h, k, o]).transpose([1, 2, 0, 3])
  }
  /** Products of matrices that are turned over by their flags take twelve times as long there as those that lie as they should. */
  const affine = (x, w, b) => tf.customGrad((a, m, c, save) => {
    save([a, m])
    return { value: tf.fused.matMul({ a, b: m, bias: c }), gradFunc: (dy, [u, v]) => [dy.matMul(v.transpose()), u.transpose().matMul(dy), dy.sum(0)] }
  })(x, w, b)
  const linear = (p, name, x) => affine(x, p[`${name}.weight`], p[`${name}.bias`])
  const dense = (p, x) => linear(p, 'fc3', hidden.reduce((h, layer) => linear(p, layer, h).relu(), x))
  const biased = (p, name, x, stride, pad) => conv(x, p[`${name}.weight`], stride, pad).add(p[`${name}.bias`])
  const lenet = (p, x) => {
    for (const layer of convolved) x = biased(p, layer, x, 1, 0).relu().maxPool(2, 2, 'valid')
    return dense(p, x.transpose([0, 3, 1, 2]).reshape([x.shape[0], -1]))
  }
  const standardized = (x, axes) => {
    const { mean, variance } = tf.moments(x, axes, true)
    return x.sub(mean).mul(variance.add(1e-5).rsqrt())
  }
  const norm = (p, name, x, axes) => standardized(x, axes).mul(p[`${name}.weight`]).add(p[`${name}.bias`])
  /** From what a block's convolutions are: `joined(name of the convolution, name of its norm, x, stride, pad, what is added, whether relu follows)`. */
  const resnet = (joined) => (x) => {
    x = joined('conv', 'bn', x, 2, 3, null, true).maxPool(3, 2, 1)
    for (const [name, stride] of blocks) {
      const body = `${name}.res.body.`, shortcut = `${name}.res.shortcut.`
      const kept = stride === 1 ? x : joined(`${shortcut}conv`, `${shortcut}bn`, x, stride, 0, null, false)
      x = joined(`${body}conv2`, `${body}bn2`, joined(`${body}conv1`, `${body}bn1`, x, stride, 1, null, true), 1, 1, kept, true)
    }
    return x.mean([1, 2])
  }
  const resnetTrained = (p, images) => linear(p, 'fc', resnet((name, bn, x, stride, pad, kept, rectified) => {
    const y = conv(x, p[`${name}.weight`], stride, pad), bias = p[`${name}.bias`]
    const z = norm(p, bn, bias === undefined ? y : y.add(bias), [0, 1, 2]), sum = kept === null ? z : z.add(kept)
    return rectified ? sum.relu() : sum
  })(images))
  /** With each norm folded into the convolution before it, as the converter of that library does: its statistics are 0 and 1. */
  const folded = (p) => {
    const fold = (name, bn) => {
      const scale = p[`${bn}.weight`].div(Math.sqrt(1 + 1e-5)), bias = p[`${name}.bias`] ?? tf.zeros(scale.shape)
      return { filter: p[`${name}.weight`].mul(scale), bias: bias.mul(scale).add(p[`${bn}.bias`]) }
    }
    const inner = blocks.flatMap(([name, stride]) => [
      [`${name}.res.body.conv1`, `${name}.res.body.bn1`], [`${name}.res.body.conv2`, `${name}.res.body.bn2`],
      ...(stride === 1 ? [] : [[`${name}.res.shortcut.conv`, `${name}.res.shortcut.bn`]])])
    return Object.fromEntries([['conv', 'bn'], ...inner].map(([name, bn]) => [name, fold(name, bn)]))
  }
  const inferred = (q) => {
    const p = mapped(q.weights, placed), f = tf.tidy(() => folded(p)), x = images(q.x)
    const net = resnet((name, _, y, strides, pad, kept, rectified) => {
      const z = tf.fused.conv2d({ x: y, ...f[name], strides, pad: even(pad), activation: rectified && kept === null ? 'relu' : 'linear' })
      return kept === null ? z : z.add(kept).relu()
    })
    return kernel(q.count, () => [tf.tidy(() => linear(p, 'fc', net(x)))], (out) => out.data(), ([out]) => out.dispose())
  }
  /** Rows of a table. Its own gather has no gradient on WebAssembly, which has a scatter that sums. */
  const embedded = (table, ids) => tf.customGrad((t, save) => {
    save([ids])
    return { value: tf.gather(t, ids), gradFunc: (dy, [i]) => tf.scatterND(i.expandDims(1), dy, t.shape) }
  })(table)
  const gelu = (x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1))
  const attention = (p, name, x, [n, t]) => {
    const [q, k, v] = tf.split(linear(p, `${name}qkv`, x), 3, 1).map((y) => y.reshape([n, t, heads, width]).transpose([0, 2, 1, 3]))
    const seen = tf.linalg.bandPart(tf.ones([t, t]), -1, 0).sub(1).mul(1e9)
    const weights = tf.softmax(tf.matMul(q, k, false, true).mul(width ** -0.5).add(seen), -1)
    return linear(p, `${name}proj`, tf.matMul(weights, v).transpose([0, 2, 1, 3]).reshape([n * t, heads * width]))
  }
  const transformer = (p, ids) => {
    const [n, t] = ids.shape
    let x = embedded(p['tokens.weight'], ids.reshape([-1])).reshape([n, t, -1]).add(p['positions.weight']).reshape([n * t, -1])
    for (const name of layers) {
      x = x.add(attention(p, name, norm(p, `${name}norm1`, x, -1), [n, t]))
      x = x.add(linear(p, `${name}out`, gelu(linear(p, `${name}fc`, norm(p, `${name}norm2`, x, -1)))))
    }
    return linear(p, 'head', norm(p, 'norm', x, -1))
  }
  const trained = (net, optimizer, { classes = 10, decay = 0 } = {}) => (q) => {
    const p = mapped(q.weights, (s, name) => tf.variable(placed(s, name))), all = Object.values(p), x = images(q.x)
    const y = tf.tidy(() => tf.oneHot(array(q.y).flatten(), classes)), o = optimizer()
    return training(q, async () => {
      const { value, grads } = tf.variableGrads(() => tf.losses.softmaxCrossEntropy(y, net(p, x)), all)
      if (decay > 0) tf.tidy(() => all.forEach((v) => v.assign(v.mul(1 - decay))))
      o.applyGradients(grads)
      const [number] = await value.data()
      tf.dispose([value, grads])
      return number
    })
  }
  const momentum = () => tf.train.momentum(0.01, 0.9), adam = () => tf.train.adam(1e-3, 0.9, 0.999, 1e-8)
  return {
    ofImage, ofWindow,
    cases: {
      lenet_step_b4: trained(lenet, momentum), lenet_step_b64: trained(lenet, momentum), mlp_adam_step_b128: trained(dense, adam),
      resnet18_step_b8_224: trained(resnetTrained, momentum), resnet18_infer_b1_224: inferred,
      transformer_step_4x256_t128_b8: trained(transformer, adam, { classes: 1000, decay: 1e-5 }),
    },
  }
}
