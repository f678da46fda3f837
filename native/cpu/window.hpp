// Windows over the last axes. Element p of the output and element k of the kernel meet the input at p*step + k*dilation +
// start (for the transposed direction with dilation < 0); outside it lies padding.
#pragma once
#include "core/plan.hpp"

namespace cot { namespace COT_ISA {

struct Reaching {
  int rank;                    // >= 1
  int64_t in[maxRank], kernel[maxRank], out[maxRank];
  int64_t step[maxRank], dilation[maxRank], start[maxRank];
  int64_t kernels, outs, ins;  // products
};
/// Output from input, as `Window` says; no axes at all become one of size 1.
static inline Reaching reaching(const Window& w) {
  Reaching r{};
  r.rank = w.rank == 0 ? 1 : w.rank;
  r.in[0] = r.kernel[0] = r.out[0] = r.step[0] = r.dilation[0] = 1;
  for (int i = 0; i < w.rank; i++) {
    r.in[i] = w.spatial[i];
    r.kernel[i] = w.kernel[i];
    r.out[i] = w.outSpatial[i];
    r.step[i] = w.stride[i];
    r.dilation[i] = w.dilation[i];
    r.start[i] = -w.padLo[i];
  }
  r.kernels = r.outs = r.ins = 1;
  for (int i = 0; i < r.rank; i++) {
    r.kernels *= r.kernel[i];
    r.outs *= r.out[i];
    r.ins *= r.in[i];
  }
  return r;
}
/// The other way round, for windows with stride 1: input from output.
static inline Reaching reversed(const Reaching& f) {
  Reaching r = f;
  for (int i = 0; i < f.rank; i++) {
    r.in[i] = f.out[i];
    r.out[i] = f.in[i];
    r.dilation[i] = -f.dilation[i];
    r.start[i] = -f.start[i];
  }
  r.outs = f.ins;
  r.ins = f.outs;
  return r;
}
/// Output positions [lo, hi) of axis i for which kernel element k meets the input.
static inline void meeting(const Reaching& r, int i, int64_t k, int64_t* lo, int64_t* hi) {
  const int64_t at = k * r.dilation[i] + r.start[i];   // position of p = 0
  const int64_t first = at >= 0 ? 0 : ceilDiv(-at, r.step[i]);
  const int64_t last = r.in[i] - 1 - at >= 0 ? (r.in[i] - 1 - at) / r.step[i] + 1 : 0;
  *hi = least(r.out[i], last);
  *lo = least(first, *hi);
}
/// One axis of a window; there is one of size 1 before the first.
struct Axis { int64_t in, out, kernel, stride, dilation, low; };
static inline Axis axisOf(const Window& w, int i) {
  if (i < 0) return {1, 1, 1, 1, 1, 0};
  return {w.spatial[i], w.outSpatial[i], w.kernel[i], w.stride[i], w.dilation[i], w.padLo[i]};
}
/// Positions first, first + stride, .. of an axis of x, and the window elements that reach them from y: element `element[i]`
/// from y's position j + shift[i] for the j-th of them.
struct Phase {
  int64_t first, count, elements;
  int64_t *element, *shift;
};
static inline Phase phaseOf(const Axis& a, int64_t first, int64_t* room) {
  Phase p{first, ceilDiv(a.in - first, a.stride), 0, room, room + a.kernel};
  for (int64_t k = 0; k < a.kernel; k++) {
    const int64_t at = first + a.low - k * a.dilation;   // = stride * position in y, for j = 0
    if (at % a.stride != 0) continue;
    p.element[p.elements] = k;
    p.shift[p.elements++] = at / a.stride;
  }
  return p;
}
/// The next index of `dims[0..rank)` in row-major order; false after the last.
static inline bool advance(int rank, const int64_t* dims, int64_t* at) {
  for (int d = rank - 1; d >= 0; d--) {
    if (++at[d] < dims[d]) return true;
    at[d] = 0;
  }
  return false;
}

}}  // namespace cot::COT_ISA
