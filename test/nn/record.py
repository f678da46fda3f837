"""Records PyTorch's layers: values, gradients of Σ y c, and running statistics, in double precision.

    /tmp/venv/bin/python test/nn/record.py > test/nn/golden.json      (torch 2.13.0, jax 0.10.2)

A layer inside another is {"layer": name, "args": settings}, with its name in front where it has one; parameters and state
go by path. Dropout draws at random: its mask is the one that JAX draws from the key. Of `summary` shapes and counts are recorded.
"""
import json
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
cases = []


def number(v):
    """JSON has no NaN and no infinity."""
    return v if v == v and abs(v) < float("inf") else "NaN" if v != v else "Infinity" if v > 0 else "-Infinity"


def flat(t):
    return {"shape": list(t.shape), "values": [number(v) for v in t.detach().reshape(-1).tolist()]}


def case(layer, args, module, inputs, key=None):
    params = {n: p for n, p in module.named_parameters()}
    steps = []
    module.train()
    for x in inputs:
        integers = x.dtype == torch.int64
        x = x.clone() if integers else x.clone().requires_grad_(True)
        module.zero_grad()
        y = module(x)
        c = torch.randn_like(y)
        (y * c).sum().backward()
        state = {k.replace("running_", ""): flat(v) for k, v in module.named_buffers() if "running" in k}
        steps.append({"x": {**flat(x), "dtype": "i32" if integers else "f64"}, "y": flat(y), "ct": flat(c), "dx": None if integers else flat(x.grad),
                      "grads": {n: flat(p.grad) for n, p in params.items()}, "state": state})
    module.eval()
    last = inputs[-1]
    cases.append({"fn": f"nn.{layer}", "layer": layer, "args": args, **({} if key is None else {"key": key}), "params": {n: flat(p) for n, p in params.items()}, "steps": steps, "eval": flat(module(last))})


def randomized(m):
    with torch.no_grad():
        for p in m.parameters():
            p.normal_()
    return m


r = torch.randn
case("linear", [4], randomized(nn.Linear(3, 4)), [r(5, 3), r(1, 3), r(2, 6, 3)])
case("linear", [2, {"bias": False}], randomized(nn.Linear(7, 2, bias=False)), [r(3, 7)])
case("conv", [4, 3], randomized(nn.Conv2d(2, 4, 3)), [r(2, 2, 6, 5)])
case("conv", [4, 3, {"stride": 2, "padding": 1, "bias": False}], randomized(nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)), [r(2, 3, 7, 7)])
case("conv", [6, [3, 1], {"groups": 2, "dilation": 2, "padding": [2, 0]}], randomized(nn.Conv2d(4, 6, (3, 1), groups=2, dilation=2, padding=(2, 0))), [r(1, 4, 6, 5)])
case("conv", [3, [4]], randomized(nn.Conv1d(2, 3, 4)), [r(2, 2, 9)])
case("maxPool", [2], nn.MaxPool2d(2), [r(2, 3, 5, 6)])
case("maxPool", [3, {"stride": 2, "padding": 1}], nn.MaxPool2d(3, 2, 1), [r(2, 2, 7, 7)])
case("avgPool", [2], nn.AvgPool2d(2), [r(2, 3, 4, 6)])
case("avgPool", [3, {"stride": 1, "padding": 1}], nn.AvgPool2d(3, 1, 1), [r(1, 2, 5, 4)])
case("adaptiveAvgPool", [2], nn.AdaptiveAvgPool2d(2), [r(2, 3, 5, 6)])
case("batchNorm", [], randomized(nn.BatchNorm2d(3)), [r(4, 3, 2, 5) * 2 + 1 for _ in range(3)])
case("batchNorm", [{"momentum": 0.3, "eps": 1e-3}], randomized(nn.BatchNorm1d(5, momentum=0.3, eps=1e-3)), [r(6, 5) for _ in range(3)])
case("batchNorm", [], randomized(nn.BatchNorm1d(2)), [r(3, 2, 4)])
case("layerNorm", [], randomized(nn.LayerNorm(6)), [r(4, 6), r(2, 3, 6)])
case("layerNorm", [{"eps": 1e-2}], randomized(nn.LayerNorm(4, eps=1e-2)), [r(3, 4)])
case("embedding", [7, 3], randomized(nn.Embedding(7, 3)), [torch.randint(0, 7, (5,)), torch.randint(0, 7, (2, 4))])
for name, m in [("relu", nn.ReLU()), ("leakyRelu", nn.LeakyReLU()), ("elu", nn.ELU()), ("gelu", nn.GELU()), ("silu", nn.SiLU()), ("softplus", nn.Softplus()),
                ("tanh", nn.Tanh()), ("sigmoid", nn.Sigmoid()), ("flatten", nn.Flatten())]:
    case(name, None, m, [r(3, 4, 2) * 3])


class Elementwise(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


class Drop(nn.Module):
    """nn.Dropout with a mask drawn from a key."""

    def __init__(self, p, seed):
        super().__init__()
        self.p, self.seed = p, seed

    def forward(self, x):
        if not self.training:
            return x
        kept = np.asarray(jax.random.bernoulli(jax.random.key(self.seed), np.float32(1 - self.p), tuple(x.shape)))
        return torch.where(torch.tensor(kept), x / (1 - self.p) if self.p < 1 else x * 0, torch.zeros_like(x))


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        if shortcut is not None:
            self.shortcut = shortcut

    def forward(self, x):
        return self.body(x) + (self.shortcut(x) if hasattr(self, "shortcut") else x)


def named(**layers):
    m = nn.Sequential()
    for name, layer in layers.items():
        m.add_module(name, layer)
    return randomized(m)


odd = torch.tensor([[float("nan"), 1.0, -0.0], [float("inf"), -float("inf"), 2.0]])
for name, f in (("sin", torch.sin), ("square", torch.square), ("exp", torch.exp)):
    case("activation", [name], Elementwise(f), [r(3, 4), r(2, 1, 3), r(1, 5), odd, r(0, 3)])
for p, seed in ((0.5, 1), (0.1, 2), (0.9, 3), (0.0, 4), (1.0, 5)):
    case("dropout", [p], Drop(p, seed), [r(4, 6), r(2, 3, 5), r(1, 1), r(0, 3)], key=seed)
case("dropout", [0.25], Drop(0.25, 6), [odd], key=6)
case("linear", [2], randomized(nn.Linear(3, 2)), [odd, r(0, 3)])
case("layerNorm", [], randomized(nn.LayerNorm(3)), [odd, r(0, 3)])
case("embedding", [4, 1], randomized(nn.Embedding(4, 1)), [torch.randint(0, 4, (1,)), torch.randint(0, 4, (0,)), torch.randint(0, 4, (1, 2, 2))])
case("flatten", None, nn.Flatten(), [r(2, 3), r(1, 2, 1, 2), r(0, 2, 2)])
linear = lambda n: {"layer": "linear", "args": [n]}
relu, tanh = {"layer": "relu", "args": None}, {"layer": "tanh", "args": None}
norm = {"layer": "batchNorm", "args": []}
case("sequential", [["a", linear(5)], relu, ["b", linear(2)]], named(a=nn.Linear(3, 5), r=nn.ReLU(), b=nn.Linear(5, 2)), [r(4, 3), r(1, 3), r(0, 3), odd])
case("sequential", [], nn.Sequential(), [r(2, 3)])
case("sequential", [["conv", {"layer": "conv", "args": [4, 3, {"padding": 1}]}], ["norm", norm], relu, {"layer": "maxPool", "args": [2]}, {"layer": "flatten", "args": None}, ["head", linear(3)]],
     named(conv=nn.Conv2d(2, 4, 3, padding=1), norm=nn.BatchNorm2d(4), r=nn.ReLU(), m=nn.MaxPool2d(2), f=nn.Flatten(), head=nn.Linear(16, 3)), [r(3, 2, 4, 4), r(2, 2, 4, 4)])
case("residual", [{"layer": "sequential", "args": [["a", linear(3)], tanh]}], Residual(named(a=nn.Linear(3, 3), t=nn.Tanh())), [r(4, 3), r(1, 3), odd])
case("residual", [{"layer": "sequential", "args": [["c", {"layer": "conv", "args": [4, 3, {"padding": 1}]}], ["n", norm]]}, {"layer": "sequential", "args": [["p", {"layer": "conv", "args": [4, 1]}]]}],
     Residual(named(c=nn.Conv2d(2, 4, 3, padding=1), n=nn.BatchNorm2d(4)), named(p=nn.Conv2d(2, 4, 1))), [r(3, 2, 4, 3), r(2, 2, 2, 2)])


def table(shape, entries, module):
    """Each leaf module with the shape of one example behind it and the number of its parameters."""
    rows = []
    for m in (m for m in module.modules() if not list(m.children())):
        m.register_forward_hook(lambda m, _, y: rows.append([list(y.shape[1:]), sum(p.numel() for p in m.parameters())]))
    module.eval()
    y = module(torch.zeros(1, *shape))
    total = [list(y.shape[1:]), sum(p.numel() for p in module.parameters())]
    cases.append({"fn": "nn.summary", "input": shape, "args": entries, "rows": rows, "total": total, "state": sum(b.numel() for n, b in module.named_buffers() if "running" in n)})


pool = {"layer": "maxPool", "args": [2]}
table([1, 32, 32], [["c1", {"layer": "conv", "args": [6, 3]}], relu, pool, ["c2", {"layer": "conv", "args": [16, 3]}], relu, pool, {"layer": "flatten", "args": None}, ["f1", linear(120)], relu, ["f2", linear(84)], relu, ["f3", linear(10)]],
      nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(576, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)))
table([3, 8, 8], [["c", {"layer": "conv", "args": [4, 3, {"padding": 1, "bias": False}]}], ["n", norm], relu], nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU()))
table([7], [["a", linear(2)], ["n", {"layer": "layerNorm", "args": []}], {"layer": "dropout", "args": [0.5]}], nn.Sequential(nn.Linear(7, 2), nn.LayerNorm(2), nn.Dropout(0.5)))
print(json.dumps({"versions": {"torch": torch.__version__, "jax": jax.__version__}, "records": cases}))
