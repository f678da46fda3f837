"""Records JAX's collectives over three devices: of jax.pmap on virtual CPU devices, and of vmap with a named axis.

    python test/dist/record.py > test/dist/golden.json      (jax 0.10.2)

A record is { fn, program, path, args, out }: the transforms of `path` are applied to the program of golden.test.ts, the last
first; grad is of the sum of its results. Tensors are written as in test/golden/record.py. What vmap and pmap give is the same,
or the script stops.
"""
import json
import os
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=3"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import jax
import jax.numpy as jnp
import numpy as np
from record import rand, tensor

lax = jax.lax
AXIS = "dp"
PROGRAMS = {
    "psum": lambda x: lax.psum(x, AXIS),
    "pmean": lambda x: lax.pmean(x, AXIS),
    "pmax": lambda x: lax.pmax(x, AXIS),
    "pmin": lambda x: lax.pmin(x, AXIS),
    "allGather": lambda x: lax.all_gather(x, AXIS),
    "allGatherLast": lambda x: lax.all_gather(x, AXIS, axis=x.ndim),
    "reduceScatter": lambda x: lax.psum_scatter(x, AXIS),
    "reduceScatterLast": lambda x: lax.psum_scatter(x, AXIS, scatter_dimension=x.ndim - 1),
    "allToAll": lambda x: lax.all_to_all(x, AXIS, 0, 0),
    "allToAllLast": lambda x: lax.all_to_all(x, AXIS, 0, x.ndim - 1),
    "permuteAxis": lambda x: lax.ppermute(x, AXIS, [(0, 2), (2, 1)]),
    "broadcastAxis": lambda x: lax.all_gather(x, AXIS)[1],
    "axisIndex": lambda x: x * lax.axis_index(AXIS).astype(x.dtype),
    "share": lambda x: jnp.exp(x) / lax.psum(jnp.exp(x), AXIS),
    "centred": lambda x: jnp.square(x - lax.pmean(x, AXIS)),
    "ring": lambda x: jnp.sin(x) * lax.ppermute(x * x, AXIS, [(i, (i + 1) % 3) for i in range(3)]),
    "hiddenSum": lambda x: lax.scan(lambda c, y: (jnp.tanh(lax.psum(c, AXIS) + y), c), jnp.zeros(x.shape[1:], x.dtype), x)[1],
}


def summed(f):
    return lambda *args: jnp.sum(f(*args))


records = []


def case(fn, program, x, path=("pmap",)):
    f = PROGRAMS[program]
    outs = []
    # in 0.10.2 jax.pmap of no elements fails, and vmap knows full permutations only
    for last in (jax.vmap,) if 0 in x.shape else (jax.pmap,) if program == "permuteAxis" else (jax.pmap, jax.vmap):
        g = f
        for step in reversed(path):
            if step == "grad":
                g = jax.grad(summed(g))
            elif step == "pmap":
                g = last(g, axis_name=AXIS)
        outs.append(np.asarray(g(jnp.asarray(x))))
    # where a device has NaN, XLA's all-reduce of a maximum drops it and vmap keeps it: what vmap gives is recorded
    clean = ~np.isnan(outs[-1]) if fn in ("pmax", "pmin") else np.ones(outs[-1].shape, bool)
    outs[0] = np.where(clean, outs[0], np.nan) if not clean.all() else outs[0]
    assert np.allclose(outs[0], outs[-1], rtol=1e-12 if x.dtype == np.float64 else 1e-5, atol=1e-12 if x.dtype == np.float64 else 1e-5, equal_nan=True), (program, path)
    records.append({"fn": fn, "program": program, "path": list(path), "args": [tensor(x)], "out": [tensor(outs[-1])]})


def r(*shape, dtype="float64"):
    return rand(shape, -2, 2, dtype)


ODD = np.array([[1.5, np.nan, np.inf, 2.0], [-np.inf, 1.0, -np.inf, 0.5], [2.0, 1.0, 1.0, -3.0]])
SHAPES = [(3,), (3, 2), (3, 2, 4), (3, 0)]
KEEP = ["psum", "pmean", "pmax", "pmin", "allGather", "permuteAxis", "broadcastAxis", "axisIndex"]
HAND = ["reduceScatter", "allToAll"]
NO_GRAD = {"pmax", "pmin"}
for name in KEEP + HAND:
    shapes = [(3, 3, *s[1:]) for s in SHAPES] if name in HAND else SHAPES
    for shape in shapes:
        if name == "permuteAxis" and 0 in shape:
            continue
        case(name, name, r(*shape))
        if name not in NO_GRAD:
            if name != "allToAll":  # jax 0.10.2 transposes it to a wrong shape
                case(name, name, r(*shape), ("pmap", "grad"))
                case(name, name, r(*shape), ("grad", "pmap"))
        case(name, name, r(*shape, dtype="float32"))
    if name not in HAND:
        case(name, name, ODD)
    else:
        case(name, name, np.stack([ODD[:, :3].T] * 3))
    if name not in ("pmean", "axisIndex"):
        case(name, name, rand(shapes[2], -9, 9, "int32"))
for shape in SHAPES[:3]:
    case("allGather", "allGatherLast", r(*shape))
    case("reduceScatter", "reduceScatterLast", r(*shape, 3))
    case("allToAll", "allToAllLast", r(3, *shape))
    for program, fn in (("share", "psum"), ("centred", "pmean"), ("ring", "permuteAxis")):
        for path in (("pmap",), ("grad", "pmap"), ("pmap", "grad")):
            x = r(*shape)
            if program == "share" and path != ("pmap",):
                continue  # shares add up to one: every gradient is rounding
            case(fn, program, x, path)
            if path == ("pmap",):
                case("pmap", program, r(*shape, dtype="float32"))
for steps in (1, 4, 0):
    case("pmap", "hiddenSum", r(3, steps))
    case("pmap", "hiddenSum", r(3, steps), ("grad", "pmap"))
case("permuteAxis", "ring", r(3, 0))
case("pmap", "centred", ODD)
case("pmap", "centred", np.zeros((3, 0)))
print('{"versions":' + json.dumps({"jax": jax.__version__, "numpy": np.__version__}) + ',"records":[')
print(",\n".join(json.dumps(x, separators=(",", ":")) for x in records))
print("]}")
