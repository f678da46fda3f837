// How values become one. The order is a function of sizes alone, so that no layout, fusion or thread count changes a bit:
//   S(x[0..n)), n <= 1024: eight lanes, lane i mod 8 adds in index order, then ((0+1)+(2+3))+((4+5)+(6+7));
//   else S(p), p_j = S(chunk j of 1024). Absent lanes hold the identity.
// argmax and argmin keep the first of equals; NaN is the extremum.
#pragma once
#include "core/plan.hpp"

namespace cot {

constexpr int64_t chunk = 1024;

struct Fold {
  int64_t part;      // bytes of one chunk's result, `value` bytes of a final one
  int64_t value;
  int64_t lane;      // bytes of one column's state in one lane, `lanes` lanes a column
  int64_t lanes;
  /// A chunk whose elements are contiguous: state is 8 * lane bytes, `index` counts from the start of the reduced axes.
  void (*start)(void* state);
  void (*add)(void* state, const void* x, int64_t n, int64_t index);
  void (*finish)(const void* state, void* part);
  /// Whole short rows (length <= chunk), one after the other, to final values.
  void (*rows)(const void* x, int64_t rows, int64_t length, void* values);
  /// `width` chunks side by side: state is lanes * lane * width bytes; row `index` of all of them at once.
  void (*startColumns)(void* state, int64_t width);
  void (*addColumns)(void* state, const void* x, int64_t width, int64_t index);
  void (*finishColumns)(const void* state, int64_t width, void* parts, int64_t partStride);
  /// The parts of one row to its value.
  void (*merge)(const void* parts, int64_t count, void* value);
  /// The value of nothing.
  void (*empty)(void* value);
};
}  // namespace cot
