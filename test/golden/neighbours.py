"""Floating-point numbers one by one (NumPy's: XLA flushes subnormal numbers), and random matrices (JAX's)."""
import jax
import jax.numpy as jnp
import numpy as np
from randomness import words
from record import Group, X, rand

TYPES = (np.float32, np.float64)


def edges(t):
    f = np.finfo(t)
    some = [0.0, 1, 1.5, 2, 0.75, 3, 1e10, 7e-12, f.max, f.tiny, f.tiny / 2, f.tiny * 3, f.smallest_subnormal, f.smallest_subnormal * 5, f.tiny * 2 ** 24, f.tiny * 2.0 ** 53, f.eps, np.inf]
    return np.array(some + [-v for v in some] + [np.nan], t)


def numbers(g):
    for t in TYPES:
        x = edges(t)
        plain = rand((3, 4)).astype(t)
        for v in (x, plain, plain[1, 2], np.zeros((0, 2), t)):
            g.add("spacing", [v], [np.spacing(v)], source="numpy")
            g.add("frexp", [v], [a.astype(d) for a, d in zip(np.frexp(v), (t, np.int32))], source="numpy")
        for y in (np.array(np.inf, t), np.array(-np.inf, t), np.array(0, t), np.array(-0.0, t), np.array(np.nan, t)):
            g.add("nextafter", [x, y], [np.nextafter(x, y)], source="numpy")
        for a, b in ((plain, plain[0][::-1]), (plain, plain), (plain[0], plain[1][:, None]), (np.zeros((0,), t), plain[0, :1])):
            g.add("nextafter", [a, b], [np.nextafter(a, b)], source="numpy")
    # the derivative of the mantissa: 2^-e
    m = np.array([6, -0.125, 1, 0.7], np.float32)
    ct = np.array([-5, 2, -2, 5], np.float32) / 4
    g.add("frexp", [m], [a.astype(d) for a, d in zip(np.frexp(m), (np.float32, np.int32))], [ct / np.exp2(np.frexp(m)[1]).astype(np.float32)], source="numpy")


def matrices(g):
    for seed in (0, 42):
        k = jax.random.key(seed)
        for name, t in (("f32", np.float32), ("f64", np.float64)):
            for n, m, shape in ((3, 3, []), (1, 1, []), (4, 2, []), (2, 5, [3]), (3, 3, [2, 2]), (3, 3, [0])):
                s = {"m": m, "dtype": name}
                g.add("random.orthogonal", [words(k), X(n), X(shape), X(s)], [jax.random.orthogonal(k, n, tuple(shape), t, m)])
            mean = np.array([1, -2, 0.5], t)
            a = rand((3, 3)).astype(t)
            cov = a @ a.T + np.eye(3, dtype=t)
            for shape in ([], [4], [2, 3], [0]):
                g.add("random.multivariateNormal", [words(k), X(shape), mean, cov], [jax.random.multivariate_normal(k, mean, cov, tuple(shape), t)])
            for bad in (np.nan, np.inf):
                g.add("random.multivariateNormal", [words(k), X([2]), np.array([bad, 0], t), np.eye(2, dtype=t)], [jax.random.multivariate_normal(k, np.array([bad, 0], t), np.eye(2, dtype=t), (2,), t)])


def record():
    g = Group("neighbour")
    with jax.disable_jit():
        numbers(g)
        matrices(g)
    g.write()
