// Discrete Fourier transforms, O(n log n) for every n. `lanes` transforms go side by side, one in each lane, real and
// imaginary parts in planes of their own: every pass of Stockham's algorithm is then whole vectors from the first to the
// last, and nothing is ever brought into bit-reversed order. A long transform is cut in two (six-step): `rows` elements far
// apart for a cache line of columns at once, turned, then `columns` elements for a line of rows at once. A large prime goes
// by a convolution with a chirp. Blocks depend on sizes only, so results depend neither on threads nor on vector length.
#include <cmath>

#include "core/fourier.hpp"
#include "cpu/block.hpp"
#include "cpu/entry.hpp"
#include "cpu/simd.hpp"

namespace cot { namespace COT_ISA {
namespace {

/// Complex numbers in memory: element i of lane l is at i * stride + l * lane in both planes, or at i * stride + at[l].
template <class P> struct Planes {
  P *re, *im;
  int64_t stride, lane;
  const int64_t* at;
};
template <class T> using From = Planes<const T>;
template <class T> using To = Planes<T>;

// ---- a pass ----
/// y[q + s (r p + j)] = w^(p j) sum_k x[q + s (p + m k)] e^(-2 pi i j k / r), for q < s, p < m; w: roots of this pass.
template <class T> struct Pass {
  const T *xr, *xi;
  T *yr, *yi;
  const T* w;
  int64_t m, s;
};
template <class T> using Vec = typename Simd<T>::V;

template <class T> struct Z { Vec<T> re, im; };
template <class T> inline Z<T> operator+(Z<T> a, Z<T> b) { return {a.re + b.re, a.im + b.im}; }
template <class T> inline Z<T> operator-(Z<T> a, Z<T> b) { return {a.re - b.re, a.im - b.im}; }
/// a / i
template <class T> inline Z<T> turned(Z<T> a) { return {a.im, -a.re}; }
template <class T> inline Z<T> times(Z<T> a, const T* w) { return {a.re * w[0] - a.im * w[1], a.re * w[1] + a.im * w[0]}; }
template <class T> inline Z<T> scaled(Z<T> a, T c) { return {a.re * c, a.im * c}; }

/// The transform of R numbers in place.
template <class T> inline void small(Z<T> (&x)[2]) {
  const Z<T> a = x[0];
  x[0] = a + x[1];
  x[1] = a - x[1];
}
template <class T> inline void small(Z<T> (&x)[4]) {
  const Z<T> a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = turned(x[1] - x[3]);
  x[0] = a + c;
  x[1] = b + d;
  x[2] = a - c;
  x[3] = b - d;
}
template <class T> inline void small(Z<T> (&x)[3]) {
  constexpr T s = T(0.866025403784438646763723170752936183);
  const Z<T> a = x[1] + x[2], b = scaled(turned(x[1] - x[2]), s), c = x[0] - scaled(a, T(0.5));
  x[0] = x[0] + a;
  x[1] = c + b;
  x[2] = c - b;
}
template <class T> inline void small(Z<T> (&x)[5]) {
  constexpr T c1 = T(0.309016994374947424102293417182819059), c2 = T(-0.809016994374947424102293417182819059);
  constexpr T s1 = T(0.951056516295153572116439333379382143), s2 = T(0.587785252292473129168705954639072769);
  const Z<T> a = x[1] + x[4], b = turned(x[1] - x[4]), c = x[2] + x[3], d = turned(x[2] - x[3]);
  const Z<T> p = x[0] + scaled(a, c1) + scaled(c, c2), q = x[0] + scaled(a, c2) + scaled(c, c1);
  const Z<T> u = scaled(b, s1) + scaled(d, s2), v = scaled(b, s2) - scaled(d, s1);
  x[0] = x[0] + a + c;
  x[1] = p + u;
  x[2] = q + v;
  x[3] = q - v;
  x[4] = p - u;
}
template <class T, int R> void pass(const Pass<T>& a) {
  constexpr int64_t W = Simd<T>::lanes;
  for (int64_t p = 0; p < a.m; p++) {
    const T* w = a.w + p * (R - 1) * 2;
    for (int64_t q = 0; q < a.s; q += W) {
      Z<T> x[R];
      for (int k = 0; k < R; k++) {
        const int64_t at = q + a.s * (p + a.m * k);
        x[k] = {Simd<T>::load(a.xr + at), Simd<T>::load(a.xi + at)};
      }
      small(x);
      for (int j = 0; j < R; j++) {
        const Z<T> y = j == 0 || p == 0 ? x[j] : times(x[j], w + (j - 1) * 2);
        Simd<T>::store(a.yr + q + a.s * (R * p + j), y.re);
        Simd<T>::store(a.yi + q + a.s * (R * p + j), y.im);
      }
    }
  }
}
/// Any odd radix up to 13, by pairs of opposite terms. `c`: re, im of its own roots of unity.
template <class T> void oddPass(const Pass<T>& a, int r, const T* c) {
  constexpr int64_t W = Simd<T>::lanes;
  const int half = (r - 1) / 2;
  for (int64_t p = 0; p < a.m; p++) {
    const T* w = a.w + p * (r - 1) * 2;
    for (int64_t q = 0; q < a.s; q += W) {
      const auto in = [&](int k) {
        const int64_t at = q + a.s * (p + a.m * k);
        return Z<T>{Simd<T>::load(a.xr + at), Simd<T>::load(a.xi + at)};
      };
      const auto out = [&](int j, Z<T> y) {
        if (p > 0 && j > 0) y = times(y, w + (j - 1) * 2);
        Simd<T>::store(a.yr + q + a.s * (r * p + j), y.re);
        Simd<T>::store(a.yi + q + a.s * (r * p + j), y.im);
      };
      Z<T> sum[6], difference[6];
      const Z<T> first = in(0);
      Z<T> all = first;
      for (int k = 0; k < half; k++) {
        const Z<T> u = in(k + 1), v = in(r - 1 - k);
        sum[k] = u + v;
        difference[k] = turned(u - v);
        all = all + sum[k];
      }
      out(0, all);
      for (int j = 1; j <= half; j++) {
        Z<T> even = first, odd = {Vec<T>{}, Vec<T>{}};
        for (int k = 0; k < half; k++) {
          const T* root = c + j * (k + 1) % r * 2;
          even = even + scaled(sum[k], root[0]);
          odd = odd - scaled(difference[k], root[1]);
        }
        out(j, even + odd);
        out(r - j, even - odd);
      }
    }
  }
}
/// Roots of unity of the odd radices that have no pass of their own.
template <class T> const T* rootsOf(int r) {
  struct Tables {
    T at[3][26];
    Tables() {
      for (int i = 0; i < 3; i++)
        for (int k = 0, n = i == 0 ? 7 : i == 1 ? 11 : 13; k < n; k++) {
          const double angle = -6.283185307179586476925286766559 * k / n;
          at[i][2 * k] = T(std::cos(angle));
          at[i][2 * k + 1] = T(std::sin(angle));
        }
    }
  };
  static const Tables tables;
  return tables.at[r == 7 ? 0 : r == 11 ? 1 : 2];
}

// ---- whole transforms in lanes ----
/// Planes of n * lanes numbers, real then imaginary.
template <class T> struct Work {
  T *a, *b;
  int64_t plane;
};
template <class T> int64_t workBytes(int64_t n) { return 4 * n * 64; }
template <class T> Work<T> workAt(char* memory, int64_t n) {
  const int64_t plane = n * lanesOf<T>;
  T* a = reinterpret_cast<T*>(memory);
  return {a, a + 2 * plane, plane};
}
/// Transforms what lies in w.a; it comes to lie in w.a again.
template <class T> void whole(const Fourier<T>& f, Work<T>& w) {
  const T* roots = f.roots.data();
  int64_t s = lanesOf<T>, length = f.n;
  for (const int r : f.radices) {
    const int64_t m = length / r;
    const Pass<T> a = {w.a, w.a + w.plane, w.b, w.b + w.plane, roots, m, s};
    switch (r) {
      case 2: pass<T, 2>(a); break;
      case 3: pass<T, 3>(a); break;
      case 4: pass<T, 4>(a); break;
      case 5: pass<T, 5>(a); break;
      default: oddPass<T>(a, r, rootsOf<T>(r)); break;
    }
    roots += m * (r - 1) * 2;
    s *= r;
    length = m;
    T* swap = w.a;
    w.a = w.b;
    w.b = swap;
  }
}
template <class T, int lane> void readLanes(const From<T>& x, int64_t n, const Work<T>& w) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t l = 0; l < lanesOf<T>; l++) {
      w.a[i * lanesOf<T> + l] = x.re[i * x.stride + l * lane];
      w.a[w.plane + i * lanesOf<T> + l] = x.im[i * x.stride + l * lane];
    }
}
template <class T> void readIn(const From<T>& x, int64_t n, int64_t lanes, const Work<T>& w) {
  if (x.at == nullptr && lanes == lanesOf<T> && x.lane == 1) return readLanes<T, 1>(x, n, w);
  if (x.at == nullptr && lanes == lanesOf<T> && x.lane == 2) return readLanes<T, 2>(x, n, w);
  for (int64_t i = 0; i < n; i++)
    for (int64_t l = 0; l < lanesOf<T>; l++) {
      const int64_t from = i * x.stride + (x.at != nullptr ? x.at[l < lanes ? l : 0] : l * x.lane);
      w.a[i * lanesOf<T> + l] = l < lanes ? x.re[from] : T(0);
      w.a[w.plane + i * lanesOf<T> + l] = l < lanes ? x.im[from] : T(0);
    }
}
template <class T, int lane> void writeLanes(const Work<T>& w, int64_t n, T scale, const To<T>& y) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t l = 0; l < lanesOf<T>; l++) {
      y.re[i * y.stride + l * lane] = w.a[i * lanesOf<T> + l] * scale;
      y.im[i * y.stride + l * lane] = w.a[w.plane + i * lanesOf<T> + l] * scale;
    }
}
template <class T> void writeOut(const Work<T>& w, int64_t n, int64_t lanes, T scale, const To<T>& y) {
  if (y.at == nullptr && lanes == lanesOf<T> && y.lane == 1) return writeLanes<T, 1>(w, n, scale, y);
  if (y.at == nullptr && lanes == lanesOf<T> && y.lane == 2) return writeLanes<T, 2>(w, n, scale, y);
  for (int64_t l = 0; l < lanes; l++) {
    const int64_t to = y.at != nullptr ? y.at[l] : l * y.lane;
    for (int64_t i = 0; i < n; i++) {
      y.re[i * y.stride + to] = w.a[i * lanesOf<T> + l] * scale;
      y.im[i * y.stride + to] = w.a[w.plane + i * lanesOf<T> + l] * scale;
    }
  }
}
/// Row i times table[i], in all lanes.
template <class T> void rowsTimes(T* re, T* im, int64_t n, const T* table) {
  for (int64_t i = 0; i < n; i++)
    for (int64_t l = i * lanesOf<T>; l < (i + 1) * lanesOf<T>; l++) {
      const T a = re[l], b = im[l];
      re[l] = a * table[2 * i] - b * table[2 * i + 1];
      im[l] = a * table[2 * i + 1] + b * table[2 * i];
    }
}
/// The chirp in lanes: what lies in w.a, of f.n rows in room for f.padded->n.
template <class T> void chirpedWhole(const Fourier<T>& f, Work<T>& w) {
  const int64_t size = f.padded->n, gap = (size - f.n) * lanesOf<T>;
  rowsTimes(w.a, w.a + w.plane, f.n, f.chirp.data());
  std::memset(w.a + f.n * lanesOf<T>, 0, size_t(gap) * sizeof(T));
  std::memset(w.a + w.plane + f.n * lanesOf<T>, 0, size_t(gap) * sizeof(T));
  whole(*f.padded, w);
  rowsTimes(w.a, w.a + w.plane, size, f.kernel.data());
  // The inverse is the transform with real and imaginary parts in each other's place.
  const auto exchanged = [&] {
    for (int64_t i = 0; i < w.plane; i++) {
      const T re = w.a[i];
      w.a[i] = w.a[w.plane + i];
      w.a[w.plane + i] = re;
    }
  };
  exchanged();
  whole(*f.padded, w);
  exchanged();
  rowsTimes(w.a, w.a + w.plane, f.n, f.chirp.data());
}
template <class T> bool inLanes(const Fourier<T>& f) {
  return f.rows == nullptr && (f.padded == nullptr || (f.padded->rows == nullptr && f.padded->n <= wholeLimit));
}
template <class T> int64_t room(const Fourier<T>& f) { return f.padded == nullptr ? f.n : f.padded->n; }
template <class T> void lanesOnce(const Fourier<T>& f, const From<T>& x, const To<T>& y, int64_t lanes, T scale, Scratch& s) {
  Work<T> w = workAt<T>(s.need(workBytes<T>(room(f))), room(f));
  readIn(x, f.n, lanes, w);
  if (f.padded == nullptr) whole(f, w);
  else chirpedWhole(f, w);
  writeOut(w, f.n, lanes, scale, y);
}

// ---- one long transform ----
/// x[row * columns + column] to y[k of rows + rows * (k of columns)]; `turn` holds all of it in between, planes one after
/// the other, column by column.
template <class T> void cutInTwo(const Fourier<T>& f, const From<T>& x, const To<T>& y, T scale, T* turn, double micros, Frame& frame) {
  constexpr int64_t L = lanesOf<T>;
  const int64_t rows = f.rows->n, columns = f.columns->n;
  T *turnRe = turn, *turnIm = turn + f.n;
  forTasks(frame, ceilDiv(columns, L), micros / 2, [&](int64_t t, Scratch& s) {
    const int64_t from = t * L, lanes = least(L, columns - from);
    Work<T> w = workAt<T>(s.need(workBytes<T>(rows)), rows);
    readIn<T>({x.re + from * x.stride, x.im + from * x.stride, columns * x.stride, x.stride, nullptr}, rows, lanes, w);
    whole(*f.rows, w);
    const T *coarse = f.coarse.data() + t * rows * 2, *fine = f.fine.data();
    T *re = w.a, *im = w.a + w.plane;
    for (int64_t r = 0; r < rows; r++)
      for (int64_t l = r * L; l < (r + 1) * L; l++) {
        const T c = coarse[2 * r] * fine[2 * l] - coarse[2 * r + 1] * fine[2 * l + 1];
        const T d = coarse[2 * r] * fine[2 * l + 1] + coarse[2 * r + 1] * fine[2 * l];
        const T a = re[l], b = im[l];
        re[l] = a * c - b * d;
        im[l] = a * d + b * c;
      }
    transposed(lanes, rows, re, L, turnRe + from * rows, rows);
    transposed(lanes, rows, im, L, turnIm + from * rows, rows);
  });
  forTasks(frame, ceilDiv(rows, L), micros / 2, [&](int64_t t, Scratch& s) {
    const int64_t from = t * L, lanes = least(L, rows - from);
    Work<T> w = workAt<T>(s.need(workBytes<T>(columns)), columns);
    readIn<T>({turnRe + from, turnIm + from, rows, 1, nullptr}, columns, lanes, w);
    whole(*f.columns, w);
    writeOut<T>(w, columns, lanes, scale, {y.re + from * y.stride, y.im + from * y.stride, rows * y.stride, y.stride, nullptr});
  });
}
/// A transform whose chirp is too long for lanes: two long transforms of a line of its own.
template <class T> void chirpedLong(const Fourier<T>& f, const From<T>& x, const To<T>& y, T scale, T* memory, double micros, Frame& frame) {
  const int64_t size = f.padded->n;
  T *re = memory, *im = memory + size, *re2 = memory + 2 * size, *im2 = memory + 3 * size, *turn = memory + 4 * size;
  const T *c = f.chirp.data(), *k = f.kernel.data();
  for (int64_t i = 0; i < f.n; i++) {
    const T a = x.re[i * x.stride], b = x.im[i * x.stride];
    re[i] = a * c[2 * i] - b * c[2 * i + 1];
    im[i] = a * c[2 * i + 1] + b * c[2 * i];
  }
  std::memset(re + f.n, 0, size_t(size - f.n) * sizeof(T));
  std::memset(im + f.n, 0, size_t(size - f.n) * sizeof(T));
  cutInTwo<T>(*f.padded, {re, im, 1, 1, nullptr}, {re2, im2, 1, 1, nullptr}, T(1), turn, micros / 2, frame);
  for (int64_t i = 0; i < size; i++) {
    const T a = re2[i], b = im2[i];
    re[i] = a * k[2 * i] - b * k[2 * i + 1];
    im[i] = a * k[2 * i + 1] + b * k[2 * i];
  }
  cutInTwo<T>(*f.padded, {im, re, 1, 1, nullptr}, {im2, re2, 1, 1, nullptr}, T(1), turn, micros / 2, frame);
  for (int64_t i = 0; i < f.n; i++) {
    const T a = re2[i], b = im2[i];
    y.re[i * y.stride] = (a * c[2 * i] - b * c[2 * i + 1]) * scale;
    y.im[i * y.stride] = (a * c[2 * i + 1] + b * c[2 * i]) * scale;
  }
}

template <class T> void transform(const Dft& d, Frame& f) {
  constexpr int64_t L = lanesOf<T>;
  const int rank = d.batch.size;
  int64_t lines = 1;
  for (int64_t n : d.batch) lines *= n;
  if (lines == 0 || d.n == 0) return;
  const Walk wx = collapse(rank, d.batch.at, d.x.strides.at), wy = collapse(rank, d.batch.at, d.out.strides.at);
  const auto offset = [](const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; };
  const auto ends = [&](const View& v) { return d.inverse ? v.strides[rank + 1] : 0; };
  const T* x = reinterpret_cast<const T*>(addressOf(d.x, f));
  T* y = reinterpret_cast<T*>(addressOf(d.out, f));
  const From<T> from = {x + ends(d.x), x + d.x.strides[rank + 1] - ends(d.x), d.x.strides[rank], 0, nullptr};
  const To<T> to = {y + ends(d.out), y + d.out.strides[rank + 1] - ends(d.out), d.out.strides[rank], 0, nullptr};
  const std::shared_ptr<const Fourier<T>> table = fourierOf<T>(d.n, lines < 4);
  const Fourier<T>& t = *table;
  const T scale = T(d.scale);
  if (inLanes(t)) {
    forTasks(f, ceilDiv(lines, L), d.micros, [&](int64_t task, Scratch& s) {
      const int64_t first = task * L, lanes = least(L, lines - first);
      int64_t in[L], out[L];
      for (int64_t l = 0; l < lanes; l++) {
        in[l] = offset(wx, first + l);
        out[l] = offset(wy, first + l);
      }
      From<T> a = from;
      To<T> b = to;
      a.at = in;
      b.at = out;
      lanesOnce<T>(t, a, b, lanes, scale, s);
    });
    return;
  }
  const int64_t size = room(t);
  T* memory = reinterpret_cast<T*>(f.shared->need((t.padded == nullptr ? 2 : 6) * size * int64_t(sizeof(T))));
  for (int64_t i = 0; i < lines; i++) {
    From<T> a = from;
    To<T> b = to;
    a.re += offset(wx, i);
    a.im += offset(wx, i);
    b.re += offset(wy, i);
    b.im += offset(wy, i);
    if (t.padded == nullptr) cutInTwo<T>(t, a, b, scale, memory, d.micros / double(lines), f);
    else chirpedLong<T>(t, a, b, scale, memory, d.micros / double(lines), f);
  }
}

}  // namespace

void dft(const Dft& d, Frame& f) { return d.x.dtype == F32 ? transform<float>(d, f) : transform<double>(d, f); }

}}  // namespace cot::COT_ISA
