"""What JAX has and gives: names.json lists every public name of its modules, values.json what the lines of ours.json give.

Run it outside the repository's own tools, in the environment of test/golden/record.py:
    /tmp/venv/bin/python test/check/jax/list.py
A name is what `dir` of the module shows without an underscore in front. A module of the list has its names listed and is
no name itself; a submodule that is not listed is one, of kind `module`. The line is how JAX calls it, by its signature. In
values.json an array is [shape, values]; what has no shape is its number alone.
"""
import importlib
import inspect
import json
import math
import os
import types

os.environ.setdefault("JAX_PLATFORMS", "cpu")
import jax
import jax.extend
import jax.numpy as jnp
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = ["jax", "jax.numpy", "jax.numpy.linalg", "jax.numpy.fft", "jax.lax", "jax.nn", "jax.nn.initializers", "jax.random",
           "jax.scipy.special", "jax.scipy.linalg", "jax.scipy.stats"]
SHORT = {"jax.numpy": "jnp", "jax.numpy.linalg": "jnp.linalg", "jax.numpy.fft": "jnp.fft"}


def below(module):
    """The distributions are modules of their own: stats.norm, stats.gamma, …"""
    return [f"{module}.{n}" for n in public(module) if isinstance(getattr(importlib.import_module(module), n), types.ModuleType)]


def public(module):
    return [n for n in dir(importlib.import_module(module)) if not n.startswith("_")]


def kind(value):
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, jax.extend.core.Primitive):
        return "primitive"
    if type(value).__module__ == "jax._src.config":
        return "flag"
    if isinstance(value, type) and not isinstance(value, jax.custom_jvp | jax.custom_vjp):
        return "class"
    return "function" if callable(value) else "value"


def line(module, name, value):
    head = f"{SHORT.get(module, module)}.{name}"
    try:
        given = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return head
    shown = [("*" if p.kind is p.VAR_POSITIONAL else "") + p.name for p in given if p.kind is not p.VAR_KEYWORD and p.default is p.empty]
    return f"{head}({', '.join(shown)})" if callable(value) else head


def names():
    modules = MODULES + below("jax.scipy.stats")
    for module in modules:
        for name in public(module):
            value = getattr(importlib.import_module(module), name)
            if isinstance(value, types.ModuleType) and value.__name__ in modules:
                continue
            k = kind(value)
            yield {"module": module, "name": name, "kind": k, **({"line": line(module, name, value)} if k == "function" else {})}


def plain(v):
    if isinstance(v, (bool, np.bool_, str)):
        return int(v) if not isinstance(v, str) else v
    if isinstance(v, (tuple, list)):
        return [plain(w) for w in v]
    if hasattr(v, "shape") and v.shape != ():
        return {"shape": list(v.shape), "values": [plain(w) for w in np.asarray(v).ravel()]}
    n = complex(v)
    if n.imag != 0:
        return {"re": n.real, "im": n.imag}
    if math.isnan(n.real) or math.isinf(n.real):
        return "NaN" if math.isnan(n.real) else "Infinity" if n.real > 0 else "-Infinity"
    return int(n.real) if n.real == int(n.real) else n.real


def lines():
    with open(os.path.join(HERE, "ours.json")) as f:
        ours = json.load(f)
    scope = {"jax": jax, "jnp": jnp, "np": np}
    for name, (jaxs, _) in ours["given"].items():
        scope[name] = eval(jaxs, scope)
    for module, entries in ours["names"].items():
        for name, entry in entries.items():
            if "jax" in entry:
                yield f"{module}.{name}", plain(eval(entry["jax"], scope))


def write(name, text):
    with open(os.path.join(HERE, name), "w") as f:
        f.write(text)


def main():
    found = list(names())
    rows = ",\n".join(json.dumps(e, separators=(",", ":")) for e in found)
    write("names.json", f'{{"jax":{json.dumps(jax.__version__)},"names":[\n{rows}\n]}}\n')
    given = dict(lines())
    rows = ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in given.items())
    write("values.json", f"{{\n{rows}\n}}\n")
    print(f"{len(found)} names, {len(given)} lines, JAX {jax.__version__}")


if __name__ == "__main__":
    main()
