#include "cpu/kernels.hpp"

#include <cstdlib>
#include <cstring>
#ifdef COT_X86
#include <cpuid.h>
#endif

namespace cot {

#ifdef COT_X86
/// F16C, whose name not every compiler's __builtin_cpu_supports knows.
static bool convertsHalves() {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}
#endif

static const Kernels& choose() {
#ifdef COT_X86
  const char* asked = std::getenv("COTANGENT_ISA");
  const auto may = [&](const char* name) { return asked == nullptr || std::strcmp(asked, name) == 0; };
  const bool known = asked != nullptr && (may("baseline") || may("avx2") || may("avx512"));
  if (!known) asked = nullptr;
  __builtin_cpu_init();
  const bool two = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && convertsHalves();
  const bool five = two && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (five && may("avx512")) return avx512::table;
  if (two && (may("avx2") || may("avx512"))) return avx2::table;
#endif
  return baseline::table;
}
const Kernels& kernels() {
  static const Kernels& k = choose();
  return k;
}

}  // namespace cot
