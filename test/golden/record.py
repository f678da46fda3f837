"""Records what JAX and PyTorch give for every public function: values, and gradients along a fixed cotangent.

Run it outside the repository's own tools, in a throw-away environment:
    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install torch==2.13.0 jax==0.10.2 jaxlib==0.10.2 numpy einops==0.8.2 scipy==1.17.1
    /tmp/venv/bin/python test/golden/record.py
It writes test/golden/*.json (all, or those of the modules named as arguments), one file a group; golden.test.ts compares without Python. A record is
    { fn, args, out, grads?, from }
where a tensor is [dtype, shape, values], a record of tensors {"r": {name: tensor}}, anything else in args {"x": value}; grads has one list of values for each
float or complex tensor of args (null: not recorded), and the cotangent of output k is ((7 i + 3 k) mod 11 - 5) / 4 at flat
index i. A complex number is two neighbouring values, and counts as two for i.
Inputs are multiples of 1/64, so that they are short and exact. Random functions run with jit off: XLA would contract
a * b + c into one rounding.
"""
import json
import os
import sys

os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax
import ml_dtypes
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_threefry_partitionable", True)

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "uint32": "u32", "uint8": "u8", "bool": "bool",
         "complex64": "c64", "complex128": "c128", "float16": "f16", "bfloat16": "bf16", "int8": "i8", "int16": "i16",
         "uint16": "u16", "uint64": "u64"}


def number(v, dtype):
    """The shortest text that reads back as the same number; JSON has no NaN, infinity or -0."""
    if dtype == "bool":
        return int(v)
    if "f" not in dtype:
        return int(v) if abs(int(v)) < 2**53 else str(int(v))
    if np.isnan(v):
        return "NaN"
    if np.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    if v == 0 and np.signbit(v):
        return "-0"
    if v == int(v) and abs(v) < 2**53:
        return int(v)
    return float(str(np.float32(v))) if dtype in ("f32", "f16", "bf16") else float(v)


def values(a):
    a = np.asarray(a)
    if a.dtype.kind == "c":
        a = parts(a)
    dtype = NAMES[str(a.dtype)]
    return [number(v, dtype) for v in a.ravel()]


def parts(a):
    """Real and imaginary parts as neighbours."""
    return np.ascontiguousarray(a).ravel().view("float32" if a.dtype == np.complex64 else "float64")


def tensor(a, dtype=None):
    a = np.asarray(a)
    if dtype is not None:
        a = a.astype(dtype)
    return [NAMES[str(a.dtype)], list(a.shape), values(a)]


def cotangent(k, out):
    if out.dtype.kind == "c":
        return cotangent(k, parts(out)).view(out.dtype).reshape(out.shape)
    i = np.arange(out.size).reshape(out.shape)
    return (((7 * i + 3 * k) % 11) - 5).astype(out.dtype) / 4


class X:
    """An argument that is not a tensor: a number, a shape, settings."""

    def __init__(self, value):
        self.value = value


class R:
    """A record of tensors: settings that are differentiated."""

    def __init__(self, value):
        self.value = value


def is_float(a):
    return np.dtype(a.dtype).kind in "fc" or a.dtype == ml_dtypes.bfloat16


class Group:
    def __init__(self, name):
        self.name, self.records = name, []

    def add(self, fn, args, out, grads=None, source="jax", note=None):
        record = {"fn": fn, "args": [encode(a) for a in args], "out": [tensor(o) for o in out], "from": source}
        if grads is not None:
            record["grads"] = [None if g is None else values(g) for g in grads]
        if note is not None:
            record["note"] = note
        self.records.append(record)

    def jax(self, fn, args, f, grad=True, out=None, note=None):
        """f gets the tensors of args (lists of tensors as lists); gradients in all float tensors."""
        flat = [a for a in leaves(args)]
        where = [i for i, a in enumerate(flat) if is_float(a)]

        def g(*floats):
            full = [jax.numpy.asarray(a) for a in flat]
            for i, a in zip(where, floats):
                full[i] = a
            return aslist(f(*rebuild(args, iter(full))))

        floats = [jax.numpy.asarray(flat[i]) for i in where]
        result = g(*floats)
        grads = None
        if grad and where and is_float(result[0]):
            ys, back = jax.vjp(lambda *a: [y for y in g(*a) if is_float(y)], *floats)
            found = iter(back([jax.numpy.asarray(cotangent(k, np.asarray(y))) for k, y in enumerate(ys)]))
            grads = [next(found) if i in where else None for i in range(len(flat))]
        if out is not None:
            result = [np.asarray(r).astype(out) if np.asarray(r).dtype.kind in "iu" else r for r in result]
        self.add(fn, args, result, grads, "jax", note)

    def torch(self, fn, args, f):
        flat = [torch.tensor(np.asarray(a), requires_grad=is_float(a)) for a in leaves(args)]
        result = aslist(f(*rebuild(args, iter(flat))))
        cts = [torch.tensor(cotangent(k, y.detach().numpy())) for k, y in enumerate(result)]
        torch.autograd.backward(result, cts)
        grads = [None if t.grad is None else t.grad.numpy() for t in flat]
        self.add(fn, args, [y.detach().numpy() for y in result], grads, "torch")

    def write(self):
        path = os.path.join(HERE, f"{self.name}.json")
        versions = {"jax": jax.__version__, "torch": torch.__version__, "numpy": np.__version__}
        with open(path, "w") as f:
            f.write('{"versions":' + json.dumps(versions) + ',"records":[\n')
            f.write(",\n".join(json.dumps(r, separators=(",", ":")) for r in self.records))
            f.write("\n]}\n")
        print(f"{self.name}: {len(self.records)} records, {os.path.getsize(path) // 1024} KiB")


def aslist(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def leaves(args):
    for a in args:
        if isinstance(a, list):
            yield from a
        elif isinstance(a, R):
            yield from a.value.values()
        elif not isinstance(a, X):
            yield a


def rebuild(args, flat):
    def one(a):
        if isinstance(a, R):
            return {k: next(flat) for k in a.value}
        return [next(flat) for _ in a] if isinstance(a, list) else next(flat)

    return [one(a) for a in args if not isinstance(a, X)]


def encode(a):
    if isinstance(a, X):
        return {"x": special(a.value)}
    if isinstance(a, R):
        return {"r": {k: tensor(v) for k, v in a.value.items()}}
    return [tensor(x) for x in a] if isinstance(a, list) else tensor(a)


def special(v):
    if isinstance(v, float) and (np.isnan(v) or np.isinf(v)):
        return {"number": "NaN" if np.isnan(v) else "Infinity" if v > 0 else "-Infinity"}
    if isinstance(v, dict):
        return {k: special(w) for k, w in v.items()}
    return v


RNG = np.random.default_rng(20)


def rand(shape, low=-3.0, high=3.0, dtype="float32"):
    """Multiples of 1/64; integers for integer dtypes."""
    x = RNG.uniform(low, high, shape)
    return np.round(x).astype(dtype) if np.dtype(dtype).kind in "iu" else (np.round(x * 64) / 64).astype(dtype)


if __name__ == "__main__":
    sys.modules["record"] = sys.modules["__main__"]
    sys.path.insert(0, HERE)
    import activations, complexes, contractions, corners, distributed, distributions, dtypes, extensions, fouriers, linalg, movements, neighbours, margins, pointwise, randomness, reductions, specials, tables, windows

    for module in (pointwise, activations, complexes, reductions, movements, contractions, corners, dtypes, randomness, distributions, specials, distributed, extensions, tables, windows, fouriers, linalg, neighbours, margins):
        if len(sys.argv) < 2 or module.__name__ in sys.argv[1:]:
            module.record()
