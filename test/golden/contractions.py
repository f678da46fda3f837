"""Products of matrices, einsum, and windows. PyTorch for convolution and pooling, JAX for the rest."""
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F
from record import Group, X, rand


def products(g):
    shapes = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((2, 1, 2, 3), (4, 3, 2)),
              ((3,), (2, 3, 4)), ((2, 2, 3), (3,)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((1, 1), (1, 1))]
    for a, b in shapes:
        g.jax("matmul", [rand(a), rand(b)], jnp.matmul)
    g.jax("matmul", [rand((2, 3), dtype="float64"), rand((3, 2))], jnp.matmul)
    g.jax("matmul", [rand((2, 3), -5, 5, "int32"), rand((3, 2), -5, 5, "int32")], jnp.matmul)
    for n in (0, 1, 5):
        g.jax("dot", [rand((n,)), rand((n,))], jnp.dot)
        g.jax("outer", [rand((n,)), rand((3,))], jnp.outer)


def sums(g):
    for spec, shapes in [
        ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij->ji", [(2, 3)]), ("ij->", [(2, 3)]), ("ii->i", [(3, 3)]), ("ii->", [(3, 3)]), ("i,j->ij", [(3,), (4,)]),
        ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]), ("bhqd,bhkd->bhqk", [(1, 2, 3, 4), (1, 2, 5, 4)]), ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
        ("i,i->i", [(4,), (4,)]), ("ij,ij->ij", [(2, 3), (2, 3)]), ("ij,j->i", [(2, 3), (3,)]), ("ijk,k->ij", [(2, 3, 4), (4,)]), ("i,j,k->kji", [(2,), (3,), (4,)]),
        ("abc,bd,ce->ade", [(2, 3, 4), (3, 2), (4, 3)]), ("iij,jk->ik", [(2, 2, 3), (3, 2)]), ("i,->i", [(3,), ()]), ("ij,kj->", [(2, 3), (4, 3)]), ("aij,ajk->ki", [(2, 2, 3), (2, 3, 2)]),
        ("iij,ij->j", [(3, 3, 2), (3, 2)]),
    ]:
        g.jax("einsum", [X(spec)] + [rand(s) for s in shapes], lambda *xs, s=spec: jnp.einsum(s, *xs))


def torch_padding(p, n):
    """[low, high] per axis as F.pad wants it, last axis first."""
    pairs = [[p, p]] * n if isinstance(p, int) else [[q, q] if isinstance(q, int) else q for q in p]
    return [k for pair in reversed(pairs) for k in pair]


def convolutions(g):
    f = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
    for x, w, s in [
        ((1, 1, 5), (1, 1, 2), {}), ((2, 3, 8), (4, 3, 3), {"stride": 2, "padding": 1}), ((1, 4, 7), (4, 2, 3), {"groups": 2, "dilation": 2}),
        ((1, 1, 4, 5), (1, 1, 2, 2), {}), ((2, 3, 6, 6), (4, 3, 3, 3), {"padding": 1}), ((2, 3, 7, 6), (2, 3, 3, 2), {"stride": [2, 1], "padding": [1, 0]}),
        ((1, 4, 6, 6), (4, 1, 3, 3), {"groups": 4, "padding": 1}), ((1, 2, 6, 7), (2, 2, 2, 3), {"dilation": [2, 1], "padding": [[0, 1], [2, 0]]}),
        ((1, 2, 4, 4, 3), (2, 2, 2, 2, 2), {"stride": 2, "padding": 1}), ((0, 2, 4, 4), (2, 2, 3, 3), {}),
    ]:
        n = len(x) - 2
        settings = {k: v for k, v in s.items() if k != "padding"}
        pads = torch_padding(s.get("padding", 0), n)
        g.torch("conv", [rand(x), rand(w), X(s)], lambda x, w, n=n, pads=pads, st=settings: f[n](F.pad(x, pads), w, **st))
    g.torch("conv", [rand((1, 2, 5, 5), dtype="float64"), rand((2, 2, 3, 3), dtype="float64"), X({})], F.conv2d)


def pools(g):
    for shape, s in [
        ((1, 1, 4, 4), {"kernel": 2}), ((2, 3, 6, 8), {"kernel": 2}), ((2, 2, 7, 7), {"kernel": 3, "stride": 2, "padding": 1}), ((1, 2, 6, 5), {"kernel": [3, 2], "stride": [1, 2]}),
        ((1, 1, 5, 5), {"kernel": 3, "stride": 1, "padding": 1}), ((0, 1, 4, 4), {"kernel": 2}),
    ]:
        t = {"kernel_size": s["kernel"], "stride": s.get("stride"), "padding": s.get("padding", 0)}
        g.torch("maxPool", [rand(shape), X(s)], lambda x, t=t: F.max_pool2d(x, **t))
        g.torch("avgPool", [rand(shape), X(s)], lambda x, t=t: F.avg_pool2d(x, **t))
    for shape, s in [((2, 3, 9), {"kernel": [3]}), ((1, 2, 8), {"kernel": [4], "stride": [2], "padding": [2]})]:
        t = {"kernel_size": s["kernel"][0], "stride": s.get("stride"), "padding": s.get("padding", 0)}
        g.torch("maxPool", [rand(shape), X(s)], lambda x, t=t: F.max_pool1d(x, **t))
        g.torch("avgPool", [rand(shape), X(s)], lambda x, t=t: F.avg_pool1d(x, **t))
    tied = np.array([[[[1, 1, 2, 2], [1, 1, 2, 2], [0, 3, 3, 0], [3, 0, 0, 3]]]], np.float32)
    g.torch("maxPool", [tied, X({"kernel": 2})], lambda x: F.max_pool2d(x, 2))
    g.torch("avgPool", [tied, X({"kernel": 2})], lambda x: F.avg_pool2d(x, 2))
    holes = np.array([[[[1, np.nan, 2, -np.inf], [np.inf, 1, 2, 2], [0, 3, 3, 0], [3, 0, 0, 3]]]], np.float32)
    for s in ({"kernel": 2}, {"kernel": 3, "stride": 1, "padding": 1}):
        t = {"kernel_size": s["kernel"], "stride": s.get("stride"), "padding": s.get("padding", 0)}
        g.torch("maxPool", [holes, X(s)], lambda x, t=t: F.max_pool2d(x, **t))
        g.torch("avgPool", [holes, X(s)], lambda x, t=t: F.avg_pool2d(x, **t))
    for shape, size in [((2, 3, 6, 8), [3, 4]), ((1, 2, 7, 5), [3, 2]), ((1, 1, 4, 4), [1, 1]), ((2, 3, 3), [5, 2]), ((1, 2, 10, 7), [4, 7])]:
        g.torch("adaptiveAvgPool", [rand(shape), X(size)], lambda x, n=size: F.adaptive_avg_pool2d(x, n))


def record():
    for name, parts in (("contraction", (products, sums)), ("window", (convolutions, pools))):
        g = Group(name)
        for part in parts:
            part(g)
        g.write()
