// Arithmetic as block functions.
#include "cpu/map.hpp"
#include "kernel/arithmetic.hpp"

namespace cot { namespace COT_ISA {

OpFn opNumber(Code code, DType d) {
  const DType or8 = d == Bool ? U8 : d;  // max and min of bools are those of their bytes
  switch (code) {
    case Code::neg_: return numbers1<Neg>(d);
    case Code::abs_: return numbers1<Abs>(d);
    case Code::sign_: return numbers1<Sign>(d);
    case Code::add_: return numbers2<Add>(d);
    case Code::sub_: return numbers2<Sub>(d);
    case Code::mul_: return numbers2<Mul>(d);
    case Code::div_: return numbers2<Div>(d);
    case Code::pow_: return numbers2<Pow>(d);
    case Code::max_: return numbers2<Max>(or8);
    case Code::min_: return numbers2<Min>(or8);
    case Code::remainder_: return numbers2<Remainder>(d);
    case Code::floorDiv_: return numbers2<FloorDiv>(d);
    default: return nullptr;
  }
}

}}  // namespace cot::COT_ISA
