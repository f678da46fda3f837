// The order in which a turn's lines are written.
#pragma once
#include "core/steps.hpp"

namespace cot {

/// A line of one of the vectors that a turn goes through.
struct At { int32_t line; int copy; };
/// As a processor would take them that issues four a cycle and sees the whole turn: of the lines whose operands are there that
/// which most waits for, the first vectors before the others, and none whose value finds no room in so many registers.
std::vector<At> scheduled(const Recipe& r, int copies, int room);

}  // namespace cot
