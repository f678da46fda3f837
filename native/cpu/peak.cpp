// The most arithmetic that this instruction set can do: sums that stay in registers, enough of them that none waits for itself.
#include "cpu/entry.hpp"
#include "cpu/simd.hpp"

namespace cot { namespace COT_ISA {

// An fma takes four or five cycles and two begin in one; with vectors of 32 bytes there are 16 registers.
constexpr int chainCount = vectorBytes == 32 ? 12 : 24;

double chains(int64_t rounds, float* to) {
  using S = Simd<float>;
  const S::V x = S::all(to[0]), y = S::all(to[1]);
  S::V sums[chainCount];
#pragma GCC unroll 24
  for (int i = 0; i < chainCount; i++) sums[i] = S::all(float(i));
  for (int64_t r = 0; r < rounds; r++)
#pragma GCC unroll 24
    for (int i = 0; i < chainCount; i++) sums[i] = S::fma(sums[i], x, y);
  for (const S::V& sum : sums) to[2] += sum[0];
  return 2.0 * double(rounds) * chainCount * S::lanes;
}

}}  // namespace cot::COT_ISA
