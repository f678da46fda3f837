// Attention of queries on keys, decoded (lib/prim/attention.ts says what it is).
#pragma once
#include "core/plan.hpp"

namespace cot {

/// The largest logit of a row is rounded to a multiple of this; what is taken out has the logit `low`.
constexpr double peakGrid = 16, lowLogit = -0.7 * 3.4028234663852886e38;

/// q: [lead.., t, h, d], k: [lead.., s, h, d], v: [lead.., s, h, e]; bias and mask: [lead.., h, t, s]; rows: [lead.., h, t].
struct Attention : Instruction {
  bool gradient, causal, biased, masked, moves;   // moves: dbias is wanted
  double scale;
  List<int64_t> lead;
  int64_t leads, t, s, h, d, e;
  View q, k, v, bias, mask;
  View peak, total;                               // results, or operands of the gradient
  View out;
  View u, r, dq, dk, dv, dbias;                   // the gradient's
};

}  // namespace cot
