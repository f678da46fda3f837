"""Where a function's own file leaves one out: no elements, no axes, NaN, infinities, signed zeros."""
import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F
from randomness import words
from record import Group, X, rand

ODD = np.array([[1, np.nan, -0.0], [np.inf, 2, -np.inf], [0, -1, 3]], np.float32)
IMAGE = np.array([[[[1, np.nan, 2, -2], [0, 1, 2, 2], [0, 3, np.inf, 0], [3, 0, 0, -0.0]]]], np.float32)
NONE, ONE = np.zeros((0, 3), np.float32), np.float32(-1.25)


def plain(g, name, f, *operands, settings=(), grad=True, **more):
    g.jax(name, [*operands, *(X(s) for s in settings)], f, grad=grad, **more)


def creation(g):
    for v in (np.nan, np.inf, -np.inf):
        g.add("tensor", [X(v)], [np.float32(v)], source="torch")
        g.add("full", [X([2]), X(v)], [np.full(2, v, np.float32)])
        g.add("fullLike", [rand((2,)), X(v)], [np.full(2, v, np.float32)])
    for k in (0, 1):
        plain(g, "tril", lambda x, k=k: jnp.tril(x, k), ODD, settings=[{"diagonal": k}])
        plain(g, "triu", lambda x, k=k: jnp.triu(x, k), ODD, settings=[{"diagonal": k}])
    plain(g, "diag", jnp.diag, ODD)
    for to, t in (("i32", "int32"), ("bool", "bool"), ("f64", "float64"), ("f32", "float32")):
        for x in (ODD, NONE, ONE):
            plain(g, "cast", lambda x, t=t: x.astype(t), x, settings=[to])
    for like in ("zerosLike", "onesLike"):
        g.add(like, [ODD], [np.full((3, 3), float(like == "onesLike"), np.float32)])


def elementwise(g):
    plain(g, "clip", lambda x: jnp.clip(x, -1, 2), NONE, settings=[{"min": -1, "max": 2}])
    plain(g, "logicalNot", jnp.logical_not, np.zeros((0, 3), bool))
    for name, f in (("leakyRelu", jax.nn.leaky_relu), ("elu", jax.nn.elu), ("gelu", lambda x: jax.nn.gelu(x, approximate=False))):
        plain(g, name, f, NONE)
    for name, f in (("softmax", jax.nn.softmax), ("logSoftmax", jax.nn.log_softmax)):
        plain(g, name, lambda x, f=f: f(x, axis=1), ODD, settings=[{"axis": 1}], grad=False)
        plain(g, name, lambda x, f=f: f(x, axis=-1), np.array([[0, -np.inf], [-np.inf, 1], [1000, -1000]], np.float32), settings=[{"axis": -1}], grad=False)


def reductions(g):
    for name, f in (("max", jnp.max), ("min", jnp.min)):
        plain(g, name, lambda x, f=f: f(x, axis=1), NONE, settings=[{"axes": [1]}])
    for name, f in (("argmax", jnp.argmax), ("argmin", jnp.argmin)):
        plain(g, name, f, ONE, out="int32")
    for x in (ODD, NONE):
        plain(g, "cumsum", lambda x: jnp.cumsum(x, axis=1), x, settings=[{"axis": 1}], grad=x is NONE)
    plain(g, "norm", jnp.linalg.norm, NONE, grad=False)
    for name, f in (("sort", jnp.sort), ("argsort", jnp.argsort)):
        plain(g, name, lambda x, f=f: f(x, axis=1), ODD, settings=[{"axis": 1}], grad=False, out="int32")
    for x in (NONE, np.array([[1, -np.inf, np.inf, 0]], np.float32)):
        plain(g, "topK", lambda x: list(jax.lax.top_k(x, 2)), x, settings=[2], out="int32")


def movements(g):
    """What only moves elements carries them through unchanged."""
    plain(g, "reshape", lambda x: x.reshape(9), ODD, settings=[[9]])
    plain(g, "permute", jnp.transpose, ODD, settings=[[1, 0]])
    plain(g, "broadcastTo", lambda x: jnp.broadcast_to(x, (2, 3, 3)), ODD, settings=[[2, 3, 3]])
    plain(g, "broadcastTo", lambda x: jnp.broadcast_to(x, (2, 0, 3)), NONE, settings=[[2, 0, 3]])
    plain(g, "unsqueeze", lambda x: x[None], ODD, settings=[{"axis": 0}])
    plain(g, "flip", jnp.flip, ODD)
    plain(g, "flip", jnp.flip, ONE)
    plain(g, "pad", lambda x: jnp.pad(x, [(0, 1), (1, 0)]), ODD, settings=[[[0, 1], [1, 0]]])
    plain(g, "slice", lambda x: x[1:], ODD, settings=[[[1, None]]])
    plain(g, "slice", lambda x: x[0:0], ODD, settings=[[[0, 0]]])
    plain(g, "slice", lambda x: x[:, 1:], NONE, settings=[[None, [1, None]]])
    for name, f in (("concat", jnp.concatenate), ("stack", jnp.stack)):
        g.jax(name, [[ODD, ODD]], lambda xs, f=f: f(xs))
        g.jax(name, [[NONE, NONE]], lambda xs, f=f: f(xs))
    plain(g, "split", lambda x: jnp.split(x, 3), ODD, settings=[3])
    rows = np.array([2, 0, 2], np.int32)
    plain(g, "take", lambda x, i: jnp.take(x, i, axis=0), ODD, rows)
    for shape in ((2, 3), (4,), (2, 0), (2, 2, 2)):
        if len(shape) > 1:
            g.torch("transpose", [rand(shape)], lambda x: x.mT)
    g.torch("transpose", [ODD], lambda x: x.mT)
    g.torch("flatten", [ODD], torch.flatten)
    g.torch("flatten", [ONE], torch.flatten)
    g.torch("squeeze", [ODD[:1], X({"axis": 0})], lambda x: x.squeeze(0))
    g.torch("squeeze", [NONE[None], X({"axis": 0})], lambda x: x.squeeze(0))
    for x, i in ((ODD, np.array([[0, 2, 1]], np.int32)), (rand((2, 3)), np.zeros((0, 3), np.int32))):
        g.torch("gather", [x, i, X({"axis": 0})], lambda x, i: torch.gather(x, 0, i.long()))
    for x in (ODD, NONE):
        g.torch("rearrange", [x, X("a b -> (b a)"), X({})], lambda x: x.T.reshape(-1))


def contractions(g):
    big = np.array([[1, 2, 0], [0, 1, -1], [3, 0, 1]], np.float32)
    g.jax("matmul", [ODD, big], jnp.matmul)
    g.jax("matmul", [big, ODD], jnp.matmul)
    for name, f in (("dot", jnp.dot), ("outer", jnp.outer)):
        g.jax(name, [ODD[0], big[0]], f)
        g.jax(name, [big[1], ODD[1]], f)
    g.jax("einsum", [X("ij,jk->ik"), ODD, big], lambda x, y: jnp.einsum("ij,jk->ik", x, y))
    g.jax("einsum", [X("ij,jk->ik"), np.zeros((2, 0), np.float32), NONE], lambda x, y: jnp.einsum("ij,jk->ik", x, y))
    g.jax("einsum", [X("ij->j"), NONE], lambda x: jnp.einsum("ij->j", x))


def windows(g):
    kernel = np.array([[[[1, -1], [0.5, 2]]]], np.float32)
    g.torch("conv", [IMAGE, kernel, X({})], F.conv2d)
    g.torch("conv", [np.array([[[1, np.inf, 3, 4]]], np.float32), np.array([[[2, 1]]], np.float32), X({})], F.conv1d)
    for x in (IMAGE, np.zeros((0, 2, 4, 4), np.float32)):
        g.torch("adaptiveAvgPool", [x, X([2, 2])], lambda x: F.adaptive_avg_pool2d(x, 2))


def drawn(g):
    k = jax.random.key(5)
    for shape in ((), (2, 3), (0,)):
        g.add("random.randint", [words(k), X(list(shape)), X({"minval": -3, "maxval": 9})], [jax.random.randint(k, shape, -3, 9, jnp.int32)])


def more(g):
    plain(g, "topK", lambda x: list(jax.lax.top_k(x, 2)), ODD, settings=[2], out="int32", grad=False)
    g.torch("squeeze", [ODD[1:2], X({"axis": 0})], lambda x: x.squeeze(0))


def record():
    g = Group("corner")
    for part in (creation, elementwise, reductions, movements, contractions, windows, drawn, more):
        part(g)
    g.write()
