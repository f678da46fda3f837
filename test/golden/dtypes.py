"""Half types, narrow integers and u64: arithmetic, reductions, casts, bits."""
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
from record import Group, X, rand

HALVES = [np.float16, ml_dtypes.bfloat16]
INTS = [np.int8, np.int16, np.uint16, np.uint64]
SHAPES = [(), (5,), (2, 3), (0,)]
UNARY = {
    "neg": jnp.negative, "abs": jnp.abs, "sign": jnp.sign, "square": jnp.square, "sqrt": jnp.sqrt, "exp": jnp.exp, "log": jnp.log, "sin": jnp.sin,
    "tanh": jnp.tanh, "floor": jnp.floor, "round": jnp.round, "isnan": jnp.isnan, "isfinite": jnp.isfinite,
}
BINARY = {
    "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "maximum": jnp.maximum, "minimum": jnp.minimum, "eq": jnp.equal, "lt": jnp.less, "ge": jnp.greater_equal,
}
WHOLE = {
    "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "floorDivide": jnp.floor_divide, "remainder": jnp.remainder, "maximum": jnp.maximum,
    "minimum": jnp.minimum, "eq": jnp.equal, "lt": jnp.less, "ge": jnp.greater_equal, "bitwiseAnd": jnp.bitwise_and, "bitwiseOr": jnp.bitwise_or, "bitwiseXor": jnp.bitwise_xor,
}
CORNERS = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.1, 1e-6, 6e-8, 2e-8, 65504, 65519.9, 65520, 1e30, 3.4e38, 1.00048828125, 1.00146484375, 1.00390625, 1.01171875])
WIDE = np.concatenate([CORNERS, [1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-8 + 2.0**-40, 2.0**-25 + 2.0**-60, 2.0**-134, 2.0**-134 + 2.0**-170, 255.5, 256.5, -129.5, 1e20]])


def ends(d):
    i = np.iinfo(d)
    return np.array([i.min, i.max, 0, 1, i.max - 1, 7, i.max // 3], d)


def halves(g):
    for d in HALVES:
        for name, f in UNARY.items():
            for shape in SHAPES:
                g.jax(name, [rand(shape, 0.25, 4).astype(d)], f, grad=name in ("square", "exp"))
            g.jax(name, [CORNERS.astype(d)], f, grad=False)
        for name, f in BINARY.items():
            for a, b in [((), ()), ((3, 4), (4,)), ((0, 3), (3,))]:
                g.jax(name, [rand(a).astype(d), rand(b, 0.5, 3).astype(d)], f, grad=name == "mul")
            g.jax(name, [np.repeat(CORNERS.astype(d), 20), np.tile(CORNERS.astype(d), 20)], f, grad=False)
            g.jax(name, [rand((3,)).astype(d), rand((3,)).astype(np.float32)], f, grad=False)
        for axes in (None, [0]):
            s, of = ({}, None) if axes is None else ({"axes": axes}, tuple(axes))
            g.jax("sum", [rand((6, 3)).astype(d), X(s)], lambda x, a=of: jnp.sum(x, axis=a), grad=False)
            g.jax("mean", [rand((6, 3)).astype(d), X(s)], lambda x, a=of: jnp.mean(x, axis=a), grad=False)
            g.jax("max", [rand((6, 3)).astype(d), X(s)], lambda x, a=of: jnp.max(x, axis=a), grad=False)
        g.jax("matmul", [rand((3, 5)).astype(d), rand((5, 2)).astype(d)], jnp.matmul, grad=False)
        g.jax("argmax", [rand((7,)).astype(d)], lambda x: jnp.argmax(x).astype(jnp.int32), grad=False)
        g.jax("sort", [rand((3, 4)).astype(d)], lambda x: jnp.sort(x, axis=-1), grad=False)
        name = {"float16": "f16", "bfloat16": "bf16"}[np.dtype(d).name]
        with np.errstate(all="ignore"):
            for wide in (np.float32, np.float64):
                # ml_dtypes goes from f64 to bf16 through f32, which rounds twice; ours rounds once
                x = WIDE.astype(np.float32).astype(wide) if name == "bf16" else WIDE.astype(wide)
                g.add("cast", [x, X(name)], [x.astype(d)], source="numpy")
            g.add("cast", [np.array([0, 1, -1, 2049, 257, 65519, 65520, 2**31 - 1], np.int32), X(name)], [np.array([0, 1, -1, 2049, 257, 65519, 65520, 2**31 - 1], np.float64).astype(d)], source="numpy")
        g.jax("cast", [CORNERS.astype(d), X("f32")], lambda x: x.astype(jnp.float32), grad=False)
        for to in ("int8", "int32", "uint16"):
            g.jax("cast", [np.array([0, 1.5, -1.5, 300, -300, 6e4, np.nan, np.inf, -np.inf]).astype(d), X({"int8": "i8", "int32": "i32", "uint16": "u16"}[to])], lambda x, t=to: clipped(x, t), grad=False)
        g.jax("bitcast", [CORNERS[np.isfinite(CORNERS)].astype(d), X("u16")], lambda x: jax.lax.bitcast_convert_type(x, jnp.uint16), grad=False)


def clipped(x, to):
    """Saturating, NaN to 0: what XLA leaves open for narrow integers."""
    info = np.iinfo(to)
    wide = jnp.where(jnp.isnan(x), 0, jnp.clip(x.astype(jnp.float64), info.min, info.max))
    return jnp.trunc(wide).astype(to)


def integers(g):
    for d in INTS:
        low = 0 if np.dtype(d).kind == "u" else -9
        for name, f in WHOLE.items():
            for a, b in [((), ()), ((3, 4), (4,)), ((0, 3), (3,))]:
                g.jax(name, [rand(a, low, 9, d), rand(b, 1, 9, d)], f)
            e = ends(d)
            x, y = np.repeat(e, 7), np.tile(e, 7)
            keep = (y != 0) if name in ("floorDivide", "remainder") else np.ones(49, bool)
            if name in ("floorDivide", "remainder") and np.dtype(d).kind == "i":
                keep &= ~((x == np.iinfo(d).min) & (y == -1))
            g.jax(name, [x[keep], y[keep]], f)
        bits = np.dtype(d).itemsize * 8
        by = np.arange(7).astype(d) * d(bits // 7)
        g.jax("leftShift", [ends(d), by], jnp.left_shift)
        g.jax("rightShift", [ends(d), by], jnp.right_shift)
        for name, f in {"neg": jnp.negative, "abs": jnp.abs, "sign": jnp.sign, "square": jnp.square, "bitwiseNot": jnp.bitwise_not}.items():
            g.jax(name, [ends(d)], f)
        kind = {"int8": "i8", "int16": "i16", "uint16": "u16", "uint64": "u64"}[np.dtype(d).name]
        g.jax("sum", [ends(d)], lambda x, d=d: jnp.sum(x, dtype=d))
        g.jax("max", [ends(d)], jnp.max)
        g.jax("argmin", [ends(d)], lambda x: jnp.argmin(x).astype(jnp.int32))
        g.jax("sort", [ends(d)], jnp.sort)
        g.jax("cumsum", [ends(d)], lambda x, d=d: jnp.cumsum(x, dtype=d))
        g.jax("matmul", [rand((2, 3), low, 9, d), rand((3, 2), low, 9, d)], jnp.matmul)
        for to, short in ((np.float32, "f32"), (np.float64, "f64"), (np.int32, "i32"), (np.int64, "i64"), (np.int8, "i8"), (np.uint64, "u64"), (np.uint8, "u8"), (bool, "bool")):
            g.add("cast", [ends(d), X(short)], [ends(d).astype(to)], source="numpy")
        g.add("cast", [np.array([0, 1, -1, 300, 70000, -(2**40)], np.int64), X(kind)], [np.array([0, 1, -1, 300, 70000, -(2**40)], np.int64).astype(d)], source="numpy")
    for a, b in [(np.int8, np.uint8), (np.int8, np.int16), (np.uint16, np.int16), (np.uint16, np.uint32), (np.int8, np.float16), (np.uint64, np.float32), (np.uint64, np.uint8)]:
        g.jax("add", [rand((3,), 0, 9).astype(a), rand((3,), 0, 9).astype(b)], jnp.add, grad=False)


def record():
    g = Group("dtype")
    halves(g)
    integers(g)
    g.write()
