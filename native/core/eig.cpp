#include "core/eig.hpp"

#include <algorithm>
#include <cmath>

namespace cot {
namespace {

inline Complex operator+(Complex x, Complex y) { return {x.re + y.re, x.im + y.im}; }
inline Complex operator-(Complex x, Complex y) { return {x.re - y.re, x.im - y.im}; }
inline Complex operator*(Complex x, Complex y) { return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }
inline Complex operator*(Complex x, double s) { return {x.re * s, x.im * s}; }
inline Complex conj(Complex x) { return {x.re, -x.im}; }
inline double size(Complex x) { return std::hypot(x.re, x.im); }
Complex operator/(Complex x, Complex y) {
  const double s = size(y);
  const Complex t = x * Complex{y.re / s, -y.im / s};
  return {t.re / s, t.im / s};
}
Complex root(Complex x) {
  const double re = std::sqrt((size(x) + std::fabs(x.re)) / 2);
  if (re == 0) return {0, 0};
  const double im = x.im / (2 * re);
  return x.re >= 0 ? Complex{re, im} : Complex{std::fabs(im), x.im < 0 ? -re : re};
}

struct Turn { Complex a, b; };
/// The rotation that takes (a, b) to (r, 0).
Turn toward(Complex a, Complex b) {
  const double r = std::hypot(size(a), size(b));
  if (r == 0) return {{1, 0}, {0, 0}};
  return {{a.re / r, a.im / r}, {b.re / r, b.im / r}};
}

struct Schur {
  int64_t n;
  Complex *t, *z;       // t upper triangular in the end; z holds Z transposed, so that its turns go along memory
  Turn* turns;

  Complex& at(int64_t i, int64_t j) const { return t[i * n + j]; }
  void rows(int64_t i, int64_t from, const Turn& by) const {
    Complex *p = t + i * n, *q = p + n;
    for (int64_t j = from; j < n; j++) {
      const Complex x = p[j], y = q[j];
      p[j] = conj(by.a) * x + conj(by.b) * y;
      q[j] = by.a * y - by.b * x;
    }
  }
  static void both(Complex& p, Complex& q, const Turn& by) {
    const Complex x = p, y = q;
    p = by.a * x + by.b * y;
    q = conj(by.a) * y - conj(by.b) * x;
  }
  void columns(int64_t j, int64_t to, const Turn& by) const {
    for (int64_t i = 0; i < to; i++) both(at(i, j), at(i, j + 1), by);
    for (int64_t i = 0; i < n; i++) both(z[j * n + i], z[(j + 1) * n + i], by);
  }
  void hessenberg() const {
    for (int64_t k = 0; k + 2 < n; k++)
      for (int64_t i = n - 2; i > k; i--) {
        const Turn by = toward(at(i, k), at(i + 1, k));
        rows(i, k, by);
        columns(i, n, by);
      }
  }
  Complex shift(int64_t hi, int step) const {
    const Complex p = at(hi - 1, hi - 1), q = at(hi - 1, hi), r = at(hi, hi - 1), s = at(hi, hi);
    if (step % 10 == 9) return {size(r) + size(s), size(p)};
    const Complex half = (p - s) * 0.5, d = root(half * half + q * r), mid = half + s, u = mid + d, v = mid - d;
    return size(u - s) < size(v - s) ? u : v;
  }
  void step(int64_t lo, int64_t hi, Complex by) const {
    for (int64_t i = lo; i <= hi; i++) at(i, i) = at(i, i) - by;
    for (int64_t k = lo; k < hi; k++) {
      turns[k] = toward(at(k, k), at(k + 1, k));
      rows(k, k, turns[k]);
    }
    for (int64_t k = lo; k < hi; k++) columns(k, std::min(k + 2, hi) + 1, turns[k]);
    for (int64_t i = lo; i <= hi; i++) at(i, i) = at(i, i) + by;
  }
  bool settle() const {
    int steps = 0;
    for (int64_t hi = n - 1; hi > 0;) {
      int64_t lo = hi;
      while (lo > 0 && size(at(lo, lo - 1)) > 0x1p-53 * (size(at(lo, lo)) + size(at(lo - 1, lo - 1)))) lo--;
      if (lo > 0) at(lo, lo - 1) = {0, 0};
      if (lo == hi) {
        hi--;
        steps = 0;
      } else if (steps == 100) {
        return false;
      } else {
        step(lo, hi, shift(hi, steps));
        steps++;
      }
    }
    return true;
  }
  /// The unit eigenvector of the j-th eigenvalue.
  void vector(int64_t j, double small, Complex* x, Complex* v) const {
    for (int64_t i = 0; i < n; i++) x[i] = {i == j ? 1.0 : 0.0, 0};
    for (int64_t i = j - 1; i >= 0; i--) {
      Complex s{0, 0};
      for (int64_t k = i + 1; k <= j; k++) s = s + at(i, k) * x[k];
      const Complex gap = at(j, j) - at(i, i);
      x[i] = s / (size(gap) < small ? Complex{small, 0} : gap);
    }
    double length = 0;
    for (int64_t i = 0; i < n; i++) {
      v[i] = {0, 0};
      for (int64_t k = 0; k <= j; k++) v[i] = v[i] + z[k * n + i] * x[k];
      length = std::hypot(length, size(v[i]));
    }
    for (int64_t i = 0; i < n; i++) v[i] = {v[i].re / length, v[i].im / length};
  }
};
/// Makes the first element that is not small real and positive.
void phase(int64_t n, Complex* v, bool isReal) {
  double top = 0;
  for (int64_t i = 0; i < n; i++) top = std::fmax(top, size(v[i]));
  int64_t first = 0;
  while (first + 1 < n && size(v[first]) < 0.4 * top) first++;
  const double r = size(v[first]);
  const Complex by = r == 0 ? Complex{1, 0} : Complex{v[first].re / r, -v[first].im / r};
  for (int64_t i = 0; i < n; i++) {
    v[i] = i == first ? Complex{r, 0} : v[i] * by;
    if (isReal) v[i].im = 0;
  }
}

}  // namespace

bool eigenvalues(int64_t n, const double* a, Complex* w, Complex* v, Complex* work) {
  Complex *t = work, *z = t + n * n, *all = z + n * n, *x = all + n * n;
  const Schur s{n, t, z, reinterpret_cast<Turn*>(x + n)};
  double top = 0, tall = 0;
  for (int64_t i = 0; i < n * n; i++) {
    t[i] = {a[i], 0};
    z[i] = {i / n == i % n ? 1.0 : 0.0, 0};
    top = std::fmax(top, std::fabs(a[i]));
  }
  s.hessenberg();
  if (!s.settle()) return false;
  for (int64_t i = 0; i < n * n; i++) tall = std::fmax(tall, size(t[i]));
  const double tiny = 0x1p-50 * double(n) * top, small = 0x1p-52 * std::fmax(1e-300, tall);
  int64_t reals = 0, pairs = 0, done = 0;
  for (int64_t j = 0; j < n; j++) reals += std::fabs(s.at(j, j).im) <= tiny;
  for (int64_t j = 0; j < n; j++) {
    const Complex e = s.at(j, j);
    const bool real = std::fabs(e.im) <= tiny;
    if (!real && (e.im < 0 || pairs >= (n - reals) / 2)) continue;
    Complex* to = all + done * n;
    s.vector(j, small, x, to);
    phase(n, to, real);
    w[done++] = {e.re, real ? 0 : e.im};
    if (real) continue;
    pairs++;
    for (int64_t i = 0; i < n; i++) to[n + i] = conj(to[i]);
    w[done++] = conj(e);
  }
  if (done != n) return false;
  // In order, by the positions that x is free to hold now.
  for (int64_t i = 0; i < n; i++) x[i] = {double(i), 0};
  std::sort(x, x + n, [&](Complex p, Complex q) {
    const Complex &e = w[int64_t(p.re)], &f = w[int64_t(q.re)];
    return e.re != f.re ? e.re < f.re : e.im != f.im ? e.im < f.im : p.re < q.re;
  });
  for (int64_t i = 0; i < n; i++) {
    t[i] = w[int64_t(x[i].re)];
    for (int64_t k = 0; k < n; k++) v[i * n + k] = all[int64_t(x[i].re) * n + k];
  }
  for (int64_t i = 0; i < n; i++) w[i] = t[i];
  return true;
}

}  // namespace cot
