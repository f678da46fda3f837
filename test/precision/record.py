"""
True values of the functions that are computed by approximation, for docs/precision.md and precision.test.ts:
python record.py (mpmath, 60 digits). Points are drawn from the intervals below, exact in the dtype; a true value of an f64
point is two numbers, the nearest f64 and what it lacks.
"""
import json
import os
import mpmath as mp
import numpy as np

mp.mp.dps = 60
R = np.random.default_rng(20260101)
COUNT = {"f32": 240, "f64": 160}


class Drawn:
    """Where points come from, and how that reads."""

    def __init__(self, draw, text):
        self.draw, self.text = draw, text


def span(lo, hi):
    """Evenly spread."""
    return Drawn(lambda n, dtype: R.uniform(lo, hi, n), lambda dtype: f"{lo:g} to {hi:g}")


def scale(lo, hi, sign=1):
    """Evenly spread in the logarithm; sign 0: both signs."""
    def draw(n, dtype):
        x = np.exp(R.uniform(np.log(lo), np.log(hi), n))
        return x * (R.choice([-1.0, 1.0], n) if sign == 0 else sign)
    return Drawn(draw, lambda dtype: f"{'±' if sign == 0 else '-' if sign < 0 else ''}({lo:g} to {hi:g})" if sign < 1 else f"{lo:g} to {hi:g} (log)")


def by(f32, f64):
    of = lambda dtype: f32 if dtype == "f32" else f64
    return Drawn(lambda n, dtype: of(dtype).draw(n, dtype), lambda dtype: of(dtype).text(dtype))


sqrt2 = mp.sqrt(2)
ndtr = lambda x: mp.erfc(-x / sqrt2) / 2
sinc = lambda x: mp.mpf(1) if x == 0 else mp.sin(mp.pi * x) / (mp.pi * x)
softplus = lambda x: mp.log1p(mp.exp(x))
ALL, SMALL = scale(1e-30, 1e30, 0), scale(1e-6, 1, 0)
OPEN = span(-0.9999, 0.9999)
# name: the function, then for each operand what it is drawn from; each entry of a list gets its share of the points
UNARY = {
    "exp": (mp.exp, [by(span(-86, 88), span(-700, 709)), SMALL]), "exp2": (lambda x: mp.mpf(2) ** x, [by(span(-125, 127), span(-1000, 1023)), SMALL]),
    "expm1": (mp.expm1, [span(-30, 80), SMALL]), "log": (mp.log, [scale(1e-30, 1e30), span(0.5, 2)]), "log2": (lambda x: mp.log(x, 2), [scale(1e-30, 1e30), span(0.5, 2)]),
    "log10": (mp.log10, [scale(1e-30, 1e30), span(0.5, 2)]), "log1p": (mp.log1p, [scale(1e-10, 1e20), span(-0.99, 1)]),
    "sin": (mp.sin, [span(-10, 10), scale(1e-6, 1e6, 0)]), "cos": (mp.cos, [span(-10, 10), scale(1e-6, 1e6, 0)]), "tan": (mp.tan, [span(-10, 10), scale(1e-6, 1e6, 0)]),
    "asin": (mp.asin, [OPEN, SMALL]), "acos": (mp.acos, [OPEN, SMALL]), "atan": (mp.atan, [span(-10, 10), ALL]),
    "sinh": (mp.sinh, [span(-80, 80), SMALL]), "cosh": (mp.cosh, [span(-80, 80), SMALL]), "tanh": (mp.tanh, [span(-10, 10), SMALL]),
    "asinh": (mp.asinh, [span(-10, 10), ALL]), "acosh": (mp.acosh, [span(1.001, 10), scale(1.1, 1e30)]), "atanh": (mp.atanh, [OPEN, SMALL]),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), [span(-80, 80), SMALL]), "erf": (mp.erf, [span(-6, 6), SMALL]), "erfc": (mp.erfc, [by(span(-6, 9), span(-6, 26)), SMALL]),
    "sqrt": (mp.sqrt, [scale(1e-30, 1e30)]), "rsqrt": (lambda x: 1 / mp.sqrt(x), [scale(1e-30, 1e30)]), "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), [ALL]), "reciprocal": (lambda x: 1 / x, [ALL]),
    "sinc": (sinc, [span(-20, 20), SMALL]), "silu": (lambda x: x / (1 + mp.exp(-x)), [span(-20, 20), SMALL]), "gelu": (lambda x: x * ndtr(x), [span(-5, 10), SMALL]),
    "softplus": (softplus, [span(-20, 20), SMALL]), "logSigmoid": (lambda x: -softplus(-x), [span(-20, 20), SMALL]), "mish": (lambda x: x * mp.tanh(softplus(x)), [span(-10, 20), SMALL]),
    "special.erfinv": (mp.erfinv, [OPEN, SMALL]), "special.gammaln": (lambda x: mp.re(mp.loggamma(x)), [scale(1e-3, 1e5), span(0.1, 20)]), "special.gamma": (mp.gamma, [span(0.05, 30), span(-8, 0)]),
    "special.digamma": (mp.digamma, [scale(1e-3, 1e5), span(0.1, 20)]), "special.i0": (lambda x: mp.besseli(0, x), [span(-80, 80), SMALL]), "special.i0e": (lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), [span(-80, 80), SMALL]),
    "special.i1": (lambda x: mp.besseli(1, x), [span(-80, 80), SMALL]), "special.i1e": (lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), [span(-80, 80), SMALL]),
    "special.logit": (lambda x: mp.log(x / (1 - x)), [span(0.001, 0.999)]), "special.entr": (lambda x: -x * mp.log(x), [span(0.01, 10), scale(1e-6, 1)]),
    "special.ndtr": (ndtr, [span(-12, 8)]), "special.ndtri": (lambda p: sqrt2 * mp.erfinv(2 * p - 1), [span(0.001, 0.999)]), "special.logNdtr": (lambda x: mp.log(ndtr(x)), [span(-30, 5)]),
    "special.expi": (mp.ei, [span(0.01, 50), scale(1e-3, 30, -1)]), "special.exp1": (mp.e1, [span(0.01, 60), scale(1e-6, 1)]),
    "special.polygamma(1, x)": (lambda x: mp.polygamma(1, x), [scale(1e-2, 1e3)]), "special.polygamma(3, x)": (lambda x: mp.polygamma(3, x), [scale(1e-2, 1e3)]),
    "special.multigammaln(x, 3)": (lambda a: 3 * mp.log(mp.pi) / 2 + sum(mp.loggamma(a - mp.mpf(j) / 2) for j in range(3)), [span(1.1, 50)]),
    "special.sici(x)[0]": (mp.si, [span(-50, 50), SMALL]), "special.sici(x)[1]": (mp.ci, [span(0.01, 50)]),
    "special.spence": (lambda x: mp.re(mp.polylog(2, 1 - x)), [span(0.01, 20)]),
}
POSITIVE = scale(0.05, 50)
MANY = {
    "power": (lambda x, y: x ** y, [scale(1e-3, 1e3), span(-10, 10)]), "atan2": (mp.atan2, [span(-10, 10), span(-10, 10)]), "hypot": (mp.hypot, [scale(1e-3, 1e3, 0), scale(1e-3, 1e3, 0)]),
    "logaddexp": (lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), [span(-30, 30), span(-30, 30)]), "logaddexp2": (lambda x, y: mp.log(mp.mpf(2) ** x + mp.mpf(2) ** y, 2), [span(-30, 30), span(-30, 30)]),
    "special.beta": (mp.beta, [POSITIVE, POSITIVE]), "special.betaln": (lambda a, b: mp.log(mp.beta(a, b)), [POSITIVE, POSITIVE]),
    "special.gammainc": (lambda a, x: mp.gammainc(a, 0, x, regularized=True), [POSITIVE, POSITIVE]), "special.gammaincc": (lambda a, x: mp.gammainc(a, x, regularized=True), [scale(0.5, 20), scale(0.05, 20)]),
    "special.betainc": (lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True), [scale(0.5, 20), scale(0.5, 20), span(0.05, 0.95)]),
    "special.zeta": (lambda s, q: mp.zeta(s, q), [span(1.1, 20), scale(0.1, 20)]), "special.xlogy": (lambda x, y: x * mp.log(y), [span(-10, 10), scale(1e-3, 1e3)]),
    "special.klDiv": (lambda x, y: x * mp.log(x / y) - x + y, [POSITIVE, POSITIVE]), "special.xlog1py": (lambda x, y: x * mp.log1p(y), [span(-10, 10), span(-0.9, 10)]), "special.relEntr": (lambda x, y: x * mp.log(x / y), [POSITIVE, POSITIVE]),
}


def drawn(draws, n, dtype):
    x = np.concatenate([d.draw(-(-n // len(draws)), dtype) for d in draws])[:n]
    return x.astype(np.float32).astype(np.float64) if dtype == "f32" else x


def record(fn, f, operands, dtype):
    columns = [drawn(o, COUNT[dtype], dtype) for o in operands]
    values = [f(*[mp.mpf(float(v)) for v in row]) for row in zip(*columns)]
    near = [float(v) for v in values]
    where = "; ".join(" and ".join(d.text(dtype) for d in o) for o in operands)
    out = {"fn": fn, "dtype": dtype, "where": where, "args": [[float(v) for v in c] for c in columns], "out": near}
    if dtype == "f64":
        out["rest"] = [float(mp.nstr(v - mp.mpf(w), 4)) for v, w in zip(values, near)]
    return out


cases = {**{k: (f, [o]) for k, (f, o) in UNARY.items()}, **{k: (f, [[o] for o in os_]) for k, (f, os_) in MANY.items()}}
records = [record(fn, f, o, dtype) for fn, (f, o) in cases.items() for dtype in COUNT]
with open(os.path.join(os.path.dirname(__file__), "exact.json"), "w") as f:
    f.write(json.dumps({"made": f"mpmath {mp.__version__}, 60 digits", "records": []}, separators=(",", ":"))[:-2] + "\n")
    f.write(",\n".join(json.dumps(r, separators=(",", ":")) for r in records) + "\n]}\n")
