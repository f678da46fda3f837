// Keys alone, by parting: eight at a time are compared with a pivot, and a table says how to bring those that are not greater
// to the front; the few that are left at the end find their ranks by comparing all with all. No branch hangs on a key.
#include <immintrin.h>

#include <algorithm>
#include <limits>

#include "cpu/entry.hpp"
#include "cpu/simd.hpp"

namespace cot { namespace COT_ISA {

namespace {

typedef int32_t V __attribute__((vector_size(32)));
typedef int32_t U __attribute__((vector_size(32), aligned(4), may_alias));
inline V load(const int32_t* p) { return *reinterpret_cast<const U*>(p); }
inline void store(int32_t* p, V v) { *reinterpret_cast<U*>(p) = v; }

/// For every mask of eight: first the places whose bits are clear, in order, then the others.
struct Turns {
  alignas(8) uint8_t at[256][8];
  constexpr Turns() : at() {
    for (int m = 0; m < 256; m++) {
      int n = 0;
      for (int bit = 0; bit < 2; bit++)
        for (int i = 0; i < 8; i++)
          if (((m >> i) & 1) == bit) at[m][n++] = uint8_t(i);
    }
  }
  V of(int m) const { return V(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(at[m])))); }
};
constexpr Turns turns;
constexpr int few = 48;

/// At most `few` keys: how many come before each, those that are equal by their places.
void ranked(int32_t* p, int64_t n) {
  alignas(32) int32_t x[few], to[few];
  const V lane = {0, 1, 2, 3, 4, 5, 6, 7};
  for (int64_t b = 0; b < n; b += 8) {
    const V v = V(_mm256_maskload_epi32(p + b, __m256i(lane < int32_t(n - b))));
    V rank = {};
    int64_t j = 0;
    for (; j < b; j++) rank -= p[j] - V{} <= v;
    for (; j < b + 8 && j < n; j++) rank -= (p[j] - V{} < v) | ((p[j] - V{} == v) & (lane > int32_t(j - b)));
    for (; j < n; j++) rank -= p[j] - V{} < v;
    store(x + b, v);
    store(to + b, rank);
  }
  for (int64_t i = 0; i < n; i++) p[to[i]] = x[i];
}
int32_t middle(int32_t a, int32_t b, int32_t c) { return std::max(std::min(a, b), std::min(std::max(a, b), c)); }
int32_t pivotOf(const int32_t* p, int64_t n) {
  const auto three = [&](int64_t i) { return middle(p[n * i / 12], p[n * (i + 1) / 12], p[n * (i + 2) / 12]); };
  return n < 256 ? three(5) : middle(three(1), three(5), three(9));
}
/// What is not greater than the pivot comes to the front. Vectors are read four at a time before any is written: a store
/// whose address hangs on a count holds up the loads behind it.
int64_t parted(int32_t* p, int64_t n, int32_t* q, int32_t pivot) {
  int64_t l = 0, r = 0, i = 0;
  const auto some = [&](auto count) {
    constexpr int vectors = decltype(count)::value;
    V v[vectors];
    int over[vectors];
#pragma GCC unroll 4
    for (int k = 0; k < vectors; k++) {
      v[k] = load(p + i + 8 * k);
      over[k] = _mm256_movemask_ps(_mm256_castsi256_ps(__m256i(v[k] > pivot)));
    }
#pragma GCC unroll 4
    for (int k = 0; k < vectors; k++) {
      const int greater = __builtin_popcount(unsigned(over[k]));
      store(p + l, __builtin_shuffle(v[k], turns.of(over[k])));
      store(q + r, __builtin_shuffle(v[k], turns.of(255 - over[k])));
      l += 8 - greater;
      r += greater;
    }
    i += 8 * vectors;
  };
  while (i + 32 <= n) some(std::integral_constant<int, 4>());
  while (i + 8 <= n) some(std::integral_constant<int, 1>());
  for (; i < n; i++) {
    const int32_t x = p[i];
    const bool over = x > pivot;
    p[l] = x;
    q[r] = x;
    l += !over;
    r += over;
  }
  copyRun(p + l, q, r);
  return l;
}

}  // namespace

int64_t partKeys(int32_t* p, int64_t n, int32_t* q) { return n < 8 ? n : parted(p, n, q, pivotOf(p, n)); }

namespace {

void quick(int32_t* p, int64_t n, int32_t* q, int turnsLeft) {
  while (n > few) {
    if (turnsLeft-- == 0) return std::sort(p, p + n);   // pivots were bad again and again
    const int32_t pivot = pivotOf(p, n);
    const int64_t l = parted(p, n, q, pivot);
    if (l < n) {
      quick(p + l, n - l, q, turnsLeft);
      n = l;
    } else {
      // Nothing is greater: those that are equal to the pivot are where they belong.
      if (pivot == std::numeric_limits<int32_t>::min()) return;
      n = parted(p, n, q, pivot - 1);
    }
  }
  if (n > 1) ranked(p, n);
}

}  // namespace

void sortKeys(int32_t* p, int64_t n, int32_t* q) { quick(p, n, q, 2 * (64 - __builtin_clzll(uint64_t(n) | 1))); }

}}  // namespace cot::COT_ISA
