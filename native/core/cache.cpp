#include "core/cache.hpp"

#include <unistd.h>

#include "core/types.hpp"

namespace cot {
namespace {

/// Lines `way` bytes apart fall on each other, and `ways` of them are held.
struct Built {
  int64_t ways = 0, way = 0;
  Built() {
#if defined(_SC_LEVEL1_DCACHE_SIZE) && defined(_SC_LEVEL1_DCACHE_ASSOC)
    const int64_t bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE), held = sysconf(_SC_LEVEL1_DCACHE_ASSOC);
    const bool known = bytes > 0 && held > 0 && bytes % held == 0 && (bytes / held & (bytes / held - 1)) == 0;
    if (known) ways = held, way = bytes / held;
#endif
  }
};

}  // namespace

int64_t linesHeld(int64_t apart) {
  static const Built built;
  constexpr int64_t line = 64;
  if (built.ways == 0 || apart == 0) return INT64_MAX;
  const int64_t step = most(line, least(built.way, apart & -apart));   // `way` is a power of two: what of `apart` counts is its lowest bit
  return built.ways * most(1, built.way / step);
}

}  // namespace cot
