// Short loops that follow each other and touch nothing that another of them writes run as one job: the updates of a network's
// parameters, of which each alone is too little for two threads.
#pragma once
#include <unordered_map>
#include <vector>

#include "core/claims.hpp"
#include "core/decode.hpp"

namespace cot {

/// What each loop touches on one device, whatever the counters are.
using Claimed = std::unordered_map<const Instruction*, std::vector<Claim>>;
/// Fills `together` of a plan whose overlays are found.
void findBeside(Plan& plan, Claimed& claimed);

}  // namespace cot
