// argsort: stable, ascending, NaN last, -0 equal to 0. Elements become unsigned keys whose order is theirs; keys with their
// positions go through a radix sort, least significant digit first (digits that all keys share are skipped), or, when there
// are few, through insertions. Short rows are shared out between threads. A long row is first parted by the highest bits in
// which its keys differ, in chunks that are counted and moved side by side; the parts, which fit a cache, are then sorted on
// their own. Every pass is stable, so neither chunks nor threads change the result.
#include "core/prepare.hpp"
#include "cpu/block.hpp"
#include "cpu/entry.hpp"

namespace cot { namespace COT_ISA {
namespace {

template <class T> struct Keyed { using Key = typename std::conditional<sizeof(T) == 8, uint64_t, uint32_t>::type; };
template <class T> typename Keyed<T>::Key keyOf(T x) {
  using Key = typename Keyed<T>::Key;
  constexpr Key top = Key(1) << (sizeof(Key) * 8 - 1);
  if constexpr (std::is_floating_point<T>::value) {
    if (x != x) return ~Key(0);
    Key b = 0;
    if (x != 0) std::memcpy(&b, &x, sizeof b);
    return (b & top) != 0 ? Key(~b) : Key(b | top);
  } else if constexpr (std::is_signed<T>::value) {
    return Key(x) ^ top;
  } else {
    return Key(x);
  }
}
template <class Key> struct Pair {
  Key key;
  int32_t at;
};

template <class Key> void insertion(Pair<Key>* p, int64_t n) {
  for (int64_t i = 1; i < n; i++) {
    const Pair<Key> v = p[i];
    int64_t j = i;
    for (; j > 0 && p[j - 1].key > v.key; j--) p[j] = p[j - 1];
    p[j] = v;
  }
}
constexpr int digits = 256, parts = 2048;
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
/// Counts become the places where the first of each begins.
inline void place(uint32_t* counts, int n) {
  uint32_t sum = 0;
  for (int d = 0; d < n; d++) {
    const uint32_t here = counts[d];
    counts[d] = sum;
    sum += here;
  }
}
/// Moves pairs to where the counters of their digits stand, 64 at a time: a store whose address hangs on a counter holds up
/// the loads behind it.
template <class Key, class From, class Digit> void move(int64_t n, const From& from, const Digit& digit, uint32_t* to, Pair<Key>* q) {
  Pair<Key> v[64];
  uint32_t at[64];
  for (int64_t i = 0; i < n; i += 64) {
    const int64_t m = least(64, n - i);
    for (int64_t j = 0; j < m; j++) {
      v[j] = from(i + j);
      at[j] = to[digit(v[j].key)]++;
    }
    for (int64_t j = 0; j < m; j++) q[at[j]] = v[j];
  }
}
/// Sorts n pairs with the help of q and writes their positions.
template <class Key> void sorted(Pair<Key>* p, Pair<Key>* q, int64_t n, int32_t* out, int64_t so) {
  Spread<Key> spread;
  if (n <= 48) insertion(p, n);
  else for (int64_t i = 0; i < n; i++) spread.see(p[i].key);
  const Key differ = n <= 48 ? 0 : spread.differ();
  for (int shift = 0; shift < int(sizeof(Key)) * 8; shift += 8) {
    if (((differ >> shift) & (digits - 1)) == 0) continue;
    const auto digit = [&](Key k) { return int(k >> shift) & (digits - 1); };
    uint32_t to[digits] = {};
    for (int64_t i = 0; i < n; i++) to[digit(p[i].key)]++;
    place(to, digits);
    move(n, [&](int64_t i) { return p[i]; }, digit, to, q);
    std::swap(p, q);
  }
  for (int64_t i = 0; i < n; i++) out[i * so] = p[i].at;
}

template <class T> struct Row {
  using Key = typename Keyed<T>::Key;
  using Item = Pair<Key>;
  const T* x;
  int32_t* out;
  int64_t n, sx, so;

  Key key(int64_t i) const { return keyOf(x[i * sx]); }
  void alone(Scratch& s) const {
    Item* p = reinterpret_cast<Item*>(s.need(2 * n * int64_t(sizeof(Item))));
    for (int64_t i = 0; i < n; i++) p[i] = {key(i), int32_t(i)};
    sorted(p, p + n, n, out, so);
  }
  /// All threads at one row.
  void together(Frame& f, double micros) const {
    const int64_t chunks = least(8, n / (longRow / 2));
    Item* p = reinterpret_cast<Item*>(f.shared->need(2 * n * int64_t(sizeof(Item)) + chunks * (parts * 4 + int64_t(sizeof(Spread<Key>)))));
    Spread<Key>* spreads = reinterpret_cast<Spread<Key>*>(p + 2 * n);
    uint32_t* counts = reinterpret_cast<uint32_t*>(spreads + chunks);
    const auto begin = [&](int64_t c) { return n * c / chunks; };
    forTasks(f, chunks, micros, [&](int64_t c, Scratch&) {
      Spread<Key> s;
      for (int64_t i = begin(c); i < begin(c + 1); i++) s.see(key(i));
      spreads[c] = s;
    });
    Spread<Key> spread;
    for (int64_t c = 0; c < chunks; c++) {
      spread.all &= spreads[c].all;
      spread.any |= spreads[c].any;
    }
    int shift = 0;
    while (spread.differ() >> shift >= Key(parts)) shift++;
    const auto part = [&](Key k) { return int(k >> shift) & (parts - 1); };
    forTasks(f, chunks, micros, [&](int64_t c, Scratch&) {
      uint32_t* to = counts + c * parts;
      std::memset(to, 0, parts * sizeof *to);
      for (int64_t i = begin(c); i < begin(c + 1); i++) to[part(key(i))]++;
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
      move(begin(c + 1) - first, [&](int64_t i) { return Item{key(first + i), int32_t(first + i)}; }, part, counts + c * parts, p);
    });
    // What the last chunk has moved ends where its part ends.
    const uint32_t* ends = counts + (chunks - 1) * parts;
    forTasks(f, parts, micros, [&](int64_t d, Scratch&) {
      const int64_t from = d == 0 ? 0 : ends[d - 1], m = ends[d] - from;
      if (m > 0) sorted(p + from, p + n + from, m, out + from * so, so);
    });
  }
};

template <class T> void sortRows(const ArgSort& a, Frame& f) {
  const int rank = a.dims.size;
  const int64_t length = a.dims[rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < rank; i++) rows *= a.dims[i];
  if (rows == 0 || length == 0) return;
  const Walk wx = collapse(rank - 1, a.dims.at, a.x.strides.at), wo = collapse(rank - 1, a.dims.at, a.out.strides.at);
  const T* x = reinterpret_cast<const T*>(addressOf(a.x, f));
  int32_t* out = reinterpret_cast<int32_t*>(addressOf(a.out, f));
  const auto offset = [](const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; };
  const auto row = [&](int64_t i) { return Row<T>{x + offset(wx, i), out + offset(wo, i), length, a.x.strides[rank - 1], a.out.strides[rank - 1]}; };
  if (length >= longRow) {
    for (int64_t i = 0; i < rows; i++) row(i).together(f, a.micros);
    return;
  }
  const int64_t group = most(1, int64_t(double(rows) * 20 / a.micros));
  forTasks(f, ceilDiv(rows, group), a.micros, [&](int64_t t, Scratch& s) {
    for (int64_t i = t * group; i < least(rows, (t + 1) * group); i++) row(i).alone(s);
  });
}

}  // namespace

void argSort(const ArgSort& a, Frame& f) {
  switch (a.x.dtype) {
    case Bool: case U8: return sortRows<uint8_t>(a, f);
    case U32: return sortRows<uint32_t>(a, f);
    case I32: return sortRows<int32_t>(a, f);
    case I64: return sortRows<int64_t>(a, f);
    case F32: return sortRows<float>(a, f);
    default: return sortRows<double>(a, f);
  }
}

}}  // namespace cot::COT_ISA
