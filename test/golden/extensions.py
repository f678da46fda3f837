"""The wider NumPy surface: writing at indices, searching, sets, running extremes, bits, parts of numbers, moved axes."""
import jax
import jax.numpy as jnp
import numpy as np
from record import Group, X, rand

WILD = np.array([0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.nan, 7], np.float32)


def ints(*shape, low=0, high=9, dtype="int32"):
    return rand(shape, low, high, dtype)


def distinct(n, dtype="float32"):
    """Different numbers in no order: no ties, so that every derivative is unambiguous."""
    return ((np.arange(n) * 7919 % 101 - 50) / 16).astype(dtype)


def writing(g):
    write = {"scatter": "set", "scatterAdd": "add", "scatterMul": "mul", "scatterMin": "min", "scatterMax": "max"}
    for name, verb in write.items():
        def f(x, i, u, v=verb):
            return getattr(x.at[i], v)(u, mode="drop", unique_indices=len(set(np.asarray(i).ravel().tolist())) == i.size)
        g.jax(name, [rand((5,)), np.array([3, 0, 4], np.int32), rand((3,))], f)
        g.jax(name, [rand((4, 3)), np.array([2, 7, 0], np.int32), rand((3, 3))], f)
        g.jax(name, [rand((4, 2)), np.array([[2, 3], [0, 1]], np.int32), rand((2, 2, 2))], f)
        g.jax(name, [ints(5), np.array([3, 0, 4], np.int32), ints(3)], f)
        g.jax(name, [rand((3,)), np.zeros((0,), np.int32), rand((0,))], f)
        if verb != "set":
            g.jax(name, [distinct(5), np.array([3, 0, 3, 3, 0], np.int32), distinct(11)[5:10]], f, grad=verb != "mul", note=None if verb != "mul" else "JAX has no derivative for repeated places")
            g.jax(name, [ints(5), np.array([3, 0, 3, 3, 0], np.int32), ints(5)], f)
    for verb, name in (("min", "scatterMin"), ("max", "scatterMax")):
        g.jax(name, [np.zeros(3, np.float32), np.array([0, 0, 1, 2], np.int32), np.array([0, 0, np.nan, -1], np.float32)], lambda x, i, u, v=verb: getattr(x.at[i], v)(u), grad=False)
    g.jax("scatterMul", [rand((3,)), np.array([1, 1, 1], np.int32), np.array([0, 2, 3], np.float32)], lambda x, i, u: x.at[i].mul(u), grad=False, note="JAX has no derivative for repeated places")
    for shape, k, axis in [((5,), 3, 0), ((3, 4), 2, 1), ((3, 4), 2, 0)]:
        at = np.argsort(np.asarray(rand(shape)), axis=axis).astype(np.int32).take(range(k), axis)
        g.jax("takeAlongAxis", [rand(shape), at, X({"axis": axis})], lambda x, i, a=axis: jnp.take_along_axis(x, i, a))
        g.jax("putAlongAxis", [rand(shape), at, rand(at.shape), X({"axis": axis})], lambda x, i, v, a=axis: jnp.put_along_axis(x, i, v, a, inplace=False))
    g.jax("takeAlongAxis", [rand((3, 4)), np.array([[1, 0]], np.int32)], lambda x, i: jnp.take_along_axis(x, i, 1))
    for start in ([1, 0], [5, -3], [2, 2]):
        g.jax("dynamicSlice", [rand((4, 5)), X(start), X([2, 3])], lambda x, s=start: jax.lax.dynamic_slice(x, [max(0, v) for v in s], (2, 3)))
        g.jax("dynamicUpdateSlice", [rand((4, 5)), rand((2, 3)), X(start)], lambda x, u, s=start: jax.lax.dynamic_update_slice(x, u, [max(0, v) for v in s]))


def segments(g):
    ids = np.array([0, 2, 0, 3, 9, 2, 2], np.int32)
    for name, f in (("segmentSum", jax.ops.segment_sum), ("segmentProd", jax.ops.segment_prod), ("segmentMax", jax.ops.segment_max), ("segmentMin", jax.ops.segment_min)):
        for x in (distinct(7), distinct(14).reshape(7, 2), ints(7)):
            g.jax(name, [x, ids, X({"segments": 4})], lambda x, i, f=f: f(x, i, 4), grad=name != "segmentProd")
        g.jax(name, [distinct(7, "float64"), np.sort(ids), X({"segments": 5})], lambda x, i, f=f: f(x, i, 5), grad=name != "segmentProd")


def putting(g):
    for shape in ((4,), (2, 3), ()):
        mask = np.asarray(rand(shape)) > -1
        for values in (rand((3,)), rand((1,)), rand((2, 4))):
            g.jax("place", [rand(shape), mask, values], lambda x, m, v: jnp.place(x, m, v, inplace=False), grad=False)
    g.jax("place", [ints(5), np.array([1, 0, 1, 0, 1], np.int32), ints(2)], lambda x, m, v: jnp.place(x, m, v, inplace=False))
    g.jax("place", [rand((0,)), np.zeros((0,), bool), rand((2,))], lambda x, m, v: x)
    for trim in ("f", "b", "fb"):
        for x in ([0, 0, 1, 0, 2.5, 0], [1, 2], [0, 0, 0], [], [0, np.nan, 0]):
            x = np.array(x, np.float32)
            kept = np.trim_zeros(x, trim)
            g.add("trimZeros", [x, X({"size": 4, "trim": trim, "fill": -1})], [np.pad(kept[:4], (0, max(0, 4 - len(kept))), constant_values=-1)], source="numpy")
    for parts in ([(2,)], [(2,), (3,)], [(1,), (3,), (4,)]):
        g.jax("ix", [rand(n) for n in parts], lambda *xs: list(jnp.ix_(*xs)))


def searching(g):
    edges = np.array([-2, -1, 0, 0, 1.5, 3], np.float32)
    points = np.concatenate([edges, [-9, 9, 0.25, np.inf, -np.inf, np.nan]]).astype(np.float32)
    for side in ("left", "right"):
        g.jax("searchsorted", [edges, points, X({"side": side})], lambda e, x, s=side: jnp.searchsorted(e, x, side=s), out="int32")
        g.jax("searchsorted", [np.append(edges, np.float32(np.nan)), points, X({"side": side})], lambda e, x, s=side: jnp.searchsorted(e, x, side=s), out="int32")
    g.jax("searchsorted", [np.zeros((0,), np.float32), points], jnp.searchsorted, out="int32")
    g.jax("searchsorted", [np.array([1, 4, 9], np.int32), ints(2, 3)], jnp.searchsorted, out="int32")
    for right in (False, True):
        g.jax("digitize", [points[:-1], edges, X({"right": right})], lambda x, e, r=right: jnp.digitize(x, e, right=r), out="int32")
        g.jax("digitize", [points[:-1], edges[::-1].copy(), X({"right": right, "descending": True})], lambda x, e, r=right: jnp.digitize(x, e, right=r), out="int32")
    for invert in (False, True):
        g.jax("isin", [ints(3, 4), ints(5), X({"invert": invert})], lambda x, y, v=invert: jnp.isin(x, y, invert=v))
        g.jax("isin", [WILD, WILD[2:7], X({"invert": invert})], lambda x, y, v=invert: jnp.isin(x, y, invert=v))
    g.jax("isin", [ints(3), np.zeros((0,), np.int32)], jnp.isin)


def sets(g):
    p, q = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5], np.int32), np.array([2, 7, 1, 8, 2, 8], np.int32)
    nans = np.array([2, np.nan, 1, np.nan, 2], np.float32)
    for size in (7, 10, 3):
        for extra in ({}, {"fill": -1}):
            s = X({"size": size, **extra})
            k = {"size": size, "fill_value": extra.get("fill")}
            g.jax("unique", [p, s], lambda x, k=k: jnp.unique(x, **k))
            g.jax("union1d", [p, q, s], lambda x, y, k=k: jnp.union1d(x, y, **k))
            g.jax("setdiff1d", [p, q, s], lambda x, y, k=k: jnp.setdiff1d(x, y, **k))
            if size > 3:
                g.jax("uniqueCounts", [p, s], lambda x, k=k: jnp.unique_counts(x, **k), out="int32")
                g.jax("uniqueInverse", [p, s], lambda x, k=k: jnp.unique_inverse(x, **k), out="int32")
                g.jax("intersect1d", [p, q, s], lambda x, y, k=k: jnp.intersect1d(x, y, **k))
                g.jax("setxor1d", [p, q, s], lambda x, y, k=k: jnp.setxor1d(x, y, **k))
    g.jax("unique", [nans, X({"size": 3})], lambda x: jnp.unique(x, size=3), grad=False)
    g.jax("unique", [rand((2, 3)), X({"size": 6})], lambda x: jnp.unique(x, size=6), grad=False)
    x = np.array([[0, 5, 0], [7, 0, 2]], np.float32)
    for size in (3, 5, 2):
        for extra in ({}, {"fill": -1}):
            s = X({"size": size, **extra})
            k = {"size": size, "fill_value": extra.get("fill", 0)}
            g.jax("nonzero", [x, s], lambda x, k=k: jnp.nonzero(x, **k), out="int32", grad=False)
            g.jax("argwhere", [x, s], lambda x, k=k: jnp.argwhere(x, **k), out="int32", grad=False)
            g.jax("flatnonzero", [x, s], lambda x, k=k: jnp.flatnonzero(x, **k), out="int32", grad=False)
            g.jax("extract", [x > 1, x, s], lambda c, x, k=k: jnp.extract(c, x, **k))
            g.jax("compress", [np.array([True, False, True, False, True, False]), rand((6,)), s], lambda c, x, k=k: jnp.compress(c, x, **k))
    g.jax("compress", [np.array([False, True]), rand((2, 3)), X({"size": 1, "axis": 1})], lambda c, x: jnp.compress(c, x, axis=1, size=1))


def running(g):
    for name, f, g2 in (("cumprod", jnp.cumprod, jax.lax.cumprod), ("cummax", jax.lax.cummax, jax.lax.cummax), ("cummin", jax.lax.cummin, jax.lax.cummin), ("cumlogsumexp", jax.lax.cumlogsumexp, jax.lax.cumlogsumexp)):
        for shape, axis in [((7,), 0), ((3, 4), 0), ((2, 3, 4), 1), ((0,), 0), ((1,), 0)]:
            x = distinct(int(np.prod(shape))).reshape(shape)
            for back in (False, True):
                g.jax(name, [x, X({"axis": axis, "reverse": back})], lambda x, a=axis, r=back, h=g2: h(x, axis=a, reverse=r))
        if name != "cumlogsumexp":
            g.jax(name, [ints(6)], lambda x, h=g2: h(x, axis=0))
            g.jax(name, [np.array([2, np.nan, 1, 3], np.float32)], lambda x, h=g2: h(x, axis=0), grad=False)
    g.jax("cumprod", [np.array([2, 0, 3, 0, 4], np.float32)], jnp.cumprod)
    g.jax("cumlogsumexp", [np.array([-np.inf, -np.inf, 1, 1000, 1000], np.float32)], lambda x: jax.lax.cumlogsumexp(x, axis=0), grad=False)


def bits(g):
    for name, f in (("bitwiseAnd", jnp.bitwise_and), ("bitwiseOr", jnp.bitwise_or), ("bitwiseXor", jnp.bitwise_xor)):
        for dtype in ("int32", "uint8", "int64", "uint32"):
            g.jax(name, [ints(3, 4, high=99, dtype=dtype), ints(4, high=99, dtype=dtype)], f)
        g.jax(name, [np.array([True, False]), np.array([True, True])], f)
    for name, f in (("leftShift", jnp.left_shift), ("rightShift", jnp.right_shift)):
        for dtype in ("int32", "uint8", "int64", "uint32"):
            g.jax(name, [ints(6, low=0, high=99, dtype=dtype), np.array([0, 1, 2, 3, 5, 7], dtype)], f)
        g.jax(name, [np.array([-5, -1, 7], np.int32), np.array([1, 3, 2], np.int32)], f)
    for name, f in (("gcd", jnp.gcd), ("lcm", jnp.lcm)):
        g.jax(name, [ints(4, 5, low=-60, high=60), ints(5, low=-60, high=60)], f)
        g.jax(name, [np.array([0, 0, 5, 1836311903], np.int32), np.array([0, 7, 0, 1134903170 if name == "gcd" else 1], np.int32)], f)
        g.jax(name, [ints(5, high=60, dtype="int64"), ints(5, high=60, dtype="int64")], f)
    for dtype in ("int32", "uint8", "int64", "uint32"):
        g.jax("bitCount", [ints(5, high=200, dtype=dtype)], jax.lax.population_count)
        g.jax("bitwiseNot", [ints(5, high=200, dtype=dtype)], jnp.bitwise_not)
    g.jax("bitwiseNot", [np.array([True, False])], jnp.bitwise_not)


def numbers(g):
    other = np.array([1, -1, -2, 3, -0.0, 0.0, 1, -3], np.float32)
    apart = rand((3, 4)) + np.float32(1 / 128)
    for name, f in (("signbit", jnp.signbit), ("deg2rad", jnp.deg2rad), ("rad2deg", jnp.rad2deg), ("fix", jnp.trunc), ("positive", jnp.positive), ("cbrt", jnp.cbrt), ("sinc", jnp.sinc), ("nanToNum", jnp.nan_to_num)):
        g.jax(name, [apart], f)
        g.jax(name, [apart.astype(np.float64)], f)
        if name not in ("signbit", "sinc"):
            g.jax(name, [WILD], f, grad=False)
    g.jax("signbit", [WILD[:6]], jnp.signbit)
    g.jax("sinc", [np.array([0, 1, 2, 0.5], np.float64)], jnp.sinc)
    g.jax("cbrt", [np.array([27, -8, 1e-30, 1e30, 125], np.float32)], jnp.cbrt)
    g.jax("cbrt", [np.array([27, -8, 1e-200, 1e200, 125], np.float64)], jnp.cbrt)
    for name, f in (("copysign", jnp.copysign), ("heaviside", jnp.heaviside), ("logaddexp", jnp.logaddexp), ("logaddexp2", jnp.logaddexp2), ("fmod", jnp.fmod), ("floatPower", jnp.float_power)):
        left = np.abs(apart) if name == "floatPower" else apart
        right = rand((4,)) + np.float32(3 / 256)
        g.jax(name, [left, right], f, grad=name != "heaviside", out="float32")
        if name not in ("floatPower", "fmod"):
            g.jax(name, [WILD[:6], other[:6]], f, grad=False)
    g.jax("logaddexp", [np.array([1, 2, np.inf, -np.inf, -np.inf], np.float32), np.array([1, 900, np.inf, -np.inf, 3], np.float32)], jnp.logaddexp, grad=False)
    g.jax("logaddexp", [np.array([1, 2, -3], np.float32), np.array([1, 2, -3], np.float32)], jnp.logaddexp)
    g.jax("fmod", [np.array([7, -7, 7, -7, 1e9], np.float32), np.array([3, 3, -3, -3, 7], np.float32)], jnp.fmod)
    g.jax("fmod", [np.array([7, -7, 7, -7], np.int32), np.array([3, 3, -3, -3], np.int32)], jnp.fmod)
    g.jax("divmod", [apart, np.float32(0.75) * np.ones(4, np.float32)], lambda x, y: list(jnp.divmod(x, y)))
    g.jax("divmod", [np.array([7, -7, 7, -7], np.int32), np.array([3, 3, -3, -3], np.int32)], lambda x, y: list(jnp.divmod(x, y)))
    g.jax("modf", [apart], lambda x: list(jnp.modf(x)), grad=False)
    g.jax("ldexp", [apart, np.array([-3, 0, 5, 100], np.int32)], jnp.ldexp)
    g.jax("ldexp", [np.array([1, 3e-38, 1], np.float32), np.array([-120, 120, 200], np.int32)], jnp.ldexp, grad=False)
    g.jax("nanToNum", [WILD, X({"nan": 4, "posinf": 5, "neginf": -6})], lambda x: jnp.nan_to_num(x, nan=4, posinf=5, neginf=-6))
    close = np.array([0, 1.000001, 1.6, -2.25, np.inf, np.inf, np.nan, 7.1], np.float32)
    for same in (False, True):
        s = X({"equalNan": same})
        g.jax("isclose", [WILD, close, s], lambda x, y, e=same: jnp.isclose(x, y, equal_nan=e))
        g.jax("allclose", [WILD[4:7], WILD[4:7], s], lambda x, y, e=same: jnp.allclose(x, y, equal_nan=e))
        g.jax("arrayEqual", [WILD, WILD, s], lambda x, y, e=same: jnp.array_equal(x, y, equal_nan=e))
    g.jax("isclose", [WILD, close, X({"rtol": 0.1, "atol": 0.1})], lambda x, y: jnp.isclose(x, y, 0.1, 0.1))
    g.jax("arrayEqual", [rand((3,)), rand((2,))], jnp.array_equal)
    for n in (0, 1, 4):
        g.jax("polyval", [rand((n,)), rand((2, 3))], jnp.polyval)
    g.jax("polyval", [rand((3,)), rand(())], jnp.polyval)
    xs = np.array([-1, 0, 0.5, 2], np.float32)
    g.jax("interp", [np.array([-3, -1, -0.5, 0, 0.25, 1.75, 2, 5], np.float32), xs, rand((4,))], jnp.interp, grad=False)
    g.jax("interp", [np.array([-3, -0.5, 0.25, 1.75, 5], np.float32), xs, rand((4,))], jnp.interp)
    g.jax("interp", [np.array([-3, -0.5, 5], np.float32), xs, rand((4,)), X({"left": -7, "right": 9})], lambda x, p, f: jnp.interp(x, p, f, left=-7, right=9), grad=False)
    g.jax("unwrap", [rand((3, 6), -9, 9)], jnp.unwrap)
    g.jax("unwrap", [rand((6, 2), -9, 9), X({"axis": 0, "period": 4})], lambda x: jnp.unwrap(x, axis=0, period=4))


def axes(g):
    for shape, i, j in [((2, 3), 0, 1), ((2, 3, 4), 0, -1), ((2, 3, 4), 1, 1)]:
        g.jax("swapaxes", [rand(shape), X(i), X(j)], lambda x, i=i, j=j: jnp.swapaxes(x, i, j))
        g.jax("moveaxis", [rand(shape), X(i), X(j)], lambda x, i=i, j=j: jnp.moveaxis(x, i, j))
    for axis, start in [(2, 0), (0, 2), (1, 3), (0, 3), (-1, 1)]:
        g.jax("rollaxis", [rand((2, 3, 4)), X(axis), X(start)], lambda x, a=axis, s=start: jnp.rollaxis(x, a, s))
    for shape, shift, where in [((5,), 2, None), ((2, 3), -1, None), ((3, 4), 5, 1), ((3, 4), [1, -1], [0, 1]), ((3, 4), 1, [0, 1]), ((0,), 3, None)]:
        s = {} if where is None else {"axes": where}
        g.jax("roll", [rand(shape), X(shift), X(s)], lambda x, k=shift, a=where: jnp.roll(x, tuple(k) if isinstance(k, list) else k, tuple(a) if isinstance(a, list) else a))
    for k in (-1, 0, 1, 2, 3, 4):
        g.jax("rot90", [rand((2, 3)), X({"times": k})], lambda x, k=k: jnp.rot90(x, k))
        g.jax("rot90", [rand((2, 3, 4)), X({"times": k, "axes": [2, 0]})], lambda x, k=k: jnp.rot90(x, k, (2, 0)))
    for name, f in (("fliplr", jnp.fliplr), ("flipud", jnp.flipud)):
        g.jax(name, [rand((2, 3))], f)
    for shape, times in [((3,), 2), ((3,), [2, 2]), ((2, 3), [2]), ((2, 3), [2, 1]), ((2,), [0]), ((), [3])]:
        g.jax("tile", [rand(shape), X(times)], lambda x, t=times: jnp.tile(x, t))
    for shape, times, axis in [((3,), 2, None), ((2, 3), 2, None), ((2, 3), 2, 1), ((2, 3), [1, 2], 0), ((2, 3), [0, 1, 3], -1)]:
        s = {} if axis is None else {"axis": axis}
        g.jax("repeat", [rand(shape), X(times), X(s)], lambda x, t=times, a=axis: jnp.repeat(x, np.array(t), axis=a))


GROUPS = (("indexing", (writing, segments, searching)), ("set", (sets,)), ("running", (running,)), ("number", (bits, numbers)), ("axes", (axes,)), ("place", (putting,)))


def record():
    for name, parts in GROUPS:
        g = Group(name)
        for part in parts:
            part(g)
        g.write()
