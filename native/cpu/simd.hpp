// The widest vectors of this instruction set, for the few kernels that are written by hand. `fma` is one rounding
// everywhere, so the same sums come out of every instruction set.
#pragma once
#include <cstdint>

#include "cpu/shuffle.hpp"
#include "kernel/functor.hpp"
// Reading <immintrin.h> takes gcc most of a second a file: its builtins serve for the few instructions that are wanted here.
#if defined(__FMA__) && defined(__clang__)
#include <immintrin.h>
#define COT_FMA512(kind, all, a, b, c) _mm512_fmadd_##kind(a, b, c)
#define COT_FMA256(kind, a, b, c) _mm256_fmadd_##kind(a, b, c)
#define COT_TO_F16(x) _mm256_cvtps_ph(x, 0)
#define COT_FROM_F16(h) _mm256_cvtph_ps(__m128i(h))
#else
#define COT_FMA512(kind, all, a, b, c) __builtin_ia32_vfmadd##kind##512_mask(a, b, c, all, 4)
#define COT_FMA256(kind, a, b, c) __builtin_ia32_vfmadd##kind##256(a, b, c)
#define COT_TO_F16(x) __builtin_ia32_vcvtps2ph256(x, 0)
#define COT_FROM_F16(h) __builtin_ia32_vcvtph2ps256(h)
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
template <> inline Simd<float>::V Simd<float>::fma(V a, V b, V c) { return COT_FMA512(ps, 0xffff, a, b, c); }
template <> inline Simd<double>::V Simd<double>::fma(V a, V b, V c) { return COT_FMA512(pd, 0xff, a, b, c); }
#elif defined(__FMA__)
template <> inline Simd<float>::V Simd<float>::fma(V a, V b, V c) { return COT_FMA256(ps, a, b, c); }
template <> inline Simd<double>::V Simd<double>::fma(V a, V b, V c) { return COT_FMA256(pd, a, b, c); }
#else
template <class T> inline typename Simd<T>::V Simd<T>::fma(V a, V b, V c) {
  for (int i = 0; i < lanes; i++) c[i] = fused(a[i], b[i], c[i]);
  return c;
}
#endif

/// A short run: whole vectors, the last one overlapping the one before.
template <class T> inline void copyRun(T* __restrict to, const T* __restrict from, int64_t n) {
  typedef T V __attribute__((vector_size(32), aligned(alignof(T)), may_alias));
  typedef T W __attribute__((vector_size(16), aligned(alignof(T)), may_alias));
  constexpr int64_t L = 32 / int64_t(sizeof(T)), H = L / 2;
  if (n < H) {
    for (int64_t i = 0; i < n; i++) to[i] = from[i];
  } else if (n < L) {
    *reinterpret_cast<W*>(to) = *reinterpret_cast<const W*>(from);
    *reinterpret_cast<W*>(to + n - H) = *reinterpret_cast<const W*>(from + n - H);
  } else {
    for (int64_t i = 0; i + L <= n; i += L) *reinterpret_cast<V*>(to + i) = *reinterpret_cast<const V*>(from + i);
    if (n % L != 0) *reinterpret_cast<V*>(to + n - L) = *reinterpret_cast<const V*>(from + n - L);
  }
}
/// Four by four elements of four bytes: to[i * ldt + j] = the i-th at the j-th pointer.
template <class T> inline void turnFour(const T* a, const T* b, const T* c, const T* d, T* to, int64_t ldt) {
  static_assert(sizeof(T) == 4, "four bytes");
  typedef int32_t V __attribute__((vector_size(16)));
  typedef int32_t U __attribute__((vector_size(16), aligned(4), may_alias));
  const auto load = [](const T* p) { return V(*reinterpret_cast<const U*>(p)); };
  const auto store = [](T* p, V v) { *reinterpret_cast<U*>(p) = v; };
  const V x = load(a), y = load(b), z = load(c), w = load(d);
  const V xy = COT_SHUFFLE(x, y, V{0, 4, 1, 5}), xy2 = COT_SHUFFLE(x, y, V{2, 6, 3, 7});
  const V zw = COT_SHUFFLE(z, w, V{0, 4, 1, 5}), zw2 = COT_SHUFFLE(z, w, V{2, 6, 3, 7});
  store(to, COT_SHUFFLE(xy, zw, V{0, 1, 4, 5}));
  store(to + ldt, COT_SHUFFLE(xy, zw, V{2, 3, 6, 7}));
  store(to + 2 * ldt, COT_SHUFFLE(xy2, zw2, V{0, 1, 4, 5}));
  store(to + 3 * ldt, COT_SHUFFLE(xy2, zw2, V{2, 3, 6, 7}));
}
#ifdef __AVX2__
/// Eight by eight: to[i * ldt + j] = from[i + j * ldf]. Pairs, then fours, then halves.
template <class T> inline void turnEight(const T* from, int64_t ldf, T* to, int64_t ldt) {
  static_assert(sizeof(T) == 4, "four bytes");
  typedef int32_t V __attribute__((vector_size(32)));
  typedef int32_t U __attribute__((vector_size(32), aligned(4), may_alias));
  V r[8], p[8];
#pragma GCC unroll 8
  for (int j = 0; j < 8; j++) r[j] = V(*reinterpret_cast<const U*>(from + j * ldf));
#pragma GCC unroll 4
  for (int j = 0; j < 8; j += 2) {
    p[j] = COT_SHUFFLE(r[j], r[j + 1], V{0, 8, 1, 9, 4, 12, 5, 13});
    p[j + 1] = COT_SHUFFLE(r[j], r[j + 1], V{2, 10, 3, 11, 6, 14, 7, 15});
  }
#pragma GCC unroll 2
  for (int j = 0; j < 8; j += 4)
#pragma GCC unroll 2
    for (int k = 0; k < 2; k++) {
      r[j + 2 * k] = COT_SHUFFLE(p[j + k], p[j + k + 2], V{0, 1, 8, 9, 4, 5, 12, 13});
      r[j + 2 * k + 1] = COT_SHUFFLE(p[j + k], p[j + k + 2], V{2, 3, 10, 11, 6, 7, 14, 15});
    }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    *reinterpret_cast<U*>(to + i * ldt) = COT_SHUFFLE(r[i], r[i + 4], V{0, 1, 2, 3, 8, 9, 10, 11});
    *reinterpret_cast<U*>(to + (i + 4) * ldt) = COT_SHUFFLE(r[i], r[i + 4], V{4, 5, 6, 7, 12, 13, 14, 15});
  }
}
#endif
#ifdef __AVX512F__
/// The same of sixteen by sixteen: by pairs of numbers, pairs of those, then whole quarters of vectors.
template <class T> inline void turnSixteen(const T* from, int64_t ldf, T* to, int64_t ldt) {
  static_assert(sizeof(T) == 4, "four bytes");
  typedef int32_t V __attribute__((vector_size(64)));
  typedef int64_t L __attribute__((vector_size(64)));
  typedef int32_t U __attribute__((vector_size(64), aligned(4), may_alias));
  const V low = {0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29}, high = {2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31};
  const L lower = {0, 8, 2, 10, 4, 12, 6, 14}, upper = {1, 9, 3, 11, 5, 13, 7, 15}, even = {0, 1, 4, 5, 8, 9, 12, 13}, odd = {2, 3, 6, 7, 10, 11, 14, 15};
  V r[16];
  L p[16];
#pragma GCC unroll 16
  for (int j = 0; j < 16; j++) r[j] = V(*reinterpret_cast<const U*>(from + j * ldf));
#pragma GCC unroll 8
  for (int j = 0; j < 16; j += 2) {
    p[j] = L(COT_SHUFFLE(r[j], r[j + 1], low));
    p[j + 1] = L(COT_SHUFFLE(r[j], r[j + 1], high));
  }
  L q[16];
#pragma GCC unroll 4
  for (int j = 0; j < 16; j += 4)
#pragma GCC unroll 2
    for (int k = 0; k < 2; k++) {
      q[j + 2 * k] = COT_SHUFFLE(p[j + k], p[j + k + 2], lower);
      q[j + 2 * k + 1] = COT_SHUFFLE(p[j + k], p[j + k + 2], upper);
    }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    const L a = COT_SHUFFLE(q[i], q[4 + i], even), b = COT_SHUFFLE(q[8 + i], q[12 + i], even);
    const L c = COT_SHUFFLE(q[i], q[4 + i], odd), d = COT_SHUFFLE(q[8 + i], q[12 + i], odd);
    *reinterpret_cast<U*>(to + i * ldt) = V(COT_SHUFFLE(a, b, even));
    *reinterpret_cast<U*>(to + (i + 4) * ldt) = V(COT_SHUFFLE(c, d, even));
    *reinterpret_cast<U*>(to + (i + 8) * ldt) = V(COT_SHUFFLE(a, b, odd));
    *reinterpret_cast<U*>(to + (i + 12) * ldt) = V(COT_SHUFFLE(c, d, odd));
  }
}
#endif
/// to[i * ldt + j] = from[i + j * ldf]
template <class T>
inline void transposed(int64_t rows, int64_t columns, const T* __restrict from, int64_t ldf, T* __restrict to, int64_t ldt) {
  int64_t i = 0;
  if constexpr (sizeof(T) == 4) {
#ifdef __AVX512F__
    for (; i + 16 <= rows && columns >= 16; i += 16) {
      int64_t j = 0;
      for (; j + 16 <= columns; j += 16) turnSixteen(from + i + j * ldf, ldf, to + i * ldt + j, ldt);
      if (j < columns) transposed(16, columns - j, from + i + j * ldf, ldf, to + i * ldt + j, ldt);
    }
#endif
#ifdef __AVX2__
    for (; i + 8 <= rows; i += 8) {
      int64_t j = 0;
      for (; j + 8 <= columns; j += 8) turnEight(from + i + j * ldf, ldf, to + i * ldt + j, ldt);
      for (; j < columns; j++)
        for (int64_t k = i; k < i + 8; k++) to[k * ldt + j] = from[k + j * ldf];
    }
#endif
    for (; i + 4 <= rows; i += 4) {
      int64_t j = 0;
      for (; j + 4 <= columns; j += 4) {
        const T* at = from + i + j * ldf;
        turnFour(at, at + ldf, at + 2 * ldf, at + 3 * ldf, to + i * ldt + j, ldt);
      }
      for (; j < columns; j++)
        for (int64_t k = i; k < i + 4; k++) to[k * ldt + j] = from[k + j * ldf];
    }
  }
  for (; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) to[i * ldt + j] = from[i + j * ldf];
}

}}  // namespace cot::COT_ISA
