// 3 x 3 windows of stride 1 by Winograd's F(4x4, 3x3): an image in tiles of 4 x 4 outputs, 36 products of matrices instead of
// 144 a tile and pair of channels. With the points 0, ±5/8, ±3/2 and infinity, whose powers are exact, the error is 7e-7 of
// the result's root mean square for 64 channels (1.6e-6 with ±1, ±2).
//   V = Bt x B  a tile of 6 x 6 inputs        y = At M A, M[e] = V[e] U[e]            (e: one of 36)
//   U = G w Gt  the weights                   dw = Gt (sum over tiles V[e]t D[e]) G,  D = A dy At
// The derivative in the input is the same with weights turned around. What is computed depends on sizes alone: V, D and M are
// made for as many tiles at a time as stay near.
#include "cpu/gemm.hpp"
#include "cpu/sheet.hpp"

namespace cot { namespace COT_ISA {
namespace {

using S = Simd<float>;
using Vec = S::V;
constexpr int64_t lanes = S::lanes, sides = 6, points = sides * sides, outs = 4, window = 3;
constexpr int64_t roomFloats = int64_t(3) << 20;   // of V and D together
constexpr int64_t mostTiles = 96;                  // whose M stays in the second cache
constexpr float a = 0.625f, b = 1.5f, aa = a * a, bb = b * b, aaa = aa * a, bbb = bb * b, both = aa + bb, prod = aa * bb;
constexpr float atZero = 1 / prod, atA = 1 / (2 * aa * (aa - bb)), atB = 1 / (2 * bb * (bb - aa));

#define COT_ALWAYS __attribute__((always_inline))
#define COT_IN inline __attribute__((always_inline))
COT_IN Vec fma(float s, Vec x, Vec y) { return S::fma(S::all(s), x, y); }

// One axis of each transform; `step` apart in both lists.
template <int from, int to> COT_IN void input(const Vec* x, Vec* y) {
  const Vec e = fma(-bb, x[2 * from], x[4 * from]), o = fma(-bb, x[from], x[3 * from]);
  const Vec g = fma(-aa, x[2 * from], x[4 * from]), u = fma(-aa, x[from], x[3 * from]);
  y[0] = fma(prod, x[0], fma(-both, x[2 * from], x[4 * from]));
  y[to] = fma(a, o, e);
  y[2 * to] = fma(-a, o, e);
  y[3 * to] = fma(b, u, g);
  y[4 * to] = fma(-b, u, g);
  y[5 * to] = fma(prod, x[from], fma(-both, x[3 * from], x[5 * from]));
}
template <int from, int to> COT_IN void output(const Vec* m, Vec* y) {
  const Vec s = m[from] + m[2 * from], d = m[from] - m[2 * from], t = m[3 * from] + m[4 * from], e = m[3 * from] - m[4 * from];
  y[0] = (m[0] + s) + t;
  y[to] = fma(b, e, S::all(a) * d);
  y[2 * to] = fma(bb, t, S::all(aa) * s);
  y[3 * to] = fma(bbb, e, fma(aaa, d, m[5 * from]));
}
template <int from, int to> COT_IN void spread(const Vec* y, Vec* d) {
  const Vec e = fma(aa, y[2 * from], y[0]), o = fma(aaa, y[3 * from], S::all(a) * y[from]);
  const Vec g = fma(bb, y[2 * from], y[0]), u = fma(bbb, y[3 * from], S::all(b) * y[from]);
  d[0] = y[0];
  d[to] = e + o;
  d[2 * to] = e - o;
  d[3 * to] = g + u;
  d[4 * to] = g - u;
  d[5 * to] = y[3 * from];
}
template <int from, int to> COT_IN void weight(const Vec* w, Vec* u) {
  const Vec e = fma(aa, w[2 * from], w[0]), o = S::all(a) * w[from], g = fma(bb, w[2 * from], w[0]), v = S::all(b) * w[from];
  u[0] = S::all(atZero) * w[0];
  u[to] = S::all(atA) * (e + o);
  u[2 * to] = S::all(atA) * (e - o);
  u[3 * to] = S::all(atB) * (g + v);
  u[4 * to] = S::all(atB) * (g - v);
  u[5 * to] = w[2 * from];
}
template <int from, int to> COT_IN void gathered(const Vec* u, Vec* w) {
  const Vec s = S::all(atA) * (u[from] + u[2 * from]), d = S::all(atA) * (u[from] - u[2 * from]);
  const Vec t = S::all(atB) * (u[3 * from] + u[4 * from]), e = S::all(atB) * (u[3 * from] - u[4 * from]);
  w[0] = fma(atZero, u[0], s + t);
  w[to] = fma(b, e, S::all(a) * d);
  w[2 * to] = fma(aa, s, fma(bb, t, u[5 * from]));
}
/// Both axes of a transform from `many` x `many` to `gives` x `gives`: load(i) and put(i, v) in row-major order.
template <int many, int gives, class Down, class Across, class Load, class Put>
COT_IN void twice(const Down& down, const Across& across, const Load& load, const Put& put) {
  Vec x[many * many], y[many * gives];
#pragma GCC unroll 6
  for (int j = 0; j < many; j++) {
#pragma GCC unroll 6
    for (int i = 0; i < many; i++) x[i * many + j] = load(i * many + j);
    down(x + j, y + j);
  }
#pragma GCC unroll 6
  for (int i = 0; i < gives; i++) {
    Vec z[gives];
    across(y + i * many, z);
#pragma GCC unroll 6
    for (int j = 0; j < gives; j++) put(i * gives + j, z[j]);
  }
}

/// Where panel columns from j on lie in [panel][k][width] of n columns and k rows.
inline int64_t panelAt(int64_t n, int64_t k, int64_t j, int64_t* width) {
  const int64_t start = j / (2 * lanes) * (2 * lanes);
  *width = panelWidth<float>(n, start);
  return start * k + (j - start);
}

struct Tiling {
  const Area in, out;           // what is read in tiles of 6 x 6, what has tiles of 4 x 4
  int64_t top, left;            // input row and column of output 0, negated
  int64_t inC, outC;            // padded to whole units
  int64_t across, down, tiles;
  int64_t some;                 // tiles at a time
  int64_t pitch;                // between tiles in V: not a power of two
  int64_t vStep, mStep;         // from one of 36 to the next: nor this, so that 36 streams do not fall on each other

  /// `both`: D is kept beside V.
  Tiling(const Area& i, const Area& o, int64_t padTop, int64_t padLeft, bool both) : in(i), out(o), top(padTop), left(padLeft) {
    inC = ceilDiv(in.c, unit) * unit;
    outC = ceilDiv(out.c, unit) * unit;
    across = ceilDiv(out.w, outs);
    down = ceilDiv(out.h, outs);
    tiles = out.n * across * down;
    const int64_t fit = both ? most(1, roomFloats / (points * (inC + outC))) : least(mostTiles, most(1, roomFloats / (points * inC)));
    some = ceilDiv(tiles, ceilDiv(tiles, fit));
    pitch = inC + unit;
    vStep = some * pitch + unit;
    mStep = some * outC + unit;
  }
  template <class F> void each(Frame& f, int64_t first, int64_t last, double nanos, const F& run) const {
    constexpr int64_t group = 4;
    const int64_t n = last - first;
    forTasks(f, ceilDiv(n, group), double(n) * nanos * 1e-3, [&](int64_t t, Scratch&) {
      for (int64_t i = first + t * group; i < least(last, first + (t + 1) * group); i++)
        run(i, i / (across * down), i / across % down * outs, i % across * outs);
    });
  }
  /// V for tiles [first, last): [36][tile][channel].
  void transformInput(Frame& f, const Sheet& s, const float* zeros, int64_t first, int64_t last, float* v, int64_t step) const {
    each(f, first, last, double(inC) * 8, [&](int64_t t, int64_t n, int64_t y, int64_t x) {
      const float* at[points];
      for (int64_t i = 0; i < points; i++) {
        const int64_t row = y + i / sides - top, pixel = x + i % sides - left;
        const bool inside = row >= 0 && row < in.h && pixel >= 0 && pixel < in.w;
        at[i] = inside ? s.pixelAt(n, row, pixel) : zeros;
      }
      float* to = v + (t - first) * pitch;
      for (int64_t c = 0; c < inC; c += lanes)
        twice<sides, sides>(input<sides, sides>, input<1, 1>, [&](int i) COT_ALWAYS { return S::load(at[i] + c); },
                            [&](int i, Vec z) COT_ALWAYS { S::store(to + i * step + c, z); });
    });
  }
  /// Channels [c0, c1) of the outputs of tiles [first, last) from M: [36][tile][c1 - c0].
  void transformOutput(Frame& f, const Sheet& s, int64_t first, int64_t last, int64_t c0, int64_t c1, const float* m, int64_t step) const {
    each(f, first, last, double(c1 - c0) * 6, [&](int64_t t, int64_t n, int64_t y, int64_t x) {
      float* at[outs * outs];
      for (int64_t i = 0; i < outs * outs; i++) {
        const int64_t row = y + i / outs, pixel = x + i % outs;
        at[i] = row < out.h && pixel < out.w ? s.pixelAt(n, row, pixel) + c0 : nullptr;
      }
      const float* from = m + (t - first) * (c1 - c0);
      for (int64_t c = 0; c < c1 - c0; c += lanes)
        twice<sides, outs>(output<sides, sides>, output<1, 1>, [&](int i) COT_ALWAYS { return S::load(from + i * step + c); },
                           [&](int i, Vec z) COT_ALWAYS { if (at[i] != nullptr) S::store(at[i] + c, z); });
    });
  }
  /// D for tiles [first, last) of the cotangent, in panels of the product that sums over tiles.
  void transformCotangent(Frame& f, const Sheet& s, const float* zeros, int64_t first, int64_t last, float* d) const {
    const int64_t depthK = last - first;
    each(f, first, last, double(outC) * 6, [&](int64_t t, int64_t n, int64_t y, int64_t x) {
      const float* at[outs * outs];
      for (int64_t i = 0; i < outs * outs; i++) {
        const int64_t row = y + i / outs, pixel = x + i % outs;
        at[i] = row < out.h && pixel < out.w ? s.pixelAt(n, row, pixel) : zeros;
      }
      for (int64_t c = 0; c < outC; c += lanes) {
        int64_t width;
        float* to = d + panelAt(outC, depthK, c, &width);
        to += (t - first) * width;
        twice<outs, sides>(spread<outs, outs>, spread<1, 1>, [&](int i) COT_ALWAYS { return S::load(at[i] + c); },
                           [&](int i, Vec z) COT_ALWAYS { S::store(to + i * mStep, z); });
      }
    });
  }
};

/// The weights' view: [o, c, 3, 3].
struct Weights {
  float* at;
  int64_t o, c, so, sc, sy, sx;
  bool close() const { return sx == 1 && sy == window; }
  /// `unit` kernels from (o, c) on along one of the two axes, as [9][unit]; fewer are followed by zeros.
  void take(int64_t from, int64_t step, int64_t n, float* to) const {
    if (close() && n == unit) return turned(window * window, unit, at + from, step, to, unit);
    for (int64_t k = 0; k < window * window; k++)
      for (int64_t i = 0; i < unit; i++) to[k * unit + i] = i < n ? at[from + i * step + k / window * sy + k % window * sx] : 0;
  }
  void give(const float* from, int64_t to, int64_t step, int64_t n) const {
    if (close() && n == unit) return turned(unit, window * window, from, unit, at + to, step);
    for (int64_t k = 0; k < window * window; k++)
      for (int64_t i = 0; i < n; i++) at[to + i * step + k / window * sy + k % window * sx] = from[k * unit + i];
  }
};
/// U of in channels [i0, i0 + rows) and the `unit` out channels from j0 on: [36][panel][row][width], where `columns` channels
/// from `first` on make up the panels. `reversed`: from outputs to inputs, the window the other way round.
void transformWeights(const Weights& w, bool reversed, int64_t i0, int64_t rows, int64_t j0, int64_t first, int64_t columns, float* u, int64_t uStep) {
  const int64_t in = reversed ? w.o : w.c, out = reversed ? w.c : w.o, stepIn = reversed ? w.so : w.sc, stepOut = reversed ? w.sc : w.so;
  alignas(64) float k[window * window * unit];
  const int64_t n = most(0, least(unit, out - j0));
  for (int64_t i = i0; i < i0 + rows; i++) {
    w.take(i < in ? i * stepIn + j0 * stepOut : 0, stepOut, i < in ? n : 0, k);
    for (int64_t j = 0; j < unit; j += lanes) {
      int64_t width;
      float* to = u + panelAt(columns, rows, j0 - first + j, &width);
      to += (i - i0) * width;
      twice<window, sides>(weight<window, window>, weight<1, 1>,
                           [&](int e) COT_ALWAYS { return S::load(k + (reversed ? window * window - 1 - e : e) * unit + j); },
                           [&](int e, Vec z) COT_ALWAYS { S::store(to + e * uStep, z); });
    }
  }
}
/// The gradient of weights (c, o) for c in [i0, i0 + rows), `unit` of o from j0 on, from sums [36][row][..], rows `pitch` apart.
void gatherWeights(const Weights& w, int64_t i0, int64_t rows, int64_t j0, const float* u, int64_t uStep, int64_t pitch) {
  alignas(64) float k[window * window * unit];
  for (int64_t i = i0; i < least(w.c, i0 + rows); i++) {
    for (int64_t j = 0; j < unit; j += lanes)
      twice<sides, window>(gathered<sides, sides>, gathered<1, 1>, [&](int e) COT_ALWAYS { return S::load(u + e * uStep + (i - i0) * pitch + j); },
                           [&](int e, Vec z) COT_ALWAYS { S::store(k + e * unit + j, z); });
    w.give(k, i * w.sc + j0 * w.so, w.so, least(unit, w.o - j0));
  }
}

constexpr int64_t fewOutputs = 64;   // of a channel, for which nobody transforms weights: panels of them can be kept
constexpr double nanosAProduct = 0.012;
constexpr int64_t groupFloats = int64_t(64) << 10;   // of V: half of a core's second cache
constexpr int64_t fewWeights = 128 * 128;
constexpr int64_t group = 2 * lanes > unit ? 2 * lanes : unit;   // channels of whole panels
constexpr int64_t nearChannels = 64;   // whose weights stay in the second cache

/// Few weights: a thread takes tiles from inputs to outputs, V in its own cache, M one panel of channels at a time.
void inGroups(Frame& f, const Tiling& t, const Sheet& from, const Sheet& to, const float* zeros, const float* u, int64_t uStep) {
  const int64_t some = most(maxTile, groupFloats / (points * t.inC) / maxTile * maxTile);
  const int64_t vStep = some * t.pitch + unit, mStep = some * 2 * lanes + unit;
  forTasks(f, ceilDiv(t.tiles, some), double(t.tiles * t.inC * t.outC) * points * nanosAProduct * 1e-3, [&](int64_t task, Scratch& s) {
    Frame alone = f;
    alone.team = nullptr;
    float* v = reinterpret_cast<float*>(s.need(points * (vStep + mStep) * 4));
    float* m = v + points * vStep;
    const int64_t first = task * some, last = least(t.tiles, first + some), n = last - first;
    t.transformInput(alone, from, zeros, first, last, v, vStep);
    for (int64_t j = 0; j < t.outC; j += panelWidth<float>(t.outC, j)) {
      const int64_t w = panelWidth<float>(t.outC, j);
      for (int64_t e = 0; e < points; e++) product<float>(n, w, t.inC, v + e * vStep, t.pitch, 1, u + e * uStep + j * t.inC, m + e * mStep, w, false);
      t.transformOutput(alone, to, first, last, j, j + w, m, mStep);
    }
  });
}
/// Many weights: some channels of the outputs at a time, for as many tiles as stay near. The weights are transformed where they
/// are used, a few input channels at a time, so that U (four times their size) is never written down.
void inPanels(Frame& f, const Tiling& t, const Sheet& from, const Sheet& to, const Weights& w, bool reversed, const float* zeros, float* v) {
  const int64_t panels = ceilDiv(t.outC, group);
  const double micros = double(t.inC * t.outC) * points * nanosAProduct * 1e-3;
  for (int64_t first = 0; first < t.tiles; first += t.some) {
    const int64_t last = least(t.tiles, first + t.some), n = last - first;
    t.transformInput(f, from, zeros, first, last, v, t.vStep);
    forTasks(f, panels, double(n) * micros, [&](int64_t p, Scratch& s) {
      Frame alone = f;
      alone.team = nullptr;
      const int64_t j0 = p * group, columns = least(group, t.outC - j0), uStep = nearChannels * group + unit, mStep = n * columns + unit;
      float* u = reinterpret_cast<float*>(s.need(points * (uStep + mStep) * 4));
      float* m = u + points * uStep;
      for (int64_t c0 = 0; c0 < t.inC; c0 += nearChannels) {
        const int64_t rows = least(nearChannels, t.inC - c0);
        for (int64_t j = 0; j < columns; j += unit) transformWeights(w, reversed, c0, rows, j0 + j, j0, columns, u, uStep);
        for (int64_t e = 0; e < points; e++) product<float>(n, columns, rows, v + e * t.vStep + c0, t.pitch, 1, u + e * uStep, m + e * mStep, columns, c0 > 0);
      }
      t.transformOutput(alone, to, first, last, j0, j0 + columns, m, mStep);
    });
  }
}
void towards(Frame& f, const Area& in, const Area& out, int64_t top, int64_t left, const Weights& w, bool reversed) {
  const Tiling t(in, out, top, left, false);
  const int64_t uStep = t.inC * t.outC + unit;
  const bool groups = t.inC * t.outC <= fewWeights;
  Carver m;
  const int64_t zeros = m.take(t.inC), u = m.take(groups ? points * uStep : 0), v = m.take(groups ? 0 : points * t.vStep);
  const int64_t inAt = m.take(roomOf(in, t.inC, noBorder(in))), outAt = m.take(roomOf(out, t.outC, noBorder(out)));
  float* at = reinterpret_cast<float*>(f.shared->need(m.size * 4));
  for (int64_t i = 0; i < t.inC; i++) at[zeros + i] = 0;
  const Sheet from = opened(in, t.inC, noBorder(in), at + inAt, true, f), to = opened(out, t.outC, noBorder(out), at + outAt, false, f);
  if (groups) {
    forTasks(f, t.outC / unit, double(t.inC * t.outC) * 12e-3, [&](int64_t j, Scratch&) {
      transformWeights(w, reversed, 0, t.inC, j * unit, 0, t.outC, at + u, uStep);
    });
    inGroups(f, t, from, to, at + zeros, at + u, uStep);
  } else {
    inPanels(f, t, from, to, w, reversed, at + zeros, at + v);
  }
  if (to.at != out.at) emptyInto(to, out, f);
}
void weightsBack(const Conv& c, Frame& f, const Area& in, const Area& out, const Weights& w) {
  const Tiling t(in, out, c.window.padLo[0], c.window.padLo[1], true);
  const bool once = t.some == t.tiles;
  const int64_t uStep = t.inC * t.outC + unit;
  Carver m;
  const int64_t zeros = m.take(most(t.inC, t.outC)), u = m.take(once ? 0 : points * uStep), v = m.take(points * t.vStep), d = m.take(points * t.mStep);
  const int64_t inAt = m.take(roomOf(in, t.inC, noBorder(in))), outAt = m.take(roomOf(out, t.outC, noBorder(out)));
  float* at = reinterpret_cast<float*>(f.shared->need(m.size * 4));
  for (int64_t i = 0; i < most(t.inC, t.outC); i++) at[zeros + i] = 0;
  const Sheet from = opened(in, t.inC, noBorder(in), at + inAt, true, f), to = opened(out, t.outC, noBorder(out), at + outAt, true, f);
  const double micros = double(t.inC * t.outC) * points * nanosAProduct * 1e-3;
  const int64_t panels = ceilDiv(t.outC, group), blocks = ceilDiv(t.inC, nearChannels);
  for (int64_t first = 0; first < t.tiles; first += t.some) {
    const int64_t last = least(t.tiles, first + t.some), n = last - first;
    t.transformInput(f, from, at + zeros, first, last, at + v, t.vStep);
    t.transformCotangent(f, to, at + zeros, first, last, at + d);
    if (!once) {
      forTasks(f, points, double(n) * micros, [&](int64_t e, Scratch&) {
        product<float>(t.inC, t.outC, n, at + v + e * t.vStep, 1, t.pitch, at + d + e * t.mStep, at + u + e * uStep, t.outC, first > 0);
      });
      continue;
    }
    // All tiles at once: the sums of some weights are finished while they are near.
    forTasks(f, panels * blocks, double(n) * micros, [&](int64_t p, Scratch& s) {
      const int64_t j0 = p / blocks * group, columns = least(group, t.outC - j0), c0 = p % blocks * nearChannels, rows = least(nearChannels, t.inC - c0), step = rows * columns + unit;
      float* sum = reinterpret_cast<float*>(s.need(points * step * 4));
      for (int64_t e = 0; e < points; e++) product<float>(rows, columns, n, at + v + e * t.vStep + c0, 1, t.pitch, at + d + e * t.mStep + j0 * n, sum + e * step, columns, false);
      for (int64_t j = 0; j < columns; j += unit) gatherWeights(w, c0, rows, j0 + j, sum + j, step, columns);
    });
  }
  if (once) return;
  forTasks(f, t.outC / unit, double(t.inC * t.outC) * 12e-3, [&](int64_t j, Scratch&) {
    gatherWeights(w, 0, w.c, j * unit, at + u + j * unit, uStep, t.outC);
  });
}

}  // namespace

bool byWinograd(const Conv& c) {
  const Window& w = c.window;
  if (c.precise || !onSheets(c) || w.rank != 2 || c.c < unit || c.o < unit) return false;
  if (c.which != 2 && c.n * w.outSpatial[0] * w.outSpatial[1] <= fewOutputs) return false;
  for (int i = 0; i < 2; i++)
    if (w.kernel[i] != window || w.stride[i] != 1 || w.dilation[i] != 1 || w.outSpatial[i] < 1) return false;
  return true;
}
void winograd(const Conv& c, Frame& f) {
  const Area x = areaOf(c.x, f, c.n, c.c, 2, c.window.spatial), y = areaOf(c.y, f, c.n, c.o, 2, c.window.outSpatial);
  const int64_t* s = c.w.strides.at;
  const Weights w = {reinterpret_cast<float*>(addressOf(c.w, f)), c.o, c.c, s[0], s[1], s[2], s[3]};
  if (c.which == 2) return weightsBack(c, f, x, y, w);
  if (c.which == 0) return towards(f, x, y, c.window.padLo[0], c.window.padLo[1], w, false);
  towards(f, y, x, window - 1 - c.window.padLo[0], window - 1 - c.window.padLo[1], w, true);
}

}}  // namespace cot::COT_ISA
