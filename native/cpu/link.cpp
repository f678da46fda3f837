// Passes: operations that follow each other, eight vectors at a time, then one. A link takes the vectors in registers, does one
// operation with them and goes to the next link as its last act, so that nothing between two operations touches memory. What an
// operation does is its functor's, lane by lane, so that a pass gives the bits of its operations one after the other.
#include "cpu/entry.hpp"
#include "cpu/simd.hpp"
#include "kernel/arithmetic.hpp"
#include "kernel/rounding.hpp"

namespace cot { namespace COT_ISA {
namespace {

typedef char V __attribute__((vector_size(vectorBytes)));
typedef char U __attribute__((vector_size(vectorBytes), aligned(1), may_alias));
using Eight = void (*)(const Link*, int64_t at, V, V, V, V, V, V, V, V);
using One = void (*)(const Link*, int64_t at, V);
Eight eightOf(const Link* l) { return reinterpret_cast<Eight>(l->fn.eight); }
One oneOf(const Link* l) { return reinterpret_cast<One>(l->fn.one); }

COT_HD V get(const char* p) { return *reinterpret_cast<const U*>(p); }
COT_HD void put(char* p, V v) { *reinterpret_cast<U*>(p) = v; }

/// A functor on all lanes.
template <class F, class T, class... More> COT_HD V lanes(V a, More... b) {
  constexpr int n = vectorBytes / int(sizeof(T));
  T x[n], y[n];
  __builtin_memcpy(x, &a, sizeof a);
  (__builtin_memcpy(y, &b, sizeof a), ...);
  for (int i = 0; i < n; i++) {
    if constexpr (sizeof...(b) == 0) x[i] = F()(x[i]);
    else x[i] = F()(x[i], y[i]);
  }
  __builtin_memcpy(&a, x, sizeof a);
  return a;
}
/// What a link does with one vector; `y` is where its other operand lies, if it has one.
template <class F, class T, Made made> struct Does {
  static COT_HD V of(V a, const char* y) {
    if constexpr (std::is_invocable<F, T>::value) return lanes<F, T>(a);
    else if constexpr (made == Made::left) return lanes<F, T>(a, get(y));
    else if constexpr (made == Made::right) return lanes<F, T>(get(y), a);
    else return lanes<F, T>(a, a);
  }
};

constexpr int64_t step = vectorBytes;
template <class D> void eight(const Link* l, int64_t at, V a, V b, V c, V d, V e, V f, V g, V h) {
  const char* y = l->at + at;
  eightOf(l + 1)(l + 1, at, D::of(a, y), D::of(b, y + step), D::of(c, y + 2 * step), D::of(d, y + 3 * step),
                 D::of(e, y + 4 * step), D::of(f, y + 5 * step), D::of(g, y + 6 * step), D::of(h, y + 7 * step));
}
template <class D> void one(const Link* l, int64_t at, V a) { oneOf(l + 1)(l + 1, at, D::of(a, l->at + at)); }
void putEight(const Link* l, int64_t at, V a, V b, V c, V d, V e, V f, V g, V h) {
  char* to = const_cast<char*>(l->at) + at;
  put(to, a);
  put(to + step, b);
  put(to + 2 * step, c);
  put(to + 3 * step, d);
  put(to + 4 * step, e);
  put(to + 5 * step, f);
  put(to + 6 * step, g);
  put(to + 7 * step, h);
}
void putOne(const Link* l, int64_t at, V a) { put(const_cast<char*>(l->at) + at, a); }
/// Writes and goes on.
void keepEight(const Link* l, int64_t at, V a, V b, V c, V d, V e, V f, V g, V h) {
  putEight(l, at, a, b, c, d, e, f, g, h);
  eightOf(l + 1)(l + 1, at, a, b, c, d, e, f, g, h);
}
void keepOne(const Link* l, int64_t at, V a) {
  putOne(l, at, a);
  oneOf(l + 1)(l + 1, at, a);
}

LinkFn pair(Eight eight, One one) { return {reinterpret_cast<void (*)()>(eight), reinterpret_cast<void (*)()>(one)}; }
template <class D> LinkFn linkOf() { return pair(eight<D>, one<D>); }
template <class F, class T> LinkFn two(Made m) {
  return m == Made::left ? linkOf<Does<F, T, Made::left>>() : m == Made::right ? linkOf<Does<F, T, Made::right>>() : linkOf<Does<F, T, Made::all>>();
}
template <class F, class T> LinkFn single() { return linkOf<Does<F, T, Made::all>>(); }

/// Arithmetic of any numbers.
template <class T> LinkFn number(Code code, Made m) {
  switch (code) {
    case Code::neg_: return single<Neg, T>();
    case Code::abs_: return single<Abs, T>();
    case Code::add_: return two<Add, T>(m);
    case Code::sub_: return two<Sub, T>(m);
    case Code::mul_: return two<Mul, T>(m);
    case Code::max_: return two<Max, T>(m);
    case Code::min_: return two<Min, T>(m);
    default: return {nullptr, nullptr};
  }
}
template <class T> LinkFn real(Code code, Made m) {
  switch (code) {
    case Code::div_: return two<Div, T>(m);
    case Code::sqrt_: return single<Sqrt, T>();
    case Code::rsqrt_: return single<Rsqrt, T>();
    default: return number<T>(code, m);
  }
}

}  // namespace

LinkFn link(Code code, DType d, Made made) {
  switch (d) {
    case F32: return real<float>(code, made);
    case F64: return real<double>(code, made);
    case I32: return number<int32_t>(code, made);
    default: return {nullptr, nullptr};
  }
}
int64_t pass(Link* links, int n, int64_t from, int64_t to) {
  for (int i = 1; i < n - 1; i++)
    if (links[i].fn.eight == nullptr) links[i].fn = pair(keepEight, keepOne);
  links[n - 1].fn = pair(putEight, putOne);
  const Link* const next = links + 1;
  int64_t at = from;
  for (; at + 8 * step <= to; at += 8 * step) {
    const char* x = links->at + at;
    eightOf(next)(next, at, get(x), get(x + step), get(x + 2 * step), get(x + 3 * step), get(x + 4 * step), get(x + 5 * step), get(x + 6 * step), get(x + 7 * step));
  }
  for (; at + step <= to; at += step) oneOf(next)(next, at, get(links->at + at));
  return at;
}

}}  // namespace cot::COT_ISA
