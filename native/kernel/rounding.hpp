// To integers, staying floats. `round` takes halves to the even neighbour.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

struct Floor { template <class T> COT_HD T operator()(T a) const { return std::floor(a); } };
struct Ceil { template <class T> COT_HD T operator()(T a) const { return std::ceil(a); } };
struct Round { template <class T> COT_HD T operator()(T a) const { return std::nearbyint(a); } };
struct Trunc { template <class T> COT_HD T operator()(T a) const { return std::trunc(a); } };
struct Sqrt { template <class T> COT_HD T operator()(T a) const { return std::sqrt(a); } };
struct Rsqrt { template <class T> COT_HD T operator()(T a) const { return T(1) / std::sqrt(a); } };

}}  // namespace cot::COT_ISA
