#include "cpu/gemm.hpp"

#include "core/cache.hpp"

namespace cot { namespace COT_ISA {
namespace {

/// B is read where it lies when fewer rows than this would use a packed panel.
constexpr int64_t packFrom = 16;
/// ... or where all of it stays in the first cache.
constexpr int64_t nearBytes = 16384;
/// Sums of at least so many steps ask for their lines of C as they begin.
constexpr int64_t fetchFrom = 384;

#define COT_ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

/// The first n elements of a vector, not all: four floats or two doubles at a time, then one by one.
template <class T> __attribute__((noinline)) void storeSome(T* to, typename Simd<T>::V x, int64_t n, bool add) {
  typedef T Quarter __attribute__((vector_size(16), aligned(alignof(T)), may_alias));
  constexpr int q = 16 / int(sizeof(T));
  alignas(64) T edge[Simd<T>::lanes];
  Simd<T>::store(edge, x);
  int64_t j = 0;
  for (; j + q <= n; j += q) {
    Quarter& y = *reinterpret_cast<Quarter*>(to + j);
    const Quarter& e = *reinterpret_cast<const Quarter*>(edge + j);
    y = add ? y + e : e;
  }
  for (; j < n; j++) to[j] = add ? to[j] + edge[j] : edge[j];
}
/// One register tile: R rows, two vectors (or one) of columns, `columns` of which are stored.
/// The accumulators have names: gcc spills an array of them.
template <class T, int R, int V, bool along>
void tile(const Lines& lines, int64_t k, const T* a0, int64_t lda, const T* b0, int64_t ldb, T* c, int64_t ldc, int64_t columns, bool add) {
  using S = Simd<T>;
  using Vec = typename S::V;
  constexpr int L = S::lanes;
#define COT_ZERO(i) Vec x##i = {}, y##i = {};
  COT_ROWS(COT_ZERO)
#undef COT_ZERO
  for (int64_t l = 0; l < lines.count; l++) {
    const T* a = a0 + lines.a[l];
    const T* b = b0 + lines.b[l];
    // Four pointers and two strides reach twelve rows. What is hidden from gcc it does not take for one pointer and eleven
    // strides, which the registers have no room for.
    const T *a3 = R > 3 ? a + 3 * lda : a, *a6 = R > 6 ? a + 6 * lda : a, *a9 = R > 9 ? a + 9 * lda : a;
    for (int64_t p = 0; p < k; p++) {
      if constexpr (along && R > 3) asm("" : "+r"(a), "+r"(a3));
      if constexpr (along && R > 6) asm("" : "+r"(a6));
      if constexpr (along && R > 9) asm("" : "+r"(a9));
      const Vec u = S::load(b);
      Vec v = {};
      if constexpr (V == 2) v = S::load(b + L);
#define COT_STEP(i)                                                                                              \
  if constexpr (R > i) {                                                                                         \
    const Vec s = S::all(along ? (i < 3 ? a : i < 6 ? a3 : i < 9 ? a6 : a9)[i % 3 * lda] : a[i]);                \
    x##i = S::fma(s, u, x##i);                                                                                   \
    if constexpr (V == 2) y##i = S::fma(s, v, y##i);                                                             \
  }
      COT_ROWS(COT_STEP)
#undef COT_STEP
      const int64_t step = along ? 1 : lda;
      a += step;
      a3 += step;
      a6 += step;
      a9 += step;
      b += ldb;
    }
  }
  if (columns == V * L) {
#define COT_PUT(i)                                                                         \
  if constexpr (R > i) {                                                                   \
    T* to = c + i * ldc;                                                                   \
    S::store(to, add ? S::load(to) + x##i : x##i);                                         \
    if constexpr (V == 2) S::store(to + L, add ? S::load(to + L) + y##i : y##i);           \
  }
    COT_ROWS(COT_PUT)
#undef COT_PUT
    return;
  }
#define COT_EDGE(i)                                                                        \
  if constexpr (R > i) {                                                                   \
    T* to = c + i * ldc;                                                                   \
    const bool whole = V == 2 && columns >= L;                                             \
    if (whole) S::store(to, add ? S::load(to) + x##i : x##i);                              \
    if (columns != (whole ? L : 0))                                                        \
      storeSome(to + (whole ? L : 0), whole ? y##i : x##i, columns - (whole ? L : 0), add);\
  }
  COT_ROWS(COT_EDGE)
#undef COT_EDGE
}
template <class T, int V, bool along> TileFn<T> tileOf(int64_t rows) {
  switch (rows) {
#define COT_CASE(i) case i + 1: if constexpr (i < maxTile) return tile<T, (i < maxTile ? i + 1 : 1), V, along>; break;
    COT_ROWS(COT_CASE)
#undef COT_CASE
  }
  return nullptr;
}

/// One row of C from columns of B that lie along k: eight chains side by side, each in k order, nothing packed.
template <class T>
void columnsAlong(int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, bool add) {
  constexpr int64_t many = 8;
  for (int64_t j = 0; j < n; j += many) {
    const int64_t w = least(many, n - j);
    for (int64_t p0 = 0; p0 < k; p0 += depth) {
      const int64_t p1 = least(k, p0 + depth);
      const T* from[many];
      T sum[many] = {};
      for (int64_t q = 0; q < many; q++) from[q] = b.at + (j + least(q, w - 1)) * b.column;
      for (int64_t p = p0; p < p1; p++) {
        const T s = a.at[p * a.column];
        for (int64_t q = 0; q < many; q++) sum[q] = fused(s, from[q][p], sum[q]);
      }
      for (int64_t q = 0; q < w; q++) c[j + q] = add || p0 > 0 ? c[j + q] + sum[q] : sum[q];
    }
  }
}
/// k rows of whole panels of B, whose columns are neighbours: a row to all panels at a time, as it lies in memory.
template <class T> void packWhole(int64_t k, int64_t panels, const T* b, int64_t row, T* __restrict to) {
  constexpr int L = Simd<T>::lanes;
  for (int64_t p = 0; p < k; p++, b += row, to += 2 * L) {
    for (int64_t j = 0; j < panels; j++) {
      Simd<T>::store(to + j * 2 * L * k, Simd<T>::load(b + j * 2 * L));
      Simd<T>::store(to + j * 2 * L * k + L, Simd<T>::load(b + j * 2 * L + L));
    }
  }
}
/// k x columns of B, zero-padded to `width` columns: row p at to + p * width.
template <class T> void packPanel(int64_t k, int64_t columns, int64_t width, Matrix<T> b, T* __restrict to) {
  if (b.column == 1) {
    constexpr int L = Simd<T>::lanes;
    const int64_t whole = columns / L * L;
    for (int64_t p = 0; p < k; p++, to += width) {
      const T* from = b.at + p * b.row;
      for (int64_t j = 0; j < whole; j += L) Simd<T>::store(to + j, Simd<T>::load(from + j));
      for (int64_t j = whole; j < width; j += L) Simd<T>::store(to + j, typename Simd<T>::V{});
      for (int64_t j = whole; j < columns; j++) to[j] = from[j];
    }
    return;
  }
  // Columns are read along k, sixteen rows of the panel at a time, so that a cache line is used while it is near.
  for (int64_t p0 = 0; p0 < k; p0 += 16) {
    const int64_t p1 = least(k, p0 + 16);
    if (b.row == 1) {
      transposed(p1 - p0, columns, b.at + p0, b.column, to + p0 * width, width);
    } else {
      for (int64_t j = 0; j < columns; j++) {
        const T* from = b.at + j * b.column;
        for (int64_t p = p0; p < p1; p++) to[p * width + j] = from[p * b.row];
      }
    }
    for (int64_t p = p0; p < p1; p++)
      for (int64_t j = columns; j < width; j++) to[p * width + j] = 0;
  }
}
/// rows x k of A, each row contiguous.
template <class T> void packRows(int64_t rows, int64_t k, Matrix<T> a, T* __restrict to, int64_t ld) {
  for (int64_t i0 = 0; i0 < rows; i0 += 16) {
    const int64_t i1 = least(rows, i0 + 16);
    if (a.row == 1) {
      transposed(i1 - i0, k, a.at + i0, a.column, to + i0 * ld, ld);
      continue;
    }
    for (int64_t p = 0; p < k; p++) {
      const T* from = a.at + p * a.column;
      for (int64_t i = i0; i < i1; i++) to[i * ld + p] = from[i * a.row];
    }
  }
}

/// Columns a multiple of this many elements apart fall on each other in the cache: such blocks are copied.
constexpr int64_t packedStride = 64;
constexpr int64_t packedRow = panelDepth + 16, packedColumn = tileRows + 16;   // not a power of two: rows must not fall on each other in the cache

}  // namespace

template <class T> TileFn<T> tileFor(int64_t rows, bool two, bool along) {
  if (along) return two ? tileOf<T, 2, true>(rows) : tileOf<T, 1, true>(rows);
  return two ? tileOf<T, 2, false>(rows) : tileOf<T, 1, false>(rows);
}
template TileFn<float> tileFor<float>(int64_t, bool, bool);

/// Brings a tile of C to the second cache; the first one is the panel's.
template <class T> static inline void fetch(int64_t rows, int64_t vectors, const T* c, int64_t ldc) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t v = 0; v < vectors; v++) __builtin_prefetch(c + i * ldc + v * Simd<T>::lanes, 0, 2);
}
template <class T> void tileColumn(const Lines& lines, int64_t m, int64_t k, const T* a, int64_t row, int64_t column, const T* b, int64_t ldb, T* c, int64_t ldc, int64_t columns, bool add) {
  const bool along = column == 1, two = columns > Simd<T>::lanes;
  // Rows that fall on each other in the first cache are no more than it holds: eight of 4 KiB, on many machines.
  const int64_t tallest = along ? least(maxTile, linesHeld(row * int64_t(sizeof(T)))) : maxTile;
  const int64_t lda = along ? row : column, high = ceilDiv(m, ceilDiv(m, tallest));
  const TileFn<T> full = tileFor<T>(high, two, along);
  for (int64_t i = 0; i < m; i += high) {
    const int64_t r = least(high, m - i);
    const TileFn<T> tile = r == high ? full : tileFor<T>(r, two, along);
    if (k >= fetchFrom) fetch(r, two ? 2 : 1, c + i * ldc, ldc);
    int64_t p = 0;
    do {
      tile(lines, least(depth, k - p), a + i * row + p * column, lda, b + p * ldb, ldb, c + i * ldc, ldc, columns, add || p > 0);
    } while ((p += depth) < k);
  }
}
template <class T> void product(int64_t m, int64_t n, int64_t k, const T* a, int64_t row, int64_t column, const T* panels, T* c, int64_t ldc, bool add) {
  for (int64_t p0 = 0; p0 < k; p0 += panelDepth)
    for (int64_t i0 = 0; i0 < m; i0 += tileRows)
      for (int64_t j = 0; j < n; j += panelWidth<T>(n, j)) {
        const int64_t w = panelWidth<T>(n, j);
        tileColumn(oneLine, least(tileRows, m - i0), least(panelDepth, k - p0), a + i0 * row + p0 * column, row, column, panels + j * k + p0 * w, w, c + i0 * ldc + j, ldc, least(w, n - j), add || p0 > 0);
      }
}
template void tileColumn<float>(const Lines&, int64_t, int64_t, const float*, int64_t, int64_t, const float*, int64_t, float*, int64_t, int64_t, bool);
template void product<float>(int64_t, int64_t, int64_t, const float*, int64_t, int64_t, const float*, float*, int64_t, bool);

template void tileColumn<double>(const Lines&, int64_t, int64_t, const double*, int64_t, int64_t, const double*, int64_t, double*, int64_t, int64_t, bool);

template <class T> void packPanels(int64_t k, int64_t n, Matrix<T> b, T* panels) {
  const int64_t whole = b.column == 1 ? n / (2 * Simd<T>::lanes) : 0;
  packWhole(k, whole, b.at, b.row, panels);
  for (int64_t j = whole * 2 * Simd<T>::lanes; j < n; j += panelWidth<T>(n, j)) {
    const int64_t w = panelWidth<T>(n, j);
    packPanel(k, least(w, n - j), w, Matrix<T>{b.at + j * b.column, b.row, b.column}, panels + j * k);
  }
}
template void packPanels<float>(int64_t, int64_t, Matrix<float>, float*);
template void packPanels<double>(int64_t, int64_t, Matrix<double>, double*);

int64_t gemmBytes(int64_t m, int64_t n, int64_t k, int64_t size) {
  const int64_t kc = least(k, panelDepth), nc = least(n, tileColumns) + 64, mc = least(m, tileRows);
  return (kc * nc + most(mc * packedRow, kc * packedColumn)) * size + 256;
}

/// Columns of the last panel of n, where they do not fill it.
template <class T> int64_t partOf(int64_t n) {
  const int64_t rest = n % (2 * Simd<T>::lanes);
  return rest == Simd<T>::lanes ? 0 : rest;
}
constexpr int64_t fewDeep = 32;
/// Fewer columns than lanes, rows of C one behind the other: a row is a vector, and what its last lanes write is the next rows'.
template <class T> void fewColumns(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c) {
  using S = Simd<T>;
  constexpr int L = S::lanes;
  alignas(64) T rows[fewDeep][L] = {};
  for (int64_t p = 0; p < k; p++)
    for (int64_t j = 0; j < n; j++) rows[p][j] = b.at[p * b.row + j * b.column];
  const auto row = [&](int64_t i) {
    typename S::V x = {};
    const T* from = a.at + i * a.row;
    for (int64_t p = 0; p < k; p++) x = S::fma(S::all(from[p * a.column]), S::load(rows[p]), x);
    return x;
  };
  int64_t i = 0;
  for (; (m - i) * n >= L; i++) S::store(c + i * n, row(i));
  for (; i < m; i++) storeSome<T>(c + i * n, row(i), n, false);
}

template <class T>
void gemm(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, bool add, char* work) {
  if (k == 0) {
    if (!add)
      for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) c[i * ldc + j] = 0;
    return;
  }
  if (m == 1 && b.row == 1 && b.column != 1) return columnsAlong<T>(n, k, a, b, c, add);
  if (n < Simd<T>::lanes && k <= fewDeep && ldc == n && m >= packFrom && !add) return fewColumns<T>(m, n, k, a, b, c);
  T* panels = reinterpret_cast<T*>((reinterpret_cast<uintptr_t>(work) + 63) / 64 * 64);
  T* rows = panels + least(k, panelDepth) * (least(n, tileColumns) + 64);
  const bool near = b.row % Simd<T>::lanes == 0 && b.row * k * int64_t(sizeof(T)) <= nearBytes, inPlace = b.column == 1 && (m < packFrom || near);
  for (int64_t j0 = 0; j0 < n; j0 += tileColumns) {
    const int64_t nc = least(tileColumns, n - j0);
    for (int64_t p0 = 0; p0 < k; p0 += panelDepth) {
      const int64_t kc = least(panelDepth, k - p0);
      const bool more = add || p0 > 0;
      const Matrix<T> bk = {b.at + p0 * b.row + j0 * b.column, b.row, b.column};
      const int64_t first = inPlace ? nc - partOf<T>(nc) : 0;
      packPanels(kc, nc - first, Matrix<T>{bk.at + first * bk.column, bk.row, bk.column}, panels + first * kc);
      for (int64_t i0 = 0; i0 < m; i0 += tileRows) {
        const int64_t mc = least(tileRows, m - i0);
        const T* ai = a.at + i0 * a.row + p0 * a.column;
        int64_t lda = a.row, aStep = a.column;
        if (a.row == 1 && a.column % packedStride == 0 && nc > 64) {
          for (int64_t p = 0; p < kc; p++) copyRun(rows + p * packedColumn, ai + p * a.column, mc);
          ai = rows;
          aStep = packedColumn;
        } else if (a.column != 1 && a.row != 1) {
          packRows(mc, kc, Matrix<T>{ai, a.row, a.column}, rows, packedRow);
          ai = rows;
          lda = packedRow;
          aStep = 1;
        }
        for (int64_t j = 0; j < nc; j += panelWidth<T>(nc, j)) {
          const int64_t w = panelWidth<T>(nc, j), columns = least(w, nc - j);
          const bool direct = inPlace && columns == w;
          const T* bp = direct ? bk.at + j : panels + j * kc;
          tileColumn(oneLine, mc, kc, ai, lda, aStep, bp, direct ? bk.row : w, c + i0 * ldc + j0 + j, ldc, columns, more);
        }
      }
    }
  }
}

template void gemm<float>(int64_t, int64_t, int64_t, Matrix<float>, Matrix<float>, float*, int64_t, bool, char*);
template void gemm<double>(int64_t, int64_t, int64_t, Matrix<double>, Matrix<double>, double*, int64_t, bool, char*);

}}  // namespace cot::COT_ISA
