"""Records PyTorch's layers: values, gradients of Σ y c, and running statistics, in double precision.

    /tmp/venv/bin/python test/nn/record.py > test/nn/golden.json      (torch 2.13.0)
"""
import json
import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
cases = []


def flat(t):
    return {"shape": list(t.shape), "values": t.detach().reshape(-1).tolist()}


def case(layer, args, module, inputs, names=("weight", "bias")):
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
        state = {k: flat(v) for k, v in module.named_buffers() if k.startswith("running")}
        steps.append({"x": {**flat(x), "dtype": "i32" if integers else "f64"}, "y": flat(y), "ct": flat(c), "dx": None if integers else flat(x.grad),
                      "grads": {n: flat(p.grad) for n, p in params.items()}, "state": state})
    module.eval()
    last = inputs[-1]
    cases.append({"fn": f"nn.{layer}", "layer": layer, "args": args, "params": {n: flat(p) for n, p in params.items()}, "steps": steps, "eval": flat(module(last))})


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
print(json.dumps({"versions": {"torch": torch.__version__}, "records": cases}))
