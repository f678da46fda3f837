// What depends on sizes only: block buffers, the way a reduction runs, predicted cost.
#pragma once
#include "core/decode.hpp"
#include "core/emit.hpp"

namespace cot {

/// Completes a loop whose dims, views and registers are decoded, with code for what `emitter` takes.
void prepareLoop(Shelf& shelf, Loop& loop, const List<int64_t>& dims, int reduced, Emitter& emitter);
/// Gives every register of a body its block buffer. `keep` marks registers that live to the end.
void assignSlots(Shelf& shelf, Body& body, const List<bool>& keep);

}  // namespace cot
