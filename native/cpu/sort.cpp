// sort and argsort: stable, ascending, NaN last, -0 equal to 0. Elements become unsigned keys whose order is theirs; keys,
// with their positions or alone, go through a radix sort, least significant digit first (of the bits in which keys differ),
// or, when there are few, through insertions. Short rows are shared out between threads. A long row is first parted by the highest bits in
// which its keys differ, in chunks that are counted and moved side by side; the parts, which fit a cache, are then sorted on
// their own. Every pass is stable, so neither chunks nor threads change the result.
#include "cpu/block.hpp"
#include "cpu/entry.hpp"

namespace cot { namespace COT_ISA {
namespace {

template <class T> struct Keyed { using Key = typename std::conditional<sizeof(T) == 8, uint64_t, uint32_t>::type; };
/// All bits as the highest one; no branches here, for signs are as good as random.
template <class Key> Key signs(Key k) { return Key(typename std::make_signed<Key>::type(k) >> (sizeof(Key) * 8 - 1)); }
template <class T> typename Keyed<T>::Key keyOf(T x) {
  using Key = typename Keyed<T>::Key;
  constexpr Key top = Key(1) << (sizeof(Key) * 8 - 1);
  if constexpr (std::is_floating_point<T>::value) {
    Key b;
    std::memcpy(&b, &x, sizeof b);
    b &= -Key(x != 0);
    return (b ^ (signs(b) | top)) | -Key(x != x);
  } else if constexpr (std::is_signed<T>::value) {
    return Key(x) ^ top;
  } else {
    return Key(x);
  }
}
template <class T> T valueOf(typename Keyed<T>::Key k) {
  using Key = typename Keyed<T>::Key;
  constexpr Key top = Key(1) << (sizeof(Key) * 8 - 1);
  if constexpr (std::is_floating_point<T>::value) {
    const Key b = k ^ (~signs(k) | top);
    T x;
    std::memcpy(&x, &b, sizeof x);
    return x;
  } else if constexpr (std::is_signed<T>::value) {
    return T(k ^ top);
  } else {
    return T(k);
  }
}
/// What is sorted: keys with their positions, or keys alone. `put` writes what a sort is asked for.
template <class T> struct Placed {
  using Out = int32_t;
  static constexpr bool small = false;
  typename Keyed<T>::Key key;
  int32_t at;
  static Placed of(T x, int64_t i) { return {keyOf(x), int32_t(i)}; }
  void put(Out* to) const { *to = at; }
};
template <class T> struct Alone {
  using Out = T;
  static constexpr bool small = sizeof(typename Keyed<T>::Key) == 4;
  typename Keyed<T>::Key key;
  static Alone of(T x, int64_t) { return {keyOf(x)}; }
  void put(Out* to) const { *to = valueOf<T>(key); }
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
template <class Item> void sorted(Item* p, Item* q, int64_t n, typename Item::Out* out, int64_t so) {
  using Key = decltype(p->key);
  Spread<Key> spread;
  if (n <= 48) insertion(p, n);
  else for (int64_t i = 0; i < n; i++) spread.see(p[i].key);
  const uint64_t differ = n <= 48 ? 0 : spread.differ();
  if (differ == 0) {
    for (int64_t i = 0; i < n; i++) p[i].put(out + i * so);
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
    if (pass == passes - 1) move<Item>(n, from, here, counts[pass], [&](uint32_t at, const Item& v) { v.put(out + at * so); });
    else move<Item>(n, from, here, counts[pass], [&](uint32_t at, const Item& v) { q[at] = v; });
    std::swap(p, q);
  }
}

template <class T, class Item> struct Row {
  using Key = typename Keyed<T>::Key;
  using Out = typename Item::Out;
  const T* x;
  Out* out;
  int64_t n, sx, so;

  Item item(int64_t i) const { return Item::of(x[i * sx], i); }
  /// Elements that follow each other get code of their own.
  template <class F> static void stepping(int64_t step, const F& f) {
    if (step == 1) f(std::integral_constant<int64_t, 1>());
    else f(step);
  }
  // Vectors compare signed keys.
  void keys(int32_t* p, int64_t from, int64_t to) const {
    stepping(sx, [&](auto step) {
      for (int64_t i = from; i < to; i++) p[i] = int32_t(Item::of(x[i * step], i).key ^ Key(1) << 31);
    });
  }
  /// One stretch of keys, in place, and what they stand for.
  void quick(int32_t* p, int64_t from, int64_t to, int32_t* q) const {
    kernels().sortKeys(p + from, to - from, q);
    stepping(so, [&](auto step) {
      for (int64_t i = from; i < to; i++) Item{Key(p[i]) ^ Key(1) << 31}.put(out + i * step);
    });
  }
  void alone(Scratch& s) const {
    if constexpr (Item::small)
      if (kernels().sortKeys != nullptr) {
        int32_t* p = reinterpret_cast<int32_t*>(s.need((2 * n + 8) * 4));
        keys(p, 0, n);
        quick(p, 0, n, p + n);
        return zeros();
      }
    Item* p = reinterpret_cast<Item*>(s.need(2 * n * int64_t(sizeof(Item))));
    for (int64_t i = 0; i < n; i++) p[i] = item(i);
    sorted(p, p + n, n, out, so);
    zeros();
  }
  /// Keys alone do not know the sign of a zero: zeros are written once more, in the order of the row.
  void zeros() const {
    if constexpr (std::is_floating_point<Out>::value) {
      int64_t at = 0;
      for (int64_t step = n; step > 0; step /= 2)
        while (at + step <= n && out[(at + step - 1) * so] < 0) at += step;
      if (at == n || out[at * so] != 0) return;
      for (int64_t i = 0; i < n && at < n; i++)
        if (x[i * sx] == 0) out[at++ * so] = x[i * sx];
    }
  }
  /// All threads at one row: it is parted, its parts are, and so on, until there are enough of them.
  void quickly(Frame& f, double micros) const {
    constexpr int64_t leaves = 32;
    int32_t* p = reinterpret_cast<int32_t*>(f.shared->need(n * 4));
    int64_t ends[leaves + 1] = {};
    ends[leaves] = n;
    forTasks(f, leaves, micros, [&](int64_t t, Scratch&) { keys(p, n * t / leaves, n * (t + 1) / leaves); });
    for (int64_t step = leaves; step > 1; step /= 2)
      forTasks(f, leaves / step, micros, [&](int64_t t, Scratch& s) {
        const int64_t from = ends[t * step], to = ends[(t + 1) * step];
        ends[t * step + step / 2] = from + kernels().partKeys(p + from, to - from, reinterpret_cast<int32_t*>(s.need((to - from + 8) * 4)));
      });
    forTasks(f, leaves, micros, [&](int64_t t, Scratch& s) {
      quick(p, ends[t], ends[t + 1], reinterpret_cast<int32_t*>(s.need((ends[t + 1] - ends[t] + 8) * 4)));
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
      Spread<Key> s;
      for (int64_t i = begin(c); i < begin(c + 1); i++) s.see(item(i).key);
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
      for (int64_t i = begin(c); i < begin(c + 1); i++) to[part(item(i).key)]++;
    });
    uint32_t sum = 0;
    for (int d = 0; d < parts; d++)
      for (int64_t c = 0; c < chunks; c++) {
        const uint32_t here = counts[c * parts + d];
        counts[c * parts + d] = sum;
        sum += here;
      }
    forTasks(f, chunks, micros, [&](int64_t c, Scratch&) {
      const int64_t first = begin(c);
      move<Item>(begin(c + 1) - first, [&](int64_t i) { return item(first + i); }, part, counts + c * parts, [&](uint32_t at, const Item& v) { p[at] = v; });
    });
    // What the last chunk has moved ends where its part ends.
    const uint32_t* ends = counts + (chunks - 1) * parts;
    forTasks(f, parts, micros, [&](int64_t d, Scratch&) {
      const int64_t from = d == 0 ? 0 : ends[d - 1], m = ends[d] - from;
      if (m > 0) sorted(p + from, p + n + from, m, out + from * so, so);
    });
    zeros();
  }
};

template <class T, class Item> void sortRows(const Sort& a, Frame& f) {
  const int rank = a.dims.size;
  const int64_t length = a.dims[rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < rank; i++) rows *= a.dims[i];
  if (rows == 0 || length == 0) return;
  const Walk wx = collapse(rank - 1, a.dims.at, a.x.strides.at), wo = collapse(rank - 1, a.dims.at, a.out.strides.at);
  const T* x = reinterpret_cast<const T*>(addressOf(a.x, f));
  typename Item::Out* out = reinterpret_cast<typename Item::Out*>(addressOf(a.out, f));
  const auto offset = [](const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; };
  const auto row = [&](int64_t i) { return Row<T, Item>{x + offset(wx, i), out + offset(wo, i), length, a.x.strides[rank - 1], a.out.strides[rank - 1]}; };
  if (length >= longRow) {
    for (int64_t i = 0; i < rows; i++) row(i).together(f, a.micros);
    return;
  }
  const int64_t group = most(1, int64_t(double(rows) * 20 / a.micros));
  forTasks(f, ceilDiv(rows, group), a.micros, [&](int64_t t, Scratch& s) {
    for (int64_t i = t * group; i < least(rows, (t + 1) * group); i++) row(i).alone(s);
  });
}

template <class T> void sortAs(const Sort& a, Frame& f) {
  if (a.positions) sortRows<T, Placed<T>>(a, f);
  else sortRows<T, Alone<T>>(a, f);
}

}  // namespace

void sort(const Sort& a, Frame& f) {
  switch (a.x.dtype) {
    case Bool: case U8: return sortAs<uint8_t>(a, f);
    case U32: return sortAs<uint32_t>(a, f);
    case I32: return sortAs<int32_t>(a, f);
    case I64: return sortAs<int64_t>(a, f);
    case F32: return sortAs<float>(a, f);
    default: return sortAs<double>(a, f);
  }
}

}}  // namespace cot::COT_ISA
