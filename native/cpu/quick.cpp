// Keys alone, by parting: eight at a time are compared with a pivot, and a table says how to bring those that are not greater
// to the front; the few that are left at the end go through a network in registers. No branch hangs on a key.
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
constexpr int few = 64, rows = few / 8;

inline V smaller(V a, V b) { return V(_mm256_min_epi32(__m256i(a), __m256i(b))); }
inline V greater(V a, V b) { return V(_mm256_max_epi32(__m256i(a), __m256i(b))); }
inline void order(V& a, V& b) {
  const V low = smaller(a, b);
  b = greater(a, b);
  a = low;
}
/// Lane i beside lane i ^ apart: the smaller one goes to the lower lane.
template <int apart> inline V within(V v) {
  constexpr V self = {0, 1, 2, 3, 4, 5, 6, 7};
  const V w = __builtin_shuffle(v, self ^ apart), low = smaller(v, w), high = greater(v, w);
  constexpr int upper = apart == 4 ? 0xf0 : apart == 2 ? 0xcc : 0xaa;
  return V(_mm256_blend_epi32(__m256i(low), __m256i(high), upper));
}
/// Two sorted halves of `length` vectors, bitonic once the second is turned around, become one: half, quarter, .. apart.
template <int length> inline void merged(V* v) {
#pragma GCC unroll 8
  for (int i = 0; i < length; i++) {
    V& other = v[2 * length - 1 - i];
    other = __builtin_shuffle(other, V{7, 6, 5, 4, 3, 2, 1, 0});
    order(v[i], other);
  }
#pragma GCC unroll 4
  for (int apart = length / 2; apart > 0; apart /= 2)
#pragma GCC unroll 8
    for (int i = 0; i < 2 * length; i++)
      if ((i & apart) == 0) order(v[i], v[i + apart]);
#pragma GCC unroll 8
  for (int i = 0; i < 2 * length; i++) v[i] = within<1>(within<2>(within<4>(v[i])));
}
inline void turned(V* v) {
  V t[rows], u[rows];
#pragma GCC unroll 4
  for (int i = 0; i < rows; i += 2) {
    t[i] = V(_mm256_unpacklo_epi32(__m256i(v[i]), __m256i(v[i + 1])));
    t[i + 1] = V(_mm256_unpackhi_epi32(__m256i(v[i]), __m256i(v[i + 1])));
  }
#pragma GCC unroll 2
  for (int i = 0; i < rows; i += 4)
#pragma GCC unroll 2
    for (int j = 0; j < 2; j++) {
      u[i + 2 * j] = V(_mm256_unpacklo_epi64(__m256i(t[i + j]), __m256i(t[i + j + 2])));
      u[i + 2 * j + 1] = V(_mm256_unpackhi_epi64(__m256i(t[i + j]), __m256i(t[i + j + 2])));
    }
#pragma GCC unroll 4
  for (int i = 0; i < rows / 2; i++) {
    v[i] = V(_mm256_permute2x128_si256(__m256i(u[i]), __m256i(u[i + 4]), 0x20));
    v[i + 4] = V(_mm256_permute2x128_si256(__m256i(u[i]), __m256i(u[i + 4]), 0x31));
  }
}
/// At most `few` keys: columns of eight by a network of 19 comparisons, then rows are merged two by two.
void network(int32_t* p, int64_t n) {
  const V lane = {0, 1, 2, 3, 4, 5, 6, 7};
  V v[rows];
#pragma GCC unroll 8
  for (int i = 0; i < rows; i++) {
    const __m256i here = __m256i(lane < int32_t(n - 8 * i));
    v[i] = V(_mm256_blendv_epi8(_mm256_set1_epi32(std::numeric_limits<int32_t>::max()), _mm256_maskload_epi32(p + 8 * i, here), here));
  }
  constexpr int pairs[19][2] = {{0, 2}, {1, 3}, {4, 6}, {5, 7}, {0, 4}, {1, 5}, {2, 6}, {3, 7}, {0, 1}, {2, 3}, {4, 5}, {6, 7}, {2, 4}, {3, 5}, {1, 4}, {3, 6}, {1, 2}, {3, 4}, {5, 6}};
#pragma GCC unroll 19
  for (int i = 0; i < 19; i++) order(v[pairs[i][0]], v[pairs[i][1]]);
  turned(v);
#pragma GCC unroll 4
  for (int i = 0; i < rows; i += 2) merged<1>(v + i);
  merged<2>(v);
  merged<2>(v + 4);
  merged<4>(v);
#pragma GCC unroll 8
  for (int i = 0; i < rows; i++) _mm256_maskstore_epi32(p + 8 * i, __m256i(lane < int32_t(n - 8 * i)), __m256i(v[i]));
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
  if (n > 1) network(p, n);
}

}  // namespace

void sortKeys(int32_t* p, int64_t n, int32_t* q) { quick(p, n, q, 2 * (64 - __builtin_clzll(uint64_t(n) | 1))); }

}}  // namespace cot::COT_ISA
