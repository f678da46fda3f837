// Threefry-2x32 with 20 rounds (Salmon et al. 2011), as in Random123 and JAX.
#pragma once
#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

struct Words { uint32_t a, b; };
COT_HD uint32_t rotated(uint32_t x, int n) { return (x << n) | (x >> (32 - n)); }
COT_HD Words threefry(uint32_t k0, uint32_t k1, uint32_t x0, uint32_t x1) {
  const uint32_t k2 = k0 ^ k1 ^ 0x1BD11BDAu;
  x0 += k0;
  x1 += k1;
#define COT_ROUND(n) x0 += x1; x1 = rotated(x1, n) ^ x0;
#define COT_FOUR_A COT_ROUND(13) COT_ROUND(15) COT_ROUND(26) COT_ROUND(6)
#define COT_FOUR_B COT_ROUND(17) COT_ROUND(29) COT_ROUND(16) COT_ROUND(24)
  COT_FOUR_A x0 += k1; x1 += k2 + 1u;
  COT_FOUR_B x0 += k2; x1 += k0 + 2u;
  COT_FOUR_A x0 += k0; x1 += k1 + 3u;
  COT_FOUR_B x0 += k1; x1 += k2 + 4u;
  COT_FOUR_A x0 += k2; x1 += k0 + 5u;
#undef COT_ROUND
#undef COT_FOUR_A
#undef COT_FOUR_B
  return {x0, x1};
}
struct Threefry0 {
  COT_HD uint32_t operator()(uint32_t k0, uint32_t k1, uint32_t x0, uint32_t x1) const { return threefry(k0, k1, x0, x1).a; }
};
struct Threefry1 {
  COT_HD uint32_t operator()(uint32_t k0, uint32_t k1, uint32_t x0, uint32_t x1) const { return threefry(k0, k1, x0, x1).b; }
};
struct ThreefryXor {
  COT_HD uint32_t operator()(uint32_t k0, uint32_t k1, uint32_t x0, uint32_t x1) const {
    const Words w = threefry(k0, k1, x0, x1);
    return w.a ^ w.b;
  }
};

}}  // namespace cot::COT_ISA
