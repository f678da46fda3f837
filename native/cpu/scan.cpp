// Cumulative operations: one row after the other, each in index order (backwards when reversed). Rows that lie side by side
// are carried along together.
#include "core/prepare.hpp"
#include "cpu/block.hpp"
#include "cpu/entry.hpp"
#include "kernel/arithmetic.hpp"

namespace cot { namespace COT_ISA {
namespace {

template <class F, class T> void scan(const Cumulative& c, Frame& f) {
  const int rank = c.dims.size;
  const int64_t length = c.dims[rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < rank; i++) rows *= c.dims[i];
  if (rows == 0 || length == 0) return;
  const Walk wx = collapse(rank - 1, c.dims.at, c.x.strides.at), wo = collapse(rank - 1, c.dims.at, c.out.strides.at);
  int64_t sx = c.x.strides[rank - 1], so = c.out.strides[rank - 1];
  const T* x = reinterpret_cast<const T*>(addressOf(c.x, f));
  T* out = reinterpret_cast<T*>(addressOf(c.out, f));
  if (c.reverse) {
    x += (length - 1) * sx;
    out += (length - 1) * so;
    sx = -sx;
    so = -so;
  }
  constexpr int64_t side = 16;
  const auto offset = [](const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; };
  forTasks(f, ceilDiv(rows, side), c.micros, [&](int64_t t, Scratch&) {
    const int64_t n = least(side, rows - t * side);
    const T* from[side];
    T* to[side];
    T sum[side];
    for (int64_t i = 0; i < n; i++) {
      from[i] = x + offset(wx, t * side + i);
      to[i] = out + offset(wo, t * side + i);
      to[i][0] = sum[i] = from[i][0];
    }
    for (int64_t k = 1; k < length; k++)
      for (int64_t i = 0; i < n; i++) to[i][k * so] = sum[i] = F()(sum[i], from[i][k * sx]);
  });
}
template <class F> void scanAs(const Cumulative& c, Frame& f) {
  switch (c.x.dtype) {
    case U8: return scan<F, uint8_t>(c, f);
    case U32: return scan<F, uint32_t>(c, f);
    case I32: return scan<F, int32_t>(c, f);
    case I64: return scan<F, int64_t>(c, f);
    case F32: return scan<F, float>(c, f);
    default: return scan<F, double>(c, f);
  }
}

}  // namespace

void cumulative(const Cumulative& c, Frame& f) {
  switch (c.op) {
    case 1: return scanAs<Add>(c, f);
    case 2: return scanAs<Mul>(c, f);
    case 3: return scanAs<Max>(c, f);
    default: return scanAs<Min>(c, f);
  }
}

}}  // namespace cot::COT_ISA
