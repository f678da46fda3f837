// The factorization of the matrices of a batch, decoded.
#pragma once
#include "core/plan.hpp"

namespace cot {

enum class FactorKind : int32_t { cholesky, triangular, lu, qr, eigh, svd, eig };
/// lib/ir/program.ts says which reads and writes what.
struct Factor : Instruction {
  FactorKind which;
  int32_t flags;
  List<int64_t> batch;
  int64_t batches, m, n, k;
  View ins[2], outs[4];
};

}  // namespace cot
