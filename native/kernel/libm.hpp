// Functions that libm computes: f32 goes through double, so its result is rounded once. Candidates for polynomials of
// their own when a program is seen to spend its time here.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

#define COT_LIBM(Name, function)                                                               \
  struct Name {                                                                                \
    COT_HD float operator()(float x) const { return float(std::function(double(x))); }          \
    COT_HD double operator()(double x) const { return std::function(x); }                       \
  };
COT_LIBM(Asinh, asinh)
COT_LIBM(Acosh, acosh)
COT_LIBM(Atanh, atanh)
#undef COT_LIBM
struct Atan2 {
  COT_HD float operator()(float y, float x) const { return float(std::atan2(double(y), double(x))); }
  COT_HD double operator()(double y, double x) const { return std::atan2(y, x); }
};

}}  // namespace cot::COT_ISA
