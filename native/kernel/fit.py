"""
Least-maximum fits of what kernel/exponential.hpp computes by: python fit.py writes segments.hpp beside it and says what e^x
is (mpmath, 40 digits).
"""
import os
import struct
import mpmath as mp

mp.mp.dps = 40


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def value(terms, x):
    return mp.polyval(terms[::-1], x)


def solved(f, points, terms):
    """The polynomial of which the relative error is equally large, with signs in turn, at one point more than it has terms."""
    rows = [[x ** j for j in range(terms)] + [(-1) ** i * f(x)] for i, x in enumerate(points)]
    return list(mp.lu_solve(mp.matrix(rows), mp.matrix([f(x) for x in points])))[:terms]


def peaks(errors):
    """Where the error is largest between its changes of sign."""
    runs = [[0]]
    for i in range(1, len(errors)):
        if (errors[i] > 0) != (errors[i - 1] > 0):
            runs.append([])
        runs[-1].append(i)
    return [max(run, key=lambda i: abs(errors[i])) for run in runs]


def fit(f, lo, hi, degree, rounds=8):
    """Remez: points of equal error move to where the error is largest, until it is that of the points."""
    count, grid = degree + 2, [lo + (hi - lo) * mp.mpf(i) / 500 for i in range(501)]
    points = [(lo + hi) / 2 - (hi - lo) / 2 * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    for _ in range(rounds):
        terms = solved(f, points, degree + 1)
        at = peaks([1 - value(terms, x) / f(x) for x in grid])
        if len(at) < count:
            break
        while len(at) > count:
            errors = [abs(1 - value(terms, grid[i]) / f(grid[i])) for i in at]
            at.pop(0 if errors[0] < errors[-1] else -1)
        points = [grid[i] for i in at]
    return terms


def erfcx(x):
    return mp.exp(x * x) * mp.erfc(x)


# 1 + 23/16 a of a in [0, 10.43) lies in four octaves, each of which is four segments: exponent and first bits say which.
SCALE, DEGREE = mp.mpf(23) / 16, 5


def segment(index):
    """The centre and the terms of a segment, by two bits of the exponent (127 is 3) and two of the fraction."""
    octave = 2 ** ((index // 4 + 1) % 4)
    lo, hi = [(octave * (1 + mp.mpf(index % 4 + i) / 4) - 1) / SCALE for i in (0, 1)]
    # At 0 the first term is what there is: 1. No centre has bits that a difference would round away.
    centre = mp.nint((lo + hi) / 2 * 1024) / 1024 if lo > 0 else mp.mpf(0)
    return [centre] + fit(lambda d: erfcx(centre + d), lo - centre, hi - centre, DEGREE)


def literal(x):
    text = f"{f32(x):.9g}"
    return text + ("f" if "." in text or "e" in text else ".0f")


def main():
    segments = [segment(i) for i in range(16)]
    segments[12][1] = mp.mpf(1)
    rows = ["    {" + ",\n     ".join(", ".join(literal(s[j]) for s in segments[i:i + 8]) for i in (0, 8)) + "}" for j in range(DEGREE + 2)]
    text = f"""// Written by fit.py: e^a² erfc(a) by segments of a, a polynomial of a - centre in each. Which segment it is say the bits of
// 1 + {literal(SCALE)[:-1]} a from the {21 + 1}nd on.
#pragma once

namespace cot {{

constexpr int segmentShift = 21, segmentDegree = {DEGREE};
constexpr float segmentScale = {literal(SCALE)};
/// The centre, then the terms from the lowest degree on, of all segments.
constexpr float segments[segmentDegree + 2][16] = {{
{",".join(chr(10) + r if i else r for i, r in enumerate(rows))}}};

}}  // namespace cot
"""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "segments.hpp"), "w") as out:
        out.write(text)
    # e^r = 1 + r + r² Q(r) where |r| <= ln 2 / 2.
    near = mp.log(2) / 2 * mp.mpf("1.001")
    print("e^x:", ", ".join(literal(c) for c in fit(lambda r: (mp.exp(r) - 1 - r) / r ** 2 if abs(r) > 1e-9 else mp.mpf(1) / 2 + r / 6, -near, near, 4)))


if __name__ == "__main__":
    main()
