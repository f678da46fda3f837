"""Single operations: each peer's idiom for the same result, on the same inputs."""
from case import Kernel, load


def eigen(out):
    """Eigenvalues, and the lengths of the eigenvectors."""
    w, v = out
    return w, (v * v).sum(0)


def singular(out):
    u, s, vt = out
    return s, (u * u).sum(0), (vt * vt).sum(0)


def summarized(make, turn, unwrap=False):
    """The same case, of its numbers what can be compared; numpy's own numbers are a list of one tuple."""
    def made(q):
        k = make(q)
        numbers = k.numbers
        k.numbers = lambda out: list(turn(numbers(out)[0] if unwrap else numbers(out)))
        return k
    return made


def torch_cases(compiled):
    import torch
    import torch.nn.functional as F

    wrap = torch.compile if compiled else (lambda f: f)

    def case(f, prepare=lambda a: a, grad=False):
        g = f if grad else wrap(f)

        def make(q):
            inputs = prepare({k: torch.from_numpy(load(v)) for k, v in q["inputs"].items()})

            def run():
                if grad:
                    return g(**inputs)
                with torch.no_grad():
                    return g(**inputs)
            plain = lambda t: t.float() if t.dtype in (torch.float16, torch.bfloat16) else t
            tensors = lambda out: [plain(t.detach().contiguous()).numpy() for t in (out if isinstance(out, tuple) else (out,))]
            return Kernel(q["count"], run, lambda out: None, tensors)
        return make

    norm = wrap(lambda x, w, b: F.layer_norm(x, (1024,), w, b))

    def layernorm_grad(x, w, b, ct):
        for t in (x, w, b):
            t.grad = None
        norm(x, w, b).backward(ct)
        return x.grad, w.grad, b.grad

    def differentiable(a):
        return {k: v if k == "ct" else v.requires_grad_() for k, v in a.items()}

    last = lambda a: {k: v.to(memory_format=torch.channels_last) for k, v in a.items()}
    conv_grad = lambda ct, x, w, mask, groups=1: torch.ops.aten.convolution_backward(ct, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], groups, mask)

    def adam(q):
        p, g = (torch.from_numpy(load(q["inputs"][k])) for k in "pg")
        p.grad = g
        optimizer = torch.optim.Adam([p], lr=1e-3, fused=not compiled)
        optimizer.step()
        state = optimizer.state[p]
        p.copy_(torch.from_numpy(load(q["inputs"]["p"])))
        for t in state.values():
            t.zero_()
        step = wrap(optimizer.step)

        def run():
            with torch.no_grad():
                step()
            return p, state["exp_avg"], state["exp_avg_sq"]
        return Kernel(q["count"], run, lambda out: None, lambda out: [t.numpy() for t in out])

    plain = {
        "add_4M": case(lambda x, y: x + y),
        "sum_10M": case(lambda x: x.sum()),
        "cumsum_10M": case(lambda x: x.cumsum(0)),
        "sort_1M": case(lambda x: x.sort()[0]),
        "argsort_1M": case(lambda x: x.argsort(stable=True)),
        "fft_1M": case(lambda x: torch.view_as_real(torch.fft.fft(torch.view_as_complex(x)))),
        "gelu_softmax_10M": case(lambda x, w, b: F.softmax(F.gelu(x * w + b), -1)),
        "layernorm_10M": case(lambda x, w, b: F.layer_norm(x, (1024,), w, b)),
        "layernorm_grad_10M": case(layernorm_grad, differentiable, grad=True),
        "adam_10M": adam,
        "small_add": case(lambda x: x + 1),
        "conv3x3_fwd": case(lambda x, w: F.conv2d(x, w, padding=1), last),
        "conv3x3_dgrad": case(lambda x, w, ct: conv_grad(ct, x, w, [True, False, False])[0], last),
        "conv3x3_wgrad": case(lambda x, w, ct: conv_grad(ct, x, w, [False, True, False])[1], last),
        "conv_depthwise_fwd": case(lambda x, w: F.conv2d(x, w, padding=1, groups=64), last),
        "conv_depthwise_dgrad": case(lambda x, w, ct: conv_grad(ct, x, w, [True, False, False], 64)[0], last),
        "conv_depthwise_wgrad": case(lambda x, w, ct: conv_grad(ct, x, w, [False, True, False], 64)[1], last),
        "jit_20_tiny_ops": case(twenty(torch.sin)),
    }
    for kind in ("", "_f64", "_f16", "_bf16"):
        to = {"": torch.float32, "_f64": torch.float64, "_f16": torch.float16, "_bf16": torch.bfloat16}[kind]
        cast = lambda a, to=to: {k: v.to(to) for k, v in a.items()}
        for n in (64, 256, 1024, 2048):
            plain[f"matmul_{n}{kind}"] = case(lambda x, y: x @ y, cast)
        if kind:
            plain[f"layernorm_10M{kind}"] = case(lambda x, w, b: F.layer_norm(x, (1024,), w, b), cast)
            plain[f"mlp_infer_b128{kind}"] = case(lambda x, v, w, b: torch.sin(x @ v + b) @ w + b, cast)
    for name in ("exp", "exp2", "expm1", "log1p", "log2", "log10", "sin", "tan", "sinh", "tanh", "atan", "asin"):
        plain[f"math_{name}_4M"] = case(lambda x, f=getattr(torch, name): f(x))
    plain |= {"math_softplus_4M": case(lambda x: F.softplus(x)), "math_elu_4M": case(lambda x: F.elu(x - 0.5)), "math_power_4M": case(lambda x: x ** 1.7)}
    plain["cholesky_1000"] = case(lambda x: torch.linalg.cholesky(x))
    plain["solve_1000"] = case(lambda x, y: torch.linalg.solve(x, y))
    plain["qr_1000"] = case(lambda x: tuple(torch.linalg.qr(x)))
    for name, f, turn in (("eigh_1000", torch.linalg.eigh, eigen), ("svd_1000", torch.linalg.svd, singular)):
        plain[name] = summarized(case(lambda x, f=f: tuple(f(x))), turn)
    # Compiling what is one library call gives the same call.
    worth = {"gelu_softmax_10M", "layernorm_10M", "layernorm_grad_10M", "adam_10M", "jit_20_tiny_ops"}
    return {k: v for k, v in plain.items() if not compiled or k in worth}


def twenty(sin):
    def f(x):
        y = x
        for _ in range(5):
            y = (sin(y) + 0.5) * 0.75 - x
        return y
    return f


def jax_cases():
    import jax
    import jax.numpy as jnp
    from jax import lax
    import numpy as np

    def case(f, donate=(), prepare=lambda a: a):
        def make(q):
            inputs = prepare({k: jnp.asarray(load(v)) for k, v in q["inputs"].items()})
            g = jax.jit(f)
            return Kernel(q["count"], lambda: g(**inputs), jax.block_until_ready, lambda out: [np.asarray(t, dtype=np.float32) for t in jax.tree.leaves(out)])
        return make

    def layernorm(x, w, b):
        mean = x.mean(-1, keepdims=True)
        centred = x - mean
        return centred * lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * w + b

    def layernorm_grad(x, w, b, ct):
        return jax.vjp(layernorm, x, w, b)[1](ct)

    def update(state, g, t):
        p, m, v = state
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        return p - 1e-3 * (m / (1 - 0.9 ** t)) / (jnp.sqrt(v / (1 - 0.999 ** t)) + 1e-8), m, v

    def adam(q):
        a = {k: jnp.asarray(load(v)) for k, v in q["inputs"].items()}
        f = jax.jit(update, donate_argnums=0)
        box = {"state": (a["p"], jnp.zeros_like(a["p"]), jnp.zeros_like(a["p"])), "t": 0}

        def run():
            box["t"] += 1
            box["state"] = f(box["state"], a["g"], float(box["t"]))
            return box["state"]
        return Kernel(q["count"], run, jax.block_until_ready, lambda out: [np.asarray(t) for t in out])

    last = lambda a: {"x": a["x"].transpose(0, 2, 3, 1), "w": a["w"].transpose(2, 3, 1, 0), **({"ct": a["ct"].transpose(0, 2, 3, 1)} if "ct" in a else {})}
    conv = lambda x, w: lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    images = lambda y: y.transpose(0, 3, 1, 2)
    found = {
        "add_4M": case(lambda x, y: x + y),
        "sum_10M": case(lambda x: x.sum()),
        "cumsum_10M": case(lambda x: jnp.cumsum(x)),
        "sort_1M": case(lambda x: jnp.sort(x)),
        "argsort_1M": case(lambda x: jnp.argsort(x)),
        "gelu_softmax_10M": case(lambda x, w, b: jax.nn.softmax(jax.nn.gelu(x * w + b, approximate=False), -1)),
        "layernorm_10M": case(layernorm),
        "layernorm_grad_10M": case(layernorm_grad),
        "adam_10M": adam,
        "small_add": case(lambda x: x + 1),
        "jit_20_tiny_ops": case(twenty(jnp.sin)),
    }

    for name in ("exp", "exp2", "expm1", "log1p", "log2", "log10", "sin", "tan", "sinh", "tanh", "arctan", "arcsin"):
        found[f"math_{name.replace('arc', 'a')}_4M"] = case(lambda x, f=getattr(jnp, name): f(x))
    found |= {"math_softplus_4M": case(lambda x: jax.nn.softplus(x)), "math_elu_4M": case(lambda x: jax.nn.elu(x - 0.5)), "math_power_4M": case(lambda x: x ** 1.7)}

    def nhwc(f, back):
        def make(q):
            k = case(f, prepare=last)(q)
            numbers = k.numbers
            k.numbers = lambda out: [np.asarray(back(jnp.asarray(numbers(out)[0])))]
            return k
        return make
    found["conv3x3_fwd"] = nhwc(conv, images)
    found["conv3x3_dgrad"] = nhwc(lambda x, w, ct: jax.linear_transpose(lambda x: conv(x, w), x)(ct)[0], images)
    found["conv3x3_wgrad"] = nhwc(lambda x, w, ct: jax.linear_transpose(lambda w: conv(x, w), w)(ct)[0], lambda w: w.transpose(3, 2, 0, 1))
    for kind, to in (("", jnp.float32), ("_f16", jnp.float16), ("_bf16", jnp.bfloat16)):
        for n in (64, 256, 1024, 2048):
            found[f"matmul_{n}{kind}"] = case(lambda x, y: x @ y, prepare=lambda a, to=to: {k: v.astype(to) for k, v in a.items()})
    return found


def numpy_cases():
    import numpy as np

    def case(f, to=None):
        def make(q):
            inputs = {k: load(v) if to is None else load(v).astype(to) for k, v in q["inputs"].items()}
            return Kernel(q["count"], lambda: f(**inputs), lambda out: None, lambda out: [out])
        return make

    found = {
        "add_4M": case(lambda x, y: x + y),
        "sum_10M": case(lambda x: x.sum()),
        "cumsum_10M": case(lambda x: x.cumsum()),
        "sort_1M": case(lambda x: np.sort(x)),
        "argsort_1M": case(lambda x: np.argsort(x, kind="stable")),
        "fft_1M": case(lambda x: np.fft.fft(x.view(np.complex64)[..., 0]).view(np.float32)),
        "small_add": case(lambda x: x + np.float32(1)),
    }
    found["cholesky_1000"] = case(lambda x: np.linalg.cholesky(x))
    found["solve_1000"] = case(lambda x, y: np.linalg.solve(x, y))
    for name, f, turn in (("qr_1000", np.linalg.qr, tuple), ("eigh_1000", np.linalg.eigh, eigen), ("svd_1000", np.linalg.svd, singular)):
        found[name] = summarized(case(lambda x, f=f: f(x)), turn, unwrap=True)
    for n in (64, 256, 1024, 2048):
        found[f"matmul_{n}"] = case(lambda x, y: x @ y)
        found[f"matmul_{n}_f64"] = case(lambda x, y: x @ y, np.float64)
    return found


def cases(peer):
    return {"torch": lambda: torch_cases(False), "torchCompile": lambda: torch_cases(True), "jax": jax_cases, "numpy": numpy_cases}[peer]()
