// Float functions as block functions.
#include "cpu/map.hpp"
#include "cpu/simd.hpp"
#include "kernel/exponential.hpp"
#include "kernel/libm.hpp"
#include "kernel/rounding.hpp"
#include "kernel/trigonometric.hpp"

namespace cot { namespace COT_ISA {

/// Vector code for all, then libm for the few that are too large for it (not infinities, whose remainder is NaN there too); one
/// after the other where the results lie on the arguments.
template <class F> static void turned(int64_t n, void* dst, const void* const* args) {
  const float* a = static_cast<const float*>(args[0]);
  float* d = static_cast<float*>(dst);
  const auto isFar = [](float x) { return std::fabs(x) > trigonometricLimit && std::fabs(x) <= std::numeric_limits<float>::max(); };
  int far = 0;
  for (int64_t i = 0; i < n; i++) far |= isFar(a[i]);
  if (far == 0 || a != d) map1<F, float, float>(n, dst, args);
  for (int64_t i = 0; i < n && far != 0; i++)
    if (isFar(a[i])) d[i] = float(F()(double(a[i])));
    else if (a == d) d[i] = F()(a[i]);
}

#ifdef __AVX2__
/// Eight numbers' segments, of whose tables a row is two vectors.
struct Looker {
  using S = Simd<float>;
  using V = S::V;
  typedef int32_t I __attribute__((vector_size(32)));
  I k, high;

  explicit Looker(I index) : k(index), high(index << 28 < 0) {}
  static V atMost(float bound, V v) {
    v = V(I(v) & 0x7fffffff);
    return v > bound ? S::all(bound) : v;
  }
  V at(const float* row) const { return high ? COT_SHUFFLE(S::load(row + 8), k) : COT_SHUFFLE(S::load(row), k); }
  template <int rows> V segmented(const float (&table)[rows][16], V d) const {
    V q = at(table[rows - 1]);
#pragma GCC unroll 8
    for (int i = rows - 2; i > 0; i--) q = S::fma(q, d, at(table[i]));
    return q;
  }
};
static void eight(Erf, float* d, const float* v) {
  using S = Looker::S;
  const S::V a = Looker::atMost(Erf::most, S::load(v)), t = a + erfShift, x = a - (t - erfShift);
  const Looker l{Looker::I(t)};
  const S::V y = S::fma(l.segmented(erfSegments, x), x, x) + l.at(erfSegments[0]);
  S::store(d, S::V(Looker::I(y) | (Looker::I(S::load(v)) & INT32_MIN)));
}
static void eight(Erfc, float* d, const float* v) {
  using S = Looker::S;
  const S::V a = Looker::atMost(Erfc::most, S::load(v));
  const Looker l{Looker::I(S::fma(a, S::all(erfcScale), S::all(1.0f))) >> erfcShift};
  float q[8];
  S::store(q, l.segmented(erfcSegments, a - l.at(erfcSegments[0])));
  for (int i = 0; i < 8; i++) d[i] = Erfc::with(v[i], q[i]);
}
template <class F> static void eights(int64_t n, void* dst, const void* const* args) {
  const float* a = static_cast<const float*>(args[0]);
  float* d = static_cast<float*>(dst);
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) eight(F(), d + i, a + i);
  for (; i < n; i++) d[i] = F()(a[i]);
}
template <class F> static OpFn lookedUp(DType d) { return d == F32 ? eights<F> : floats1<F>(d); }
#else
template <class F> static OpFn lookedUp(DType d) { return floats1<F>(d); }
#endif

OpFn opMath(Code code, DType d) {
  switch (code) {
    case Code::sqrt_: return floats1<Sqrt>(d);
    case Code::rsqrt_: return floats1<Rsqrt>(d);
    case Code::exp_: return floats1<Exp>(d);
    case Code::exp2_: return floats1<Exp2>(d);
    case Code::expm1_: return floats1<Expm1>(d);
    case Code::log_: return floats1<Log>(d);
    case Code::log2_: return floats1<Log2>(d);
    case Code::log10_: return floats1<Log10>(d);
    case Code::log1p_: return floats1<Log1p>(d);
    case Code::sin_: return d == F32 ? turned<Sin> : floats1<Sin>(d);
    case Code::cos_: return d == F32 ? turned<Cos> : floats1<Cos>(d);
    case Code::tan_: return d == F32 ? turned<Tan> : floats1<Tan>(d);
    case Code::asin_: return floats1<Asin>(d);
    case Code::acos_: return floats1<Acos>(d);
    case Code::atan_: return floats1<Atan>(d);
    case Code::sinh_: return floats1<Sinh>(d);
    case Code::cosh_: return floats1<Cosh>(d);
    case Code::tanh_: return floats1<Tanh>(d);
    case Code::asinh_: return floats1<Asinh>(d);
    case Code::acosh_: return floats1<Acosh>(d);
    case Code::atanh_: return floats1<Atanh>(d);
    case Code::erf_: return lookedUp<Erf>(d);
    case Code::erfc_: return lookedUp<Erfc>(d);
    case Code::floor_: return floats1<Floor>(d);
    case Code::ceil_: return floats1<Ceil>(d);
    case Code::round_: return floats1<Round>(d);
    case Code::trunc_: return floats1<Trunc>(d);
    case Code::sigmoid_: return floats1<Sigmoid>(d);
    case Code::atan2_: return floats2<Atan2>(d);
    default: return nullptr;
  }
}

}}  // namespace cot::COT_ISA
