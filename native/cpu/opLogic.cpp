// Comparisons, bits, choice, casts and random words as block functions.
#include "cpu/map.hpp"
#include "cpu/simd.hpp"
#include "kernel/cast.hpp"
#include "kernel/half.hpp"
#include "kernel/logic.hpp"
#include "kernel/random.hpp"

namespace cot { namespace COT_ISA {

template <class T> static void choose(int64_t n, void* dst, const void* const* args) {
  T* d = static_cast<T*>(dst);
  const uint8_t* c = static_cast<const uint8_t*>(args[0]);
  const T* a = static_cast<const T*>(args[1]);
  const T* b = static_cast<const T*>(args[2]);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; i++) d[i] = Where()(c[i], a[i], b[i]);
}
template <class F> static void words(int64_t n, void* dst, const void* const* args) {
  uint32_t* d = static_cast<uint32_t*>(dst);
  const uint32_t* a = static_cast<const uint32_t*>(args[0]);
  const uint32_t* b = static_cast<const uint32_t*>(args[1]);
  const uint32_t* x = static_cast<const uint32_t*>(args[2]);
  const uint32_t* y = static_cast<const uint32_t*>(args[3]);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; i++) d[i] = F()(a[i], b[i], x[i], y[i]);
}

OpFn opLogic(Code code, DType d) {
  const bool real = isFloat(d);
  const DType or8 = d == Bool ? U8 : d;
  switch (code) {
    case Code::not_: return real ? nullptr : d == Bool ? map1<NotBool, uint8_t, uint8_t> : ints1<Not>(d);
    case Code::eq_: return compares<Eq>(d);
    case Code::ne_: return compares<Ne>(d);
    case Code::lt_: return compares<Lt>(d);
    case Code::le_: return compares<Le>(d);
    case Code::gt_: return compares<Gt>(d);
    case Code::ge_: return compares<Ge>(d);
    case Code::and_: return ints2<And>(or8);
    case Code::or_: return ints2<Or>(or8);
    case Code::xor_: return ints2<Xor>(or8);
    case Code::shl_: return ints2<Shl>(d);
    case Code::shr_: return ints2<Shr>(d);
    case Code::where_: return sizeOf(d) == 1 ? choose<uint8_t> : sizeOf(d) == 2 ? choose<uint16_t> : sizeOf(d) == 4 ? choose<uint32_t> : choose<uint64_t>;
    case Code::threefry0_: return d == U32 ? words<Threefry0> : nullptr;
    case Code::threefry1_: return d == U32 ? words<Threefry1> : nullptr;
    case Code::threefryXor_: return d == U32 ? words<ThreefryXor> : nullptr;
    default: return nullptr;
  }
}

template <class From> static OpFn castFrom(DType to) {
  switch (to) {
    case Bool: return map1<CastBool, From, uint8_t>;
    case U32: return map1<Cast<uint32_t>, From, uint32_t>;
    case I32: return map1<Cast<int32_t>, From, int32_t>;
    case F32: return map1<Cast<float>, From, float>;
    case F64: return map1<Cast<double>, From, double>;
#ifdef COT_RARE
    case U8: return map1<Cast<uint8_t>, From, uint8_t>;
    case I64: return map1<Cast<int64_t>, From, int64_t>;
#endif
    default: return nullptr;
  }
}
#ifdef __F16C__
typedef float Floats __attribute__((vector_size(32), aligned(4), may_alias));
typedef short Halves __attribute__((vector_size(16), aligned(2), may_alias));
/// Eight at a time; one by one they are the same.
static void toF16(int64_t n, void* dst, const void* const* args) {
  uint16_t* d = static_cast<uint16_t*>(dst);
  const float* a = static_cast<const float*>(args[0]);
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) *reinterpret_cast<Halves*>(d + i) = Halves(COT_TO_F16(*reinterpret_cast<const Floats*>(a + i)));
  for (; i < n; i++) d[i] = ToF16()(a[i]);
}
static void fromF16(int64_t n, void* dst, const void* const* args) {
  float* d = static_cast<float*>(dst);
  const uint16_t* a = static_cast<const uint16_t*>(args[0]);
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) *reinterpret_cast<Floats*>(d + i) = COT_FROM_F16(*reinterpret_cast<const Halves*>(a + i));
  for (; i < n; i++) d[i] = FromF16()(a[i]);
}
#else
constexpr OpFn toF16 = map1<ToF16, float, uint16_t>, fromF16 = map1<FromF16, uint16_t, float>;
#endif
/// Halves from and to what they are computed in, and from f64 with one rounding.
static OpFn castHalf(DType from, DType to) {
  switch (to) {
    case F16: return from == F32 ? toF16 : from == F64 ? map1<FromDouble<ToF16>, double, uint16_t> : nullptr;
    case BF16: return from == F32 ? map1<ToBf16, float, uint16_t> : from == F64 ? map1<FromDouble<ToBf16>, double, uint16_t> : nullptr;
    default: return to != F32 ? nullptr : from == F16 ? fromF16 : map1<FromBf16, uint16_t, float>;
  }
}
#ifdef COT_RARE
/// Narrow integers from and to i32.
static OpFn castNarrow(DType from, DType to) {
  if (from == I32) return to == I8 ? map1<Cast<int8_t>, int32_t, int8_t> : map1<Cast<int16_t>, int32_t, int16_t>;
  if (to == I32) return from == I8 ? map1<Cast<int32_t>, int8_t, int32_t> : from == I16 ? map1<Cast<int32_t>, int16_t, int32_t> : map1<Cast<int32_t>, uint16_t, int32_t>;
  return nullptr;
}
#else
static OpFn castNarrow(DType, DType) { return nullptr; }
#endif
OpFn opCast(DType from, DType to) {
  if (from >= F16 || to >= F16) return castHalf(from, to);
  if (!computes(from) || !computes(to)) return castNarrow(from, to);
  switch (from) {
    case Bool: case U8: return castFrom<uint8_t>(to);
    case U32: return castFrom<uint32_t>(to);
    case I32: return castFrom<int32_t>(to);
    case F32: return castFrom<float>(to);
    case F64: return castFrom<double>(to);
#ifdef COT_RARE
    case I64: return castFrom<int64_t>(to);
#endif
    default: return nullptr;
  }
}

}}  // namespace cot::COT_ISA
