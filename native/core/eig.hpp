// Eigenvalues and eigenvectors of general real matrices, in complex double precision: to Hessenberg form by rotations,
// shifted QR steps to an upper triangle, then the triangle's vectors by substitution. Compiled once: nothing here is wide.
#pragma once
#include "core/types.hpp"

namespace cot {

struct Complex { double re, im; };
/// Numbers of work memory that `eigenvalues` wants.
static inline int64_t eigenRoom(int64_t n) { return 3 * n * n + 4 * n; }
/// w[n], and vectors as rows of v [n x n]; ordered, paired and phased as lib/prim/factor/eig.ts says. False: it did not settle.
bool eigenvalues(int64_t n, const double* a, Complex* w, Complex* v, Complex* work);

}  // namespace cot
