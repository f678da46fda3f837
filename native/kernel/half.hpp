// f16 and bf16: sixteen bits, computed in f32. Rounding is to nearest even, once, also from f64; bodies are integer
// arithmetic without branches, so they are vector code on every instruction set.
#pragma once
#include <cmath>

#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

/// The bits of a float as those of a half; a NaN stays one, is quiet and keeps its upper bits, as by F16C.
struct ToF16 {
  COT_HD uint16_t operator()(float x) const {
    const uint32_t u = bitsAs<uint32_t>(x), size = u & 0x7fffffffu;
    const uint32_t normal = (size + 0xfffu + ((size >> 13) & 1u) - 0x38000000u) >> 13;
    // Below 2^-14 units are 2^-24, which is the last place of numbers near 1/2: adding it rounds.
    const uint32_t small = bitsAs<uint32_t>(bitsAs<float>(size) + 0.5f) - 0x3f000000u;
    uint32_t h = size < 0x38800000u ? small : normal;
    h = size >= 0x477ff000u ? 0x7c00u : h;
    h = size > 0x7f800000u ? 0x7e00u | ((size >> 13) & 0x1ffu) : h;
    return uint16_t(h | ((u >> 16) & 0x8000u));
  }
};
struct ToBf16 {
  COT_HD uint16_t operator()(float x) const {
    const uint32_t u = bitsAs<uint32_t>(x);
    const uint32_t h = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    return uint16_t((u & 0x7fffffffu) > 0x7f800000u ? (u >> 16) | 64u : h);
  }
};
/// A double through the float that is odd where it is not exact: what is rounded again then rounds as the double would.
template <class To> struct FromDouble {
  COT_HD uint16_t operator()(double x) const {
    const float y = float(x);
    const uint32_t u = bitsAs<uint32_t>(y);
    const bool inexact = double(y) != x && x == x;
    const uint32_t away = std::fabs(double(y)) > std::fabs(x) ? u - 1u : u + 1u;
    return To()(bitsAs<float>(inexact && (u & 1u) == 0u ? away : u));
  }
};
struct FromF16 {
  COT_HD float operator()(uint16_t h) const {
    const uint32_t size = uint32_t(h & 0x7fffu) << 13;
    const float scaled = bitsAs<float>(size) * 5.192296858534828e33f;  // 2^112
    const uint32_t special = size | (size > 0x0f800000u ? 0x7fc00000u : 0x7f800000u);
    const uint32_t u = size >= 0x0f800000u ? special : bitsAs<uint32_t>(scaled);
    return bitsAs<float>(u | (uint32_t(h & 0x8000u) << 16));
  }
};
struct FromBf16 {
  COT_HD float operator()(uint16_t h) const { return bitsAs<float>(uint32_t(h) << 16); }
};

}}  // namespace cot::COT_ISA
