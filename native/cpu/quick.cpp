// Keys alone, by parting: a vector of them is compared with a pivot, what is not greater goes to the front and the rest to a
// second array; the few that are left at the end go through a network in registers. No branch hangs on a key.
#include <immintrin.h>

#include <algorithm>
#include <limits>

#include "cpu/entry.hpp"
#include "cpu/simd.hpp"

namespace cot { namespace COT_ISA {

namespace {

using Keys = Simd<int32_t>;
typedef Keys::V V;
constexpr int lanes = Keys::lanes;
constexpr unsigned all = (1u << lanes) - 1;
constexpr int32_t greatest = std::numeric_limits<int32_t>::max();
constexpr int few = lanes * lanes;

#ifdef __AVX512F__
inline unsigned above(V v, int32_t pivot) { return _mm512_cmpgt_epi32_mask(__m512i(v), _mm512_set1_epi32(pivot)); }
inline unsigned upToPivot(V v, int32_t pivot) { return _mm512_cmple_epi32_mask(__m512i(v), _mm512_set1_epi32(pivot)); }
/// The lanes of a mask come first, in order; what follows them is of no account.
inline V first(V v, unsigned mask) { return V(_mm512_maskz_compress_epi32(__mmask16(mask), __m512i(v))); }
inline unsigned upTo(int64_t n) { return n < lanes ? (1u << most(0, n)) - 1 : all; }
inline V loadFirst(const int32_t* p, int64_t n) { return V(_mm512_mask_loadu_epi32(_mm512_set1_epi32(greatest), __mmask16(upTo(n)), p)); }
inline void storeFirst(int32_t* p, int64_t n, V v) { _mm512_mask_storeu_epi32(p, __mmask16(upTo(n)), __m512i(v)); }
#else
inline unsigned above(V v, int32_t pivot) { return unsigned(_mm256_movemask_ps(_mm256_castsi256_ps(__m256i(v > pivot)))); }
inline unsigned upToPivot(V v, int32_t pivot) { return all - above(v, pivot); }
/// For every mask of eight: first the places whose bits are set, in order, then the others.
struct Turns {
  alignas(8) uint8_t at[256][8];
  constexpr Turns() : at() {
    for (int m = 0; m < 256; m++) {
      int n = 0;
      for (int bit = 1; bit >= 0; bit--)
        for (int i = 0; i < 8; i++)
          if (((m >> i) & 1) == bit) at[m][n++] = uint8_t(i);
    }
  }
};
constexpr Turns turns;
inline V first(V v, unsigned mask) {
  return COT_SHUFFLE(v, V(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(turns.at[mask])))));
}
inline V upTo(int64_t n) { return V{0, 1, 2, 3, 4, 5, 6, 7} < int32_t(n); }
inline V loadFirst(const int32_t* p, int64_t n) {
  const __m256i here = __m256i(upTo(n));
  return V(_mm256_blendv_epi8(_mm256_set1_epi32(greatest), _mm256_maskload_epi32(p, here), here));
}
inline void storeFirst(int32_t* p, int64_t n, V v) { _mm256_maskstore_epi32(p, __m256i(upTo(n)), __m256i(v)); }
#endif

inline V smaller(V a, V b) { return a < b ? a : b; }
inline V greater(V a, V b) { return a > b ? a : b; }
inline void order(V& a, V& b) {
  const V low = smaller(a, b);
  b = greater(a, b);
  a = low;
}

template <int flip, int... i> inline V turnedBy(V v, std::integer_sequence<int, i...>) { return COT_SHUFFLE(v, V{(i ^ flip)...}); }
/// Lane i has what lane i ^ flip had.
template <int flip> inline V turned(V v) { return turnedBy<flip>(v, std::make_integer_sequence<int, lanes>()); }
template <int bit, int... i> inline V blended(V a, V b, std::integer_sequence<int, i...>) {
  return COT_SHUFFLE(a, b, V{(i & bit ? i + lanes : i)...});
}
/// Lane i beside lane i ^ flip of another vector: the smaller one goes to the lane without the bit.
template <int bit> inline V chosen(V v, V w) { return blended<bit>(smaller(v, w), greater(v, w), std::make_integer_sequence<int, lanes>()); }

/// Batcher's odd-even merges (Knuth, 5.2.2, algorithm M), as a list.
template <int n> struct Batcher {
  int count = 0, a[64] = {}, b[64] = {};
  constexpr Batcher() {
    for (int p = 1; p < n; p *= 2)
      for (int k = p; k > 0; k /= 2)
        for (int j = k % p; j + k < n; j += 2 * k)
          for (int i = j; i < j + k && i + k < n; i++)
            if (i / (2 * p) == (i + k) / (2 * p)) {
              a[count] = i;
              b[count++] = i + k;
            }
  }
};
template <int rows> inline void columns(V* v) {
  constexpr Batcher<rows> net;
#pragma GCC unroll 64
  for (int i = 0; i < net.count; i++) order(v[net.a[i]], v[net.b[i]]);
}
template <int rows, int apart> inline void across(V* v) {
  if constexpr (apart > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) v[i] = chosen<apart>(v[i], turned<apart>(v[i]));
    across<rows, apart / 2>(v);
  }
}
template <int rows, int apart> inline void down(V* v) {
  if constexpr (apart > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
      if ((i & apart) == 0) order(v[i], v[i + apart]);
    down<rows, apart / 2>(v);
  }
}
/// Runs go down `width` columns, one after the other. Two of them are bitonic once the second is turned around, and become one:
/// each key beside its mirror, then half a run, a quarter, .. apart; as long as that is whole columns, across lanes.
template <int rows, int width> inline void merged(V* v) {
#pragma GCC unroll 8
  for (int i = 0; i < rows / 2; i++) {
    V& other = v[rows - 1 - i];
    const V here = v[i];
    v[i] = chosen<width>(here, turned<2 * width - 1>(other));
    other = chosen<width>(other, turned<2 * width - 1>(here));
  }
  across<rows, width / 2>(v);
  down<rows, rows / 2>(v);
  if constexpr (2 * width < lanes) merged<rows, 2 * width>(v);
}
template <int from, int... i> inline V laced(V a, V b, std::integer_sequence<int, i...>) {
  return COT_SHUFFLE(a, b, V{(from + i / 2 + i % 2 * lanes)...});
}
/// Columns become rows: a key's place is its row and its lane, in bits; lacing two rows that are half of all apart turns these
/// bits by one.
template <int rows, int turnsLeft> inline void turnedOver(V* v) {
  if constexpr (turnsLeft > 1) {
    V t[rows];
#pragma GCC unroll 8
    for (int i = 0; i < rows / 2; i++) {
      t[2 * i] = laced<0>(v[i], v[i + rows / 2], std::make_integer_sequence<int, lanes>());
      t[2 * i + 1] = laced<lanes / 2>(v[i], v[i + rows / 2], std::make_integer_sequence<int, lanes>());
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) v[i] = t[i];
    turnedOver<rows, turnsLeft / 2>(v);
  }
}
template <int rows> void network(const int32_t* from, int64_t n, int32_t* to) {
  V v[rows];
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++) v[i] = loadFirst(from + lanes * i, n - lanes * i);
  columns<rows>(v);
  merged<rows, 1>(v);
  turnedOver<rows, rows>(v);
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++) storeFirst(to + lanes * i, n - lanes * i, v[i]);
}
/// At most `few` keys, from where they lie to where they belong.
void byNetwork(const int32_t* from, int64_t n, int32_t* to) {
  if (n <= few / 4) return network<lanes / 4>(from, n, to);
  if (n <= few / 2) return network<lanes / 2>(from, n, to);
  network<lanes>(from, n, to);
}

int32_t middle(int32_t a, int32_t b, int32_t c) { return std::max(std::min(a, b), std::min(std::max(a, b), c)); }
/// The median of few, or of three medians, or of a sorted sample.
int32_t pivotOf(const int32_t* p, int64_t n) {
  constexpr int64_t sample = few / 4;
  const auto three = [&](int64_t i) { return middle(p[n * i / 12], p[n * (i + 1) / 12], p[n * (i + 2) / 12]); };
  if (n < 32 * sample) return middle(three(1), three(5), three(9));
  int32_t some[sample];
  for (int64_t i = 0; i < sample; i++) some[i] = p[sampleAt(i, n)];
  byNetwork(some, sample, some);
  return some[sample / 2];
}
/// What is not greater than the pivot stays at the front of p, the rest goes to q. Vectors are read several at a time before any
/// is written: a store whose address hangs on a count holds up the loads behind it.
int64_t parted(int32_t* p, int64_t n, int32_t* q, int32_t pivot) {
  int64_t l = 0, r = 0, i = 0;
  const auto some = [&](auto count) {
    constexpr int vectors = decltype(count)::value;
    V low[vectors], high[vectors];
    int64_t lows[vectors];
#pragma GCC unroll 8
    for (int k = 0; k < vectors; k++) {
      const V v = Keys::load(p + i + lanes * k);
      const unsigned mask = upToPivot(v, pivot);
      low[k] = first(v, mask);
      high[k] = first(v, above(v, pivot));
      lows[k] = __builtin_popcount(mask);
    }
#pragma GCC unroll 8
    for (int k = 0; k < vectors; k++) {
      Keys::store(p + l, low[k]);
      Keys::store(q + r, high[k]);
      l += lows[k];
      r += lanes - lows[k];
    }
    i += lanes * vectors;
  };
  while (i + 4 * lanes <= n) some(std::integral_constant<int, 4>());
  while (i + lanes <= n) some(std::integral_constant<int, 1>());
  for (; i < n; i++) {
    const int32_t x = p[i];
    const bool over = x > pivot;
    p[l] = x;
    q[r] = x;
    l += !over;
    r += over;
  }
  return l;
}
/// Where keys lie, where they belong (which may be there), and room for as many as they are and a vector more.
struct Stretch {
  int32_t* p;
  int64_t n;
  int32_t* to;
  int32_t* q;
  int64_t room;

  /// Parts it, and gives what is greater to `rest`: as it lies in q, or, were there too little room behind it, where it belongs.
  template <class F> void part(int32_t pivot, const F& rest) {
    const int64_t l = parted(p, n, q, pivot), r = n - l;
    n = l;
    if (room >= 2 * r + lanes) return rest({q, r, to + l, q + r, room - r});
    std::copy(q, q + r, to + l);
    rest({to + l, r, to + l, q, room});
  }
  void settle() const {
    if (p != to) std::copy(p, p + n, to);
  }
};
void quick(Stretch s, int turnsLeft) {
  while (s.n > few) {
    if (turnsLeft-- == 0) {      // pivots were bad again and again
      std::sort(s.p, s.p + s.n);
      return s.settle();
    }
    const int32_t pivot = pivotOf(s.p, s.n);
    const int64_t n = s.n;
    s.part(pivot, [&](const Stretch& rest) { if (rest.n > 0) quick(rest, turnsLeft); });
    if (s.n < n) continue;
    // Nothing is greater: those that are equal to the pivot are where they belong.
    if (pivot == std::numeric_limits<int32_t>::min()) return s.settle();
    s.part(pivot - 1, [&](const Stretch& rest) { std::fill_n(rest.to, rest.n, pivot); });
  }
  byNetwork(s.p, s.n, s.to);
}
/// Like it, by given pivots; begin[i] becomes the place of the i-th part.
void split(Stretch s, const int32_t* pivots, int64_t parts, int32_t** begin) {
  while (parts > 1) {
    const int64_t half = parts / 2;
    s.part(pivots[half - 1], [&](const Stretch& rest) { split(rest, pivots + half, parts - half, begin + half); });
    parts = half;
  }
  *begin = s.to;
  s.settle();
}

}  // namespace

void partKeys(int32_t* p, int64_t n, int32_t* to, int32_t* q, const int32_t* pivots, int64_t parts, int32_t** begin) {
  split({p, n, to, q, 2 * n + keysRoom}, pivots, parts, begin);
}
void sortKeys(int32_t* p, int64_t n, int32_t* q) { quick({p, n, p, q, 2 * n + keysRoom}, 2 * (64 - __builtin_clzll(uint64_t(n) | 1))); }

}}  // namespace cot::COT_ISA
