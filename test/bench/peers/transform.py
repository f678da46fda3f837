"""What transforms cost in JAX: a hessian, and Hamiltonian Monte Carlo."""
from case import Kernel, load


def jax_cases():
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax import lax, random

    def hessian(q):
        w, x, y = (jnp.asarray(load(q[k])) for k in ("w", "x", "y"))

        def loss(w):
            hidden = jnp.tanh(x @ w[:81].reshape(9, 9) + w[81:90])
            return jnp.mean((hidden @ w[90:99] + w[99] - y) ** 2)

        f = jax.jit(jax.hessian(loss))
        case = Kernel(20, lambda: f(w), jax.block_until_ready, lambda out: [out])
        case.check = lambda: np.asarray(f(w)).reshape(-1).tolist()
        return case

    def hmc(q):
        """The same sampler as ours (test/bench/hmc.ts), with JAX's own random numbers."""
        mean = jnp.asarray([1.0, -2.0])
        precision = jnp.linalg.inv(jnp.asarray([[1.0, 0.6], [0.6, 2.0]]))
        n, size = q["chains"], 0.2

        def potential(x):
            return (x - mean) @ precision @ (x - mean) / 2

        def energy(x, p):
            return potential(x) + p @ p / 2

        def step(x, noise, u):
            def leap(_, c):
                at, p = c
                half = p - size / 2 * jax.grad(potential)(at)
                next = at + size * half
                return next, half - size / 2 * jax.grad(potential)(next)
            at, p = lax.fori_loop(0, 8, leap, (x, noise))
            return jnp.where(jnp.log(u) < jnp.minimum(energy(x, noise) - energy(at, p), 0), at, x)

        def walk(xs, key):
            a, b = random.split(random.wrap_key_data(key))
            next = jax.vmap(step)(xs, random.normal(a, (n, 2)), random.uniform(b, (n,)))
            return next, next

        f = jax.jit(lambda starts, keys: lax.scan(walk, starts, keys)[1])
        starts, keys = jnp.zeros((n, 2)), jnp.asarray(load(q["keys"]).view(np.uint32))
        case = Kernel(5, lambda: f(starts, keys), jax.block_until_ready, lambda out: [out])
        case.check = lambda: np.asarray(f(starts, keys))[20:].reshape(-1, 2).mean(0).tolist()
        return case

    return {"hessian_tanh_9_9_1_1k": hessian, "hmc_1000_chains": hmc}


def cases(peer):
    return jax_cases() if peer == "jax" else {}
