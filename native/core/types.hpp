// The words everybody uses: dtypes, lists without owners, and the error that everybody may meet. Functions here are `static`
// on purpose: this header is compiled for several instruction sets, and a merged inline function could carry the wrong one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <exception>

namespace cot {

/// From I8 on dtypes are stored, moved and cast only; programs compute in the ones before.
enum DType : uint8_t { Bool, U8, U32, I32, I64, F32, F64, I8, I16, U16, F16, BF16 };
constexpr int dtypes = 12;
constexpr int maxRank = 16;
constexpr int maxLevels = 16;

static inline int64_t sizeOf(DType d) {
  constexpr int64_t bytes[dtypes] = {1, 1, 4, 4, 8, 4, 8, 1, 2, 2, 2, 2};
  return bytes[d];
}
static inline bool computes(DType d) { return d <= F64; }
static inline bool isFloat(DType d) { return d == F32 || d == F64; }
static inline bool isHalf(DType d) { return d == F16 || d == BF16; }
static inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/// Elements owned by somebody else (the plan, as a rule).
template <class T> struct List {
  T* at = nullptr;
  int32_t size = 0;
  T& operator[](int64_t i) const { return at[i]; }
  T* begin() const { return at; }
  T* end() const { return at + size; }
};

/// Memory that could not be had.
struct OutOfMemory : std::exception {
  double bytes;
  explicit OutOfMemory(double b) : bytes(b) {}
  const char* what() const noexcept override { return "out of memory"; }
};

}  // namespace cot
