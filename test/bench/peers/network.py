"""Training steps of networks: the same parameters, data and update as ours; the losses of the first steps are compared."""
import json
import os
import subprocess
import sys
import time

from case import Steps, load, Kernel


def inputs(q):
    return {k: load(v) for k, v in q["weights"].items()}, load(q["x"]), load(q["y"])


class Fresh:
    """The case in a process of its own, which answers once."""

    def __init__(self, peer, case, q):
        self.peer, self.question = peer, {**q, "do": "prepare", "name": case}

    def check(self):
        return []

    def figure(self):
        here = os.path.dirname(os.path.abspath(__file__))
        child = subprocess.Popen([sys.executable, os.path.join(here, "main.py"), self.peer], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdin.write((json.dumps(self.question) + "\n").encode())
        child.stdin.flush()
        answer = json.loads(child.stdout.readline())
        # Not of wait4: what the process was before it became this program counts there.
        with open(f"/proc/{child.pid}/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        child.stdin.close()
        child.wait()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return self.of(answer["check"], peak / 1024)


class PeakMemory(Fresh):
    """Megabytes that it had at most, a few steps after its start."""

    def __init__(self, peer, case, q):
        super().__init__(peer, case, {**q, "steps": q["warm"]})

    def of(self, losses, megabytes):
        return megabytes


class FirstStep(Fresh):
    """Seconds that the first step of a process takes more than the ones after it."""

    def of(self, seconds, megabytes):
        return seconds[0] - min(seconds[1:])


class Times:
    """Seconds of each of four steps."""

    def __init__(self, steps):
        self.steps = steps

    def check(self):
        return [self.one() for _ in range(4)]

    def one(self):
        start = time.perf_counter()
        self.steps.whole()
        return time.perf_counter() - start


BLOCKS = [("l1a", 64, 1), ("l1b", 64, 1), ("l2a", 128, 2), ("l2b", 128, 1), ("l3a", 256, 2), ("l3b", 256, 1), ("l4a", 512, 2), ("l4b", 512, 1)]


def torch_cases(compiled):
    import torch
    import torch.nn.functional as F
    from torch import nn

    wrap = torch.compile if compiled else (lambda f: f)

    class Training(Steps):
        def __init__(self, q, net, loss, optimizer, weights, x, y):
            self.steps, self.count = q["steps"], q["count"]
            net.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()}, strict=False)
            self.net, self.loss, self.optimizer = net, wrap(lambda a, b: loss(net(a), b)), optimizer(net.parameters())
            self.x, self.y = torch.from_numpy(x), torch.from_numpy(y).long()

        def step(self):
            self.optimizer.zero_grad()
            loss = self.loss(self.x, self.y)
            loss.backward()
            self.optimizer.step()
            return loss.detach()

    momentum = lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9)

    def named(*layers):
        net = nn.Sequential()
        for i, layer in enumerate(layers):
            name, module = layer if isinstance(layer, tuple) else (f"_{i}", layer)
            net.add_module(name, module)
        return net

    def lenet(q):
        net = named(("conv1", nn.Conv2d(1, 6, 3)), nn.ReLU(), nn.MaxPool2d(2), ("conv2", nn.Conv2d(6, 16, 3)), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                    ("fc1", nn.Linear(576, 120)), nn.ReLU(), ("fc2", nn.Linear(120, 84)), nn.ReLU(), ("fc3", nn.Linear(84, 10)))
        return Training(q, net, F.cross_entropy, momentum, *inputs(q))

    def mlp(q):
        net = named(("fc1", nn.Linear(784, 512)), nn.ReLU(), ("fc2", nn.Linear(512, 512)), nn.ReLU(), ("fc3", nn.Linear(512, 10)))
        return Training(q, net, F.cross_entropy, lambda p: torch.optim.Adam(p, lr=1e-3, fused=not compiled), *inputs(q))

    class Residual(nn.Module):
        def __init__(self, i, o, s):
            super().__init__()
            self.body = named(("conv1", nn.Conv2d(i, o, 3, s, 1, bias=False)), ("bn1", nn.BatchNorm2d(o)), nn.ReLU(), ("conv2", nn.Conv2d(o, o, 3, 1, 1, bias=False)), ("bn2", nn.BatchNorm2d(o)))
            self.shortcut = None if s == 1 else named(("conv", nn.Conv2d(i, o, 1, s)), ("bn", nn.BatchNorm2d(o)))

        def forward(self, x):
            return F.relu(self.body(x) + (x if self.shortcut is None else self.shortcut(x)))

    def resnet():
        layers, i = [("conv", nn.Conv2d(3, 64, 7, 2, 3)), ("bn", nn.BatchNorm2d(64)), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
        for name, o, s in BLOCKS:
            layers.append((name, named(("res", Residual(i, o, s)))))
            i = o
        return named(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), ("fc", nn.Linear(512, 10)))

    def last(net):
        return net.to(memory_format=torch.channels_last)

    def resnet_step(q):
        t = Training(q, last(resnet()), F.cross_entropy, momentum, *inputs(q))
        t.x = t.x.to(memory_format=torch.channels_last)
        return t

    def resnet_infer(q):
        net = last(resnet()).eval()
        net.load_state_dict({k: torch.from_numpy(load(v)) for k, v in q["weights"].items()}, strict=False)
        x = torch.from_numpy(load(q["x"])).to(memory_format=torch.channels_last)
        g = wrap(net)

        def run():
            with torch.inference_mode():
                return g(x)
        return Kernel(q["count"], run, lambda out: None, lambda out: [out.numpy()])

    class Block(nn.Module):
        def __init__(self, d, heads):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
            self.qkv, self.proj, self.fc, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d), nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

        def forward(self, x):
            b, t, d = x.shape
            q, k, v = self.qkv(self.norm1(x)).reshape(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d)
            x = x + self.proj(a)
            return x + self.out(F.gelu(self.fc(self.norm2(x))))

    class Transformer(nn.Module):
        def __init__(self, vocabulary=1000, d=256, t=128, layers=4, heads=4):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, d), nn.Embedding(t, d)
            self.blocks = nn.ModuleDict({f"b{i}": Block(d, heads) for i in range(layers)})
            self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary)

        def forward(self, ids):
            x = self.tokens(ids) + self.positions.weight
            for block in self.blocks.values():
                x = block(x)
            return self.head(self.norm(x))

    def transformer(q):
        loss = lambda logits, y: F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))
        t = Training(q, Transformer(), loss, lambda p: torch.optim.AdamW(p, lr=1e-3, fused=not compiled), *inputs(q))
        t.x = t.x.long()
        return t

    found = {
        "lenet_step_b4": lenet, "lenet_step_b64": lenet, "mlp_adam_step_b128": mlp, "transformer_step_4x256_t128_b8": transformer,
    }
    if not compiled:  # a convolution network takes minutes to compile and calls the same kernels
        found.update({
            "resnet18_step_b8_224": resnet_step, "resnet18_infer_b1_224": resnet_infer,
            "first_steps": lambda q: Times(resnet_step({**q, "steps": 0})),
            "first_step_resnet18": lambda q: FirstStep("torch", "first_steps", q),
            "peak_rss_resnet18_step": lambda q: PeakMemory("torch", "resnet18_step_b8_224", q),
            "peak_rss_transformer_step": lambda q: PeakMemory("torch", "transformer_step_4x256_t128_b8", q),
        })
    return found


def jax_cases():
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax import lax

    def cross_entropy(logits, y):
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), y[..., None], axis=-1))

    def sgd(p, b, g):
        b = jax.tree.map(lambda m, d: 0.9 * m + d, b, g)
        return jax.tree.map(lambda w, m: w - 0.01 * m, p, b), b

    def adam(decay):
        def update(p, s, g):
            t, m, v = s
            t = t + 1
            m = jax.tree.map(lambda a, d: 0.9 * a + 0.1 * d, m, g)
            v = jax.tree.map(lambda a, d: 0.999 * a + 0.001 * d * d, v, g)
            c1, c2 = 1 - 0.9 ** t, 1 - 0.999 ** t
            return jax.tree.map(lambda w, a, b: w - 1e-3 * (a / c1 / (jnp.sqrt(b / c2) + 1e-8) + decay * w), p, m, v), (t, m, v)
        return update

    moments = lambda p: (jnp.float32(0), jax.tree.map(jnp.zeros_like, p), jax.tree.map(jnp.zeros_like, p))

    class Training(Steps):
        """`f(params, state, x, y)` gives the next of both and the loss; parameters are given away each step."""

        def __init__(self, q, loss, start, update, prepare=lambda p, x: (p, x)):
            weights, x, y = inputs(q)
            self.steps, self.count = q["steps"], q["count"]
            p, x = prepare(jax.tree.map(jnp.asarray, weights), jnp.asarray(x))
            self.p, self.s, self.x, self.y = p, start(p), x, jnp.asarray(y)

            def step(p, s, x, y):
                value, g = jax.value_and_grad(loss)(p, x, y)
                p, s = update(p, s, g)
                return p, s, value
            self.f = jax.jit(step, donate_argnums=(0, 1))

        def step(self):
            self.p, self.s, value = self.f(self.p, self.s, self.x, self.y)
            return value

        def wait(self):
            jax.block_until_ready((self.p, self.s))

    zeros = lambda p: jax.tree.map(jnp.zeros_like, p)

    def lenet(p, x):
        for layer in ("conv1", "conv2"):
            x = lax.conv_general_dilated(x, p[layer + ".weight"], (1, 1), "VALID") + p[layer + ".bias"][:, None, None]
            x = lax.reduce_window(jax.nn.relu(x), -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        return mlp(p, x.reshape(x.shape[0], -1))

    def mlp(p, x):
        for layer in ("fc1", "fc2"):
            x = jax.nn.relu(x @ p[layer + ".weight"].T + p[layer + ".bias"])
        return x @ p["fc3.weight"].T + p["fc3.bias"]

    def classify(net):
        return lambda p, x, y: cross_entropy(net(p, x), y)

    def conv(x, w, s, pad):
        return lax.conv_general_dilated(x, w, (s, s), ((pad, pad), (pad, pad)), dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def norm(p, name, x):
        mean = x.mean((0, 1, 2))
        var = jnp.square(x - mean).mean((0, 1, 2))
        return (x - mean) * (lax.rsqrt(var + 1e-5) * p[name + ".weight"]) + p[name + ".bias"]

    def resnet(p, x):
        x = jax.nn.relu(norm(p, "bn", conv(x, p["conv.weight"], 2, 3) + p["conv.bias"]))
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), ((0, 0), (1, 1), (1, 1), (0, 0)))
        for name, _, s in BLOCKS:
            b, c = name + ".res.body.", name + ".res.shortcut."
            y = jax.nn.relu(norm(p, b + "bn1", conv(x, p[b + "conv1.weight"], s, 1)))
            y = norm(p, b + "bn2", conv(y, p[b + "conv2.weight"], 1, 1))
            x = jax.nn.relu(y + (x if s == 1 else norm(p, c + "bn", conv(x, p[c + "conv.weight"], s, 0) + p[c + "conv.bias"])))
        return x.mean((1, 2)) @ p["fc.weight"].T + p["fc.bias"]

    def last(p, x):
        return {k: v.transpose(2, 3, 1, 0) if v.ndim == 4 else v for k, v in p.items()}, x.transpose(0, 2, 3, 1)

    def layer_norm(p, name, x):
        mean = x.mean(-1, keepdims=True)
        var = jnp.square(x - mean).mean(-1, keepdims=True)
        return (x - mean) * lax.rsqrt(var + 1e-5) * p[name + ".weight"] + p[name + ".bias"]

    def linear(p, name, x):
        return x @ p[name + ".weight"].T + p[name + ".bias"]

    def transformer(p, ids):
        x = p["tokens.weight"][ids] + p["positions.weight"]
        b, t, d = x.shape
        for i in range(4):
            n = f"blocks.b{i}."
            q, k, v = jnp.moveaxis(linear(p, n + "qkv", layer_norm(p, n + "norm1", x)).reshape(b, t, 3, 4, d // 4), 2, 0)
            a = jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(b, t, d)
            x = x + linear(p, n + "proj", a)
            x = x + linear(p, n + "out", jax.nn.gelu(linear(p, n + "fc", layer_norm(p, n + "norm2", x)), approximate=False))
        return linear(p, "head", layer_norm(p, "norm", x))

    class FirstCall:
        """Seconds from a function to its compiled form, with nothing cached."""

        def __init__(self, q):
            self.q = q

        def check(self):
            return []

        def figure(self):
            jax.clear_caches()
            t = resnet_step({**self.q, "steps": 1, "count": 1})
            start = time.perf_counter()
            t.f.lower(t.p, t.s, t.x, t.y).compile()
            return time.perf_counter() - start

    step = lambda net: lambda q: Training(q, classify(net), zeros, sgd)
    resnet_step = lambda q: Training(q, classify(resnet), zeros, sgd, last)
    return {
        "lenet_step_b4": step(lenet), "lenet_step_b64": step(lenet),
        "mlp_adam_step_b128": lambda q: Training(q, classify(mlp), moments, adam(0)),
        "resnet18_step_b8_224": resnet_step, "first_call_resnet18_step": FirstCall,
        "transformer_step_4x256_t128_b8": lambda q: Training(q, classify(transformer), moments, adam(0.01)),
        "first_steps": lambda q: Times(resnet_step({**q, "steps": 0})),
        "first_step_resnet18": lambda q: FirstStep("jax", "first_steps", q),
        "peak_rss_resnet18_step": lambda q: PeakMemory("jax", "resnet18_step_b8_224", q),
        "peak_rss_transformer_step": lambda q: PeakMemory("jax", "transformer_step_4x256_t128_b8", q),
    }


def cases(peer):
    return {"torch": lambda: torch_cases(False), "torchCompile": lambda: torch_cases(True), "jax": jax_cases, "numpy": dict}[peer]()
