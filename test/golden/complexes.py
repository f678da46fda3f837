"""Complex numbers: values and derivatives from JAX, zeros' signs on branch cuts and infinities from NumPy (C99)."""
import jax
import jax.numpy as jnp
import numpy as np
from record import Group, X, rand

SHAPES = [(), (5,), (2, 1, 3), (0,)]
UNARY = {
    "neg": jnp.negative, "abs": jnp.abs, "sign": jnp.sign, "square": jnp.square, "reciprocal": jnp.reciprocal, "sqrt": jnp.sqrt,
    "exp": jnp.exp, "exp2": jnp.exp2, "expm1": jnp.expm1, "log": jnp.log, "log2": jnp.log2, "log10": jnp.log10, "log1p": jnp.log1p,
    "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan, "sinh": jnp.sinh,
    "cosh": jnp.cosh, "tanh": jnp.tanh, "asinh": jnp.arcsinh, "acosh": jnp.arccosh, "atanh": jnp.arctanh, "sigmoid": jax.nn.sigmoid,
    "rsqrt": jax.lax.rsqrt, "real": jnp.real, "imag": jnp.imag, "conj": jnp.conj, "angle": jnp.angle, "isnan": jnp.isnan,
    "isinf": jnp.isinf, "isfinite": jnp.isfinite,
}
# JAX calls the derivative of sign zero, which it is of real numbers only.
NO_GRADIENT = ("sign",)
NUMPY = {
    "abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "log1p": np.log1p, "expm1": np.expm1, "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "conj": np.conj, "angle": np.angle,
    "neg": np.negative, "square": np.square, "real": np.real, "imag": np.imag,
}
CUTS = np.array([complex(a, b) for a in (-2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0) for b in (-2.0, -0.5, -0.0, 0.0, 0.5, 2.0)])
INFINITE = np.array([complex(a, b) for a, b in [(np.inf, 0.0), (np.inf, 1.0), (-np.inf, 1.0), (1.0, np.inf), (1.0, -np.inf), (np.inf, np.inf), (np.nan, 1.0), (1.0, np.nan), (np.nan, np.nan)]])
# What C99 says of these at infinities is not what their formulas give; conventions.md says so.
PLAIN = ("abs", "sqrt", "log", "isnan", "isinf", "isfinite", "conj", "angle", "neg", "real", "imag")


def z(shape, low=-2.0, high=2.0, dtype="complex64"):
    part = "float32" if dtype == "complex64" else "float64"
    return (rand(shape, low, high, part) + 1j * rand(shape, low, high, part)).astype(dtype)


def unary(g):
    for name, f in UNARY.items():
        for shape in SHAPES:
            g.jax(name, [z(shape)], f, grad=name not in NO_GRADIENT)
        g.jax(name, [z((4, 2), dtype="complex128")], f, grad=name not in NO_GRADIENT)
    for name, f in NUMPY.items():
        poles = {"atan": CUTS.real == 0, "atanh": np.abs(CUTS.real) == 1, "log1p": np.zeros(CUTS.shape, bool)}.get(name, np.zeros(CUTS.shape, bool))
        with np.errstate(all="ignore"):
            for dtype in (np.complex64, np.complex128):
                at = CUTS[~poles].astype(dtype)
                g.add(name, [at], [f(at)], source="numpy")
                if name in PLAIN:
                    at = INFINITE.astype(dtype)
                    g.add(name, [at], [f(at)], source="numpy")


def binary(g):
    for name, f in {"add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "power": jnp.power, "eq": jnp.equal, "ne": jnp.not_equal}.items():
        for a, b in [((), ()), ((3, 4), (4,)), ((2, 1, 3), (4, 1)), ((0, 3), (3,))]:
            g.jax(name, [z(a), z(b)], f)
        g.jax(name, [z((3,), dtype="complex128"), z((2, 1), dtype="complex128")], f)
        g.jax(name, [z((3,)), rand((2, 1))], f)
        g.jax(name, [rand((3,), dtype="float64"), z((3,))], f)
        g.jax(name, [z((3,)), X(2)], lambda x, f=f: f(x, np.float32(2)))
    for a, b in [((), ()), ((3, 4), (4,)), ((0, 3), (3,))]:
        g.jax("complex", [rand(a), rand(b)], lambda x, y: jax.lax.complex(*jnp.broadcast_arrays(x, y)))
        g.jax("polar", [rand(a), rand(b)], lambda r, t: jax.lax.complex(*jnp.broadcast_arrays(r * jnp.cos(t), r * jnp.sin(t))))
    g.jax("complex", [rand((3,), dtype="float64"), rand((3,))], lambda x, y: jax.lax.complex(x, y.astype(jnp.float64)))
    g.jax("where", [np.array([True, False, True]), z((3,)), z(())], jnp.where)


def structured(g):
    for axes in (None, [0], [1]):
        s = {} if axes is None else {"axes": axes}
        of = None if axes is None else tuple(axes)
        g.jax("sum", [z((3, 4)), X(s)], lambda x, a=of: jnp.sum(x, axis=a))
        g.jax("mean", [z((3, 4)), X(s)], lambda x, a=of: jnp.mean(x, axis=a))
        g.jax("prod", [z((3, 4)), X(s)], lambda x, a=of: jnp.prod(x, axis=a))
        g.jax("var", [z((3, 4)), X(s)], lambda x, a=of: jnp.var(x, axis=a))
        g.jax("norm", [z((3, 4)), X(s)], lambda x, a=of: jnp.sqrt(jnp.sum(jnp.abs(x) ** 2, axis=a)))
    g.jax("sum", [z((0, 2)), X({"axes": [0]})], lambda x: jnp.sum(x, axis=0))
    g.jax("cumsum", [z((2, 5))], lambda x: jnp.cumsum(x, axis=-1))
    for a, b in [((2, 3), (3, 4)), ((5, 2, 3), (3, 2)), ((3,), (3, 2)), ((2, 0), (0, 3))]:
        g.jax("matmul", [z(a), z(b)], jnp.matmul)
    g.jax("matmul", [z((2, 3)), rand((3, 2))], jnp.matmul)
    g.jax("matmul", [z((2, 3), dtype="complex128"), z((3, 2), dtype="complex128")], jnp.matmul)
    g.jax("dot", [z((4,)), z((4,))], jnp.dot)
    g.jax("vdot", [z((4,)), z((4,))], jnp.vdot)
    g.jax("outer", [z((2,)), z((3,))], jnp.outer)
    g.jax("einsum", [X("ij,kj->ik"), z((2, 3)), z((4, 3))], lambda x, y: jnp.einsum("ij,kj->ik", x, y))
    g.jax("transpose", [z((2, 3))], lambda x: x.T)
    g.jax("reshape", [z((2, 3)), X([3, 2])], lambda x: x.reshape(3, 2))
    g.jax("flip", [z((2, 3)), X({"axes": [1]})], lambda x: jnp.flip(x, 1))
    g.jax("concat", [[z((2, 3)), z((1, 3))], X({"axis": 0})], lambda xs: jnp.concatenate(xs, 0))
    g.jax("take", [z((4, 2)), np.array([3, 0, 3], np.int32), X({"axis": 0})], lambda x, i: jnp.take(x, i, axis=0))
    g.jax("cast", [z((3,)), X("c128")], lambda x: x.astype(jnp.complex128))
    g.jax("cast", [rand((3,)), X("c64")], lambda x: x.astype(jnp.complex64))
    g.jax("cast", [np.array([0, 1j, -0.0, 2, np.nan], np.complex64), X("bool")], lambda x: x.astype(bool))


def record():
    g = Group("complex")
    unary(g)
    binary(g)
    structured(g)
    g.write()
