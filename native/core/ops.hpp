// Elementwise operations by number. The order is the addon's promise to the planner (`kernels().elementwise`).
#pragma once
#define COT_OPS(X)                                                                                               \
  X(neg) X(abs) X(sign) X(sqrt) X(rsqrt) X(exp) X(exp2) X(expm1) X(log) X(log2) X(log10) X(log1p) X(sin) X(cos)   \
  X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) X(erf) X(erfc) X(floor)       \
  X(ceil) X(round) X(trunc) X(sigmoid) X(not)                                                                     \
  X(add) X(sub) X(mul) X(div) X(pow) X(max) X(min) X(remainder) X(floorDiv) X(atan2) X(eq) X(ne) X(lt) X(le)      \
  X(gt) X(ge) X(and) X(or) X(xor) X(shl) X(shr) X(where) X(cast) X(threefry0) X(threefry1) X(threefryXor)

namespace cot {
enum class Code : int {
#define COT_ENUM(name) name##_,
  COT_OPS(COT_ENUM)
#undef COT_ENUM
  count
};
}  // namespace cot
