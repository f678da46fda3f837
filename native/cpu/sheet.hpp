// Images with channels next to each other: [n, row, pixel, channel]. A view that lies so already is used where it is; any
// other is copied, row by row, perhaps with a frame of zeros around it. Kernels on sheets see one layout, so that strides
// change no bit.
#pragma once
#include "cpu/block.hpp"
#include "cpu/simd.hpp"

namespace cot { namespace COT_ISA {

constexpr int64_t unit = 16;   // channels of a panel, whatever the instruction set is

/// Floats carved from one piece of memory.
struct Carver {
  int64_t size = 0;
  int64_t take(int64_t floats) {
    const int64_t at = size;
    size += (floats + 15) / 16 * 16;
    return at;
  }
};
/// to[i * ldt + j] = from[i + j * ldf]
void turned(int64_t rows, int64_t columns, const float* from, int64_t ldf, float* to, int64_t ldt);

/// A view of rank 3 or 4 over images; one spatial axis is one row.
template <class T> struct AreaAs {
  T* at;
  int64_t n, c, h, w, image, channel, row, pixel;   // sizes, then strides
};
template <class T> AreaAs<T> areaAs(const View& v, const Frame& f, int64_t n, int64_t c, int rank, const int64_t* spatial) {
  const int64_t* s = v.strides.at;
  T* at = reinterpret_cast<T*>(addressOf(v, f));
  if (rank == 1) return {at, n, c, 1, spatial[0], s[0], s[1], 0, s[2]};
  return {at, n, c, spatial[0], spatial[1], s[0], s[1], s[2], s[3]};
}
using Area = AreaAs<float>;
constexpr auto areaOf = areaAs<float>;

struct Sheet {
  float* at;
  int64_t image, row, pixel;
  float* pixelAt(int64_t n, int64_t y, int64_t x) const { return at + n * image + y * row + x * pixel; }
};
/// What a copy has around the image: rows and pixels from (-top, -left) on, `h` x `w` of them.
struct Border { int64_t top, left, h, w; };
inline Border noBorder(const Area& a) { return {0, 0, a.h, a.w}; }
inline bool lies(const Area& a, int64_t channels, const Border& b) {
  return a.channel == 1 && a.c == channels && b.top <= 0 && b.left <= 0 && b.h - b.top <= a.h && b.w - b.left <= a.w;
}
inline Sheet sheetOf(const Area& a, const Border& b) { return {a.at - b.top * a.row - b.left * a.pixel, a.image, a.row, a.pixel}; }
inline int64_t sheetFloats(const Area& a, int64_t channels, const Border& b) { return a.n * b.h * b.w * channels; }
/// What `opened` needs.
inline int64_t roomOf(const Area& a, int64_t channels, const Border& b) { return lies(a, channels, b) ? 0 : sheetFloats(a, channels, b); }
/// A dense sheet at `room`, not filled.
inline Sheet emptySheet(float* room, int64_t channels, const Border& b) {
  return {room, b.h * b.w * channels, b.w * channels, channels};
}
/// The sheet of an area: where it lies, or at `room`, filled if `read`.
Sheet opened(const Area& a, int64_t channels, const Border& b, float* room, bool read, Frame& f);
/// Copies rows in; channels past the view's, and what is outside, are 0.
void fillSheet(const Area& from, int64_t channels, const Border& b, const Sheet& to, Frame& f);
/// Copies rows out.
void emptyInto(const Sheet& from, const Area& to, Frame& f);

/// Convolutions of f32 with many channels: sizes alone decide.
bool onSheets(const Conv& c);
bool byWinograd(const Conv& c);
/// These say whether they have been over what they made with its epilogue.
bool winograd(const Conv& c, Frame& f);
bool direct(const Conv& c, Frame& f);
/// Convolutions of each channel by itself.
bool depthwise(const Conv& c, Frame& f);

}}  // namespace cot::COT_ISA
