// Eight lanes of any dtype: what reductions and running totals add up side by side.
#pragma once
#include <type_traits>

#include "cpu/simd.hpp"
#include "kernel/arithmetic.hpp"
#include "kernel/logic.hpp"

namespace cot { namespace COT_ISA {

/// Eight lanes at once: a comparison of vectors picks, arithmetic on unsigned vectors wraps.
template <class T> struct Eight {
  using W = typename std::conditional<isReal<T>, T, Wrap<T>>::type;
  typedef T V __attribute__((vector_size(8 * sizeof(T))));
  typedef W U __attribute__((vector_size(8 * sizeof(T))));
  static V load(const T* p) {
    V v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
  }
};
template <class T> inline typename Eight<T>::V eight(const Add&, typename Eight<T>::V a, typename Eight<T>::V b) {
  using U = typename Eight<T>::U;
  return (typename Eight<T>::V)((U)a + (U)b);
}
template <class T> inline typename Eight<T>::V eight(const Mul&, typename Eight<T>::V a, typename Eight<T>::V b) {
  using U = typename Eight<T>::U;
  return (typename Eight<T>::V)((U)a * (U)b);
}
/// f of vectors that the instruction set has: gcc compares wider ones number by number.
template <class V, class F> inline V inVectors(V a, V b, const F& f) {
  if constexpr (sizeof(V) <= size_t(vectorBytes)) return f(a, b);
  else {
    typedef std::decay_t<decltype(a[0])> H __attribute__((vector_size(sizeof(V) / 2)));
    H x[2], y[2];
    __builtin_memcpy(x, &a, sizeof a);
    __builtin_memcpy(y, &b, sizeof b);
    for (int i = 0; i < 2; i++) x[i] = inVectors(x[i], y[i], f);
    __builtin_memcpy(&a, x, sizeof a);
    return a;
  }
}
/// Of two zeros the negative one is smaller; a NaN stays.
template <class T> inline typename Eight<T>::V eight(const Max&, typename Eight<T>::V a, typename Eight<T>::V b) {
  return inVectors(a, b, [](auto x, auto y) {
    using I = decltype(x < y);
    if constexpr (isReal<T>) return ((y > x) | (y != y) | ((x == y) & ((I)x < 0))) ? y : x;
    else return y > x ? y : x;
  });
}
template <class T> inline typename Eight<T>::V eight(const Min&, typename Eight<T>::V a, typename Eight<T>::V b) {
  return inVectors(a, b, [](auto x, auto y) {
    using I = decltype(x < y);
    if constexpr (isReal<T>) return ((y < x) | (y != y) | ((x == y) & ((I)y < 0))) ? y : x;
    else return y < x ? y : x;
  });
}
template <class T> inline typename Eight<T>::V eight(const And&, typename Eight<T>::V a, typename Eight<T>::V b) { return a & b; }
template <class T> inline typename Eight<T>::V eight(const Or&, typename Eight<T>::V a, typename Eight<T>::V b) { return a | b; }

}}  // namespace cot::COT_ISA
