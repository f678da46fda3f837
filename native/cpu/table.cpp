// The table of this instruction set.
#include "cpu/entry.hpp"
#include "cpu/gemm.hpp"

#define COT_TEXT_(x) #x
#define COT_TEXT(x) COT_TEXT_(x)

namespace cot { namespace COT_ISA {

template <class T>
static void product(int64_t m, int64_t n, int64_t k, const T* a, int64_t aRow, int64_t aColumn, const T* b, int64_t bRow, int64_t bColumn,
                    T* c, int64_t ldc, bool add, char* work) {
  gemm<T>(m, n, k, {a, aRow, aColumn}, {b, bRow, bColumn}, c, ldc, add, work);
}

extern const Kernels table = {COT_TEXT(COT_ISA), op,     link,       pass,  loop,      loops,   loopBytes, dot, conv,
                              maxPool,           gather, scatterAdd, cumulative, sort, dft, factor, attention,
                              product<float>,    product<double>, chains,
#ifdef __AVX2__
                              sortKeys,          partKeys};
#else
                              nullptr,           nullptr};
#endif

}}  // namespace cot::COT_ISA
