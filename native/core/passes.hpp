// Operations that the interpreter takes together.
#pragma once
#include "core/plan.hpp"

namespace cot {

/// Runs of operations that follow each other in a group, each of which reads the one before: what such a run makes on its way stays
/// in registers of the machine (cpu/link.cpp), and is written where others read it.
void joinPasses(Loop& loop);

}  // namespace cot
