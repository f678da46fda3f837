// The table of this instruction set.
#include "cpu/entry.hpp"

#define COT_TEXT_(x) #x
#define COT_TEXT(x) COT_TEXT_(x)

namespace cot { namespace COT_ISA {

extern const Kernels table = {COT_TEXT(COT_ISA), op,     loop,       dot,     conv,
                              maxPool,           gather, scatterAdd, cumulative, argSort, dft};

}}  // namespace cot::COT_ISA
