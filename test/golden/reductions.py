"""Reductions, statistics, running sums, sorting."""
import jax
import jax.numpy as jnp
import numpy as np
from record import Group, X, rand

CASES = [((), None), ((5,), None), ((5,), [0]), ((3, 4), [0]), ((3, 4), [-1]), ((2, 3, 4), [0, 2]), ((2, 3, 4), [1]), ((2, 3), [])]
EMPTY = [((0,), None), ((3, 0), [1]), ((0, 2), [1])]
NANS = np.array([[1, np.nan, 3], [np.inf, 2, -np.inf], [0, -0.0, 0], [2, 2, 1]], np.float32)


def axis_of(axes):
    return None if axes is None else tuple(axes)


def reductions(g):
    fold = {"sum": jnp.sum, "mean": jnp.mean, "var": jnp.var, "std": jnp.std, "max": jnp.max, "min": jnp.min, "prod": jnp.prod, "logsumexp": jax.nn.logsumexp}
    for name, f in fold.items():
        empty = [] if name in ("max", "min") else EMPTY if name != "logsumexp" else EMPTY[2:]
        for shape, axes in CASES + empty:
            for keep in (False, True):
                s = {"keepdims": keep} if axes is None else {"axes": axes, "keepdims": keep}
                skip = name in ("std", "var") and (shape == () or axes == [])
                g.jax(name, [rand(shape), X(s)], lambda x, f=f, a=axis_of(axes), k=keep: f(x, axis=a, keepdims=k), grad=not skip)
        g.jax(name, [NANS, X({"axes": [1]})], lambda x, f=f: f(x, axis=1))
        g.jax(name, [rand((3, 4), dtype="float64")], f)
    for name in ("sum", "max", "min", "prod"):
        for dtype in ("int32", "int64"):
            g.jax(name, [rand((3, 4), -5, 5, dtype), X({"axes": [0]})], lambda x, f=fold[name]: f(x, axis=0, **({"dtype": x.dtype} if f in (jnp.sum, jnp.prod) else {})))
    g.jax("mean", [rand((3, 4), -5, 5, "int32")], lambda x: jnp.mean(x.astype(jnp.float32)))
    g.jax("sum", [rand((3, 4)) > 0, X({"axes": [0]})], lambda x: jnp.sum(x, axis=0, dtype=jnp.int32))
    for shape, axes in [((5,), None), ((3, 4), [1]), ((1,), None)]:
        for name in ("var", "std"):
            s = {"correction": 1} if axes is None else {"axes": axes, "correction": 1}
            g.jax(name, [rand(shape), X(s)], lambda x, f=fold[name], a=axis_of(axes): f(x, axis=a, ddof=1), grad=shape != (1,))
    tied = np.array([[2, 2, 1], [3, 0, 3]], np.float32)
    for name in ("max", "min"):
        g.jax(name, [tied, X({"axes": [1]})], lambda x, f=fold[name]: f(x, axis=1))
    for zeros in ([0, 2, 3], [0, 0, 3], [4, 5, 0], [0, 0, 0]):
        g.jax("prod", [np.array(zeros, np.float32)], jnp.prod)
    for rows in ([[-np.inf, -np.inf], [0, -np.inf], [np.inf, 0]], [[1000, 1000.5], [-1000, -1001], [0, 0]]):
        g.jax("logsumexp", [np.array(rows, np.float32), X({"axes": [1]})], lambda x: jax.nn.logsumexp(x, axis=1))


def logic(g):
    for shape, axes in CASES + EMPTY:
        s = {} if axes is None else {"axes": axes}
        for name, f in (("any", jnp.any), ("all", jnp.all)):
            g.jax(name, [rand(shape) > 0, X(s)], lambda x, f=f, a=axis_of(axes): f(x, axis=a))
        g.jax("countNonzero", [rand(shape, -1, 1, "int32"), X(s)], lambda x, a=axis_of(axes): jnp.count_nonzero(x, axis=a), out="int32")
    g.jax("countNonzero", [NANS], jnp.count_nonzero, grad=False, out="int32")


def positions(g):
    for name, f in (("argmax", jnp.argmax), ("argmin", jnp.argmin)):
        for shape, axis in [((5,), None), ((3, 4), 0), ((3, 4), -1), ((2, 3, 4), 1), ((2, 3), None), ((0, 3), 1)]:
            for keep in (False, True):
                s = {"keepdims": keep} if axis is None else {"axis": axis, "keepdims": keep}
                g.jax(name, [rand(shape, -2, 2, "int32"), X(s)], lambda x, f=f, a=axis, k=keep: f(x, axis=a, keepdims=k), out="int32")
        g.jax(name, [NANS, X({"axis": 1})], lambda x, f=f: f(x, axis=1), out="int32")


def norms(g):
    for order in (None, 1, 2, 3, 0.5, 0, np.inf, -np.inf):
        for shape, axes in [((5,), [0]), ((3, 4), [1]), ((2, 3, 4), [-1])]:
            s = {"axes": axes} if order is None else {"axes": axes, "ord": order}
            g.jax("norm", [rand(shape) + np.float32(1 / 128), X(s)], lambda x, o=order, a=axes[0]: jnp.linalg.norm(x, ord=o, axis=a))
    for shape in [(), (3,), (2, 3), (2, 3, 2)]:
        g.jax("norm", [rand(shape)], jnp.linalg.norm)
    g.jax("norm", [rand((2, 3)), X({"keepdims": True})], lambda x: jnp.linalg.norm(x, keepdims=True))
    g.jax("norm", [np.zeros(3, np.float32)], jnp.linalg.norm)


def running(g):
    for shape, axis in [((5,), 0), ((3, 4), 0), ((3, 4), -1), ((2, 3, 4), 1), ((0,), 0)]:
        g.jax("cumsum", [rand(shape), X({"axis": axis})], lambda x, a=axis: jnp.cumsum(x, axis=a))
        g.jax("cumsum", [rand(shape), X({"axis": axis, "reverse": True})], lambda x, a=axis: jax.lax.cumsum(x, axis=a % x.ndim, reverse=True))
        g.jax("cumsum", [rand(shape, -5, 5, "int32"), X({"axis": axis})], lambda x, a=axis: jnp.cumsum(x, axis=a, dtype=x.dtype))


def sorting(g):
    # No gradient descending: among equal elements JAX's sort (unlike its argsort) gives it in another order.
    ties = np.array([2, 1, 2, 0, 1, 2, -0.0, 0.0], np.float32)
    wild = np.array([2, np.nan, -np.inf, np.inf, 0, np.nan], np.float32)
    for shape, axis in [((6,), -1), ((3, 4), 0), ((2, 3, 4), 1), ((0,), 0), ((2, 0), 1), ((1,), 0)]:
        for down in (False, True):
            s = X({"axis": axis, "descending": down})
            g.jax("sort", [rand(shape), s], lambda x, a=axis, d=down: jnp.sort(x, axis=a, descending=d), grad=not down)
            g.jax("argsort", [rand(shape, -2, 2, "int32"), s], lambda x, a=axis, d=down: jnp.argsort(x, axis=a, descending=d, stable=True), out="int32")
    for x in (ties, wild):
        for down in (False, True):
            s = X({"descending": down})
            g.jax("argsort", [x, s], lambda x, d=down: jnp.argsort(x, descending=d, stable=True), out="int32")
            g.jax("sort", [x, s], lambda x, d=down: jnp.sort(x, descending=d, stable=True), grad=x is ties and not down)
    for shape, k in [((6,), 3), ((3, 5), 2), ((2, 3, 4), 4), ((4,), 0)]:
        g.jax("topK", [rand(shape), X(k)], lambda x, k=k: jax.lax.top_k(x, k), out="int32")
    g.jax("topK", [rand((3, 5)), X(2), X({"axis": 0})], lambda x: [jnp.swapaxes(y, 0, 1) for y in jax.lax.top_k(x.T, 2)], out="int32")
    g.jax("topK", [ties, X(4)], lambda x: jax.lax.top_k(x, 4), out="int32")


def record():
    for name, parts in (("reduction", (reductions, logic, positions, norms, running)), ("sorting", (sorting,))):
        g = Group(name)
        for part in parts:
            part(g)
        g.write()
