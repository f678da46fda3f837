// The order in which a turn's lines are written.
#pragma once
#include "core/steps.hpp"

namespace cot {

/// A line of one of the vectors that a turn goes through.
struct At { int32_t line; int copy; };
/// With `apart` one vector after the other. Else those of VEX line by line, and of EVEX, whose registers leave more of a choice,
/// as a processor would take them that issues four a cycle and sees the whole turn: of the lines whose operands are there that
/// which most waits for, the first vectors before the others, and none whose value finds no room in so many registers.
std::vector<At> orderOf(const Recipe& r, int copies, bool apart);

}  // namespace cot
