"""Randomness: bits, and what is made of them without rounding, equal JAX's bit for bit."""
import jax
import jax.numpy as jnp
import numpy as np
from record import Group, X

SHAPES = [[], [1], [5], [3, 4], [0], [2, 1, 3]]
SEEDS = [0, 1, 42, 2**31, 2**32 + 7, -1]


def words(key):
    return np.asarray(jax.random.key_data(key) if jnp.issubdtype(key.dtype, jax.dtypes.prng_key) else key)


def keys(g):
    for seed in SEEDS:
        g.add("key", [X(seed)], [words(jax.random.key(seed))])
    for seed in SEEDS:
        k = jax.random.key(seed)
        for n in (1, 2, 3, 5):
            g.add("random.split", [words(k), X(n)], [words(x) for x in jax.random.split(k, n)])
            g.add("random.keys", [words(k), X(n)], [words(jax.random.split(k, n))])
        for data in (0, 1, 7, 2**31, 2**32 - 1):
            g.add("random.foldIn", [words(k), X(data)], [words(jax.random.fold_in(k, data))])


def draws(g):
    for seed in (0, 7, 2**40 + 3):
        k = jax.random.key(seed)
        w = words(k)
        for shape in SHAPES:
            g.add("random.bits", [w, X(shape)], [jax.random.bits(k, tuple(shape), "uint32")])
            for dtype, t in (("f32", jnp.float32), ("f64", jnp.float64)):
                g.add("random.uniform", [w, X(shape), X({"dtype": dtype})], [jax.random.uniform(k, tuple(shape), t)])
                g.add("random.uniform", [w, X(shape), X({"dtype": dtype, "minval": -2, "maxval": 3.5})], [jax.random.uniform(k, tuple(shape), t, -2.0, 3.5)])
                g.add("random.normal", [w, X(shape), X({"dtype": dtype})], [jax.random.normal(k, tuple(shape), t)])
            g.add("random.rand", [w, X(shape)], [jax.random.uniform(k, tuple(shape), jnp.float32)])
            g.add("random.randn", [w, X(shape)], [jax.random.normal(k, tuple(shape), jnp.float32)])
            like = np.zeros(shape, np.float32)
            g.add("random.randLike", [w, like], [jax.random.uniform(k, tuple(shape), jnp.float32)])
            g.add("random.randnLike", [w, like], [jax.random.normal(k, tuple(shape), jnp.float32)])
            for p in (0.5, 0.1, 0.0, 1.0):
                g.add("random.bernoulli", [w, X(shape), X({"p": p})], [jax.random.bernoulli(k, np.float32(p), tuple(shape))])
    k = jax.random.key(3)
    g.add("random.normal", [words(k), X([2000])], [jax.random.normal(k, (2000,), jnp.float32)])
    g.add("random.normal", [words(k), X([1000]), X({"dtype": "f64"})], [jax.random.normal(k, (1000,), jnp.float64)])


def integers(g):
    for seed in (0, 11):
        k = jax.random.key(seed)
        w = words(k)
        for low, high in [(0, 10), (-5, 5), (0, 1), (3, 3), (7, 2), (-(2**31), 2**31), (0, 2**31), (-1000000, 1234567)]:
            s = {"minval": low, "maxval": high}
            g.add("random.randint", [w, X([6]), X({**s, "dtype": "i32"})], [jax.random.randint(k, (6,), low, high, jnp.int32)])
            g.add("random.randint", [w, X([6]), X({**s, "dtype": "i64"})], [jax.random.randint(k, (6,), low, high, jnp.int64)])
        for low, high in [(0, 10), (0, 256), (250, 300), (0, 255)]:
            g.add("random.randint", [w, X([6]), X({"minval": low, "maxval": high, "dtype": "u8"})], [jax.random.randint(k, (6,), low, high, jnp.uint8)])
        for low, high in [(0, 10), (0, 2**32), (2**31, 2**32 - 1)]:
            g.add("random.randint", [w, X([6]), X({"minval": low, "maxval": high, "dtype": "u32"})], [jax.random.randint(k, (6,), low, high, jnp.uint32)])
        g.add("random.randint", [w, X([3]), X({"maxval": 2**53 - 1, "dtype": "i64"})], [jax.random.randint(k, (3,), 0, 2**53 - 1, jnp.int64)])
        for n in (0, 1, 2, 10, 100, 1000, 1700):
            g.add("random.permutation", [w, X(n)], [np.asarray(jax.random.permutation(k, n)).astype(np.int32)])
        for shape, axis in [((4,), -1), ((3, 4), 1), ((3, 4), 0), ((2, 3, 5), -1), ((1,), 0)]:
            logits = (np.arange(np.prod(shape)).reshape(shape) % 4).astype(np.float32)
            drawn = jax.random.categorical(k, jnp.asarray(logits), axis=axis)
            g.add("random.categorical", [w, logits, X({"axis": axis})], [np.asarray(drawn).astype(np.int32)])


def record():
    g = Group("random")
    with jax.disable_jit():
        for part in (keys, draws, integers):
            part(g)
    g.write()
