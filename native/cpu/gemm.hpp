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
// 16 registers hold 6 x 2 accumulators, 2 of B and a broadcast; 32 hold 12 x 2.
#if defined(__AVX512F__)
constexpr int maxTile = 12;
#else
constexpr int maxTile = 6;
#endif
constexpr int64_t depth = 512;
constexpr int64_t panelDepth = 2 * depth;   // so that a tile of C is added to while it is near
constexpr int64_t tileRows = 120;
constexpr int64_t tileColumns = 256;

/// The sum of a tile goes over `count` stretches of k: where each begins in A and in B.
struct Lines {
  int64_t count;
  const int64_t *a, *b;
};
constexpr int64_t nowhere = 0;
constexpr Lines oneLine = {1, &nowhere, &nowhere};
template <class T>
using TileFn = void (*)(const Lines&, int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb, T* c, int64_t ldc, int64_t columns, bool add);
/// A tile of up to maxTile rows and one or two vectors; `along`: A's rows are contiguous (lda apart), else its columns are.
template <class T> TileFn<T> tileFor(int64_t rows, bool two, bool along);
/// m rows of one panel, in tiles of equal height; A by strides, one of which is 1.
template <class T>
void tileColumn(const Lines& lines, int64_t m, int64_t k, const T* a, int64_t row, int64_t column, const T* b, int64_t ldb, T* c, int64_t ldc, int64_t columns, bool add);
/// The panel at column j of n is this wide: two vectors, or one at the end.
template <class T> inline int64_t panelWidth(int64_t n, int64_t j) { return n - j > Simd<T>::lanes ? 2 * Simd<T>::lanes : Simd<T>::lanes; }
/// C = or += A B with B in panels already: [panel][k][width].
template <class T>
void product(int64_t m, int64_t n, int64_t k, const T* a, int64_t row, int64_t column, const T* panels, T* c, int64_t ldc, bool add);

/// k rows of n columns of B in such panels, zero-padded.
template <class T> void packPanels(int64_t k, int64_t n, Matrix<T> b, T* panels);

/// Bytes of work memory that gemm wants for n columns, k deep.
int64_t gemmBytes(int64_t m, int64_t n, int64_t k, int64_t size);
template <class T>
void gemm(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, bool add, char* work);

}}  // namespace cot::COT_ISA
