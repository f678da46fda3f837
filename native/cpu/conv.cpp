// Convolutions as matrix products over unfolded windows, one band of output rows at a time so that the unfolded matrix
// stays in the second cache. Row (c, kernel element), column output position; the products run over rows in that order,
// whatever the layout.
//   0  y[o, p]  = w[o, :] . unfold(x)[:, p]
//   1  stride 1: the same with windows over y, reversed;  else the transpose: fold(w^T y), added in kernel order
//   2  w[o, :]  = sum over images and positions of unfold(x)[:, p] y[o, p]: fixed chunks of images, summed pairwise
#include "core/prepare.hpp"
#include "cpu/block.hpp"
#include "cpu/entry.hpp"
#include "cpu/gemm.hpp"
#include "cpu/window.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t bandBytes = int64_t(512) << 10;
constexpr int64_t fewPositions = 96;   // a product wants at least as many columns: small images go several at a time
constexpr int64_t maxChunks = 16;
constexpr int64_t chunkRoom = int64_t(32) << 20;

/// An image tensor: [n, channel, spatial..] by strides.
struct Image {
  int64_t n, channel, spatial[maxRank];
  Walk walk;                // over positions
  Reach reach;
};
Image imageOf(const View& v, int rank, const int64_t* dims) {
  Image m{};
  m.n = v.strides[0];
  m.channel = v.strides[1];
  for (int i = 0; i + 2 < v.strides.size; i++) m.spatial[i] = v.strides[i + 2];
  m.walk = collapse(rank, dims, m.spatial);
  m.reach = reachOf(m.walk);
  if (m.walk.rank == 0) m.reach = Reach::whole;   // one position: contiguous as it is
  return m;
}
int64_t roundUp(int64_t bytes) { return (bytes + 63) / 64 * 64; }

/// A short run: whole vectors, the last one overlapping the one before.
template <class T> inline void copyRun(T* __restrict to, const T* __restrict from, int64_t n) {
  typedef T V __attribute__((vector_size(32), aligned(alignof(T)), may_alias));
  constexpr int64_t L = 32 / int64_t(sizeof(T));
  if (n < L) {
    for (int64_t i = 0; i < n; i++) to[i] = from[i];
    return;
  }
  for (int64_t i = 0; i + L <= n; i += L) *reinterpret_cast<V*>(to + i) = *reinterpret_cast<const V*>(from + i);
  if (n % L != 0) *reinterpret_cast<V*>(to + n - L) = *reinterpret_cast<const V*>(from + n - L);
}

/// channels * kernels rows, `ld` apart, of the output positions in rows [row0, row1) of the first axis.
template <class T>
void unfold(const Reaching& r, const T* x, const Image& m, int64_t channels, int64_t row0, int64_t row1, T* line, int64_t ld) {
  const int last = r.rank - 1;
  const int64_t stride = m.spatial[last] * r.step[last];
  int64_t count[maxRank];
  for (int i = 0; i < r.rank; i++) count[i] = r.out[i];
  count[0] = row1 - row0;
  const int64_t width = r.rank == 1 ? row1 - row0 : r.out[last], first = r.rank == 1 ? row0 : 0;
  for (int64_t c = 0; c < channels; c++) {
    int64_t k[maxRank] = {};
    do {
      int64_t lo, hi;
      meeting(r, last, k[last], &lo, &hi);
      lo = least(most(lo - first, 0), width);
      hi = most(least(hi - first, width), lo);
      const int64_t zero = lo == hi ? 0 : (first * r.step[last] + k[last] * r.dilation[last] + r.start[last]) * m.spatial[last];
      T* to = line;
      line += ld;
      int64_t p[maxRank] = {};
      do {
        bool inside = lo < hi;
        int64_t offset = c * m.channel + zero;
        for (int i = 0; i < last && inside; i++) {
          const int64_t pos = (p[i] + (i == 0 ? row0 : 0)) * r.step[i] + k[i] * r.dilation[i] + r.start[i];
          inside = pos >= 0 && pos < r.in[i];
          offset += inside ? pos * m.spatial[i] : 0;
        }
        const int64_t a = inside ? lo : width, b = inside ? hi : width;
        for (int64_t i = 0; i < a; i++) to[i] = 0;
        if (stride == 1 && a < b) copyRun(to + a, x + offset + a, b - a);
        else for (int64_t i = a; i < b; i++) to[i] = x[offset + i * stride];
        for (int64_t i = b; i < width; i++) to[i] = 0;
        to += width;
      } while (advance(last, count, p));
    } while (advance(r.rank, r.kernel, k));
  }
}
/// The transpose of unfold: adds every row of `from` to where it came from.
template <class T> void foldInto(const Reaching& r, const T* from, T* x, const Image& m, int64_t channels) {
  const int last = r.rank - 1;
  const int64_t stride = m.spatial[last] * r.step[last], width = r.out[last];
  for (int64_t c = 0; c < channels; c++) {
    int64_t k[maxRank] = {};
    do {
      int64_t lo, hi;
      meeting(r, last, k[last], &lo, &hi);
      int64_t p[maxRank] = {};
      do {
        bool inside = lo < hi;
        int64_t offset = lo == hi ? 0 : c * m.channel + (k[last] * r.dilation[last] + r.start[last]) * m.spatial[last];
        for (int i = 0; i < last && inside; i++) {
          const int64_t pos = p[i] * r.step[i] + k[i] * r.dilation[i] + r.start[i];
          inside = pos >= 0 && pos < r.in[i];
          offset += inside ? pos * m.spatial[i] : 0;
        }
        if (inside && stride == 1) for (int64_t i = lo; i < hi; i++) x[offset + i] += from[i];
        else if (inside) for (int64_t i = lo; i < hi; i++) x[offset + i * stride] += from[i];
        from += width;
      } while (advance(last, r.out, p));
    } while (advance(r.rank, r.kernel, k));
  }
}

template <class T> struct Convolution {
  const Conv& c;
  Frame& f;
  Reaching r;                    // y from x
  int64_t perC, perO, taps;      // channels of a group; kernels * perC
  Image x, y;

  Convolution(const Conv& conv, Frame& frame) : c(conv), f(frame), r(reaching(conv.window)) {
    perC = c.c / c.groups;
    perO = c.o / c.groups;
    taps = perC * r.kernels;
    x = imageOf(c.x, c.window.rank, c.window.spatial);
    y = imageOf(c.y, c.window.rank, c.window.outSpatial);
  }
  T* at(const View& v) const { return reinterpret_cast<T*>(addressOf(v, f)); }

  /// The weights as one dense matrix a group: rows o (or, swapped, c), columns (c or o, kernel element).
  const T* weights(bool swapped) const {
    T* to = reinterpret_cast<T*>(f.shared->need(roundUp(c.o * taps * int64_t(sizeof(T)))));
    T* start = to;
    const T* w = at(c.w);
    const int64_t *s = c.w.strides.at, rows = swapped ? perC : perO, columns = swapped ? perO : perC;
    const Walk kernel = collapse(c.window.rank, c.window.kernel, s + 2);
    const Reach reach = kernel.rank == 0 ? Reach::whole : reachOf(kernel);
    for (int64_t g = 0; g < c.groups; g++)
      for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) {
          const T* from = w + (g * perO + (swapped ? j : i)) * s[0] + (swapped ? i : j) * s[1];
          for (int64_t k = 0; k < r.kernels; k += 64) {
            const int64_t n = least(64, r.kernels - k);
            T buffer[64];
            const void* v = load(kernel, reach, reinterpret_cast<const char*>(from), k, n, buffer, sizeof(T));
            std::memcpy(to, v, size_t(n) * sizeof(T));
            to += n;
          }
        }
    return start;
  }

  /// out[rows, positions] = w[rows, columns * kernels] . windows of `in`; both directions with stride 1, and forward.
  void correlate(const Reaching& q, const Image& in, const View& inView, int64_t columns, const Image& out,
                 const View& outView, int64_t rows, const T* w) const {
    const int64_t depthK = columns * q.kernels, outRow = q.outs / q.out[0];
    // By sizes only: rows of the first axis in a band, images in a product.
    const int64_t band = bandOf(depthK, q, outRow), bands = ceilDiv(q.out[0], band), positions = band * outRow;
    const int64_t together = imagesOf(q.outs), sets = ceilDiv(c.n, together);
    const bool direct = out.reach == Reach::whole && together == 1;
    const int64_t unfolded = roundUp(depthK * positions * together * int64_t(sizeof(T)));
    const int64_t tile = direct ? 0 : roundUp(rows * positions * together * int64_t(sizeof(T)));
    const int64_t work = gemmBytes(rows, positions * together, depthK, sizeof(T));
    const int64_t total = sets * c.groups * bands;
    const int64_t group = most(1, int64_t(double(total) * 10 / c.micros));
    forTasks(f, ceilDiv(total, group), c.micros, [&](int64_t t, Scratch& s) {
      char* memory = s.need(unfolded + tile + work);
      T* columnsAt = reinterpret_cast<T*>(memory);
      for (int64_t i = t * group; i < least(total, (t + 1) * group); i++) {
        const int64_t n0 = i / bands / c.groups * together, g = i / bands % c.groups, images = least(together, c.n - n0);
        const int64_t row0 = i % bands * band, row1 = least(q.out[0], row0 + band);
        const int64_t p0 = row0 * outRow, np = (row1 - row0) * outRow, all = np * images;
        for (int64_t n = 0; n < images; n++)
          unfold<T>(q, at(inView) + (n0 + n) * in.n + g * columns * in.channel, in, columns, row0, row1, columnsAt + n * np, all);
        T* to = at(outView) + n0 * out.n + g * rows * out.channel;
        T* result = direct ? to + p0 : reinterpret_cast<T*>(memory + unfolded);
        const int64_t ld = direct ? out.channel : all;
        gemm<T>(rows, all, depthK, {w + g * rows * depthK, depthK, 1}, {columnsAt, all, 1}, result, ld, false, memory + unfolded + tile);
        if (direct) continue;
        for (int64_t n = 0; n < images; n++)
          for (int64_t o = 0; o < rows; o++)
            store(out.walk, out.reach, reinterpret_cast<char*>(to + n * out.n + o * out.channel), p0, np, result + o * all + n * np, sizeof(T));
      }
    });
  }
  static int64_t imagesOf(int64_t positions) { return most(1, fewPositions / most(1, positions)); }
  static int64_t bandOf(int64_t rows, const Reaching& q, int64_t outRow) {
    const int64_t fit = bandBytes / most(1, rows * outRow * int64_t(sizeof(T)));
    return most(1, least(q.out[0], most(fit, ceilDiv(fewPositions, most(1, outRow)))));
  }
  void forward() const {
    if (c.n == 0 || c.o == 0 || r.outs == 0) return;
    correlate(r, x, c.x, perC, y, c.y, perO, weights(false));
  }
  void backwardInput() const {
    if (c.n == 0 || c.c == 0 || r.ins == 0) return;
    bool unit = true;
    for (int i = 0; i < r.rank; i++) unit = unit && r.step[i] == 1;
    // Unfolding y costs perO rows an element of the kernel, folding back costs perC.
    if (unit && 2 * perC >= perO) return correlate(reversed(r), y, c.y, perO, x, c.x, perC, weights(true));
    const T* w = weights(false);
    const bool dense = y.reach == Reach::whole;
    const int64_t unfolded = roundUp(taps * r.outs * int64_t(sizeof(T)));
    const int64_t copy = dense ? 0 : roundUp(perO * r.outs * int64_t(sizeof(T)));
    const int64_t work = gemmBytes(taps, r.outs, perO, sizeof(T));
    forTasks(f, c.n * c.groups, c.micros, [&](int64_t t, Scratch& s) {
      char* memory = s.need(unfolded + copy + work);
      const int64_t n = t / c.groups, g = t % c.groups;
      T* to = at(c.x) + n * x.n + g * perC * x.channel;
      for (int64_t ch = 0; ch < perC; ch++) {
        int64_t p[maxRank] = {};
        do {
          T* line = to + ch * x.channel;
          for (int i = 0; i + 1 < r.rank; i++) line += p[i] * x.spatial[i];
          for (int64_t i = 0; i < r.in[r.rank - 1]; i++) line[i * x.spatial[r.rank - 1]] = 0;
        } while (advance(r.rank - 1, r.in, p));
      }
      if (r.outs == 0 || perO == 0 || taps == 0) return;
      const T* from = at(c.y) + n * y.n + g * perO * y.channel;
      int64_t ld = y.channel;
      if (!dense) {
        from = copied(from, r.outs, reinterpret_cast<T*>(memory + unfolded), 0, r.outs);
        ld = r.outs;
      }
      T* columns = reinterpret_cast<T*>(memory);
      gemm<T>(taps, r.outs, perO, {w + g * perO * taps, 1, taps}, {from, ld, 1}, columns, r.outs, false, memory + unfolded + copy);
      foldInto<T>(r, columns, to, x, perC);
    });
  }
  /// perO rows of `n` positions of y from p0 on, made contiguous, `ld` apart.
  const T* copied(const T* from, int64_t n, T* to, int64_t p0, int64_t ld) const {
    for (int64_t o = 0; o < perO; o++) {
      const void* v = load(y.walk, y.reach, reinterpret_cast<const char*>(from + o * y.channel), p0, n, to + o * ld, sizeof(T));
      if (v != to + o * ld) std::memcpy(to + o * ld, v, size_t(n) * sizeof(T));
    }
    return to;
  }
  void backwardWeights() const {
    if (c.o == 0 || taps == 0) return;
    const int64_t size = c.o * taps;   // of all groups
    const int64_t chunks = most(1, least(least(maxChunks, c.n), chunkRoom / most(1, size * int64_t(sizeof(T)))));
    const int64_t images = ceilDiv(most(c.n, 1), chunks);
    const int64_t outRow = r.out[0] == 0 ? 0 : r.outs / r.out[0];
    const int64_t band = bandOf(taps, r, outRow), together = least(images, imagesOf(r.outs));
    const int64_t positions = band * outRow * together;
    const int64_t unfolded = roundUp(taps * positions * int64_t(sizeof(T)));
    const bool dense = y.reach == Reach::whole && together == 1;
    const int64_t copy = dense ? 0 : roundUp(perO * positions * int64_t(sizeof(T)));
    const int64_t work = gemmBytes(taps, perO, positions, sizeof(T));
    T* partial = reinterpret_cast<T*>(f.shared->need(chunks * size * int64_t(sizeof(T))));
    forTasks(f, chunks * c.groups, c.micros, [&](int64_t t, Scratch& s) {
      char* memory = s.need(unfolded + copy + work);
      const int64_t chunkAt = t / c.groups, g = t % c.groups;
      T* sum = partial + chunkAt * size + g * perO * taps;     // [taps, perO]
      for (int64_t i = 0; i < perO * taps; i++) sum[i] = 0;
      const int64_t last = least(c.n, (chunkAt + 1) * images);
      for (int64_t n0 = chunkAt * images; n0 < last; n0 += together)
        for (int64_t row0 = 0; row0 < r.out[0] && r.outs > 0; row0 += band) {
          const int64_t row1 = least(r.out[0], row0 + band), p0 = row0 * outRow, np = (row1 - row0) * outRow;
          const int64_t some = least(together, last - n0), all = np * some;
          T* columns = reinterpret_cast<T*>(memory);
          T* rowsOfY = reinterpret_cast<T*>(memory + unfolded);
          const T* from = at(c.y) + n0 * y.n + g * perO * y.channel;
          for (int64_t n = 0; n < some; n++) {
            unfold<T>(r, at(c.x) + (n0 + n) * x.n + g * perC * x.channel, x, perC, row0, row1, columns + n * np, all);
            if (!dense) copied(from + n * y.n, np, rowsOfY + n * np, p0, all);
          }
          const Matrix<T> b = dense ? Matrix<T>{from + p0, 1, y.channel} : Matrix<T>{rowsOfY, 1, all};
          gemm<T>(taps, perO, all, {columns, all, 1}, b, sum, perO, true, memory + unfolded + copy);
        }
    });
    for (int64_t apart = 1; apart < chunks; apart *= 2)
      for (int64_t i = 0; i + apart < chunks; i += 2 * apart)
        for (int64_t j = 0; j < size; j++) partial[i * size + j] += partial[(i + apart) * size + j];
    const int64_t* ws = c.w.strides.at;
    T* w = at(c.w);
    const Walk kernel = collapse(c.window.rank, c.window.kernel, ws + 2);
    for (int64_t o = 0; o < c.o; o++)
      for (int64_t ch = 0; ch < perC; ch++)
        for (int64_t k = 0; k < r.kernels; k++) {
          const int64_t to = kernel.rank == 0 ? 0 : seek(kernel, k).offset;
          const T v = partial[(o / perO) * perO * taps + (ch * r.kernels + k) * perO + o % perO];
          w[o * ws[0] + ch * ws[1] + to] = v;
        }
  }
};

template <class T> void convAs(const Conv& c, Frame& f) {
  const Convolution<T> conv(c, f);
  if (c.which == 0) conv.forward();
  else if (c.which == 1) conv.backwardInput();
  else conv.backwardWeights();
}

}  // namespace

void conv(const Conv& c, Frame& f) { c.x.dtype == F32 ? convAs<float>(c, f) : convAs<double>(c, f); }

}}  // namespace cot::COT_ISA
