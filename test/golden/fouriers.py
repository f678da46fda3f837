"""Fourier transforms: NumPy's values at double precision, JAX's gradients; JAX alone for what NumPy has not."""
import jax
import jax.numpy as jnp
import jax.scipy.fft
import jax.scipy.signal
import numpy as np
from complexes import z
from record import Group, X, rand

TAKES = {"fft": True, "ifft": True, "irfft": True, "hfft": True, "rfft": False, "ihfft": False}
MANY = {"fft2": True, "ifft2": True, "fftn": True, "ifftn": True, "irfft2": True, "irfftn": True, "rfft2": False, "rfftn": False}


def one(g):
    for name, complex_ in TAKES.items():
        f = getattr(jnp.fft, name)
        make = z if complex_ else rand
        for shape, s, k in [
            ((8,), {}, {}), ((7,), {}, {}), ((2, 6), {"norm": "ortho"}, {"norm": "ortho"}), ((5, 3), {"axis": 0}, {"axis": 0}), ((2, 9, 2), {"axis": 1, "norm": "forward"}, {"axis": 1, "norm": "forward"}),
            ((6,), {"n": 9}, {"n": 9}), ((6,), {"n": 5}, {"n": 5}), ((6,), {"n": 4}, {"n": 4}), ((3, 5), {"n": 1}, {"n": 1}), ((17,), {}, {}), ((0, 4), {}, {}), ((12, 2), {"axis": -2, "n": 10}, {"axis": -2, "n": 10}),
        ]:
            g.jax(f"fft.{name}", [make(shape), X(s)], lambda x, f=f, k=k: f(x, **k))
        g.jax(f"fft.{name}", [z((5,), dtype="complex128") if complex_ else rand((5,), dtype="float64")], f)
        if complex_:
            g.jax(f"fft.{name}", [rand((6,))], f)
    g.jax("fft.fft", [rand((4,), -5, 5, "int32")], lambda x: jnp.fft.fft(x.astype(np.float32)))


def many(g):
    for name, complex_ in MANY.items():
        f = getattr(jnp.fft, name)
        make = z if complex_ else rand
        size = "s"
        for shape, s in [((4, 6), {}), ((2, 5, 3), {}), ((3, 4), {"norm": "ortho"}), ((4, 5), {"n": [3, 6]}), ((3, 2, 4), {"axes": [0, 2]}), ((3, 4, 2), {"axes": [2, 0], "n": [4, 2]}), ((0, 3, 4), {"axes": [1, 2]})]:
            if name.endswith("n") and s.get("n") is not None and "axes" not in s:
                k = {size: tuple(s["n"]), "axes": (-2, -1)}
            else:
                k = {}
                if "n" in s:
                    k[size] = tuple(s["n"])
                if "axes" in s:
                    k["axes"] = tuple(s["axes"])
            if "norm" in s:
                k["norm"] = s["norm"]
            g.jax(f"fft.{name}", [make(shape), X(s)], lambda x, f=f, k=k: f(x, **k))


def frequencies(g):
    for n in (1, 2, 5, 8):
        g.add("fft.fftfreq", [X(n)], [np.fft.fftfreq(n).astype(np.float32)], source="numpy")
        g.add("fft.rfftfreq", [X(n), X({"spacing": 0.25})], [np.fft.rfftfreq(n, 0.25).astype(np.float32)], source="numpy")
    for shape, s in [((5,), {}), ((4,), {}), ((3, 4), {}), ((3, 4), {"axes": [1]}), ((2, 0), {}), ((2, 5, 3), {"axes": [0, 2]})]:
        k = {"axes": tuple(s["axes"])} if "axes" in s else {}
        g.jax("fft.fftshift", [rand(shape), X(s)], lambda x, k=k: jnp.fft.fftshift(x, **k))
        g.jax("fft.ifftshift", [rand(shape), X(s)], lambda x, k=k: jnp.fft.ifftshift(x, **k))
    g.jax("fft.fftshift", [z((5,))], jnp.fft.fftshift)


def cosines(g):
    for name, f in (("dct", jax.scipy.fft.dct), ("idct", jax.scipy.fft.idct)):
        for shape, s in [((1,), {}), ((8,), {}), ((7,), {"norm": "ortho"}), ((3, 4), {"axis": 0}), ((6,), {"n": 4}), ((3,), {"n": 5})]:
            g.jax(f"fft.{name}", [rand(shape), X(s)], lambda x, f=f, s=s: f(x, n=s.get("n"), axis=s.get("axis", -1), norm=s.get("norm")))
    for a, c in [((5,), (3,)), ((3,), (5,)), ((4, 5), (2, 3)), ((1,), (1,))]:
        for mode in ("full", "same", "valid"):
            g.jax("fft.fftConvolve", [rand(a), rand(c), X({"mode": mode})], lambda x, y, m=mode: jax.scipy.signal.fftconvolve(x, y, m))
    g.jax("fft.fftConvolve", [z((4,)), rand((3,))], lambda x, y: jax.scipy.signal.fftconvolve(x, y))


def record():
    g = Group("fourier")
    for part in (one, many, frequencies, cosines):
        part(g)
    g.write()
