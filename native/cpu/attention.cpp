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
#include "cpu/softmax.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t blockKeys = 512, together = 4;   // blocks of queries that share packed keys

/// How far rows of a block are apart: so that they do not fall on each other in the cache.
template <class T> int64_t apart(const Attention& a) { return padded<T>(least(a.s, blockKeys)) + Wide<T>::lanes; }

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
  Plane<T> q, k, v, bias, peak, total, out, u, r, dq, dk, dv, dbias;
  Plane<uint8_t> mask;

  Head(const Attention& a, const Frame& f, int64_t which)
      : a(a), f(f), which(which), q(plane(a.q)), k(plane(a.k)), v(plane(a.v)), bias(pairs<T>(a.bias)), peak(pairs<T>(a.peak)), total(pairs<T>(a.total)),
        out(plane(a.out)), u(plane(a.u)), r(pairs<T>(a.r)), dq(plane(a.dq)), dk(plane(a.dk)), dv(plane(a.dv)), dbias(pairs<T>(a.dbias)), mask(pairs<uint8_t>(a.mask)) {}
  template <class U> U* base(const View& v) const {
    int64_t rest = which / a.h, at = 0;
    for (int i = a.lead.size - 1; i >= 0; i--) {
      at += rest % a.lead[i] * v.strides[i];
      rest /= a.lead[i];
    }
    return reinterpret_cast<U*>(addressOf(v, f)) + at;
  }
  /// Of [.., rows, h, columns]; of nothing where there is no such view.
  Plane<T> plane(const View& v) const {
    if (v.strides.size == 0) return {};
    const int64_t* s = v.strides.at + a.lead.size;
    return {base<T>(v) + which % a.h * s[1], s[0], s[2]};
  }
  /// Of [.., h, t] or [.., h, t, s].
  template <class U> Plane<U> pairs(const View& v) const {
    if (v.strides.size == 0) return {};
    const int64_t* s = v.strides.at + a.lead.size;
    return {base<U>(v) + which % a.h * s[0], s[1], v.strides.size > a.lead.size + 2 ? s[2] : 0};
  }
  /// The keys from j0 on that query i sees.
  int64_t seen(int64_t i, int64_t j0, int64_t n) const { return a.causal ? most(0, least(n, i - j0 + 1)) : n; }
  /// From products of row i to logits.
  void logits(T* x, int64_t i, int64_t j0, int64_t n) const {
    if (a.biased) {
      const T* from = &bias(i, j0);
      for (int64_t j = 0; j < n; j++) x[j] += from[j * bias.column];
    }
    if (a.masked) {
      const uint8_t* from = &mask(i, j0);
      for (int64_t j = 0; j < n; j++) x[j] = from[j * mask.column] != 0 ? x[j] : T(lowLogit);
    }
    for (int64_t j = seen(i, j0, n); j < n; j++) x[j] = T(lowLogit);
    for (int64_t j = n; j < padded<T>(n); j++) x[j] = -std::numeric_limits<T>::infinity();
  }
  /// Zeros for pairs that are taken out.
  void keep(T* x, int64_t i, int64_t j0, int64_t n) const {
    if (a.masked) {
      const uint8_t* from = &mask(i, j0);
      for (int64_t j = 0; j < n; j++) x[j] = from[j * mask.column] != 0 ? x[j] : T(0);
    }
    for (int64_t j = seen(i, j0, n); j < n; j++) x[j] = 0;
  }
};
template <class T> void copyRows(const Plane<T>& from, int64_t first, int64_t rows, int64_t columns, T scale, T* __restrict to) {
  for (int64_t i = first; i < first + rows; i++, to += columns) {
    const T* row = &from(i, 0);
    if (from.column == 1) for (int64_t j = 0; j < columns; j++) to[j] = row[j] * scale;
    else for (int64_t j = 0; j < columns; j++) to[j] = row[j * from.column] * scale;
  }
}
template <class T> void putRow(const Plane<T>& to, int64_t i, int64_t n, T scale, const T* __restrict from) {
  T* row = &to(i, 0);
  if (to.column == 1) for (int64_t j = 0; j < n; j++) row[j] = from[j] * scale;
  else for (int64_t j = 0; j < n; j++) row[j * to.column] = from[j] * scale;
}
template <class T> void scaleRow(T* x, int64_t n, T by) {
  for (int64_t j = 0; j < n; j++) x[j] *= by;
}
/// A packed B of so many rows and columns.
template <class T> struct Panels {
  T* at;
  int64_t rows, columns;
  void pack(int64_t k, int64_t n, Matrix<T> b) {
    packPanels(k, n, b, at);
    rows = k;
    columns = n;
  }
};
/// C (+)= A B, of the first k rows and n columns of B.
template <class T>
void multiply(int64_t m, int64_t n, int64_t k, const T* a, int64_t row, int64_t column, const Panels<T>& b, T* c, int64_t ldc, bool add) {
  for (int64_t j = 0; j < n; j += panelWidth<T>(b.columns, j)) {
    const int64_t w = panelWidth<T>(b.columns, j);
    tileColumn(oneLine, m, k, a, row, column, b.at + j * b.rows, w, c + j, ldc, least(w, n - j), add);
  }
  for (int64_t i = 0; i < m && k == 0 && !add; i++) std::memset(c + i * ldc, 0, size_t(n) * sizeof(T));
}
template <class T> Panels<T> panels(Room& room, int64_t k, int64_t n) { return {room.get<T>(k * (n + 2 * Simd<T>::lanes)), k, n}; }
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
  if (!finite(head.q, a.t, a.d) || !finite(head.k, a.s, a.d) || !finite(head.v, a.s, a.e)) return false;
  if (!a.gradient) return true;
  bool all = finite(head.u, a.t, a.e);
  for (int64_t i = 0; i < a.t && all; i++) all = isBetween(head.peak(i, 0)) && head.total(i, 0) > std::numeric_limits<T>::min();
  return all;
}
template <class T> void score(const Attention& a, int64_t m, int64_t n, const T* q, const Panels<T>& keys, T* x) {
  const int64_t ld = apart<T>(a);
  multiply(m, n, a.d, q, a.d, 1, keys, x, ld, false);
  for (int64_t i = 0; i < m && a.d == 0; i++) scaleRow(x + i * ld, n, T(a.scale));
}
/// Queries in a block: of few, causality leaves out more where blocks are low.
int64_t heightOf(const Attention& a) { return a.t > 256 ? 96 : a.causal ? 48 : 72; }

// ---- the values, by queries ----------------------------------------------------------------------------------------
template <class T> struct Queries {
  const Head<T>& head;
  const Attention& a;
  int64_t height, ld, from, count;
  T *q, *sum, *peak, *total, *x;
  Panels<T> keys, values;
  bool open[together] = {};

  Queries(const Head<T>& h, Room& room, int64_t task)
      : head(h), a(h.a), height(heightOf(a)), ld(apart<T>(a)), from(task * together * height), count(least(together * height, a.t - from)),
        q(room.get<T>(together * height * a.d)), sum(room.get<T>(together * height * a.e)), peak(room.get<T>(together * height)),
        total(room.get<T>(together * height * Wide<T>::lanes)), x(room.get<T>(height * ld)),
        keys(panels<T>(room, a.d, least(a.s, blockKeys))), values(panels<T>(room, least(a.s, blockKeys), a.e)) {}

  void operator()(bool skipping) {
    copyRows(head.q, from, count, a.d, T(a.scale), q);
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
    const Plane<T>&k = head.k, &v = head.v;
    for (int64_t j0 = 0; j0 < (skipping ? least(a.s, from + count) : a.s); j0 += blockKeys) {
      const int64_t n = least(blockKeys, a.s - j0);
      keys.pack(a.d, n, {&k(j0, 0), k.column, k.row});
      values.pack(n, a.e, {&v(j0, 0), v.row, v.column});
      for (int64_t b = 0; b * height < count; b++) {
        const int64_t end = least(count, (b + 1) * height);
        const int64_t width = skipping ? least(n, from + end - j0) : n;
        if (open[b] && width > 0) meet(b * height, end, j0, width);
      }
    }
  }
  void meet(int64_t i0, int64_t i1, int64_t j0, int64_t width) {
    score(a, i1 - i0, width, q + i0 * a.d, keys, x);
    for (int64_t i = i0; i < i1; i++) row(x + (i - i0) * ld, i, j0, width);
    multiply(i1 - i0, a.e, width, x, ld, 1, values, sum + i0 * a.e, a.e, j0 > 0);
  }
  void row(T* x, int64_t i, int64_t j0, int64_t n) {
    constexpr T nothing = -std::numeric_limits<T>::infinity();
    T* lanes = total + i * Wide<T>::lanes;
    head.logits(x, from + i, j0, n);
    const T top = std::nearbyint(topOf(x, padded<T>(n)) * T(1 / peakGrid)) * T(peakGrid), before = j0 > 0 ? peak[i] : nothing;
    peak[i] = larger(before, top);
    if (j0 == 0) std::memset(lanes, 0, sizeof(Wide<T>));
    else if (peak[i] != before) {
      const T less = power<T>(Simd<T>::all(before - peak[i]))[0];
      scaleRow(lanes, Wide<T>::lanes, less);
      scaleRow(sum + i * a.e, a.e, less);
    }
    powers(x, padded<T>(n), peak[i] == nothing ? T(0) : peak[i], lanes);
  }
  void finish() const {
    for (int64_t i = 0; i < count; i++) {
      const bool lost = peak[i] == -std::numeric_limits<T>::infinity();   // minus infinity less itself
      const T t = lost ? std::numeric_limits<T>::quiet_NaN() : Wide<T>::load(total + i * Wide<T>::lanes).sum();
      putRow(head.out, from + i, a.e, 1 / t, sum + i * a.e);
      head.peak(from + i, 0) = peak[i];
      head.total(from + i, 0) = t;
    }
  }
};
template <class T> void nothing(const Head<T>& head) {
  const Attention& a = head.a;
  for (int64_t i = 0; i < a.t; i++) {
    for (int64_t c = 0; c < a.e; c++) head.out(i, c) = 0;
    head.peak(i, 0) = -std::numeric_limits<T>::infinity();
    head.total(i, 0) = 0;
  }
}

// ---- the gradient, by keys -----------------------------------------------------------------------------------------
template <class T> struct Keys {
  const Head<T>& head;
  const Attention& a;
  int64_t height, ld;
  T *q, *u, *dk, *dv, *x, *y;
  Panels<T> qPanels, uPanels, keys, values, rows;

  Keys(const Head<T>& h, Room& room)
      : head(h), a(h.a), height(heightOf(a)), ld(apart<T>(a)), q(room.get<T>(height * a.d)), u(room.get<T>(height * a.e)),
        dk(room.get<T>(blockKeys * a.d)), dv(room.get<T>(blockKeys * a.e)), x(room.get<T>(height * ld)), y(room.get<T>(height * ld)),
        qPanels(panels<T>(room, height, a.d)), uPanels(panels<T>(room, height, a.e)), keys(panels<T>(room, a.d, least(a.s, blockKeys))),
        values(panels<T>(room, a.e, least(a.s, blockKeys))), rows(panels<T>(room, least(a.s, blockKeys), a.d)) {}

  /// What keys j0..j1 give to dq (t x d) is left at `part`.
  void operator()(int64_t j0, int64_t j1, bool skipping, T* part) {
    if (skipping || j0 == j1) std::memset(part, 0, size_t(a.t * a.d) * sizeof(T));
    for (int64_t j = j0; j < j1; j += blockKeys) block(j, least(blockKeys, j1 - j), skipping, part, skipping || j > j0);
  }
  void block(int64_t j0, int64_t n, bool skipping, T* part, bool add) {
    const Plane<T>&k = head.k, &v = head.v;
    keys.pack(a.d, n, {&k(j0, 0), k.column, k.row});
    values.pack(a.e, n, {&v(j0, 0), v.column, v.row});
    rows.pack(n, a.d, {&k(j0, 0), k.row, k.column});
    if (skipping || a.t == 0) {
      std::memset(dk, 0, size_t(n * a.d) * sizeof(T));
      std::memset(dv, 0, size_t(n * a.e) * sizeof(T));
    }
    for (int64_t i0 = 0; i0 < a.t; i0 += height) {
      const int64_t i1 = least(a.t, i0 + height), width = skipping ? least(n, i1 - j0) : n;
      if (width > 0) meet(i0, i1 - i0, j0, width, skipping || i0 > 0, part, add);
    }
    for (int64_t j = 0; j < n; j++) putRow(head.dk, j0 + j, a.d, T(1), dk + j * a.d);
    for (int64_t j = 0; j < n; j++) putRow(head.dv, j0 + j, a.e, T(1), dv + j * a.e);
  }
  /// `more`: keys have met queries before; `add`: queries have met keys.
  void meet(int64_t i0, int64_t m, int64_t j0, int64_t width, bool more, T* part, bool add) {
    copyRows(head.q, i0, m, a.d, T(a.scale), q);
    const bool along = head.u.column == 1;   // read where it lies
    if (!along) copyRows(head.u, i0, m, a.e, T(1), u);
    const Matrix<T> us = {along ? &head.u(i0, 0) : u, along ? head.u.row : a.e, 1};
    score(a, m, width, q, keys, x);
    multiply(m, width, a.e, us.at, us.row, us.column, values, y, ld, false);
    for (int64_t i = 0; i < m; i++) row(x + i * ld, y + i * ld, i0 + i, j0, width);
    qPanels.pack(m, a.d, {q, a.d, 1});
    uPanels.pack(m, a.e, us);
    multiply(width, a.e, m, x, 1, ld, uPanels, dv, a.e, more);
    multiply(width, a.d, m, y, 1, ld, qPanels, dk, a.d, more);
    multiply(m, a.d, width, y, ld, 1, rows, part + i0 * a.d, a.d, add);
  }
  void row(T* x, T* y, int64_t i, int64_t j0, int64_t n) const {
    for (int64_t j = n; j < padded<T>(n); j++) y[j] = 0;
    head.logits(x, i, j0, n);
    weigh(x, y, padded<T>(n), head.peak(i, 0), head.total(i, 0), head.r(i, 0));
    head.keep(y, i, j0, n);
    if (!a.moves) return;
    for (int64_t j = 0; j < n; j++) head.dbias(i, j0 + j) = y[j];
  }
};

/// For each head, whether blocks may be left out; null: of none.
template <class T> const bool* judged(const Attention& a, Frame& f, bool* skipping) {
  if (!a.causal || a.moves) return nullptr;
  forTasks(f, a.leads * a.h, double(a.leads * a.h * (a.t + a.s)) * double(a.d + a.e) * 1e-4, [&](int64_t w, Scratch&) { skipping[w] = skips(Head<T>(a, f, w)); });
  return skipping;
}
template <class T> void forwardAs(const Attention& a, Frame& f) {
  const int64_t heads = a.leads * a.h, each = ceilDiv(a.t, together * heightOf(a));
  const bool* skipping = judged<T>(a, f, reinterpret_cast<bool*>(f.shared->need(heads)));
  forTasks(f, heads * each, a.micros, [&](int64_t task, Scratch& scratch) {
    const Head<T> head(a, f, task / each);
    if (a.s == 0) return nothing(head);
    Room dry(nullptr);
    Queries<T>(head, dry, 0);
    Room room(scratch.need(dry.bytes()));
    Queries<T>(head, room, each - 1 - task % each)(skipping != nullptr && skipping[head.which]);   // what sees most keys first
  });
}
/// Parts of a head's keys: so many that a few heads are work for several threads.
constexpr int64_t wanted = 16;
/// dq from what each part of the keys gives to it; `sum` is the first of them.
template <class T> void putQueries(const Head<T>& head, int64_t parts, T* __restrict sum) {
  const Attention& a = head.a;
  const int64_t size = a.t * a.d;
  for (int64_t p = 1; p < parts; p++)
    for (int64_t i = 0; i < size; i++) sum[i] += sum[p * size + i];
  for (int64_t i = 0; i < a.t; i++) putRow(head.dq, i, a.d, T(a.scale), sum + i * a.d);
}
template <class T> void gradientAs(const Attention& a, Frame& f) {
  const int64_t heads = a.leads * a.h, blocks = most(1, ceilDiv(a.s, blockKeys)), parts = least(ceilDiv(wanted, heads), blocks);
  const int64_t run = ceilDiv(blocks, parts) * blockKeys, size = a.t * a.d;
  const int64_t flags = ceilDiv(heads, 64) * 64, shared = parts > 1 ? heads * parts * size * int64_t(sizeof(T)) : 0;
  char* memory = f.shared->need(flags + shared);
  const bool* skipping = judged<T>(a, f, reinterpret_cast<bool*>(memory));
  forTasks(f, heads * parts, a.micros, [&](int64_t task, Scratch& scratch) {
    const Head<T> head(a, f, task / parts);
    Room dry(nullptr);
    Keys<T>(head, dry);
    Room room(scratch.need(dry.bytes() + (parts > 1 ? 0 : size * int64_t(sizeof(T)))));
    Keys<T> keys(head, room);
    T* part = parts > 1 ? reinterpret_cast<T*>(memory + flags) + task * size : room.get<T>(size);
    const int64_t j0 = task % parts * run;
    keys(least(j0, a.s), least(a.s, j0 + run), skipping != nullptr && skipping[head.which], part);
    if (parts == 1) putQueries(head, 1, part);
  });
  if (parts == 1) return;
  forTasks(f, heads, double(heads * parts * size) * 5e-4, [&](int64_t which, Scratch&) {
    putQueries(Head<T>(a, f, which), parts, reinterpret_cast<T*>(memory + flags) + which * parts * size);
  });
}

}  // namespace

void attention(const Attention& a, Frame& f) {
  const bool moved = a.t * a.d > 0 || a.s * (a.d + a.e) > 0 || (a.moves && a.t * a.s > 0);
  if (a.leads * a.h == 0 || !(a.gradient ? moved : a.t > 0)) return;
  const bool single = a.q.dtype == F32;
  if (a.gradient) single ? gradientAs<float>(a, f) : gradientAs<double>(a, f);
  else single ? forwardAs<float>(a, f) : forwardAs<double>(a, f);
}

}}  // namespace cot::COT_ISA
