// Rows picked and rows added by index. A gather clamps its index; a scatter-add drops what is out of range and adds in the
// order of the index, each thread over its own batches or its own slice of the rest: the sums do not depend on threads.
#include "cpu/block.hpp"
#include "cpu/entry.hpp"
#include "kernel/arithmetic.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t run = 256;

/// The three views cut into (batch), (index) or the indexed axis, and (rest).
struct Parts {
  Walk batch, index, rest;
  Reach restReach;
  int64_t axis;
};
int64_t offsetOf(const Walk& w, int64_t linear) { return w.rank == 0 ? 0 : seek(w, linear).offset; }

Parts dense(const Indexed& g, const View& v) {   // b.., size, r..
  const int b = g.batch.size;
  const Walk rest = collapse(g.rest.size, g.rest.at, v.strides.at + b + 1);
  return {collapse(b, g.batch.at, v.strides.at), {}, rest, reachOf(rest), v.strides[b]};
}
Parts picked(const Indexed& g, const View& v, bool withRest) {   // b.., i.., r..
  const int b = g.batch.size, i = g.index.size;
  const Walk rest = withRest ? collapse(g.rest.size, g.rest.at, v.strides.at + b + i) : Walk{};
  return {collapse(b, g.batch.at, v.strides.at), collapse(i, g.index.at, v.strides.at + b), rest, reachOf(rest), 0};
}
int64_t indexAt(DType d, const char* base, int64_t offset) {
  switch (d) {
    case U8: return reinterpret_cast<const uint8_t*>(base)[offset];
    case U32: return reinterpret_cast<const uint32_t*>(base)[offset];
    case I32: return reinterpret_cast<const int32_t*>(base)[offset];
    default: return reinterpret_cast<const int64_t*>(base)[offset];
  }
}

template <class T> void addRun(const Walk& w, Reach reach, char* to, int64_t linear, int64_t n, const void* from) {
  T* dst = reinterpret_cast<T*>(to);
  const T* src = static_cast<const T*>(from);
  const auto addTo = [](T* d, int64_t stride, const T* s, int64_t len) {
    if (stride == 1) for (int64_t i = 0; i < len; i++) d[i] = Add()(d[i], s[i]);
    else for (int64_t i = 0; i < len; i++) d[i * stride] = Add()(d[i * stride], s[i]);
  };
  if (w.rank == 0) return addTo(dst, 1, src, 1);
  if (reach == Reach::whole) return addTo(dst + linear, 1, src, n);
  forRuns(w, linear, n, [&](int64_t offset, int64_t len, int64_t done) {
    addTo(dst + offset, w.strides[w.rank - 1], src + done, len);
  });
}

template <class T> void scatter(const Indexed& g, Frame& f) {
  const Parts px = picked(g, g.x, true), pa = picked(g, g.at, false), po = dense(g, g.out);
  // Slices of the rest, so that one batch can keep several threads busy.
  const int64_t slice = g.batches >= 8 ? g.rests : most(run, ceilDiv(ceilDiv(g.rests, 8), run) * run);
  const int64_t slices = ceilDiv(g.rests, most(slice, 1));
  forTasks(f, g.batches * slices, g.micros, [&](int64_t t, Scratch& s) {
    const int64_t b = t / slices, r0 = t % slices * slice, r1 = least(g.rests, r0 + slice);
    char* buffer = s.need(2 * run * 8);
    const char* x = addressOf(g.x, f) + offsetOf(px.batch, b) * int64_t(sizeof(T));
    const char* at = addressOf(g.at, f);
    char* out = addressOf(g.out, f) + offsetOf(po.batch, b) * int64_t(sizeof(T));
    static constexpr T zeros[run] = {};
    for (int64_t i = 0; i < g.size; i++)
      for (int64_t r = r0; r < r1; r += run)
        store(po.rest, po.restReach, out + i * po.axis * int64_t(sizeof(T)), r, least(run, r1 - r), zeros, sizeof(T));
    const int64_t atBatch = offsetOf(pa.batch, b);
    for (int64_t i = 0; i < g.indices; i++) {
      const int64_t to = indexAt(g.at.dtype, at, atBatch + offsetOf(pa.index, i));
      if (to < 0 || to >= g.size) continue;
      const char* from = x + offsetOf(px.index, i) * int64_t(sizeof(T));
      for (int64_t r = r0; r < r1; r += run) {
        const int64_t n = least(run, r1 - r);
        const void* v = px.rest.rank == 0 ? from : load(px.rest, px.restReach, from, r, n, buffer, sizeof(T));
        addRun<T>(po.rest, po.restReach, out + to * po.axis * int64_t(sizeof(T)), r, n, v);
      }
    }
  });
}

/// One element an index, read and written along one axis: the index is all there is to work out.
template <class T, class I> void pick(const T* x, int64_t axis, int64_t size, const I* at, int64_t sa, T* to, int64_t so, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const int64_t which = int64_t(at[i * sa]);
    to[i * so] = x[(which < 0 ? 0 : which >= size ? size - 1 : which) * axis];
  }
}
template <class T> void picks(const Indexed& g, Frame& f, const Parts& px, const Parts& pa, const Parts& po) {
  const int64_t slice = 4096, slices = ceilDiv(g.indices, slice), group = most(1, 4096 / least(slice, g.indices));
  const int64_t sa = pa.index.rank == 0 ? 0 : pa.index.strides[0], so = po.index.rank == 0 ? 0 : po.index.strides[0];
  forTasks(f, ceilDiv(g.batches * slices, group), g.micros, [&](int64_t t, Scratch&) {
    for (int64_t u = t * group; u < least(g.batches * slices, (t + 1) * group); u++) {
      const int64_t b = u / slices, i0 = u % slices * slice, n = least(slice, g.indices - i0);
      const T* x = reinterpret_cast<const T*>(addressOf(g.x, f)) + offsetOf(px.batch, b);
      T* to = reinterpret_cast<T*>(addressOf(g.out, f)) + offsetOf(po.batch, b) + i0 * so;
      const char* at = addressOf(g.at, f);
      const int64_t first = offsetOf(pa.batch, b) + i0 * sa;
      if (g.at.dtype == I32) pick(x, px.axis, g.size, reinterpret_cast<const int32_t*>(at) + first, sa, to, so, n);
      else pick(x, px.axis, g.size, reinterpret_cast<const int64_t*>(at) + first, sa, to, so, n);
    }
  });
}

}  // namespace

void gather(const Indexed& g, Frame& f) {
  const int64_t rows = g.batches * g.indices;
  if (rows == 0 || g.rests == 0) return;
  const Parts px = dense(g, g.x), pa = picked(g, g.at, false), po = picked(g, g.out, true);
  const int64_t size = sizeOf(g.x.dtype);
  if (g.rests == 1 && size >= 4 && pa.index.rank < 2 && po.index.rank < 2 && (g.at.dtype == I32 || g.at.dtype == I64))
    return size == 4 ? picks<uint32_t>(g, f, px, pa, po) : picks<uint64_t>(g, f, px, pa, po);
  const int64_t group = most(1, int64_t(double(rows) * 20 / g.micros));
  forTasks(f, ceilDiv(rows, group), g.micros, [&](int64_t t, Scratch& s) {
    char* buffer = s.need(run * 8);
    const char *x = addressOf(g.x, f), *at = addressOf(g.at, f);
    char* out = addressOf(g.out, f);
    for (int64_t row = t * group; row < least(rows, (t + 1) * group); row++) {
      const int64_t b = row / g.indices, i = row % g.indices;
      int64_t which = indexAt(g.at.dtype, at, offsetOf(pa.batch, b) + offsetOf(pa.index, i));
      which = which < 0 ? 0 : which >= g.size ? g.size - 1 : which;
      const char* from = x + (offsetOf(px.batch, b) + which * px.axis) * size;
      char* to = out + (offsetOf(po.batch, b) + offsetOf(po.index, i)) * size;
      for (int64_t r = 0; r < g.rests; r += run) {
        const int64_t n = least(run, g.rests - r);
        const void* v = px.rest.rank == 0 ? from : load(px.rest, px.restReach, from, r, n, buffer, size);
        store(po.rest, po.restReach, to, r, n, v, size);
      }
    }
  });
}
void scatterAdd(const Indexed& g, Frame& f) {
  if (g.batches == 0 || g.rests == 0) return;
  switch (g.x.dtype) {
    case U8: return scatter<uint8_t>(g, f);
    case U32: return scatter<uint32_t>(g, f);
    case I32: return scatter<int32_t>(g, f);
    case I64: return scatter<int64_t>(g, f);
    case F32: return scatter<float>(g, f);
    default: return scatter<double>(g, f);
  }
}

}}  // namespace cot::COT_ISA
