// exp and log for f32 without tables or branches: x = n ln 2 + r, |r| <= ln 2 / 2, e^x = 2^n e^r; x = 2^e m with m in
// [sqrt 1/2, sqrt 2), log x = e ln 2 + log m (coefficients: Cephes expf and logf). What loses digits in f32 (near 0, or
// near 1) is computed in f64 lanes and rounded once. f64 itself is libm's.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"

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

struct Exp {
  COT_HD float operator()(float v) const {
    float x = v > 89.0f ? 89.0f : v;
    x = x < -104.0f ? -104.0f : x;
    constexpr float shift = 12582912.0f;  // 1.5 * 2^23
    const float t = x * 1.44269504088896341f + shift;
    const float n = t - shift;
    const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    // 2^n in two factors: results below 2^-126 round once more, those past 2^128 become infinite.
    const int32_t i = int32_t(bitsAs<uint32_t>(t) - bitsAs<uint32_t>(shift));
    const int32_t half = i >> 1;
    return p * bitsAs<float>((uint32_t(half) + 127u) << 23) * bitsAs<float>((uint32_t(i) - uint32_t(half) + 127u) << 23);
  }
  COT_HD double operator()(double x) const { return std::exp(x); }
};
struct Log {
  COT_HD float operator()(float v) const {
    const bool tiny = v < 1.17549435e-38f;
    const float x = tiny ? v * 8388608.0f : v;
    const uint32_t b = bitsAs<uint32_t>(x);
    // m in [sqrt 1/2, sqrt 2): subtract the bits of sqrt 1/2, what is above 23 bits is the exponent.
    const int32_t e = int32_t(b - 0x3f3504f3u) >> 23;
    const float f = bitsAs<float>(b - (uint32_t(e) << 23)) - 1.0f;
    const float k = float(e) - (tiny ? 23.0f : 0.0f);
    const float z = f * f;
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float y = f * z * p;
    y = y + k * -2.12194440e-4f;
    y = y - 0.5f * z;
    y = f + y;
    y = y + k * 0.693359375f;
    y = v == std::numeric_limits<float>::infinity() ? v : y;
    y = v == 0.0f ? -std::numeric_limits<float>::infinity() : y;
    return v >= 0.0f ? y : std::numeric_limits<float>::quiet_NaN();
  }
  COT_HD double operator()(double x) const { return std::log(x); }
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
/// Near 0 an odd polynomial (Cephes tanhf), else 1 - 2 / (e^2|x| + 1).
struct Tanh {
  COT_HD float operator()(float v) const {
    const float a = std::fabs(v), z = v * v;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    const float near = p * z * v + v;
    const float far = 1.0f - 2.0f / (Exp()(2.0f * a) + 1.0f);
    const float signedFar = bitsAs<float>(bitsAs<uint32_t>(far) | (bitsAs<uint32_t>(v) & 0x80000000u));
    return a < 0.625f ? near : v != v ? v : signedFar;
  }
  COT_HD double operator()(double x) const { return std::tanh(x); }
};
/// erf near 0: v + v P(v²), a least-maximum fit for |v| < 0.85.
COT_HD float erfNear(float v) {
  const float z = v * v;
  float p = -0.0006330746691673994f;
  p = p * z + 0.0050539677031338215f;
  p = p * z - 0.026804400607943535f;
  p = p * z + 0.11282766610383987f;
  p = p * z - 0.3761257529258728f;
  p = p * z + 0.12837916612625122f;
  return p * v + v;
}
/// Away from 0 1 - e^-Q(|x|), where Q is a least-maximum fit of -log erfc. 1.3 ulp.
struct Erf {
  COT_HD float operator()(float v) const {
    float a = std::fabs(v);
    a = a < 4.0f ? a : 4.0f;   // 1 from there on
    float q = 2.0017794668092392e-05f;
    q = q * a - 0.00042217853479087353f;
    q = q * a + 0.0041124545969069f;
    q = q * a - 0.024967702105641365f;
    q = q * a + 0.10804978758096695f;
    q = q * a + 0.6335520148277283f;
    q = q * a + 1.1294156312942505f;
    q = q * a - 0.00015450250066351146f;
    const float far = bitsAs<float>(bitsAs<uint32_t>(1.0f - Exp()(-q)) | (bitsAs<uint32_t>(v) & 0x80000000u));
    return std::fabs(v) < 0.85f ? erfNear(v) : v != v ? v : far;
  }
  COT_HD double operator()(double x) const { return std::erf(x); }
};
/// Away from 0 e^-a² P(u) / (1 + 2a), a = |x|, u = (a - 2) / (a + 2), P a least-maximum fit of (1 + 2a) e^a² erfc(a); a² is the
/// exact square of a's upper 12 bits and a rest below 0.08, whose exponential is four terms of its series. 4 ulp.
struct Erfc {
  COT_HD float operator()(float v) const {
    float a = std::fabs(v);
    a = a < 10.2f ? a : 10.2f;   // 0 from there on
    const float u = (a - 2.0f) / (a + 2.0f);
    float p = -0.0013188025914132595f;
    p = p * u + 0.0009488537907600403f;
    p = p * u + 0.008694445714354515f;
    p = p * u - 0.007947408594191074f;
    p = p * u - 0.05421830713748932f;
    p = p * u + 0.16404232382774353f;
    p = p * u - 0.1660303920507431f;
    p = p * u - 0.09276357293128967f;
    p = p * u + 1.2769783735275269f;
    const float h = bitsAs<float>(bitsAs<uint32_t>(a) & 0xfffff000u);
    const float rest = (a - h) * (a + h);
    const float e = Exp()(-(h * h));
    const float far = (e - e * (rest * (1.0f - rest * (0.5f - rest * (0.16666667f - rest * 0.041666668f))))) * (p / (1.0f + 2.0f * a));
    const float y = v < 0.0f ? 2.0f - far : far;
    return std::fabs(v) < 0.5f ? 1.0f - erfNear(v) : v != v ? v : y;
  }
  COT_HD double operator()(double x) const { return std::erfc(x); }
};

}}  // namespace cot::COT_ISA
