"""Shape functions and indexing. PyTorch for flatten, transpose and gather, einops for rearrange, JAX for the rest."""
import einops
import jax
import jax.numpy as jnp
import numpy as np
import torch
from record import Group, X, rand


def reshaping(g):
    for shape, to in [((6,), [2, 3]), ((2, 3), [-1]), ((2, 3, 4), [4, -1]), ((), [1, 1]), ((0, 3), [3, 0]), ((1,), [])]:
        g.jax("reshape", [rand(shape), X(to)], lambda x, t=to: x.reshape(t))
    for shape, start in [((2, 3), 0), ((2, 3, 4), 1), ((2, 3, 4), 2), ((5,), 0), ((2, 0), 0)]:
        g.torch("flatten", [rand(shape), X({"from": start})], lambda x, s=start: torch.flatten(x, s))
    for shape, axes in [((2, 3), [1, 0]), ((2, 3, 4), [2, 0, 1]), ((2, 3, 4), [-1, 0, 1]), ((), []), ((2, 0, 3), [1, 2, 0])]:
        g.jax("permute", [rand(shape), X(axes)], lambda x, a=axes: jnp.transpose(x, a))
    for shape, axes in [((2, 3), [0, 1]), ((2, 3, 4), [0, 2]), ((2, 3, 4), [-3, 1]), ((2, 3, 4), [1, 1])]:
        if axes[0] != axes[1]:
            g.torch("transpose", [rand(shape), X({"axes": axes})], lambda x, a=axes: torch.transpose(x, *a))
    g.torch("transpose", [rand((2, 3, 4))], lambda x: x.mT)
    for shape, axis in [((1, 3), 0), ((2, 1, 3), 1), ((2, 1), -1)]:
        g.jax("squeeze", [rand(shape), X({"axis": axis})], lambda x, a=axis: jnp.squeeze(x, a))
    for shape, axis in [((), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3), -1), ((2, 3), 2), ((0,), 1)]:
        g.jax("unsqueeze", [rand(shape), X({"axis": axis})], lambda x, a=axis: jnp.expand_dims(x, a))
    for shape, to in [((), [2, 3]), ((3,), [2, 3]), ((2, 1), [2, 4]), ((1, 3), [4, 5, 3]), ((1,), [0])]:
        g.jax("broadcastTo", [rand(shape), X(to)], lambda x, t=to: jnp.broadcast_to(x, t))
    for shape, axes in [((4,), [0]), ((2, 3), [1]), ((2, 3), [0, -1]), ((0,), [0])]:
        g.jax("flip", [rand(shape), X({"axes": axes})], lambda x, a=axes: jnp.flip(x, a))
    g.jax("flip", [rand((2, 3))], jnp.flip)
    for shape, pattern, sizes in [((2, 12, 3), "b (h w) c -> b h w c", {"h": 3}), ((2, 3, 4), "a b c -> c (b a)", {}), ((6,), "(a b) -> b a", {"a": 2}),
                                  ((2, 3, 4, 4), "n c (h p) (w q) -> n (h w) (p q c)", {"p": 2, "q": 2}), ((2, 1, 3), "a 1 b -> b a", {})]:
        g.torch("rearrange", [rand(shape), X(pattern), X(sizes)], lambda x, p=pattern, s=sizes: einops.rearrange(x, p, **s))


def joining(g):
    for shapes, axis in [([(2,), (3,)], 0), ([(2, 3), (1, 3), (0, 3)], 0), ([(2, 1), (2, 4)], -1), ([(3,)], 0)]:
        g.jax("concat", [[rand(s) for s in shapes], X({"axis": axis})], lambda xs, a=axis: jnp.concatenate(xs, a))
    g.jax("concat", [[rand((2,), -4, 4, "int32"), rand((2,))]], lambda xs: jnp.concatenate([xs[0].astype(jnp.float32), xs[1]]))
    for shape, n, axis in [((), 2, 0), ((3,), 2, 0), ((2, 3), 3, 1), ((2, 3), 2, -1), ((0,), 2, 0)]:
        g.jax("stack", [[rand(shape) for _ in range(n)], X({"axis": axis})], lambda xs, a=axis: jnp.stack(xs, a))
    for shape, n, axis in [((6,), 3, 0), ((4, 3), 2, 0), ((2, 6), 3, 1), ((2, 6), 2, -1), ((0,), 1, 0)]:
        g.jax("split", [rand(shape), X(n), X({"axis": axis})], lambda x, n=n, a=axis: jnp.split(x, n, a))
    for shape, ranges, index in [((5,), [[1, 4]], np.s_[1:4]), ((3, 7), [None, [1, 6, 3]], np.s_[:, 1:6:3]), ((5,), [[-3, None]], np.s_[-3:]),
                                 ((4, 4), [[0, -1], [2, 2]], np.s_[0:-1, 2:2]), ((2, 3), [], np.s_[:]), ((6,), [[None, None, 2]], np.s_[::2])]:
        g.jax("slice", [rand(shape), X(ranges)], lambda x, i=index: x[i])
    modes = {"constant": "constant", "reflect": "reflect", "edge": "edge", "circular": "wrap"}
    for ours, theirs in modes.items():
        for shape, widths in [((4,), [[1, 2]]), ((3, 4), [[0, 2], [3, 1]]), ((2, 3, 3), [[0, 0], [1, 1], [2, 2]]), ((3,), [[0, 0]])]:
            g.jax("pad", [rand(shape), X(widths), X({"mode": ours})], lambda x, w=widths, m=theirs: jnp.pad(x, w, mode=m))
    g.jax("pad", [rand((2, 3)), X([[1, 0], [0, 1]]), X({"value": -1.5})], lambda x: jnp.pad(x, [(1, 0), (0, 1)], constant_values=np.float32(-1.5)))
    g.jax("pad", [rand((0,)), X([[1, 2]])], lambda x: jnp.pad(x, [(1, 2)]))


def indexing(g):
    for shape, index, axis in [((5,), (3,), 0), ((3, 4), (2,), 0), ((3, 4), (2, 2), 1), ((2, 3, 4), (5,), -1), ((3, 4), (), 0), ((3,), (0,), 0)]:
        n = shape[axis]
        g.jax("take", [rand(shape), np.asarray(rand(index, 0, n - 1, "int32")), X({"axis": axis})], lambda x, i, a=axis: jnp.take(x, i, axis=a))
    repeated = np.array([1, 1, 0, 1], np.int32)
    g.jax("take", [rand((2, 3)), repeated], lambda x, i: jnp.take(x, i, axis=0))
    outside = np.array([-4, 9, 1], np.int32)
    g.jax("take", [rand((3, 2)), outside], lambda x, i: jnp.take(x, jnp.clip(i, 0, 2), axis=0))
    for shape, k, axis in [((5,), 3, 0), ((3, 4), 2, 1), ((3, 4), 5, 0), ((2, 3, 4), 2, -1)]:
        at = list(shape)
        at[axis] = k
        index = np.asarray(rand(tuple(at), 0, shape[axis] - 1, "int32"))
        g.torch("gather", [rand(shape), index, X({"axis": axis})], lambda x, i, a=axis: torch.gather(x, a, i.long()))


def record():
    g = Group("shape")
    for part in (reshaping, joining, indexing):
        part(g)
    g.write()
