// The block function of an operation: of this instruction set, or of the next narrower one.
#include "cpu/entry.hpp"
#include "cpu/map.hpp"

namespace cot { namespace COT_ISA {

OpFn op(Code code, DType in, DType out) {
  const bool casts = code == Code::cast_, compares = code >= Code::eq_ && code <= Code::ge_;
  if (!casts && out != (compares ? Bool : in)) return nullptr;
  OpFn f = casts ? opCast(in, out) : opNumber(code, in);
  if (f == nullptr) f = opMath(code, in);
  if (f == nullptr) f = opLogic(code, in);
#ifndef COT_RARE
  if (f == nullptr) f = COT_NARROW::op(code, in, out);
#endif
  return f;
}

}}  // namespace cot::COT_ISA
