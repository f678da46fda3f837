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
start = {"w": rng.normal(size=(2, 3)), "b": rng.normal(size=(3,))}
grads = [{"w": rng.normal(size=(2, 3)) * (i + 1) / 4, "b": rng.normal(size=(3,))} for i in range(STEPS)]


def numbers(tree):
    return {k: np.asarray(v, dtype=np.float64).ravel().tolist() for k, v in tree.items()}


def with_torch(make, clip=None, schedule=None):
    p = {k: torch.tensor(v, requires_grad=True) for k, v in start.items()}
    opt = make(list(p.values()))
    lr = schedule(opt) if schedule else None
    out = []
    for g in grads:
        for k in p:
            p[k].grad = torch.tensor(g[k])
        if clip:
            clip(list(p.values()))
        opt.step()
        if lr:
            lr.step()
        out.append(numbers({k: v.detach().numpy() for k, v in p.items()}))
    return out


def with_optax(tx):
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


def case(name, args, source, out):
    cases.append({"fn": "optim." + name.split("(")[0], "name": name, "args": args, "from": source, "params": out})


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
case("freeze(b) adam", [0.05], "optax", with_optax(optax.chain(optax.adam(0.05), optax.masked(optax.set_to_zero(), {"w": False, "b": True}))))


def table(f):
    return [float(f(i)) for i in range(15)]


schedules = [
    {"name": "constant", "args": [0.3], "values": table(optax.constant_schedule(0.3))},
    {"name": "cosine", "args": [0.3, 10], "values": table(optax.cosine_decay_schedule(0.3, 10))},
    {"name": "cosine", "args": [0.3, 7, {"alpha": 0.1}], "values": table(optax.cosine_decay_schedule(0.3, 7, alpha=0.1))},
    {"name": "warmup", "args": [0.3, 5], "values": table(optax.linear_schedule(0.0, 0.3, 5))},
    {"name": "warmup", "args": [0.3, 5, {"from": 0.1}], "values": table(optax.linear_schedule(0.1, 0.3, 5))},
    {"name": "warmup then cosine", "args": [0.3, 5], "values": table(optax.join_schedules([optax.linear_schedule(0.0, 0.3, 5), optax.cosine_decay_schedule(0.3, 8)], [5]))},
    {"name": "step", "args": [0.3, {"4": 0.5, "9": 0.1}], "values": table(optax.piecewise_constant_schedule(0.3, {4: 0.5, 9: 0.1}))},
]
print(json.dumps({
    "versions": {"torch": torch.__version__, "jax": jax.__version__, "optax": optax.__version__},
    "shapes": {"w": [2, 3], "b": [3]}, "start": numbers(start), "grads": [numbers(g) for g in grads], "records": cases + [{"fn": "optim." + s["name"].split()[0], **s} for s in schedules],
}))
