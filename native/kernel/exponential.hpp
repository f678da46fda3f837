// exp and log for f32 without branches: x = n ln 2 + r, |r| <= ln 2 / 2, e^x = 2^n e^r (coefficients: fit.py); x = 2^e m with
// m in [sqrt 1/2, sqrt 2), log x = e ln 2 + log m (coefficients: Cephes logf); their relatives by the same. Powers, whose exponent
// needs more digits than f32 has, are computed in f64 lanes and rounded once. f64 itself is libm's.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"
#include "kernel/segments.hpp"

namespace cot { namespace COT_ISA {

/// e^x = 2^n e^r. A number to which 1.5 * 2^23 was added is rounded to a whole one, n, in the low bits; two biases of exponents
/// beside it serve the two factors of 2^n.
constexpr float turnShift = 12582912.0f + 254.0f;
COT_HD float turnsOf(float x) { return fused(x, 1.44269504088896341f, turnShift); }
COT_HD float restOf(float x, float t) {
  const float n = t - turnShift;
  return fused(n, 2.12194440e-4f, fused(n, -0.693359375f, x));
}
/// (e^r - 1 - r) / r^2.
COT_HD float curveOf(float r) {
  float p = 0.00139013247f;
  p = fused(p, r, 0.00836320035f);
  p = fused(p, r, 0.0416668542f);
  p = fused(p, r, 0.166665763f);
  return fused(p, r, 0.5f);
}
COT_HD float powerOf(float r) { return fused(fused(curveOf(r), r, 1.0f), r, 1.0f); }
/// 2^n p in two factors: results below 2^-126 round once more, those past 2^128 become infinite.
COT_HD float scaled(float p, float t) {
  const uint32_t both = bitsAs<uint32_t>(t), half = both >> 1;
  return p * bitsAs<float>(half << 23) * bitsAs<float>((both - half) << 23);
}
struct Exp {
  COT_HD float operator()(float v) const {
    float x = v > 89.0f ? 89.0f : v;
    x = x < -104.0f ? -104.0f : x;
    const float t = turnsOf(x);
    return scaled(powerOf(restOf(x, t)), t);
  }
  COT_HD double operator()(double x) const { return std::exp(x); }
};
/// x = 2^k (1 + f), 1 + f in [sqrt 1/2, sqrt 2): subtract the bits of sqrt 1/2, what is above 23 bits is the exponent.
struct Split {
  float f, k;
  COT_HD explicit Split(float x) {
    const uint32_t b = bitsAs<uint32_t>(x);
    const int32_t e = int32_t(b - 0x3f3504f3u) >> 23;
    f = bitsAs<float>(b - (uint32_t(e) << 23)) - 1.0f;
    k = float(e);
  }
};
/// Of denormal numbers too.
COT_HD Split splitAny(float v) {
  const bool tiny = v < 1.17549435e-38f;
  Split x(tiny ? v * 8388608.0f : v);
  x.k -= tiny ? 23.0f : 0.0f;
  return x;
}
/// log 2^k (1 + f) without its larger parts, which are f and k times most of ln 2.
COT_HD float logRest(float f, float k) {
  const float z = f * f;
  float p = 7.0376836292e-2f;
  p = fused(p, f, -1.1514610310e-1f);
  p = fused(p, f, 1.1676998740e-1f);
  p = fused(p, f, -1.2420140846e-1f);
  p = fused(p, f, 1.4249322787e-1f);
  p = fused(p, f, -1.6668057665e-1f);
  p = fused(p, f, 2.0000714765e-1f);
  p = fused(p, f, -2.4999993993e-1f);
  p = fused(p, f, 3.3333331174e-1f);
  return fused(z, -0.5f, fused(k, -2.12194440e-4f, f * z * p));
}
COT_HD float logOf(float f, float k, float rest) { return fused(k, 0.693359375f, f + rest); }
/// y where u > 0; logarithms of 0, of infinity (where v is) and of what is below 0.
COT_HD float logEnds(float v, float u, float y) {
  y = v == std::numeric_limits<float>::infinity() ? v : y;
  y = u == 0.0f ? -std::numeric_limits<float>::infinity() : y;
  return u >= 0.0f ? y : std::numeric_limits<float>::quiet_NaN();
}
struct Log {
  COT_HD float operator()(float v) const {
    const Split x = splitAny(v);
    return logEnds(v, v, logOf(x.f, x.k, logRest(x.f, x.k)));
  }
  COT_HD double operator()(double x) const { return std::log(x); }
};
/// 1 + v = u + left exactly, and log(u + left) = log u + left / u + ..; below 2^-24, v itself.
struct Log1p {
  COT_HD float operator()(float v) const {
    const float u = v + 1.0f, t = u - 1.0f, left = (1.0f - (u - t)) + (v - t);
    const Split x(u);
    const float y = logEnds(v, u, logOf(x.f, x.k, logRest(x.f, x.k) + left / u));
    return std::fabs(v) < 0x1p-24f ? v : y;
  }
  COT_HD double operator()(double x) const { return std::log1p(x); }
};
/// (log f + rest) / log 2; powers of 2 are exact.
struct Log2 {
  COT_HD float operator()(float v) const {
    const Split x = splitAny(v);
    const float rest = logRest(x.f, 0.0f);
    return logEnds(v, v, x.k + fused(x.f, 1.44269504088896341f, fused(x.f, 1.92596303e-8f, rest * 1.44269504088896341f)));
  }
  COT_HD double operator()(double x) const { return std::log2(x); }
};
struct Log10 {
  COT_HD float operator()(float v) const {
    const Split x = splitAny(v);
    const float rest = logRest(x.f, 0.0f);
    const float low = fused(x.k, 7.90386759e-7f, fused(x.f, 1.00903711e-8f, rest * 0.434294481903251828f));
    return logEnds(v, v, fused(x.k, 0.301029205322265625f, fused(x.f, 0.434294481903251828f, low)));
  }
  COT_HD double operator()(double x) const { return std::log10(x); }
};
/// 2^x = 2^n e^(r ln 2).
struct Exp2 {
  COT_HD float operator()(float v) const {
    float x = v > 129.0f ? 129.0f : v;
    x = x < -151.0f ? -151.0f : x;
    const float t = x + turnShift;
    return scaled(powerOf((x - (t - turnShift)) * 0.693147180559945286f), t);
  }
  COT_HD double operator()(double x) const { return std::exp2(x); }
};
/// 2^n - 1 + 2^n (e^r - 1), all of it halved, so that 2^128 (e^r - 1) + 2^128 is still finite.
struct Expm1 {
  COT_HD float operator()(float v) const {
    float x = v > 89.0f ? 89.0f : v;
    x = x < -25.0f ? -25.0f : x;
    const float t = turnsOf(x), r = restOf(x, t), half = bitsAs<float>(0x3F000000u + ((bitsAs<uint32_t>(t) - bitsAs<uint32_t>(turnShift)) << 23));
    const float y = 2.0f * fused(half, fused(r * r, curveOf(r), r), half - 0.5f);
    return std::fabs(v) < 0x1p-25f ? v : y;
  }
  COT_HD double operator()(double x) const { return std::expm1(x); }
};
/// e^|x| / 2, which is finite where sinh and cosh are.
COT_HD float halfPower(float v) {
  const float size = std::fabs(v), x = size > 90.0f ? 90.0f : size, t = turnsOf(x);
  return scaled(powerOf(restOf(x, t)), bitsAs<float>(bitsAs<uint32_t>(t) - 1u));
}
struct Cosh {
  COT_HD float operator()(float v) const {
    const float h = halfPower(v);
    return h + 0.25f / h;
  }
  COT_HD double operator()(double x) const { return std::cosh(x); }
};
struct Sinh {
  COT_HD float operator()(float v) const {
    const float h = halfPower(v), z = v * v;
    float p = 2.81173591e-6f;
    p = fused(p, z, 1.98364258e-4f);
    p = fused(p, z, 8.33333377e-3f);
    p = fused(p, z, 1.66666667e-1f);
    const float near = fused(v * z, p, v), far = h - 0.25f / h;
    const float signedFar = bitsAs<float>(bitsAs<uint32_t>(far) | (bitsAs<uint32_t>(v) & 0x80000000u));
    return std::fabs(v) < 0x1p-13f || v != v ? v : std::fabs(v) < 1.0f ? near : signedFar;
  }
  COT_HD double operator()(double x) const { return std::sinh(x); }
};
/// log2 of a number >= 0 in f64 lanes, relative error below 2^-38: 2 / ln 2 times s + s^3 / 3 + .. + s^13 / 13, s = (m - 1) / (m + 1).
COT_HD double log2Wide(float size) {
  const Split x = splitAny(size);
  const double f = double(x.f), s = f / (f + 2.0), z = s * s;
  double p = 0.22195308321368667;
  p = fused(p, z, 0.26230818925253881);
  p = fused(p, z, 0.32059889797532520);
  p = fused(p, z, 0.41219858311113240);
  p = fused(p, z, 0.57707801635558536);
  p = fused(p, z, 0.96179669392597560);
  p = fused(p, z, 2.8853900817779268);
  const double y = double(x.k) + s * p;
  const double ended = size == 0.0f ? -1e300 : y;
  return size > std::numeric_limits<float>::max() ? 1e300 : ended;
}
/// 2^y in f64 lanes, relative error below 2^-34, between 2^-200 and 2^200.
COT_HD double exp2Wide(double y) {
  double x = y < -200.0 ? -200.0 : y;
  x = x > 200.0 ? 200.0 : x;
  constexpr double shift = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves the rounded integer in the low bits
  const double t = x + shift, r = (x - (t - shift)) * 0.69314718055994529;
  double p = 2.4801587301587302e-5;             // 1 / 8!
  p = fused(p, r, 1.9841269841269841e-4);
  p = fused(p, r, 1.3888888888888889e-3);
  p = fused(p, r, 8.3333333333333333e-3);
  p = fused(p, r, 4.1666666666666667e-2);
  p = fused(p, r, 0.16666666666666667);
  p = fused(p, r, 0.5);
  p = fused(p, r, 1.0);
  p = fused(p, r, 1.0);
  return p * bitsAs<double>((bitsAs<uint64_t>(t) + 1023) << 52);
}
/// a^b by 2^(b log2 |a|), whose sign is that of a where b is odd. Of negative numbers only whole powers are numbers; those of 1, and the power 0
/// of anything, are 1.
COT_HD float realPower(float a, float b) {
  const float size = std::fabs(a), half = 0.5f * b;
  // Conditions are joined without branches.
  const bool whole = std::floor(b) == b, odd = whole & (std::floor(half) != half), one = (size == 1.0f) & ((b == b) | (a == 1.0f));
  const bool none = ((a < 0.0f) & (size <= std::numeric_limits<float>::max()) & !whole) | (a != a);
  float y = float(exp2Wide(double(b) * log2Wide(size)));
  y = one ? 1.0f : y;
  const float turned = bitsAs<float>(bitsAs<uint32_t>(y) | (bitsAs<uint32_t>(a) & 0x80000000u));
  y = odd ? turned : y;
  y = none ? std::numeric_limits<float>::quiet_NaN() : y;
  return b == 0.0f ? 1.0f : y;
}
/// e^-|x| never overflows: 1 / (1 + e) on the right, e / (1 + e) on the left.
struct Sigmoid {
  COT_HD float operator()(float v) const {
    const float e = Exp()(-std::fabs(v));
    return (v >= 0.0f ? 1.0f : e) / (1.0f + e);
  }
  COT_HD double operator()(double x) const { return 1.0 / (1.0 + std::exp(-x)); }
};
/// Near 0 an odd polynomial (Cephes tanhf), else 1 - 2 / (e^2|x| + 1). Below 2^-13, x (1 - x^2 / 3) rounds to x: denormal numbers
/// take no part in arithmetic, which is slow with them.
struct Tanh {
  COT_HD float operator()(float v) const {
    const float size = std::fabs(v), a = size < 0x1p-13f ? 0x1p-13f : size, z = a * a;
    float p = -5.70498872745e-3f;
    p = fused(p, z, 2.06390887954e-2f);
    p = fused(p, z, -5.37397155531e-2f);
    p = fused(p, z, 1.33314422036e-1f);
    p = fused(p, z, -3.33332819422e-1f);
    const float near = fused(p * z, a, a);
    const float far = 1.0f - 2.0f / (Exp()(2.0f * a) + 1.0f);
    const float y = bitsAs<float>(bitsAs<uint32_t>(size < 0.625f ? near : far) | (bitsAs<uint32_t>(v) & 0x80000000u));
    return size >= 0x1p-13f ? y : v;
  }
  COT_HD double operator()(double x) const { return std::tanh(x); }
};
/// The polynomial in d that a table has for a segment, behind its first row.
template <int rows> COT_HD float segmented(const float (&table)[rows][16], uint32_t k, float d) {
  float q = table[rows - 1][k];
  for (int i = rows - 2; i > 0; i--) q = fused(q, d, table[i][k]);
  return q;
}
COT_HD float atMost(float bound, float v) {
  const float a = std::fabs(v);
  return a > bound ? bound : a;
}
/// A polynomial in each of 16 segments of |x|. 1.3 ulp.
struct Erf {
  static constexpr float most = 3.87499976f;   // 1 from there on
  COT_HD float operator()(float v) const {
    const float a = atMost(most, v), t = a + erfShift, d = a - (t - erfShift);
    const uint32_t k = bitsAs<uint32_t>(t) & 15;
    const float y = fused(segmented(erfSegments, k, d), d, d) + erfSegments[0][k];
    return bitsAs<float>(bitsAs<uint32_t>(y) | (bitsAs<uint32_t>(v) & 0x80000000u));
  }
  COT_HD double operator()(double x) const { return std::erf(x); }
};
/// e^-a² of a = |x|, by a square that is exact in two parts, times Q = e^a² erfc(a), a polynomial in each of 16 segments. 3.8 ulp.
struct Erfc {
  static constexpr float most = 10.2f;   // 0 from there on
  static COT_HD float with(float v, float q) {
    const float a = atMost(most, v), h = a * a, rest = fused(a, a, -h), t = turnsOf(-h);
    const float far = scaled(powerOf(restOf(-h, t) - rest) * q, t);
    return v < 0.0f ? 2.0f - far : far;
  }
  COT_HD float operator()(float v) const {
    const float a = atMost(most, v);
    const uint32_t k = bitsAs<uint32_t>(fused(a, erfcScale, 1.0f)) >> erfcShift & 15;
    return with(v, segmented(erfcSegments, k, a - erfcSegments[0][k]));
  }
  COT_HD double operator()(double x) const { return std::erfc(x); }
};

}}  // namespace cot::COT_ISA
