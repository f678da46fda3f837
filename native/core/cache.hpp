// The first cache, as far as the system says how it is built.
#pragma once
#include <cstdint>

namespace cot {

/// How many lines that lie so many bytes apart, one after the other, it holds at once; where the system does not say, any number.
int64_t linesHeld(int64_t apart);

}  // namespace cot
