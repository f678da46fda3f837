"""Statistics by order and by interval, differences, grids, joined rows, products of higher rank."""
import jax
import jax.numpy as jnp
import numpy as np
from record import Group, X, rand

NANS = np.array([[1, np.nan, 3, 2], [np.nan, np.nan, np.nan, np.nan], [4, -1, 0.5, np.nan], [2, 7, 1, 5]], np.float32)


def distinct(*shape):
    n = int(np.prod(shape))
    return ((np.arange(n) * 7919 % 101 - 50) / 16).astype(np.float32).reshape(shape)


def plural(axes):
    return None if axes is None else tuple(axes)


def orders(g):
    for shape, axes in [((7,), None), ((6,), None), ((3, 4), [0]), ((3, 4), [1]), ((2, 3, 4), [0, 2]), ((1,), None)]:
        for keep in (False, True):
            s = {"keepdims": keep} if axes is None else {"axes": axes, "keepdims": keep}
            a = plural(axes)
            g.jax("median", [distinct(*shape), X(s)], lambda x, a=a, k=keep: jnp.median(x, axis=a, keepdims=k))
            g.jax("quantile", [distinct(*shape), X(0.3), X(s)], lambda x, a=a, k=keep: jnp.quantile(x, 0.3, axis=a, keepdims=k))
        for method in ("linear", "lower", "higher", "midpoint", "nearest"):
            s = {"method": method} if axes is None else {"axes": axes, "method": method}
            g.jax("quantile", [distinct(*shape), X([0, 0.25, 0.5, 0.9, 1]), X(s)], lambda x, a=plural(axes), m=method: jnp.quantile(x, np.array([0, 0.25, 0.5, 0.9, 1]), axis=a, method=m))
        g.jax("percentile", [distinct(*shape), X([10, 90]), X({} if axes is None else {"axes": axes})], lambda x, a=plural(axes): jnp.percentile(x, np.array([10, 90]), axis=a))
    g.jax("median", [NANS, X({"axes": [1]})], lambda x: jnp.median(x, axis=1), grad=False)
    g.jax("nanmedian", [NANS, X({"axes": [1]})], lambda x: jnp.nanmedian(x, axis=1), grad=False)
    g.jax("nanquantile", [NANS, X([0.2, 0.7]), X({"axes": [0]})], lambda x: jnp.nanquantile(x, np.array([0.2, 0.7]), axis=0), grad=False)
    g.jax("median", [np.array([3, 1, 2, 9], np.int32)], lambda x: jnp.median(x.astype(jnp.float32)))


def nans(g):
    part = np.delete(NANS, 1, 0)
    for name, f in (("nansum", jnp.nansum), ("nanprod", jnp.nanprod), ("nanmean", jnp.nanmean), ("nanvar", jnp.nanvar), ("nanstd", jnp.nanstd), ("nanmax", jnp.nanmax), ("nanmin", jnp.nanmin)):
        for axes in (None, [0], [1]):
            for keep in (False, True):
                s = {"keepdims": keep} if axes is None else {"axes": axes, "keepdims": keep}
                g.jax(name, [part, X(s)], lambda x, f=f, a=plural(axes), k=keep: f(x, axis=a, keepdims=k))
        g.jax(name, [NANS, X({"axes": [1]})], lambda x, f=f: f(x, axis=1), grad=False)
        g.jax(name, [rand((3, 4))], f)
    for name, f in (("nanvar", jnp.nanvar), ("nanstd", jnp.nanstd)):
        g.jax(name, [part, X({"axes": [1], "correction": 1})], lambda x, f=f: f(x, axis=1, ddof=1))
    g.jax("nansum", [rand((4,), dtype="int32")], lambda x: jnp.nansum(x, dtype=x.dtype) if False else jnp.sum(x, dtype=x.dtype))
    for axes in (None, [0], [1]):
        g.jax("ptp", [distinct(3, 4), X({} if axes is None else {"axes": axes})], lambda x, a=plural(axes): jnp.ptp(x, axis=a))


def covariances(g):
    g.jax("average", [rand((3, 4))], jnp.average)
    for shape in ((3, 5), (5,)):
        for correction in (0, 1):
            g.jax("cov", [rand(shape), X({"correction": correction})], lambda x, c=correction: jnp.cov(x, ddof=c))
        g.jax("corrcoef", [rand(shape)], jnp.corrcoef, grad=shape != (5,))
    g.jax("cov", [rand((5, 3)), X({"columns": True})], lambda x: jnp.cov(x, rowvar=False))


def differences(g):
    for shape, order, axis in [((6,), 1, -1), ((6,), 2, 0), ((3, 4), 1, 0), ((3, 4), 3, 1), ((2,), 4, 0), ((3,), 0, 0)]:
        s = X({"order": order, "axis": axis})
        if order < 4:
            g.jax("diff", [rand(shape), s], lambda x, n=order, a=axis: jnp.diff(x, n, a))
    g.jax("diff", [np.array([True, False, False])], jnp.diff)
    g.jax("ediff1d", [rand((2, 3))], jnp.ediff1d)
    g.jax("ediff1d", [rand((4,)), X({"before": [1, 2], "after": [-1]})], lambda x: jnp.ediff1d(x, to_begin=jnp.array([1, 2], jnp.float32), to_end=jnp.array([-1], jnp.float32)))
    for shape, axis in [((5,), 0), ((2,), 0), ((3, 4), 0), ((3, 4), -1)]:
        g.jax("gradient", [rand(shape), X({"axis": axis})], lambda x, a=axis: jnp.gradient(x, axis=a))
        g.jax("gradient", [rand(shape), X({"axis": axis, "spacing": 0.5})], lambda x, a=axis: jnp.gradient(x, 0.5, axis=a))
        g.jax("trapezoid", [rand(shape), X({"axis": axis})], lambda x, a=axis: jnp.trapezoid(x, axis=a))
        g.jax("trapezoid", [rand(shape), X({"axis": axis, "dx": 0.25})], lambda x, a=axis: jnp.trapezoid(x, dx=0.25, axis=a))


def histograms(g):
    x = rand((3, 7))
    for bins in (1, 4, 10):
        g.jax("histogram", [x, X(bins)], lambda x, n=bins: jnp.histogram(x, n), grad=False)
        g.jax("histogram", [x, X(bins), X({"range": [-1, 2]})], lambda x, n=bins: jnp.histogram(x, n, range=(-1, 2)), grad=False)
        g.jax("histogram", [x, X(bins), X({"density": True})], lambda x, n=bins: jnp.histogram(x, n, density=True), grad=False)
    g.jax("histogram", [np.ones(3, np.float32), X(2)], lambda x: jnp.histogram(x, 2), grad=False)
    g.jax("histogram", [np.array([0, 1, 2, 3, 3, 5, -1], np.float32), np.array([0, 1, 3], np.float32)], jnp.histogram, grad=False)
    p, q = rand((9,)), rand((9,))

    def counted(y):
        """Counts are in the dtype of the weights, as those of `histogram`; JAX gives integers here."""
        return [y[0].astype(np.float32), *y[1:]]
    g.jax("histogram2d", [p, q, X(3)], lambda x, y: counted(jnp.histogram2d(x, y, 3)), grad=False)
    g.jax("histogram2d", [p, q, X([2, 4]), X({"ranges": [[-1, 1], [-2, 2]]})], lambda x, y: counted(jnp.histogram2d(x, y, [2, 4], range=[(-1, 1), (-2, 2)])), grad=False)

    def dd(x):
        h, e = jnp.histogramdd(x, 2)
        return counted([h, *e])
    g.jax("histogramdd", [rand((9, 3)), X(2)], dd, grad=False)
    for shape, length in [((9,), 5), ((6,), 10), ((0,), 3)]:
        g.jax("bincount", [rand(shape, -1, 6, "int32"), X({"length": length})], lambda x, n=length: jnp.bincount(x, length=n), out="int32")
    for axis in (0, 1):
        g.jax("mode", [rand((5, 6), 0, 3, "int32"), X({"axis": axis})], lambda x, a=axis: list(jax.scipy.stats.mode(x, axis=a)), out="int32")


def joins(g):
    for name, f in (("hstack", jnp.hstack), ("vstack", jnp.vstack), ("dstack", jnp.dstack), ("columnStack", jnp.column_stack)):
        for shape in ((3,), (2, 3), (2, 3, 2)):
            if name != "columnStack" or len(shape) < 3:
                g.jax(name, [[rand(shape), rand(shape)]], f)
    for name, f in (("atleast1d", jnp.atleast_1d), ("atleast2d", jnp.atleast_2d), ("atleast3d", jnp.atleast_3d)):
        for shape in ((), (3,), (2, 3), (1, 2, 3, 1)):
            g.jax(name, [rand(shape)], f)
    g.jax("append", [rand((2,)), rand((2, 2))], jnp.append)
    g.jax("append", [rand((1, 2)), rand((2, 2)), X({"axis": 0})], lambda x, y: jnp.append(x, y, axis=0))
    for axis in (0, 1, -1):
        g.jax("unstack", [rand((2, 3)), X({"axis": axis})], lambda x, a=axis: list(jnp.unstack(x, axis=a)))
    for parts in (3, [2, 5], [1, 1, 6]):
        g.jax("arraySplit", [rand((7,)), X(parts)], lambda x, p=parts: jnp.array_split(x, p))
    for name, f in (("hsplit", jnp.hsplit), ("vsplit", jnp.vsplit), ("dsplit", jnp.dsplit)):
        g.jax(name, [rand((2, 4, 2)), X(2)], lambda x, f=f: f(x, 2))
        g.jax(name, [rand((3, 4, 2)), X([1])], lambda x, f=f: f(x, [1]))
    g.jax("broadcastArrays", [rand((2, 1)), rand((3,))], lambda x, y: list(jnp.broadcast_arrays(x, y)))


def products(g):
    for axes in (1, 2, [[0, 1], [1, 0]], 0):
        y = (3, 4, 2) if axes == 1 else (2, 3) if axes == 2 else (3, 2) if isinstance(axes, list) else (2,)
        g.jax("tensordot", [rand((2, 3)), rand(y), X({"axes": axes})], lambda x, y, a=axes: jnp.tensordot(x, y, tuple(a) if isinstance(a, list) else a))
    for a, c in [((3,), (3,)), ((2, 3), (4, 3)), ((2, 3), (3,)), ((), (3,))]:
        g.jax("inner", [rand(a), rand(c)], jnp.inner)
    g.jax("vdot", [rand((2, 3)), rand((6,))], jnp.vdot)
    for a, c in [((3,), (2,)), ((2, 3), (2, 2)), ((3,), (2, 2)), ((2, 1, 2), (2, 3))]:
        g.jax("kron", [rand(a), rand(c)], jnp.kron)
    for a, c in [((3,), (3,)), ((2, 3), (3,)), ((2,), (2,)), ((4, 2), (2,))]:
        g.jax("cross", [rand(a), rand(c)], jnp.cross)
    g.jax("dotGeneral", [rand((2, 3, 4)), rand((4, 2, 5)), X({"contract": [[2], [0]], "batch": [[0], [1]]})], lambda x, y: jax.lax.dot_general(x, y, (([2], [0]), ([0], [1]))))
    g.jax("dotGeneral", [rand((2, 3)), rand((3, 2)), X({"contract": [[0, 1], [1, 0]]})], lambda x, y: jax.lax.dot_general(x, y, (([0, 1], [1, 0]), ([], []))))
    for dims in ([2, 3, 4], [3, 7, 2, 5], [4, 1, 6, 2, 3]):
        xs = [rand((m, n)) for m, n in zip(dims, dims[1:])]
        g.jax("multiDot", [xs], jnp.linalg.multi_dot)
    g.jax("multiDot", [[rand((3,)), rand((3, 4)), rand((4,))]], jnp.linalg.multi_dot)
    for a, c in [((2, 3), (3,)), ((5, 2, 3), (3,)), ((2, 3), (5, 3))]:
        g.jax("matvec", [rand(a), rand(c)], jnp.matvec)
    for a, c in [((2,), (2, 3)), ((5, 2), (2, 3)), ((2,), (5, 2, 3))]:
        g.jax("vecmat", [rand(a), rand(c)], jnp.vecmat)
    for a, c, axis in [((3,), (3,), -1), ((2, 3), (3,), -1), ((3, 2), (3, 1), 0)]:
        g.jax("vecdot", [rand(a), rand(c), X({"axis": axis})], lambda x, y, a=axis: jnp.vecdot(x, y, axis=a))


def grids(g):
    def none(fn, args, out):
        g.add(fn, [X(a) for a in args], [np.asarray(out)])
    for n in (1, 4):
        none("logspace", [-1, 2, n], jnp.logspace(-1, 2, n, dtype=np.float64).astype(np.float32))
        none("geomspace", [1, 1000, n], jnp.geomspace(1, 1000, n, dtype=np.float64).astype(np.float32))
    none("geomspace", [-8, -1, 4], np.geomspace(-8, -1, 4).astype(np.float32))
    none("logspace", [0, 3, 4, {"base": 2}], np.array([1, 2, 4, 8], np.float32))
    none("indices", [[2, 3]], jnp.indices((2, 3)).astype(np.int32))
    for k in (-1, 0, 2):
        none("tri", [3, {"columns": 4, "diagonal": k}], jnp.tri(3, 4, k, dtype=np.float32))
        g.jax("diagflat", [rand((2, 2)), X({"diagonal": k})], lambda x, k=k: jnp.diagflat(x, k))
    for how in ("xy", "ij"):
        for sparse in (False, True):
            g.jax("meshgrid", [[rand((2,)), rand((3,)), rand((2,))], X({"indexing": how, "sparse": sparse})], lambda xs, i=how, s=sparse: jnp.meshgrid(*xs, indexing=i, sparse=s))
    for n in (0, 1, 3, 4):
        for up in (False, True):
            g.jax("vander", [rand((3,)), X({"columns": n, "increasing": up})], lambda x, n=n, u=up: jnp.vander(x, n, u))
    g.jax("toeplitz", [rand((3,))], jax.scipy.linalg.toeplitz)


def choices(g):
    g.jax("select", [[rand((2, 3)) > 0, rand((3,)) > 0], [rand((2, 3)), rand((3,))], X(2.5)], lambda c, x: jnp.select(c, x, np.float32(2.5)))
    for mode in ("clip", "wrap"):
        g.jax("choose", [rand((2, 3), -3, 5, "int32"), [rand((2, 3)), rand((3,)), rand((1,))], X({"mode": mode})], lambda i, x, m=mode: jnp.choose(i, x, mode=m))
    for axis in (0, 1):
        g.jax("lexsort", [[rand((4, 5), 0, 2, "int32"), rand((4, 5), 0, 2, "int32")], X({"axis": axis})], lambda ks, a=axis: jnp.lexsort(ks, axis=a), out="int32")


GROUPS = (("order", (orders, nans)), ("spread", (covariances, differences, histograms)), ("grid", (joins, products, grids, choices)))


def record():
    for name, parts in GROUPS:
        g = Group(name)
        for part in parts:
            part(g)
        g.write()
