// sin and cos for f32: x = n pi/2 + r in f64 lanes (pi/2 in two pieces, exact products up to |n| = 2^20), then the
// polynomials of musl's __sindf and __cosdf. Larger arguments are libm's.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

constexpr float trigonometricLimit = 1.0e6f;

/// sin(x + turns * pi/2) for |x| <= trigonometricLimit.
COT_HD float sinTurned(float v, int64_t turns) {
  const double x = double(v);
  constexpr double shift = 6755399441055744.0;
  const double t = x * 6.36619772367581382433e-01 + shift;
  const double n = t - shift;
  const double r = (x - n * 1.57079632673412561417e+00) - n * 6.07710050650619224932e-11;
  const uint64_t q = bitsAs<uint64_t>(t) + uint64_t(turns);
  const double z = r * r;
  const double s = r + r * z * (-0.166666666416265235595 + z * (0.0083333293858894631756 +
                   z * (-0.000198393348360966317347 + z * 0.0000027183114939898219064)));
  const double c = 1.0 + z * (-0.499999997251031003120 + z * (0.0416666233237390631894 +
                   z * (-0.00138867637746099294692 + z * 0.0000243904487962774090654)));
  const double y = (q & 1) != 0 ? c : s;
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

}}  // namespace cot::COT_ISA
