// One function an instruction kind.
#pragma once
#include "cpu/kernels.hpp"

namespace cot { namespace COT_ISA {

void loop(const Loop&, Frame&);
void dot(const Dot&, Frame&);
void conv(const Conv&, Frame&);
void maxPool(const MaxPool&, Frame&);
void gather(const Indexed&, Frame&);
void scatterAdd(const Indexed&, Frame&);
void cumulative(const Cumulative&, Frame&);
void argSort(const ArgSort&, Frame&);

}}  // namespace cot::COT_ISA
