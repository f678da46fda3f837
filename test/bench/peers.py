"""The peers of the benchmark: `python peers.py torch|jax|numpy` answers questions, one line of JSON each.

{"do": "version"}                            -> {"version": "..."}
{"do": "prepare", "name": ..., settings}     -> {"check": [numbers that our side holds against its own]}
{"do": "measure", "name": ...}               -> {"seconds": seconds for one unit of work, of one round}
Every case is a class with `check` and `round`; a case that a peer has not is an error that names it.
"""
import base64
import json
import sys
import time

import numpy as np


def array(text, dtype, shape):
    return np.frombuffer(base64.b64decode(text), dtype=dtype).reshape(shape).copy()


LENET = {"conv1": (6, 1, 3, 3), "conv2": (16, 6, 3, 3), "fc1": (120, 576), "fc2": (84, 120), "fc3": (10, 84)}


def lenet_inputs(q):
    n = q["batch"]
    weights = {}
    for layer, shape in LENET.items():
        weights[layer + ".weight"] = array(q["weights"][layer + ".weight"], np.float32, shape)
        weights[layer + ".bias"] = array(q["weights"][layer + ".bias"], np.float32, shape[:1])
    return weights, array(q["images"], np.float32, (n, 1, 32, 32)), array(q["labels"], np.int32, (n,))


class Steps:
    """A state that goes through steps; `step` gives the loss before it, `wait` ends when all of it is computed."""

    def check(self):
        return [float(self.step()) for _ in range(self.steps)]

    def round(self):
        """Seconds a step, of `count` steps or of what can be done in a second: threads that spin crawl on a busy machine."""
        start, done = time.perf_counter(), 0
        while done < self.count and time.perf_counter() - start < 1:
            self.step()
            done += 1
        self.wait()
        return (time.perf_counter() - start) / done

    def wait(self):
        pass


def torch_cases():
    import torch
    from torch import nn

    class Lenet(Steps):
        def __init__(self, q):
            weights, x, y = lenet_inputs(q)
            self.steps, self.count = q["steps"], q["count"]
            self.net = nn.Sequential()
            for name, layer in [
                ("conv1", nn.Conv2d(1, 6, 3)), ("r1", nn.ReLU()), ("p1", nn.MaxPool2d(2)),
                ("conv2", nn.Conv2d(6, 16, 3)), ("r2", nn.ReLU()), ("p2", nn.MaxPool2d(2)), ("flatten", nn.Flatten()),
                ("fc1", nn.Linear(576, 120)), ("r3", nn.ReLU()), ("fc2", nn.Linear(120, 84)), ("r4", nn.ReLU()),
                ("fc3", nn.Linear(84, 10)),
            ]:
                self.net.add_module(name, layer)
            self.net.load_state_dict({k: torch.from_numpy(v) for k, v in weights.items()})
            self.x, self.y = torch.from_numpy(x), torch.from_numpy(y).long()
            self.loss = nn.CrossEntropyLoss()
            self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9)

        def step(self):
            self.optimizer.zero_grad()
            loss = self.loss(self.net(self.x), self.y)
            loss.backward()
            self.optimizer.step()
            return loss.detach()

    return torch.__version__, {"lenet_step_b4": Lenet, "lenet_step_b64": Lenet}


def jax_cases():
    import jax
    import jax.numpy as jnp
    from jax import lax

    def apply(p, x):
        for layer in ("conv1", "conv2"):
            x = lax.conv_general_dilated(x, p[layer + ".weight"], (1, 1), "VALID") + p[layer + ".bias"][:, None, None]
            x = lax.reduce_window(jax.nn.relu(x), -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        x = x.reshape(x.shape[0], -1)
        for layer in ("fc1", "fc2"):
            x = jax.nn.relu(x @ p[layer + ".weight"].T + p[layer + ".bias"])
        return x @ p["fc3.weight"].T + p["fc3.bias"]

    def loss(p, x, y):
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(apply(p, x)), y[:, None], axis=1))

    def step(p, b, x, y):
        value, g = jax.value_and_grad(loss)(p, x, y)
        b = jax.tree.map(lambda m, d: 0.9 * m + d, b, g)
        return jax.tree.map(lambda w, m: w - 0.01 * m, p, b), b, value

    class Lenet(Steps):
        def __init__(self, q):
            weights, x, y = lenet_inputs(q)
            self.steps, self.count = q["steps"], q["count"]
            self.p = jax.tree.map(jnp.asarray, weights)
            self.b = jax.tree.map(jnp.zeros_like, self.p)
            self.x, self.y = jnp.asarray(x), jnp.asarray(y)
            self.f = jax.jit(step, donate_argnums=(0, 1))

        def step(self):
            self.p, self.b, value = self.f(self.p, self.b, self.x, self.y)
            return value

        def wait(self):
            jax.block_until_ready((self.p, self.b))

    return jax.__version__, {"lenet_step_b4": Lenet, "lenet_step_b64": Lenet}


def numpy_cases():
    return np.__version__, {}


def main():
    version, cases = {"torch": torch_cases, "jax": jax_cases, "numpy": numpy_cases}[sys.argv[1]]()
    ready = {}

    def answer(q):
        if q["do"] == "version":
            return {"version": version}
        if q["do"] == "prepare":
            if q["name"] not in cases:
                return {"error": f"{sys.argv[1]} has no case {q['name']}"}
            ready[q["name"]] = cases[q["name"]](q)
            return {"check": ready[q["name"]].check()}
        return {"seconds": ready[q["name"]].round()}

    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as e:  # said to the other side, which stops with it
            reply = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(reply), flush=True)


main()
