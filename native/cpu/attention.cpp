// Attention without all pairs in memory: for a block of queries, blocks of keys go by, and each row keeps its largest logit so
// far, the total of its powers and the sum of the values. The gradient goes through blocks of keys, each with all queries,
// and makes the weights again from the rows' peaks and totals.
//
// Blocks depend on sizes only, products add up as gemm does, and rows in 64 bytes of lanes: so neither the threads nor the
// instruction set change a bit. What causality takes out of whole blocks is not computed where it is known to be zeros times
// finite numbers; elsewhere it is, for a zero times an infinity is none.
#include <cmath>
#include <cstring>
#include <limits>

#include "core/attention.hpp"
#include "cpu/entry.hpp"
#include "cpu/linear.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t blockKeys = 256, mostRows = 96, fewRows = 48, together = 4;   // blocks of queries that share packed keys

// ---- rows of a block, padded to whole Wides ------------------------------------------------------------------------
template <class T> struct Power;
template <> struct Power<float> {
  static constexpr float log2e = 1.44269504088896341f, shift = 12582912.0f, high = 0.693359375f, low = -2.12194440e-4f;
  static constexpr float top = 88.37f, bottom = -87.33f;
  static constexpr float terms[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  static constexpr int32_t one = 127, fraction = 23;
  typedef int32_t I;
};
template <> struct Power<double> {
  static constexpr double log2e = 1.4426950408889634, shift = 6755399441055744.0, high = 0.693147180369123816490, low = 1.90821492927058770002e-10;
  static constexpr double top = 709.4, bottom = -708.3;
  static constexpr double terms[] = {1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6, 2.48015873015873e-5, 1.984126984126984e-4, 1.3888888888888889e-3, 8.333333333333333e-3, 4.1666666666666664e-2, 0.16666666666666666, 0.5};
  static constexpr int64_t one = 1023, fraction = 52;
  typedef int64_t I;
};
/// e^x as kernel/exponential.hpp has it, but with fused steps, 0 for results below the normal numbers, and infinite a little
/// early. (f64: Taylor's series.)
template <class T> inline typename Simd<T>::V power(typename Simd<T>::V v) {
  using S = Simd<T>;
  using V = typename S::V;
  using P = Power<T>;
  typedef typename P::I I __attribute__((vector_size(vectorBytes)));
  const V top = S::all(P::top), bottom = S::all(P::bottom);
  V x = v > top ? top : v;
  x = x < bottom ? bottom : x;
  const V t = S::fma(x, S::all(P::log2e), S::all(P::shift)), n = t - P::shift;
  const V r = S::fma(n, S::all(-P::low), S::fma(n, S::all(-P::high), x));
  V p = S::all(P::terms[0]);
#pragma GCC unroll 16
  for (size_t i = 1; i < sizeof(P::terms) / sizeof(T); i++) p = S::fma(p, r, S::all(P::terms[i]));
  p = S::fma(p, r * r, r) + 1;
  const I whole = (I)t - (I)S::all(P::shift);
  const V y = p * (V)((whole + P::one) << P::fraction);
  const V big = v > top ? S::all(std::numeric_limits<T>::infinity()) : y;
  return v < bottom ? V{} : big;
}
template <class T> T larger(T x, T y) { return y > x || y != y ? y : x; }
template <class T> T topOf(const T* x, int64_t n) {
  using W = Wide<T>;
  W m = W::load(x);
  for (int64_t j = W::lanes; j < n; j += W::lanes) {
    const W w = W::load(x + j);
#pragma GCC unroll 8
    for (int i = 0; i < W::parts; i++) m.v[i] = ((w.v[i] > m.v[i]) | (w.v[i] != w.v[i])) ? w.v[i] : m.v[i];
  }
  return m.joined(larger<T>);
}
/// x = e^(x - base); their sum.
template <class T> T powers(T* x, int64_t n, T base) {
  using W = Wide<T>;
  W sum{};
  for (int64_t j = 0; j < n; j += W::lanes) {
    W w = W::load(x + j);
#pragma GCC unroll 8
    for (int i = 0; i < W::parts; i++) w.v[i] = power<T>(w.v[i] - base);
    w.store(x + j);
    sum = sum + w;
  }
  return sum.sum();
}
/// x = e^(x - peak) / total
template <class T> void weigh(T* x, int64_t n, T peak, T total) {
  using W = Wide<T>;
  for (int64_t j = 0; j < n; j += W::lanes) {
    W w = W::load(x + j);
#pragma GCC unroll 8
    for (int i = 0; i < W::parts; i++) w.v[i] = power<T>(w.v[i] - peak) / total;
    w.store(x + j);
  }
}
/// y = x (y + r)
template <class T> void pull(const T* x, T* y, int64_t n, T r) {
  using W = Wide<T>;
  for (int64_t j = 0; j < n; j += W::lanes) {
    W w = W::load(y + j);
    const W p = W::load(x + j);
#pragma GCC unroll 8
    for (int i = 0; i < W::parts; i++) w.v[i] = p.v[i] * (w.v[i] + r);
    w.store(y + j);
  }
}
template <class T> int64_t padded(int64_t n) { return ceilDiv(n, Wide<T>::lanes) * Wide<T>::lanes; }
/// Rows of blocks do not fall on each other in the cache.
template <class T> constexpr int64_t apart = blockKeys + Wide<T>::lanes;

// ---- one head ------------------------------------------------------------------------------------------------------
template <class T> struct Plane {
  T* at;
  int64_t row, column;
  T& operator()(int64_t i, int64_t j) const { return at[i * row + j * column]; }
};
template <class T> struct Head {
  const Attention& a;
  const Frame& f;
  int64_t which;

  template <class U> U* base(const View& v) const {
    int64_t rest = which / a.h, at = 0;
    for (int i = a.lead.size - 1; i >= 0; i--) {
      at += rest % a.lead[i] * v.strides[i];
      rest /= a.lead[i];
    }
    return reinterpret_cast<U*>(addressOf(v, f)) + at;
  }
  /// Of [.., rows, h, columns].
  Plane<T> plane(const View& v) const {
    const int64_t* s = v.strides.at + a.lead.size;
    return {base<T>(v) + which % a.h * s[1], s[0], s[2]};
  }
  /// Of [.., h, t] or [.., h, t, s].
  template <class U = T> Plane<U> pairs(const View& v) const {
    const int64_t* s = v.strides.at + a.lead.size;
    return {base<U>(v) + which % a.h * s[0], s[1], v.strides.size > a.lead.size + 2 ? s[2] : 0};
  }
  /// The keys from j0 on that query i sees.
  int64_t seen(int64_t i, int64_t j0, int64_t n) const { return a.causal ? most(0, least(n, i - j0 + 1)) : n; }
  /// From products of row i to logits.
  void logits(T* x, int64_t i, int64_t j0, int64_t n) const {
    if (a.biased) {
      const Plane<T> b = pairs(a.bias);
      const T* from = &b(i, j0);
      for (int64_t j = 0; j < n; j++) x[j] += from[j * b.column];
    }
    if (a.masked) {
      const Plane<uint8_t> m = pairs<uint8_t>(a.mask);
      const uint8_t* from = &m(i, j0);
      for (int64_t j = 0; j < n; j++) x[j] = from[j * m.column] != 0 ? x[j] : T(lowLogit);
    }
    for (int64_t j = seen(i, j0, n); j < n; j++) x[j] = T(lowLogit);
    for (int64_t j = n; j < padded<T>(n); j++) x[j] = -std::numeric_limits<T>::infinity();
  }
  /// Zeros for pairs that are taken out.
  void keep(T* x, int64_t i, int64_t j0, int64_t n) const {
    if (a.masked) {
      const Plane<uint8_t> m = pairs<uint8_t>(a.mask);
      const uint8_t* from = &m(i, j0);
      for (int64_t j = 0; j < n; j++) x[j] = from[j * m.column] != 0 ? x[j] : T(0);
    }
    for (int64_t j = seen(i, j0, n); j < n; j++) x[j] = 0;
  }
};
template <class T> void copyRows(Plane<T> from, int64_t rows, int64_t columns, T scale, T* to) {
  for (int64_t i = 0; i < rows; i++, to += columns)
    if (from.column == 1) for (int64_t j = 0; j < columns; j++) to[j] = from.at[i * from.row + j] * scale;
    else for (int64_t j = 0; j < columns; j++) to[j] = from(i, j) * scale;
}
template <class T> void scaleRow(T* x, int64_t n, T by) {
  for (int64_t j = 0; j < n; j++) x[j] *= by;
}
/// C (+)= A B, of B the first k rows of `held` in panels; no k is as deep as a block of gemm's unless `held` is k.
template <class T>
void multiply(int64_t m, int64_t n, int64_t k, const T* a, int64_t row, int64_t column, const T* panels, int64_t held, T* c, int64_t ldc, bool add) {
  for (int64_t p0 = 0; p0 < k; p0 += depth)
    for (int64_t j = 0; j < n; j += panelWidth<T>(n, j)) {
      const int64_t w = panelWidth<T>(n, j);
      tileColumn(oneLine, m, least(depth, k - p0), a + p0 * column, row, column, panels + j * held + p0 * w, w, c + j, ldc, least(w, n - j), add || p0 > 0);
    }
  for (int64_t i = 0; i < m && k == 0 && !add; i++) std::memset(c + i * ldc, 0, size_t(n) * sizeof(T));
}
template <class T> int64_t panelRoom(int64_t k, int64_t n) { return k * (n + 2 * Simd<T>::lanes); }
/// A zero times a finite number is no NaN.
template <class T> bool finite(const Plane<T>& x, int64_t rows, int64_t columns) {
  using W = Wide<T>;
  W sum{};
  T rest = 0;
  for (int64_t i = 0; i < rows; i++) {
    int64_t j = 0;
    for (; x.column == 1 && j + W::lanes <= columns; j += W::lanes) sum = sum + T(0) * W::load(&x(i, j));
    for (; j < columns; j++) rest += T(0) * x(i, j);
  }
  return sum.sum() + rest == 0;
}
template <class T> bool isBetween(T peak) { return peak > T(lowLogit / 2); }
template <class T> bool skips(const Head<T>& head) {
  const Attention& a = head.a;
  if (!a.causal || a.moves) return false;
  if (!finite(head.plane(a.q), a.t, a.d) || !finite(head.plane(a.k), a.s, a.d) || !finite(head.plane(a.v), a.s, a.e)) return false;
  if (!a.gradient) return true;
  const Plane<T> peak = head.pairs(a.peak), total = head.pairs(a.total);
  bool all = finite(head.plane(a.u), a.t, a.e);
  for (int64_t i = 0; i < a.t && all; i++) all = isBetween(peak(i, 0)) && total(i, 0) > 0;
  return all;
}
template <class T> void score(const Attention& a, int64_t m, int64_t n, const T* q, const T* panels, T* x) {
  multiply(m, n, a.d, q, a.d, 1, panels, a.d, x, apart<T>, false);
  for (int64_t i = 0; i < m && a.d == 0; i++) scaleRow(x + i * apart<T>, n, T(a.scale));
}
int64_t heightOf(const Attention& a) { return a.t <= 2 * blockKeys ? fewRows : mostRows; }

// ---- the values, by queries ----------------------------------------------------------------------------------------
template <class T> struct Queries {
  const Head<T>& head;
  const Attention& a;
  int64_t height, from, count;
  T *q, *sum, *peak, *total, *keys, *values, *x;
  bool open[together] = {};

  Queries(const Head<T>& h, Room& room, int64_t task)
      : head(h), a(h.a), height(heightOf(a)), from(task * together * height), count(least(together * height, a.t - from)),
        q(room.get<T>(together * height * a.d)), sum(room.get<T>(together * height * a.e)), peak(room.get<T>(together * height)),
        total(room.get<T>(together * height)), keys(room.get<T>(panelRoom<T>(a.d, blockKeys))),
        values(room.get<T>(panelRoom<T>(blockKeys, a.e))), x(room.get<T>(height * apart<T>)) {}

  void operator()(bool skipping) {
    const Plane<T> rows = head.plane(a.q);
    copyRows<T>({&rows(from, 0), rows.row, rows.column}, count, a.d, T(a.scale), q);
    for (int64_t b = 0; b * height < count; b++) open[b] = true;
    sweep(skipping);
    if (skipping && again()) sweep(false);
    finish();
  }
  /// A row that has seen nothing but what is taken out sees all of it.
  bool again() {
    bool any = false;
    for (int64_t b = 0; b * height < count; b++) {
      open[b] = false;
      for (int64_t i = b * height; i < least(count, (b + 1) * height); i++) open[b] = open[b] || !isBetween(peak[i]);
      any = any || open[b];
    }
    return any;
  }
  void sweep(bool skipping) {
    const Plane<T> k = head.plane(a.k), v = head.plane(a.v);
    for (int64_t j0 = 0; j0 < (skipping ? least(a.s, from + count) : a.s); j0 += blockKeys) {
      const int64_t n = least(blockKeys, a.s - j0);
      packPanels<T>(a.d, n, {&k(j0, 0), k.column, k.row}, keys);
      packPanels<T>(n, a.e, {&v(j0, 0), v.row, v.column}, values);
      for (int64_t b = 0; b * height < count; b++) {
        const int64_t end = least(count, (b + 1) * height);
        const int64_t width = skipping ? least(n, from + end - j0) : n;
        if (open[b] && width > 0) meet(b * height, end, j0, n, width);
      }
    }
  }
  void meet(int64_t i0, int64_t i1, int64_t j0, int64_t n, int64_t width) {
    score(a, i1 - i0, width, q + i0 * a.d, keys, x);
    for (int64_t i = i0; i < i1; i++) row(x + (i - i0) * apart<T>, i, j0, width);
    multiply(i1 - i0, a.e, width, x, apart<T>, 1, values, n, sum + i0 * a.e, a.e, j0 > 0);
  }
  void row(T* x, int64_t i, int64_t j0, int64_t n) {
    constexpr T nothing = -std::numeric_limits<T>::infinity();
    head.logits(x, from + i, j0, n);
    const T top = std::nearbyint(topOf(x, padded<T>(n)) * T(1 / peakGrid)) * T(peakGrid), before = j0 > 0 ? peak[i] : nothing;
    const T now = larger(before, top), part = powers(x, padded<T>(n), now == nothing ? T(0) : now);
    peak[i] = now;
    if (j0 > 0 && now != before) {
      const T less = power<T>(Simd<T>::all(before - now))[0];
      total[i] *= less;
      scaleRow(sum + i * a.e, a.e, less);
    }
    total[i] = j0 > 0 ? total[i] + part : part;
  }
  void finish() const {
    const Plane<T> out = head.plane(a.out), tops = head.pairs(a.peak), totals = head.pairs(a.total);
    for (int64_t i = 0; i < count; i++) {
      const bool lost = peak[i] == -std::numeric_limits<T>::infinity();   // minus infinity less itself
      const T t = lost ? std::numeric_limits<T>::quiet_NaN() : total[i];
      for (int64_t c = 0; c < a.e; c++) out(from + i, c) = sum[i * a.e + c] / t;
      tops(from + i, 0) = peak[i];
      totals(from + i, 0) = t;
    }
  }
};
template <class T> void nothing(const Head<T>& head) {
  const Attention& a = head.a;
  const Plane<T> out = head.plane(a.out), peak = head.pairs(a.peak), total = head.pairs(a.total);
  for (int64_t i = 0; i < a.t; i++) {
    for (int64_t c = 0; c < a.e; c++) out(i, c) = 0;
    peak(i, 0) = -std::numeric_limits<T>::infinity();
    total(i, 0) = 0;
  }
}

// ---- the gradient, by keys -----------------------------------------------------------------------------------------
template <class T> struct Keys {
  const Head<T>& head;
  const Attention& a;
  int64_t height;
  T *q, *u, *qPanels, *uPanels, *keys, *values, *rows, *dk, *dv, *x, *y;

  Keys(const Head<T>& h, Room& room)
      : head(h), a(h.a), height(heightOf(a)), q(room.get<T>(height * a.d)), u(room.get<T>(height * a.e)), qPanels(room.get<T>(panelRoom<T>(height, a.d))),
        uPanels(room.get<T>(panelRoom<T>(height, a.e))), keys(room.get<T>(panelRoom<T>(a.d, blockKeys))), values(room.get<T>(panelRoom<T>(a.e, blockKeys))),
        rows(room.get<T>(panelRoom<T>(blockKeys, a.d))), dk(room.get<T>(blockKeys * a.d)), dv(room.get<T>(blockKeys * a.e)),
        x(room.get<T>(height * apart<T>)), y(room.get<T>(height * apart<T>)) {}

  /// What keys j0..j1 give to dq (t x d) is left at `part`.
  void operator()(int64_t j0, int64_t j1, bool skipping, T* part) const {
    std::memset(part, 0, size_t(a.t * a.d) * sizeof(T));
    for (; j0 < j1; j0 += blockKeys) block(j0, least(blockKeys, j1 - j0), skipping, part);
  }
  void block(int64_t j0, int64_t n, bool skipping, T* part) const {
    const Plane<T> k = head.plane(a.k), v = head.plane(a.v);
    packPanels<T>(a.d, n, {&k(j0, 0), k.column, k.row}, keys);
    packPanels<T>(a.e, n, {&v(j0, 0), v.column, v.row}, values);
    packPanels<T>(n, a.d, {&k(j0, 0), k.row, k.column}, rows);
    std::memset(dk, 0, size_t(n * a.d) * sizeof(T));
    std::memset(dv, 0, size_t(n * a.e) * sizeof(T));
    for (int64_t i0 = 0; i0 < a.t; i0 += height) {
      const int64_t i1 = least(a.t, i0 + height), width = skipping ? least(n, i1 - j0) : n;
      if (width > 0) meet(i0, i1 - i0, j0, n, width, part);
    }
    put(head.plane(a.dk), j0, n, a.d, dk);
    put(head.plane(a.dv), j0, n, a.e, dv);
  }
  static void put(const Plane<T>& to, int64_t j0, int64_t n, int64_t columns, const T* from) {
    for (int64_t j = 0; j < n; j++)
      for (int64_t c = 0; c < columns; c++) to(j0 + j, c) = from[j * columns + c];
  }
  void meet(int64_t i0, int64_t m, int64_t j0, int64_t n, int64_t width, T* part) const {
    const Plane<T> qs = head.plane(a.q), us = head.plane(a.u);
    copyRows<T>({&qs(i0, 0), qs.row, qs.column}, m, a.d, T(a.scale), q);
    copyRows<T>({&us(i0, 0), us.row, us.column}, m, a.e, T(1), u);
    score(a, m, width, q, keys, x);
    multiply(m, width, a.e, u, a.e, 1, values, a.e, y, apart<T>, false);
    for (int64_t i = 0; i < m; i++) row(x + i * apart<T>, y + i * apart<T>, i0 + i, j0, width);
    packPanels<T>(m, a.d, {q, a.d, 1}, qPanels);
    packPanels<T>(m, a.e, {u, a.e, 1}, uPanels);
    multiply(width, a.e, m, x, 1, apart<T>, uPanels, m, dv, a.e, true);
    multiply(width, a.d, m, y, 1, apart<T>, qPanels, m, dk, a.d, true);
    multiply(m, a.d, width, y, apart<T>, 1, rows, n, part + i0 * a.d, a.d, true);
  }
  void row(T* x, T* y, int64_t i, int64_t j0, int64_t n) const {
    for (int64_t j = n; j < padded<T>(n); j++) y[j] = 0;
    head.logits(x, i, j0, n);
    weigh(x, padded<T>(n), head.pairs(a.peak)(i, 0), head.pairs(a.total)(i, 0));
    pull(x, y, padded<T>(n), head.pairs(a.r)(i, 0));
    head.keep(y, i, j0, n);
    if (!a.moves) return;
    const Plane<T> to = head.pairs(a.dbias);
    for (int64_t j = 0; j < n; j++) to(i, j0 + j) = y[j];
  }
};

/// For each head, whether blocks may be left out.
template <class T> bool* judged(const Attention& a, Frame& f, bool* skipping) {
  forTasks(f, a.leads * a.h, double(a.leads * a.h * (a.t + a.s)) * double(a.d + a.e) * 1e-4, [&](int64_t w, Scratch&) { skipping[w] = skips(Head<T>{a, f, w}); });
  return skipping;
}
template <class T> void forwardAs(const Attention& a, Frame& f) {
  const int64_t heads = a.leads * a.h, each = ceilDiv(a.t, together * heightOf(a));
  const bool* skipping = judged<T>(a, f, reinterpret_cast<bool*>(f.shared->need(heads)));
  forTasks(f, heads * each, a.micros, [&](int64_t task, Scratch& scratch) {
    const Head<T> head{a, f, task / each};
    if (a.s == 0) return nothing(head);
    Room dry(nullptr);
    Queries<T>(head, dry, 0);
    Room room(scratch.need(dry.bytes()));
    Queries<T>(head, room, each - 1 - task % each)(skipping[head.which]);   // what sees most keys first
  });
}
/// Parts of a head's keys: so many that a few heads are work for several threads.
constexpr int64_t wanted = 16;
template <class T> void gradientAs(const Attention& a, Frame& f) {
  const int64_t heads = a.leads * a.h, blocks = most(1, ceilDiv(a.s, blockKeys)), parts = least(ceilDiv(wanted, heads), blocks);
  const int64_t run = ceilDiv(blocks, parts) * blockKeys, size = a.t * a.d;
  Room dry(nullptr);
  const auto from = [&](Room& room) { return room.get<T>(heads * parts * size); };
  const auto flags = [&](Room& room) { return room.get<bool>(heads); };
  from(dry);
  flags(dry);
  Room shared(f.shared->need(dry.bytes()));
  T* part = from(shared);
  const bool* skipping = judged<T>(a, f, flags(shared));
  forTasks(f, heads * parts, a.micros, [&](int64_t task, Scratch& scratch) {
    const Head<T> head{a, f, task / parts};
    Room need(nullptr);
    Keys<T>(head, need);
    Room room(scratch.need(need.bytes()));
    const int64_t j0 = task % parts * run;
    Keys<T>(head, room)(least(j0, a.s), least(a.s, j0 + run), skipping[head.which], part + task * size);
  });
  forTasks(f, heads, double(heads * parts * size) * 5e-4, [&](int64_t which, Scratch&) {
    const Plane<T> dq = Head<T>{a, f, which}.plane(a.dq);
    T* sum = part + which * parts * size;
    for (int64_t p = 1; p < parts; p++)
      for (int64_t i = 0; i < size; i++) sum[i] += sum[p * size + i];
    for (int64_t i = 0; i < a.t; i++)
      for (int64_t c = 0; c < a.d; c++) dq(i, c) = sum[i * a.d + c] * T(a.scale);
  });
}

}  // namespace

void attention(const Attention& a, Frame& f) {
  if (a.leads * a.h == 0) return;
  const bool single = a.q.dtype == F32;
  if (a.gradient) single ? gradientAs<float>(a, f) : gradientAs<double>(a, f);
  else if (a.t > 0) single ? forwardAs<float>(a, f) : forwardAs<double>(a, f);
}

}}  // namespace cot::COT_ISA
