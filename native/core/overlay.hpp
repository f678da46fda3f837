// Outputs over inputs that nobody needs any more: a state is then updated where it lies.
#pragma once
#include <vector>

#include "core/decode.hpp"

namespace cot {

/// Which instructions of the plan touch a buffer first and last (-1: none), and how often it is written.
struct Touched { int32_t first = -1, last = -1, writes = 0; };
/// Fills `overlays` and `calm` of a plan whose loops are prepared.
void findOverlays(Plan& plan, const std::vector<Touched>& touched);

}  // namespace cot
