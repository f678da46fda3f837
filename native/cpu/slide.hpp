// Convolutions of f32 without unfolded windows. An image is copied once, padded, into planes: one for each channel and each
// remainder that a tap leaves to the stride. What tap t meets at output position p then lies at x[p + tap[t]], where p counts
// in the pitch of a plane, so a product over taps reads whole vectors of neighbouring positions. Positions past the end of a
// row are computed too and dropped.
#pragma once
#include "cpu/simd.hpp"
#include "cpu/window.hpp"

namespace cot { namespace COT_ISA {

constexpr int64_t line = 16;            // positions: vectors of any instruction set fit
constexpr int64_t maxRemainders = 16;
// Rows of a tile that is three vectors wide, and of one that is two, and sums of a gradient's tile: as many as registers hold.
#if defined(__AVX512F__)
constexpr int slideRows = 8, slideHigh = 8, gradSums = 9;
#elif defined(__AVX2__)
constexpr int slideRows = 4, slideHigh = 6, gradSums = 12;
#else
constexpr int slideRows = 2, slideHigh = 2, gradSums = 4;   // an fma is a call there
#endif
constexpr int64_t slideDepth = 512;   // as gemm's `depth`: the same sums

/// The planes of `images` images, for a band of `rows` output positions on the first axis.
struct Planes {
  Reaching q;
  int64_t low[maxRank];        // input position of a window's first element at output position 0
  int64_t extent[maxRank];     // dims of a plane
  int64_t pitch[maxRank];      // strides of a plane
  int64_t size;                // elements of a plane, all images
  int64_t image;               // of one image
  int64_t images, rows;
  int64_t beyond;              // extent of the first axis past `rows`
  int count[maxRank];          // remainders of an axis that taps have
  int64_t remainder[maxRank][maxRemainders];
  int64_t planes;              // product of count

  /// False where planes would be too many, too large or mostly dropped.
  bool plan(const Reaching& reaching, int64_t channels, int64_t n);
  void place(int64_t band, int64_t together);
  /// Flat positions from the first to the last real one of `m` images and `r` rows.
  int64_t span(int64_t r, int64_t m) const;
  int64_t lines(int64_t r, int64_t m) const { return ceilDiv(span(r, m), line); }
  /// Elements of all planes, with room to read past the end.
  int64_t elements(int64_t channels) const { return channels * planes * size + 2 * line; }
  /// Calls run(indices, flat, width, rows, pitch) for `rows` rows at a time of one image's real positions; `indices` are those
  /// of the axes before the last two.
  template <class F> void forRows(int64_t r, const F& run) const {
    const int last = q.rank - 1, outer = last > 0 ? last - 1 : 0;
    int64_t dims[maxRank], e[maxRank] = {};
    for (int i = 0; i < q.rank; i++) dims[i] = i == 0 ? r : q.out[i];
    do {
      int64_t flat = 0;
      for (int i = 0; i < outer; i++) flat += e[i] * pitch[i];
      run(static_cast<const int64_t*>(e), flat, dims[last], last > 0 ? dims[last - 1] : 1, last > 0 ? pitch[last - 1] : 0);
    } while (advance(outer, dims, e));
  }
  void taps(int64_t channels, int64_t* tap) const;
  /// Copies the input of output rows from row0 on; `x` has stride `n` over images, `channel` and `spatial`.
  void fill(const float* x, int64_t n, int64_t channel, const int64_t* spatial, int64_t channels, int64_t row0, int64_t r,
            int64_t m, float* to) const;
};

/// Rows of `all` that go together: tiles of equal height, high ones where the others would not be full.
inline int64_t slideHeight(int64_t all) { return ceilDiv(all, ceilDiv(all, all % slideRows == 0 ? slideRows : slideHigh)); }
/// c[i, p] = or += sum over k of w(k, i) x[p + tap[k]], p < lines * line; w is [tile of rows][k][row].
void slide(int64_t rows, int64_t k, const float* w, const int64_t* tap, const float* x, int64_t lines, float* c, int64_t ldc,
           bool add);
/// The same for `lines` lines of exactly `width` positions, `pitch` apart in x and `step` in c, all taps at once: nothing past
/// them is read or written.
struct InPlace {
  int64_t rows, k;
  const float* w;
  const int64_t* tap;
  int64_t lines, width, pitch, step, ldc;
};
/// Where vectors that begin with a line take hardly more than those that go on through the `pitch` of lines.
bool slidesInPlace(int64_t rows, int64_t k, int64_t width, int64_t pitch);
void slideInto(const InPlace& s, const float* x, float* c);
/// sum[t][o] += sum over runs of neighbouring positions p of y[p][o] x[p + tap[t]]; outs is a multiple of `gradOuts`.
constexpr int64_t gradOuts = 8;
struct Grad {
  int64_t outs, taps, runs, width;
  const float* y;              // runs one after the other
  const float* x;
  int64_t pitch;               // of runs in x
  const int64_t* tap;
  float* sum;
};
void slideGrad(const Grad& g);
/// to[p * wide + o] = y[o * ldy + p], o < outs, and anything for the few more that make a multiple of four.
void sideBySide(int64_t positions, int64_t outs, const float* y, int64_t ldy, float* to, int64_t wide);

}}  // namespace cot::COT_ISA
