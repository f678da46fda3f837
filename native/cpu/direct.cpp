// Convolutions on sheets, window element by window element: a product whose A is the image itself. A row of outputs is m rows
// of A, as far apart as the window moves; the sum goes over the lines of the window, each a stretch of neighbouring floats.
// Nothing is unfolded.
//   0  y from x    lines: rows of the window (its pixels too are neighbours where the image is dense)
//   1  x from y    the same for each remainder of a position to the stride, with the elements that reach it
//   2  w from x y  tiles of (element, c) x o summed over pixels; x is read along channels, y is B as it lies
#include "cpu/entry.hpp"
#include "cpu/gemm.hpp"
#include "cpu/sheet.hpp"
#include "cpu/window.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t roomLines = 144;   // of weights that are turned at a time, where a window has no more elements
constexpr int64_t fewPixels = 96, sumPixels = 128, rowsABlock = 1024, nearFloats = 384;
constexpr double nanosAProduct = 0.012;

struct Shape {
  const Conv& c;
  Area x, y;
  Axis rows, pixels;
  const float* w;
  int64_t so, sc, sy, sx;       // strides of the weights

  Shape(const Conv& conv, const Frame& f)
      : c(conv), x(areaOf(c.x, f, c.n, c.c, c.window.rank, c.window.spatial)), y(areaOf(c.y, f, c.n, c.o, c.window.rank, c.window.outSpatial)) {
    const Window& v = c.window;
    const int last = v.rank - 1;
    pixels = axisOf(v, last);
    rows = axisOf(v, last - 1);
    const int64_t* s = c.w.strides.at;
    w = reinterpret_cast<const float*>(addressOf(c.w, f));
    so = s[0];
    sc = s[1];
    sx = s[2 + last];
    sy = last == 1 ? s[2] : 0;
  }
};
/// The window's extent over the input, with what padding it needs.
int64_t extent(const Axis& a) { return (a.out - 1) * a.stride + (a.kernel - 1) * a.dilation + 1; }

/// One correlation: m x columns outputs a row, sums over `lines`, each `run` floats long.
struct Pass {
  Sheet in;
  int64_t inRow, inPixel;        // between neighbouring outputs
  int64_t lines, run, *from;     // where lines begin in the sheet
  int64_t *row;                  // and in a panel
  int64_t block;                 // lines of one chain of sums
  Sheet out;                     // of the outputs of this pass
  int64_t n, h, w, columns;
  const float* panels;           // [panel][row][width]
  int64_t k;                     // rows of a panel
};
/// Rows of a window, each `deep` floats, whose weights stay in the first cache: by sizes only.
int64_t blockOf(int64_t deep) { return most(1, nearFloats / most(1, deep)); }
/// Then the epilogue over each task's outputs, where those are neighbours; says whether it has been.
bool correlate(const Pass& p, Frame& f, int64_t* table, const Loop* epilogue) {
  // Where the lines begin in a panel, for both widths.
  const int64_t narrow = Simd<float>::lanes;
  for (int64_t l = 0; l < p.lines; l++) {
    table[l] = p.row[l] * narrow;
    table[p.lines + l] = p.row[l] * 2 * narrow;
  }
  const int64_t high = most(1, least(p.h, fewPixels / most(1, p.w))), bands = ceilDiv(p.h, high);
  const double micros = double(p.n) * double(p.h * p.w) * double(p.lines * p.run) * double(p.columns) * nanosAProduct * 1e-3;
  const int64_t panels = ceilDiv(p.columns, 2 * narrow), groups = least(panels, ceilDiv(4 * threadCount(), p.n * bands)), each = ceilDiv(panels, groups);
  const bool follows = epilogue != nullptr && groups == 1 && p.out.pixel == p.columns && p.out.row == p.w * p.columns;
  forTasks(f, p.n * bands * groups, micros, [&](int64_t t, Scratch& s) {
    const int64_t n = t / groups / bands, y0 = t / groups % bands * high, first = t % groups * each;
    for (int64_t j = first * 2 * narrow; j < least(p.columns, (first + each) * 2 * narrow); j += panelWidth<float>(p.columns, j)) {
      const int64_t width = panelWidth<float>(p.columns, j);
      const int64_t* places = table + (width == narrow ? 0 : p.lines);
      for (int64_t l = 0; l < most(1, p.lines); l += p.block)
        for (int64_t y = y0; y < least(p.h, y0 + high); y++)
          tileColumn({least(p.block, p.lines - l), p.from + l, places + l}, p.w, p.run, p.in.at + n * p.in.image + y * p.inRow, p.inPixel, 1, p.panels + j * p.k, width,
                     p.out.pixelAt(n, y, 0) + j, p.out.pixel, least(width, p.columns - j), l > 0);
    }
    if (follows) loopPart(*epilogue, f, n * p.out.image + y0 * p.out.row, 1, 0, least(p.h - y0, high) * p.out.row, s.need(loopBytes(*epilogue)));
  });
  return follows;
}
/// Weights as rows (window element, then one kind of channel) and columns, the other kind.
struct Packing {
  const Shape& s;
  int64_t taps, channels, down, columns, across;

  /// Neighbours of a window lie together, so that those of a row are one run for each column.
  bool close() const { return (s.sx == 1 || s.pixels.kernel == 1) && (s.sy == s.pixels.kernel || s.rows.kernel == 1); }
  int64_t offset(int64_t e) const { return e / s.pixels.kernel * s.sy + e % s.pixels.kernel * s.sx; }
  /// `n` columns from j on, of channels and elements from c0 and e0 on: [channel][element][lane].
  void take(int64_t c0, int64_t some, int64_t e0, int64_t elements, int64_t j, int64_t n, float* to) const {
    constexpr int64_t lanes = Simd<float>::lanes;
    const float* from = s.w + c0 * down + j * across;
    if (close() && across != 1) {
      if (down == elements) return turned(some * elements, n, from, across, to, lanes);
      for (int64_t c = 0; c < some; c++) turned(elements, n, from + c * down + e0, across, to + c * elements * lanes, lanes);
      return;
    }
    for (int64_t c = 0; c < some; c++)
      for (int64_t e = 0; e < elements; e++, to += lanes) {
        const float* at = from + c * down + offset(e0 + e);
        if (across == 1) copyRun(to, at, n);
        else for (int64_t i = 0; i < n; i++) to[i] = at[i * across];
      }
  }
  /// The columns of one vector, `width` apart in their panel.
  void column(int64_t j, int64_t width, float* to) const {
    constexpr int64_t lanes = Simd<float>::lanes;
    alignas(64) float room[roomLines * lanes] = {};
    const int64_t n = least(lanes, columns - j), some = most(1, roomLines / taps), few = least(taps, roomLines);
    for (int64_t c0 = 0; c0 < channels; c0 += some)
      for (int64_t e0 = 0; e0 < taps; e0 += few) {
        const int64_t m = least(some, channels - c0), elements = least(few, taps - e0);
        take(c0, m, e0, elements, j, n, room);
        for (int64_t c = 0; c < m; c++)
          for (int64_t e = 0; e < elements; e++) Simd<float>::store(to + ((e0 + e) * channels + c0 + c) * width, Simd<float>::load(room + (c * elements + e) * lanes));
      }
  }
  int64_t floats() const { return ceilDiv(columns, Simd<float>::lanes) * Simd<float>::lanes * taps * channels; }
  Making kept(Frame& f) const {
    return keeping(s.c.w, f, {2, reinterpret_cast<int64_t>(s.w), taps, channels, down, columns, across, s.sy, s.sx, s.pixels.kernel}, floats());
  }
  void all(Frame& f, float* to) const {
    const int64_t k = taps * channels, lanes = Simd<float>::lanes, panel = 2 * lanes;
    forTasks(f, ceilDiv(columns, panel), double(columns * k) * 0.3e-3, [&](int64_t t, Scratch&) {
      const int64_t j = t * panel, width = panelWidth<float>(columns, j);
      for (int64_t v = 0; v < width; v += lanes) column(j + v, width, to + j * k + v);
    });
  }
  /// Where they are, or were made: in what is kept, or here.
  const float* made(Frame& f, Making& kept, float* here) const {
    if (kept.full()) return kept.at();
    float* to = kept.at() ? kept.at() : here;
    all(f, to);
    kept.done();
    return to;
  }
};

bool forward(const Shape& s, Frame& f) {
  const Border border = {s.rows.low, s.pixels.low, extent(s.rows), extent(s.pixels)};
  const int64_t taps = s.rows.kernel * s.pixels.kernel, k = taps * s.x.c;
  const Packing packing{s, taps, s.x.c, s.sc, s.y.c, s.so};
  Making kept = packing.kept(f);
  Carver m;
  const int64_t tables = m.take(taps * 8), panels = m.take(kept.at() ? 0 : packing.floats());
  const int64_t inAt = m.take(roomOf(s.x, s.x.c, border)), outAt = m.take(roomOf(s.y, s.y.c, noBorder(s.y)));
  float* at = reinterpret_cast<float*>(f.shared->need(m.size * 4));
  Pass p{};
  p.in = opened(s.x, s.x.c, border, at + inAt, true, f);
  p.out = opened(s.y, s.y.c, noBorder(s.y), at + outAt, false, f);
  p.inRow = s.rows.stride * p.in.row;
  p.inPixel = s.pixels.stride * p.in.pixel;
  // Neighbouring elements of a window's row make one run where pixels are dense: the same sum in the same order.
  const bool whole = s.pixels.dilation == 1 && p.in.pixel == s.x.c;
  const int64_t inLine = whole ? s.pixels.kernel : 1, perRow = s.pixels.kernel / inLine;
  p.lines = taps / inLine;
  p.run = inLine * s.x.c;
  p.block = blockOf(s.pixels.kernel * s.x.c) * perRow;
  p.from = reinterpret_cast<int64_t*>(at + tables);
  p.row = p.from + taps;
  for (int64_t l = 0; l < p.lines; l++) {
    p.from[l] = l / perRow * s.rows.dilation * p.in.row + l % perRow * s.pixels.dilation * p.in.pixel;
    p.row[l] = l * p.run;
  }
  p.n = s.y.n;
  p.h = s.y.h;
  p.w = s.y.w;
  p.columns = s.y.c;
  p.panels = packing.made(f, kept, at + panels);
  p.k = k;
  const bool lies = p.out.at == s.y.at, followed = correlate(p, f, p.from + 2 * taps, lies ? s.c.epilogue : nullptr);
  if (!lies) emptyInto(p.out, s.y, f);
  return followed;
}

void backwardInput(const Shape& s, Frame& f) {
  // y framed so that every shift of every phase stays inside.
  const auto frameOf = [](const Axis& a, int64_t* size) {
    int64_t lowest = 0, highest = a.out - 1;
    for (int64_t k = 0; k < a.kernel; k++) {
      const int64_t first = ((k * a.dilation - a.low) % a.stride + a.stride) % a.stride, shift = (first + a.low - k * a.dilation) / a.stride;
      if (first >= a.in) continue;
      lowest = least(lowest, shift);
      highest = most(highest, shift + ceilDiv(a.in - first, a.stride) - 1);
    }
    *size = highest - lowest + 1;
    return -lowest;
  };
  Border border{};
  border.top = frameOf(s.rows, &border.h);
  border.left = frameOf(s.pixels, &border.w);
  const int64_t taps = s.rows.kernel * s.pixels.kernel;
  const Packing packing{s, taps, s.y.c, s.so, s.x.c, s.sc};
  Making kept = packing.kept(f);
  Carver m;
  const int64_t tables = m.take((taps * 4 + (s.rows.kernel + s.pixels.kernel) * 2) * 2), panels = m.take(kept.at() ? 0 : packing.floats());
  const int64_t inAt = m.take(roomOf(s.y, s.y.c, border)), outAt = m.take(roomOf(s.x, s.x.c, noBorder(s.x)));
  float* at = reinterpret_cast<float*>(f.shared->need(m.size * 4));
  int64_t* table = reinterpret_cast<int64_t*>(at + tables);
  const Sheet y = opened(s.y, s.y.c, border, at + inAt, true, f), x = opened(s.x, s.x.c, noBorder(s.x), at + outAt, false, f);
  const float* weights = packing.made(f, kept, at + panels);
  for (int64_t py = 0; py < least(s.rows.stride, s.rows.in); py++)
    for (int64_t px = 0; px < least(s.pixels.stride, s.pixels.in); px++) {
      const Phase a = phaseOf(s.rows, py, table + taps * 4), b = phaseOf(s.pixels, px, table + taps * 4 + s.rows.kernel * 2);
      Pass p{};
      p.in = y;
      p.inRow = y.row;
      p.inPixel = y.pixel;
      p.lines = a.elements * b.elements;
      p.run = s.y.c;
      p.block = blockOf(b.elements * s.y.c) * most(1, b.elements);
      p.from = table;
      p.row = table + taps;
      for (int64_t l = 0; l < p.lines; l++) {
        p.from[l] = (a.shift[l / b.elements] + border.top) * y.row + (b.shift[l % b.elements] + border.left) * y.pixel;
        p.row[l] = (a.element[l / b.elements] * s.pixels.kernel + b.element[l % b.elements]) * s.y.c;
      }
      p.out = {x.pixelAt(0, a.first, b.first), x.image, s.rows.stride * x.row, s.pixels.stride * x.pixel};
      p.n = s.x.n;
      p.h = a.count;
      p.w = b.count;
      p.columns = s.x.c;
      p.panels = weights;
      p.k = taps * s.y.c;
      correlate(p, f, table + 2 * taps, nullptr);
    }
  if (x.at != s.x.at) emptyInto(x, s.x, f);
}

/// `w` pixels' `width` channels, two vectors apart.
void packPixels(const float* from, int64_t pixel, int64_t w, int64_t width, float* to) {
  constexpr int64_t lanes = Simd<float>::lanes;
  for (int64_t i = 0; i < w; i++)
    for (int64_t j = 0; j < width; j += lanes) Simd<float>::store(to + i * 2 * lanes + j, Simd<float>::load(from + i * pixel + j));
}
void backwardWeights(const Shape& s, Frame& f) {
  const Border border = {s.rows.low, s.pixels.low, extent(s.rows), extent(s.pixels)};
  const int64_t taps = s.rows.kernel * s.pixels.kernel, o = ceilDiv(s.y.c, unit) * unit, c = s.x.c;
  // Pixels of a sum: some rows of outputs, by sizes only.
  const int64_t together = most(1, least(s.y.h, sumPixels / most(1, s.y.w)));
  Carver m;
  const int64_t tables = m.take(together * 6), sums = m.take(taps * c * o);
  // Pixels a multiple of 256 bytes apart fall on each other in the cache: they are copied further apart.
  const int64_t pitch = c % 64 == 0 ? c + unit : c;
  const int64_t inAt = m.take(roomOf(s.x, pitch, border)), outAt = m.take(roomOf(s.y, o, noBorder(s.y)));
  float* at = reinterpret_cast<float*>(f.shared->need(m.size * 4));
  const Sheet x = opened(s.x, pitch, border, at + inAt, true, f), y = opened(s.y, o, noBorder(s.y), at + outAt, true, f);
  int64_t* table = reinterpret_cast<int64_t*>(at + tables);
  for (int64_t i = 0; i < together; i++) {
    table[i] = i * s.rows.stride * x.row;
    table[together + i] = i * y.row;
    table[2 * together + i] = i * s.y.w * 2 * Simd<float>::lanes;
  }
  const bool whole = s.pixels.dilation == 1 && x.pixel == c;
  const int64_t inLine = whole ? s.pixels.kernel : 1, perRow = s.pixels.kernel / inLine, run = inLine * c;
  // Blocks of sums that stay near while everything passes by once: whole lines, or a part of one; some columns.
  const int64_t lines = taps / inLine, room = most(1, rowsABlock / run), high = ceilDiv(run, ceilDiv(run, rowsABlock)), blocks = ceilDiv(run, high), narrow = 2 * Simd<float>::lanes;
  const int64_t wide = ceilDiv(lines, room) * blocks * ceilDiv(o, 2 * narrow) >= 2 * threadCount() ? 2 * narrow : narrow, across = ceilDiv(o, wide);
  // Less of them where some threads would have nothing: y's columns are packed as often.
  const int64_t shares = ceilDiv(threadsOf(f), blocks * across), some = least(room, most(1, lines / shares)), groups = ceilDiv(lines, some) * blocks;
  const double micros = double(s.y.n) * double(s.y.h * s.y.w) * double(taps * c) * double(o) * nanosAProduct * 1e-3;
  // y's columns side by side: their own distance may be one that the cache cannot hold.
  const bool packs = s.y.w <= 8 * sumPixels;
  forTasks(f, groups * across, micros, [&](int64_t t, Scratch& scratch) {
    float* panels = reinterpret_cast<float*>(scratch.need(packs ? together * s.y.w * wide * 4 : 4));
    const int64_t l0 = t / across / blocks * some, l1 = least(lines, l0 + some), r0 = t / across % blocks * high, r = least(high, run - r0), j0 = t % across * wide, j1 = least(o, j0 + wide);
    float* sum = at + sums;
    for (int64_t n = 0; n < s.y.n; n++)
      for (int64_t row = 0; row < s.y.h; row += together) {
        const Lines pixels = {least(together, s.y.h - row), table, table + (packs ? 2 : 1) * together};
        for (int64_t j = j0; j < j1 && packs; j += panelWidth<float>(o, j))
          for (int64_t i = 0; i < pixels.count; i++) packPixels(y.pixelAt(n, row + i, 0) + j, y.pixel, s.y.w, panelWidth<float>(o, j), panels + (j - j0) * together * s.y.w + i * s.y.w * narrow);
        for (int64_t l = l0; l < l1; l++) {
          const float* from = x.pixelAt(n, row * s.rows.stride, 0) + l / perRow * s.rows.dilation * x.row + l % perRow * s.pixels.dilation * x.pixel + r0;
          for (int64_t j = j0; j < j1; j += panelWidth<float>(o, j))
            tileColumn(pixels, r, s.y.w, from, 1, s.pixels.stride * x.pixel, packs ? panels + (j - j0) * together * s.y.w : y.pixelAt(n, row, 0) + j,
                       packs ? narrow : y.pixel, sum + (l * run + r0) * o + j, o, panelWidth<float>(o, j), n + row > 0);
        }
      }
    float* w = const_cast<float*>(s.w);
    for (int64_t l = l0; l < l1; l++)
      for (int64_t i = r0; i < r0 + r; i++) {
        float* place = w + l / perRow * s.sy + (l % perRow * inLine + i / c) * s.sx + i % c * s.sc;
        for (int64_t j = j0; j < least(s.y.c, j1); j++) place[j * s.so] = sum[(l * run + i) * o + j];
      }
  });
}

}  // namespace

bool direct(const Conv& c, Frame& f) {
  const Shape s(c, f);
  if (c.which == 0) return forward(s, f);
  c.which == 1 ? backwardInput(s, f) : backwardWeights(s, f);
  return false;
}

}}  // namespace cot::COT_ISA
