// The parts that all factorizations share: products shared out, substitution, blocks of reflections, rotations.
#include "cpu/linear.hpp"

namespace cot { namespace COT_ISA {

template <class T> static Gemm<T> bestGemm() {
  if constexpr (sizeof(T) == 4) return kernels().gemmF32;
  else return kernels().gemmF64;
}
template <class T> static double microsOf(double multiplications) { return multiplications * (sizeof(T) == 4 ? 1.8e-5 : 3.6e-5); }

template <class T>
COT_COLD void Space<T>::product(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, bool add) const {
  if (m <= 0 || n <= 0) return;
  const double micros = microsOf<T>(double(m) * double(n) * double(k));
  if (f == nullptr) return bestGemm<T>()(m, n, k, a.at, a.row, a.column, b.at, b.row, b.column, c, ldc, add, work);
  int64_t tm = m, tn = n;
  const int64_t want = micros > 30 ? 2 * threadCount() : 1;
  while (ceilDiv(m, tm) * ceilDiv(n, tn) < want) {
    if (tm >= tn && tm > 48) tm = ceilDiv(ceilDiv(tm, 2), 12) * 12;
    else if (tn > 64) tn = ceilDiv(ceilDiv(tn, 2), 32) * 32;
    else if (tm > 48) tm = ceilDiv(ceilDiv(tm, 2), 12) * 12;
    else break;
  }
  const Gemm<T> best = bestGemm<T>();
  const int64_t down = ceilDiv(m, tm), across = ceilDiv(n, tn);
  forTasks(*f, down * across, micros, [&](int64_t t, Scratch& s) {
    const int64_t i = t % down * tm, j = t / down * tn;
    best(least(tm, m - i), least(tn, n - j), k, a.at + i * a.row, a.row, a.column, b.at + j * b.column, b.row, b.column,
            c + i * ldc + j, ldc, add, s.need(gemmBytes(tm, tn, k, sizeof(T))));
  });
}
template <class T>
COT_COLD void Space<T>::halfProduct(int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, const std::function<void(char*)>& first) const {
  constexpr int64_t strip = 48;   // whole tiles of six rows, whole panels of sixteen columns
  const int64_t side = (n > 1024 ? 5 : 3) * strip, tiles = ceilDiv(n, side);
  const Gemm<T> best = bestGemm<T>();
  const auto part = [&](int64_t i, int64_t rows, int64_t j, int64_t columns, char* memory) {
    best(rows, columns, k, a.at + i * a.row, a.row, a.column, b.at + j * b.column, b.row, b.column, c + i * ldc + j, ldc, true, memory);
  };
  tasks(tiles * (tiles + 1) / 2, microsOf<T>(0.5 * double(n) * double(n) * double(k)), gemmBytes(side, side, k, sizeof(T)), [&](int64_t t, char* memory) {
    int64_t q = 0;
    while ((q + 1) * (q + 2) / 2 <= t) q++;
    const int64_t p = t - q * (q + 1) / 2, i = p * side, j = q * side, columns = least(side, n - j);
    if (p < q) part(i, side, j, columns, memory);
    else for (int64_t r = 0; r < columns; r += strip) part(i + r, least(strip, columns - r), i + r, columns - r, memory);
    if (t == 0 && first) first(memory);
  });
}

// ---- rows ----
template <class T> COT_APART T inner(int64_t n, const T* x, const T* y) {
  using W = Wide<T>;
  constexpr int L = W::lanes;
  W a = {}, b = {};
  int64_t i = 0;
  for (; i + 2 * L <= n; i += 2 * L) {
    a = a + W::load(x + i) * W::load(y + i);
    b = b + W::load(x + i + L) * W::load(y + i + L);
  }
  for (; i + L <= n; i += L) a = a + W::load(x + i) * W::load(y + i);
  T rest = 0;
  for (; i < n; i++) rest += x[i] * y[i];
  return (a + b).sum() + rest;
}
template <class T> COT_APART void addScaled(int64_t n, T s, const T* __restrict x, T* __restrict y) {
  for (int64_t i = 0; i < n; i++) y[i] += s * x[i];
}
template <class T> COT_APART T sizeOfAll(int64_t n, const T* x) {
  using W = Wide<T>;
  const auto most = [](T a, T b) { return b > a ? b : a; };
  W all = {};
  int64_t i = 0;
  for (; i + W::lanes <= n; i += W::lanes) {
    const W row = W::load(x + i);
    all = larger(larger(all, row), T(-1) * row);
  }
  T top = all.joined(most);
  for (; i < n; i++) top = most(top, std::fabs(x[i]));
  return top;
}
template <class T> COT_APART bool allFinite(int64_t n, const T* x) {
  using W = Wide<T>;
  W all = {};
  T rest = 0;
  int64_t i = 0;
  for (; i + W::lanes <= n; i += W::lanes) all = all + T(0) * W::load(x + i);
  for (; i < n; i++) rest += T(0) * x[i];
  return all.sum() + rest == 0;
}
template <class T> COT_COLD T length(int64_t n, const T* x) {
  const T top = sizeOfAll(n, x);
  const T big = sizeof(T) == 4 ? T(1e15) : T(1e140);
  if (top == 0) return 0;
  if (top < big && top > 1 / big) return std::sqrt(inner(n, x, x));
  T s = 0;
  for (int64_t i = 0; i < n; i++) s += (x[i] / top) * (x[i] / top);
  return top * std::sqrt(s);
}
template <class T> COT_COLD T reflection(int64_t n, T* x, T& tau) {
  const T alpha = x[0], rest = length(n - 1, x + 1);
  x[0] = 1;
  tau = 0;
  if (rest == 0) return alpha;
  const T both[2] = {alpha, rest};
  const T beta = std::signbit(alpha) ? length(2, both) : -length(2, both);
  const T by = alpha - beta;
  for (int64_t i = 1; i < n; i++) x[i] /= by;
  tau = (beta - alpha) / beta;
  return beta;
}
template <class T> COT_APART void turn(int64_t rows, int64_t columns, const T* from, int64_t ldf, T* to, int64_t ldt) {
  for (int64_t j = 0; j < columns; j += 128) transposed(rows, least(128, columns - j), from + j * ldf, ldf, to + j, ldt);
}
template <class T> COT_APART void negate(int64_t rows, int64_t columns, T* x, int64_t ld) {
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = 0; j < columns; j++) x[i * ld + j] = -x[i * ld + j];
}

// ---- substitution ----
/// R rows from row i on and V vectors of columns, in registers.
template <class T, int R, int V> inline void forwardRows(int64_t i, const Matrix<T>& l, bool unit, T* b, int64_t ldb) {
  using S = Simd<T>;
  constexpr int L = S::lanes;
  typename S::V x[R][V];
  T* rows = b + i * ldb;
  const T* left = l.at + i * l.row;
#pragma GCC unroll 8
  for (int r = 0; r < R; r++)
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) x[r][v] = S::load(rows + r * ldb + v * L);
  for (int64_t j = 0; j < i; j++) {
    typename S::V y[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) y[v] = S::load(b + j * ldb + v * L);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      const typename S::V s = S::all(left[r * l.row + j * l.column]);
#pragma GCC unroll 2
      for (int v = 0; v < V; v++) x[r][v] = S::fma(s, y[v], x[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
    for (int q = 0; q < r; q++) {
      const typename S::V s = S::all(left[r * l.row + (i + q) * l.column]);
#pragma GCC unroll 2
      for (int v = 0; v < V; v++) x[r][v] = S::fma(s, x[q][v], x[r][v]);
    }
    const T d = unit ? T(1) : left[r * l.row + (i + r) * l.column];
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) {
      x[r][v] = -(x[r][v] / S::all(d));
      S::store(rows + r * ldb + v * L, x[r][v]);
    }
  }
}
template <class T, int V> COT_APART void forwardStrip(int64_t n, const Matrix<T>& l, bool unit, T* b, int64_t ldb) {
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) forwardRows<T, 4, V>(i, l, unit, b, ldb);
  for (; i < n; i++) forwardRows<T, 1, V>(i, l, unit, b, ldb);
}
template <class T> COT_APART static void forwardFew(int64_t n, int64_t k, Matrix<T> l, bool unit, T* b, int64_t ldb) {
  constexpr int64_t L = Simd<T>::lanes;
  for (; k >= 2 * L; k -= 2 * L, b += 2 * L) forwardStrip<T, 2>(n, l, unit, b, ldb);
  for (; k >= L; k -= L, b += L) forwardStrip<T, 1>(n, l, unit, b, ldb);
  for (int64_t i = 0; i < n && k > 0; i++) {
    T* x = b + i * ldb;
    for (int64_t j = 0; j < i; j++)
      for (int64_t c = 0; c < k; c++) x[c] = fused(l.at[i * l.row + j * l.column], b[j * ldb + c], x[c]);
    const T d = unit ? T(1) : l.at[i * (l.row + l.column)];
    for (int64_t c = 0; c < k; c++) x[c] = -(x[c] / d);
  }
}
template <class T>
COT_COLD void forwardNegated(const Space<T>& s, int64_t n, int64_t k, Matrix<T> l, bool unit, T* b, int64_t ldb) {
  if (n <= 24) {
    const double micros = double(n) * double(n) * double(k) * (sizeof(T) == 4 ? 1e-4 : 2e-4);
    return s.split(k, 64, micros, [&](int64_t from, int64_t to) {
      for (int64_t c = from; c < to; c += 256) forwardFew(n, least(256, to - c), l, unit, b + c, ldb);
    });
  }
  const int64_t half = (n / 2 + 7) / 8 * 8;
  forwardNegated(s, half, k, l, unit, b, ldb);
  s.product(n - half, k, half, {l.at + half * l.row, l.row, l.column}, {b, ldb, 1}, b + half * ldb, ldb, true);
  forwardNegated(s, n - half, k, {l.at + half * (l.row + l.column), l.row, l.column}, unit, b + half * ldb, ldb);
}

// ---- reflections ----
template <class T> COT_COLD void Reflections<T>::close(const Space<T>& s, int64_t from) const {
  const int64_t size = sizeAt(from), first = from + shift;
  const T* at = v + from * length + first;
  T* g = w;
  s.product(size, size, length - first, {at, length, 1}, {at, 1, length}, g, blockSize, false);
  T* to = t + from * blockSize;   // to[i * blockSize + j], i <= j: -T
  for (int64_t j = 0; j < size; j++) {
    for (int64_t i = 0; i < size; i++) to[i * blockSize + j] = 0;
    to[j * blockSize + j] = -tau[from + j];
    for (int64_t i = 0; i < j; i++) {
      T sum = 0;
      for (int64_t p = i; p < j; p++) sum += to[i * blockSize + p] * g[p * blockSize + j];
      to[i * blockSize + j] = -tau[from + j] * sum;
    }
  }
}
template <class T>
COT_COLD void Reflections<T>::apply(const Space<T>& s, int64_t from, bool transposed, int64_t columns, T* x, int64_t ldx) const {
  const int64_t size = sizeAt(from), first = from + shift, rows = length - first;
  const T *at = v + from * length + first, *to = t + from * blockSize;
  T *one = w, *two = w + blockSize * columns;
  s.product(size, columns, rows, {at, length, 1}, {x, ldx, 1}, one, columns, false);
  s.product(size, columns, size, {to, transposed ? 1 : blockSize, transposed ? blockSize : 1}, {one, columns, 1}, two, columns, false);
  s.product(rows, columns, size, {at, 1, length}, {two, columns, 1}, x, ldx, true);
}
template <class T> COT_COLD void Reflections<T>::form(const Space<T>& s, int64_t columns, T* q, int64_t ldq) const {
  s.split(length, 16, double(length) * double(columns) * 2e-4, [&](int64_t i, int64_t end) {
    for (; i < end; i++) {
      std::memset(q + i * ldq, 0, size_t(columns) * sizeof(T));
      if (i < columns) q[i * ldq + i] = 1;
    }
  });
  for (int64_t from = (count - 1) / blockSize * blockSize; from >= 0 && count > 0; from -= blockSize) {
    const int64_t first = from + shift;   // columns before it are still the identity's
    if (first < columns) apply(s, from, false, columns - first, q + first * ldq + first, ldq);
  }
}

// ---- rotations ----
template <class T> Rotations<T>::Rotations(Room& r, int64_t rows)
    : room(48 * most(rows, 1)), list(r.get<One>(room)), chains(r.get<Chain>(room)) {}

/// A strip of columns in registers. Each number is a product and one fma, whichever loop it is computed in.
template <class T> struct Strip {
  static constexpr int held = 4, lanes = Simd<T>::lanes;
  static constexpr int64_t width = held * lanes;
  using V = typename Simd<T>::V;
  V v[held];

  void load(const T* from) {
#pragma GCC unroll 4
    for (int k = 0; k < held; k++) v[k] = Simd<T>::load(from + k * lanes);
  }
  void store(T* to) const {
#pragma GCC unroll 4
    for (int k = 0; k < held; k++) Simd<T>::store(to + k * lanes, v[k]);
  }
};
/// The rotations of a chain, on a strip. Each shares a row with the one before, its own first (up) or second: that row is
/// kept in registers, another joins, and the one that is done leaves.
template <class T, class One, bool up> struct Turning {
  using S = Simd<T>;
  static int32_t joins(const One& r) { return up ? r.other : r.row; }
  static int32_t leaves(const One& r) { return up ? r.row : r.other; }

  /// `with`, the row that joins, becomes the one that leaves.
  static void step(const One& r, Strip<T>& kept, Strip<T>& with) {
    const typename S::V c = S::all(r.c), s = S::all(up ? r.s : -r.s);
#pragma GCC unroll 4
    for (int k = 0; k < Strip<T>::held; k++) {
      const typename S::V other = with.v[k];
      with.v[k] = S::fma(-s, other, c * kept.v[k]);
      kept.v[k] = S::fma(s, kept.v[k], c * other);
    }
  }
  COT_APART static void one(const One* r, int64_t n, T* x, int64_t ldx) {
    if (n <= 0) return;
    Strip<T> kept, with;
    kept.load(x + leaves(r[0]) * ldx);
    for (int64_t t = 0; t < n; t++) {
      with.load(x + joins(r[t]) * ldx);
      step(r[t], kept, with);
      with.store(x + leaves(r[t]) * ldx);
    }
    kept.store(x + joins(r[n - 1]) * ldx);
  }
  /// Two chains that begin at the same row, the second a step behind: what leaves the first joins the second.
  COT_APART static void two(const One* a, int64_t m, const One* b, int64_t n, T* x, int64_t ldx) {
    Strip<T> first, second, with;
    first.load(x + leaves(a[0]) * ldx);
    second.load(x + joins(a[0]) * ldx);
    step(a[0], first, second);
    int64_t t = 1;
    for (; t < m && t <= n; t++) {
      with.load(x + joins(a[t]) * ldx);
      step(a[t], first, with);
      step(b[t - 1], second, with);
      with.store(x + leaves(b[t - 1]) * ldx);
    }
    if (t > n) {
      first.store(x + joins(a[n]) * ldx);
      second.store(x + joins(b[n - 1]) * ldx);
      return one(a + t, m - t, x, ldx);
    }
    step(b[m - 1], second, first);
    first.store(x + leaves(b[m - 1]) * ldx);
    second.store(x + joins(b[m - 1]) * ldx);
    one(b + m, n - m, x, ldx);
  }
};
/// The same for fewer columns than a strip has.
template <class T, class One> COT_APART static void turnFew(const One* r, int64_t n, T* x, int64_t ldx, int64_t columns) {
  for (int64_t t = 0; t < n; t++)
    for (int64_t j = 0; j < columns; j++) {
      T &p = x[r[t].row * ldx + j], &q = x[r[t].other * ldx + j];
      const T a = p, b = q;
      p = std::fma(-r[t].s, b, r[t].c * a);
      q = std::fma(r[t].s, a, r[t].c * b);
    }
}
template <class T> COT_COLD int64_t Rotations<T>::link() {
  const auto beside = [&](int64_t t) { return t < count && list[t].other == list[t].row + 1; };
  int64_t made = 0;
  for (int64_t t = 0; t < count; made++) {
    int64_t up = t + 1, down = t + 1;
    while (beside(up - 1) && beside(up) && list[up].row == list[up - 1].other) up++;
    while (beside(down - 1) && beside(down) && list[down].other == list[down - 1].row) down++;
    chains[made] = {int32_t(t), int32_t(most(up, down) - t), up >= down};
    t = most(up, down);
  }
  return made;
}
template <class T> template <bool up> int64_t Rotations<T>::turn(const Chain* c, bool last, T* x, int64_t ldx) const {
  using Turns = Turning<T, One, up>;
  const One *a = list + c[0].first, *b = a + c[0].count;
  if (!last && c[1].up == up && b->row == a->row && b->other == a->other) {
    Turns::two(a, c[0].count, b, c[1].count, x, ldx);
    return 2;
  }
  Turns::one(a, c[0].count, x, ldx);
  return 1;
}
template <class T> void Rotations<T>::apply(const Space<T>& s, int64_t columns, T* x, int64_t ldx) {
  constexpr int64_t width = Strip<T>::width;
  const int64_t linked = link();
  const double micros = double(count) * double(columns) * (sizeof(T) == 4 ? 5e-5 : 1e-4);
  s.split(columns, width, micros, [&](int64_t from, int64_t to) {
    for (; from + width <= to; from += width)
      for (int64_t i = 0; i < linked;) {
        const bool last = i + 1 == linked;
        i += chains[i].up ? turn<true>(chains + i, last, x + from, ldx) : turn<false>(chains + i, last, x + from, ldx);
      }
    turnFew(list, count, x + from, ldx, to - from);
  });
  count = 0;
}

#define COT_EACH(T)                                                                                                    \
  template struct Space<T>;                                                                                            \
  template struct Reflections<T>;                                                                                      \
  template class Rotations<T>;                                                                                         \
  template T inner<T>(int64_t, const T*, const T*);                                                                    \
  template void addScaled<T>(int64_t, T, const T*, T*);                                                                \
  template T sizeOfAll<T>(int64_t, const T*);                                                                          \
  template T length<T>(int64_t, const T*);                                                                             \
  template bool allFinite<T>(int64_t, const T*);                                                                       \
  template T reflection<T>(int64_t, T*, T&);                                                                           \
  template void turn<T>(int64_t, int64_t, const T*, int64_t, T*, int64_t);                                             \
  template void negate<T>(int64_t, int64_t, T*, int64_t);                                                              \
  template void forwardNegated<T>(const Space<T>&, int64_t, int64_t, Matrix<T>, bool, T*, int64_t);
COT_EACH(float)
COT_EACH(double)
#undef COT_EACH

}}  // namespace cot::COT_ISA
