// Float functions as block functions.
#include "cpu/map.hpp"
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
    case Code::tan_: return floats1<Tan>(d);
    case Code::asin_: return floats1<Asin>(d);
    case Code::acos_: return floats1<Acos>(d);
    case Code::atan_: return floats1<Atan>(d);
    case Code::sinh_: return floats1<Sinh>(d);
    case Code::cosh_: return floats1<Cosh>(d);
    case Code::tanh_: return floats1<Tanh>(d);
    case Code::asinh_: return floats1<Asinh>(d);
    case Code::acosh_: return floats1<Acosh>(d);
    case Code::atanh_: return floats1<Atanh>(d);
    case Code::erf_: return floats1<Erf>(d);
    case Code::erfc_: return floats1<Erfc>(d);
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
