// What the processes of a group give each other, decoded.
#pragma once
#include "core/comm.hpp"
#include "core/plan.hpp"

namespace cot {

/// Begins; its memory is left alone until a wait of the same list.
struct Exchange : Instruction {
  int64_t processes;
  bool awaited;                // nothing is computed before all are waited for
  Call call;                   // all but the addresses
  View x, out;                 // dense, apart
};
/// Until at most `left` of the exchanges that were begun are under way, the youngest ones.
struct Wait : Instruction { int64_t left; };

}  // namespace cot
