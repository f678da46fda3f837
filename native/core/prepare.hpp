// What depends on sizes only: block buffers, the way a reduction runs, predicted cost.
#pragma once
#include "core/decode.hpp"
#include "core/emit.hpp"

namespace cot {

/// Completes a loop whose dims, views and registers are decoded, with code for what `emitter` takes. An epilogue follows its
/// source `lead`; -1: any other loop.
void prepareLoop(Shelf& shelf, Loop& loop, const List<int64_t>& dims, int reduced, int32_t lead, Emitter& emitter);

}  // namespace cot
