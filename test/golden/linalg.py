"""Linear algebra, from JAX: factors with their gradients, systems, functions of matrices, norms. Where a sign is free (an
eigenvector, a pair of singular vectors) JAX's is turned to ours: the first element at least 0.4 of the largest is positive."""
import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np
from record import Group, X, rand

LEADS = [(), (2,)]


def square(lead, n, dtype="float64"):
    """Well-conditioned: the diagonal dominates after a shift of the rows."""
    return (rand((*lead, n, n), -1, 1, dtype) + np.roll(np.eye(n) * 3, 1, 0)).astype(dtype)


def definite(lead, n, dtype="float64"):
    b = np.round(rand((*lead, n, n), -2, 2, "float64") * 4) / 4
    return (b @ np.swapaxes(b, -1, -2) + np.eye(n)).astype(dtype)


def symmetric(lead, n, dtype="float64"):
    b = rand((*lead, n, n), -2, 2, "float64")
    return ((b + np.swapaxes(b, -1, -2)) / 2 + np.diag(np.arange(n) * 1.0)).astype(dtype)


def sign(x):
    """Of each column."""
    large = jnp.abs(x) >= 0.4 * jnp.max(jnp.abs(x), axis=-2, keepdims=True)
    first = jnp.take_along_axis(x, jnp.argmax(large, axis=-2, keepdims=True), axis=-2)
    return jax.lax.stop_gradient(jnp.where(first < 0, -1.0, 1.0).astype(x.dtype))


def eigh(x):
    w, v = jnp.linalg.eigh(x)
    return w, v * sign(v)


def svd(x):
    u, s, vt = jnp.linalg.svd(x, full_matrices=False)
    e = sign(u)
    return u * e, s, jnp.swapaxes(e, -1, -2) * vt


lu = jnp.vectorize(jsl.lu, signature="(m,n)->(m,m),(m,k),(k,n)")


def order(w):
    """By the real, then by the imaginary part."""
    return jnp.lexsort((jnp.imag(w), jnp.round(jnp.real(w), 9)))


def eigvals(x):
    w = jnp.linalg.eigvals(x)
    return jnp.take_along_axis(w, order(w), -1)


def eig(x):
    w, v = jnp.linalg.eig(x)
    k = order(w)
    v = jnp.take_along_axis(v, k[..., None, :], -1)
    size = jnp.abs(v)
    first = jnp.argmax(size >= 0.4 * size.max(-2, keepdims=True), axis=-2, keepdims=True)
    u = jnp.take_along_axis(v, first, -2)
    return jnp.take_along_axis(w, k, -1), v * (jnp.conj(u) / jnp.abs(u))


def factors(g):
    for lead in LEADS:
        first = lead == ()
        g.jax("linalg.cholesky", [definite(lead, 3)], jnp.linalg.cholesky)
        g.jax("linalg.eigh", [symmetric(lead, 3)], eigh)
        g.jax("linalg.eigvalsh", [symmetric(lead, 3)], jnp.linalg.eigvalsh, grad=first)
        g.jax("linalg.eigvals", [rand((*lead, 3, 3), -2, 2, "float64")], eigvals, grad=False)
        g.jax("linalg.eig", [rand((*lead, 3, 3), -2, 2, "float64")], eig, grad=False)
        for m, n in ((4, 3), (3, 5)):
            a = rand((*lead, m, n), -2, 2, "float64")
            g.jax("linalg.qr", [a], jnp.linalg.qr, grad=m >= n)
            g.jax("linalg.qr", [a, X({"mode": "complete"})], lambda x: jnp.linalg.qr(x, "complete"), grad=False)
            g.jax("linalg.qr", [a, X({"mode": "r"})], lambda x: jnp.linalg.qr(x, "r"), grad=False)
            g.jax("linalg.svd", [a, X({"fullMatrices": False})], svd, grad=first)
            g.jax("linalg.svdvals", [a], jnp.linalg.svdvals, grad=first)
            g.jax("linalg.lu", [a], lu, grad=first)
            g.jax("linalg.luFactor", [a], jsl.lu_factor, grad=False)
            g.jax("linalg.pinv", [a], jnp.linalg.pinv, grad=first)
            g.jax("linalg.matrixRank", [a], jnp.linalg.matrix_rank, out="int32")
    for n in (2, 3, 4):
        a = square((), n)
        g.jax("linalg.polar", [a], lambda x: jsl.polar(x, method="svd"), grad=n == 3)
        g.jax("linalg.eigvals", [a], eigvals, grad=False)
        g.jax("linalg.eig", [a], eig, grad=False)
    one = np.array([[-2.0]])
    for f, fn in (("eigh", eigh), ("qr", jnp.linalg.qr), ("svd", svd), ("eig", eig), ("lu", lu)):
        g.jax("linalg." + f, [one], fn, grad=False)
    g.jax("linalg.cholesky", [definite((), 3, "float32")], jnp.linalg.cholesky)
    g.jax("linalg.cholesky", [definite((), 3), X({"upper": True})], lambda x: jnp.linalg.cholesky(x, upper=True), grad=False)
    g.jax("linalg.cholesky", [square((), 3) + 3 * np.eye(3), X({"symmetrize": False})], lambda x: jnp.linalg.cholesky(jnp.tril(x) + jnp.tril(x, -1).T))
    g.jax("linalg.eigh", [symmetric((), 3, "float32")], eigh)
    g.jax("linalg.svd", [square((), 3, "float32"), X({"fullMatrices": False})], svd)
    g.jax("linalg.qr", [square((), 3, "float32")], jnp.linalg.qr)
    g.jax("linalg.lu", [square((), 3, "float32")], lu)
    g.jax("linalg.eigvals", [np.array([[0.0, -1], [1, 0]])], eigvals, grad=False)
    g.jax("linalg.eigvalsh", [np.eye(3)], jnp.linalg.eigvalsh, grad=False)
    low = np.array([[1.0, 2, 3], [2, 4, 6], [3, 6, 9]])
    g.jax("linalg.matrixRank", [low], jnp.linalg.matrix_rank, out="int32")
    g.jax("linalg.pinv", [low], jnp.linalg.pinv, grad=False)


def corners(g):
    no, hole = np.array([[1.0, 2], [2, 1]]), np.array([[np.nan, 1], [1, 2]])
    for x in (no, hole):
        g.jax("linalg.cholesky", [x], jnp.linalg.cholesky, grad=False)
    for f, fn in (("eigh", jnp.linalg.eigh), ("eigvalsh", jnp.linalg.eigvalsh), ("svdvals", jnp.linalg.svdvals), ("det", jnp.linalg.det), ("inv", jnp.linalg.inv)):
        g.jax("linalg." + f, [np.full((2, 2), np.nan)], fn, grad=False)
    g.jax("linalg.inv", [np.array([[1.0, 2], [2, 4]])], jnp.linalg.inv, grad=False)
    for shape in ((0, 0), (2, 0, 0)):
        x = np.zeros(shape)
        for f, fn in (("cholesky", jnp.linalg.cholesky), ("inv", jnp.linalg.inv), ("det", jnp.linalg.det), ("slogdet", jnp.linalg.slogdet), ("eigvalsh", jnp.linalg.eigvalsh), ("svdvals", jnp.linalg.svdvals)):
            g.jax("linalg." + f, [x], fn, grad=False)
    for shape in ((0, 3), (3, 0)):
        x = np.zeros(shape)
        g.jax("linalg.qr", [x], jnp.linalg.qr, grad=False)
        g.jax("linalg.svdvals", [x], jnp.linalg.svdvals, grad=False)


def systems(g):
    for a, b in (((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (2, 3, 2)), ((2, 1, 3, 3), (4, 3, 2)), ((0, 0), (0, 2))):
        n = a[-1]
        left, right = square(a[:-2], n), rand(b, dtype="float64")
        g.jax("linalg.solve", [left, right], jnp.linalg.solve, grad=n > 0 and len(a) < 4)
        if len(a) == 4:
            continue
        spd = np.linalg.cholesky(definite(a[:-2], n)) if n > 0 else left
        g.jax("linalg.choleskySolve", [spd, right], lambda c, y: jsl.cho_solve((c, True), y), grad=len(b) == 2 and n > 0)
        if len(a) == 2:
            packed, piv = (np.asarray(v) for v in jsl.lu_factor(left))
            for t in (False, True):
                g.jax("linalg.luSolve", [[packed, piv.astype("int32")], right, X({"transposed": t})], lambda f, y, t=t: jsl.lu_solve(f, y, trans=int(t)), grad=len(b) == 2 and n > 0)
    for lower in (False, True):
        for t in (False, True):
            for unit in (False, True):
                s = {"lower": lower, "transposed": t, "unit": unit}
                tri = rand((3, 3), -1, 1, "float64") + 2 * np.eye(3)
                g.jax("linalg.triangularSolve", [tri, rand((3, 2), dtype="float64"), X(s)], lambda x, y, s=s: jsl.solve_triangular(x, y, trans=int(s["transposed"]), lower=s["lower"], unit_diagonal=s["unit"]), grad=unit == lower)
    g.jax("linalg.triangularSolve", [np.zeros((2, 2)), np.ones(2)], jsl.solve_triangular, grad=False)
    g.jax("linalg.solve", [square((), 3, "float32"), rand((3, 2))], jnp.linalg.solve, grad=False)
    g.jax("linalg.solve", [np.array([[2, 1], [1, 3]], "int32"), rand((2,), dtype="float64")], jnp.linalg.solve, grad=False)
    for lead in LEADS:
        x = square(lead, 4)
        for f, fn in (("inv", jnp.linalg.inv), ("det", jnp.linalg.det), ("slogdet", jnp.linalg.slogdet)):
            g.jax("linalg." + f, [x], fn)
            g.jax("linalg." + f, [x[..., :1, :1] + 2], fn, grad=False)
    g.jax("linalg.det", [np.diag([1.0, 2, 3, 0])], jnp.linalg.det)
    g.jax("linalg.slogdet", [np.diag([1.0, 2, 3, 0])], jnp.linalg.slogdet, grad=False)
    for a, b in (((4, 2), (4,)), ((4, 2), (4, 3)), ((5, 3), (5, 2))):
        g.jax("linalg.lstsq", [rand(a, dtype="float64"), rand(b, dtype="float64")], lambda x, y: lstsq(x, y), grad=b == (4, 3))
    g.jax("linalg.tensorinv", [square((), 6).reshape(2, 3, 6)], lambda x: jnp.linalg.tensorinv(x, 2), grad=False)
    g.jax("linalg.tensorinv", [square((), 4).reshape(4, 2, 2), X({"ind": 1})], lambda x: jnp.linalg.tensorinv(x, 1), grad=False)
    g.jax("linalg.tensorinv", [square((), 4).reshape(2, 2, 2, 2)], lambda x: jnp.linalg.tensorinv(x, 2))
    g.jax("linalg.tensorsolve", [square((), 6).reshape(2, 3, 6), rand((2, 3), dtype="float64")], jnp.linalg.tensorsolve, grad=False)
    g.jax("linalg.tensorsolve", [square((), 4).reshape(2, 4, 2), rand((4,), dtype="float64"), X({"axes": [0]})], lambda x, y: jnp.linalg.tensorsolve(x, y, axes=(0,)), grad=False)
    g.jax("linalg.tensorsolve", [square((), 4).reshape(4, 2, 2), rand((4,), dtype="float64")], jnp.linalg.tensorsolve)


def lstsq(x, y):
    z, r, rank, s = jnp.linalg.lstsq(x, y)
    return z, r, rank.astype("int32"), s


def functions(g):
    for lead in LEADS:
        x = square(lead, 3)
        for p in (-2, 0, 5) if lead == () else (3,):
            g.jax("linalg.matrixPower", [x, X(p)], lambda v, p=p: jnp.linalg.matrix_power(v, p), grad=p == 3)
        g.jax("linalg.matrixTranspose", [rand((*lead, 2, 3))], jnp.linalg.matrix_transpose)
        for offset in (-3, -1, 0, 2) if lead == () else (0,):
            g.jax("linalg.trace", [rand((*lead, 2, 3), dtype="float64"), X({"offset": offset})], lambda v, k=offset: jnp.trace(v, k, -2, -1), grad=offset < 1)
        g.jax("linalg.expm", [rand((*lead, 3, 3), -1, 1, "float64")], jsl.expm, grad=lead == ())
    g.jax("linalg.matrixTranspose", [rand((0, 3))], jnp.linalg.matrix_transpose, grad=False)
    g.jax("linalg.trace", [rand((3, 3), -5, 5, "int32")], jnp.trace, out="int32")
    g.jax("linalg.matrixPower", [rand((2, 2), -3, 3, "int32"), X(5)], lambda v: jnp.linalg.matrix_power(v, 5))
    for size in (1e-8, 3, 20):
        g.jax("linalg.expm", [rand((3, 3), -1, 1, "float64") * size], jsl.expm, grad=False)
    g.jax("linalg.expm", [rand((3, 3), -1, 1, "float32")], jsl.expm, grad=False)
    g.jax("linalg.expm", [np.zeros((3, 3))], jsl.expm, grad=False)
    for n in (1, 2, 4):
        g.jax("linalg.sqrtm", [definite((), n)], lambda v: jnp.real(jsl.sqrtm(v)), grad=False)
        g.jax("linalg.hilbert", [X(n)], lambda n=n: jsl.hilbert(n).astype("float32"), grad=False)
    g.jax("linalg.sqrtm", [np.array([[33.0, 24], [48, 57]])], lambda v: jnp.real(jsl.sqrtm(v)), grad=False)
    g.jax("linalg.blockDiag", [[rand((2, 3)), rand((1, 1)), rand((3, 2))]], lambda xs: jsl.block_diag(*xs))
    g.jax("linalg.blockDiag", [[rand((2,)), rand(()), rand((2, 2), -5, 5, "int32")]], lambda xs: jsl.block_diag(*xs), grad=False)
    g.jax("linalg.blockDiag", [[rand((2, 2), dtype="float64")]], lambda xs: jsl.block_diag(*xs), grad=False)


def norms(g):
    for shape in ((3, 2), (2, 3, 3)):
        x = rand(shape, dtype="float64")
        for ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
            g.jax("linalg.matrixNorm", [x, X({"ord": ord})], lambda v, o=ord: jnp.linalg.matrix_norm(v, ord=o), grad=shape == (3, 2))
        g.jax("linalg.cond", [x], jnp.linalg.cond, grad=shape == (3, 2))
        g.jax("linalg.vectorNorm", [x], jnp.linalg.vector_norm)
        g.jax("linalg.vectorNorm", [x, X({"axes": [-1], "ord": 3.0, "keepdims": True})], lambda v: jnp.linalg.vector_norm(v, axis=-1, ord=3, keepdims=True), grad=False)
    for ord in (1, -2, "fro"):
        g.jax("linalg.cond", [square((2,), 3), X({"ord": ord})], lambda v, o=ord: jnp.linalg.cond(v, o), grad=False)
    g.jax("linalg.cond", [np.diag([1.0, 0])], jnp.linalg.cond, grad=False)
    g.jax("linalg.cond", [np.array([[1.0, 2], [2, 4]]), X({"ord": 1})], lambda v: jnp.linalg.cond(v, 1), grad=False)


def record():
    for name, parts in (("factor", (factors, corners)), ("system", (systems,)), ("matrix", (functions, norms))):
        g = Group(name)
        for part in parts:
            part(g)
        g.write()
