// Float to integer truncates and saturates, NaN gives 0; integers wrap into narrower ones; anything but 0 is true (NaN is).
#pragma once
#include "kernel/functor.hpp"

namespace cot { namespace COT_ISA {

template <class To> struct Cast {
  template <class From> COT_HD To operator()(From x) const {
    if constexpr (isReal<From> && !isReal<To>) {
      // `top` is the first float past the range; below it, conversion is defined.
      constexpr int bits = std::numeric_limits<To>::digits;
      constexpr From top = From(uint64_t(1) << (bits - 1)) * From(2);
      constexpr From low = std::is_signed<To>::value ? -top : From(0);
      const bool inside = (x < top) & (x >= low);
      const From safe = inside ? x : From(0);
      if constexpr (sizeof(To) == 4 && !std::is_signed<To>::value) {
        // u32 through i32, which has a vector conversion: the upper half is shifted down first.
        const From half = From(2147483648.0);
        const bool upper = safe >= half;
        const uint32_t low32 = uint32_t(int32_t(upper ? safe - half : safe));
        const uint32_t v = upper ? low32 + 0x80000000u : low32;
        return x >= top ? To(0xFFFFFFFFu) : v;
      } else if constexpr (sizeof(To) == 1) {
        const int32_t v = int32_t(safe);
        return To(x >= top ? 255 : v);
      } else {
        const To v = To(safe);
        return x >= top ? std::numeric_limits<To>::max() : x < low ? std::numeric_limits<To>::min() : v;
      }
    } else {
      return To(x);
    }
  }
};
struct CastBool { template <class From> COT_HD uint8_t operator()(From x) const { return x != From(0); } };

}}  // namespace cot::COT_ISA
