"""Densities and probabilities of distributions: SciPy's values at f64, rounded to the dtype; gradients are JAX's, at f64 too."""
import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats as sp
from record import Group, R, cotangent

js = jax.scipy.stats
LINE = np.array([-9.5, -3.0, -1.25, -0.5, 0.0, 0.25, 0.75, 1.5, 2.5, 4.0, 12.0, 30.0])
OPEN = np.array([-1.0, 0.0625, 0.25, 0.5, 0.75, 1.5, 2.25, 3.0, 5.5, 9.0, 20.0, 40.0])
UNIT = np.array([-0.5, 0.03125, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 0.96875, 1.25])
COUNTS = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 1.5])
PROBABLE = np.array([0.0009765625, 0.0625, 0.25, 0.5, 0.625, 0.75, 0.9375, 0.9990234375])
CORNERS = np.array([np.nan, np.inf, -np.inf])
DENSITY, CHANCES, POINTS = ["logpdf", "pdf"], ["cdf", "logcdf", "sf", "logsf"], ["ppf", "isf"]
MASS = ["logpmf", "pmf"]
# ours: SciPy's name, parameters, points, functions; whether it has loc and scale
CASES = [
    ("norm", "norm", [{}], LINE, DENSITY + CHANCES + POINTS),
    ("uniform", "uniform", [{}], UNIT, DENSITY + CHANCES + POINTS),
    ("expon", "expon", [{}], OPEN, DENSITY + CHANCES + POINTS),
    ("laplace", "laplace", [{}], LINE[LINE != 0], DENSITY + CHANCES + POINTS),
    ("logistic", "logistic", [{}], LINE, DENSITY + CHANCES + POINTS),
    ("cauchy", "cauchy", [{}], LINE, DENSITY + CHANCES + POINTS),
    ("gumbelR", "gumbel_r", [{}], LINE[1:], DENSITY + CHANCES + POINTS),
    ("gumbelL", "gumbel_l", [{}], -LINE[1:], DENSITY + CHANCES + POINTS),
    ("pareto", "pareto", [{"b": 0.5}, {"b": 3.0}], 1 + OPEN, DENSITY + CHANCES + POINTS),
    ("gamma", "gamma", [{"a": 0.5}, {"a": 4.5}], OPEN, DENSITY + CHANCES),
    ("chi2", "chi2", [{"df": 1.0}, {"df": 6.5}], OPEN, DENSITY + CHANCES),
    ("beta", "beta", [{"a": 0.5, "b": 2.0}, {"a": 4.5, "b": 1.5}], UNIT, DENSITY + CHANCES),
    ("t", "t", [{"df": 1.0}, {"df": 5.5}], LINE, DENSITY + CHANCES),
    ("gennorm", "gennorm", [{"beta": 1.5}, {"beta": 3.0}], LINE[1:-2], DENSITY + CHANCES),
    ("truncnorm", "truncnorm", [{"a": -1.0, "b": 2.0}, {"a": 4.0, "b": 6.0}], np.concatenate([UNIT, 4 + UNIT]), DENSITY + CHANCES),
    ("vonmises", "vonmises", [{"kappa": 0.5}, {"kappa": 4.0}], LINE[1:8], DENSITY),
    ("wrapcauchy", "wrapcauchy", [{"c": 0.25}, {"c": 0.75}], OPEN[:9], DENSITY),
    ("bernoulli", "bernoulli", [{"p": 0.25}], COUNTS, MASS + ["cdf", "sf"]),
    ("binom", "binom", [{"n": 5.0, "p": 0.25}], COUNTS, MASS + ["cdf", "sf"]),
    ("betabinom", "betabinom", [{"n": 5.0, "a": 0.5, "b": 2.0}], COUNTS, MASS),
    ("geom", "geom", [{"p": 0.25}], COUNTS, MASS + ["cdf", "sf"]),
    ("nbinom", "nbinom", [{"n": 2.5, "p": 0.25}], COUNTS, MASS + ["cdf", "sf"]),
    ("poisson", "poisson", [{"mu": 0.5}, {"mu": 6.0}], COUNTS, MASS + ["cdf", "sf"]),
]
# JAX's derivatives that are none: of log Γ and the incomplete functions along their parameters it has 1e-6 or an approximation
ROUGH = {"beta", "betabinom", "gennorm", "truncnorm", "bernoulli", "binom", "nbinom"}


# JAX 0.10's derivative of these fails where loc and scale are arrays
UNMOVED = {"gumbel_r", "gumbel_l"}


def add(g, fn, dtype, x, given, value, gradient):
    wide = [np.asarray(v, np.float64) for v in (x, *given.values())]
    with np.errstate(all="ignore"):
        out = np.asarray(value(*wide))
    grads = None
    if gradient is not None:
        _, back = jax.vjp(gradient, *[jnp.asarray(a) for a in wide])
        found = [np.asarray(c) for c in back(jnp.asarray(cotangent(0, out)))]
        grads = [c.astype(dtype) for c in found]
    record = R({k: np.asarray(v, dtype) for k, v in given.items()})
    g.add(f"distribution.{fn}", [np.asarray(x, dtype), record], [out.astype(dtype)], grads, "scipy" if grads is None else "scipy, jax")


def lines(g, ours, theirs, params, points, names, dtype):
    moved = {} if theirs in ("vonmises", "wrapcauchy") or names[0] in MASS else {"loc": 0.5, "scale": 2.0}
    for p in params:
        for name in names:
            scipy, theirs_jax = getattr(getattr(sp, theirs), name), getattr(getattr(js, theirs), name, None)
            inner = PROBABLE if name in POINTS else points
            smooth = theirs not in ROUGH and name not in ("ppf", "isf", "sf", "cdf", "logsf", "logcdf")
            # outside the support JAX's derivatives are NaN, and its masses speak of numbers between whole ones
            log = getattr(getattr(sp, theirs), "logpmf" if names[0] in MASS else "logpdf")
            where = np.array([v for v in inner if name in POINTS or np.isfinite(log(v, **p)) and np.isfinite(scipy(v, **p))])
            f = None if theirs_jax is None or not smooth else (lambda x, *a, f=theirs_jax: f(x, *a))
            for extra in ({}, moved) if moved else ({},):
                full = {**p, **extra}
                x = where if name in POINTS or not extra else where * 2 + 0.5
                add(g, f"{ours}.{name}", dtype, x, {k: np.full(x.shape, v) for k, v in full.items()}, lambda x, *a, n=tuple(full), s=scipy: s(x, **dict(zip(n, a))), None if extra and theirs in UNMOVED else f)
            add(g, f"{ours}.{name}", dtype, inner.reshape(1, -1), {k: np.full((), v) for k, v in p.items()}, lambda x, *a, n=tuple(p), s=scipy: s(x, **dict(zip(n, a))), None)
            if name not in POINTS:
                add(g, f"{ours}.{name}", dtype, CORNERS[:1] if names[0] in MASS or not moved else CORNERS, dict(p), lambda x, *a, n=tuple(p), s=scipy: s(x, **dict(zip(n, a))), None)
            else:
                add(g, f"{ours}.{name}", dtype, np.array([-0.5, 0.0, 1.0, 1.5, np.nan]), dict(p), lambda x, *a, n=tuple(p), s=scipy: s(x, **dict(zip(n, a))), None)


def vectors(g, dtype):
    x, alpha = np.array([[0.25, 0.25, 0.5], [0.125, 0.125, 0.75]]), np.array([0.5, 2.0, 3.0])
    for name in DENSITY:
        add(g, f"dirichlet.{name}", dtype, x, {"alpha": alpha}, lambda x, a, n=name: np.array([getattr(sp.dirichlet, n)(v, a) for v in x]), lambda x, a, n=name: getattr(js.dirichlet, n)(x.T, a))
        add(g, f"dirichlet.{name}", dtype, x[0], {"alpha": alpha}, lambda x, a, n=name: getattr(sp.dirichlet, n)(x, a), None)
    counts, p = np.array([[1.0, 2.0, 0.0], [1.0, 1.0, 4.0], [0.0, 0.0, 0.0]]), np.array([0.25, 0.25, 0.5])
    for name in MASS:
        add(g, f"multinomial.{name}", dtype, counts, {"p": p}, lambda x, p, n=name: np.array([getattr(sp.multinomial, n)(v, int(v.sum()), p) for v in x]), None)
        add(g, f"multinomial.{name}", dtype, counts[1], {"p": p}, lambda x, p, n=name: getattr(sp.multinomial, n)(x, int(x.sum()), p), None)


def record():
    g = Group("distributed")
    for dtype in (np.float64, np.float32):
        for case in CASES:
            lines(g, *case, dtype)
        vectors(g, dtype)
    g.write()
