#include "cpu/sheet.hpp"

#include "cpu/window.hpp"

namespace cot { namespace COT_ISA {

void turned(int64_t rows, int64_t columns, const float* from, int64_t ldf, float* to, int64_t ldt) {
  transposed(rows, columns, from, ldf, to, ldt);
}
namespace {

/// One row of pixels: `w` of them, `c` channels each.
void rowIn(const float* from, int64_t channel, int64_t pixel, int64_t c, int64_t w, int64_t channels, float* to) {
  if (pixel == 1) turned(w, c, from, channel, to, channels);
  else for (int64_t x = 0; x < w; x++)
    if (channel == 1) copyRun(to + x * channels, from + x * pixel, c);
    else for (int64_t i = 0; i < c; i++) to[x * channels + i] = from[x * pixel + i * channel];
  for (int64_t x = 0; x < w && c < channels; x++)
    for (int64_t i = c; i < channels; i++) to[x * channels + i] = 0;
}
void rowOut(const float* from, int64_t channels, int64_t c, int64_t w, float* to, int64_t channel, int64_t pixel) {
  if (pixel == 1) turned(c, w, from, channels, to, channel);
  else for (int64_t x = 0; x < w; x++)
    if (channel == 1) copyRun(to + x * pixel, from + x * channels, c);
    else for (int64_t i = 0; i < c; i++) to[x * pixel + i * channel] = from[x * channels + i];
}
constexpr double nanosAFloat = 0.4;

}  // namespace

void fillSheet(const Area& a, int64_t channels, const Border& b, const Sheet& to, Frame& f) {
  const int64_t lo = most(0, -b.left), x0 = most(0, b.left), x1 = most(x0, least(b.w, b.left + a.w));
  forTasks(f, a.n * b.h, double(sheetFloats(a, channels, b)) * nanosAFloat * 1e-3, [&](int64_t t, Scratch&) {
    const int64_t n = t / b.h, y = t % b.h, from = y - b.top;
    float* line = to.pixelAt(n, y, 0);
    if (from < 0 || from >= a.h) {
      for (int64_t i = 0; i < b.w * channels; i++) line[i] = 0;
      return;
    }
    for (int64_t i = 0; i < x0 * channels; i++) line[i] = 0;
    rowIn(a.at + n * a.image + from * a.row + lo * a.pixel, a.channel, a.pixel, a.c, least(x1 - x0, a.w - lo), channels, line + x0 * channels);
    for (int64_t i = x1 * channels; i < b.w * channels; i++) line[i] = 0;
  });
}
Sheet opened(const Area& a, int64_t channels, const Border& b, float* room, bool read, Frame& f) {
  if (lies(a, channels, b)) return sheetOf(a, b);
  const Sheet s = emptySheet(room, channels, b);
  if (read) fillSheet(a, channels, b, s, f);
  return s;
}
void emptyInto(const Sheet& from, const Area& a, Frame& f) {
  // Rows that follow each other on both sides are one; it is cut where lines of the cache are whole.
  const bool one = a.row == a.w * a.pixel && from.row == a.w * from.pixel;
  const int64_t rows = one ? 1 : a.h, width = one ? a.h * a.w : a.w, together = one ? 128 : most(a.w, 1), pieces = ceilDiv(width, together);
  forTasks(f, a.n * rows * pieces, double(a.n * a.h * a.w * a.c) * nanosAFloat * 1e-3, [&](int64_t t, Scratch&) {
    const int64_t n = t / (rows * pieces), y = t / pieces % rows, x = t % pieces * together;
    rowOut(from.pixelAt(n, y, x), from.pixel, a.c, least(together, width - x), a.at + n * a.image + y * a.row + x * a.pixel, a.channel, a.pixel);
  });
}

bool onSheets(const Conv& c) {
  const Window& w = c.window;
  if (c.x.dtype != F32 || c.groups != 1 || w.rank < 1 || w.rank > 2 || c.n == 0 || c.c == 0) return false;
  if (!(c.c >= unit && c.o >= unit) && c.o < 2 * unit) return false;
  double framed = double(c.n) * double(most(c.c, c.o)) * 4, all = 1;
  for (int i = 0; i < w.rank; i++) {
    if (w.spatial[i] == 0 || w.outSpatial[i] == 0 || w.kernel[i] == 0) return false;
    const int64_t reach = (w.kernel[i] - 1) * w.dilation[i] + 1;
    framed *= double(w.outSpatial[i]) * double(w.stride[i]) + double(reach) + double(w.spatial[i]);
    all *= double(w.kernel[i]) * double(w.stride[i]);
  }
  return framed < double(int64_t(1) << 36) && all < 65536;
}

}}  // namespace cot::COT_ISA
