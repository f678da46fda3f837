// The loops that functors run in, one block at a time.
#pragma once
#include "cpu/kernels.hpp"
#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

template <class F, class A, class R> static void map1(int64_t n, void* dst, const void* const* args) {
  R* d = static_cast<R*>(dst);
  const A* a = static_cast<const A*>(args[0]);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; i++) d[i] = R(F()(a[i]));
}
template <class F, class A, class R> static void map2(int64_t n, void* dst, const void* const* args) {
  R* d = static_cast<R*>(dst);
  const A* a = static_cast<const A*>(args[0]);
  const A* b = static_cast<const A*>(args[1]);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; i++) d[i] = R(F()(a[i], b[i]));
}

template <class F> static OpFn floats1(DType d) {
  switch (d) {
    case F32: return map1<F, float, float>;
    case F64: return map1<F, double, double>;
    default: return nullptr;
  }
}
template <class F> static OpFn floats2(DType d) {
  switch (d) {
    case F32: return map2<F, float, float>;
    case F64: return map2<F, double, double>;
    default: return nullptr;
  }
}
template <class F> static OpFn ints1(DType d) {
  switch (d) {
    case U32: return map1<F, uint32_t, uint32_t>;
    case I32: return map1<F, int32_t, int32_t>;
#ifdef COT_RARE
    case U8: return map1<F, uint8_t, uint8_t>;
    case I64: return map1<F, int64_t, int64_t>;
#endif
    default: return nullptr;
  }
}
template <class F> static OpFn ints2(DType d) {
  switch (d) {
    case U32: return map2<F, uint32_t, uint32_t>;
    case I32: return map2<F, int32_t, int32_t>;
#ifdef COT_RARE
    case U8: return map2<F, uint8_t, uint8_t>;
    case I64: return map2<F, int64_t, int64_t>;
#endif
    default: return nullptr;
  }
}
template <class F> static OpFn numbers1(DType d) { return isFloat(d) ? floats1<F>(d) : ints1<F>(d); }
template <class F> static OpFn numbers2(DType d) { return isFloat(d) ? floats2<F>(d) : ints2<F>(d); }
/// bool and u8 are the same byte here.
template <class F> static OpFn compares(DType d) {
  switch (d) {
    case U32: return map2<F, uint32_t, uint8_t>;
    case I32: return map2<F, int32_t, uint8_t>;
    case F32: return map2<F, float, uint8_t>;
    case F64: return map2<F, double, uint8_t>;
#ifdef COT_RARE
    case Bool: case U8: return map2<F, uint8_t, uint8_t>;
    case I64: return map2<F, int64_t, uint8_t>;
#endif
    default: return nullptr;
  }
}

OpFn opMath(Code code, DType d);     // floats to floats
OpFn opNumber(Code code, DType d);   // arithmetic
OpFn opLogic(Code code, DType d);    // comparisons, bits, choice, random words
OpFn opCast(DType from, DType to);

}}  // namespace cot::COT_ISA
