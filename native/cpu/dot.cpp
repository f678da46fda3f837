// Batched matrix products: cut into tiles of C that threads share out, each one gemm (or, for integers, plain loops), then
// the epilogue over the tile's rows while they are in cache. Which tile an element falls into changes none of its bits.
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
  bool inPlace;            // C is written where it belongs: no epilogue, columns next to each other

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
  static constexpr int64_t run = 256;
  int64_t bytes() const { return workBytes() + tileBytes() + (inPlace ? 0 : Registers::bytes(d.body, run)) + 128; }

  void operator()(int64_t batch, int64_t im, int64_t in, Scratch& scratch) const {
    char* memory = scratch.need(bytes());
    const int64_t i0 = im * tileM, j0 = in * tileN, m = least(tileM, s.m - i0), n = least(tileN, s.n - j0);
    const View &va = s.turned ? d.b : d.a, &vb = s.turned ? d.a : d.b;
    const T* a = reinterpret_cast<const T*>(addressOf(va, f)) + offset(va, batch) + i0 * s.aRow;
    const T* b = reinterpret_cast<const T*>(addressOf(vb, f)) + offset(vb, batch) + j0 * s.bColumn;
    char* c = addressOf(d.out, f) + (offset(d.out, batch) + i0 * s.cRow + j0 * s.cColumn) * sizeOf(d.out.dtype);
    char* work = memory + tileBytes();
    T* tile = inPlace ? reinterpret_cast<T*>(c) : reinterpret_cast<T*>(memory);
    const int64_t ld = inPlace ? s.cRow : tileN;
    product<T>(m, n, d.k, {a, s.aRow, s.aColumn}, {b, s.bRow, s.bColumn}, tile, ld, work);
    if (!inPlace) epilogue(batch, i0, j0, m, n, tile, c, work + workBytes());
  }

  /// A source's stride along a tile's rows or columns.
  int64_t stride(const Source& src, bool row) const { return src.view.strides[d.batch.size + (row != s.turned ? 0 : 1)]; }

  void epilogue(int64_t batch, int64_t i0, int64_t j0, int64_t m, int64_t n, const T* tile, char* c, char* memory) const {
    const Body& body = d.body;
    Registers r;
    r.place(body, run, reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(memory) + 63) / 64 * 64), body.sources.size + 1);
    const int sources = body.sources.size;
    const int64_t outSize = sizeOf(d.out.dtype);
    for (int q = 0; q < sources; q++) {
      const Source& src = body.sources[q];
      if (src.kind == SourceKind::immediate) {
        fill(r.slot(src.slot), src.bits, run, sizeOf(src.dtype));
        r.reg[q] = r.slot(src.slot);
      } else {
        r.base[q] = addressOf(src.view, f) +
                    (offset(src.view, batch) + i0 * stride(src, true) + j0 * stride(src, false)) * sizeOf(src.dtype);
      }
    }
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j < n; j += run) {
        const int64_t len = least(run, n - j);
        for (int q = 0; q < sources; q++) {
          const Source& src = body.sources[q];
          if (src.kind == SourceKind::immediate) continue;
          const int64_t size = sizeOf(src.dtype), step = stride(src, false);
          const char* from = r.base[q] + (i * stride(src, true) + j * step) * size;
          r.reg[q] = from;
          if (step != 1) r.reg[q] = strided(from, step, len, r.slot(src.slot), size);
        }
        r.reg[sources] = tile + i * tileN + j;
        r.compute(body, body.groups[0], len, [&](const Op& op) { return r.slot(op.slot); }, false);
        put(c + (i * s.cRow + j * s.cColumn) * outSize, s.cColumn, len, r.reg[d.result], outSize);
      }
  }
  static const void* strided(const char* from, int64_t step, int64_t n, void* to, int64_t size) {
    switch (size) {
      case 1: copyIn(static_cast<uint8_t*>(to), reinterpret_cast<const uint8_t*>(from), step, n); break;
      case 2: copyIn(static_cast<uint16_t*>(to), reinterpret_cast<const uint16_t*>(from), step, n); break;
      case 4: copyIn(static_cast<uint32_t*>(to), reinterpret_cast<const uint32_t*>(from), step, n); break;
      default: copyIn(static_cast<uint64_t*>(to), reinterpret_cast<const uint64_t*>(from), step, n);
    }
    return to;
  }
  static void put(char* to, int64_t step, int64_t n, const void* from, int64_t size) {
    switch (size) {
      case 1: copyOut(reinterpret_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), step, n); break;
      case 2: copyOut(reinterpret_cast<uint16_t*>(to), static_cast<const uint16_t*>(from), step, n); break;
      case 4: copyOut(reinterpret_cast<uint32_t*>(to), static_cast<const uint32_t*>(from), step, n); break;
      default: copyOut(reinterpret_cast<uint64_t*>(to), static_cast<const uint64_t*>(from), step, n);
    }
  }
};

template <class T> void dotAs(const Dot& d, Frame& f) {
  Job<T> job{d, f, sidesOf(d), 0, 0, 0, 0, false};
  const Sides& s = job.s;
  job.inPlace = d.body.ops.size == 0 && d.body.sources.size == 0 && s.cColumn == 1;
  // Tiles: with an epilogue small enough to stay in the second cache, else as high as possible (a panel of B is packed
  // once a tile); cut further while there are too few for the threads, first into columns, whose panels no other tile
  // packs. Bits do not depend on it.
  job.tileM = least(s.m, job.inPlace ? 3840 : 240);
  job.tileN = least(s.n, job.inPlace ? 512 : 256);
  const int64_t want = f.team != nullptr && f.team->ready() && d.micros > 20 ? 4 * threadCount() : 1;
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
