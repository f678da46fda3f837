// 3 x 3 windows of stride 1 by Winograd's F(4x4, 3x3): an image in tiles of 4 x 4 outputs, 36 products of matrices instead of
// 144 a tile and pair of channels.
//   V = Bt x B  a tile of 6 x 6 inputs        y = At M A, M[e] = V[e] U[e]            (e: one of 36)
//   U = G w Gt  the weights                   dw = Gt (sum over tiles V[e]t D[e]) G,  D = A dy At
// The derivative in the input is the same with weights turned around. What is computed depends on sizes alone: V, D and M are
// made for as many tiles at a time as stay near.
#include "cpu/winograd.hpp"

#include "cpu/entry.hpp"

namespace cot { namespace COT_ISA {
namespace {

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
constexpr int64_t fewWeights = 128 * 128, nearWeights = 64 * 64;
constexpr int64_t group = 2 * lanes > unit ? 2 * lanes : unit;   // channels of whole panels
constexpr int64_t nearChannels = 64;   // whose weights stay in the second cache

/// Few weights: a thread takes tiles from inputs to outputs, V in its own cache, M one panel of channels at a time.
struct Few {
  const Tiling& t;
  const float *zeros, *u;
  int64_t uStep;

  template <class In, class Out> void run(int64_t n, float* v, const In& in, const Out& give) const {
    const int64_t vStep = n * t.pitch + unit, mStep = n * 2 * lanes + unit;
    float* m = v + points * vStep;
    in(v, vStep);
    for (int64_t j = 0; j < t.outC; j += panelWidth<float>(t.outC, j)) {
      const int64_t w = panelWidth<float>(t.outC, j);
      for (int64_t e = 0; e < points; e++) product<float>(n, w, t.inC, v + e * vStep, t.pitch, 1, u + e * uStep + j * t.inC, m + e * mStep, w, false);
      give(j, j + w, m, mStep);
    }
  }
  int64_t floats(int64_t tiles) const { return points * (tiles * (t.pitch + 2 * lanes) + 2 * unit); }
  double micros() const { return double(t.tiles * t.inC * t.outC) * points * nanosAProduct * 1e-3; }
  /// The epilogue over the outputs of tiles [first, last), of each row of tiles at once.
  void follow(const Frame& f, const Loop& l, const Sheet& to, int64_t first, int64_t last, char* memory) const {
    for (int64_t a = first, b; a < last; a = b) {
      const int64_t n = a / (t.across * t.down), y = a / t.across % t.down * outs, x = a % t.across * outs;
      b = least(last, a + t.across - a % t.across);
      const int64_t width = least((b - a) * outs, t.out.w - x);
      loopPart(l, f, n * to.image + y * to.row + x * to.pixel, least(outs, t.out.h - y), to.row, width * to.pixel, memory);
    }
  }
  bool inGroups(Frame& f, const Sheet& from, const Sheet& to, const Loop* epilogue) const {
    const bool follows = epilogue != nullptr && to.at == t.out.at && to.pixel == t.outC;
    const int64_t some = most(maxTile, groupFloats / (points * t.inC) / maxTile * maxTile);
    forTasks(f, ceilDiv(t.tiles, some), micros(), [&](int64_t task, Scratch& s) {
      Frame alone = f;
      alone.team = nullptr;
      const int64_t first = task * some, last = least(t.tiles, first + some);
      run(last - first, reinterpret_cast<float*>(s.need(floats(some) * 4)), [&](float* v, int64_t step) { t.transformInput(alone, from, zeros, first, last, v, step); },
          [&](int64_t c0, int64_t c1, const float* m, int64_t step) { t.transformOutput(alone, to, first, last, c0, c1, m, step); });
      if (follows) follow(f, *epilogue, to, first, last, s.need(loopBytes(*epilogue)));
    });
    return follows;
  }
  /// The same where channels are not neighbours: a strip of the image is copied in, and its results out, by who works on it.
  void inStrips(Frame& f, const Sheet& to) const {
    const bool closes = !lies(t.out, t.outC, noBorder(t.out));
    t.strips(f, 0, t.tiles, micros(), [&](int64_t a, int64_t b, Scratch& s) {
      Frame alone = f;
      alone.team = nullptr;
      Carver m;
      const int64_t v = m.take(floats(b - a)), in = m.take(t.borderedFloats(t.in, t.inC, sides)), out = m.take(closes ? t.stripFloats(t.out, 2 * lanes, outs) : 0);
      float* at = reinterpret_cast<float*>(s.need(m.size * 4));
      run(b - a, at + v, [&](float* v, int64_t step) {
        t.inputOfStrip(zeros, a, b, at + in, alone, v, step);
      }, [&](int64_t c0, int64_t c1, const float* m, int64_t step) {
        if (!closes) return t.transformOutput(alone, to, a, b, c0, c1, m, step);
        Area written;
        const Sheet y = t.emptyStrip(t.out, c1 - c0, a, b, 0, outs, at + out, &written);
        t.transformOutput(alone, {y.at - c0, y.image, y.row, y.pixel}, a, b, c0, c1, m, step);
        written.at += c0 * written.channel;
        written.c = most(0, least(c1, written.c) - c0);
        emptyInto(emptySheet(at + out, c1 - c0, noBorder(written)), written, alone);
      });
    });
  }
};
/// Many weights: some channels of the outputs at a time, for as many tiles as stay near. The weights are transformed where they
/// are used, a few input channels at a time, so that U (four times their size) is never written down. Where there are more threads
/// than panels, several take a part of the tiles each, and transform the same weights.
void inPanels(Frame& f, const Tiling& t, const Sheet& from, const Sheet& to, const Weights& w, bool reversed, const float* zeros, float* v) {
  const int64_t panels = ceilDiv(t.outC, group);
  const double micros = double(t.inC * t.outC) * points * nanosAProduct * 1e-3;
  for (int64_t first = 0; first < t.tiles; first += t.some) {
    const int64_t last = least(t.tiles, first + t.some), n = last - first;
    const int64_t parts = most(1, least(threadsOf(f) / panels, n / (2 * maxTile)));
    t.transformImages(f, from, zeros, first, last, v, t.vStep);
    forTasks(f, panels * parts, double(n) * micros, [&](int64_t task, Scratch& s) {
      Frame alone = f;
      alone.team = nullptr;
      const int64_t part = task % parts, a = n * part / parts, some = n * (part + 1) / parts - a;
      const int64_t j0 = task / parts * group, columns = least(group, t.outC - j0), uStep = nearChannels * group + unit, mStep = some * columns + unit;
      float* u = reinterpret_cast<float*>(s.need(points * (uStep + mStep) * 4));
      float* m = u + points * uStep;
      for (int64_t c0 = 0; c0 < t.inC; c0 += nearChannels) {
        const int64_t rows = least(nearChannels, t.inC - c0);
        for (int64_t j = 0; j < columns; j += unit) transformWeights(w, reversed, c0, rows, j0 + j, j0, columns, u, uStep);
        for (int64_t e = 0; e < points; e++) product<float>(some, columns, rows, v + e * t.vStep + a * t.pitch + c0, t.pitch, 1, u + e * uStep, m + e * mStep, columns, c0 > 0);
      }
      t.transformOutput(alone, to, first + a, first + a + some, j0, j0 + columns, m, mStep);
    });
  }
}
bool towards(Frame& f, const Area& in, const Area& out, int64_t top, int64_t left, const Weights& w, bool reversed, const Loop* epilogue) {
  const Tiling t(in, out, top, left, false);
  const int64_t uStep = t.inC * t.outC + unit;
  const bool groups = t.inC * t.outC <= fewWeights;
  Carver m;
  const int64_t zeros = m.take(t.inC), u = m.take(groups ? points * uStep : 0), v = m.take(groups ? 0 : points * t.vStep);
  const bool strips = t.high() > 0, apart = groups && strips && !(lies(in, t.inC, noBorder(in)) && lies(out, t.outC, noBorder(out)));
  const int64_t inAt = m.take(strips ? 0 : roomOf(in, t.inC, noBorder(in))), outAt = m.take(apart ? 0 : roomOf(out, t.outC, noBorder(out)));
  float* at = reinterpret_cast<float*>(f.shared->need(m.size * 4));
  for (int64_t i = 0; i < t.inC; i++) at[zeros + i] = 0;
  const Sheet from = opened(in, t.inC, noBorder(in), at + inAt, !strips, f), to = opened(out, t.outC, noBorder(out), at + outAt, false, f);
  if (groups) {
    forTasks(f, t.outC / unit, double(t.inC * t.outC) * 12e-3, [&](int64_t j, Scratch&) {
      transformWeights(w, reversed, 0, t.inC, j * unit, 0, t.outC, at + u, uStep);
    });
    const Few few{t, at + zeros, at + u, uStep};
    if (!apart && few.inGroups(f, from, to, epilogue)) return true;
    if (apart) few.inStrips(f, to);
  } else {
    inPanels(f, t, from, to, w, reversed, at + zeros, at + v);
  }
  if (to.at != out.at && !apart) emptyInto(to, out, f);
  return false;
}
constexpr int64_t mostShares = 8;
/// Few weights: a thread takes a fixed share of the tiles, strip by strip, and has all sums near; then the shares are added.
struct Shares {
  const Tiling& t;
  const float* zeros;
  int64_t count, step;           // of shares; from one of 36 to the next

  void sum(Frame& f, float* sums) const {
    const int64_t rows = t.out.n * t.down;
    forTasks(f, count, double(t.tiles * t.inC * t.outC) * points * nanosAProduct * 1e-3, [&](int64_t i, Scratch& scratch) {
      Frame alone = f;
      alone.team = nullptr;
      alone.scratch = &scratch;
      const int64_t first = rows * i / count * t.across, last = rows * (i + 1) / count * t.across;
      t.strips(alone, first, last, 0, [&](int64_t a, int64_t b, Scratch& s) { strip(alone, s, a, b, a > first, sums + i * points * step); });
    });
    forTasks(f, points, double(count * points * step) * 0.1e-3, [&](int64_t e, Scratch&) {
      float* to = sums + e * step;
      for (int64_t i = 1; i < count; i++)
        for (int64_t k = 0; k < step; k++) to[k] += to[i * points * step + k];
    });
  }
  void strip(Frame& alone, Scratch& s, int64_t a, int64_t b, bool add, float* sums) const {
    const int64_t n = b - a, vStep = n * t.pitch + unit, dStep = n * t.outC + unit;
    Carver m;
    const int64_t v = m.take(points * vStep), d = m.take(points * dStep), room = m.take(most(t.borderedFloats(t.in, t.inC, sides), t.borderedFloats(t.out, t.outC, outs)));
    float* at = reinterpret_cast<float*>(s.need(m.size * 4));
    t.inputOfStrip(zeros, a, b, at + room, alone, at + v, vStep);
    t.cotangentOfStrip(zeros, a, b, at + room, alone, a, n, at + d, dStep);
    for (int64_t e = 0; e < points; e++) product<float>(t.inC, t.outC, n, at + v + e * vStep, 1, t.pitch, at + d + e * dStep, sums + e * step, t.outC, add);
  }
};
void weightsInShares(Frame& f, const Tiling& t, const Weights& w) {
  const int64_t channels = most(t.inC, t.outC), count = least(t.out.n * t.down, mostShares);
  float* zeros = reinterpret_cast<float*>(f.shared->need((channels + count * points * (t.inC * t.outC + unit)) * 4));
  float* sums = zeros + channels;
  for (int64_t i = 0; i < channels; i++) zeros[i] = 0;
  const Shares shares{t, zeros, count, t.inC * t.outC + unit};
  shares.sum(f, sums);
  forTasks(f, t.outC / unit, double(t.inC * t.outC) * 12e-3, [&](int64_t j, Scratch&) {
    gatherWeights(w, 0, w.c, j * unit, sums + j * unit, shares.step, t.outC);
  });
}
void weightsBack(const Conv& c, Frame& f, const Area& in, const Area& out, const Weights& w) {
  const Tiling t(in, out, c.window.padLo[0], c.window.padLo[1], true);
  if (t.inC * t.outC <= nearWeights && t.high() > 0) return weightsInShares(f, t, w);
  const bool once = t.some == t.tiles;
  const int64_t uStep = t.inC * t.outC + unit;
  Carver m;
  const int64_t zeros = m.take(most(t.inC, t.outC)), u = m.take(once ? 0 : points * uStep), v = m.take(points * t.vStep), d = m.take(points * t.mStep);
  const bool whole = t.high() == 0;
  const int64_t inAt = m.take(whole ? roomOf(in, t.inC, noBorder(in)) : 0), outAt = m.take(whole ? roomOf(out, t.outC, noBorder(out)) : 0);
  float* at = reinterpret_cast<float*>(f.shared->need(m.size * 4));
  for (int64_t i = 0; i < most(t.inC, t.outC); i++) at[zeros + i] = 0;
  const Sheet from = opened(in, t.inC, noBorder(in), at + inAt, whole, f), to = opened(out, t.outC, noBorder(out), at + outAt, whole, f);
  const double micros = double(t.inC * t.outC) * points * nanosAProduct * 1e-3;
  const int64_t panels = ceilDiv(t.outC, group), blocks = ceilDiv(t.inC, nearChannels);
  for (int64_t first = 0; first < t.tiles; first += t.some) {
    const int64_t last = least(t.tiles, first + t.some), n = last - first;
    t.transformImages(f, from, at + zeros, first, last, at + v, t.vStep);
    t.transformCotangents(f, to, at + zeros, first, last, at + d);
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
bool winograd(const Conv& c, Frame& f) {
  const Area x = areaOf(c.x, f, c.n, c.c, 2, c.window.spatial), y = areaOf(c.y, f, c.n, c.o, 2, c.window.outSpatial);
  const int64_t* s = c.w.strides.at;
  const Weights w = {reinterpret_cast<float*>(addressOf(c.w, f)), c.o, c.c, s[0], s[1], s[2], s[3]};
  if (c.which == 0) return towards(f, x, y, c.window.padLo[0], c.window.padLo[1], w, false, c.epilogue);
  if (c.which == 1) return towards(f, y, x, window - 1 - c.window.padLo[0], window - 1 - c.window.padLo[1], w, true, c.epilogue);
  weightsBack(c, f, x, y, w);
  return false;
}

}}  // namespace cot::COT_ISA
