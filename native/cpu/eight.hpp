// Eight lanes of any dtype: what reductions and running totals add up side by side.
#pragma once
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
template <class T> inline auto minus8(typename Eight<T>::V x) {
  typedef typename std::conditional<sizeof(T) == 4, int32_t, int64_t>::type I __attribute__((vector_size(8 * sizeof(T))));
  return (I)x < 0;
}
template <class T> inline typename Eight<T>::V eight(const Max&, typename Eight<T>::V a, typename Eight<T>::V b) {
  if constexpr (isReal<T>) return ((b > a) | (b != b) | ((a == b) & minus8<T>(a))) ? b : a;
  else return b > a ? b : a;
}
template <class T> inline typename Eight<T>::V eight(const Min&, typename Eight<T>::V a, typename Eight<T>::V b) {
  if constexpr (isReal<T>) return ((b < a) | (b != b) | ((a == b) & minus8<T>(b))) ? b : a;
  else return b < a ? b : a;
}
template <class T> inline typename Eight<T>::V eight(const And&, typename Eight<T>::V a, typename Eight<T>::V b) { return a & b; }
template <class T> inline typename Eight<T>::V eight(const Or&, typename Eight<T>::V a, typename Eight<T>::V b) { return a | b; }

}}  // namespace cot::COT_ISA
