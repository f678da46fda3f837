// Comparisons, bits and choice. bool is one byte, 0 or 1; `not` is logical on it and bitwise on integers. Shifting by the
// width or more gives what is left when every bit has gone: 0, or the sign.
#pragma once
#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

struct Eq { template <class T> COT_HD uint8_t operator()(T a, T b) const { return a == b; } };
struct Ne { template <class T> COT_HD uint8_t operator()(T a, T b) const { return a != b; } };
struct Lt { template <class T> COT_HD uint8_t operator()(T a, T b) const { return a < b; } };
struct Le { template <class T> COT_HD uint8_t operator()(T a, T b) const { return a <= b; } };
struct Gt { template <class T> COT_HD uint8_t operator()(T a, T b) const { return a > b; } };
struct Ge { template <class T> COT_HD uint8_t operator()(T a, T b) const { return a >= b; } };
struct And { template <class T> COT_HD T operator()(T a, T b) const { return T(a & b); } };
struct Or { template <class T> COT_HD T operator()(T a, T b) const { return T(a | b); } };
struct Xor { template <class T> COT_HD T operator()(T a, T b) const { return T(a ^ b); } };
struct Not { template <class T> COT_HD T operator()(T a) const { return T(~a); } };
struct NotBool { COT_HD uint8_t operator()(uint8_t a) const { return a == 0; } };
struct Shl {
  template <class T> COT_HD T operator()(T a, T b) const {
    const Wrap<T> n = Wrap<T>(b);
    constexpr Wrap<T> width = sizeof(T) * 8;
    return n < width ? T(Wrap<T>(Wrap<T>(a) << n)) : T(0);
  }
};
struct Shr {
  template <class T> COT_HD T operator()(T a, T b) const {
    const Wrap<T> n = Wrap<T>(b);
    constexpr Wrap<T> width = sizeof(T) * 8;
    if constexpr (std::is_signed<T>::value) return T(a >> (n < width ? n : width - 1));
    else return n < width ? T(a >> n) : T(0);
  }
};
struct Where { template <class T> COT_HD T operator()(uint8_t c, T a, T b) const { return c != 0 ? a : b; } };

}}  // namespace cot::COT_ISA
