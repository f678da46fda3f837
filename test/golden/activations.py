"""Activations that are not in pointwise.py, and attention."""
import jax
import numpy as np
import torch
from record import R, Group, X, rand

UNARY = {
    "relu6": jax.nn.relu6, "selu": jax.nn.selu, "celu": jax.nn.celu, "hardTanh": jax.nn.hard_tanh, "hardSigmoid": jax.nn.hard_sigmoid,
    "hardSwish": jax.nn.hard_silu, "softSign": jax.nn.soft_sign, "logSigmoid": jax.nn.log_sigmoid, "mish": jax.nn.mish,
    "squareplus": jax.nn.squareplus, "sparsePlus": jax.nn.sparse_plus, "identity": jax.nn.identity,
}
CORNERS = np.array([0.0, -0.0, 1, -1, 3, -3, 6, 60, -60, np.nan], np.float32)


def scaled(q, k, v, causal):
    return torch.nn.functional.scaled_dot_product_attention(*(x.transpose(1, 2) for x in (q, k, v)), is_causal=causal).transpose(1, 2)


def record():
    g = Group("activations")
    for name, f in UNARY.items():
        for shape in [(), (7,), (3, 4), (0,)]:
            g.jax(name, [rand(shape, -7, 7)], f)
        g.jax(name, [rand((5,), -7, 7, "float64")], f)
        g.jax(name, [CORNERS], f, grad=False)
    g.jax("celu", [rand((6,)), X({"alpha": 0.5})], lambda x: jax.nn.celu(x, np.float32(0.5)))
    g.jax("squareplus", [rand((6,)), X({"b": 1})], lambda x: jax.nn.squareplus(x, np.float32(1)))
    for shape, axis in [((6,), -1), ((4, 3), 0), ((2, 4, 3), 1)]:
        g.jax("glu", [rand(shape), X({"axis": axis})], lambda x, axis=axis: jax.nn.glu(x, axis))
        g.jax("standardize", [rand(shape), X({"axis": axis, "epsilon": 0.125})], lambda x, axis=axis: jax.nn.standardize(x, axis, epsilon=np.float32(0.125), algorithm="stable"))
    attend = jax.nn.dot_product_attention
    q, k, v = rand((2, 3, 2, 4)), rand((2, 5, 2, 4)), rand((2, 5, 2, 4))
    mask = rand((2, 1, 3, 5)) > -1
    mask[..., 0] = True
    g.jax("dotProductAttention", [q, k, v], attend)
    g.jax("dotProductAttention", [q, k, v, X({"scale": 0.25, "isCausal": True})], lambda q, k, v: attend(q, k, v, scale=0.25, is_causal=True))
    # a bias that repeats, a mask, one of its rows without any key, more queries than a block has, and heads wider than their values
    bias, mask = rand((1, 2, 3, 5)), np.broadcast_to(mask, (2, 2, 3, 5)).copy()
    mask[1, 0, 2] = False
    g.jax("dotProductAttention", [q, k, v, R({"bias": bias})], lambda q, k, v, s: attend(q, k, v, bias=s["bias"]))
    g.jax("dotProductAttention", [q, k, v, R({"bias": bias, "mask": mask})], lambda q, k, v, s: attend(q, k, v, bias=s["bias"], mask=s["mask"]))
    for t, s, causal, dtype in ((50, 53, True, "float32"), (53, 50, True, "float64"), (50, 20, False, "float64")):
        q, k, v = rand((1, t, 1, 3), dtype=dtype), rand((1, s, 1, 3), dtype=dtype), rand((1, s, 1, 2), dtype=dtype)
        g.torch("dotProductAttention", [q, k, v, X({"isCausal": causal})], lambda q, k, v, causal=causal: scaled(q, k, v, causal))
    g.write()
