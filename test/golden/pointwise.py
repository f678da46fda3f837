"""Elementwise functions, creation and activations."""
import jax
import jax.numpy as jnp
import numpy as np
import torch
from record import Group, X, rand

SHAPES = [(), (5,), (3, 4), (2, 1, 3), (0,), (2, 0, 3)]
CORNERS = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 2.5, -2.5, 1e-30, -1e-30, 88.0, -88.0, 1e30, -1e30], np.float32)
PAIRS = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -3.0, np.inf, -np.inf, np.nan], np.float32)

UNARY = {
    "neg": jnp.negative, "abs": jnp.abs, "sign": jnp.sign, "square": jnp.square, "reciprocal": jnp.reciprocal, "sqrt": jnp.sqrt,
    "rsqrt": jax.lax.rsqrt, "exp": jnp.exp, "exp2": jnp.exp2, "expm1": jnp.expm1, "log": jnp.log, "log2": jnp.log2, "log10": jnp.log10,
    "log1p": jnp.log1p, "sin": jnp.sin, "cos": jnp.cos, "tan": jnp.tan, "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan,
    "sinh": jnp.sinh, "cosh": jnp.cosh, "tanh": jnp.tanh, "asinh": jnp.arcsinh, "acosh": jnp.arccosh, "atanh": jnp.arctanh,
    "sigmoid": jax.nn.sigmoid, "erf": jax.scipy.special.erf, "erfc": jax.scipy.special.erfc, "floor": jnp.floor, "ceil": jnp.ceil,
    "round": jnp.round, "trunc": jnp.trunc, "isnan": jnp.isnan, "isinf": jnp.isinf, "isfinite": jnp.isfinite,
    "relu": jax.nn.relu, "silu": jax.nn.silu, "softplus": jax.nn.softplus,
}
RANGES = {"sqrt": (0.05, 9), "rsqrt": (0.05, 9), "log": (0.05, 9), "log2": (0.05, 9), "log10": (0.05, 9), "log1p": (-0.9, 9), "asin": (-0.98, 0.98),
          "acos": (-0.98, 0.98), "atanh": (-0.98, 0.98), "acosh": (1.05, 9), "tan": (-1.5, 1.5)}
# No gradients at the corners of these: ours are abs' = 0 at 0 (JAX 0.10 says 1, PyTorch 0), relu' = 1 at NaN (JAX 0),
# x^0 has derivative 0 at 0 (JAX NaN), the remainder of an infinity is NaN with a NaN derivative (JAX infinite).
NO_GRADIENT = ("abs", "relu", "power", "hypot", "remainder")
BINARY = {
    "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "floorDivide": jnp.floor_divide, "remainder": jnp.remainder,
    "power": jnp.power, "maximum": jnp.maximum, "minimum": jnp.minimum, "hypot": jnp.hypot, "atan2": jnp.arctan2,
    "eq": jnp.equal, "ne": jnp.not_equal, "lt": jnp.less, "le": jnp.less_equal, "gt": jnp.greater, "ge": jnp.greater_equal,
}
LOGIC = {"logicalAnd": jnp.logical_and, "logicalOr": jnp.logical_or, "logicalXor": jnp.logical_xor}
INT_UNARY = ["neg", "abs", "sign", "square", "floor", "ceil", "round", "trunc", "isnan", "isinf", "isfinite", "relu"]
INT_BINARY = ["add", "sub", "mul", "floorDivide", "remainder", "power", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"]


def unary(g):
    for name, f in UNARY.items():
        low, high = RANGES.get(name, (-3, 3))
        for shape in SHAPES:
            g.jax(name, [rand(shape, low, high)], f)
        g.jax(name, [rand((4, 2), low, high, "float64")], f)
        g.jax(name, [CORNERS], f, grad=name not in NO_GRADIENT)
    for name in INT_UNARY:
        g.jax(name, [rand((7,), -9, 9, "int32")], UNARY[name])
        g.jax(name, [rand((2, 3), -9, 9, "int64")], UNARY[name])
    for name in ("sqrt", "exp", "sigmoid", "reciprocal"):
        g.jax(name, [rand((5,), 1, 9, "int32")], lambda x, f=UNARY[name]: f(x.astype(jnp.float32)))


def binary(g):
    for name, f in BINARY.items():
        positive = (0.1, 3) if name == "power" else (-3, 3)
        for a, b in [((), ()), ((4,), ()), ((3, 4), (4,)), ((2, 1, 3), (4, 1)), ((0, 3), (3,)), ((1, 1), (2, 0, 1))]:
            g.jax(name, [rand(a, *positive), rand(b)], f)
        g.jax(name, [rand((3, 2), *positive, "float64"), rand((2,), -3, 3, "float64")], f)
        g.jax(name, [np.repeat(PAIRS, 11), np.tile(PAIRS, 11)], f, grad=name not in NO_GRADIENT)
        g.jax(name, [rand((3, 2), *positive), X(2.5)], lambda x, f=f: f(x, np.float32(2.5)))
        g.jax(name, [X(1.5), rand((3, 2), *positive)], lambda x, f=f: f(np.float32(1.5), x))
        g.jax(name, [rand((3,), *positive, "float64"), rand((2, 1), -3, 3)], f)
        g.jax(name, [rand((3,), 1, 5, "int32"), rand((3,), *positive)], lambda x, y, f=f: f(x.astype(jnp.float32), y))
    for name in INT_BINARY:
        f = BINARY[name]
        for dtype in ("int32", "int64", "uint8", "uint32"):
            low = -9 if dtype[0] == "i" and name != "power" else 1
            g.jax(name, [rand((3, 4), low, 9, dtype), rand((4,), 1, 9, dtype)], f)
        g.jax(name, [rand((3, 4), 1, 9, "int32"), X(3)], lambda x, f=f: f(x, np.int32(3)))
        g.jax(name, [rand((3,), 1, 9, "int32"), rand((3,), 1, 9, "int64")], f)
        g.jax(name, [rand((3,), 1, 9, "uint32"), rand((3,), 1, 9, "int32")], f)
        g.jax(name, [rand((3,), 1, 9, "uint8"), rand((3,), 1, 9, "int32")], f)
    g.jax("floorDivide", [np.array([-7, 7, -7, 7], np.int32), np.array([2, -2, -2, 2], np.int32)], jnp.floor_divide)
    g.jax("div", [rand((3,), 1, 9, "int32"), rand((3,), 1, 9, "int32")], lambda x, y: x.astype(jnp.float32) / y.astype(jnp.float32))
    for n in (-4, -3, -2, -1, 0, 1, 2, 3, 4, 0.5, 5, -6):
        x = np.array([0.5, 1, 2.5, 3], np.float32) if n == 0.5 else np.array([-2, -0.5, 0.25, 1, 3], np.float32)
        g.jax("power", [x, X(n)], lambda x, n=n: jnp.power(x, n))
    for name, f in LOGIC.items():
        for a, b in [((), (4,)), ((4,), (4,)), ((3, 4), (4,)), ((0,), (0,))]:
            g.jax(name, [rand(a) > 0, rand(b) > 0], f)
    for shape in [(), (5,), (2, 3)]:
        g.jax("logicalNot", [rand(shape) > 0], jnp.logical_not)


def choice(g):
    for c, a, b in [((), (), ()), ((3,), (3,), (3,)), ((3, 1), (4,), (3, 4)), ((0,), (0,), ())]:
        g.jax("where", [rand(c) > 0, rand(a), rand(b)], jnp.where)
    x = np.array([-1, 0, 2, np.nan, np.inf], np.float32)
    g.jax("where", [x > 0, x, X(0)], lambda c, x: jnp.where(c, x, np.float32(0)))
    g.jax("where", [x > 0, X(1), X(0)], lambda c: jnp.where(c, np.float32(1), np.float32(0)))
    for shape in [(), (5,), (3, 4)]:
        g.jax("clip", [rand(shape), X({"min": -1, "max": 0.5})], lambda x: jnp.clip(x, np.float32(-1), np.float32(0.5)))
    g.jax("clip", [CORNERS, X({"min": -1, "max": 1})], lambda x: jnp.clip(x, np.float32(-1), np.float32(1)))
    g.jax("clip", [rand((4,)), X({"max": 0})], lambda x: jnp.clip(x, None, np.float32(0)))
    g.jax("clip", [rand((6,), -9, 9, "int32"), X({"min": -3, "max": 4})], lambda x: jnp.clip(x, -3, 4))


def activations(g):
    for shape in [(), (7,), (3, 4)]:
        g.jax("gelu", [rand(shape)], lambda x: jax.nn.gelu(x, approximate=False))
        g.jax("gelu", [rand(shape), X({"approximate": True})], lambda x: jax.nn.gelu(x, approximate=True))
        g.jax("elu", [rand(shape)], jax.nn.elu)
        g.jax("elu", [rand(shape), X({"alpha": 0.5})], lambda x: jax.nn.elu(x, np.float32(0.5)))
        g.jax("leakyRelu", [rand(shape)], lambda x: jax.nn.leaky_relu(x, np.float32(0.01)))
        g.jax("leakyRelu", [rand(shape), X({"negativeSlope": 0.25})], lambda x: jax.nn.leaky_relu(x, np.float32(0.25)))
    mild = CORNERS[:13]
    g.jax("elu", [mild], jax.nn.elu)
    g.jax("leakyRelu", [mild], lambda x: jax.nn.leaky_relu(x, np.float32(0.01)))
    g.jax("gelu", [np.array([0, -0.0, 5, -5, -9, 9, np.inf, np.nan], np.float32)], lambda x: jax.nn.gelu(x, approximate=False))
    g.jax("gelu", [rand((5,), dtype="float64")], lambda x: jax.nn.gelu(x, approximate=False))
    for name, f in (("softmax", jax.nn.softmax), ("logSoftmax", jax.nn.log_softmax)):
        for shape, axis in [((5,), -1), ((3, 4), 0), ((2, 3, 4), 1), ((2, 3, 4), -1), ((0, 3), 1)]:
            g.jax(name, [rand(shape), X({"axis": axis})], lambda x, f=f, axis=axis: f(x, axis=axis))
        g.jax(name, [np.array([[1000, 1001, 999], [-1000, 0, 1000], [-np.inf, 0, 1]], np.float32)], f)
        g.jax(name, [rand((2, 3), dtype="float64")], f)


def creation(g):
    for shape in [[], [3], [2, 0], [2, 3]]:
        g.jax("zeros", [X(shape)], lambda s=shape: jnp.zeros(s, jnp.float32))
        g.jax("ones", [X(shape), X({"dtype": "i32"})], lambda s=shape: jnp.ones(s, jnp.int32))
        g.jax("empty", [X(shape)], lambda s=shape: jnp.empty(s, jnp.float32))
        g.jax("full", [X(shape), X(2.5)], lambda s=shape: jnp.full(s, 2.5, jnp.float32))
        x = rand(shape)
        for name, f in (("zerosLike", jnp.zeros_like), ("onesLike", jnp.ones_like), ("emptyLike", jnp.empty_like)):
            g.jax(name, [x], f, grad=False)
        g.jax("fullLike", [x, X(7)], lambda x: jnp.full_like(x, 7), grad=False)
        g.jax("newZeros", [x, X([2, 2])], lambda x: jnp.zeros((2, 2), x.dtype), grad=False)
        g.jax("newOnes", [x, X([2])], lambda x: jnp.ones((2,), x.dtype), grad=False)
    for n, m in [(0, 0), (1, 1), (3, 3), (2, 4), (4, 2)]:
        g.jax("eye", [X(n), X({"columns": m})], lambda n=n, m=m: jnp.eye(n, m, dtype=jnp.float32))
    for a, b, s in [(0, 5, 1), (2, 9, 3), (5, 0, -2), (0, 0, 1), (3, 1, 1)]:
        g.jax("arange", [X(b), X({"start": a, "step": s})], lambda a=a, b=b, s=s: jnp.arange(a, b, s, jnp.int32))
    for a, b, s in [(0, 1, 0.1), (1, 2, 0.25), (0.5, 3, 1)]:
        g.jax("arange", [X(b), X({"start": a, "step": s, "dtype": "f32"})], lambda a=a, b=b, s=s: jnp.arange(a, b, s, jnp.float32))
    for a, b, n in [(0, 1, 5), (-2, 3, 7), (1, 0, 3), (0, 1, 1), (0, 1, 0), (0, 10, 11)]:
        g.jax("linspace", [X(a), X(b), X(n)], lambda a=a, b=b, n=n: jnp.linspace(a, b, n, dtype=jnp.float32))
        g.jax("linspace", [X(a), X(b), X(n), X({"dtype": "f64"})], lambda a=a, b=b, n=n: jnp.linspace(a, b, n, dtype=jnp.float64))
    for shape in [(), (4,), (2, 3), (0,)]:
        g.jax("oneHot", [rand(shape, -1, 5, "int32"), X(4)], lambda x: jnp.where((x >= 0)[..., None], jax.nn.one_hot(x, 4, dtype=jnp.float32), 0).astype(jnp.float32))
    for shape in [(3, 3), (2, 4), (4, 2), (2, 3, 3), (0, 2)]:
        for k in (0, 1, -1, 5):
            g.jax("tril", [rand(shape), X({"diagonal": k})], lambda x, k=k: jnp.tril(x, k))
            g.jax("triu", [rand(shape), X({"diagonal": k})], lambda x, k=k: jnp.triu(x, k))
    for shape in [(1,), (4,), (0,), (3, 3), (2, 4), (4, 2), (0, 0)]:
        g.jax("diag", [rand(shape)], jnp.diag)


def casts(g):
    jax_types = {"f32": jnp.float32, "f64": jnp.float64, "i32": jnp.int32, "i64": jnp.int64, "u8": jnp.uint8, "u32": jnp.uint32, "bool": jnp.bool_}
    for to, t in jax_types.items():
        g.jax("cast", [np.array([0, 1, 2.75, 100.5], np.float32), X(to)], lambda x, t=t: x.astype(t))
        g.jax("cast", [np.array([[-3, 0], [7, 200]], np.int32), X(to)], lambda x, t=t: x.astype(t))
        g.jax("cast", [np.array([True, False]), X(to)], lambda x, t=t: x.astype(t))
        g.jax("cast", [np.array([-1.5, 3.25, 0.1]), X(to)], lambda x, t=t: x.astype(t), note=None) if to[0] != "u" else None


def literals(g):
    types = {"f32": np.float32, "f64": np.float64, "i32": np.int32, "u8": np.uint8, "i64": np.int64}
    for value in (3, [1, 2.5, -4], [[1, 2, 3], [4, 5, 6]], [[[1], [2]]], []):
        g.add("tensor", [X(value)], [torch.tensor(value, dtype=torch.float32).numpy()], source="torch")
    for ours, theirs in types.items():
        g.add("tensor", [X([[0, 1], [2, 255]]), X({"dtype": ours})], [torch.tensor([[0, 1], [2, 255]]).numpy().astype(theirs)], source="torch")
    g.add("tensor", [X([[True, False]])], [torch.tensor([[True, False]]).numpy()], source="torch")


def record():
    for name, parts in (("elementwise", (unary, binary, choice)), ("activation", (activations,)), ("creation", (creation, casts, literals))):
        g = Group(name)
        for part in parts:
            part(g)
        g.write()
