// One function an instruction kind, and the instruction sets that it is compiled for. A set takes what it has not got from
// the next narrower one (COT_NARROW); dtypes that are rare in loops (COT_RARE) are compiled for the baseline only.
#pragma once
#include "cpu/fold.hpp"
#include "cpu/kernels.hpp"

#define COT_ONCE                              \
  void gather(const Indexed&, Frame&);        \
  void scatterAdd(const Indexed&, Frame&);    \
  void sort(const Sort&, Frame&);
#define COT_TWICE                             \
  OpFn op(Code code, DType in, DType out);    \
  LinkFn link(Code code, DType d, Made made); \
  int64_t pass(Link* links, int n, int64_t from, int64_t to); \
  const Fold* foldOf(SinkKind kind, DType d); \
  void loop(const Loop&, Frame&);             \
  void loops(const Instruction* const* first, int32_t n, Frame&); \
  int64_t loopBytes(const Loop&);             \
  void loopPart(const Loop&, const Frame&, int64_t from, int64_t rows, int64_t step, int64_t n, char* memory); \
  void maxPool(const MaxPool&, Frame&);       \
  void cumulative(const Cumulative&, Frame&); \
  void dft(const Dft&, Frame&);             \
  void factor(const Factor&, Frame&);
#define COT_EVERYWHERE                        \
  void attention(const Attention&, Frame&);   \
  void dot(const Dot&, Frame&);               \
  void conv(const Conv&, Frame&);             \
  double chains(int64_t rounds, float* to);
#define COT_VECTORS                                 \
  void sortKeys(int32_t* p, int64_t n, int32_t* q); \
  void partKeys(int32_t* p, int64_t n, int32_t* to, int32_t* q, const int32_t* pivots, int64_t parts, int32_t** begin);

namespace cot {
namespace baseline {
COT_ONCE COT_TWICE COT_EVERYWHERE
}
#ifdef COT_X86
namespace avx2 {
COT_VECTORS
using baseline::gather;
using baseline::scatterAdd;
using baseline::sort;
COT_TWICE COT_EVERYWHERE
}
namespace avx512 {
using namespace avx2;
COT_EVERYWHERE COT_VECTORS
}
#endif
}  // namespace cot
