// Operations that the interpreter takes together.
#pragma once
#include "core/plan.hpp"

namespace cot {

/// Runs of operations that follow each other in a group, each but the last read by the next one only: what such a run makes on
/// its way stays in registers of the machine (cpu/link.cpp).
void joinPasses(Loop& loop);

}  // namespace cot
