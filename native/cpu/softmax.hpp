// The rows of a softmax that is computed piece by piece: powers, largest elements and weights of rows that are padded to whole
// Wides. Lanes are added up in 64 bytes, so no bit depends on the instruction set.
#pragma once
#include <cmath>
#include <limits>

#include "cpu/linear.hpp"

namespace cot { namespace COT_ISA {

template <class T> struct Power;
template <> struct Power<float> {
  static constexpr float log2e = 1.44269504088896341f, shift = 12582912.0f, high = 0.693359375f, low = -2.12194440e-4f;
  static constexpr float top = 88.8f, bottom = -88.0f;   // whose powers of two come out infinite, and zero
  static constexpr float terms[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  static constexpr int32_t one = 127, fraction = 23;
  typedef int32_t Lanes __attribute__((vector_size(vectorBytes)));
};
template <> struct Power<double> {
  static constexpr double log2e = 1.4426950408889634, shift = 6755399441055744.0, high = 0.693147180369123816490, low = 1.90821492927058770002e-10;
  static constexpr double top = 709.8, bottom = -709.1;
  static constexpr double terms[] = {1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6, 2.48015873015873e-5, 1.984126984126984e-4, 1.3888888888888889e-3, 8.333333333333333e-3, 4.1666666666666664e-2, 0.16666666666666666, 0.5};
  static constexpr int64_t one = 1023, fraction = 52;
  typedef int64_t Lanes __attribute__((vector_size(vectorBytes)));
};
/// e^x (coefficients: Cephes expf; of f64 Taylor's series), 0 for results below the normal numbers, infinite from 2^127.5 on.
template <class T> inline typename Simd<T>::V power(typename Simd<T>::V v) {
  using S = Simd<T>;
  using V = typename S::V;
  using P = Power<T>;
  using I = typename P::Lanes;
  V x = v > P::top ? S::all(P::top) : v;
  x = x < P::bottom ? S::all(P::bottom) : x;
  const V t = S::fma(x, S::all(P::log2e), S::all(P::shift)), n = t - P::shift;
  const V r = S::fma(n, S::all(-P::low), S::fma(n, S::all(-P::high), x));
  V p = S::all(P::terms[0]);
#pragma GCC unroll 16
  for (size_t i = 1; i < sizeof(P::terms) / sizeof(T); i++) p = S::fma(p, r, S::all(P::terms[i]));
  p = S::fma(p, r * r, r) + 1;
  const I whole = (I)t - (I)S::all(P::shift);
  return p * (V)((whole + P::one) << P::fraction);
}
/// Of numbers or vectors; a NaN stays.
template <class X> inline X larger(X x, X y) { return ((y > x) | (y != y)) ? y : x; }
template <class T> T topOf(const T* x, int64_t n) {
  using W = Wide<T>;
  using S = Simd<T>;
  W m = W::load(x);
  for (int64_t j = W::lanes; j < n; j += W::lanes) {
    const W w = W::load(x + j);
#pragma GCC unroll 8
    for (int i = 0; i < W::parts; i++) m.v[i] = larger(m.v[i], w.v[i]);
  }
#pragma GCC unroll 8
  for (int i = 1; i < W::parts; i++) m.v[0] = larger(m.v[0], m.v[i]);
  typename Power<T>::Lanes other{};
#pragma GCC unroll 4
  for (int w = S::lanes / 2; w > 0; w /= 2) {
#pragma GCC unroll 16
    for (int l = 0; l < S::lanes; l++) other[l] = l ^ w;
    m.v[0] = larger(m.v[0], typename S::V(COT_SHUFFLE(m.v[0], other)));
  }
  return m.v[0][0];
}
/// x = e^(x - base), which is added to `sum` lane by lane.
template <class T> void powers(T* x, int64_t n, T base, T* sum) {
  using W = Wide<T>;
  W all = W::load(sum);
  for (int64_t j = 0; j < n; j += W::lanes) {
    W w = W::load(x + j);
#pragma GCC unroll 8
    for (int i = 0; i < W::parts; i++) w.v[i] = power<T>(w.v[i] - base);
    w.store(x + j);
    all = all + w;
  }
  all.store(sum);
}
/// x = e^(x - peak) / total, y = x (y + r)
template <class T> void weigh(T* __restrict x, T* __restrict y, int64_t n, T peak, T total, T r) {
  using W = Wide<T>;
  const T share = 1 / total;
  for (int64_t j = 0; j < n; j += W::lanes) {
    W w = W::load(x + j), v = W::load(y + j);
#pragma GCC unroll 8
    for (int i = 0; i < W::parts; i++) {
      w.v[i] = power<T>(w.v[i] - peak) * share;
      v.v[i] = w.v[i] * (v.v[i] + r);
    }
    w.store(x + j);
    v.store(y + j);
  }
}
template <class T> int64_t padded(int64_t n) { return ceilDiv(n, Wide<T>::lanes) * Wide<T>::lanes; }

}}  // namespace cot::COT_ISA
