"""Records PyTorch's losses and their gradients, in double precision.

    /tmp/venv/bin/python test/loss/record.py > test/loss/golden.json      (torch 2.13.0)
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
cases = []


def number(v):
    """JSON has no NaN and no infinity."""
    return v if v == v and abs(v) < float("inf") else "NaN" if v != v else "Infinity" if v > 0 else "-Infinity"


def flat(t):
    return {"shape": list(t.shape), "values": [number(v) for v in t.detach().reshape(-1).tolist()]}


def case(fn, x, y, settings, f):
    x = x.clone().requires_grad_(True)
    out = f(x, y)
    (out * torch.arange(1.0, out.numel() + 1).reshape(out.shape)).sum().backward()
    plain = {k: (flat(v) if torch.is_tensor(v) else v) for k, v in settings.items()}
    cases.append({"fn": f"loss.{fn}", "x": flat(x), "y": {**flat(y), "dtype": "i32" if y.dtype == torch.int64 else "f64"}, "settings": plain, "out": flat(out), "grad": flat(x.grad)})


reductions = ["mean", "sum", "none"]
for shape in [(), (5,), (2, 3), (4, 1, 2)]:
    x, y = torch.randn(shape), torch.randn(shape)
    for r in reductions:
        case("mse", x, y, {"reduction": r}, lambda a, b: F.mse_loss(a, b, reduction=r))
        case("l1", x, y, {"reduction": r}, lambda a, b: F.l1_loss(a, b, reduction=r))
        for d in [1.0, 0.3]:
            case("huber", x, y, {"reduction": r, "delta": d}, lambda a, b: F.huber_loss(a, b, reduction=r, delta=d))
        case("bceWithLogits", x * 5, y.sigmoid(), {"reduction": r}, lambda a, b: F.binary_cross_entropy_with_logits(a, b, reduction=r))
w, pw = torch.rand(3), torch.rand(3) + 0.5
case("bceWithLogits", torch.randn(4, 3), torch.rand(4, 3).round(), {"weight": w, "posWeight": pw}, lambda a, b: F.binary_cross_entropy_with_logits(a, b, weight=w, pos_weight=pw))
case("bceWithLogits", torch.tensor([-800.0, 800.0, 0.0]), torch.tensor([0.0, 1.0, 1.0]), {}, lambda a, b: F.binary_cross_entropy_with_logits(a, b))

for n, c in [(1, 2), (5, 3), (7, 10)]:
    x, y = torch.randn(n, c) * 3, torch.randint(0, c, (n,))
    gaps = y.clone()
    gaps[0] = -100
    w = torch.rand(c) + 0.1
    for r in reductions:
        case("nll", x.log_softmax(-1), y, {"reduction": r}, lambda a, b: F.nll_loss(a, b, reduction=r))
        case("nll", x.log_softmax(-1), y, {"reduction": r, "weight": w}, lambda a, b: F.nll_loss(a, b, reduction=r, weight=w))
        case("crossEntropy", x, y, {"reduction": r}, lambda a, b: F.cross_entropy(a, b, reduction=r))
        case("crossEntropy", x, y, {"reduction": r, "labelSmoothing": 0.1}, lambda a, b: F.cross_entropy(a, b, reduction=r, label_smoothing=0.1))
        case("crossEntropy", x, y, {"reduction": r, "weight": w, "labelSmoothing": 0.2}, lambda a, b: F.cross_entropy(a, b, reduction=r, weight=w, label_smoothing=0.2))
        if n > 1:
            case("crossEntropy", x, gaps, {"reduction": r}, lambda a, b: F.cross_entropy(a, b, reduction=r))
            case("crossEntropy", x, gaps, {"reduction": r, "weight": w, "labelSmoothing": 0.2}, lambda a, b: F.cross_entropy(a, b, reduction=r, weight=w, label_smoothing=0.2))
            case("crossEntropy", x, y, {"reduction": r, "ignoreIndex": 1}, lambda a, b: F.cross_entropy(a, b, reduction=r, ignore_index=1))
        p = torch.rand(n, c).softmax(-1)
        case("crossEntropy", x, p, {"reduction": r}, lambda a, b: F.cross_entropy(a, b, reduction=r))
        case("crossEntropy", x, p, {"reduction": r, "weight": w, "labelSmoothing": 0.1}, lambda a, b: F.cross_entropy(a, b, reduction=r, weight=w, label_smoothing=0.1))
case("crossEntropy", torch.tensor([[1000.0, -1000.0], [0.0, 0.0]]), torch.tensor([0, 1]), {}, lambda a, b: F.cross_entropy(a, b))
inf, nan = float("inf"), float("nan")
odd, other = torch.tensor([nan, inf, -inf, 1.0, 0.0, -0.0]), torch.tensor([1.0, 1.0, inf, nan, -0.0, 0.0])
for r in reductions:
    for x, y in [(odd, other), (torch.zeros(0, 3), torch.zeros(0, 3))]:
        case("mse", x, y, {"reduction": r}, lambda a, b: F.mse_loss(a, b, reduction=r))
        # the gradient of l1 at NaN is NaN here and 0 in PyTorch
        case("l1", x[1:], y.nan_to_num(2)[1:], {"reduction": r}, lambda a, b: F.l1_loss(a, b, reduction=r))
        case("huber", x, y, {"reduction": r}, lambda a, b: F.huber_loss(a, b, reduction=r))
        case("bceWithLogits", x, y.clamp(0, 1), {"reduction": r}, lambda a, b: F.binary_cross_entropy_with_logits(a, b, reduction=r))
    for x in (torch.tensor([[nan, 0.0], [inf, 1.0], [-inf, 2.0], [1.0, 2.0]]), torch.zeros(0, 2)):
        y = torch.arange(x.shape[0]) % 2
        case("nll", x, y, {"reduction": r}, lambda a, b: F.nll_loss(a, b, reduction=r))
        case("crossEntropy", x, y, {"reduction": r}, lambda a, b: F.cross_entropy(a, b, reduction=r))
print(json.dumps({"versions": {"torch": torch.__version__}, "records": cases}))
