"""Records golden trajectories of optimizers and schedules: PyTorch's and optax's, in double precision.

Run outside the repository's own checks (they need no Python):
    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.13.0 jax==0.10.2 optax==0.2.8 numpy
    /tmp/venv/bin/python test/optim/record.py > test/optim/golden.json
"""
import json
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import optax
import torch

STEPS = 12
rng = np.random.default_rng(0)
SHAPES = {"w": (2, 3), "b": (3,), "s": (), "k": (2, 1, 2, 2), "none": (0, 2)}
start = {k: rng.normal(size=s) for k, s in SHAPES.items()}
grads = [{k: rng.normal(size=s) * ((i + 1) / 4 if k == "w" else 1) for k, s in SHAPES.items()} for i in range(STEPS)]
ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0]
odd = [{k: np.resize(np.roll(ODD, -i), s) for k, s in SHAPES.items()} for i in range(3)]


def number(v):
    """JSON has no NaN and no infinity."""
    return v if np.isfinite(v) else "NaN" if np.isnan(v) else "Infinity" if v > 0 else "-Infinity"


def numbers(tree):
    return {k: [number(v) for v in np.asarray(v, dtype=np.float64).ravel().tolist()] for k, v in tree.items()}


def with_torch(make, clip=None, schedule=None, grads=grads):
    p = {k: torch.tensor(np.asarray(v), requires_grad=True) for k, v in start.items()}
    opt = make(list(p.values()))
    lr = schedule(opt) if schedule else None
    out = []
    for g in grads:
        for k in p:
            p[k].grad = torch.tensor(np.asarray(g[k]))
        if clip:
            clip(list(p.values()))
        opt.step()
        if lr:
            lr.step()
        out.append(numbers({k: v.detach().numpy() for k, v in p.items()}))
    return out


def with_optax(tx, grads=grads):
    p = {k: jnp.asarray(v) for k, v in start.items()}
    state = tx.init(p)
    out = []
    for g in grads:
        updates, state = tx.update({k: jnp.asarray(v) for k, v in g.items()}, state, p)
        p = optax.apply_updates(p, updates)
        out.append(numbers(p))
    return out


T = torch.optim
cases = []


def case(name, args, source, out, fn=None, given="grads"):
    cases.append({"fn": "optim." + (fn or name.split("(")[0]), "name": name, "args": args, "from": source, "given": given, "params": out})


case("sgd", [0.1], "torch", with_torch(lambda p: T.SGD(p, lr=0.1)))
case("sgd", [0.1, {"momentum": 0.9}], "torch", with_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.9)))
case("sgd", [0.1, {"momentum": 0.9, "nesterov": True}], "torch", with_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.9, nesterov=True)))
case("sgd", [0.1, {"momentum": 0.8, "weightDecay": 0.05}], "torch", with_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.8, weight_decay=0.05)))
case("sgd", [0.1, {"weightDecay": 0.05}], "torch", with_torch(lambda p: T.SGD(p, lr=0.1, weight_decay=0.05)))
case("sgd", [0.1, {"momentum": 0.9}], "optax", with_optax(optax.sgd(0.1, momentum=0.9)))
case("sgd", [0.1, {"momentum": 0.9, "nesterov": True}], "optax", with_optax(optax.sgd(0.1, momentum=0.9, nesterov=True)))
case("adam", [0.05], "torch", with_torch(lambda p: T.Adam(p, lr=0.05)))
case("adam", [0.05, {"betas": [0.8, 0.95], "eps": 1e-4, "weightDecay": 0.1}], "torch", with_torch(lambda p: T.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1)))
case("adam", [0.05], "optax", with_optax(optax.adam(0.05)))
case("adamw", [0.05], "torch", with_torch(lambda p: T.AdamW(p, lr=0.05)))
case("adamw", [0.05, {"weightDecay": 0.2}], "torch", with_torch(lambda p: T.AdamW(p, lr=0.05, weight_decay=0.2)))
case("adamw", [0.05, {"weightDecay": 0.2}], "optax", with_optax(optax.adamw(0.05, weight_decay=0.2)))
case("rmsprop", [0.02], "torch", with_torch(lambda p: T.RMSprop(p, lr=0.02)))
case("rmsprop", [0.02, {"alpha": 0.9, "eps": 1e-6, "momentum": 0.5, "centered": True, "weightDecay": 0.01}], "torch",
     with_torch(lambda p: T.RMSprop(p, lr=0.02, alpha=0.9, eps=1e-6, momentum=0.5, centered=True, weight_decay=0.01)))
case("rmsprop", [0.02, {"alpha": 0.9, "momentum": 0.5}], "torch", with_torch(lambda p: T.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.5)))
case("rmsprop", [0.02, {"alpha": 0.9}], "optax", with_optax(optax.rmsprop(0.02, decay=0.9, eps=1e-8, eps_in_sqrt=False)))
case("clipByGlobalNorm(1.5) sgd", [0.1], "optax", with_optax(optax.chain(optax.clip_by_global_norm(1.5), optax.sgd(0.1))))
case("clipByValue(0.5) sgd", [0.1], "torch", with_torch(lambda p: T.SGD(p, lr=0.1), clip=lambda p: torch.nn.utils.clip_grad_value_(p, 0.5)))
case("clipByValue(0.5) adam", [0.1], "optax", with_optax(optax.chain(optax.clip(0.5), optax.adam(0.1))))
case("cosine(0.1,10) sgd", [{"momentum": 0.9}], "torch",
     with_torch(lambda p: T.SGD(p, lr=0.1, momentum=0.9), schedule=lambda o: T.lr_scheduler.LambdaLR(o, lambda n: 0.5 * (1 + np.cos(np.pi * min(n, 10) / 10)))))
case("cosine(0.1,10) sgd", [{"momentum": 0.9}], "optax", with_optax(optax.sgd(optax.cosine_decay_schedule(0.1, 10), momentum=0.9)))
case("freeze(b) adam", [0.05], "optax", with_optax(optax.chain(optax.adam(0.05), optax.masked(optax.set_to_zero(), {k: k == "b" for k in SHAPES}))))
case("clipByGlobalNorm(100) sgd", [0.1], "optax", with_optax(optax.chain(optax.clip_by_global_norm(100), optax.sgd(0.1))))
case("clipByValue(0.5) clipByGlobalNorm(0.7) sgd", [0.1], "optax", with_optax(optax.chain(optax.clip(0.5), optax.clip_by_global_norm(0.7), optax.sgd(0.1))), fn="chain")
case("clipByGlobalNorm(2) clipByValue(0.25) adam", [0.1], "optax", with_optax(optax.chain(optax.clip_by_global_norm(2), optax.clip(0.25), optax.adam(0.1))), fn="chain")
# three steps with gradients that are NaN, infinite or zero
for name, args, make in [("sgd", [0.1, {"momentum": 0.9}], lambda p: T.SGD(p, lr=0.1, momentum=0.9)), ("adam", [0.05], lambda p: T.Adam(p, lr=0.05)), ("adamw", [0.05], lambda p: T.AdamW(p, lr=0.05)),
                         ("rmsprop", [0.02], lambda p: T.RMSprop(p, lr=0.02))]:
    case(name, args, "torch", with_torch(make, grads=odd), given="odd")
case("clipByValue(0.5) sgd", [0.1], "optax", with_optax(optax.chain(optax.clip(0.5), optax.sgd(0.1)), grads=odd), given="odd")
case("clipByGlobalNorm(1.5) sgd", [0.1], "optax", with_optax(optax.chain(optax.clip_by_global_norm(1.5), optax.sgd(0.1)), grads=odd), given="odd")
case("clipByValue(0.5) clipByGlobalNorm(0.7) sgd", [0.1], "optax", with_optax(optax.chain(optax.clip(0.5), optax.clip_by_global_norm(0.7), optax.sgd(0.1)), grads=odd), fn="chain", given="odd")
case("freeze(b) sgd", [0.1], "optax", with_optax(optax.chain(optax.sgd(0.1), optax.masked(optax.set_to_zero(), {k: k == "b" for k in SHAPES})), grads=odd), given="odd")


def table(f):
    return [float(f(i)) for i in range(15)]


def torch_table(make, rate):
    """The rates of the steps, as PyTorch's scheduler sets them."""
    p = torch.zeros(1, requires_grad=True)
    o = T.SGD([p], lr=rate)
    s = make(o)
    out = []
    for _ in range(15):
        out.append(o.param_groups[0]["lr"])
        o.step()
        s.step()
    return out


L = T.lr_scheduler


schedules = [
    {"name": "constant", "args": [0.3], "values": table(optax.constant_schedule(0.3))},
    {"name": "cosine", "args": [0.3, 10], "values": table(optax.cosine_decay_schedule(0.3, 10))},
    {"name": "cosine", "args": [0.3, 7, {"alpha": 0.1}], "values": table(optax.cosine_decay_schedule(0.3, 7, alpha=0.1))},
    {"name": "warmup", "args": [0.3, 5], "values": table(optax.linear_schedule(0.0, 0.3, 5))},
    {"name": "warmup", "args": [0.3, 5, {"from": 0.1}], "values": table(optax.linear_schedule(0.1, 0.3, 5))},
    {"name": "warmup then cosine", "args": [0.3, 5], "values": table(optax.join_schedules([optax.linear_schedule(0.0, 0.3, 5), optax.cosine_decay_schedule(0.3, 8)], [5]))},
    {"name": "step", "args": [0.3, {"4": 0.5, "9": 0.1}], "values": table(optax.piecewise_constant_schedule(0.3, {4: 0.5, 9: 0.1}))},
    {"name": "constant", "args": [0.0], "values": table(optax.constant_schedule(0.0))},
    {"name": "constant", "args": [0.2], "values": torch_table(lambda o: L.ConstantLR(o, factor=1.0), 0.2)},
    {"name": "cosine", "args": [0.3, 1], "values": table(optax.cosine_decay_schedule(0.3, 1))},
    {"name": "cosine", "args": [0.3, 14], "values": torch_table(lambda o: L.CosineAnnealingLR(o, 14), 0.3)},
    {"name": "cosine", "args": [0.4, 14, {"alpha": 0.25}], "values": torch_table(lambda o: L.CosineAnnealingLR(o, 14, eta_min=0.1), 0.4)},
    {"name": "warmup", "args": [0.3, 1], "values": table(optax.linear_schedule(0.0, 0.3, 1))},
    {"name": "warmup", "args": [0.4, 5, {"from": 0.1}], "values": torch_table(lambda o: L.LinearLR(o, start_factor=0.25, total_iters=5), 0.4)},
    {"name": "step", "args": [0.3, {"4": 0.1, "9": 0.1}], "values": torch_table(lambda o: L.MultiStepLR(o, [4, 9], gamma=0.1), 0.3)},
    {"name": "step", "args": [0.3, {}], "values": table(optax.constant_schedule(0.3))},
]
print(json.dumps({
    "versions": {"torch": torch.__version__, "jax": jax.__version__, "optax": optax.__version__},
    "shapes": {k: list(s) for k, s in SHAPES.items()}, "start": numbers(start), "grads": [numbers(g) for g in grads], "odd": [numbers(g) for g in odd], "records": cases + [{"fn": "optim." + s["name"].split()[0], **s} for s in schedules],
}))
