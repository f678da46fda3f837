// sin, cos and tan for f32: x = n pi/2 + r in f64 lanes (pi/2 in two pieces, exact products up to |n| = 2^20), then the
// polynomials of musl's __sindf and __cosdf. Larger arguments are libm's. Their inverses by polynomials near 0 (coefficients:
// fit.py), to which the addition theorems lead.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

constexpr float trigonometricLimit = 1.0e6f;

/// sine and cosine of r, which lies q quarter turns from v, |v| <= trigonometricLimit.
struct Turned {
  double s, c;
  uint64_t q;
  COT_HD explicit Turned(float v) {
    const double x = double(v);
    constexpr double shift = 6755399441055744.0;
    const double t = x * 6.36619772367581382433e-01 + shift;
    const double n = t - shift;
    const double r = (x - n * 1.57079632673412561417e+00) - n * 6.07710050650619224932e-11;
    const double z = r * r;
    q = bitsAs<uint64_t>(t);
    s = r + r * z * (-0.166666666416265235595 + z * (0.0083333293858894631756 +
        z * (-0.000198393348360966317347 + z * 0.0000027183114939898219064)));
    c = 1.0 + z * (-0.499999997251031003120 + z * (0.0416666233237390631894 +
        z * (-0.00138867637746099294692 + z * 0.0000243904487962774090654)));
  }
};
/// sin(x + turns * pi/2).
COT_HD float sinTurned(float v, int64_t turns) {
  const Turned at(v);
  const uint64_t q = at.q + uint64_t(turns);
  const double y = (q & 1) != 0 ? at.c : at.s;
  return float(bitsAs<double>(bitsAs<uint64_t>(y) ^ ((q & 2) << 62)));
}
struct Sin {
  COT_HD float operator()(float x) const { return x == 0.0f ? x : sinTurned(x, 0); }
  COT_HD double operator()(double x) const { return std::sin(x); }
};
struct Cos {
  COT_HD float operator()(float x) const { return sinTurned(x, 1); }
  COT_HD double operator()(double x) const { return std::cos(x); }
};
struct Tan {
  COT_HD float operator()(float x) const {
    const Turned at(x);
    const bool odd = (at.q & 1) != 0;
    const float y = float((odd ? -at.c : at.s) / (odd ? at.s : at.c));
    return x == 0.0f ? x : y;
  }
  COT_HD double operator()(double x) const { return std::tan(x); }
};
/// From tan(3 pi/8) on pi/2 - atan(1 / a), from tan(pi/8) on pi/4 + atan((a - 1) / (a + 1)).
struct Atan {
  COT_HD float operator()(float v) const {
    const float a = std::fabs(v);
    const bool far = a > 2.41421356f, middle = a > 0.414213562f;
    const float x = far ? -1.0f / a : middle ? (a - 1.0f) / (a + 1.0f) : a, z = x * x;
    float p = -0.0645638481f;
    p = fused(p, z, 0.107452691f);
    p = fused(p, z, -0.142641217f);
    p = fused(p, z, 0.199995458f);
    p = fused(p, z, -0.333333313f);
    const float high = far ? 1.57079637f : middle ? 0.785398185f : 0.0f, low = far ? -4.37113883e-8f : middle ? -2.18556941e-8f : 0.0f;
    const float y = high + (x + fused(x * z, p, low));
    return bitsAs<float>(bitsAs<uint32_t>(a < 0x1p-13f ? a : y) | (bitsAs<uint32_t>(v) & 0x80000000u));
  }
  COT_HD double operator()(double x) const { return std::atan(x); }
};
/// asin x - x for x >= 0 with z = x^2 <= 1/4.
COT_HD float arcOf(float x, float z) {
  float p = 0.0337997191f;
  p = fused(p, z, 0.0170816537f);
  p = fused(p, z, 0.0311153196f);
  p = fused(p, z, 0.0445981063f);
  p = fused(p, z, 0.0750009865f);
  p = fused(p, z, 0.166666657f);
  return x * z * p;
}
/// Of a > 1/2 the x of which asin a = pi/2 - 2 asin x: sqrt((1 - a) / 2).
struct Arc {
  bool far;
  float x, arc;
  COT_HD explicit Arc(float a) : far(a > 0.5f) {
    const float z = far ? 0.5f - 0.5f * a : a * a;
    x = far ? std::sqrt(z) : a;
    arc = arcOf(x, z);
  }
};
struct Asin {
  COT_HD float operator()(float v) const {
    const float a = std::fabs(v);
    const Arc of(a);
    const float x = of.x, arc = of.arc;
    const float y = of.far ? 1.57079637f - (2.0f * x + fused(2.0f, arc, 4.37113883e-8f)) : x + arc;
    return bitsAs<float>(bitsAs<uint32_t>(a < 0x1p-13f ? a : y) | (bitsAs<uint32_t>(v) & 0x80000000u));
  }
  COT_HD double operator()(double x) const { return std::asin(x); }
};
struct Acos {
  COT_HD float operator()(float v) const {
    const Arc of(std::fabs(v));
    const float x = of.x, arc = of.arc;
    const float near = 1.57079637f - (v < 0.0f ? -(x + arc) : x + arc) - 4.37113883e-8f;
    const float wide = v < 0.0f ? 3.14159274f - (2.0f * x + fused(2.0f, arc, 8.74227766e-8f)) : 2.0f * (x + arc);
    return of.far ? wide : near;
  }
  COT_HD double operator()(double x) const { return std::acos(x); }
};

}}  // namespace cot::COT_ISA
