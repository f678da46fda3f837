// exp and log for f32 without branches: x = n ln 2 + r, |r| <= ln 2 / 2, e^x = 2^n e^r (coefficients: fit.py); x = 2^e m with
// m in [sqrt 1/2, sqrt 2), log x = e ln 2 + log m (coefficients: Cephes logf). What loses digits in f32 (near 0, or near 1)
// is computed in f64 lanes and rounded once. f64 itself is libm's.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"
#include "kernel/segments.hpp"

namespace cot { namespace COT_ISA {

/// e^x for a double, relative error below 2^-46, no denormal results: the inside of several f32 functions.
COT_HD double expWide(double x) {
  x = x < -700.0 ? -700.0 : x;
  x = x > 700.0 ? 700.0 : x;
  constexpr double shift = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves the rounded integer in the low bits
  const double t = x * 1.4426950408889634 + shift;
  const double n = t - shift;
  const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  double p = 2.5052108385441718775e-8;          // 1/11!
  p = p * r + 2.7557319223985890653e-7;
  p = p * r + 2.7557319223985892511e-6;
  p = p * r + 2.4801587301587301566e-5;
  p = p * r + 1.9841269841269841253e-4;
  p = p * r + 1.3888888888888889419e-3;
  p = p * r + 8.3333333333333332177e-3;
  p = p * r + 4.1666666666666664354e-2;
  p = p * r + 1.6666666666666665741e-1;
  p = p * r + 0.5;
  p = p * (r * r) + r + 1.0;
  return p * bitsAs<double>((bitsAs<uint64_t>(t) + 1023) << 52);
}

/// e^x = 2^n e^r. A number to which 1.5 * 2^23 was added is rounded to a whole one, n, in the low bits; two biases of exponents
/// beside it serve the two factors of 2^n.
constexpr float turnShift = 12582912.0f + 254.0f;
COT_HD float turnsOf(float x) { return fused(x, 1.44269504088896341f, turnShift); }
COT_HD float restOf(float x, float t) {
  const float n = t - turnShift;
  return fused(n, 2.12194440e-4f, fused(n, -0.693359375f, x));
}
COT_HD float powerOf(float r) {
  float p = 0.00139013247f;
  p = fused(p, r, 0.00836320035f);
  p = fused(p, r, 0.0416668542f);
  p = fused(p, r, 0.166665763f);
  p = fused(p, r, 0.5f);
  p = fused(p, r, 1.0f);
  return fused(p, r, 1.0f);
}
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
struct Log {
  COT_HD float operator()(float v) const {
    const bool tiny = v < 1.17549435e-38f;
    const Split x(tiny ? v * 8388608.0f : v);
    const float k = x.k - (tiny ? 23.0f : 0.0f);
    float y = logOf(x.f, k, logRest(x.f, k));
    y = v == std::numeric_limits<float>::infinity() ? v : y;
    y = v == 0.0f ? -std::numeric_limits<float>::infinity() : y;
    return v >= 0.0f ? y : std::numeric_limits<float>::quiet_NaN();
  }
  COT_HD double operator()(double x) const { return std::log(x); }
};
/// 1 + v = u + left exactly, and log(u + left) = log u + left / u + ..; below 2^-24, v itself.
struct Log1p {
  COT_HD float operator()(float v) const {
    const float u = v + 1.0f, t = u - 1.0f, left = (1.0f - (u - t)) + (v - t);
    const Split x(u);
    float y = logOf(x.f, x.k, logRest(x.f, x.k) + left / u);
    y = v == std::numeric_limits<float>::infinity() ? v : y;
    y = u == 0.0f ? -std::numeric_limits<float>::infinity() : y;
    y = u >= 0.0f ? y : std::numeric_limits<float>::quiet_NaN();
    return std::fabs(v) < 0x1p-24f ? v : y;
  }
  COT_HD double operator()(double x) const { return std::log1p(x); }
};
struct Expm1 {
  COT_HD float operator()(float v) const {
    const double x = double(v);
    const double near = x + x * x * (0.5 + x * (1.0 / 6 + x * (1.0 / 24)));
    const float y = float((x < 0.01 && x > -0.01) ? near : expWide(x) - 1.0);
    return v == 0.0f || v != v ? v : y;
  }
  COT_HD double operator()(double x) const { return std::expm1(x); }
};
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
