"""The wider surface where its own file leaves it out: no axes, no elements, NaN, infinities, signed zeros, more shapes."""
import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np
import scipy.linalg
import scipy.special as sp
import torch
import torch.nn.functional as F
import specials
from corners import IMAGE, NONE, ODD, ONE, plain
from linalg import square
from randomness import words
from record import Group, X, rand
from windows import unpooled

LINE = np.array([1.5, np.nan, -np.inf, -0.0, np.inf, 2], np.float32)
LOST = np.full((2, 2), np.nan)
ENDLESS = np.array([[np.inf, 1], [1, 2]])
ZERO = np.zeros((0,), np.float32)
# SciPy gives NaN at infinity, where these have a limit
LIMITS = {"i0": np.inf, "i1": np.inf, "spence": -np.inf}
LIMITS_AT_2 = {"zeta": 0, "klDiv": np.inf}


def around(g, name, f, settings=(), shapes=((2, 3), (4,)), grad=True, wild=ODD, low=-3, high=3, empty=NONE, one=ONE):
    """A function of one tensor at some shapes, without elements, without axes, and at NaN and the infinities."""
    for shape in shapes:
        plain(g, name, f, (rand(shape, low, high) + np.float32(1 / 128)), settings=settings, grad=grad)
    for x in (empty, one, wild):
        if x is not None:
            plain(g, name, f, x, settings=settings, grad=False)


def elementwise(g):
    for name, f in (("cbrt", jnp.cbrt), ("sinc", jnp.sinc), ("deg2rad", jnp.deg2rad), ("rad2deg", jnp.rad2deg), ("nanToNum", jnp.nan_to_num), ("signbit", jnp.signbit), ("positive", jnp.positive), ("fix", jnp.trunc), ("modf", lambda x: list(jnp.modf(x)))):
        around(g, name, f, grad=name not in ("signbit", "modf"))
    pairs = np.repeat(LINE, 6), np.tile(LINE, 6)
    for name, f in (("fmod", jnp.fmod), ("copysign", jnp.copysign), ("logaddexp", jnp.logaddexp), ("logaddexp2", jnp.logaddexp2), ("heaviside", jnp.heaviside), ("floatPower", lambda x, y: jnp.power(x, y)), ("divmod", lambda x, y: list(jnp.divmod(x, y)))):
        apart = np.float32(1 / 128)
        low = 0.1 if name == "floatPower" else -3
        for a, b in (((3,), ()), ((2, 3), (3,)), ((2, 1), (2,))):
            g.jax(name, [rand(a, low, 3) + apart, rand(b) + apart], f, grad=name != "heaviside")
        for a, b in ((NONE, ONE), (np.float32(2.5), ONE), pairs):
            g.jax(name, [a, b], f, grad=False)
    for a, b in ((ONE, np.int32(3)), (NONE, np.int32(2)), (LINE, np.int32(-2))):
        g.jax("ldexp", [a, b], jnp.ldexp, grad=False)
    for name in ("isclose", "allclose", "arrayEqual"):
        f = {"isclose": jnp.isclose, "allclose": jnp.allclose, "arrayEqual": jnp.array_equal}[name]
        for a, b in ((ONE, ONE), (NONE, NONE), (ODD, ODD), (rand((2, 3)), rand((2, 3))), (np.float32(1), np.nextafter(np.float32(1), np.float32(2)))):
            g.jax(name, [np.asarray(a), np.asarray(b)], f)
    g.jax("polar", [np.array([np.nan, np.inf], np.float32), np.array([1, 1], np.float32)], lambda r, t: jax.lax.complex(r * jnp.cos(t), r * jnp.sin(t)), grad=False)
    g.jax("complex", [LINE, LINE[::-1].copy()], jax.lax.complex, grad=False)
    xs, ys = np.array([-1, 0, 0.5, 2], np.float32), rand((4,))
    for at in (ONE, NONE, ODD, np.float32(0.25)):
        g.jax("interp", [at, xs, ys], jnp.interp, grad=False)
    g.jax("interp", [rand((2, 3)) + np.float32(1 / 128), xs, ys], jnp.interp)
    # at an infinity NumPy and JAX begin with 0 * inf; ours is the polynomial's own value
    g.jax("polyval", [np.array([2, -1, 3], np.float32), np.array([1, np.nan, -0.0], np.float32)], jnp.polyval, grad=False)
    g.jax("polyval", [np.array([np.inf, -1, 3], np.float32), rand((2, 2))], jnp.polyval, grad=False)
    for x in (NONE, ODD, rand((4,), -9, 9), rand((2, 2, 3), -9, 9)):
        plain(g, "unwrap", jnp.unwrap, x, grad=False)


def bits(g):
    two = {"bitwiseAnd": jnp.bitwise_and, "bitwiseOr": jnp.bitwise_or, "bitwiseXor": jnp.bitwise_xor, "leftShift": jnp.left_shift, "rightShift": jnp.right_shift, "gcd": jnp.gcd, "lcm": jnp.lcm}
    for name, f in two.items():
        for a, b in (((), ()), ((0, 3), (3,)), ((2, 1, 3), (2, 1)), ((5,), ())):
            g.jax(name, [rand(a, 0, 40, "int32"), rand(b, 0, 6, "int32")], f)
    for name, f in (("bitwiseNot", jnp.bitwise_not), ("bitCount", jax.lax.population_count)):
        for shape in ((), (0, 3), (2, 3), (1, 4)):
            g.jax(name, [rand(shape, -90, 90, "int32")], f)


def running(g):
    for name, f in (("cumprod", jax.lax.cumprod), ("cummax", jax.lax.cummax), ("cummin", jax.lax.cummin), ("cumlogsumexp", jax.lax.cumlogsumexp)):
        for x in (ODD, np.array([1, np.inf, -1, np.nan], np.float32), np.array([[-np.inf, -np.inf], [np.inf, 0]], np.float32), NONE):
            plain(g, name, lambda x, f=f: f(x, axis=x.ndim - 1), x, settings=[{"axis": -1}], grad=False)


def statistics(g):
    nans = {"nansum": jnp.nansum, "nanprod": jnp.nanprod, "nanmean": jnp.nanmean, "nanvar": jnp.nanvar, "nanstd": jnp.nanstd, "nanmax": jnp.nanmax, "nanmin": jnp.nanmin}
    for name, f in nans.items():
        for x, axes in ((ONE, None), (ODD, [0]), (ODD, [-1]), (np.array([np.inf, 1], np.float32), None), (np.array([np.nan], np.float32), None), (np.zeros((2, 0), np.float32), [0])):
            s = {} if axes is None else {"axes": axes}
            plain(g, name, lambda x, f=f, a=None if axes is None else tuple(axes): f(x, axis=a), x, settings=[s], grad=False)
        if "max" not in name and "min" not in name:
            plain(g, name, lambda x, f=f: f(x, axis=1), np.zeros((2, 0), np.float32), settings=[{"axes": [1]}], grad=False)
    for x, axes in ((ONE, None), (ODD, [0]), (rand((4,)), None), (rand((2, 3, 2)), [0, 2]), (NONE, [1])):
        s = {} if axes is None else {"axes": axes}
        plain(g, "ptp", lambda x, a=None if axes is None else tuple(axes): jnp.ptp(x, axis=a), x, settings=[s], grad=False)
    for name, f in (("median", jnp.median), ("nanmedian", jnp.nanmedian)):
        for x, axis in ((ONE, None), (ODD, [0]), (ODD, [1]), (NONE, [1]), (np.array([np.inf, 1, -np.inf, 2], np.float32), None), (rand((2, 5, 2)), [1])):
            plain(g, name, lambda x, f=f, a=None if axis is None else axis[0]: f(x, axis=a), x, settings=[{} if axis is None else {"axes": axis}], grad=False)
    for name, f, q in (("quantile", jnp.quantile, 0.25), ("percentile", jnp.percentile, 75), ("nanquantile", jnp.nanquantile, 0.5)):
        for x, axis in ((ONE, None), (ODD, [1]), (NONE, [1]), (np.array([np.inf, 1, 3, 2], np.float32), None), (rand((2, 5)), [-1])):
            g.jax(name, [x, X(q), X({} if axis is None else {"axes": axis})], lambda x, f=f, q=q, a=None if axis is None else axis[0]: f(x, q, axis=a), grad=False)
    for shape in ((7,), (2, 5), (3, 2, 4)):
        g.jax("mode", [rand(shape, 0, 2, "int32"), X({"axis": -1})], lambda x: list(jax.scipy.stats.mode(x, axis=-1)), out="int32")
    g.jax("mode", [np.array([[1, np.inf, np.inf], [-np.inf, 2, 2]], np.float32), X({"axis": -1})], lambda x: list(jax.scipy.stats.mode(x, axis=-1)), grad=False, out="int32")
    for x in (np.zeros((3, 0), np.float32), np.array([[1, np.nan], [np.nan, 2], [1, 2]], np.float32)):
        g.jax("mode", [x, X({"axis": 0})], lambda x: list(jax.scipy.stats.mode(x, axis=0)), grad=False, out="int32")
    for name, f in (("cov", jnp.cov), ("corrcoef", jnp.corrcoef)):
        # JAX gives f64
        g.jax(name, [np.zeros((0, 4), np.float32)], lambda x, f=f: f(x).astype(np.float32), grad=False)
    around(g, "average", jnp.average, empty=np.zeros((0,), np.float32))
    for x in (np.array([[1, np.nan, 2], [0, 1, 3]], np.float32), np.array([[1, np.inf, 2], [0, 1, 3]], np.float32)):
        for name, f in (("cov", jnp.cov), ("corrcoef", jnp.corrcoef)):
            g.jax(name, [x], f, grad=False)
    g.jax("corrcoef", [rand((2, 4))], jnp.corrcoef)
    for name, f in (("diff", jnp.diff), ("ediff1d", jnp.ediff1d)):
        for x in (LINE, ODD, np.zeros((3, 0), np.float32)):
            plain(g, name, f, x, grad=False)
    plain(g, "ediff1d", jnp.ediff1d, rand((2, 2, 2)))
    for x in (ODD, LINE):
        for name, f in (("gradient", lambda x: jnp.gradient(x, axis=0)), ("trapezoid", lambda x: jnp.trapezoid(x, axis=0))):
            plain(g, name, f, x, settings=[{"axis": 0}], grad=False)
    plain(g, "trapezoid", lambda x: jnp.trapezoid(x, axis=0), np.zeros((3, 0), np.float32), settings=[{"axis": 0}], grad=False)
    plain(g, "gradient", lambda x: jnp.gradient(x, axis=0), np.zeros((3, 0), np.float32), settings=[{"axis": 0}], grad=False)


def histograms(g):
    for x in (ZERO, np.array([1, np.nan, 2], np.float32), np.array([1, np.inf, -np.inf, 0.5], np.float32), np.float32(0.5), rand((2, 2, 3))):
        g.jax("histogram", [x, X(3), X({"range": [-1, 2]})], lambda x: jnp.histogram(x, 3, range=(-1, 2)), grad=False)

    def counted(y):
        return [y[0].astype(np.float32), *y[1:]]
    for p, q in ((rand((4,)), rand((4,))), (rand((1,)), rand((1,))), (ZERO, ZERO), (np.array([0, np.nan, 1], np.float32), np.array([0, 1, np.inf], np.float32))):
        g.jax("histogram2d", [p, q, X(2), X({"ranges": [[-1, 1], [-2, 2]]})], lambda x, y: counted(jnp.histogram2d(x, y, 2, range=[(-1, 1), (-2, 2)])), grad=False)

    def dd(x, n):
        h, e = jnp.histogramdd(x, 2, range=[(-1, 1)] * n)
        return counted([h, *e])
    for x in (rand((5, 1)), rand((4, 2)), np.zeros((0, 2), np.float32), np.array([[0, np.nan], [0.5, np.inf], [1, -1]], np.float32)):
        g.jax("histogramdd", [x, X(2), X({"ranges": [[-1, 1]] * x.shape[1]})], lambda x, n=x.shape[1]: dd(x, n), grad=False)
    edges = np.array([-1, 0, 2], np.float32)
    for x in (ONE, NONE, ODD, rand((2, 3))):
        g.jax("digitize", [np.where(np.isnan(x), np.float32(np.inf), x) if x is ODD else x, edges], jnp.digitize, out="int32", grad=False)
    g.jax("digitize", [LINE, edges], jnp.digitize, out="int32", grad=False)


def segments(g):
    for name, f in (("segmentSum", jax.ops.segment_sum), ("segmentProd", jax.ops.segment_prod), ("segmentMax", jax.ops.segment_max), ("segmentMin", jax.ops.segment_min)):
        for x, ids, n in ((ZERO, np.zeros(0, np.int32), 2), (LINE, np.array([0, 1, 2, 0, 3, 3], np.int32), 5), (ODD, np.array([1, 0, 1], np.int32), 2), (rand((2, 2, 2)), np.array([1, 0], np.int32), 3)):
            g.jax(name, [x, ids, X({"segments": n})], lambda x, i, f=f, n=n: f(x, i, n), grad=False)


def moved(g):
    for x in (NONE, ODD, rand((3, 2, 2))):
        for name, f in (("swapaxes", jnp.swapaxes), ("moveaxis", jnp.moveaxis)):
            g.jax(name, [x, X(0), X(-1)], lambda x, f=f: f(x, 0, -1))
        g.jax("rollaxis", [x, X(-1), X(0)], lambda x: jnp.rollaxis(x, -1, 0))
        for name, f in (("rot90", jnp.rot90), ("fliplr", jnp.fliplr), ("flipud", jnp.flipud)):
            g.jax(name, [x], f)
        g.jax("tile", [x, X([2, 1])], lambda x: jnp.tile(x, (2, 1)))
        g.jax("roll", [x, X(1)], lambda x: jnp.roll(x, 1))
        g.jax("repeat", [x, X(2), X({"axis": 0})], lambda x: jnp.repeat(x, 2, axis=0))
        g.jax("unstack", [x, X({"axis": 1})], lambda x: list(jnp.unstack(x, axis=1)))
        g.jax("arraySplit", [x, X(2), X({"axis": -1})], lambda x: jnp.array_split(x, 2, axis=-1))
        for name, f in (("vsplit", jnp.vsplit), ("hsplit", jnp.hsplit)):
            at = min(1, x.shape[0])
            g.jax(name, [x, X([at])], lambda x, f=f, i=at: f(x, [i]))
        for name, f in (("hstack", jnp.hstack), ("vstack", jnp.vstack), ("dstack", jnp.dstack), ("columnStack", jnp.column_stack)):
            if name != "columnStack" or x.ndim == 2:
                g.jax(name, [[x, x]], f)
        g.jax("append", [x, x, X({"axis": 0})], lambda x, y: jnp.append(x, y, axis=0))
        g.jax("broadcastArrays", [x, ONE], lambda x, y: list(jnp.broadcast_arrays(x, y)))
        for name, f in (("atleast1d", jnp.atleast_1d), ("atleast2d", jnp.atleast_2d), ("atleast3d", jnp.atleast_3d)):
            g.jax(name, [x], f)
        for offset in (0, 1, -1):
            g.jax("diagonal", [x, X({"offset": offset})], lambda x, k=offset: jnp.diagonal(x, k))
    for name, f in (("hstack", jnp.hstack), ("vstack", jnp.vstack), ("dstack", jnp.dstack), ("columnStack", jnp.column_stack)):
        g.jax(name, [[ONE, ONE]], f)
    for x in (np.zeros((2, 0, 2), np.float32), np.stack([ODD, ODD], -1), rand((1, 2, 4))):
        g.jax("dsplit", [x, X([1])], lambda x: jnp.dsplit(x, [1]))
    g.jax("diagonal", [rand((2, 3, 4)), X({"axes": [2, 0]})], lambda x: jnp.diagonal(x, 0, 2, 0))
    g.jax("append", [ONE, rand((2,))], jnp.append)
    g.jax("roll", [ONE, X(1)], lambda x: jnp.roll(x, 1))
    g.jax("repeat", [ONE, X(3)], lambda x: jnp.repeat(x, 3))
    for x in (rand((3, 3)), rand((2, 4)), ODD, np.zeros((0, 0), np.float32)):
        g.jax("fillDiagonal", [x, X(2.5)], lambda x: jnp.fill_diagonal(x, np.float32(2.5), inplace=False))
        g.jax("fillDiagonal", [x, rand((min(x.shape),))], lambda x, v: jnp.fill_diagonal(x, v, inplace=False))
    for x, to in ((rand((2, 3)), [4]), (ODD, [2, 5]), (NONE, [2, 2]), (ONE, [3]), (rand((5,)), [0, 2])):
        g.jax("resize", [x, X(to)], lambda x, n=tuple(to): jnp.resize(x, n))
    for x, at, axis in ((rand((5,)), [1, 3], None), (ODD, [0], 1), (rand((2, 3)), [-1], 0), (NONE, [2], 1), (rand((3, 2)), 4, None)):
        s = {} if axis is None else {"axis": axis}
        g.jax("delete", [x, X(at), X(s)], lambda x, i=at, a=axis: jnp.delete(x, np.array(i), axis=a))
        one = at[0] if isinstance(at, list) else at
        g.jax("insert", [x, X(one), X(9.5), X(s)], lambda x, i=one, a=axis: jnp.insert(x, i, np.float32(9.5), axis=a))
    for x in (np.array([0, np.inf, 0, -np.inf, 0], np.float32), np.array([np.nan, 0, 0], np.float32)):
        kept = np.trim_zeros(x)
        g.add("trimZeros", [x, X({"size": 3})], [np.pad(kept[:3], (0, max(0, 3 - len(kept))))], source="numpy")
    g.jax("block", [[rand((2,)), rand((3,))]], lambda xs: jnp.block(xs))
    g.jax("block", [[ONE, ONE, ONE]], lambda xs: jnp.block(xs))
    g.jax("block", [[ODD, ODD]], lambda xs: jnp.block(xs))
    g.jax("block", [[NONE, rand((0, 2))]], lambda xs: jnp.block(xs))


def columns(g):
    for x in (IMAGE, np.zeros((1, 2, 3, 3), np.float32) + np.float32(np.inf)):
        g.torch("unfold", [x, X({"kernel": 2})], lambda x: F.unfold(x, 2))
        y = F.unfold(torch.tensor(x), 2).numpy()
        g.torch("fold", [y, X(list(x.shape[2:])), X({"kernel": 2})], lambda y, n=x.shape[2:]: F.fold(y, n, 2))


def places(g):
    for x in (ODD, np.zeros((0, 4), np.float32), rand((2, 5))):
        start, size = [0, 1], [min(2, x.shape[0]), 2]
        g.jax("dynamicSlice", [x, X(start), X(size)], lambda x, n=tuple(size): jax.lax.dynamic_slice(x, (0, 1), n))
        g.jax("dynamicUpdateSlice", [x, rand(size), X(start)], lambda x, u: jax.lax.dynamic_update_slice(x, u, (0, 1)))
    for x in (ONE,):
        g.jax("dynamicSlice", [x, X([]), X([])], lambda x: x)
        g.jax("dynamicUpdateSlice", [x, np.float32(3), X([])], lambda x, u: u)
    g.jax("dynamicSlice", [rand((6,)), X([4]), X([3])], lambda x: jax.lax.dynamic_slice(x, (4,), (3,)))
    g.jax("dynamicUpdateSlice", [rand((6,)), rand((3,)), X([4])], lambda x, u: jax.lax.dynamic_update_slice(x, u, (4,)))
    for name, verb in (("scatter", "set"), ("scatterAdd", "add"), ("scatterMul", "mul"), ("scatterMin", "min"), ("scatterMax", "max")):
        for x, i, u in ((LINE, np.array([0, 5, 2], np.int32), np.array([np.nan, np.inf, -np.inf], np.float32)), (rand((3,)), np.int32(1), np.float32(2)), (ODD, np.array([1], np.int32), ODD[:1])):
            g.jax(name, [x, np.asarray(i), np.asarray(u)], lambda x, i, u, v=verb: getattr(x.at[i], v)(u), grad=False)
    for x, i in ((ODD, np.array([[2, 0, 1]], np.int32)), (np.zeros((2, 0), np.float32), np.zeros((1, 0), np.int32))):
        g.jax("takeAlongAxis", [x, i, X({"axis": 0})], lambda x, i: jnp.take_along_axis(x, i, 0))
        g.jax("putAlongAxis", [x, i, np.asarray(rand(i.shape)), X({"axis": 0})], lambda x, i, v: jnp.put_along_axis(x, i, v, 0, inplace=False))
    for x in (LINE, ODD, NONE, ONE, np.zeros((2, 2), np.float32), rand((2, 1, 3))):
        k = {"size": 4, "fill_value": 0}
        s = X({"size": 4})
        if x.ndim > 0:
            g.jax("nonzero", [x, s], lambda x: jnp.nonzero(x, **k), out="int32", grad=False)
            g.jax("argwhere", [x, s], lambda x: jnp.argwhere(x, **k), out="int32", grad=False)
        g.jax("flatnonzero", [x, s], lambda x: jnp.flatnonzero(x, **k), out="int32", grad=False)
        size = min(4, x.size)
        g.jax("extract", [np.asarray(np.isfinite(x)), x, X({"size": size})], lambda c, x, n=size: jnp.extract(c, x, size=n), grad=False)
        if x.ndim > 0:
            c = np.arange(x.shape[0]) % 2 == 0
            size = min(2, x.shape[0])
            g.jax("compress", [c, x, X({"size": size, "axis": 0})], lambda c, x, n=size: jnp.compress(c, x, axis=0, size=n), grad=False)
        g.jax("select", [[np.asarray(x > 0), np.asarray(x < 1)], [x, np.asarray(-x)], X(2.5)], lambda c, x: jnp.select(c, x, np.float32(2.5)), grad=False)
        mask = np.asarray(x > 0)
        g.jax("place", [x, mask, np.array([np.nan, np.inf, 7], np.float32)], lambda x, m, v: jnp.place(x, m, v, inplace=False) if x.size else x, grad=False)
        at = np.asarray(np.arange(x.size).reshape(x.shape) % 3 - 1, np.int32)
        g.jax("choose", [at, [x, np.asarray(-x), np.float32(8)], X({"mode": "clip"})], lambda i, x: jnp.choose(i, x, mode="clip"), grad=False)
    for xs in ([ODD[0], rand((2,))], [np.array([np.inf], np.float32)]):
        g.jax("ix", xs, lambda *xs: list(jnp.ix_(*xs)))
    g.jax("ix", [np.zeros(0, np.int32), np.zeros(2, np.int32)], lambda *xs: list(jnp.ix_(*xs)), out="int32")
    for shape, n in (((2, 3), 6), ((4,), 3), ((2, 0, 3), 0), ((3, 2, 2), 5)):
        at = np.asarray(RNG.integers(0, max(1, int(np.prod(shape))), (n,)), np.int32)
        apart = [np.asarray(a, np.int32) for a in np.unravel_index(at, shape)] if n else [np.zeros(0, np.int32)] * len(shape)
        g.jax("unravelIndex", [at, X(list(shape))], lambda i, s=shape: list(jnp.unravel_index(i, s)), out="int32")
        g.jax("ravelMultiIndex", [apart, X(list(shape))], lambda ii, s=shape: jnp.ravel_multi_index(tuple(ii), s, mode="clip") if n else jnp.zeros(0, jnp.int32), out="int32")
    for n, s in ((3, {}), (4, {"diagonal": 1}), (2, {"columns": 4, "diagonal": -1}), (0, {}), (1, {"columns": 3})):
        a = {"k": s.get("diagonal", 0), "m": s.get("columns", n)}
        g.add("trilIndices", [X(n), X(s)], [np.asarray(v, np.int32) for v in np.tril_indices(n, **a)], source="numpy")
        g.add("triuIndices", [X(n), X(s)], [np.asarray(v, np.int32) for v in np.triu_indices(n, **a)], source="numpy")


RNG = np.random.default_rng(31)


def orders(g):
    for shape in ((5,), (2, 3, 2), (0, 3), ()):
        keys = [np.asarray(rand(shape or (1,), 0, 2, "int32")) for _ in range(2)]
        g.jax("lexsort", [keys], lambda ks: jnp.lexsort(ks), out="int32")
    g.jax("lexsort", [[LINE, -LINE]], lambda ks: jnp.lexsort(ks), out="int32", grad=False)
    for x, k in ((rand((6,)), 2), (ODD, 1), (rand((2, 5)), 3), (NONE, 1), (LINE, 0)):
        # where equal or unordered elements stand is free: sorted rows on both sides of the k-th
        g.add("partition", [x, X(k), X({"axis": -1})], [np.sort(x, axis=-1)], source="numpy, each side in order")
        if k > 0 and np.isfinite(x).all():
            g.add("argpartition", [x, X(k), X({"axis": -1})], [np.argsort(x, axis=-1, kind="stable").astype(np.int32)], source="numpy, each side in order")
    g.add("argpartition", [LINE[[0, 2, 4, 1]], X(1)], [np.array([1, 0, 2, 3], np.int32)], source="numpy, each side in order")
    g.add("unique", [ZERO, X({"size": 2})], [np.zeros(2, np.float32)], source="numpy, filled")
    g.add("uniqueCounts", [ZERO, X({"size": 2})], [np.zeros(2, np.float32), np.zeros(2, np.int32)], source="numpy, filled")
    g.add("uniqueInverse", [ZERO, X({"size": 2})], [np.zeros(2, np.float32), np.zeros(0, np.int32)], source="numpy, filled")
    for v in (ONE, np.float32(np.nan)):
        g.jax("searchsorted", [np.array([-2, 0, 3], np.float32), np.asarray(v)], jnp.searchsorted, out="int32", grad=False)
        g.jax("isin", [np.asarray(v), np.array([1, -1.25], np.float32)], jnp.isin)
    inf = np.array([np.inf, 1, np.inf, -np.inf, np.nan, 1], np.float32)
    for x, y in ((inf, LINE), (ZERO, LINE), (rand((2, 3)), ODD), (ONE, ODD[0])):
        k, s = {"size": 6}, X({"size": 6})
        if np.asarray(x).size:
            g.jax("unique", [x, s], lambda x: jnp.unique(x, **k), grad=False)
            g.jax("uniqueCounts", [x, s], lambda x: jnp.unique_counts(x, **k), out="int32", grad=False)
            g.jax("uniqueInverse", [np.asarray(x), s], lambda x: jnp.unique_inverse(x, **k), out="int32", grad=False)
        for name, f in (("union1d", jnp.union1d), ("setdiff1d", jnp.setdiff1d), ("intersect1d", jnp.intersect1d)):
            g.jax(name, [x, y, s], lambda x, y, f=f: f(x, y, **k), grad=False)
        # JAX fills with the last member, a NaN here, unless told
        g.jax("setxor1d", [x, y, X({"size": 6, "fill": -9})], lambda x, y: jnp.setxor1d(x, y, size=6, fill_value=-9), grad=False)


def products(g):
    two = {"vdot": jnp.vdot, "inner": jnp.inner, "kron": jnp.kron, "matvec": jnp.matvec, "vecmat": jnp.vecmat, "vecdot": jnp.vecdot, "tensordot": lambda x, y: jnp.tensordot(x, y, 1)}
    wild = {"vdot": (LINE, LINE[::-1].copy()), "inner": (ODD, ODD[0]), "kron": (ODD[:2], LINE[:2]), "matvec": (ODD, ODD[1]), "vecmat": (ODD[0], ODD), "vecdot": (ODD, ODD[1]), "tensordot": (ODD, ODD[2])}
    none = {"vdot": (ZERO, ZERO), "inner": (NONE, rand((2, 3))), "kron": (NONE, rand((2, 2))), "matvec": (NONE, rand((3,))), "vecmat": (ZERO, NONE), "vecdot": (NONE, rand((3,))), "tensordot": (np.zeros((2, 0), np.float32), NONE)}
    for name, f in two.items():
        extra = [X({"axes": 1})] if name == "tensordot" else []
        g.jax(name, [*wild[name], *extra], f, grad=False)
        g.jax(name, [*none[name], *extra], f)
    g.jax("vdot", [ONE, np.float32(3)], jnp.vdot)
    g.jax("kron", [ONE, rand((3,))], jnp.kron)
    g.jax("tensordot", [ONE, rand((3,)), X({"axes": 0})], lambda x, y: jnp.tensordot(x, y, 0))
    for a, b in ((ODD, ODD[1]), (NONE, NONE)):
        g.jax("cross", [a, b], jnp.cross, grad=False)
    dot = jax.lax.dot_general
    for a, b, c in ((ODD, ODD, [[1], [0]]), (np.zeros((2, 0), np.float32), NONE, [[1], [0]]), (ONE, ONE, [[], []]), (rand((4,)), rand((4,)), [[0], [0]])):
        g.jax("dotGeneral", [a, b, X({"contract": c})], lambda x, y, c=c: dot(x, y, (c, ([], []))), grad=a is not ODD)
    for xs in ([ODD, rand((3, 2)), rand((2, 1))], [np.zeros((0, 2), np.float32), rand((2, 3)), rand((3, 2))]):
        g.jax("multiDot", [xs], jnp.linalg.multi_dot, grad=False)


def windows(g):
    k = np.array([[[[1, -1], [0.5, 2]]]], np.float32)
    g.torch("convTranspose", [IMAGE, k, X({})], F.conv_transpose2d)
    conv = jax.lax.conv_general_dilated
    for x, w in ((IMAGE, k), (np.zeros((0, 1, 4, 4), np.float32), k), (rand((1, 2, 5)), rand((3, 2, 2)))):
        n = x.ndim - 2
        g.jax("convGeneral", [x, w, X({})], lambda x, w, n=n: conv(x, w, (1,) * n, [(0, 0)] * n), grad=x is not IMAGE)
    ops = {"sum": (0.0, jax.lax.add), "max": (-np.inf, jax.lax.max)}
    for op, (start, f) in ops.items():
        g.jax("reduceWindow", [np.zeros((0, 4), np.float32), X(op), X({"kernel": [1, 2], "padding": [1, 0]})], lambda x, f=f, v=start: jax.lax.reduce_window(x, np.float32(v), f, (1, 2), (1, 1), [(1, 1), (0, 0)]), grad=False)
    image = np.abs(IMAGE)
    for x in (image, np.zeros((0, 1, 4, 4), np.float32)):
        g.add("lpPool", [x, X(1), X({"kernel": 2})], [F.lp_pool2d(torch.tensor(x), 1, 2).numpy()], source="torch")
    for x in (IMAGE, np.zeros((0, 2, 4, 4), np.float32)):
        g.add("adaptiveMaxPool", [x, X([2, 2])], [F.adaptive_max_pool2d(torch.tensor(x), 2).numpy()], source="torch")
    at = np.array([[[[0, 3], [9, 10]]]], np.int32)
    g.torch("maxUnpool", [IMAGE[:, :, :2, :2].copy(), at, X([4, 4])], lambda x, i: unpooled(x, i.long(), [4, 4]))
    g.torch("maxUnpool", [IMAGE[:, :, 1:3, 1:3].copy(), at, X([4, 4])], lambda x, i: unpooled(x, i.long(), [4, 4]))
    g.add("maxUnpool", [np.zeros((0, 1, 2, 2), np.float32), np.zeros((0, 1, 2, 2), np.int32), X([4, 4])], [np.zeros((0, 1, 4, 4), np.float32)], source="torch")
    g.add("resizeImage", [np.zeros((0, 3), np.float32), X([0, 6]), X("nearest")], [np.zeros((0, 6), np.float32)], source="jax")
    for name, f in (("convolve", jnp.convolve), ("correlate", jnp.correlate)):
        g.jax(name, [LINE, np.array([1, 2], np.float32)], f, grad=False)
        g.jax(name, [np.array([np.inf, 1], np.float32), np.array([1.0], np.float32)], f, grad=False)
    for shape in ((0, 4, 2, 2), (1, 4, 1, 2)):
        x = np.full(shape, np.inf, np.float32)
        x[..., -1] = np.nan
        g.add("pixelShuffle", [x, X(2)], [F.pixel_shuffle(torch.tensor(x), 2).numpy()], source="torch")
    for method in ("nearest", "linear"):
        for x, to in ((np.array([1, np.nan, 3], np.float32), [6]), (np.array([[np.inf, 1], [2, 0]], np.float32), [4, 2])):
            g.jax("resizeImage", [x, X(to), X(method)], lambda x, n=to, m=method: jax.image.resize(x, n, m), grad=False)
    where = rand((1, 2, 2, 2), -0.75, 0.75)
    for x in (IMAGE, np.full((1, 1, 3, 3), np.inf, np.float32), np.zeros((1, 0, 2, 2), np.float32)):
        g.add("gridSample", [x, where, X({"mode": "nearest"})], [F.grid_sample(torch.tensor(x), torch.tensor(where), "nearest", "zeros", False).numpy()], source="torch")


def matrices(g):
    """Of a matrix that is not finite every factor is NaN here, so only what is made without factors has infinities."""
    lost = {"cholesky": jnp.linalg.cholesky, "inv": jnp.linalg.inv, "det": jnp.linalg.det, "slogdet": jnp.linalg.slogdet, "eigvalsh": jnp.linalg.eigvalsh, "svdvals": jnp.linalg.svdvals, "pinv": jnp.linalg.pinv,
            "eigh": jnp.linalg.eigh, "svd": jnp.linalg.svd, "expm": jsl.expm, "luFactor": jsl.lu_factor}
    for name, f in lost.items():
        g.jax("linalg." + name, [LOST], f, grad=False)
    g.jax("linalg.sqrtm", [LOST], lambda x: jnp.real(jsl.sqrtm(x)), grad=False)
    g.jax("linalg.solve", [LOST, np.array([1.0, 2])], jnp.linalg.solve, grad=False)
    g.jax("linalg.choleskySolve", [np.tril(LOST), np.array([1.0, 2])], lambda c, y: jsl.cho_solve((c, True), y), grad=False)
    for x in (LOST, ENDLESS):
        for p in (2, 3):
            g.jax("linalg.matrixPower", [x, X(p)], lambda v, p=p: jnp.linalg.matrix_power(v, p), grad=False)
        for name, f in (("trace", jnp.trace), ("matrixTranspose", jnp.linalg.matrix_transpose), ("vectorNorm", jnp.linalg.vector_norm), ("matrixNorm", jnp.linalg.matrix_norm)):
            g.jax("linalg." + name, [x], f, grad=False)
        g.jax("linalg.blockDiag", [[x, np.array([[1.0]])]], lambda xs: jsl.block_diag(*xs), grad=False)
    empty = np.zeros((0, 0))
    for name, f in (("trace", jnp.trace), ("matrixTranspose", jnp.linalg.matrix_transpose), ("vectorNorm", jnp.linalg.vector_norm), ("matrixNorm", jnp.linalg.matrix_norm)):
        g.jax("linalg." + name, [empty], f, grad=False)
    g.jax("linalg.matrixPower", [empty, X(2)], lambda v: jnp.linalg.matrix_power(v, 2), grad=False)
    g.jax("linalg.blockDiag", [[np.zeros((0, 2)), np.array([[1.0]])]], lambda xs: jsl.block_diag(*xs), grad=False)
    g.jax("linalg.vectorNorm", [np.array(-2.5)], jnp.linalg.vector_norm)
    g.jax("linalg.expm", [square((), 2)], jsl.expm)
    for shape in ((4,), (2, 3, 2)):
        g.jax("linalg.vectorNorm", [rand(shape, dtype="float64")], jnp.linalg.vector_norm)
    for shape in ((4, 2), (3, 3)):
        g.jax("linalg.matrixNorm", [rand(shape, dtype="float64")], jnp.linalg.matrix_norm)
    tri = np.tril(rand((3, 3), -1, 1, "float64")) + 2 * np.eye(3)
    g.jax("linalg.triangularSolve", [tri, rand((3,), dtype="float64"), X({"lower": True})], lambda x, y: jsl.solve_triangular(x, y, lower=True))
    none, flat = np.zeros((0, 0)), np.zeros(0)
    at = np.zeros(0, np.int32)
    for name, args, out in (
        ("lstsq", [np.zeros((0, 2)), flat], [np.zeros(2), np.zeros(1), np.int32(0), flat]), ("triangularSolve", [none, np.zeros((0, 2))], [np.zeros((0, 2))]), ("matrixRank", [np.zeros((0, 3))], [np.int32(0)]), ("svd", [none], [none, flat, none]), ("eigh", [none], [flat, none]),
        ("eigvals", [none], [np.zeros(0, np.complex128)]), ("lu", [none], [none] * 3), ("luFactor", [none], [none, at]), ("pinv", [np.zeros((0, 3))], [np.zeros((3, 0))]), ("sqrtm", [none], [none]), ("expm", [none], [none]),
    ):
        g.add("linalg." + name, args, out, source="numpy")


def transforms(g):
    """A NaN in both parts of every number: which parts fewer of them reach depends on how the size is cut."""
    whole = {"fft": jnp.fft.fft, "ifft": jnp.fft.ifft, "fft2": jnp.fft.fft2, "ifft2": jnp.fft.ifft2, "fftn": jnp.fft.fftn, "ifftn": jnp.fft.ifftn, "irfft": jnp.fft.irfft, "hfft": jnp.fft.hfft, "irfft2": jnp.fft.irfft2, "irfftn": jnp.fft.irfftn}
    for name, f in whole.items():
        for n in (3, 4):
            g.jax("fft." + name, [np.full((2, n), complex(np.nan, np.nan), np.complex64)], f, grad=False)
    for name, f in (("fftshift", jnp.fft.fftshift), ("ifftshift", jnp.fft.ifftshift)):
        for x in (ODD, LINE):
            g.jax("fft." + name, [x], f)
        g.jax("fft." + name, [ONE], f)


def special(g):
    """The special functions without axes, without elements, at one more shape, and the pairs at NaN and infinity."""
    for name, (value, gradient, inside, _) in specials.UNARY.items():
        for x in (inside[3], np.zeros((0, 3)), np.resize(inside, (2, 4))):
            specials.add(g, name, [np.asarray(x)], value, gradient if np.size(x) else None)
        limit = LIMITS.get(name)
        specials.add(g, name, [np.array([np.nan, np.inf])], value if limit is None else lambda x, v=limit: np.array([np.nan, v]), None)
    for name, (value, gradient, xs, ys) in specials.BINARY.items():
        for x, y in ((xs[4], ys[5]), (np.zeros((0, 3)), np.resize(ys, 3)), (np.resize(xs, (2, 3)), np.resize(ys[::-1], (2, 3))), (np.array([np.nan, 2, np.nan]), np.array([1, np.nan, np.nan])), (np.float64(2), np.float64(np.inf))):
            specials.add(g, name, [np.asarray(x), np.asarray(y)], value, None)
        limit = LIMITS_AT_2.get(name)
        specials.add(g, name, [np.float64(np.inf), np.float64(2)], value if limit is None else lambda x, y, v=limit: np.float64(v), None)
    for x in (np.float64(2.5), np.zeros((0, 2)), np.array([[0.5, np.nan, 3], [np.inf, 1, 2]])):
        specials.add(g, "polygamma", [X(1), np.asarray(x)], lambda x: sp.polygamma(1, x), None)
        specials.add(g, "multigammaln", [np.asarray(x) + 2, X(2)], lambda a: sp.multigammaln(a, 2), None)
        specials.add(g, "betainc", [np.asarray(x), np.full(np.shape(x), 2.0), np.full(np.shape(x), 0.25)], sp.betainc, None)
    for x in (np.float64(1.5), np.zeros((0, 2)), np.array([[0.5, 2], [3, 8]])):
        for dtype in (np.float64, np.float32):
            g.add("special.sici", [np.asarray(x, dtype)], [np.asarray(v, dtype) for v in sp.sici(x)], None, "scipy")


def attention(g):
    for name, f in (("relu6", jax.nn.relu6), ("selu", jax.nn.selu), ("celu", jax.nn.celu), ("hardTanh", jax.nn.hard_tanh), ("hardSigmoid", jax.nn.hard_sigmoid), ("hardSwish", jax.nn.hard_silu), ("softSign", jax.nn.soft_sign), ("logSigmoid", jax.nn.log_sigmoid), ("mish", jax.nn.mish), ("squareplus", jax.nn.squareplus), ("sparsePlus", jax.nn.sparse_plus), ("identity", jax.nn.identity)):
        g.jax(name, [LINE], f, grad=False)
    for x in (np.zeros((0, 4), np.float32), np.array([[1, np.nan, 2, 0], [np.inf, 1, -np.inf, np.inf]], np.float32)):
        g.jax("glu", [x], jax.nn.glu, grad=False)
        g.jax("standardize", [x], lambda x: jax.nn.standardize(x, -1, epsilon=np.float32(1e-5)), grad=False)
    attend = jax.nn.dot_product_attention
    for b, n, m, h, d in ((1, 1, 1, 1, 1), (2, 1, 4, 3, 2), (1, 4, 4, 2, 3)):
        q, k, v = rand((b, n, h, d)), rand((b, m, h, d)), rand((b, m, h, d))
        g.jax("dotProductAttention", [q, k, v], attend)
    q = rand((1, 2, 1, 2))
    for bad in (np.nan, np.inf):
        v = rand((1, 2, 1, 2))
        v[0, 0, 0, 0] = bad
        g.jax("dotProductAttention", [q, q, v], attend, grad=False)
    g.jax("dotProductAttention", [np.zeros((0, 2, 1, 2), np.float32)] * 3, attend, grad=False)


def creation(g):
    def none(fn, args, out):
        g.add(fn, [X(a) for a in args], [np.asarray(out)])
    for n in (0, 2, 7):
        none("logspace", [0, 2, n], np.logspace(0, 2, n).astype(np.float32))
        none("geomspace", [1, 64, n], np.geomspace(1, 64, n).astype(np.float32))
    for shape in ([3], [0, 2], [2, 1, 2]):
        none("indices", [shape], np.indices(shape).astype(np.int32))
    for n, m in ((0, 0), (4, 4), (2, 5)):
        none("tri", [n, {"columns": m}], np.tri(n, m, dtype=np.float32))
    for x in (ONE, ZERO, LINE, rand((3,)), rand((1, 2))):
        g.jax("diagflat", [np.asarray(x)], jnp.diagflat)
        g.jax("meshgrid", [[np.asarray(x).ravel(), rand((2,))]], lambda xs: jnp.meshgrid(*xs))
        g.add("meshgrid", [[np.asarray(ONE), np.asarray(x).ravel()]], np.meshgrid(ONE, np.asarray(x).ravel()), source="numpy")
        if np.ndim(x) == 1:
            g.jax("vander", [x, X({"columns": 3})], lambda x: jnp.vander(x, 3), grad=False)
            # JAX's is a convolution, so a NaN spreads
            g.add("toeplitz", [x], [scipy.linalg.toeplitz(x) if x.size else np.zeros((0, 0), np.float32)], source="scipy")
    g.jax("vander", [rand((5,))], jnp.vander)
    g.jax("toeplitz", [rand((5,))], jsl.toeplitz)
    for n in (1, 6):
        for d in (0.5, 2):
            g.add("fft.fftfreq", [X(n), X({"spacing": d})], [np.fft.fftfreq(n, d).astype(np.float32)], source="numpy")


def drawn(g):
    """Draws at no elements, and of parameters that are NaN or infinite."""
    k = jax.random.key(9)
    r = jax.random
    f = np.float32
    plain = {"gumbel": r.gumbel, "exponential": r.exponential, "laplace": r.laplace, "cauchy": r.cauchy, "logistic": r.logistic, "maxwell": r.maxwell}
    given = {
        "truncatedNormal": {"lower": -1, "upper": 2}, "gamma": {"a": 2}, "loggamma": {"a": 2}, "beta": {"a": 2, "b": 1}, "poisson": {"lam": 3}, "binomial": {"n": 4, "p": 0.5}, "geometric": {"p": 0.5}, "lognormal": {"sigma": 0.5},
        "pareto": {"b": 2}, "rayleigh": {"scale": 2}, "weibullMin": {"scale": 2, "concentration": 1.5}, "triangular": {"left": -1, "mode": 0, "right": 1}, "t": {"df": 3}, "f": {"dfnum": 3, "dfden": 4}, "chisquare": {"df": 3}, "wald": {"mean": 2},
        "doubleSidedMaxwell": {"loc": 0, "scale": 1}, "rademacher": {},
    }
    for name in [*plain, *given]:
        dtype = np.int32 if name in ("poisson", "geometric", "rademacher") else f
        g.add(f"random.{name}", [words(k), X([2, 0]), X(given.get(name, {}))], [np.zeros((2, 0), dtype)])
    g.add("random.choice", [words(k), X(7), X([0])], [np.zeros(0, np.int32)])
    g.add("random.choice", [words(k), LINE, X([4])], [LINE[r.randint(k, (4,), 0, 6, np.int32)]])
    p = np.array([0.25, 0.5, 0.25], f)
    g.add("random.multinomial", [words(k), X([0]), p, X({"n": 9})], [np.zeros((0, 3), f)])
    for alpha in (np.array([0.5, 1], f), np.array([2, 3, 1, 1], f)):
        for shape in ([], [2, 2]):
            g.add("random.dirichlet", [words(k), X(shape), alpha], [r.dirichlet(k, alpha, tuple(shape), f)])
    g.add("random.dirichlet", [words(k), X([0]), p], [np.zeros((0, 3), f)])
    mean = np.array([1, -2], f)
    for d in (1, 2):
        for shape in ([], [3]):
            cov = np.eye(d, dtype=f) * 4
            g.add("random.multivariateNormal", [words(k), X(shape), mean[:d], cov], [r.multivariate_normal(k, mean[:d], cov, tuple(shape), f)])
    g.add("random.ball", [words(k), X(3), X([0]), X({"p": 2})], [np.zeros((0, 3), f)])


def applied(g):
    """What takes functions, or indices of several kinds: records.ts says how each is called."""
    for x, index, verb, value in (
        (rand((4,)), [[1, 3]], "set", np.float32(9)), (rand((2, 3)), [1], "add", rand((3,))), (ODD, [None, [0, 2]], "mul", np.float32(2)), (ODD, [0, 1], "min", np.float32(-9)), (rand((3, 2)), [[None, None, 2]], "max", rand((2, 2))),
        (NONE, [None, 1], "set", np.float32(1)), (ONE, [], "set", np.float32(4)), (LINE, [[2, 5]], "max", np.array([0, np.nan, 1], np.float32)),
    ):
        where = tuple(slice(*i) if isinstance(i, list) else slice(None) if i is None else i for i in index)
        g.jax("at", [x, X(index), value, X(verb)], lambda x, v, w=where, b=verb: getattr(x.at[w], b)(v), grad=np.isfinite(x).all() and x.size > 1)
        g.jax("at", [x, X(index)], lambda x, w=where: x[w])
    for shape in ((4,), (3, 2)):
        at = np.array([2, 0, 2], np.int32)
        g.jax("at", [rand(shape), [at]], lambda x, i: x[i[0]])
        g.jax("at", [rand(shape), [at], rand((3, *shape[1:])), X("add")], lambda x, i, v: x.at[i[0]].add(v))
    for shape in ((3,), (2, 3), (0, 2), ()):
        for name, f in FORMULAS.items():
            g.add("fromFunction", [X(name), X(list(shape))], [np.asarray(np.fromfunction(f, shape, dtype=np.int32) if shape else np.int32(7), np.int32)], source="numpy")
    for x in (ODD, NONE, ONE, rand((2, 3)), rand((4,))):
        g.jax("piecewise", [x, [np.asarray(x < -1), np.asarray(x > 1)]], lambda x, c: jnp.piecewise(x, c, [lambda v: -v, jnp.square, lambda v: v + 1]), grad=np.isfinite(x).all())
    for n in (0, 1, 3, 5):
        for k in (0, 1):
            for name, f in (("tril", np.tril), ("triu", np.triu)):
                places = np.mask_indices(n, f, k)
                g.add("maskIndices", [X(n), X(name), X(k), X(len(places[0]))], [np.asarray(v, np.int32) for v in places], source="numpy")
    for shapes in ([[2, 3], [3]], [[], [4]], [[1, 5], [2, 1], [1]], [[0, 3], [1, 1]], [[2]], [[2, 1, 4], [3, 1]], [[], []]):
        g.add("broadcastShapes", [X(shapes)], [np.asarray(np.broadcast_shapes(*map(tuple, shapes)), np.int32)], source="numpy")


FORMULAS = {"sum": lambda *at: sum(at) + 7, "product": lambda *at: np.prod(np.stack(at), 0) + 7 if at else 7}
GROUPS = {"margin": (elementwise, bits, running, statistics, histograms, segments), "marginShape": (moved, columns, places, applied, orders, products, windows), "marginMatrix": (matrices, transforms, attention, creation, drawn), "marginSpecial": (special,)}


def record():
    for name, parts in GROUPS.items():
        g = Group(name)
        for part in parts:
            part(g)
        g.write()
