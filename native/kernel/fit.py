"""
Least-maximum fits of what kernel/exponential.hpp and trigonometric.hpp compute by: python fit.py writes segments.hpp beside it and says what e^x
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


def literal(x):
    text = f"{f32(x):.9g}"
    return text + ("f" if "." in text or "e" in text else ".0f")


def table(name, columns):
    rows = ["    {" + ",\n     ".join(", ".join(literal(c[j]) for c in columns[i:i + 8]) for i in (0, 8)) + "}" for j in range(len(columns[0]))]
    return f"constexpr float {name}[{len(rows)}][16] = {{\n" + ",\n".join(rows) + "};\n"


# 1 + 23/16 a of a in [0, 10.43) lies in four octaves, each of which is four segments: two bits of the exponent (127 is 3) and
# two of the fraction say which.
SCALE, DEGREE = mp.mpf(23) / 16, 5


def erfcx(x):
    return mp.exp(x * x) * mp.erfc(x)


def erfcx_segment(index):
    octave = 2 ** ((index // 4 + 1) % 4)
    lo, hi = [(octave * (1 + mp.mpf(index % 4 + i) / 4) - 1) / SCALE for i in (0, 1)]
    # The first term is what there is at 0: 1. No centre has bits that a difference would round away.
    centre = mp.nint((lo + hi) / 2 * 1024) / 1024 if lo > 0 else mp.mpf(0)
    terms = fit(lambda d: erfcx(centre + d), lo - centre, hi - centre, DEGREE)
    return [centre, terms[0] if lo > 0 else mp.mpf(1)] + terms[1:]


# Every quarter is the centre of a segment of erf, but the first one begins there.
HALF = mp.mpf(1) / 8


def erf_segment(index):
    centre = mp.mpf(index) / 4
    # What the last one lacks of 1 at its end, 0.7 ulp, it is made to gain.
    lack = (1 - mp.erf(centre + HALF)) if index == 15 else mp.mpf(0)
    f = lambda d: mp.erf(centre + d) + lack * ((d + HALF) / (2 * HALF)) ** 2
    if index == 0:
        terms = [mp.mpf(0)] + fit(lambda d: mp.erf(d) / d if d > 1e-9 else 2 / mp.sqrt(mp.pi), mp.mpf(0), HALF, DEGREE - 1)
    else:
        terms = fit(f, -HALF, HALF, DEGREE)
    return [terms[0], terms[1] - 1] + terms[2:]


def main():
    text = f"""// Written by fit.py: polynomials by segments of their argument.
#pragma once

namespace cot {{

/// e^a² erfc(a): which segment it is say four bits of 1 + erfcScale a, from erfcShift on. A centre c, then the terms of a
/// polynomial in a - c, from the lowest degree on.
constexpr float erfcScale = {literal(SCALE)};
constexpr int erfcShift = 21;
{table("erfcSegments", [erfcx_segment(i) for i in range(16)])}
/// erf(a): which segment it is say the lowest four bits of a + erfShift, whose ulp is 1/4. With d the distance from the centre
/// it is the first term, plus d, plus d times a polynomial in d.
constexpr float erfShift = 3145728.0f;
{table("erfSegments", [erf_segment(i) for i in range(16)])}
}}  // namespace cot
"""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "segments.hpp"), "w") as out:
        out.write(text)
    # e^r = 1 + r + r² Q(r) where |r| <= ln 2 / 2.
    near = mp.log(2) / 2 * mp.mpf("1.001")
    for name, f, far, degree in (("atan", mp.atan, mp.tan(mp.pi / 8), 4), ("asin", mp.asin, mp.mpf(1) / 2, 5)):
        # f(x) = x + x z P(z), z = x².
        print(f"P of {name}:", ", ".join(literal(c) for c in fit(lambda z: (f(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mp.mpf(10) ** -12, far ** 2, degree)))
    print("Q of e^x:", ", ".join(literal(c) for c in fit(lambda r: (mp.exp(r) - 1 - r) / r ** 2 if abs(r) > 1e-9 else mp.mpf(1) / 2, -near, near, 4)))


if __name__ == "__main__":
    main()
