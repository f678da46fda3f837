// The widest vectors of this instruction set, for the few kernels that are written by hand. `fma` is one rounding
// everywhere, so the same sums come out of every instruction set.
#pragma once
#include <cmath>
#include <cstdint>
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace cot { namespace COT_ISA {

#if defined(__AVX512F__)
constexpr int vectorBytes = 64;
#elif defined(__AVX2__)
constexpr int vectorBytes = 32;
#else
constexpr int vectorBytes = 16;
#endif

template <class T> struct Simd {
  typedef T V __attribute__((vector_size(vectorBytes)));
  typedef T U __attribute__((vector_size(vectorBytes), aligned(alignof(T)), may_alias));
  static constexpr int lanes = vectorBytes / int(sizeof(T));
  static inline V load(const T* p) { return *reinterpret_cast<const U*>(p); }
  static inline void store(T* p, V v) { *reinterpret_cast<U*>(p) = v; }
  static inline V all(T x) { return x - V{}; }
  static inline V fma(V a, V b, V c);
};
#if defined(__AVX512F__)
template <> inline Simd<float>::V Simd<float>::fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
template <> inline Simd<double>::V Simd<double>::fma(V a, V b, V c) { return _mm512_fmadd_pd(a, b, c); }
#elif defined(__FMA__)
template <> inline Simd<float>::V Simd<float>::fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
template <> inline Simd<double>::V Simd<double>::fma(V a, V b, V c) { return _mm256_fmadd_pd(a, b, c); }
#else
template <class T> inline typename Simd<T>::V Simd<T>::fma(V a, V b, V c) {
  for (int i = 0; i < lanes; i++) c[i] = std::fma(a[i], b[i], c[i]);
  return c;
}
#endif

}}  // namespace cot::COT_ISA
