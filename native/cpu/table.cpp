// The table of this instruction set.
#include "cpu/map.hpp"
#include "cpu/entry.hpp"

#define COT_TEXT_(x) #x
#define COT_TEXT(x) COT_TEXT_(x)

namespace cot { namespace COT_ISA {

static OpFn op(Code code, DType in, DType out) {
  if (code == Code::cast_) return opCast(in, out);
  const bool compares = code >= Code::eq_ && code <= Code::ge_;
  if (out != (compares ? Bool : in)) return nullptr;
  OpFn f = opNumber(code, in);
  if (f == nullptr) f = opMath(code, in);
  if (f == nullptr) f = opLogic(code, in);
  return f;
}

extern const Kernels table = {COT_TEXT(COT_ISA), op,     loop,       dot,     conv,
                              maxPool,           gather, scatterAdd, cumulative, argSort};

}}  // namespace cot::COT_ISA
