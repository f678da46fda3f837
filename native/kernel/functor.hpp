// What every functor stands on. A functor is the meaning of one operation on one element, for host and device alike;
// branch-free bodies are turned into vector code by the compiler, so vector body and scalar tail give the same bits.
#pragma once
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#ifdef __CUDACC__
#define COT_HD __host__ __device__ __forceinline__
#else
#define COT_HD inline __attribute__((always_inline))
#endif

namespace cot { namespace COT_ISA {

template <class To, class From> COT_HD To bitsAs(From x) {
  static_assert(sizeof(To) == sizeof(From), "same size");
  To y;
  __builtin_memcpy(&y, &x, sizeof y);
  return y;
}
/// One rounding, everywhere.
COT_HD float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
COT_HD double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }
template <class T> constexpr bool isReal = std::is_floating_point<T>::value;
/// Where integers wrap: arithmetic happens in the unsigned type. (8 and 16 bits would promote to int; u32 does for them.)
template <class T> struct WrapOf { using type = typename std::make_unsigned<T>::type; };
template <> struct WrapOf<float> { using type = float; };
template <> struct WrapOf<double> { using type = double; };
template <class T> using Wrap = typename WrapOf<T>::type;

}}  // namespace cot::COT_ISA
