// C (m x n) = or += A (m x k) B (k x n) on one thread, for f32 and f64.
//
// Every element of C is computed in one order, whatever its neighbours, the strides or the instruction set are: k in blocks
// of `depth`, inside a block one chain of fma from 0, then C = block (the first) or C = C + block. Hence the kernels: a
// register tile of rows x vectors, B packed in panels as wide as the tile (or read in place when few rows would use the
// panel), A read through row pointers (rewritten row by row when its k-stride is not 1).
#pragma once
#include "cpu/simd.hpp"
#include "core/types.hpp"

namespace cot { namespace COT_ISA {

template <class T> struct Matrix {
  const T* at;
  int64_t row, column;   // strides
};
constexpr int64_t depth = 320;
constexpr int64_t tileRows = 120;
constexpr int64_t tileColumns = 512;

/// Bytes of work memory that gemm wants for n columns, k deep.
int64_t gemmBytes(int64_t m, int64_t n, int64_t k, int64_t size);
template <class T>
void gemm(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, bool add, char* work);

}}  // namespace cot::COT_ISA
