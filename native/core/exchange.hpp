// What the processes of a group give each other, decoded.
#pragma once
#include "core/comm.hpp"
#include "core/plan.hpp"

namespace cot {

struct Exchange : Instruction {
  int64_t processes;
  Call call;                   // all but the addresses
  View x, out;                 // dense, apart
};

}  // namespace cot
