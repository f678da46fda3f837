// Cumulative operations. The order is a function of the place in a row alone, so that no layout or thread count changes a
// bit and a row's beginning does not depend on its end:
//   in blocks of 8, neighbours, then pairs, then fours (x[i] = x[i - s] x[i] for s = 1, 2, 4); then everything before the
//   block from the left; then, in rows longer than a segment, everything before the segment.
// Backwards (reverse), the place counts from the end.
#include "cpu/block.hpp"
#include "cpu/eight.hpp"
#include "cpu/entry.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t segment = 1 << 15;
constexpr int64_t side = 16;          // rows that are carried along together
constexpr int64_t near = 32;          // segments that are read a second time while they are still in a cache

/// What changes nothing, not even the sign of a zero.
template <class F, class T> constexpr T unit() {
  using L = std::numeric_limits<T>;
  if constexpr (std::is_same<F, Add>::value) return isReal<T> ? -T(0) : T(0);
  else if constexpr (std::is_same<F, Mul>::value) return T(1);
  else if constexpr (std::is_same<F, Max>::value) return isReal<T> ? -L::infinity() : L::lowest();
  else return isReal<T> ? L::infinity() : L::max();
}

/// n <= 8 places of several rows: totals inside the block, then what came before.
template <class F, class T, int64_t side> inline void doubled(T (*v)[side], int64_t n, T* carry) {
  const F f;
  for (int64_t s = 1; s < n; s *= 2)
    for (int64_t j = n - 1; j >= s; j--)
      for (int64_t i = 0; i < side; i++) v[j][i] = f(v[j - s][i], v[j][i]);
  for (int64_t j = 0; j < n; j++)
    for (int64_t i = 0; i < side; i++) v[j][i] = f(carry[i], v[j][i]);
  for (int64_t i = 0; i < side; i++) carry[i] = v[n - 1][i];
}
/// One row of neighbours, from x on (down from x when `back`): four bytes an element, the block is a vector.
template <class F, class T, bool back> void line(const T* x, T* to, int64_t n, T* carry, bool store) {
  using V = typename Eight<T>::V;
  typedef int32_t M __attribute__((vector_size(32)));
  const F f;
  const T u = unit<F, T>();
  const V units = {u, u, u, u, u, u, u, u}, before = {*carry, *carry, *carry, *carry, *carry, *carry, *carry, *carry};
  const auto turned = [](V v) { return back ? COT_SHUFFLE(v, M{7, 6, 5, 4, 3, 2, 1, 0}) : v; };
  V c = before;
  int64_t k = 0;
  for (; k + 8 <= n; k += 8) {
    V v = turned(Eight<T>::load(back ? x - k - 7 : x + k));
    v = eight<T>(f, COT_SHUFFLE(units, v, M{0, 8, 9, 10, 11, 12, 13, 14}), v);
    v = eight<T>(f, COT_SHUFFLE(units, v, M{0, 1, 8, 9, 10, 11, 12, 13}), v);
    v = eight<T>(f, COT_SHUFFLE(units, v, M{0, 1, 2, 3, 8, 9, 10, 11}), v);
    const V all = eight<T>(f, c, v);
    c = eight<T>(f, c, COT_SHUFFLE(v, M{7, 7, 7, 7, 7, 7, 7, 7}));
    if (!store) continue;
    const V out = turned(all);
    __builtin_memcpy(back ? to - k - 7 : to + k, &out, sizeof out);
  }
  *carry = c[0];
  if (k == n) return;
  T v[8][1] = {};
  for (int64_t j = k; j < n; j++) v[j - k][0] = back ? x[-j] : x[j];
  doubled<F, T, 1>(v, n - k, carry);
  for (int64_t j = k; j < n && store; j++) (back ? to[-j] : to[j]) = v[j - k][0];
}
/// The same forwards, past the caches.
template <class F, class T> void streamedLine(const T* x, T* to, int64_t n, T* carry) {
  alignas(64) T block[512];
  for (int64_t k = 0; k < n; k += 512) {
    const int64_t m = least(512, n - k);
    line<F, T, false>(x + k, block, m, carry, true);
    stream(reinterpret_cast<char*>(to + k), block, m * int64_t(sizeof(T)));
  }
  settle();
}
/// Rows next to each other in whatever layout, from place k0 to k1; `carry` is what came before, and is left as what came.
template <class F, class T, int64_t side> struct Rows {
  const T* from[side] = {};
  T* to[side] = {};
  T carry[side] = {};
  int64_t n, sx, so;

  void run(int64_t k0, int64_t k1, bool store) {
    for (int64_t k = k0; k < k1; k += 8) {
      const int64_t m = least(8, k1 - k);
      T v[8][side] = {};
      for (int64_t j = 0; j < m; j++)
        for (int64_t i = 0; i < n; i++) v[j][i] = from[i][(k + j) * sx];
      doubled<F, T, side>(v, m, carry);
      for (int64_t j = 0; j < m && store; j++)
        for (int64_t i = 0; i < n; i++) to[i][(k + j) * so] = v[j][i];
    }
  }
};

template <class F, class T> struct Scan {
  const Cumulative& c;
  const T* x;
  T* out;
  int64_t rows, length, sx, so, groups, segments;
  Walk wx, wo;
  bool lines;                 // rows of neighbours, one at a time
  bool streams;               // a result that no cache holds

  static int64_t at(const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; }
  /// A group of rows over one segment.
  void part(int64_t group, int64_t s, T* totals, bool store) const {
    if (lines) part<1>(group, s, totals, store);
    else part<side>(group, s, totals, store);
  }
  template <int64_t side> void part(int64_t group, int64_t s, T* totals, bool store) const {
    const int64_t row = group * side;
    Rows<F, T, side> r;
    r.n = least(side, rows - row);
    r.sx = sx;
    r.so = so;
    for (int64_t i = 0; i < r.n; i++) {
      r.from[i] = x + at(wx, row + i);
      r.to[i] = out + at(wo, row + i);
      r.carry[i] = store && totals != nullptr ? totals[(row + i) * segments + s] : unit<F, T>();
    }
    const int64_t k0 = s * segment, k1 = least(length, (s + 1) * segment);
    if constexpr (side == 1 && sizeof(T) == 4) {
      if (streams && store && sx > 0) streamedLine<F, T>(r.from[0] + k0, r.to[0] + k0, k1 - k0, r.carry);
      else if (sx > 0) line<F, T, false>(r.from[0] + k0, r.to[0] + k0, k1 - k0, r.carry, store);
      else line<F, T, true>(r.from[0] - k0, r.to[0] - k0, k1 - k0, r.carry, store);
    } else {
      r.run(k0, k1, store);
    }
    for (int64_t i = 0; i < r.n && !store; i++) totals[(row + i) * segments + s] = r.carry[i];
  }
  void run(Frame& f) const {
    if (segments == 1) return forParts(f, 0, 1, nullptr, true);
    T* totals = reinterpret_cast<T*>(f.shared->need(rows * (segments + 1) * int64_t(sizeof(T))));
    T* through = totals + rows * segments;   // of each row, up to here
    for (int64_t r = 0; r < rows; r++) through[r] = unit<F, T>();
    const int64_t some = most(2, near / groups);
    for (int64_t s0 = 0; s0 < segments; s0 += some) {
      const int64_t s1 = least(segments, s0 + some);
      forParts(f, s0, s1, totals, false);
      for (int64_t r = 0; r < rows; r++)
        for (int64_t s = s0; s < s1; s++) {
          T& total = totals[r * segments + s];
          const T all = F()(through[r], total);
          total = through[r];
          through[r] = all;
        }
      forParts(f, s0, s1, totals, true);
    }
  }
  /// About 20 us of work a task.
  void forParts(Frame& f, int64_t s0, int64_t s1, T* totals, bool store) const {
    const int64_t wide = s1 - s0, parts = groups * wide, group = most(1, int64_t(double(groups * segments) * 20 / c.micros));
    forTasks(f, ceilDiv(parts, group), c.micros, [&](int64_t t, Scratch&) {
      for (int64_t i = t * group; i < least(parts, (t + 1) * group); i++) part(i / wide, s0 + i % wide, totals, store);
    });
  }
};
template <class F, class T> void scan(const Cumulative& c, Frame& f) {
  const int last = c.dims.size - 1;
  Scan<F, T> s{c, reinterpret_cast<const T*>(addressOf(c.x, f)), reinterpret_cast<T*>(addressOf(c.out, f)), 1,
               c.dims[last], c.x.strides[last], c.out.strides[last], 0, 0,
               collapse(last, c.dims.at, c.x.strides.at), collapse(last, c.dims.at, c.out.strides.at), false, false};
  for (int i = 0; i < last; i++) s.rows *= c.dims[i];
  if (s.rows == 0 || s.length == 0) return;
  s.lines = s.sx == 1 && s.so == 1;
  s.groups = s.lines ? s.rows : ceilDiv(s.rows, side);
  s.segments = ceilDiv(s.length, segment);
  s.streams = s.rows * s.length * int64_t(sizeof(T)) >= streamed;
  if (c.reverse) {
    s.x += (s.length - 1) * s.sx;
    s.out += (s.length - 1) * s.so;
    s.sx = -s.sx;
    s.so = -s.so;
  }
  s.run(f);
}
template <class T> void scanOf(const Cumulative& c, Frame& f) {
  switch (c.op) {
    case 1: return scan<Add, T>(c, f);
    case 2: return scan<Mul, T>(c, f);
    case 3: return scan<Max, T>(c, f);
    default: return scan<Min, T>(c, f);
  }
}

}  // namespace

void cumulative(const Cumulative& c, Frame& f) {
  switch (c.x.dtype) {
    case F32: return scanOf<float>(c, f);
    case F64: return scanOf<double>(c, f);
#ifdef COT_RARE
    case U8: return scanOf<uint8_t>(c, f);
    case U32: return scanOf<uint32_t>(c, f);
    case I32: return scanOf<int32_t>(c, f);
    default: return scanOf<int64_t>(c, f);
#else
    default: return COT_NARROW::cumulative(c, f);
#endif
  }
}

}}  // namespace cot::COT_ISA
