// argsort: stable, ascending, NaN last, -0 equal to 0. Elements become unsigned keys whose order is theirs; keys with their
// positions go through a radix sort, least significant byte first (bytes that all keys share are skipped), or, when there
// are few, through insertions.
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
/// Sorts p with the help of q; returns where the result is.
template <class Key> Pair<Key>* radix(Pair<Key>* p, Pair<Key>* q, int64_t n) {
  Key all = ~Key(0), any = 0;
  for (int64_t i = 0; i < n; i++) {
    all &= p[i].key;
    any |= p[i].key;
  }
  const Key differ = all ^ any;
  for (int shift = 0; shift < int(sizeof(Key)) * 8; shift += 8) {
    if (((differ >> shift) & 255) == 0) continue;
    int64_t start[256] = {};
    for (int64_t i = 0; i < n; i++) start[(p[i].key >> shift) & 255]++;
    int64_t sum = 0;
    for (int64_t& s : start) {
      const int64_t here = s;
      s = sum;
      sum += here;
    }
    for (int64_t i = 0; i < n; i++) q[start[(p[i].key >> shift) & 255]++] = p[i];
    Pair<Key>* swap = p;
    p = q;
    q = swap;
  }
  return p;
}

template <class T> void sortRows(const ArgSort& a, Frame& f) {
  using Key = typename Keyed<T>::Key;
  const int rank = a.dims.size;
  const int64_t length = a.dims[rank - 1];
  int64_t rows = 1;
  for (int i = 0; i + 1 < rank; i++) rows *= a.dims[i];
  if (rows == 0 || length == 0) return;
  const Walk wx = collapse(rank - 1, a.dims.at, a.x.strides.at), wo = collapse(rank - 1, a.dims.at, a.out.strides.at);
  const int64_t sx = a.x.strides[rank - 1], so = a.out.strides[rank - 1];
  const T* x = reinterpret_cast<const T*>(addressOf(a.x, f));
  int32_t* out = reinterpret_cast<int32_t*>(addressOf(a.out, f));
  const auto offset = [](const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; };
  const int64_t group = most(1, int64_t(double(rows) * 20 / a.micros));
  forTasks(f, ceilDiv(rows, group), a.micros, [&](int64_t t, Scratch& s) {
    Pair<Key>* p = reinterpret_cast<Pair<Key>*>(s.need(length * 2 * int64_t(sizeof(Pair<Key>))));
    for (int64_t row = t * group; row < least(rows, (t + 1) * group); row++) {
      const T* from = x + offset(wx, row);
      int32_t* to = out + offset(wo, row);
      for (int64_t i = 0; i < length; i++) p[i] = {keyOf(from[i * sx]), int32_t(i)};
      const Pair<Key>* sorted = p;
      if (length <= 48) insertion(p, length);
      else sorted = radix(p, p + length, length);
      for (int64_t i = 0; i < length; i++) to[i * so] = sorted[i].at;
    }
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
