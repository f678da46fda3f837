"""Distributions beyond uniform and normal, as JAX draws them from the same keys."""
import jax
import jax.numpy as jnp
import numpy as np
from randomness import words
from record import Group, X

r = jax.random
PLAIN = {"exponential": r.exponential, "gumbel": r.gumbel, "laplace": r.laplace, "cauchy": r.cauchy, "logistic": r.logistic, "maxwell": r.maxwell}
TYPES = {"f32": jnp.float32, "f64": jnp.float64}
# name: settings, and JAX's function of key, settings as arrays, shape and dtype
GIVEN = [
    ("lognormal", {}, lambda k, s, n, t: r.lognormal(k, t(1), n, t)),
    ("lognormal", {"sigma": 0.5}, lambda k, s, n, t: r.lognormal(k, s["sigma"], n, t)),
    ("pareto", {"b": 2.5}, lambda k, s, n, t: r.pareto(k, s["b"], n, t)),
    ("rayleigh", {"scale": 2}, lambda k, s, n, t: r.rayleigh(k, s["scale"], n, t)),
    ("weibullMin", {"scale": 2, "concentration": 1.5}, lambda k, s, n, t: r.weibull_min(k, s["scale"], s["concentration"], n, t)),
    ("triangular", {"left": -1, "mode": 0.5, "right": 3}, lambda k, s, n, t: r.triangular(k, s["left"], s["mode"], s["right"], n, t)),
    ("wald", {"mean": 1.5}, lambda k, s, n, t: r.wald(k, s["mean"], n, t)),
    ("doubleSidedMaxwell", {"loc": 1, "scale": 2}, None),
    ("truncatedNormal", {"lower": -2, "upper": 2}, lambda k, s, n, t: r.truncated_normal(k, s["lower"], s["upper"], n, t)),
    ("truncatedNormal", {"lower": 1, "upper": 1.5}, lambda k, s, n, t: r.truncated_normal(k, s["lower"], s["upper"], n, t)),
    ("gamma", {"a": 0.3}, lambda k, s, n, t: r.gamma(k, s["a"], n, t)),
    ("gamma", {"a": 4.5}, lambda k, s, n, t: r.gamma(k, s["a"], n, t)),
    ("loggamma", {"a": 0.01}, lambda k, s, n, t: r.loggamma(k, s["a"], n, t)),
    ("beta", {"a": 2, "b": 0.5}, lambda k, s, n, t: r.beta(k, s["a"], s["b"], n, t)),
    ("chisquare", {"df": 3}, lambda k, s, n, t: r.chisquare(k, s["df"], shape=n, dtype=t)),
    ("t", {"df": 5}, lambda k, s, n, t: r.t(k, s["df"], n, t)),
    ("f", {"dfnum": 4, "dfden": 6}, lambda k, s, n, t: r.f(k, s["dfnum"], s["dfden"], n, t)),
]


def sides(k, s, n, t):
    """JAX 0.10 with scalar loc and scale; its rademacher draws f64 bits under x64."""
    one, two = r.split(k)
    sign = 2 * r.bernoulli(two, np.float32(0.5), n).astype(t) - 1
    return sign * r.maxwell(one, n, t) * s["scale"] + s["loc"]


def general(k, p, n, t):
    """JAX 0.10's generalized_normal with signs from f32 bits."""
    one, two = r.split(k)
    sign = 2 * r.bernoulli(two, np.float32(0.5), n).astype(t) - 1
    return sign * r.gamma(one, 1 / p, n, t) ** (1 / p)


def inside(k, p, d, n, t):
    """JAX 0.10's ball, of these."""
    one, two = r.split(k)
    x = general(one, p, (*n, d), t)
    return x / (((jnp.abs(x) ** p).sum(-1) + r.exponential(two, n, t)) ** (1 / p))[..., None]


def choosing(g, k):
    x = np.arange(10, dtype=np.float32) / 4
    table = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    for shape in ([], [3], [2, 2]):
        n = tuple(shape)
        g.add("random.choice", [words(k), X(7), X(shape)], [r.randint(k, n, 0, 7, np.int32)])
        g.add("random.choice", [words(k), X(7), X(shape), X({"replace": False})], [r.choice(k, np.arange(7, dtype=np.int32), n, False)])
        g.add("random.choice", [words(k), x, X(shape)], [x[r.randint(k, n, 0, 10, np.int32)]])
        g.add("random.choice", [words(k), table, X(shape), X({"axis": 1, "replace": False})], [jnp.take(table, r.choice(k, np.arange(4, dtype=np.int32), n, False), 1)])


def record():
    g = Group("distribution")
    with jax.disable_jit():
        for seed in (0, 11):
            k = r.key(seed)
            for shape in ([], [5], [2, 3]):
                for name, t in TYPES.items():
                    for fn, f in PLAIN.items():
                        g.add(f"random.{fn}", [words(k), X(shape), X({"dtype": name})], [f(k, tuple(shape), t)])
                    for fn, s, f in GIVEN:
                        given = {key: t(v) for key, v in s.items()}
                        g.add(f"random.{fn}", [words(k), X(shape), X({**s, "dtype": name})], [(f or sides)(k, given, tuple(shape), t)])
                signs = 2 * r.bernoulli(k, np.float32(0.5), tuple(shape)).astype(np.int32) - 1
                g.add("random.rademacher", [words(k), X(shape)], [signs])
                for p in (0.1, 0.75):
                    g.add("random.geometric", [words(k), X(shape), X({"p": p})], [r.geometric(k, np.float32(p), tuple(shape), np.int32)])
                # JAX's rejection lets an accepted element be replaced while others are still drawn; ours does not, so scalars only
                for lam in (0.5, 4) if shape else (0.5, 4, 30, 1000):
                    g.add("random.poisson", [words(k), X(shape), X({"lam": lam})], [r.poisson(k, np.float32(lam), tuple(shape), np.int32)])
                for n, p in ((10, 0.25), (7, 0.75)) if shape else ((10, 0.25), (7, 0.75), (200, 0.5), (1000, 0.25)):
                    drawn = r.binomial(k, np.float32(n), np.float32(p), tuple(shape), np.float32)
                    g.add("random.binomial", [words(k), X(shape), X({"n": n, "p": p})], [drawn])
            alpha = np.array([0.5, 1, 3], np.float32)
            choosing(g, k)
            for shape, n, p in (([], 9, [0.25, 0.5, 0.25]), ([3], 20, [0.125, 0.0, 0.375, 0.5]), ([2, 2], 5, [1.0])):
                p = np.array(p, np.float32)
                drawn = [r.multinomial(k, np.float32(n), p, shape=(*shape, len(p)), dtype=np.float32)]
                g.add("random.multinomial", [words(k), X(shape), p, X({"n": n})], drawn)
            for shape in ([], [4], [2, 3]):
                for name, t in TYPES.items():
                    for p in (1, 2, 2.5):
                        g.add("random.generalizedNormal", [words(k), X(shape), X({"p": p, "dtype": name})], [general(k, t(p), tuple(shape), t)])
                        g.add("random.ball", [words(k), X(3), X(shape), X({"p": p, "dtype": name})], [inside(k, t(p), 3, tuple(shape), t)])
            g.add("random.dirichlet", [words(k), X([4]), alpha], [r.dirichlet(k, alpha, (4,), np.float32)])
    g.write()
