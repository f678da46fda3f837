// Who touches which memory: what the decoder proves of exchanges under way and of the devices of a gang.
#pragma once
#include <vector>

#include "core/types.hpp"

namespace cot {

using Wide = __int128;

/// The bytes that a view touches: of the arena, or of a buffer of its own.
struct Span {
  int32_t memory;
  Wide from, to;
  bool meets(const Span& o) const { return memory == o.memory && from < o.to && o.from < to; }
};
/// Some memory, and who touches it.
struct Claim { Span at; int64_t who; bool writes; };
/// Whether something that one writes is touched by another. Sorts the claims.
bool meet(std::vector<Claim>& claims);

}  // namespace cot
