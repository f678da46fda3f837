// Batched matrix products: cut into tiles of C that threads share out, each one gemm (or, for integers, plain loops), then
// the epilogue over the tile while it is in cache. Which tile an element falls into changes none of its bits.
#include "cpu/block.hpp"
#include "cpu/entry.hpp"
#include "cpu/gemm.hpp"

namespace cot { namespace COT_ISA {
namespace {

/// One product of the batch, perhaps turned around (C^T = B^T A^T) so that C's columns are next to each other.
struct Sides {
  int64_t m, n;
  int64_t aRow, aColumn, bRow, bColumn, cRow, cColumn;
  bool turned;
};
Sides sidesOf(const Dot& d) {
  const int b = d.batch.size;
  const int64_t *a = d.a.strides.at + b, *x = d.b.strides.at + b, *c = d.out.strides.at + b;
  Sides s{d.m, d.n, a[0], a[1], x[0], x[1], c[0], c[1], false};
  const bool turn = (s.cColumn != 1 && s.cRow == 1 && s.m > 1) || (s.n == 1 && s.m > 1);
  if (turn) s = {d.n, d.m, x[1], x[0], a[1], a[0], c[1], c[0], true};
  return s;
}

template <class T> void product(int64_t m, int64_t n, int64_t k, Matrix<T> a, Matrix<T> b, T* c, int64_t ldc, char* work) {
  if constexpr (std::is_floating_point<T>::value) {
    gemm<T>(m, n, k, a, b, c, ldc, false, work);
  } else {
    using U = typename std::make_unsigned<T>::type;
    (void)work;
    for (int64_t i = 0; i < m; i++) {
      U* row = reinterpret_cast<U*>(c + i * ldc);
      for (int64_t j = 0; j < n; j++) row[j] = 0;
      for (int64_t p = 0; p < k; p++) {
        const U s = U(a.at[i * a.row + p * a.column]);
        const T* from = b.at + p * b.row;
        for (int64_t j = 0; j < n; j++) row[j] = U(row[j] + U(s * U(from[j * b.column])));
      }
    }
  }
}

template <class T> struct Job {
  const Dot& d;
  Frame& f;
  Sides s;
  int64_t tileM, tileN, acrossM, acrossN;
  bool inPlace;            // C is written where it belongs: columns next to each other

  int64_t offset(const View& v, int64_t batch) const {
    int64_t at = 0;
    for (int i = d.batch.size - 1; i >= 0; i--) {
      at += batch % d.batch[i] * v.strides[i];
      batch /= d.batch[i];
    }
    return at;
  }
  int64_t workBytes() const { return std::is_floating_point<T>::value ? gemmBytes(tileM, tileN, d.k, sizeof(T)) : 64; }
  int64_t tileBytes() const { return inPlace ? 0 : (tileM * tileN * int64_t(sizeof(T)) + 63) / 64 * 64; }
  int64_t bytes() const { return workBytes() + tileBytes() + (follows() ? loopBytes(*d.epilogue) : 0) + 128; }
  /// Where a tile's rows follow each other; shorter stretches cost more than to go through C once more in the end.
  bool follows() const { return d.epilogue != nullptr && inPlace && s.cRow == tileN; }

  void operator()(int64_t batch, int64_t im, int64_t in, Scratch& scratch) const {
    char* memory = scratch.need(bytes());
    const int64_t i0 = im * tileM, j0 = in * tileN, m = least(tileM, s.m - i0), n = least(tileN, s.n - j0);
    const View &va = s.turned ? d.b : d.a, &vb = s.turned ? d.a : d.b;
    const T* a = reinterpret_cast<const T*>(addressOf(va, f)) + offset(va, batch) + i0 * s.aRow;
    const T* b = reinterpret_cast<const T*>(addressOf(vb, f)) + offset(vb, batch) + j0 * s.bColumn;
    const int64_t at = offset(d.out, batch) + i0 * s.cRow + j0 * s.cColumn;
    T* c = reinterpret_cast<T*>(addressOf(d.out, f)) + at;
    T* tile = inPlace ? c : reinterpret_cast<T*>(memory);
    char* work = memory + tileBytes();
    product<T>(m, n, d.k, {a, s.aRow, s.aColumn}, {b, s.bRow, s.bColumn}, tile, inPlace ? s.cRow : tileN, work);
    if (follows()) loopPart(*d.epilogue, f, at, m, s.cRow, n, work + (workBytes() + 63) / 64 * 64);
    for (int64_t i = 0; i < m && !inPlace; i++) copyOut(c + i * s.cRow, tile + i * tileN, s.cColumn, n);
  }
};

template <class T> void dotAs(const Dot& d, Frame& f) {
  Job<T> job{d, f, sidesOf(d), 0, 0, 0, 0, false};
  const Sides& s = job.s;
  job.inPlace = s.cColumn == 1;
  // Tiles: small enough to stay in the second cache where something else is done with them, else as high as possible (a panel of
  // B is packed once a tile); cut further while there are too few for the threads, first into columns, whose panels no other
  // tile packs. Bits do not depend on it.
  job.tileM = least(s.m, job.inPlace ? 3840 : 240);
  job.tileN = least(s.n, job.inPlace ? 512 : 256);
  const int64_t want = inTeam(f) && d.micros > 20 ? 4 * threadsOf(f) : 1;
  const auto tiles = [&] { return d.batches * ceilDiv(s.m, job.tileM) * ceilDiv(s.n, job.tileN); };
  const auto half = [](int64_t size, int64_t unit) { return ceilDiv(ceilDiv(size, 2), unit) * unit; };
  // An A whose columns lie together is copied for a tile (gemm), which narrow ones do not repay.
  const bool narrow = job.inPlace && s.aColumn == 1;
  for (;;) {
    if (tiles() >= want) break;
    if (narrow ? job.tileN > 64 : job.tileN > 128 && job.tileN >= job.tileM / 4) job.tileN = half(job.tileN, 64);
    else if (job.tileM > 48) job.tileM = half(job.tileM, 12);
    else if (job.tileN > 64) job.tileN = half(job.tileN, 32);
    else break;
  }
  job.acrossM = ceilDiv(s.m, job.tileM);
  job.acrossN = ceilDiv(s.n, job.tileN);
  const int64_t each = job.acrossM * job.acrossN, total = d.batches * each;
  const int64_t group = most(1, int64_t(double(total) * 10 / d.micros));
  forTasks(f, ceilDiv(total, group), d.micros, [&](int64_t t, Scratch& scratch) {
    for (int64_t i = t * group; i < least(total, (t + 1) * group); i++)
      job(i / each, i % each % job.acrossM, i % each / job.acrossM, scratch);
  });
  if (d.epilogue != nullptr && !job.follows()) loop(*d.epilogue, f);
}

}  // namespace

void dot(const Dot& d, Frame& f) {
  if (d.batches == 0 || d.m == 0 || d.n == 0) return;
  switch (d.a.dtype) {
    case U8: return dotAs<uint8_t>(d, f);
    case U32: return dotAs<uint32_t>(d, f);
    case I32: return dotAs<int32_t>(d, f);
    case I64: return dotAs<int64_t>(d, f);
    case F32: return dotAs<float>(d, f);
    default: return dotAs<double>(d, f);
  }
}

}}  // namespace cot::COT_ISA
