// COT_SHUFFLE(x, places) and COT_SHUFFLE(x, y, places): elements of one or two vectors by their places, y's after x's, as GCC's
// __builtin_shuffle takes them. GCC wants constant places where the builtin stands; Clang, which has none that takes a vector of
// places, makes one instruction of the loop.
#pragma once

#if defined(__clang__)
namespace cot { namespace COT_ISA {
template <class V, class Places> static inline __attribute__((always_inline)) V shuffled(V x, V y, Places places) {
  constexpr int n = sizeof(Places) / sizeof(places[0]);
  V to = x;
#pragma unroll
  for (int i = 0; i < n; i++) {
    const int k = int(places[i]) & (2 * n - 1);
    to[i] = k < n ? x[k] : y[k - n];
  }
  return to;
}
template <class V, class Places> static inline __attribute__((always_inline)) V shuffled(V x, Places places) { return shuffled(x, x, places); }
}}  // namespace cot::COT_ISA
#define COT_SHUFFLE(...) shuffled(__VA_ARGS__)
#else
#define COT_SHUFFLE(...) __builtin_shuffle(__VA_ARGS__)
#endif
