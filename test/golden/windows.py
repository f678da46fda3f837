"""Windows beyond convolution and pooling: PyTorch's, JAX's where PyTorch has none."""
import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F
from record import Group, X, rand

DISTINCT = np.random.default_rng(3)


def distinct(shape):
    """Different numbers in no order, so that every maximum is one element."""
    n = int(np.prod(shape))
    return (DISTINCT.permutation(n).reshape(shape).astype(np.float32) - n / 2) / 8


def transposed(g):
    f = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
    for x, w, s in [
        ((1, 1, 4), (1, 1, 3), {}), ((2, 3, 5), (3, 2, 4), {"stride": 2, "padding": 1}), ((1, 4, 3), (4, 1, 3), {"groups": 2, "stride": 3, "outputPadding": 2}),
        ((1, 2, 3, 4), (2, 3, 2, 2), {}), ((2, 2, 4, 3), (2, 2, 3, 3), {"stride": 2, "padding": 1, "outputPadding": 1}), ((1, 2, 3, 3), (2, 2, 3, 2), {"dilation": [2, 1], "stride": [1, 2], "padding": [2, 0]}),
        ((1, 2, 2, 3, 2), (2, 1, 2, 2, 2), {"stride": 2}), ((0, 2, 3, 3), (2, 1, 2, 2), {}),
    ]:
        t = {"output_padding" if k == "outputPadding" else k: v for k, v in s.items()}
        g.torch("convTranspose", [rand(x), rand(w), X(s)], lambda x, w, n=len(x) - 2, t=t: f[n](x, w, **t))


def general(g):
    conv = jax.lax.conv_general_dilated
    for x, w, s, k in [
        ((2, 3, 8), (4, 3, 3), {}, {}),
        ((1, 6, 5, 3), (2, 3, 3, 4), {"layout": ["NHWC", "HWIO", "NHWC"], "padding": [1, 0]}, {"padding": [(1, 1), (0, 0)]}),
        ((1, 2, 4, 5), (4, 1, 2, 3), {"groups": 2, "inputDilation": [2, 3], "padding": [[1, 2], [0, 1]]}, {"feature_group_count": 2, "lhs_dilation": (2, 3), "padding": [(1, 2), (0, 1)]}),
        ((4, 2, 6), (4, 2, 3), {"imageGroups": 2, "stride": 2, "dilation": 2}, {"batch_group_count": 2, "window_strides": (2,), "rhs_dilation": (2,)}),
        ((1, 2, 7, 6), (2, 2, 3, 2), {"padding": "SAME", "stride": 2}, {"padding": "SAME", "window_strides": (2, 2)}),
        ((1, 2, 7), (2, 2, 4), {"padding": "VALID"}, {"padding": "VALID"}),
        ((3, 2, 5), (2, 3, 2), {"layout": ["WNC", "OIW", "CWN"]}, {"dimension_numbers": ("WNC", "OIW", "CWN")}),
        ((1, 1, 3, 3, 2), (2, 1, 2, 2, 1), {}, {}),
    ]:
        n = len(x) - 2
        layout = s.get("layout")
        settings = {"window_strides": (1,) * n, "padding": [(0, 0)] * n, "dimension_numbers": tuple(layout) if layout else None, **k}
        if layout == ["WNC", "OIW", "CWN"]:
            w = (2, 5, 2)
        g.jax("convGeneral", [rand(x), rand(w), X(s)], lambda x, w, k=settings: conv(x, w, **k))


def windows(g):
    ops = {"sum": (0.0, jax.lax.add), "prod": (1.0, jax.lax.mul), "max": (-np.inf, jax.lax.max), "min": (np.inf, jax.lax.min)}
    for op, (start, f) in ops.items():
        for shape, s in [
            ((7,), {"kernel": 3}), ((5, 6), {"kernel": [2, 3], "stride": [2, 1]}), ((2, 9), {"kernel": [1, 5], "padding": [0, [2, 3]], "dilation": [1, 2]}),
            ((4, 5), {"kernel": 2, "inputDilation": 2, "padding": 1}), ((), {"kernel": []}), ((6,), {"kernel": 6}),
        ]:
            n = len(shape)
            per = lambda v, n=n: tuple(v) if isinstance(v, list) else (v,) * n
            pads = [tuple(p) if isinstance(p, list) else (p, p) for p in per(s.get("padding", 0))]
            run = lambda x, s=s, per=per, pads=pads, start=start, f=f: jax.lax.reduce_window(x, np.float32(start), f, per(s["kernel"]), per(s.get("stride", 1)), pads, per(s.get("inputDilation", 1)), per(s.get("dilation", 1)))
            g.jax("reduceWindow", [distinct(shape) if shape else rand(shape), X(op), X(s)], run, grad=op == "sum" and n > 0)
    holes = np.array([1, np.nan, 2, -np.inf, np.inf, 3, -0.0, 0.0], np.float32)
    for op in ("max", "min", "sum"):
        start, f = ops[op]
        g.jax("reduceWindow", [holes, X(op), X({"kernel": 2})], lambda x, f=f, v=start: jax.lax.reduce_window(x, np.float32(v), f, (2,), (1,), [(0, 0)]), grad=False)
    for shape, p, s in [((1, 2, 4, 4), 2, {"kernel": 2}), ((2, 5, 6), 3, {"kernel": 3, "stride": 1}), ((1, 1, 4, 6), 1, {"kernel": [2, 3]})]:
        x = np.abs(rand(shape)) + 0.25
        k = s["kernel"]
        g.torch("lpPool", [x.astype(np.float32), X(p), X(s)], lambda x, p=p, k=k, s=s: F.lp_pool2d(x, p, k, s.get("stride")))
    for shape, size in [((2, 3, 6, 8), [3, 4]), ((1, 2, 7, 5), [3, 2]), ((1, 1, 4, 4), [1, 1]), ((2, 3, 3), [5, 2])]:
        g.torch("adaptiveMaxPool", [distinct(shape), X(size)], lambda x, n=size: F.adaptive_max_pool2d(x, n))
    for shape, s in [((1, 1, 4, 4), {"kernel": 2}), ((2, 2, 7, 7), {"kernel": 3, "stride": 2, "padding": 1}), ((2, 5, 6), {"kernel": [3, 2], "stride": [1, 2]})]:
        x = distinct(shape)
        y, at = F.max_pool2d(torch.tensor(x), s["kernel"], s.get("stride"), s.get("padding", 0), return_indices=True)
        g.add("maxPoolWithIndices", [x, X(s)], [y.numpy(), at.numpy().astype(np.int32)], source="torch")
    for shape, size in [((1, 1, 2, 2), [4, 4]), ((2, 3, 2, 3), [5, 7]), ((2, 2, 2), [3, 3])]:
        count = int(np.prod(shape[-2:]))
        at = np.stack([DISTINCT.permutation(size[0] * size[1])[:count] for _ in range(int(np.prod(shape[:-2])))]).reshape(shape)
        g.torch("maxUnpool", [rand(shape), at.astype(np.int32), X(size)], lambda x, i, n=size: unpooled(x, i.long(), n))


def unpooled(x, at, size):
    """What max_unpool2d gives for this size, whatever window was pooled with."""
    flat = torch.zeros(*x.shape[:-2], size[0] * size[1], dtype=x.dtype)
    return flat.scatter(-1, at.flatten(-2), x.flatten(-2)).reshape(*x.shape[:-2], *size)


def columns(g):
    for shape, s in [((1, 1, 3, 3), {"kernel": 2}), ((2, 3, 5, 6), {"kernel": [3, 2], "stride": [2, 1], "padding": 1}), ((1, 2, 6, 5), {"kernel": 2, "dilation": [2, 1], "padding": [1, 0]}), ((0, 1, 3, 3), {"kernel": 2})]:
        t = {"kernel_size": s["kernel"], "dilation": s.get("dilation", 1), "padding": s.get("padding", 0), "stride": s.get("stride", 1)}
        x = rand(shape)
        g.torch("unfold", [x, X(s)], lambda x, t=t: F.unfold(x, **t))
        y = F.unfold(torch.tensor(x), **t).numpy()
        g.torch("fold", [rand(y.shape), X(list(shape[2:])), X(s)], lambda y, n=shape[2:], t=t: F.fold(y, n, **t))


def signals(g):
    for name, f in (("convolve", jnp.convolve), ("correlate", jnp.correlate)):
        for n, m in [(5, 3), (3, 5), (1, 1), (4, 4), (6, 2)]:
            for mode in ("full", "same", "valid"):
                g.jax(name, [rand((n,)), rand((m,)), X({"mode": mode})], lambda x, y, f=f, m=mode: f(x, y, m))
        g.jax(name, [rand((4,)), rand((2,))], f)
        g.jax(name, [rand((4,), dtype="float64"), rand((2,))], f)


def images(g):
    names = {"nearest": "nearest", "linear": "linear", "cubic": "cubic", "lanczos3": "lanczos3", "lanczos5": "lanczos5"}
    for name, method in names.items():
        for shape, to in [((5,), [9]), ((7, 4), [3, 4]), ((2, 6, 5), [2, 4, 8]), ((3, 3), [3, 3])]:
            for antialias in (True, False):
                g.jax("resizeImage", [rand(shape), X(to), X(name), X({"antialias": antialias})], lambda x, to=to, m=method, a=antialias: jax.image.resize(x, to, m, a))
    for shape, r in [((1, 4, 2, 3), 2), ((9, 1, 2), 3), ((2, 2, 8, 1, 1), 2)]:
        g.torch("pixelShuffle", [rand(shape), X(r)], lambda x, r=r: F.pixel_shuffle(x, r))
    for shape, r in [((1, 1, 4, 6), 2), ((2, 3, 3), 3), ((2, 2, 2, 2, 4), 2)]:
        g.torch("pixelUnshuffle", [rand(shape), X(r)], lambda x, r=r: F.pixel_unshuffle(x, r))


def sampling(g):
    for shape, out in [((1, 1, 3, 3), (2, 2)), ((2, 3, 4, 5), (3, 2)), ((1, 2, 3, 4, 2), (2, 1, 2))]:
        places = rand((shape[0], *out, len(out)), -1.25, 1.25)
        for mode in ("bilinear", "nearest"):
            for padding in ("zeros", "border"):
                for aligned in (False, True):
                    s = {"mode": mode, "padding": padding, "alignCorners": aligned}
                    g.torch("gridSample", [rand(shape), places, X(s)], lambda x, p, m=mode, q=padding, a=aligned: F.grid_sample(x, p, m, q, a))
    for n, size in [(1, (2, 3)), (2, (3, 2)), (1, (2, 1, 3)), (1, (1, 1))]:
        k = len(size)
        for aligned in (False, True):
            g.torch("affineGrid", [rand((n, k, k + 1)), X(list(size)), X({"alignCorners": aligned})], lambda t, n=n, size=size, a=aligned: F.affine_grid(t, [n, 1, *size], a))


def record():
    g = Group("sliding")
    for part in (transposed, general, windows, columns, signals, images, sampling):
        part(g)
    g.write()
