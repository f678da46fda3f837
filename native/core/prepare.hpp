// What depends on sizes only: collapsed walks, block buffers, the way a reduction runs, predicted cost.
#pragma once
#include "core/decode.hpp"
#include "core/emit.hpp"

namespace cot {

/// Half of a third-level cache: a larger result is not there any more when somebody reads it.
constexpr int64_t streamed = int64_t(16) << 20;
/// The fewest dims that give the same addresses in the same order.
Walk collapse(int rank, const int64_t* dims, const int64_t* strides);
Reach reachOf(const Walk& w);
/// Completes a loop whose dims, views and registers are decoded, with code for what `emitter` takes.
void prepareLoop(Shelf& shelf, Loop& loop, const List<int64_t>& dims, int reduced, Emitter& emitter);
/// Gives every register of a body its block buffer. `keep` marks registers that live to the end.
void assignSlots(Shelf& shelf, Body& body, const List<bool>& keep);

}  // namespace cot
