// Integers wrap; division by zero gives 0 on integers, INT_MIN / -1 wraps. `div` truncates, `floorDiv` and `remainder` go
// down: a remainder has the sign of its divisor (NumPy). max and min hand NaN on.
#pragma once
#include <cmath>

#include "kernel/exponential.hpp"

namespace cot { namespace COT_ISA {

struct Add { template <class T> COT_HD T operator()(T a, T b) const { return T(Wrap<T>(a) + Wrap<T>(b)); } };
struct Sub { template <class T> COT_HD T operator()(T a, T b) const { return T(Wrap<T>(a) - Wrap<T>(b)); } };
struct Mul { template <class T> COT_HD T operator()(T a, T b) const { return T(Wrap<T>(a) * Wrap<T>(b)); } };
struct Neg {
  template <class T> COT_HD T operator()(T a) const {
    if constexpr (isReal<T>) return -a;
    else return T(Wrap<T>(0) - Wrap<T>(a));
  }
};
struct Abs {
  template <class T> COT_HD T operator()(T a) const {
    if constexpr (isReal<T>) return std::fabs(a);
    else return a < T(0) ? T(Wrap<T>(0) - Wrap<T>(a)) : a;
  }
};
/// -1, 0, 1; NaN stays NaN, -0 stays -0.
struct Sign {
  template <class T> COT_HD T operator()(T a) const {
    if constexpr (isReal<T>) return a > T(0) ? T(1) : a < T(0) ? T(-1) : a;
    else return T((a > T(0)) - (a < T(0)));
  }
};
struct Div {
  template <class T> COT_HD T operator()(T a, T b) const {
    if constexpr (isReal<T>) return a / b;
    else if (b == T(0)) return T(0);
    else if (std::is_signed<T>::value && b == T(-1)) return T(Wrap<T>(0) - Wrap<T>(a));
    else return T(a / b);
  }
};
struct FloorDiv {
  template <class T> COT_HD T operator()(T a, T b) const {
    if constexpr (isReal<T>) {  // Python's float //: from the exact a mod b, so that a quotient is never rounded up
      if (b == T(0)) return a / b;
      const double x = double(a), y = double(b), r = std::fmod(x, y), q = (x - r) / y;
      return T(std::round(r != 0 && (r < 0) != (y < 0) ? q - 1 : q));
    } else {
      const T q = Div()(a, b);
      if constexpr (std::is_signed<T>::value)
        if (b != T(0) && b != T(-1) && a % b != 0 && (a < 0) != (b < 0)) return T(q - 1);
      return q;
    }
  }
};
struct Remainder {
  template <class T> COT_HD T operator()(T a, T b) const {
    if constexpr (isReal<T>) {
      const T r = std::fmod(a, b);
      if (r == T(0)) return std::copysign(T(0), b);
      return (r < T(0)) != (b < T(0)) ? r + b : r;
    } else {
      if (b == T(0) || (std::is_signed<T>::value && b == T(-1))) return T(0);
      const T r = T(a % b);
      if constexpr (std::is_signed<T>::value)
        if (r != 0 && (r < 0) != (b < 0)) return T(r + b);
      return r;
    }
  }
};
/// Is the sign minus? That of -0 is.
template <class T> COT_HD bool minus(T x) {
  if constexpr (std::is_floating_point<T>::value) {
    typename std::conditional<sizeof(T) == 4, int32_t, int64_t>::type bits;
    __builtin_memcpy(&bits, &x, sizeof x);
    return bits < 0;
  }
  return false;
}
/// Of two zeros the larger is +0, the smaller -0 (IEEE 754-2019, maximum and minimum).
struct Max { template <class T> COT_HD T operator()(T a, T b) const { return ((b > a) | (b != b) | ((a == b) & minus(a))) ? b : a; } };
struct Min { template <class T> COT_HD T operator()(T a, T b) const { return ((b < a) | (b != b) | ((a == b) & minus(b))) ? b : a; } };
/// Integers by squaring; a negative exponent gives the truncated reciprocal (0 unless the base is 1 or -1).
struct Pow {
  COT_HD float operator()(float a, float b) const { return realPower(a, b); }
  COT_HD double operator()(double a, double b) const { return std::pow(a, b); }
  template <class T> COT_HD T operator()(T a, T b) const {
    if constexpr (std::is_signed<T>::value)
      if (b < 0) return a == 1 ? T(1) : a == -1 ? (b & 1 ? T(-1) : T(1)) : T(0);
    Wrap<T> r = 1, x = Wrap<T>(a);
    for (Wrap<T> n = Wrap<T>(b); n != 0; n = Wrap<T>(n >> 1)) {
      if (n & 1) r = Wrap<T>(r * x);
      x = Wrap<T>(x * x);
    }
    return T(r);
  }
};

}}  // namespace cot::COT_ISA
