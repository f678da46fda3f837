"""What the cases of all Python peers share: arrays from files, samples of results, rounds."""
import time

import numpy as np


def load(stored):
    """An array that our side has put into a file."""
    return np.fromfile(stored["file"], dtype=stored["dtype"]).reshape(stored["shape"])


def samples(arrays):
    """Up to 32 evenly spaced elements of each array, then its mean size: what our side compares."""
    found = []
    for a in arrays:
        flat = np.asarray(a).reshape(-1).astype(np.float64)
        step = max(1, flat.size // 32)
        found += [*flat[::step][:32].tolist(), float(np.abs(flat).mean())]
    return found


def settle(call):
    """Calls right after another process had both cores are slow: they are not timed, here and on our side."""
    came = time.perf_counter()
    call()
    while time.perf_counter() - came < 0.015:
        call()


class Kernel:
    """A function of no arguments: `result` waits until its arrays are there."""

    def __init__(self, count, run, wait, numbers):
        self.count, self.run, self.wait, self.numbers = count, run, wait, numbers

    def check(self):
        return samples(self.numbers(self.run()))

    def figure(self):
        """Seconds a call, of `count` calls or of what can be done in a second."""
        settle(lambda: self.wait(self.run()))
        start, done, out = time.perf_counter(), 0, None
        while done < self.count and time.perf_counter() - start < 1:
            out = self.run()
            done += 1
        self.wait(out)
        return (time.perf_counter() - start) / done


class Steps:
    """A state that goes through steps; `step` gives the loss before it, `wait` ends when all of it is computed."""

    def check(self):
        return [float(self.step()) for _ in range(self.steps)]

    def figure(self):
        settle(self.whole)
        start, done = time.perf_counter(), 0
        while done < self.count and time.perf_counter() - start < 2:
            self.step()
            done += 1
        self.wait()
        return (time.perf_counter() - start) / done

    def whole(self):
        self.step()
        self.wait()

    def wait(self):
        pass
