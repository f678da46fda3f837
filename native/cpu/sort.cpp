// sort and argsort: stable, ascending, NaN last, -0 equal to 0. Elements become unsigned keys whose order is theirs; keys,
// with their positions or alone, go through a radix sort, least significant digit first (of the bits in which keys differ),
// or, when there are few, through insertions; bytes are counted. Short rows are shared out between threads. A long row is
// first parted by the highest bits in which its keys differ, in chunks that are counted and moved side by side; the parts,
// which fit a cache, are then sorted on their own. Every pass is stable, so neither chunks nor threads change the result. Keys of
// 32 bits alone, of which equal ones are the same, are parted by vectors instead where there are some (quick.cpp).
#include "cpu/block.hpp"
#include "cpu/entry.hpp"

namespace cot { namespace COT_ISA {
namespace {

/// All bits as the highest one; no branches here, for signs are as good as random.
template <class Key> Key signs(Key k) { return Key(typename std::make_signed<Key>::type(k) >> (sizeof(Key) * 8 - 1)); }
/// How the bits of elements and their keys hang together: of floats, signed and unsigned numbers, by numbers alone, so that code
/// is compiled once a size.
template <class Key> struct Order {
  static constexpr Key highest = Key(1) << (sizeof(Key) * 8 - 1);
  Key turns;                   // all bits where negative numbers are turned over
  Key top;                     // the bit that is turned over in others
  Key infinity;                // twice that; what is above is no number
  Key none;                    // -0, which is 0

  static Order of(DType d) {
    if (isFloat(d)) return {~Key(0), highest, sizeof(Key) == 8 ? Key(0xffe0000000000000) : Key(0xff000000), highest};
    return {0, d == I32 || d == I64 ? highest : 0, ~Key(0), 0};
  }
  bool floats() const { return turns != 0; }
  Key key(Key bits) const {
    const Key b = bits & -Key(bits != none);
    return (b ^ ((signs(b) & turns) | top)) | -Key(Key(b << 1) > infinity);
  }
  Key bits(Key key) const { return key ^ ((~signs(key) & turns) | top); }
};
/// What is sorted: keys with their positions, or keys alone. `put` writes what a sort is asked for.
template <class K> struct Placed {
  using Key = K;
  using Out = int32_t;
  static constexpr bool small = false, alone = false;
  Key key;
  int32_t at;
  static Placed of(Key key, int64_t i) { return {key, int32_t(i)}; }
  void put(Out* to, const Order<Key>&) const { *to = at; }
};
template <class K> struct Alone {
  using Key = K;
  using Out = Key;             // the bits of an element
  static constexpr bool small = sizeof(Key) == 4, alone = true;
  Key key;
  static Alone of(Key key, int64_t) { return {key}; }
  void put(Out* to, const Order<Key>& order) const { *to = order.bits(key); }
};

template <class Item> void insertion(Item* p, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const Item v = p[i];
    int64_t j = i;
    for (; j > 0 && p[j - 1].key > v.key; j--) p[j] = p[j - 1];
    p[j] = v;
  }
}
constexpr int parts = 2048;
constexpr int64_t longRow = 1 << 16;

/// The bits in which keys differ.
template <class Key> struct Spread {
  Key all = ~Key(0), any = 0;
  void see(Key k) {
    all &= k;
    any |= k;
  }
  Key differ() const { return all ^ any; }
};
/// The number of bits that are needed to write x.
inline int bitsOf(uint64_t x) { return x == 0 ? 0 : 64 - __builtin_clzll(x); }
/// Counts become the places where the first of each begins.
inline void place(uint32_t* counts, int n) {
  uint32_t sum = 0;
  for (int d = 0; d < n; d++) {
    const uint32_t here = counts[d];
    counts[d] = sum;
    sum += here;
  }
}
/// Moves items to where the counters of their digits stand, 64 at a time: a store whose address hangs on a counter holds up
/// the loads behind it.
template <class Item, class From, class Digit, class To> void move(int64_t n, const From& from, const Digit& digit, uint32_t* to, const To& put) {
  Item v[64];
  uint32_t at[64];
  for (int64_t i = 0; i < n; i += 64) {
    const int64_t m = least(64, n - i);
    for (int64_t j = 0; j < m; j++) {
      v[j] = from(i + j);
      at[j] = to[digit(v[j].key)]++;
    }
    for (int64_t j = 0; j < m; j++) put(at[j], v[j]);
  }
}
/// Sorts n items with the help of q and writes what they stand for: by digits of the bits in which keys differ, all of them
/// counted in one pass, the last of them moved straight to the result.
template <class Item> void sorted(Item* p, Item* q, int64_t n, typename Item::Out* out, int64_t so, const Order<typename Item::Key> order) {
  using Key = typename Item::Key;
  Spread<Key> spread;
  if (n <= 48) insertion(p, n);
  else for (int64_t i = 0; i < n; i++) spread.see(p[i].key);
  const uint64_t differ = n <= 48 ? 0 : spread.differ();
  if (differ == 0) {
    for (int64_t i = 0; i < n; i++) p[i].put(out + i * so, order);
    return;
  }
  const int low = __builtin_ctzll(differ), width = bitsOf(differ) - low, widest = 8;
  const int passes = int(ceilDiv(width, widest)), bits = int(ceilDiv(width, passes));
  uint32_t counts[8][parts];
  const auto digit = [&](Key k, int pass) { return (k >> (low + pass * bits)) & ((Key(1) << bits) - 1); };
  for (int pass = 0; pass < passes; pass++) std::memset(counts[pass], 0, sizeof(uint32_t) << bits);
  for (int64_t i = 0; i < n; i++)
    for (int pass = 0; pass < passes; pass++) counts[pass][digit(p[i].key, pass)]++;
  for (int pass = 0; pass < passes; pass++) {
    place(counts[pass], 1 << bits);
    const auto from = [&](int64_t i) { return p[i]; };
    const auto here = [&](Key k) { return digit(k, pass); };
    if (pass == passes - 1) move<Item>(n, from, here, counts[pass], [&](uint32_t at, const Item& v) { v.put(out + at * so, order); });
    else move<Item>(n, from, here, counts[pass], [&](uint32_t at, const Item& v) { q[at] = v; });
    std::swap(p, q);
  }
}

template <class Item> struct Row {
  using Key = typename Item::Key;
  using Out = typename Item::Out;
  const Key* x;
  Out* out;
  int64_t n, sx, so;
  Order<Key> order;

  /// Of a row that lies in registers: what the loops write could be the row itself otherwise.
  Item item(int64_t i) const { return Item::of(order.key(x[i * sx]), i); }
  /// Elements that follow each other get code of their own.
  template <class F> static void stepping(int64_t step, const F& f) {
    if (step == 1) f(std::integral_constant<int64_t, 1>());
    else f(step);
  }
  // Vectors compare signed keys.
  static int32_t keyOf(const Order<Key>& order, Key bits) { return int32_t(order.key(bits) ^ Key(1) << 31); }
  void keys(int32_t* p, int64_t from, int64_t m) const {
    stepping(sx, [&, order = order, x = x + from * sx](auto step) {
      for (int64_t i = 0; i < m; i++) p[i] = keyOf(order, x[i * step]);
    });
  }
  /// One stretch of keys, in place, and what they stand for.
  void quick(int32_t* p, int64_t from, int64_t m, int32_t* q) const {
    kernels().sortKeys(p, m, q);
    stepping(so, [&, order = order, out = out + from * so](auto step) {
      for (int64_t i = 0; i < m; i++) Item{Key(p[i]) ^ Key(1) << 31}.put(out + i * step, order);
    });
  }
  void alone(Scratch& s) const {
    if constexpr (Item::small)
      if (kernels().sortKeys != nullptr) {
        int32_t* p = reinterpret_cast<int32_t*>(s.need((3 * n + keysRoom) * 4));
        keys(p, 0, n);
        quick(p, 0, n, p + n);
        return zeros();
      }
    Item* p = reinterpret_cast<Item*>(s.need(2 * n * int64_t(sizeof(Item))));
    const Row r = *this;
    for (int64_t i = 0; i < r.n; i++) p[i] = r.item(i);
    sorted(p, p + n, n, out, so, order);
    zeros();
  }
  /// Keys alone do not know the sign of a zero: zeros are written once more, in the order of the row.
  void zeros() const {
    if constexpr (Item::alone) {
      if (!order.floats()) return;
      const auto isZero = [](Key bits) { return Key(bits << 1) == 0; };
      int64_t at = 0;
      for (int64_t step = n; step > 0; step /= 2)
        while (at + step <= n && signs(out[(at + step - 1) * so]) != 0) at += step;
      if (at == n || !isZero(out[at * so])) return;
      for (int64_t i = 0; i < n && at < n; i++)
        if (isZero(x[i * sx])) out[at++ * so] = x[i * sx];
    }
  }
  static constexpr int64_t shares = 32, sample = 16 * shares;
  /// A sample's quantiles.
  void pivotsOf(int32_t* pivots) const {
    int32_t some[sample], q[2 * sample + keysRoom];
    for (int64_t i = 0; i < sample; i++) some[i] = keyOf(order, x[sampleAt(i, n) * sx]);
    kernels().sortKeys(some, sample, q);
    for (int64_t i = 1; i < shares; i++) pivots[i - 1] = some[i * (sample / shares)];
  }
  /// All threads at one row: chunks of it are parted by the same pivots; then the pieces of a part come together and are sorted.
  void quickly(Frame& f, double micros) const {
    int32_t *p = reinterpret_cast<int32_t*>(f.shared->need(n * 4)), *begin[shares][shares + 1], pivots[shares];
    int64_t ends[shares + 1] = {};
    pivotsOf(pivots);
    const auto memory = [](Scratch& s, int64_t m) { return reinterpret_cast<int32_t*>(s.need((3 * m + keysRoom) * 4)); };
    forTasks(f, shares, micros, [&](int64_t c, Scratch& s) {
      const int64_t from = n * c / shares, to = n * (c + 1) / shares, m = to - from;
      int32_t* q = memory(s, m);
      keys(q, from, m);
      kernels().partKeys(q, m, p + from, q + m, pivots, shares, begin[c]);
      begin[c][shares] = p + to;
    });
    for (int64_t t = 0; t < shares; t++) {
      ends[t + 1] = ends[t];
      for (const auto& b : begin) ends[t + 1] += b[t + 1] - b[t];
    }
    forTasks(f, shares, micros, [&](int64_t t, Scratch& s) {
      const int64_t m = ends[t + 1] - ends[t];
      int32_t *q = memory(s, m), *to = q;
      for (const auto& b : begin) to = std::copy(b[t], b[t + 1], to);
      quick(q, ends[t], m, q + m);
    });
  }
  /// The same by digits.
  void together(Frame& f, double micros) const {
    if constexpr (Item::small)
      if (kernels().sortKeys != nullptr) {
        quickly(f, micros);
        return zeros();
      }
    const int64_t chunks = least(8, n / (longRow / 2));
    Item* p = reinterpret_cast<Item*>(f.shared->need(2 * n * int64_t(sizeof(Item)) + chunks * (parts * 4 + int64_t(sizeof(Spread<Key>)))));
    Spread<Key>* spreads = reinterpret_cast<Spread<Key>*>(p + 2 * n);
    uint32_t* counts = reinterpret_cast<uint32_t*>(spreads + chunks);
    const auto begin = [&](int64_t c) { return n * c / chunks; };
    forTasks(f, chunks, micros, [&](int64_t c, Scratch&) {
      const Row r = *this;
      Spread<Key> s;
      for (int64_t i = begin(c), end = begin(c + 1); i < end; i++) s.see(r.item(i).key);
      spreads[c] = s;
    });
    Spread<Key> spread;
    for (int64_t c = 0; c < chunks; c++) {
      spread.all &= spreads[c].all;
      spread.any |= spreads[c].any;
    }
    const int shift = int(most(0, bitsOf(spread.differ()) - 11));
    const auto part = [&](Key k) { return int(k >> shift) & (parts - 1); };
    forTasks(f, chunks, micros, [&](int64_t c, Scratch&) {
      uint32_t* to = counts + c * parts;
      std::memset(to, 0, parts * sizeof *to);
      const Row r = *this;
      for (int64_t i = begin(c), end = begin(c + 1); i < end; i++) to[part(r.item(i).key)]++;
    });
    uint32_t sum = 0;
    for (int d = 0; d < parts; d++)
      for (int64_t c = 0; c < chunks; c++) {
        const uint32_t here = counts[c * parts + d];
        counts[c * parts + d] = sum;
        sum += here;
      }
    forTasks(f, chunks, micros, [&](int64_t c, Scratch&) {
      const Row r = *this;
      const int64_t first = begin(c);
      move<Item>(begin(c + 1) - first, [&](int64_t i) { return r.item(first + i); }, part, counts + c * parts, [&](uint32_t at, const Item& v) { p[at] = v; });
    });
    // What the last chunk has moved ends where its part ends.
    const uint32_t* ends = counts + (chunks - 1) * parts;
    forTasks(f, parts, micros, [&](int64_t d, Scratch&) {
      const int64_t from = d == 0 ? 0 : ends[d - 1], m = ends[d] - from;
      if (m > 0) sorted(p + from, p + n + from, m, out + from * so, so, order);
    });
    zeros();
  }
};

/// Bytes: they are counted, then go where the counts say; many of them are written as often as they were counted.
template <class Out> void counted(const uint8_t* x, int64_t sx, Out* out, int64_t so, int64_t n) {
  constexpr bool values = sizeof(Out) == 1;
  uint32_t counts[256] = {};
  for (int64_t i = 0; i < n; i++) counts[x[i * sx]]++;
  if (values && n >= 4096) {
    for (int d = 0; d < 256; d++)
      for (uint32_t k = 0; k < counts[d]; k++, out += so) *out = Out(d);
    return;
  }
  place(counts, 256);
  for (int64_t i = 0; i < n; i++) out[counts[x[i * sx]]++ * so] = values ? Out(x[i * sx]) : Out(i);
}

/// alone(x, out, scratch) for each row of In, or together(x, out) where a row is long.
template <class In, class Out, class A, class B> void forRows(const Sort& a, Frame& f, bool sharesRows, const A& alone, const B& together) {
  const int rank = a.dims.size;
  const int64_t length = a.dims[rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < rank; i++) rows *= a.dims[i];
  if (rows == 0 || length == 0) return;
  const Walk wx = collapse(rank - 1, a.dims.at, a.x.strides.at), wo = collapse(rank - 1, a.dims.at, a.out.strides.at);
  const In* x = reinterpret_cast<const In*>(addressOf(a.x, f));
  Out* out = reinterpret_cast<Out*>(addressOf(a.out, f));
  const auto offset = [](const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; };
  if (sharesRows && length >= longRow) {
    for (int64_t i = 0; i < rows; i++) together(x + offset(wx, i), out + offset(wo, i));
    return;
  }
  const int64_t group = most(1, int64_t(double(rows) * 20 / a.micros));
  forTasks(f, ceilDiv(rows, group), a.micros, [&](int64_t t, Scratch& s) {
    for (int64_t i = t * group; i < least(rows, (t + 1) * group); i++) alone(x + offset(wx, i), out + offset(wo, i), s);
  });
}
template <class Item> void sortRows(const Sort& a, Frame& f) {
  using Key = typename Item::Key;
  using Out = typename Item::Out;
  const int last = a.dims.size - 1;
  const auto row = [&](const Key* x, Out* out) { return Row<Item>{x, out, a.dims[last], a.x.strides[last], a.out.strides[last], Order<Key>::of(a.x.dtype)}; };
  forRows<Key, Out>(a, f, true, [&](const Key* x, Out* out, Scratch& s) { row(x, out).alone(s); }, [&](const Key* x, Out* out) { row(x, out).together(f, a.micros); });
}
template <class Out> void countRows(const Sort& a, Frame& f) {
  const int last = a.dims.size - 1;
  const auto row = [&](const uint8_t* x, Out* out) { counted(x, a.x.strides[last], out, a.out.strides[last], a.dims[last]); };
  forRows<uint8_t, Out>(a, f, false, [&](const uint8_t* x, Out* out, Scratch&) { row(x, out); }, row);
}
template <class Key> void sortAs(const Sort& a, Frame& f) {
  if (a.positions) sortRows<Placed<Key>>(a, f);
  else sortRows<Alone<Key>>(a, f);
}

}  // namespace

void sort(const Sort& a, Frame& f) {
  switch (sizeOf(a.x.dtype)) {
    case 1: return a.positions ? countRows<int32_t>(a, f) : countRows<uint8_t>(a, f);
    case 4: return sortAs<uint32_t>(a, f);
    default: return sortAs<uint64_t>(a, f);
  }
}

}}  // namespace cot::COT_ISA
