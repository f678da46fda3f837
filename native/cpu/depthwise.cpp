// Convolutions of each channel by itself: as many groups as channels of x, one or more outputs each. Vectors are channels. What
// a tile reads is copied into strips, one for each 64 bytes of channels, with zeros around the image: there the element that an
// output meets lies as far from it as from any other. An output is a chain of one fma for each element of the window, in their
// order, so neither tiles nor layouts nor the instruction set change a bit.
//   0  y from x
//   1  x from y    the same for each remainder of a position to the stride, with the elements that reach it
//   2  w from x y  chains over the pixels of a tile; tiles, by sizes only, are added up in fixed shares, and those pairwise
#include "cpu/entry.hpp"
#include "cpu/sheet.hpp"
#include "cpu/window.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t unitBytes = 64, fewUnits = 4, tileBytes = int64_t(128) << 10, sumBytes = int64_t(32) << 10, widest = 256, shares = 32;
constexpr int atOnce = 8, sumsAtOnce = 9;   // chains that go side by side
constexpr double nanosAFloat = 0.1, nanosAProduct = 0.01;
template <class T> constexpr int64_t laneCount = unitBytes / int64_t(sizeof(T));

/// One axis of a pass: the j-th position of a phase is phase.first + j * step of what is made, and meets, for each of its
/// elements, j * by + shift of what is read.
struct Course {
  int64_t step, by, count, phases, lowest, highest;   // the largest count; of all shifts
  Phase* phase;

  int64_t extent(int64_t n) const { return (n - 1) * by + highest - lowest + 1; }
  void bound() {
    lowest = INT64_MAX;
    highest = INT64_MIN;
    for (int64_t p = 0; p < phases; p++)
      for (int64_t e = 0; e < phase[p].elements; e++) {
        lowest = least(lowest, phase[p].shift[e]);
        highest = most(highest, phase[p].shift[e]);
      }
    if (lowest > highest) lowest = highest = 0;   // nothing is met
  }
};
int64_t courseBytes(const Axis& a) { return a.stride * (int64_t(sizeof(Phase)) + 16 * a.kernel); }
Course towards(const Axis& a, char* room) {
  int64_t* element = reinterpret_cast<int64_t*>(room + sizeof(Phase));
  Course c{1, a.stride, a.out, 1, 0, 0, reinterpret_cast<Phase*>(room)};
  *c.phase = {0, a.out, a.kernel, element, element + a.kernel};
  for (int64_t k = 0; k < a.kernel; k++) {
    element[k] = k;
    element[a.kernel + k] = k * a.dilation - a.low;
  }
  c.bound();
  return c;
}
Course backwards(const Axis& a, char* room) {
  Course c{a.stride, 1, ceilDiv(a.in, a.stride), least(a.stride, a.in), 0, 0, reinterpret_cast<Phase*>(room)};
  int64_t* table = reinterpret_cast<int64_t*>(c.phase + a.stride);
  for (int64_t p = 0; p < c.phases; p++) c.phase[p] = phaseOf(a, p, table + 2 * p * a.kernel);
  c.bound();
  return c;
}

/// Every count-th channel, from the which-th on.
template <class T> AreaAs<T> every(const AreaAs<T>& a, int64_t count, int64_t which) {
  return {a.at + which * a.channel, a.n, a.c / count, a.h, a.w, a.image, a.channel * count, a.row, a.pixel};
}
/// Some units of channels of some rows and pixels of an image, as strips [unit][row][pixel][lane].
struct Piece { int64_t n, unit, units, y, rows, x, w; };

template <class T> void zeros(T* to, int64_t n) {
  for (int64_t i = 0; i < n; i++) to[i] = 0;
}
template <class T> void copyUnit(T* to, const T* from) {
  using S = Simd<T>;
#pragma GCC unroll 4
  for (int64_t v = 0; v < laneCount<T>; v += S::lanes) S::store(to + v, S::load(from + v));
}
/// `w` pixels of `c` channels into strips `apart` from each other; lanes that have no channel are 0.
template <class T> void pixelsIn(const AreaAs<T>& a, const T* from, int64_t w, int64_t c, T* to, int64_t apart) {
  constexpr int64_t L = laneCount<T>;
  const int64_t units = ceilDiv(c, L), rest = c - (units - 1) * L;
  T* last = to + (units - 1) * apart;
  if (a.pixel == 1)
    for (int64_t u = 0; u < units; u++) transposed(w, u + 1 < units ? L : rest, from + u * L * a.channel, a.channel, to + u * apart, L);
  else for (int64_t x = 0; x < w; x++, from += a.pixel)
    if (a.channel == 1) {
      for (int64_t u = 0; u + 1 < units; u++) copyUnit(to + u * apart + x * L, from + u * L);
      copyRun(last + x * L, from + (units - 1) * L, rest);
    } else for (int64_t i = 0; i < c; i++) to[i / L * apart + x * L + i % L] = from[i * a.channel];
  for (int64_t x = 0; x < w && rest < L; x++) zeros(last + x * L + rest, L - rest);
}
template <class T> void fillStrips(const AreaAs<T>& a, const Piece& p, T* to) {
  constexpr int64_t L = laneCount<T>;
  const int64_t apart = p.rows * p.w * L, lo = least(p.w, most(0, -p.x)), hi = most(lo, least(p.w, a.w - p.x)), c = least(a.c - p.unit * L, p.units * L);
  for (int64_t r = 0; r < p.rows; r++, to += p.w * L) {
    const bool inside = p.y + r >= 0 && p.y + r < a.h;
    for (int64_t u = 0; u < p.units; u++) {
      zeros(to + u * apart, (inside ? lo : p.w) * L);
      if (inside) zeros(to + u * apart + hi * L, (p.w - hi) * L);
    }
    if (inside && lo < hi) pixelsIn(a, a.at + p.n * a.image + p.unit * L * a.channel + (p.y + r) * a.row + (p.x + lo) * a.pixel, hi - lo, c, to + lo * L, apart);
  }
}
template <class T> void pixelsOut(const AreaAs<T>& a, const T* from, int64_t w, int64_t c, T* to) {
  constexpr int64_t L = laneCount<T>;
  if (a.pixel == 1) return transposed(c, w, from, L, to, a.channel);
  for (int64_t x = 0; x < w; x++)
    if (a.channel == 1) copyRun(to + x * a.pixel, from + x * L, c);
    else for (int64_t i = 0; i < c; i++) to[x * a.pixel + i * a.channel] = from[x * L + i];
}
/// One strip to where it belongs.
template <class T> void emptyStrip(const AreaAs<T>& a, const Piece& p, const T* from) {
  constexpr int64_t L = laneCount<T>;
  const int64_t c = least(L, a.c - p.unit * L);
  T* to = a.at + p.n * a.image + p.unit * L * a.channel + p.y * a.row + p.x * a.pixel;
  if (p.w == a.w && a.row == a.w * a.pixel) return pixelsOut(a, from, p.rows * p.w, c, to);
  for (int64_t r = 0; r < p.rows; r++) pixelsOut(a, from + r * p.w * L, p.w, c, to + r * a.row);
}

/// to[i * step] = sum over taps of w[of] x[at + i * by], a unit each.
struct Taps {
  int64_t count;
  const int64_t *at, *of;
};
template <class T> struct Line {
  const T *x, *w;
  int64_t by;
  T* to;
  int64_t step;
};
template <class T, int N> inline void outputs(const Taps& t, const Line<T>& l, int64_t first) {
  using S = Simd<T>;
  for (int64_t v = 0; v < laneCount<T>; v += S::lanes) {
    typename S::V sum[N] = {};
    const T* x = l.x + first * l.by + v;
    for (int64_t k = 0; k < t.count; k++) {
      const typename S::V w = S::load(l.w + t.of[k] + v);
      const T* from = x + t.at[k];
#pragma GCC unroll 8
      for (int i = 0; i < N; i++) sum[i] = S::fma(w, S::load(from + i * l.by), sum[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < N; i++) S::store(l.to + (first + i) * l.step + v, sum[i]);
  }
}
/// The last ones are made together with those before them, a second time.
template <class T> void outputs(const Taps& t, const Line<T>& l, int64_t n) {
  constexpr int64_t half = atOnce / 2;
  if (n >= atOnce) for (int64_t i = 0; i < n; i += atOnce) outputs<T, atOnce>(t, l, least(i, n - atOnce));
  else if (n >= half) for (int64_t i = 0; i < n; i += half) outputs<T, half>(t, l, least(i, n - half));
  else for (int64_t i = 0; i < n; i++) outputs<T, 1>(t, l, i);
}

template <class T> struct Weights {
  const Conv& c;
  const Axis &rows, &pixels;
  int64_t outs, elements;
  T* at(const Frame& f) const { return reinterpret_cast<T*>(addressOf(c.w, f)); }
  int64_t floats() const { return ceilDiv(c.c, laneCount<T>) * laneCount<T> * outs * elements; }
  /// Calls run(element of the weights, place in [unit][which output][element][lane]).
  template <class F> void each(int64_t first, int64_t channels, const F& run) const {
    constexpr int64_t L = laneCount<T>;
    const int64_t* s = c.w.strides.at;
    const int last = c.window.rank - 1;
    for (int64_t ch = first; ch < first + channels; ch++)
      for (int64_t o = 0; o < outs; o++)
        for (int64_t e = 0; e < elements; e++) {
          const int64_t row = e / pixels.kernel, pixel = e % pixels.kernel;
          run((ch * outs + o) * s[0] + (last == 1 ? row * s[2] : 0) + pixel * s[2 + last], ((ch / L * outs + o) * elements + e) * L + ch % L);
        }
  }
};

/// What is made from what is read, in tiles of some rows and pixels of each phase.
template <class T> struct Pass {
  AreaAs<T> in, out;
  int64_t ins, outs;             // channels that belong to one of the other side
  Course rows, pixels;
  const T* weights;
  int64_t kernel, elements;      // pixels of a window, and all
  int64_t units, high, wide;     // of a tile
  Taps* taps;                 // by phases

  int64_t stripFloats() const { return rows.extent(high) * pixels.extent(wide) * laneCount<T>; }
  int64_t madeFloats() const { return high * rows.step * wide * pixels.step * laneCount<T>; }
  static int64_t tableBytes(const Course& rows, const Course& pixels, int64_t ins, int64_t elements) {
    return rows.phases * pixels.phases * int64_t(sizeof(Taps)) + 16 * ins * elements;
  }
  void cut(int64_t all) {
    wide = least(pixels.count, widest);
    units = in.channel == 1 && out.channel == 1 ? all : least(all, fewUnits);
    const int64_t line = units * ins * rows.by * pixels.extent(wide) * unitBytes, few = ceilDiv(rows.count * in.n, 4 * threadCount());
    high = most(1, least(rows.count, least(few, tileBytes / line)));
  }
  void tables(char* room) {
    constexpr int64_t L = laneCount<T>;
    taps = reinterpret_cast<Taps*>(room);
    int64_t *at = reinterpret_cast<int64_t*>(taps + rows.phases * pixels.phases), *of = at + ins * elements;
    const int64_t set = units * stripFloats(), line = pixels.extent(wide);
    for (int64_t t = 0; t < rows.phases * pixels.phases; t++) {
      const Phase &a = rows.phase[t / pixels.phases], &b = pixels.phase[t % pixels.phases];
      taps[t] = {ins * a.elements * b.elements, at, of};
      for (int64_t s = 0; s < ins; s++)
        for (int64_t i = 0; i < a.elements; i++)
          for (int64_t j = 0; j < b.elements; j++) {
            *at++ = s * set + ((a.shift[i] - rows.lowest) * line + b.shift[j] - pixels.lowest) * L;
            *of++ = (s * elements + a.element[i] * kernel + b.element[j]) * L;
          }
    }
  }
  /// The unit's outputs of a tile whose first positions are j0 and i0; `to` is its first pixel.
  void make(int64_t j0, int64_t i0, const T* x, const T* w, T* to, int64_t row, int64_t pixel) const {
    constexpr int64_t L = laneCount<T>;
    const int64_t line = pixels.extent(wide) * L;
    for (int64_t t = 0; t < rows.phases * pixels.phases; t++) {
      const Phase &a = rows.phase[t / pixels.phases], &b = pixels.phase[t % pixels.phases];
      const int64_t n = least(b.count, i0 + wide) - i0;
      for (int64_t j = j0; j < least(a.count, j0 + high); j++)
        outputs(taps[t], Line<T>{x + (j - j0) * rows.by * line, w, pixels.by * L, to + (a.first + (j - j0) * rows.step) * row + b.first * pixel, pixels.step * pixel}, n);
    }
  }
  void tile(int64_t n, int64_t unit, int64_t j0, int64_t i0, T* strips, T* made) const {
    constexpr int64_t L = laneCount<T>;
    const int64_t count = least(units, ceilDiv(out.c / outs, L) - unit), strip = stripFloats();
    for (int64_t s = 0; s < ins; s++)
      fillStrips(every(in, ins, s), {n, unit, count, j0 * rows.by + rows.lowest, rows.extent(high), i0 * pixels.by + pixels.lowest, pixels.extent(wide)}, strips + s * units * strip);
    const int64_t y = j0 * rows.step, x = i0 * pixels.step, h = least(out.h - y, high * rows.step), w = least(out.w - x, wide * pixels.step);
    for (int64_t u = 0; u < count; u++)
      for (int64_t s = 0; s < outs; s++) {
        const AreaAs<T> to = every(out, outs, s);
        const T *from = strips + u * strip, *by = weights + ((unit + u) * ins * outs + s) * elements * L;
        if (to.channel == 1 && (unit + u + 1) * L <= to.c) {
          make(j0, i0, from, by, to.at + n * to.image + (unit + u) * L + y * to.row + x * to.pixel, to.row, to.pixel);
          continue;
        }
        make(j0, i0, from, by, made, w * L, L);
        emptyStrip(to, {n, unit + u, 1, y, h, x, w}, made);
      }
  }
  /// Says whether the epilogue has followed each task, where its outputs are neighbours.
  bool run(Frame& f, const Loop* epilogue) const {
    constexpr int64_t L = laneCount<T>;
    const int64_t all = ceilDiv(out.c / outs, L), blocks = ceilDiv(all, units), down = ceilDiv(rows.count, high), across = ceilDiv(pixels.count, wide);
    const bool follows = epilogue != nullptr && blocks == 1 && across == 1 && out.channel == 1 && out.pixel == out.c && out.row == out.w * out.c;
    const double floats = double(in.n) * (double(in.c) * double(in.h * in.w) + double(out.c) * double(out.h * out.w));
    const double products = double(in.n) * double(most(in.c, out.c)) * double(least(in.h * in.w, out.h * out.w)) * double(elements);
    forTasks(f, in.n * down * across * blocks, (floats * nanosAFloat + products * nanosAProduct) * 1e-3, [&](int64_t t, Scratch& s) {
      const int64_t i0 = t / blocks % across * wide, j0 = t / blocks / across % down * high, n = t / blocks / across / down;
      T* strips = reinterpret_cast<T*>(s.need((ins * units * stripFloats() + madeFloats()) * int64_t(sizeof(T))));
      tile(n, t % blocks * units, j0, i0, strips, strips + ins * units * stripFloats());
      if (follows) loopPart(*epilogue, f, n * out.image + j0 * out.row, 1, 0, least(rows.count - j0, high) * out.row, s.need(loopBytes(*epilogue)));
    });
    return follows;
  }
};

/// sum[k] += sum over pixels of y[pixel] x[at[k] + pixel], a unit each; y is dense.
template <class T> struct Pixels {
  const T *x, *y;
  int64_t rows, w, line, by;     // from row to row and pixel to pixel of x
};
template <class T, int N> inline void sums(const Pixels<T>& p, const int64_t* at, T* sum) {
  constexpr int64_t L = laneCount<T>;
  using S = Simd<T>;
  for (int64_t v = 0; v < L; v += S::lanes) {
    typename S::V all[N] = {};
    const T* y = p.y + v;
    for (int64_t r = 0; r < p.rows; r++) {
      const T* x[N];
#pragma GCC unroll 9
      for (int k = 0; k < N; k++) x[k] = p.x + at[k] + r * p.line + v;
      for (int64_t i = 0; i < p.w; i++, y += L) {
        const typename S::V some = S::load(y);
#pragma GCC unroll 9
        for (int k = 0; k < N; k++) all[k] = S::fma(some, S::load(x[k] + i * p.by), all[k]);
      }
    }
#pragma GCC unroll 9
    for (int k = 0; k < N; k++) S::store(sum + k * L + v, S::load(sum + k * L + v) + all[k]);
  }
}
template <class T> void sums(const Pixels<T>& p, const int64_t* at, int64_t n, T* sum) {
  constexpr int64_t L = laneCount<T>;
  int64_t k = 0;
  for (; k + sumsAtOnce <= n; k += sumsAtOnce) sums<T, sumsAtOnce>(p, at + k, sum + k * L);
  for (; k + 3 <= n; k += 3) sums<T, 3>(p, at + k, sum + k * L);
  for (; k < n; k++) sums<T, 1>(p, at + k, sum + k * L);
}

template <class T> struct Depthwise {
  const Conv& c;
  Frame& f;
  AreaAs<T> x, y;
  Axis rows, pixels;
  Weights<T> w;
  int64_t units;

  Depthwise(const Conv& conv, Frame& frame)
      : c(conv), f(frame), x(areaAs<T>(c.x, f, c.n, c.c, c.window.rank, c.window.spatial)), y(areaAs<T>(c.y, f, c.n, c.o, c.window.rank, c.window.outSpatial)),
        rows(axisOf(c.window, c.window.rank - 2)), pixels(axisOf(c.window, c.window.rank - 1)), w{c, rows, pixels, c.o / c.c, rows.kernel * pixels.kernel},
        units(ceilDiv(c.c, laneCount<T>)) {}

  bool pass() const {
    const bool forward = c.which == 0;
    const int64_t floats = w.floats() * int64_t(sizeof(T)), first = courseBytes(rows), second = courseBytes(pixels);
    const int64_t tables = rows.stride * pixels.stride * int64_t(sizeof(Taps)) + 16 * w.outs * w.elements;
    char* room = f.shared->need(floats + first + second + tables);
    T* packed = reinterpret_cast<T*>(room);
    const T* from = w.at(f);
    zeros(packed, w.floats());
    w.each(0, c.c, [&](int64_t element, int64_t place) { packed[place] = from[element]; });
    const auto course = forward ? towards : backwards;
    Pass<T> p{};
    p.in = forward ? x : y;
    p.out = forward ? y : x;
    p.ins = forward ? 1 : w.outs;
    p.outs = forward ? w.outs : 1;
    p.rows = course(rows, room + floats);
    p.pixels = course(pixels, room + floats + first);
    p.weights = packed;
    p.kernel = pixels.kernel;
    p.elements = w.elements;
    p.cut(units);
    p.tables(room + floats + first + second);
    return p.run(f, forward ? c.epilogue : nullptr);
  }

  void gradient() const {
    constexpr int64_t L = laneCount<T>;
    const int64_t wide = least(pixels.out, widest), line = pixels.stride * (wide - 1) + (pixels.kernel - 1) * pixels.dilation + 1;
    const int64_t high = most(1, least(rows.out, sumBytes / (rows.stride * line * unitBytes))), reach = rows.stride * (high - 1) + (rows.kernel - 1) * rows.dilation + 1;
    const int64_t down = ceilDiv(rows.out, high), across = ceilDiv(pixels.out, wide), tiles = c.n * down * across, each = ceilDiv(tiles, shares), parts = ceilDiv(tiles, each);
    const int64_t size = w.floats(), some = least(units, fewUnits), blocks = ceilDiv(units, some);
    T* partial = reinterpret_cast<T*>(f.shared->need(parts * size * int64_t(sizeof(T)) + w.elements * 8));
    int64_t* at = reinterpret_cast<int64_t*>(partial + parts * size);
    for (int64_t e = 0; e < w.elements; e++) at[e] = (e / pixels.kernel * rows.dilation * line + e % pixels.kernel * pixels.dilation) * L;
    const double floats = double(c.n) * (double(c.c) * double(x.h * x.w) + double(c.o) * double(y.h * y.w)), products = double(c.n) * double(c.o) * double(y.h * y.w) * double(w.elements);
    forTasks(f, parts * blocks, (floats * nanosAFloat + products * nanosAProduct) * 1e-3, [&](int64_t t, Scratch& s) {
      const int64_t part = t / blocks, unit = t % blocks * some, count = least(some, units - unit);
      T *strips = reinterpret_cast<T*>(s.need(some * (reach * line + high * wide) * unitBytes)), *given = strips + some * reach * line * L;
      T* sum = partial + part * size + unit * w.outs * w.elements * L;
      zeros(sum, count * w.outs * w.elements * L);
      for (int64_t i = part * each; i < least(tiles, (part + 1) * each); i++) {
        const int64_t n = i / across / down, j0 = i / across % down * high, i0 = i % across * wide, h = least(high, rows.out - j0), width = least(wide, pixels.out - i0);
        fillStrips(x, {n, unit, count, j0 * rows.stride - rows.low, reach, i0 * pixels.stride - pixels.low, line}, strips);
        for (int64_t o = 0; o < w.outs; o++) {
          fillStrips(every(y, w.outs, o), {n, unit, count, j0, h, i0, width}, given);
          for (int64_t u = 0; u < count; u++)
            sums(Pixels<T>{strips + u * reach * line * L, given + u * h * width * L, h, width, rows.stride * line * L, pixels.stride * L}, at, w.elements, sum + (u * w.outs + o) * w.elements * L);
        }
      }
    });
    merge(parts, size, partial);
  }
  void merge(int64_t parts, int64_t size, T* partial) const {
    constexpr int64_t L = laneCount<T>;
    const int64_t each = size / units;
    T* to = w.at(f);
    forTasks(f, units, double(parts * size) * 0.2e-3, [&](int64_t unit, Scratch&) {
      T* own = partial + unit * each;
      for (int64_t apart = 1; apart < parts; apart *= 2)
        for (int64_t i = 0; i + apart < parts; i += 2 * apart)
          for (int64_t j = 0; j < each; j++) own[i * size + j] += own[(i + apart) * size + j];
      w.each(unit * L, least(L, c.c - unit * L), [&](int64_t element, int64_t place) { to[element] = partial[place]; });
    });
  }
};
template <class T> bool depthwiseAs(const Conv& c, Frame& f) {
  const Depthwise<T> d(c, f);
  if (c.which != 2) return d.pass();
  d.gradient();
  return false;
}

}  // namespace

bool depthwise(const Conv& c, Frame& f) { return c.x.dtype == F32 ? depthwiseAs<float>(c, f) : depthwiseAs<double>(c, f); }

}}  // namespace cot::COT_ISA
