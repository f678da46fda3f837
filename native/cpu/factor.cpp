// Factorizations of a batch of matrices: each is copied into dense work memory, factored there, and copied out. Few large
// matrices are done one after the other by the whole team, many small ones side by side.
#include <algorithm>
#include <atomic>
#include <limits>

#include "core/eig.hpp"
#include "core/factor.hpp"
#include "cpu/entry.hpp"
#include "cpu/linear.hpp"

namespace cot { namespace COT_ISA {
namespace {

// ---- LU: by halves of the columns ----
constexpr int64_t fewColumns = 16;
template <class T> struct Lu {
  const Space<T>& s;
  int64_t m, ld;
  T *a, *w;              // w: fewColumns x m
  int32_t* pivots;

  void swapRows(int64_t from, int64_t to, int64_t column, int64_t width) const {
    for (int64_t j = from; j < to; j++)
      if (pivots[j] != j) std::swap_ranges(a + j * ld + column, a + j * ld + column + width, a + pivots[j] * ld + column);
  }
  /// Columns j0..j0 + n, from row j0 on, turned so that each lies along memory.
  COT_APART void few(int64_t j0, int64_t n) const {
    const int64_t rows = m - j0;
    T* at = a + j0 * ld + j0;
    turn(n, rows, at, ld, w, rows);
    for (int64_t j = 0; j < least(n, rows); j++) {
      T* column = w + j * rows;
      int64_t best = j;
      for (int64_t i = j + 1; i < rows; i++)
        if (std::fabs(column[i]) > std::fabs(column[best])) best = i;
      pivots[j0 + j] = int32_t(j0 + best);
      if (best != j)
        for (int64_t c = 0; c < n; c++) std::swap(w[c * rows + j], w[c * rows + best]);
      const T pivot = column[j];
      if (pivot == 0) continue;
      for (int64_t i = j + 1; i < rows; i++) column[i] /= pivot;
      for (int64_t c = j + 1; c < n; c++) addScaled(rows - j - 1, -w[c * rows + j], column + j + 1, w + c * rows + j + 1);
    }
    turn(rows, n, w, rows, at, ld);
  }
  /// n <= m - j0.
  COT_COLD void halves(int64_t j0, int64_t n) const {
    if (n <= fewColumns) return few(j0, n);
    const int64_t half = (n / 2 + 7) / 8 * 8, rest = n - half, j1 = j0 + half;
    halves(j0, half);
    swapRows(j0, j1, j1, rest);
    eliminate(j0, half, j1, rest);
    halves(j1, rest);
    swapRows(j1, j1 + rest, j0, half);
  }
  /// Rows j0.. of columns j1.. after the elimination of `half` columns at j0.
  COT_COLD void eliminate(int64_t j0, int64_t half, int64_t j1, int64_t rest) const {
    T *right = a + j0 * ld + j1, *left = a + j0 * ld + j0;
    forwardNegated(s, half, rest, Matrix<T>{left, ld, 1}, true, right, ld);
    s.product(m - j0 - half, rest, half, {left + half * ld, ld, 1}, {right, ld, 1}, right + half * ld, ld, true);
    negate(half, rest, right, ld);
  }
};

}  // namespace

template <class T> COT_COLD void luIn(const Space<T>& s, Room& room, int64_t m, int64_t n, T* a, int32_t* pivots, int32_t* order) {
  T* w = room.get<T>(fewColumns * m);
  if (room.dry()) return;
  const Lu<T> lu{s, m, n, a, w, pivots};
  const int64_t k = least(m, n);
  if (k > 0) lu.halves(0, k);
  if (n > k && k > 0) {
    lu.swapRows(0, k, k, n - k);
    forwardNegated(s, k, n - k, Matrix<T>{a, n, 1}, true, a + k, n);
    negate(k, n - k, a + k, n);
  }
  for (int64_t i = 0; i < m; i++) order[i] = int32_t(i);
  for (int64_t j = 0; j < k; j++) std::swap(order[j], order[pivots[j]]);
}
template <class T> COT_COLD void qrIn(const Space<T>& s, Room& room, int64_t m, int64_t n, int64_t p, T* a, T* q) {
  const int64_t k = least(m, n);
  const Reflections<T> r(room, k, m, 0, most(n, p));
  if (room.dry()) return;
  for (int64_t from = 0; from < k; from += blockSize) {
    const int64_t size = r.sizeAt(from), rows = m - from;
    T* at = r.v + from * m + from;
    turn(size, rows, a + from * n + from, n, at, m);
    for (int64_t j = 0; j < size; j++) {
      T *v = at + j * m, *x = v + j;
      const T beta = reflection(rows - j, x, r.tau[from + j]);
      for (int64_t c = j + 1; c < size; c++) {
        T* y = at + c * m + j;
        addScaled(rows - j, -r.tau[from + j] * inner(rows - j, x, y), x, y);
      }
      a[(from + j) * n + from + j] = beta;
      for (int64_t i = 0; i < j; i++) a[(from + i) * n + from + j] = v[i];
      for (int64_t i = -from; i < j; i++) v[i] = 0;
    }
    r.close(s, from);
    if (from + size < n) r.apply(s, from, true, n - from - size, a + from * n + from + size, n);
  }
  r.form(s, p, q, p);
}

namespace {

template <class T> COT_APART void averaged(int64_t n, const T* __restrict x, T* __restrict y) {
  for (int64_t i = 0; i < n; i++) y[i] = (x[i] + y[i]) * T(0.5);
}
/// What an instruction says about one matrix of its batch.
template <class T> struct One {
  const Factor& t;
  Frame& f;
  const Space<T>& s;
  Room& room;
  int64_t index;

  template <class U> COT_COLD U* address(const View& v) const {
    int64_t at = 0, i = index;
    for (int d = t.batch.size - 1; d >= 0; d--) {
      at += i % t.batch[d] * v.strides[d];
      i /= t.batch[d];
    }
    return reinterpret_cast<U*>(addressOf(v, f)) + at;
  }
  int64_t stride(const View& v, int axis) const { return v.strides[t.batch.size + axis]; }
  /// A dense copy; false when something in it is not finite.
  COT_COLD bool in(const View& v, int64_t rows, int64_t columns, T* to, bool turned = false) const {
    const T* from = address<const T>(v);
    int64_t sr = stride(v, 0), sc = stride(v, 1);
    if (turned) {
      std::swap(rows, columns);
      std::swap(sr, sc);
    }
    std::atomic<bool> finite{true};
    s.split(rows, 16, double(rows) * double(columns) * 1e-3, [&](int64_t i, int64_t end) {
      for (; i < end; i++) {
        T* row = to + i * columns;
        if (sc == 1) std::memcpy(row, from + i * sr, size_t(columns) * sizeof(T));
        else for (int64_t j = 0; j < columns; j++) row[j] = from[i * sr + j * sc];
        if (!allFinite(columns, row)) finite.store(false, std::memory_order_relaxed);
      }
    });
    return finite;
  }
  COT_COLD void out(const View& v, int64_t rows, int64_t columns, const T* from, int64_t ld, bool turned = false) const {
    T* to = address<T>(v);
    const int64_t sr = stride(v, 0), sc = stride(v, 1);
    s.split(rows, 16, double(rows) * double(columns) * 1e-3, [&](int64_t i, int64_t end) {
      if (turned && sc == 1) return turn(end - i, columns, from + i, ld, to + i * sr, sr);
      for (; i < end; i++) {
        const T* row = from + i * (turned ? 1 : ld);
        if (sc == 1) std::memcpy(to + i * sr, row, size_t(columns) * sizeof(T));
        else for (int64_t j = 0; j < columns; j++) to[i * sr + j * sc] = row[j * (turned ? ld : 1)];
      }
    });
  }
  template <class U> COT_COLD void list(const View& v, int64_t n, const U* from) const {
    U* to = address<U>(v);
    for (int64_t i = 0; i < n; i++) to[i * stride(v, 0)] = from[i];
  }
  COT_COLD static void fill(int64_t n, T* x) {
    for (int64_t i = 0; i < n; i++) x[i] = std::numeric_limits<T>::quiet_NaN();
  }

  /// fn(from, to) for a few rows of a triangle at a time.
  template <class F> void rowsOf(int64_t n, const F& fn) const {
    constexpr int64_t few = 32;
    s.each(ceilDiv(n, few), double(n) * double(n) * 5e-4, [&](int64_t t) { fn(t * few, least(n, (t + 1) * few)); });
  }
  /// The upper triangle of (A + AT) / 2, or that of AT; false when something in it is not finite.
  COT_COLD bool half(const View& v, int64_t n, bool both, T* to) const {
    const T* from = address<const T>(v);
    const int64_t sr = stride(v, 0), sc = stride(v, 1);
    std::atomic<bool> finite{true};
    rowsOf(n, [&](int64_t i0, int64_t i1) {
      if (sc == 1) turn(i1 - i0, n - i0, from + i0 * (sr + 1), sr, to + i0 * (n + 1), n);
      for (int64_t i = i0; i < i1; i++) {
        T* row = to + i * n;
        const T* other = from + i * sr;
        if (sc != 1) for (int64_t j = i; j < n; j++) row[j] = from[j * sr + i * sc];
        if (both && sc == 1) averaged(n - i, other + i, row + i);
        else if (both) for (int64_t j = i; j < n; j++) row[j] = (other[j * sc] + row[j]) * T(0.5);
        if (!allFinite(n - i, row + i)) finite.store(false, std::memory_order_relaxed);
      }
    });
    return finite;
  }
  COT_COLD void cholesky() const {
    const int64_t n = t.n;
    T* a = room.get<T>(n * n);
    if (room.dry()) {
      choleskyIn(s, room, n, a);
      return;
    }
    if (!half(t.ins[0], n, t.flags != 0, a) || !choleskyIn(s, room, n, a)) fill(n * n, a);
    T* to = address<T>(t.outs[0]);
    const int64_t sr = stride(t.outs[0], 0), sc = stride(t.outs[0], 1);
    rowsOf(n, [&](int64_t i0, int64_t i1) {
      if (sc == 1) turn(i1 - i0, i1, a + i0, n, to + i0 * sr, sr);
      for (int64_t i = i0; i < i1; i++) {
        T* row = to + i * sr;
        if (sc == 1) std::memset(row + i + 1, 0, size_t(n - i - 1) * sizeof(T));
        else for (int64_t j = 0; j < n; j++) row[j * sc] = j > i ? T(0) : a[j * n + i];
      }
    });
  }
  COT_COLD void triangular() const {
    const int64_t n = t.n, k = t.k;
    T *a = room.get<T>(n * n), *x = room.get<T>(n * k);
    if (room.dry()) return;
    const bool lower = (t.flags & 1) != 0, turned = (t.flags & 2) != 0, unit = (t.flags & 4) != 0;
    in(t.ins[0], n, n, a);
    in(t.ins[1], n, k, x);
    Matrix<T> l{a, turned ? 1 : n, turned ? n : 1};
    T* b = x;
    int64_t ldb = k;
    if (lower == turned && n > 0) {   // backwards: the same from the other end
      l = {a + n * n - 1, -l.row, -l.column};
      b = x + (n - 1) * k;
      ldb = -k;
    }
    forwardNegated(s, n, k, l, unit, b, ldb);
    negate(n, k, x, k);
    out(t.outs[0], n, k, x, k);
  }
  COT_COLD void lu() const {
    const int64_t m = t.m, n = t.n, k = least(m, n);
    T* a = room.get<T>(m * n);
    int32_t *pivots = room.get<int32_t>(k), *order = room.get<int32_t>(m);
    const bool sound = room.dry() || in(t.ins[0], m, n, a);
    if (sound) luIn(s, room, m, n, a, pivots, order);
    if (room.dry()) return;
    if (!sound) {
      fill(m * n, a);
      for (int64_t i = 0; i < k; i++) pivots[i] = int32_t(i);
      for (int64_t i = 0; i < m; i++) order[i] = int32_t(i);
    }
    out(t.outs[0], m, n, a, n);
    list(t.outs[1], k, pivots);
    list(t.outs[2], m, order);
  }
  COT_COLD void qr() const {
    const int64_t m = t.m, n = t.n, p = t.flags != 0 ? m : least(m, n);
    T *a = room.get<T>(m * n), *q = room.get<T>(m * p);
    const bool sound = room.dry() || in(t.ins[0], m, n, a);
    if (sound) qrIn(s, room, m, n, p, a, q);
    if (room.dry()) return;
    for (int64_t i = 0; i < m; i++) std::memset(a + i * n, 0, size_t(least(i, n)) * sizeof(T));
    if (!sound) {
      fill(m * n, a);
      fill(m * p, q);
    }
    out(t.outs[0], m, p, q, p);
    out(t.outs[1], p, n, a, n);
  }
  /// A row's sign: its first element that is not small beside its largest is positive. (lib/prim/factor/matrix.ts says so too.)
  COT_COLD static T signOf(int64_t n, const T* row) {
    const T enough = T(0.4) * sizeOfAll(n, row);
    for (int64_t i = 0; i < n; i++)
      if (std::fabs(row[i]) >= enough) return row[i] < 0 ? T(-1) : T(1);
    return 1;
  }
  COT_COLD static void scale(int64_t n, T by, T* row) {
    for (int64_t i = 0; i < n && by < 0; i++) row[i] = -row[i];
  }
  COT_COLD void eigh() const {
    const int64_t n = t.n;
    T *a = room.get<T>(n * n), *w = room.get<T>(n), *vt = room.get<T>(n * n);
    const bool sound = (room.dry() || in(t.ins[0], n, n, a, true)) && eighIn(s, room, n, a, w, vt);
    if (room.dry()) return;
    if (!sound) {
      fill(n, w);
      fill(n * n, vt);
    }
    for (int64_t i = 0; i < n; i++) scale(n, signOf(n, vt + i * n), vt + i * n);
    list(t.outs[0], n, w);
    out(t.outs[1], n, n, vt, n, true);
  }
  COT_COLD void svd() const {
    const bool wide = t.m < t.n, full = t.flags != 0;
    const int64_t m = most(t.m, t.n), n = least(t.m, t.n), p = full ? m : n;
    T *a = room.get<T>(m * n), *ut = room.get<T>(p * m), *d = room.get<T>(n), *vt = room.get<T>(n * n);
    const bool sound = (room.dry() || in(t.ins[0], t.m, t.n, a, wide)) && svdIn(s, room, m, n, full, a, ut, d, vt);
    if (room.dry()) return;
    if (!sound) {
      fill(p * m, ut);
      fill(n, d);
      fill(n * n, vt);
    }
    const T* leading = wide ? vt : ut;
    for (int64_t i = 0; i < n; i++) {
      const T sign = signOf(wide ? n : m, leading + i * (wide ? n : m));
      scale(m, sign, ut + i * m);
      scale(n, sign, vt + i * n);
    }
    for (int64_t i = n; i < p; i++) scale(m, signOf(m, ut + i * m), ut + i * m);
    list(t.outs[1], n, d);
    out(t.outs[wide ? 2 : 0], wide ? p : m, wide ? m : p, ut, m, !wide);
    out(t.outs[wide ? 0 : 2], n, n, vt, n, wide);
  }
  COT_COLD void eig() const {
    const int64_t n = t.n;
    T *a = room.get<T>(n * n), *part = room.get<T>(n * n);
    double* d = room.get<double>(n * n);
    Complex *w = room.get<Complex>(n), *v = room.get<Complex>(n * n), *work = room.get<Complex>(eigenRoom(n));
    if (room.dry()) return;
    bool sound = in(t.ins[0], n, n, a);
    for (int64_t i = 0; i < n * n; i++) d[i] = double(a[i]);
    sound = sound && eigenvalues(n, d, w, v, work);
    for (const int p : {0, 1}) {
      const auto of = [&](const Complex& c) { return !sound ? std::numeric_limits<T>::quiet_NaN() : T(p == 0 ? c.re : c.im); };
      for (int64_t i = 0; i < n; i++) part[i] = of(w[i]);
      list(t.outs[p], n, part);
      for (int64_t i = 0; i < n * n; i++) part[i] = of(v[i]);
      out(t.outs[2 + p], n, n, part, n, true);
    }
  }
  void operator()() const {
    switch (t.which) {
      case FactorKind::eig: return eig();
      case FactorKind::cholesky: return cholesky();
      case FactorKind::triangular: return triangular();
      case FactorKind::lu: return lu();
      case FactorKind::qr: return qr();
      case FactorKind::eigh: return eigh();
      default: return svd();
    }
  }
};

template <class T> COT_COLD void factorAs(const Factor& t, Frame& f) {
  Room dry(nullptr);
  One<T>{t, f, {nullptr, nullptr}, dry, 0}();
  const int64_t bytes = dry.bytes(), largest = most(most(t.m, t.n), t.k);
  const double each = t.micros / double(t.batches);
  const bool ready = f.team != nullptr && f.team->ready();
  if (ready && t.batches < 2 * threadCount() && each > 100) {
    for (int64_t i = 0; i < t.batches; i++) {
      Room room(f.shared->need(bytes));
      One<T>{t, f, {&f, nullptr}, room, i}();
    }
    return;
  }
  const int64_t group = most(1, int64_t(20 / each)), work = gemmBytes(largest, largest, largest, sizeof(T));
  forTasks(f, ceilDiv(t.batches, group), t.micros, [&](int64_t task, Scratch& scratch) {
    char* memory = scratch.need(bytes + work + 64);
    for (int64_t i = task * group; i < least(t.batches, (task + 1) * group); i++) {
      Room room(memory);
      One<T>{t, f, {nullptr, memory + bytes}, room, i}();
    }
  });
}

}  // namespace

void factor(const Factor& t, Frame& f) {
  if (t.batches == 0) return;
  if (t.outs[0].dtype == F32) factorAs<float>(t, f);
  else factorAs<double>(t, f);
}

}}  // namespace cot::COT_ISA
