#include "cpu/eight.hpp"
#include "cpu/entry.hpp"

#include "kernel/arithmetic.hpp"
#include "kernel/logic.hpp"

namespace cot { namespace COT_ISA {
namespace {

template <class T> constexpr T lowest() {
  return isReal<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
}
template <class T> constexpr T highest() {
  return isReal<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
}
template <class T> struct SumOf : Add { static constexpr T unit = 0; };
template <class T> struct ProdOf : Mul { static constexpr T unit = 1; };
template <class T> struct MaxOf : Max { static constexpr T unit = lowest<T>(); };
template <class T> struct MinOf : Min { static constexpr T unit = highest<T>(); };
template <class T> struct AllOf : And { static constexpr T unit = 1; };
template <class T> struct AnyOf : Or { static constexpr T unit = 0; };

/// S(p): the p_j are made and added one after the other, a level of lanes for each level of the tree.
void tree(const Fold& f, const char* x, int64_t n, void* value) {
  if (n == 1) {
    std::memcpy(value, x, size_t(f.part));   // nothing changes by adding absent lanes to a part
    return;
  }
  alignas(64) char level[8][64];
  int64_t at[8] = {};
  int levels = 1;
  for (int64_t m = n; m > chunk; m = ceilDiv(m, chunk)) levels++;
  for (int k = 0; k < levels; k++) f.start(level[k]);
  for (int64_t i = 0; i < n; i += chunk) {
    alignas(8) char part[8];
    f.start(level[0]);
    f.add(level[0], x + i * f.part, least(chunk, n - i), 0);
    for (int k = 1; k < levels; k++) {
      f.finish(level[k - 1], part);
      if (k > 1) {
        f.start(level[k - 1]);
        at[k - 1] = 0;
      }
      f.add(level[k], part, 1, at[k]++);
      if (at[k] < chunk && i + chunk < n) break;
    }
  }
  f.finish(level[levels - 1], value);
}

template <class F, class T> struct Lanes {
  using E = Eight<T>;
  using V = typename E::V;
  static T join(const T* l) { return join(E::load(l)); }
  /// ((0+1)+(2+3))+((4+5)+(6+7)): neighbours, then pairs, then halves; the result is lane 0.
  static T join(V l) {
    using I = typename std::conditional<sizeof(T) == 1, int8_t, typename std::conditional<sizeof(T) == 4, int32_t, int64_t>::type>::type;
    typedef I M __attribute__((vector_size(8 * sizeof(T))));
    const F f;
    l = eight<T>(f, l, COT_SHUFFLE(l, M{1, 0, 3, 2, 5, 4, 7, 6}));
    l = eight<T>(f, l, COT_SHUFFLE(l, M{2, 3, 0, 1, 6, 7, 4, 5}));
    l = eight<T>(f, l, COT_SHUFFLE(l, M{4, 5, 6, 7, 0, 1, 2, 3}));
    return l[0];
  }
  static void start(void* state) {
    T* l = static_cast<T*>(state);
    for (int i = 0; i < 8; i++) l[i] = F::unit;
  }
  static void add(void* state, const void* from, int64_t n, int64_t index) {
    const F f;
    const T* x = static_cast<const T*>(from);
    T* s = static_cast<T*>(state);
    int64_t i = 0;
    for (; i < n && ((index + i) & 7) != 0; i++) s[(index + i) & 7] = f(s[(index + i) & 7], x[i]);
    if (i + 8 <= n) {
      V l = E::load(s);
      for (; i + 8 <= n; i += 8) l = eight<T>(f, l, E::load(x + i));
      __builtin_memcpy(s, &l, sizeof l);
    }
    for (int j = 0; j < 8 && i < n; i++, j++) s[j] = f(s[j], x[i]);
  }
  static void finish(const void* state, void* part) { *static_cast<T*>(part) = join(static_cast<const T*>(state)); }
  static void rows(const void* from, int64_t rows, int64_t length, void* values) {
    const F f;
    const T* x = static_cast<const T*>(from);
    const T* end = x + rows * length;
    T* v = static_cast<T*>(values);
    const T u = F::unit;
    const V units = {u, u, u, u, u, u, u, u}, lane = {0, 1, 2, 3, 4, 5, 6, 7};
    const int64_t whole = length / 8 * 8;
    const T tail = T(length - whole);
    const V tails = {tail, tail, tail, tail, tail, tail, tail, tail};
    const auto finished = [&](int64_t r, V l) {
      if (whole < length) {
        // Absent lanes take the unit, which changes no lane. The last rows may not be read past.
        const T* rest = x + r * length + whole;
        V last = units;
        if (rest + 8 <= end) last = lane < tails ? E::load(rest) : units;
        else for (int64_t i = whole; i < length; i++) last[i - whole] = x[r * length + i];
        l = eight<T>(f, l, last);
      }
      v[r] = join(l);
    };
    // Four side by side, each a quarter of all rows after the one before: chains of additions over stretches of memory that are fetched
    // ahead by themselves.
    const int64_t q = rows / 4;
    for (int64_t r = 0; r < q; r++) {
      const T *one = x + r * length, *two = one + q * length, *three = two + q * length, *four = three + q * length;
      V a = units, b = units, c = units, d = units;
      for (int64_t i = 0; i < whole; i += 8) {
        a = eight<T>(f, a, E::load(one + i));
        b = eight<T>(f, b, E::load(two + i));
        c = eight<T>(f, c, E::load(three + i));
        d = eight<T>(f, d, E::load(four + i));
      }
      finished(r, a);
      finished(r + q, b);
      finished(r + 2 * q, c);
      finished(r + 3 * q, d);
    }
    for (int64_t r = 4 * q; r < rows; r++) {
      V l = units;
      for (int64_t i = 0; i < whole; i += 8) l = eight<T>(f, l, E::load(x + r * length + i));
      finished(r, l);
    }
  }
  static void startColumns(void* state, int64_t width) {
    T* l = static_cast<T*>(state);
    for (int64_t i = 0; i < 8 * width; i++) l[i] = F::unit;
  }
  static void addColumns(void* state, const void* from, int64_t width, int64_t index) {
    const F f;
    const T* __restrict x = static_cast<const T*>(from);
    T* __restrict l = static_cast<T*>(state) + (index & 7) * width;
    for (int64_t i = 0; i < width; i++) l[i] = f(l[i], x[i]);
  }
  static void finishColumns(const void* state, int64_t width, void* parts, int64_t stride) {
    const F f;
    const T* s = static_cast<const T*>(state);
    T* p = static_cast<T*>(parts);
    const auto lane = [&](int64_t j, int64_t i) { return s[j * width + i]; };
    const auto joined = [&](int64_t i) {
      return f(f(f(lane(0, i), lane(1, i)), f(lane(2, i), lane(3, i))), f(f(lane(4, i), lane(5, i)), f(lane(6, i), lane(7, i))));
    };
    if (stride == 1) for (int64_t i = 0; i < width; i++) p[i] = joined(i);
    else for (int64_t i = 0; i < width; i++) p[i * stride] = joined(i);
  }
  static void merge(const void* parts, int64_t count, void* value) { tree(fold, static_cast<const char*>(parts), count, value); }
  static void empty(void* value) { *static_cast<T*>(value) = F::unit; }
  static constexpr Fold fold = {sizeof(T), sizeof(T), sizeof(T), 8, start, add, finish, rows,
                                startColumns, addColumns, finishColumns, merge, empty};
};

/// The best so far and where it was; -1 before the first.
template <class T> struct Best {
  T value;
  int64_t at;
};
template <class T, bool least> struct Arg {
  static bool beats(T a, T b) {  // strictly: the earlier one stays
    if (a != a) return b == b;
    return least ? a < b : a > b;
  }
  static void take(Best<T>& b, T x, int64_t at) {
    if (b.at < 0 || beats(x, b.value)) b = {x, at};
  }
  static void start(void* state) { *static_cast<Best<T>*>(state) = {T(0), -1}; }
  static void add(void* state, const void* from, int64_t n, int64_t index) {
    const T* x = static_cast<const T*>(from);
    Best<T>& b = *static_cast<Best<T>*>(state);
    for (int64_t i = 0; i < n; i++) take(b, x[i], index + i);
  }
  static void finish(const void* state, void* part) { *static_cast<Best<T>*>(part) = *static_cast<const Best<T>*>(state); }
  static void rows(const void* from, int64_t rows, int64_t length, void* values) {
    const T* x = static_cast<const T*>(from);
    for (int64_t r = 0; r < rows; r++, x += length) {
      T best = x[0];
      int64_t at = 0;
      for (int64_t i = 1; i < length; i++)
        if (beats(x[i], best)) {
          best = x[i];
          at = i;
        }
      static_cast<int32_t*>(values)[r] = int32_t(at);
    }
  }
  static void startColumns(void* state, int64_t width) {
    for (int64_t i = 0; i < width; i++) start(static_cast<Best<T>*>(state) + i);
  }
  static void addColumns(void* state, const void* from, int64_t width, int64_t index) {
    const T* x = static_cast<const T*>(from);
    for (int64_t i = 0; i < width; i++) take(static_cast<Best<T>*>(state)[i], x[i], index);
  }
  static void finishColumns(const void* state, int64_t width, void* parts, int64_t stride) {
    for (int64_t i = 0; i < width; i++)
      static_cast<Best<T>*>(parts)[i * stride] = static_cast<const Best<T>*>(state)[i];
  }
  static void merge(const void* parts, int64_t count, void* value) {
    const Best<T>* p = static_cast<const Best<T>*>(parts);
    Best<T> b = p[0];
    for (int64_t i = 1; i < count; i++) take(b, p[i].value, p[i].at);
    *static_cast<int32_t*>(value) = int32_t(b.at);
  }
  static void empty(void* value) { *static_cast<int32_t*>(value) = 0; }
  static constexpr Fold fold = {sizeof(Best<T>), 4, sizeof(Best<T>), 1, start, add, finish, rows,
                                startColumns, addColumns, finishColumns, merge, empty};
};

/// Sums and products of integers wrap, so signed ones are those of their bits.
template <template <class> class F> const Fold* wrapping(DType d) {
  switch (d) {
    case U32: case I32: return &Lanes<F<uint32_t>, uint32_t>::fold;
    case F32: return &Lanes<F<float>, float>::fold;
    case F64: return &Lanes<F<double>, double>::fold;
#ifdef COT_RARE
    case U8: return &Lanes<F<uint8_t>, uint8_t>::fold;
    case I64: return &Lanes<F<uint64_t>, uint64_t>::fold;
#endif
    default: return nullptr;
  }
}
template <template <class> class F> const Fold* ordered(DType d) {
  switch (d) {
    case I32: return &Lanes<F<int32_t>, int32_t>::fold;
    case F32: return &Lanes<F<float>, float>::fold;
    case F64: return &Lanes<F<double>, double>::fold;
#ifdef COT_RARE
    case U8: return &Lanes<F<uint8_t>, uint8_t>::fold;
    case U32: return &Lanes<F<uint32_t>, uint32_t>::fold;
    case I64: return &Lanes<F<int64_t>, int64_t>::fold;
#endif
    default: return nullptr;
  }
}
#ifdef COT_RARE
template <bool least> const Fold* args(DType d) {
  switch (d) {
    case Bool: case U8: return &Arg<uint8_t, least>::fold;
    case U32: return &Arg<uint32_t, least>::fold;
    case I32: return &Arg<int32_t, least>::fold;
    case I64: return &Arg<int64_t, least>::fold;
    case F32: return &Arg<float, least>::fold;
    case F64: return &Arg<double, least>::fold;
    default: return nullptr;
  }
}
#endif
const Fold* own(SinkKind kind, DType d) {
  switch (kind) {
    case SinkKind::sum: return wrapping<SumOf>(d);
    case SinkKind::prod: return wrapping<ProdOf>(d);
    case SinkKind::max: return d == Bool ? &Lanes<AnyOf<uint8_t>, uint8_t>::fold : ordered<MaxOf>(d);
    case SinkKind::min: return d == Bool ? &Lanes<AllOf<uint8_t>, uint8_t>::fold : ordered<MinOf>(d);
    case SinkKind::and_: return &Lanes<AllOf<uint8_t>, uint8_t>::fold;
    case SinkKind::or_: return &Lanes<AnyOf<uint8_t>, uint8_t>::fold;
#ifdef COT_RARE
    case SinkKind::argmax: return args<false>(d);
    case SinkKind::argmin: return args<true>(d);
#endif
    default: return nullptr;
  }
}

}  // namespace

/// Null where a reduction does not take the dtype.
const Fold* foldOf(SinkKind kind, DType d) {
  const Fold* f = own(kind, d);
#ifndef COT_RARE
  if (f == nullptr) f = COT_NARROW::foldOf(kind, d);
#endif
  return f;
}

}}  // namespace cot::COT_ISA
