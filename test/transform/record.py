"""Records JAX's transforms of the functions that programs.ts also defines: derivatives of every kind, vmap, control flow.

    /tmp/venv/bin/python test/transform/record.py > test/transform/golden.json      (jax 0.10.2)

A record is { fn, program, path, args, out }: the transforms of `path` are applied to the program, the last first, and the
result is called with args; tensors are written as in test/golden/record.py. vjp is a function of the arguments and the
cotangent and gives the value and all gradients, jvp and linearize are functions of the arguments and the tangents and give
the value and its tangent. Of evalShape and toGraph only types are recorded.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
from record import NAMES, rand, tensor

lax = jax.lax


def rnn(w, c, xs):
    return lax.scan(lambda c, x: (jnp.tanh(c @ w + x), c * x), c, xs)


def branch(x):
    return lax.cond(jnp.sum(x) > 0, lambda: jnp.sum(x * x), lambda: jnp.sum(jnp.sin(x)))


@jax.custom_jvp
def ruled(x):
    return x * x


@ruled.defjvp
def _(xs, dxs):
    return ruled(xs[0]), 7 * xs[0] * dxs[0]


@jax.custom_vjp
def pulledBack(x):
    return x * x


pulledBack.defvjp(lambda x: (x * x, jnp.cos(x)), lambda kept, ct: (5 * kept * ct,))


def halved(x):
    """Steps until nothing is above 1; NaN ends it too."""
    return lax.while_loop(lambda c: jnp.any(jnp.abs(c[0]) > 1), lambda c: (c[0] * 0.5, c[1] + 1), (x, jnp.zeros((), jnp.int32)))


def raveled(x, y):
    v, back = jax.flatten_util.ravel_pytree({"a": x, "b": y})
    return [v, *jax.tree.leaves(back(v * 2))]


PROGRAMS = {
    "ruled": lambda x: jnp.sum(ruled(x)),
    "pulledBack": lambda x: jnp.sum(pulledBack(x)),
    "rematted": lambda x: jnp.sum(jax.checkpoint(lambda y: jnp.sin(jnp.sin(y)) * y)(x)),
    "tripled": lambda x: 3 * jnp.cumsum(x, -1),
    "peeked": lambda x: (jax.debug.callback(lambda v: None, x), jnp.sum(x * x))[1],  # printing would end up in the records
    "powers": lambda x: lax.fori_loop(1, 5, lambda i, c: c * x + i.astype(x.dtype), x),
    "halved": halved,
    "switched": lambda i, x: lax.switch(i, [lambda: jnp.sum(x), lambda: jnp.sum(x * x), lambda: jnp.sum(jnp.sin(x))]),
    "products": lambda x: lax.associative_scan(jnp.multiply, x),
    "backwards": lambda x: lax.associative_scan(lambda a, b: a + b, x, reverse=True),
    "rows": lambda x: lax.map(lambda r: jnp.sin(r) * jnp.sum(r), x),
    "dots": jnp.vectorize(lambda x, y: jnp.dot(x, y), signature="(n),(n)->()"),
    "raveled": raveled,
    "square": lambda x: jnp.sum(x * x),
    "cube": lambda x: x * x * x,
    "wave": lambda x: jnp.sin(x) * jnp.cumsum(x, -1),
    "pair": lambda x, y: jnp.sum(jnp.exp(x) * y * y),
    "mlp": lambda w1, b1, w2, x: jnp.mean(jnp.square(jnp.tanh(x @ w1 + b1) @ w2)),
    "kinks": lambda x: jnp.sum(jax.nn.relu(x) + jnp.clip(x, -1, 2)) + jnp.max(x),
    "corners": lambda x: jnp.sum(jnp.where(x > 0, jnp.log(x), jnp.exp(x))),
    "both": lambda x, y: (x * y, jnp.sum(x)),
    "stopped": lambda x: jnp.sum(x * lax.stop_gradient(x * x)),
    "picked": lambda x, i: jnp.sum(jnp.square(jnp.take(x, i, axis=0))),
    "rnn": rnn,
    "rnnLoss": lambda w, c, xs: sum(jnp.sum(jnp.square(y)) for y in rnn(w, c, xs)),
    "branch": branch,
    "affine": lambda w, x: w @ x,
    "decay": lambda c, xs: lax.scan(lambda c, x: (c * x, c), c, xs),
}


def aslist(y):
    return list(y) if isinstance(y, (tuple, list)) else [y]


def pulled(f, s):
    def g(*args):
        ys, back = jax.vjp(f, *args[:-1])
        return [*aslist(ys), *[d for d in back(args[-1]) if d.dtype != jax.dtypes.float0]]
    return g


def pushed(how):
    def transform(f, s):
        def g(*args):
            n = len(args) // 2
            if how == "jvp":
                return [y for part in jax.jvp(f, args[:n], args[n:]) for y in aslist(part)]
            y, push = jax.linearize(f, *args[:n])
            return [*aslist(y), *aslist(push(*args[n:]))]
        return g
    return transform


def axes(s):
    return {"in_axes": tuple(s["inAxes"]) if "inAxes" in s else 0, "out_axes": s.get("outAxes", 0)}


def numbers(s):
    return {"argnums": tuple(s["argnums"])} if "argnums" in s else {}


TRANSFORMS = {
    "grad": lambda f, s: jax.grad(f, **numbers(s)), "valueAndGrad": lambda f, s: jax.value_and_grad(f, **numbers(s)), "vjp": pulled, "jvp": pushed("jvp"), "linearize": pushed("linearize"),
    "vmap": lambda f, s: jax.vmap(f, **axes(s)), "jit": lambda f, s: jax.jit(f), "jacfwd": lambda f, s: jax.jacfwd(f), "jacrev": lambda f, s: jax.jacrev(f),
    "hvp": lambda f, s: lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1], "linearTranspose": lambda f, s: lambda x, ct: jax.linear_transpose(f, x)(ct),
    "hessian": lambda f, s: jax.hessian(f), "sum": lambda f, s: lambda *args: jnp.sum(f(*args)),
}
records = []


def flatten(y):
    return [z for part in y for z in flatten(part)] if isinstance(y, (tuple, list)) else [y]


def case(path, program, *args, fn=None):
    f = PROGRAMS[program]
    for step in reversed(path):
        name, s = step if isinstance(step, tuple) else (step, {})
        f = TRANSFORMS[name](f, s)
    out = [np.asarray(y) for y in flatten(f(*[jnp.asarray(a) for a in args]))]
    steps = [[s, {}] if isinstance(s, str) else list(s) for s in path]
    records.append({"fn": fn or steps[0][0], "program": program, "path": steps, "args": [tensor(a) for a in args], "out": [tensor(y) for y in out]})


def types(fn, program, *args):
    avals = jax.make_jaxpr(PROGRAMS[program])(*args).out_avals if fn == "toGraph" else flatten(jax.eval_shape(PROGRAMS[program], *args))
    records.append({"fn": fn, "program": program, "path": [], "args": [tensor(a) for a in args], "types": [[NAMES[str(a.dtype)], list(a.shape)] for a in avals]})


def r(*shape, dtype="float64"):
    return rand(shape, -2, 2, dtype)


ODD = np.array([1.5, np.nan, np.inf, -np.inf, -0.5, 2.0])
KINKS = np.array([0.0, -1.0, 2.0, 3.0, 3.0, -4.0, 0.5])
SHAPES = [(), (3,), (2, 3), (0,)]
for shape in SHAPES:
    for how in ("grad", "valueAndGrad"):
        case([how], "square", r(*shape))
        case([(how, {"argnums": [1, 0]})], "pair", r(*shape), r(*shape))
    case(["vjp"], "cube", r(*shape), r(*shape))
    for how in ("jvp", "linearize"):
        case([how], "cube", r(*shape), r(*shape))
        case([how], "pair", r(*shape), r(*shape), r(*shape), r(*shape))
        case([how, "grad"], "square", r(*shape), r(*shape))
    for how in ("jacfwd", "jacrev"):
        case([how], "cube", r(*shape))
        if shape:
            case([how], "wave", r(*shape))
    case(["hessian"], "square", r(*shape))
    case(["hessian"], "stopped", r(*shape), fn="stopGradient")
    case(["grad"], "stopped", r(*shape), fn="stopGradient")
    case(["jit"], "cube", r(*shape))
    case(["jit", "grad"], "square", r(*shape))
    case(["jit", "hessian"], "square", r(*shape))
    case([], "branch", r(*shape), fn="cond")
    case(["grad"], "branch", r(*shape), fn="cond")
    case(["hessian"], "branch", -np.abs(r(*shape)), fn="cond")
    case(["vmap"], "cube", r(4, *shape))
    case(["vmap", "grad"], "square", r(4, *shape))
    case(["vmap", "jit", "grad"], "branch", r(4, *shape))
    types("evalShape", "cube", r(*shape))
    types("evalShape", "both", r(*shape), r(2, *shape))
    types("toGraph", "both", r(*shape), r(2, *shape))
for x in (ODD, ODD.astype(np.float32)):
    for how in ("grad", "valueAndGrad"):
        case([how], "corners", x)
    case(["jit"], "corners", x)
    case(["hessian"], "corners", x)
    case(["vmap"], "corners", x)
    case(["vmap", "grad"], "corners", x)
    case(["vjp"], "corners", x, np.ones((), x.dtype))
    for how in ("jvp", "linearize"):
        case([how], "corners", x, np.ones_like(x))
    for how in ("jacfwd", "jacrev"):
        case([how], "corners", x)
        case([how], "kinks", KINKS.astype(x.dtype))
    case(["grad"], "stopped", x, fn="stopGradient")
    case([], "branch", x, fn="cond")
    case(["grad"], "branch", x[[0, 2]], fn="cond")
    case(["grad"], "kinks", KINKS.astype(x.dtype))
    types("evalShape", "kinks", x)
    types("toGraph", "kinks", x)
for n, m, k in ((2, 3, 1), (4, 1, 5), (1, 6, 2)):
    args = [r(n, m), r(m), r(m, k), r(7, n)]
    case(["grad"], "mlp", *args)
    case([("valueAndGrad", {"argnums": [0, 1, 2]})], "mlp", *args)
    case([("vmap", {"inAxes": [None, None, None, 0]}), "grad"], "mlp", *args[:3], r(5, 2, n))
    case(["hessian"], "mlp", *args)
    case(["jacfwd", ("grad", {"argnums": [1]})], "mlp", *args)
    case([("vmap", {"inAxes": [None, 1], "outAxes": 1})], "affine", r(n, m), r(m, k))
    case([("vmap", {"inAxes": [0, None], "outAxes": -1})], "affine", r(k, n, m), r(m))
    case(["vmap", "vmap"], "cube", r(n, m, k))
    case(["vmap", "hessian"], "square", r(n, m))
    case(["jvp", ("vmap", {"inAxes": [None, 1]})], "affine", r(n, m), r(m, k), r(n, m), r(m, k))
for n, steps in ((1, 1), (2, 4), (3, 0), (3, 7)):
    w, c, xs = r(n, n), r(2, n), r(steps, 2, n)
    case([], "rnn", w, c, xs, fn="scan")
    case([("grad", {"argnums": [0, 1, 2]})], "rnnLoss", w, c, xs, fn="scan")
    case([("vmap", {"inAxes": [None, 0, 1]}), ("valueAndGrad", {"argnums": [0, 2]})], "rnnLoss", w, r(3, 2, n), r(steps, 3, 2, n), fn="scan")
    case(["jit", "jacfwd"], "rnnLoss", w, c, xs, fn="scan")
    case(["hessian"], "rnnLoss", w, c, xs, fn="scan")
case([], "rnn", r(1, 1), np.array([[np.inf]]), np.array([[[-np.inf]], [[np.nan]]]), fn="scan")
case([], "rnn", r(1, 1, dtype="float32"), r(1, 1, dtype="float32"), r(3, 1, 1, dtype="float32"), fn="scan")
for steps in (0, 5):
    case([], "decay", r(), r(steps), fn="scan")
    case(["jvp"], "decay", r(), r(steps), r(), r(steps), fn="scan")
    case([("vmap", {"inAxes": [0, None], "outAxes": 0})], "decay", r(3), r(steps), fn="scan")
for rows in ((2,), (0,), (1, 3)):
    case(["grad"], "picked", r(4, 2), rand(rows, 0, 3, "int32"))
    case(["vjp"], "picked", r(4, 2), rand(rows, 0, 3, "int32"), np.array(1.5))
for shape in SHAPES:
    for fn, program in (("customJvp", "ruled"), ("customVjp", "pulledBack"), ("remat", "rematted"), ("peek", "peeked")):
        case([], program, r(*shape), fn=fn)
        case(["grad"], program, r(*shape), fn=fn)
        case(["vmap", "grad"], program, r(3, *shape), fn=fn)
    case(["jvp"], "ruled", r(*shape), r(*shape), fn="customJvp")
    case(["jit", "hessian"], "rematted", r(*shape), fn="remat")
    case(["hvp"], "square", r(*shape), r(*shape))
    case(["hvp"], "rematted", r(*shape), r(*shape))
    case([], "powers", r(*shape), fn="forLoop")
    case(["jacrev"], "powers", r(*shape), fn="forLoop")
    case([], "halved", 4 * r(*shape), fn="whileLoop")
    case(["vmap"], "halved", 4 * r(3, *shape), fn="whileLoop")
    for i in (0, 1, 2, 9):
        case([], "switched", np.array(i, np.int32), r(*shape), fn="switchOf")
        case([("grad", {"argnums": [1]})], "switched", np.array(i, np.int32), r(*shape), fn="switchOf")
    case([("vmap", {"inAxes": [0, None]})], "switched", np.array([2, 0, 1], np.int32), r(*shape), fn="switchOf")
    case([], "raveled", r(*shape), r(2), fn="ravelTree")
    case(["jacfwd"], "raveled", r(*shape), r(2), fn="ravelTree")
    if shape:
        case(["linearTranspose"], "tripled", r(*shape), r(*shape))
        case(["vmap", "linearTranspose"], "tripled", r(3, *shape), r(3, *shape))
for shape in ((1,), (5,), (4, 2), (0,), (3, 0)):
    for fn, program in (("associativeScan", "products"), ("associativeScan", "backwards"), ("mapOver", "rows")):
        case([], program, r(*shape), fn=fn)
        case(["jacrev"], program, r(*shape), fn=fn)
for a, b in (((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (4, 3)), ((0, 3), (3,)), ((2, 0), (0,))):
    case([], "dots", r(*a), r(*b), fn="vectorize")
    case([("jacrev", {}), "sum"], "dots", r(*a), r(*b), fn="vectorize")
for x in (ODD, ODD.astype(np.float32)):
    for fn, program in (("customJvp", "ruled"), ("customVjp", "pulledBack"), ("remat", "rematted"), ("peek", "peeked"), ("forLoop", "powers"), ("whileLoop", "halved"), ("associativeScan", "products"), ("mapOver", "rows")):
        y = np.where(np.isinf(x), np.nan, x) if fn == "whileLoop" else x  # halving an infinity does not end
        if fn != "mapOver":
            case([], program, y, fn=fn)
            if fn in ("customJvp", "customVjp", "remat", "peek"):
                case(["grad"], program, y, fn=fn)
        else:
            case([], program, x[:, None], fn=fn)
    case(["hvp"], "square", x, np.ones_like(x))
    case(["linearTranspose"], "tripled", np.zeros_like(x), np.where(np.isnan(x), 1, x))
    case(["linearTranspose"], "tripled", np.zeros_like(x), x)
    case([], "switched", np.array(1, np.int32), x, fn="switchOf")
    case([], "dots", x[None, :], np.ones_like(x), fn="vectorize")
    case([], "dots", np.stack([x[2:4], x[1:3]]), np.ones_like(x[:2]), fn="vectorize")
    case([], "raveled", x, x[:1], fn="ravelTree")
print('{"versions":' + json.dumps({"jax": jax.__version__, "numpy": np.__version__}) + ',"records":[')
print(",\n".join(json.dumps(x, separators=(",", ":")) for x in records))
print("]}")
