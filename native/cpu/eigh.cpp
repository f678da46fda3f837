// Eigenvalues and eigenvectors of a symmetric matrix: to tridiagonal form by reflections, a panel at a time (half of the work
// are products with the matrix, which is read once a column; the rest is gemm), then implicit QL steps in double precision
// whose rotations are put off and applied to strips of the eigenvectors.
#include <algorithm>

#include "cpu/linear.hpp"

namespace cot { namespace COT_ISA {
namespace {

/// y += A x for four rows of the upper triangle and what they mean by symmetry; a: at the diagonal of the first row.
template <class T> COT_APART void symmetricRows(int64_t n, const T* a, int64_t ld, const T* x, T* y) {
  using W = Wide<T>;
  constexpr int L = W::lanes;
  const int64_t few = least(4, n);
  for (int64_t i = 0; i < few; i++)
    for (int64_t j = i; j < few; j++) {
      y[i] += a[i * ld + j] * x[j];
      if (j > i) y[j] += a[i * ld + j] * x[i];
    }
  if (n <= 4) return;
  const T x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
  W s0 = {}, s1 = {}, s2 = {}, s3 = {};
  int64_t j = 4;
  for (; j + L <= n; j += L) {
    const W a0 = W::load(a + j), a1 = W::load(a + ld + j), a2 = W::load(a + 2 * ld + j), a3 = W::load(a + 3 * ld + j);
    const W xj = W::load(x + j);
    s0 = s0 + a0 * xj;
    s1 = s1 + a1 * xj;
    s2 = s2 + a2 * xj;
    s3 = s3 + a3 * xj;
    (W::load(y + j) + (x0 * a0 + x1 * a1 + (x2 * a2 + x3 * a3))).store(y + j);
  }
  for (; j < n; j++) {
    const T *b = a + ld, *c = b + ld, *d = c + ld;
    y[0] += a[j] * x[j];
    y[1] += b[j] * x[j];
    y[2] += c[j] * x[j];
    y[3] += d[j] * x[j];
    y[j] += x0 * a[j] + x1 * b[j] + (x2 * c[j] + x3 * d[j]);
  }
  y[0] += s0.sum();
  y[1] += s1.sum();
  y[2] += s2.sum();
  y[3] += s3.sum();
}

template <class T> struct Tridiagonal {
  const Space<T>& s;
  int64_t n;
  T* a;                                // its upper triangle
  const Reflections<T>& r;
  T *left, *right, *parts;             // 2 blockSize x n: rows V, W and -W, -V; partial sums of products
  double *d, *e;

  static constexpr int64_t rowsEach = 128;
  static int64_t partsOf(int64_t n) { return most(1, ceilDiv(n, rowsEach)); }

  /// y = A x over rows and columns from..n.
  COT_COLD void times(int64_t from, const T* x, T* y) const {
    const int64_t rows = n - from, count = partsOf(rows);
    s.each(count, double(rows) * double(rows) * (sizeof(T) == 4 ? 5e-5 : 1e-4), [&](int64_t t) {
      T* to = parts + t * n;
      const int64_t first = t * rowsEach, last = least(rows, first + rowsEach);
      for (int64_t i = first; i < rows; i++) to[i] = 0;
      for (int64_t i = first; i < last; i += 4) symmetricRows(rows - i, a + (from + i) * (n + 1), n, x + i, to + i);
    });
    for (int64_t i = 0; i < rows; i++) y[i] = 0;
    for (int64_t t = 0; t < count; t++)
      for (int64_t i = t * rowsEach; i < rows; i++) y[i] += parts[t * n + i];
  }
  /// Column j of a panel that begins at j0: its reflection, and what the panel owes to the rest.
  COT_COLD void column(int64_t j0, int64_t j) const {
    const int64_t jj = j - j0, rest = n - j - 1;
    T* row = a + j * n;
    for (int64_t p = 0; p < jj; p++) {
      const T *v = left + p * n, *w = left + (blockSize + p) * n;
      addScaled(n - j, -v[j], w + j, row + j);
      addScaled(n - j, -w[j], v + j, row + j);
    }
    d[j] = row[j];
    if (rest == 0) return;
    T* v = r.v + j * n;
    for (int64_t i = 0; i <= j; i++) v[i] = 0;
    std::memcpy(v + j + 1, row + j + 1, size_t(rest) * sizeof(T));
    e[j] = reflection(rest, v + j + 1, r.tau[j]);
    T *w = left + (blockSize + jj) * n, *x = v + j + 1, *y = w + j + 1;
    times(j + 1, x, y);
    for (int64_t p = 0; p < jj; p++) {
      const T *vp = left + p * n + j + 1, *wp = left + (blockSize + p) * n + j + 1;
      const T wx = inner(rest, wp, x), vx = inner(rest, vp, x);
      addScaled(rest, -wx, vp, y);
      addScaled(rest, -vx, wp, y);
    }
    const T tau = r.tau[j];
    for (int64_t i = 0; i < rest; i++) y[i] *= tau;
    addScaled(rest, T(-0.5) * tau * inner(rest, y, x), x, y);
    for (int64_t i = 0; i <= j; i++) w[i] = 0;
    std::memcpy(left + jj * n, v, size_t(n) * sizeof(T));
    for (int64_t i = 0; i < n; i++) {
      right[jj * n + i] = -w[i];
      right[(blockSize + jj) * n + i] = -v[i];
    }
  }
  COT_COLD void operator()() const {
    for (int64_t j0 = 0; j0 < n; j0 += blockSize) {
      const int64_t j1 = least(n, j0 + blockSize);
      for (int64_t j = j0; j < j1; j++) column(j0, j);
      if (j0 < r.count) r.close(s, j0);
      if (j1 < n) s.halfProduct(n - j1, 2 * blockSize, {left + j1, 1, n}, {right + j1, n, 1}, a + j1 * (n + 1), n);
    }
  }
};

/// Implicit QL wants the small end first: from the other end it takes a step for each digit between neighbours. Whether the
/// matrix (d, and e beside it) was turned around.
COT_COLD inline bool smallFirst(int64_t n, double* d, double* e) {
  double first = 0, last = 0;
  for (int64_t i = 0; i < n / 2; i++) {
    first += std::fabs(d[i]) + std::fabs(e[i]);
    last += std::fabs(d[n - 1 - i]) + std::fabs(e[n - 2 - i]);
  }
  if (first <= last) return false;
  std::reverse(d, d + n);
  std::reverse(e, e + n - 1);
  return true;
}
/// The eigenvalues of a tridiagonal matrix (d, and e beside it) by implicit QL; false when a step count is exceeded.
template <class T, class Flush> COT_COLD bool implicitQL(int64_t n, double* d, double* e, Rotations<T>& turns, const Flush& flush) {
  constexpr double eps = sizeof(T) == 4 ? 0x1p-27 : 0x1p-53;
  int64_t steps = 0;
  for (int64_t l = 0; l < n; l++)
    for (;; steps++) {
      int64_t m = l;
      while (m + 1 < n && std::fabs(e[m]) > eps * (std::fabs(d[m]) + std::fabs(d[m + 1]))) m++;
      if (m == l) break;
      if (steps > 60 * n) return false;
      if (turns.full(n)) flush();
      const double q = (d[l + 1] - d[l]) / (2 * e[l]), root = std::sqrt(q * q + 1);
      double g = d[m] - d[l] + e[l] / (q + (q < 0 ? -root : root)), c = 1, s = 1, p = 0;
      int64_t i = m - 1;
      for (; i >= l; i--) {
        const double f = s * e[i], b = c * e[i], h = std::sqrt(f * f + g * g);
        e[i + 1] = h;
        if (h == 0) {
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        s = f / h;
        c = g / h;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        turns.add(i, i + 1, c, s);
      }
      if (i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  return true;
}

}  // namespace

template <class T> COT_COLD bool eighIn(const Space<T>& s, Room& room, int64_t n, T* a, T* w, T* vt) {
  const Reflections<T> r(room, most(0, n - 1), n, 1, n);
  T *left = room.get<T>(2 * blockSize * n), *right = room.get<T>(2 * blockSize * n);
  T *parts = room.get<T>(Tridiagonal<T>::partsOf(n) * n), *z = room.get<T>(n * n);
  double *d = room.get<double>(n), *e = room.get<double>(n + 1);
  int64_t* order = room.get<int64_t>(n);
  Rotations<T> turns(room, n);
  if (room.dry()) return true;
  std::memset(left, 0, size_t(2 * blockSize * n) * sizeof(T));
  std::memset(right, 0, size_t(2 * blockSize * n) * sizeof(T));
  Tridiagonal<T>{s, n, a, r, left, right, parts, d, e}();
  r.form(s, n, a, n);
  s.split(n, 16, double(n) * double(n) * 1e-3, [&](int64_t from, int64_t to) { turn(to - from, n, a + from, n, z + from * n, n); });
  double top = 0;
  for (int64_t i = 0; i < n; i++) top = std::fmax(top, std::fmax(std::fabs(d[i]), i + 1 < n ? std::fabs(e[i]) : 0));
  if (!(top <= 1.7e308)) return false;
  const double unit = top == 0 ? 1 : top;
  for (int64_t i = 0; i < n; i++) {
    d[i] /= unit;
    e[i] = i + 1 < n ? e[i] / unit : 0;
  }
  const bool turned = smallFirst(n, d, e);
  T* rows = turned ? z + (n - 1) * n : z;
  const int64_t step = turned ? -n : n;
  const auto flush = [&] { turns.apply(s, n, rows, step); };
  if (!implicitQL(n, d, e, turns, flush)) return false;
  flush();
  for (int64_t i = 0; i < n; i++) order[i] = i;
  std::sort(order, order + n, [&](int64_t i, int64_t j) { return d[i] < d[j] || (d[i] == d[j] && i < j); });
  for (int64_t i = 0; i < n; i++) {
    w[i] = T(d[order[i]] * unit);
    std::memcpy(vt + i * n, rows + order[i] * step, size_t(n) * sizeof(T));
  }
  return true;
}
template bool eighIn<float>(const Space<float>&, Room&, int64_t, float*, float*, float*);
template bool eighIn<double>(const Space<double>&, Room&, int64_t, double*, double*, double*);

}}  // namespace cot::COT_ISA
