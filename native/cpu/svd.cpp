// Singular values and vectors: to upper bidiagonal form by reflections from both sides, a panel at a time (half of the work
// are two products with the matrix a column; the rest is gemm), then implicit QR steps in double precision whose rotations
// are put off and applied to strips of both sets of vectors.
#include <algorithm>

#include "cpu/linear.hpp"

namespace cot { namespace COT_ISA {
namespace {

template <class T> struct Bidiagonal {
  const Space<T>& s;
  int64_t m, n;
  T* a;
  const Reflections<T>&l, &r;      // left: n of length m; right: n - 1 of length n
  T *x, *y, *parts;                // blockSize x m, blockSize x n: what the panel owes: A - VT Y - XT U; partial sums
  double *d, *e;

  static constexpr int64_t rowsEach = 64;
  static int64_t partsOf(int64_t m) { return most(1, ceilDiv(m, rowsEach)); }
  static double micros(int64_t rows, int64_t columns) { return double(rows) * double(columns) * (sizeof(T) == 4 ? 1e-4 : 2e-4); }

  /// y = v A over rows i.. and columns from.. .
  void rowTimes(int64_t i, int64_t from, const T* v, T* to) const {
    const int64_t rows = m - i, columns = n - from, count = partsOf(rows);
    s.each(count, micros(rows, columns), [&](int64_t t) {
      T* sum = parts + t * n;
      std::memset(sum, 0, size_t(columns) * sizeof(T));
      const int64_t last = least(rows, (t + 1) * rowsEach);
      int64_t k = t * rowsEach;
      for (; k + 4 <= last; k += 4) {
        const T *p = a + (i + k) * n + from, *q = p + n, *u = q + n, *w = u + n;
        const T v0 = v[k], v1 = v[k + 1], v2 = v[k + 2], v3 = v[k + 3];
        for (int64_t j = 0; j < columns; j++) sum[j] += v0 * p[j] + v1 * q[j] + (v2 * u[j] + v3 * w[j]);
      }
      for (; k < last; k++) addScaled(columns, v[k], a + (i + k) * n + from, sum);
    });
    std::memset(to, 0, size_t(columns) * sizeof(T));
    for (int64_t t = 0; t < count; t++) addScaled(columns, T(1), parts + t * n, to);
  }
  /// x = A u over rows i.. and columns from.. .
  COT_COLD void timesColumn(int64_t i, int64_t from, const T* u, T* to) const {
    const int64_t rows = m - i;
    s.each(partsOf(rows), micros(rows, n - from), [&](int64_t t) {
      for (int64_t k = t * rowsEach; k < least(rows, (t + 1) * rowsEach); k++) to[k] = inner(n - from, a + (i + k) * n + from, u);
    });
  }
  COT_COLD void left(int64_t j0, int64_t i) const {
    const int64_t ii = i - j0, rows = m - i, rest = n - i - 1;
    T *v = l.v + i * m + i, *to = y + ii * n + i + 1;
    for (int64_t k = 0; k < rows; k++) v[k] = a[(i + k) * n + i];
    for (int64_t k = 0; k < i; k++) v[k - i] = 0;
    for (int64_t p = 0; p < ii; p++) {
      addScaled(rows, -y[p * n + i], l.v + (j0 + p) * m + i, v);
      addScaled(rows, -r.v[(j0 + p) * n + i], x + p * m + i, v);
    }
    d[i] = reflection(rows, v, l.tau[i]);
    rowTimes(i, i + 1, v, to);
    for (int64_t p = 0; p < ii; p++) {
      const T vv = inner(rows, l.v + (j0 + p) * m + i, v), xv = inner(rows, x + p * m + i, v);
      addScaled(rest, -vv, y + p * n + i + 1, to);
      addScaled(rest, -xv, r.v + (j0 + p) * n + i + 1, to);
    }
    for (int64_t k = 0; k < rest; k++) to[k] *= l.tau[i];
    for (int64_t k = 0; k <= i; k++) y[ii * n + k] = 0;
  }
  COT_COLD void right(int64_t j0, int64_t i) const {
    const int64_t ii = i - j0, rest = n - i - 1, rows = m - i - 1;
    T *u = r.v + i * n + i + 1, *to = x + ii * m + i + 1;
    std::memcpy(u, a + i * n + i + 1, size_t(rest) * sizeof(T));
    for (int64_t k = 0; k <= i; k++) u[k - i - 1] = 0;
    for (int64_t p = 0; p <= ii; p++) addScaled(rest, -l.v[(j0 + p) * m + i], y + p * n + i + 1, u);
    for (int64_t p = 0; p < ii; p++) addScaled(rest, -x[p * m + i], r.v + (j0 + p) * n + i + 1, u);
    e[i] = reflection(rest, u, r.tau[i]);
    timesColumn(i + 1, i + 1, u, to);
    for (int64_t p = 0; p <= ii; p++) addScaled(rows, -inner(rest, y + p * n + i + 1, u), l.v + (j0 + p) * m + i + 1, to);
    for (int64_t p = 0; p < ii; p++) addScaled(rows, -inner(rest, r.v + (j0 + p) * n + i + 1, u), x + p * m + i + 1, to);
    for (int64_t k = 0; k < rows; k++) to[k] *= r.tau[i];
    for (int64_t k = 0; k <= i; k++) x[ii * m + k] = 0;
  }
  COT_COLD void operator()() const {
    for (int64_t j0 = 0; j0 < n; j0 += blockSize) {
      const int64_t j1 = least(n, j0 + blockSize), size = j1 - j0;
      for (int64_t i = j0; i < j1; i++) {
        left(j0, i);
        if (i + 1 < n) right(j0, i);
      }
      l.close(s, j0);
      if (j0 < r.count) r.close(s, j0);
      if (j1 == n) return;
      for (int64_t k = 0; k < size; k++) {
        for (int64_t j = j1; j < n; j++) y[k * n + j] = -y[k * n + j];
        for (int64_t j = j1; j < m; j++) x[k * m + j] = -x[k * m + j];
      }
      T* rest = a + j1 * (n + 1);
      s.product(m - j1, n - j1, size, {l.v + j0 * m + j1, 1, m}, {y + j1, n, 1}, rest, n, true);
      s.product(m - j1, n - j1, size, {x + j1, 1, m}, {r.v + j0 * n + j1, n, 1}, rest, n, true);
    }
  }
};

/// The singular values of an upper bidiagonal matrix (d, and e above it).
template <class T, class Flush> struct ImplicitQR {
  int64_t n;
  double *d, *e;
  Rotations<T>&u, &v;
  const Flush& flush;

  static constexpr double eps = sizeof(T) == 4 ? 0x1p-27 : 0x1p-53;
  struct Turn { double c, s, length; };
  static Turn toward(double f, double g) {
    const double h = std::sqrt(f * f + g * g);
    return h == 0 ? Turn{1, 0, 0} : Turn{f / h, g / h, h};
  }
  static void note(Rotations<T>& to, int64_t i, int64_t j, const Turn& t) { to.add(i, j, t.c, -t.s); }

  /// d[last] is zero: e[last - 1] is turned out of the matrix to the left.
  COT_COLD void dropLast(int64_t k, int64_t last) const {
    double f = e[last - 1];
    e[last - 1] = 0;
    for (int64_t j = last - 1; j >= k; j--) {
      const Turn t = toward(d[j], f);
      d[j] = t.length;
      if (j > k) {
        f = -t.s * e[j - 1];
        e[j - 1] *= t.c;
      }
      note(v, j, last, t);
    }
  }
  /// d[k] is zero: e[k] is turned out to the right.
  COT_COLD void dropFirst(int64_t k, int64_t last) const {
    double f = e[k];
    e[k] = 0;
    for (int64_t j = k + 1; j <= last; j++) {
      const Turn t = toward(d[j], f);
      d[j] = t.length;
      if (j < last) {
        f = -t.s * e[j];
        e[j] *= t.c;
      }
      note(u, j, k, t);
    }
  }
  COT_COLD double shift(int64_t k, int64_t last) const {
    const double scale = std::fmax(std::fmax(std::fabs(d[last]), std::fabs(d[last - 1])), std::fmax(std::fabs(e[last - 1]), std::fmax(std::fabs(d[k]), std::fabs(e[k]))));
    const double sp = d[last] / scale, spm = d[last - 1] / scale, epm = e[last - 1] / scale;
    const double b = ((spm + sp) * (spm - sp) + epm * epm) / 2, c = (sp * epm) * (sp * epm);
    if (b == 0 && c == 0) return 0;
    const double root = std::sqrt(b * b + c);
    return scale * scale * (c / (b + (b < 0 ? -root : root)));
  }
  COT_COLD void step(int64_t k, int64_t last) const {
    const double by = shift(k, last);
    double f = (d[k] * d[k] - d[last] * d[last]) + by, g = d[k] * e[k];
    for (int64_t j = k; j < last; j++) {
      Turn t = toward(f, g);
      if (j > k) e[j - 1] = t.length;
      f = t.c * d[j] + t.s * e[j];
      e[j] = t.c * e[j] - t.s * d[j];
      g = t.s * d[j + 1];
      d[j + 1] *= t.c;
      note(v, j, j + 1, t);
      t = toward(f, g);
      d[j] = t.length;
      f = t.c * e[j] + t.s * d[j + 1];
      d[j + 1] = t.c * d[j + 1] - t.s * e[j];
      if (j + 1 < last) {
        g = t.s * e[j + 1];
        e[j + 1] *= t.c;
      }
      note(u, j, j + 1, t);
    }
    e[last - 1] = f;
  }
  COT_COLD bool operator()() const {
    int steps = 0;
    for (int64_t last = n - 1; last > 0;) {
      if (u.full(n) || v.full(n)) flush();
      int64_t k = last;
      while (k > 0 && std::fabs(e[k - 1]) > eps * (std::fabs(d[k - 1]) + std::fabs(d[k])) + 1e-300) k--;
      if (k > 0) e[k - 1] = 0;
      if (k == last) {
        last--;
        steps = 0;
        continue;
      }
      if (steps++ == 100) return false;
      int64_t zero = last;
      while (zero >= k && std::fabs(d[zero]) > eps * ((zero < last ? std::fabs(e[zero]) : 0) + (zero > k ? std::fabs(e[zero - 1]) : 0)) + 1e-300) zero--;
      if (zero < k) step(k, last);
      else {
        d[zero] = 0;
        if (zero == last) dropLast(k, last);
        else dropFirst(zero, last);
      }
    }
    return true;
  }
};
template <class T, class Flush> bool implicitQR(int64_t n, double* d, double* e, Rotations<T>& u, Rotations<T>& v, const Flush& flush) {
  return ImplicitQR<T, Flush>{n, d, e, u, v, flush}();
}
template <class T> COT_COLD void columnsOut(const Space<T>& s, int64_t rows, int64_t columns, const T* from, T* to) {
  s.split(columns, 16, double(rows) * double(columns) * 1e-3, [&](int64_t p, int64_t q) { turn(q - p, rows, from + p, columns, to + p * rows, rows); });
}

}  // namespace

template <class T> COT_COLD bool svdIn(const Space<T>& s, Room& room, int64_t m, int64_t n, bool full, T* a, T* ut, T* w, T* vt) {
  const int64_t p = full ? m : n;
  const Reflections<T> l(room, n, m, 0, most(m, p)), r(room, most(0, n - 1), n, 1, n);
  T *x = room.get<T>(blockSize * m), *y = room.get<T>(blockSize * n), *parts = room.get<T>(Bidiagonal<T>::partsOf(m) * n);
  T *q = room.get<T>(m * p), *zu = room.get<T>(n * m), *zv = room.get<T>(n * n);
  double *d = room.get<double>(n), *e = room.get<double>(n + 1);
  int64_t* order = room.get<int64_t>(n);
  Rotations<T> left(room, n), right(room, n);
  if (room.dry()) return true;
  Bidiagonal<T>{s, m, n, a, l, r, x, y, parts, d, e}();
  l.form(s, p, q, p);
  columnsOut(s, m, p, q, ut);
  r.form(s, n, q, n);
  columnsOut(s, n, n, q, vt);
  double top = 0;
  for (int64_t i = 0; i < n; i++) top = std::fmax(top, std::fmax(std::fabs(d[i]), i + 1 < n ? std::fabs(e[i]) : 0));
  if (!(top <= 1.7e308)) return false;
  const double unit = top == 0 ? 1 : top;
  for (int64_t i = 0; i < n; i++) {
    d[i] /= unit;
    e[i] = i + 1 < n ? e[i] / unit : 0;
  }
  const auto flush = [&] {
    left.apply(s, m, ut, m);
    right.apply(s, n, vt, n);
  };
  if (!implicitQR(n, d, e, left, right, flush)) return false;
  flush();
  for (int64_t i = 0; i < n; i++) {
    order[i] = i;
    if (d[i] < 0 || (d[i] == 0 && std::signbit(d[i]))) {
      d[i] = -d[i];
      for (int64_t j = 0; j < n; j++) vt[i * n + j] = -vt[i * n + j];
    }
  }
  std::sort(order, order + n, [&](int64_t i, int64_t j) { return d[i] > d[j] || (d[i] == d[j] && i < j); });
  std::memcpy(zu, ut, size_t(n * m) * sizeof(T));
  std::memcpy(zv, vt, size_t(n * n) * sizeof(T));
  for (int64_t i = 0; i < n; i++) {
    w[i] = T(d[order[i]] * unit);
    std::memcpy(ut + i * m, zu + order[i] * m, size_t(m) * sizeof(T));
    std::memcpy(vt + i * n, zv + order[i] * n, size_t(n) * sizeof(T));
  }
  return true;
}
template bool svdIn<float>(const Space<float>&, Room&, int64_t, int64_t, bool, float*, float*, float*, float*);
template bool svdIn<double>(const Space<double>&, Room&, int64_t, int64_t, bool, double*, double*, double*, double*);

}}  // namespace cot::COT_ISA
