"""Special functions: SciPy's values at f64, rounded to the dtype; gradients are JAX's, computed at f64 too."""
import jax
import jax.numpy as jnp
import numpy as np
import scipy.special as sp
from record import Group, X, cotangent

js = jax.scipy.special
INSIDE = np.array([0.015625, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 6.5, 9.75, 10.0, 12.5, 13.5, 20.0])
BELOW = np.array([-0.25, -0.5, -1.25, -2.5, -3.75, -10.5])
CORNERS = np.array([0.0, -1.0, -2.0, np.inf, np.nan])
UNIT = np.array([0.0009765625, 0.0625, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 0.9375, 0.9990234375])
WIDE = np.array([-40.0, -20.5, -8.25, -8.0, -3.0, -1.0, -0.5, 0.25, 0.5, 1.5, 4.0, 8.0, 8.5, 30.0])


def logbeta(a, b):
    """jax.scipy.special.betaln has gradients that are off by 1e-6."""
    return js.gammaln(a) + js.gammaln(b) - js.gammaln(a + b)


# name: SciPy's function, JAX's (None: no gradients), where, corners
UNARY = {
    "erfinv": (sp.erfinv, js.erfinv, np.concatenate([UNIT, -UNIT]), [0.0, 1.0, -1.0, 2.0, np.nan]),
    "gammaln": (sp.gammaln, js.gammaln, np.concatenate([INSIDE, BELOW]), CORNERS),
    "gamma": (sp.gamma, js.gamma, np.concatenate([INSIDE, BELOW]), CORNERS),
    "digamma": (sp.digamma, None, np.concatenate([INSIDE, BELOW]), [0.0, -1.0, np.inf, np.nan]),
    "i0": (sp.i0, js.i0, WIDE, [0.0, np.nan]),
    "i0e": (sp.i0e, js.i0e, WIDE, [0.0, np.inf, -np.inf, np.nan]),
    "i1": (sp.i1, js.i1, WIDE, [0.0, np.nan]),
    "i1e": (sp.i1e, js.i1e, WIDE, [0.0, np.inf, -np.inf, np.nan]),
    "logit": (sp.logit, js.logit, UNIT, [0.0, 1.0, -1.0, 2.0, np.nan]),
    "expit": (sp.expit, js.expit, WIDE, [np.inf, -np.inf, np.nan]),
    "entr": (sp.entr, js.entr, INSIDE, [0.0, -1.0, np.nan]),
    "ndtr": (sp.ndtr, js.ndtr, WIDE, [np.inf, -np.inf, np.nan]),
    "ndtri": (sp.ndtri, js.ndtri, UNIT, [0.0, 1.0, -1.0, 2.0, np.nan]),
    "expi": (sp.expi, None, np.concatenate([INSIDE, -INSIDE]), [0.0, np.nan]),
    "exp1": (sp.exp1, None, INSIDE, [0.0, -1.0, np.inf, np.nan]),
    "spence": (sp.spence, None, INSIDE, [0.0, -1.0, np.nan]),
    "factorial": (sp.factorial, lambda x: js.gamma(x + 1), INSIDE, [0.0, 1.0, 5.0, -0.5, np.nan]),
    "gammasgn": (sp.gammasgn, None, np.concatenate([INSIDE, BELOW]), [0.0, -0.0, np.nan, np.inf]),
    "logNdtr": (sp.log_ndtr, None, WIDE, [np.inf, -np.inf, np.nan]),
}
BINARY = {
    "betaln": (sp.betaln, logbeta, INSIDE, INSIDE),
    "beta": (sp.beta, lambda a, b: jnp.exp(logbeta(a, b)), INSIDE, INSIDE),
    "gammainc": (sp.gammainc, js.gammainc, INSIDE, INSIDE),
    "gammaincc": (sp.gammaincc, js.gammaincc, INSIDE, INSIDE),
    "zeta": (sp.zeta, None, INSIDE[5:] + 0.25, INSIDE),
    "xlogy": (sp.xlogy, js.xlogy, WIDE, INSIDE),
    "xlog1py": (sp.xlog1py, js.xlog1py, WIDE, INSIDE),
    "poch": (sp.poch, lambda x, m: jnp.exp(js.gammaln(x + m) - js.gammaln(x)), INSIDE[:12], INSIDE[:9]),
    "boxcox": (sp.boxcox, None, INSIDE, INSIDE[:9]),
    "boxcox1p": (sp.boxcox1p, None, INSIDE, INSIDE[:9]),
    "relEntr": (sp.rel_entr, js.rel_entr, INSIDE, INSIDE),
    "klDiv": (sp.kl_div, js.kl_div, INSIDE, INSIDE),
}


def add(g, fn, args, value, gradient):
    """The same records in f64 and f32; tensors are exact in both."""
    for dtype in (np.float64, np.float32):
        given = [a if isinstance(a, X) else np.asarray(a, dtype) for a in args]
        wide = [np.asarray(a, np.float64) for a in args if not isinstance(a, X)]
        out = np.asarray(value(*wide))
        grads = None
        if gradient is not None:
            _, back = jax.vjp(gradient, *[jnp.asarray(a) for a in wide])
            grads = [np.asarray(c).astype(dtype) for c in back(jnp.asarray(cotangent(0, out)))]
        g.add(f"special.{fn}", given, [out.astype(dtype)], grads, "scipy" if gradient is None else "scipy, jax")


def record():
    g = Group("special")
    for name, (value, gradient, inside, corners) in UNARY.items():
        add(g, name, [inside], value, gradient)
        add(g, name, [np.asarray(corners)], value, None)
    for name, (value, gradient, xs, ys) in BINARY.items():
        add(g, name, [xs[:, None], ys[None, :]], value, None)
        if gradient is not None:
            add(g, name, [np.resize(xs, 24), np.roll(np.resize(ys, 24), 5)], value, gradient)
    for n in (0, 1, 2, 4):
        add(g, "polygamma", [X(n), INSIDE], lambda x, n=n: sp.polygamma(n, x), lambda x, n=n: js.polygamma(n, x))
    for d in (1, 3):
        add(g, "multigammaln", [INSIDE[6:], X(d)], lambda a, d=d: sp.multigammaln(a, d), lambda a, d=d: js.multigammaln(a, d))
    for dtype in (np.float64, np.float32):
        for x in (np.concatenate([WIDE, [3.9375, 4, 7.9375, 100, 1e6]]), np.array([0.0, np.inf, -np.inf, np.nan])):
            si, ci = sp.sici(np.abs(x))
            out = [np.sign(x) * si, np.where(np.isneginf(x), np.nan, ci)]
            g.add("special.sici", [x.astype(dtype)], [np.asarray(v, dtype) for v in out], None, "scipy, as jax continues it to x < 0")
    for lam in (0.0, -0.5):
        add(g, "boxcox", [INSIDE, np.full_like(INSIDE, lam)], sp.boxcox, None)
    a, b, x = [v.ravel() for v in np.meshgrid(INSIDE[::3], INSIDE[::4], UNIT[::2])]
    add(g, "betainc", [a, b, x], sp.betainc, None)
    g.write()
