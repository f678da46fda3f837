// What a discrete Fourier transform of one size needs: its radices, roots of unity, and the way it is cut. Worked out in
// double precision once a size and dtype, kept in a cache that is bounded by bytes.
#pragma once
#include <memory>
#include <vector>

#include "core/types.hpp"

namespace cot {

/// Transforms that a kernel does side by side: one cache line of each plane.
template <class T> constexpr int64_t lanesOf = 64 / int64_t(sizeof(T));
/// The largest transform that is done in one piece: two buffers of it, `lanes` wide, fit the second cache.
constexpr int64_t wholeLimit = 1024;

/// Complex tables are re, im, re, im, ... A transform is whole (radices), cut in two (rows x columns), or, when its size has
/// a large prime, a circular convolution with a chirp (Bluestein).
template <class T> struct Fourier {
  int64_t n = 0;
  std::vector<int> radices;
  /// Stage after stage: for each p < m, w^(p k) for k = 1 .. r-1, with w the root of unity of the stage's length r m.
  std::vector<T> roots;

  /// n = rows * columns: transforms of `rows` elements far apart, times w_n^(row * column), then transforms of `columns`.
  std::shared_ptr<const Fourier> rows, columns;
  /// w_n^(row * column) = coarse[column / lanes][row] * fine[row][column % lanes]
  std::vector<T> coarse, fine;

  /// x_j c_j, convolved with the conjugate chirp by transforms of size chirp->n, times c_k.
  std::shared_ptr<const Fourier> padded;
  std::vector<T> chirp;
  /// The transform of the conjugate chirp, divided by its size.
  std::vector<T> kernel;
};

/// For one transform at a time (`cut`: as soon as it pays), or for many side by side.
template <class T> std::shared_ptr<const Fourier<T>> fourierOf(int64_t n, bool cut);

}  // namespace cot
