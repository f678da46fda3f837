// Convolutions as matrix products over unfolded windows, one band of output rows at a time so that the unfolded matrix
// stays in the second cache. Row (c, kernel element), column output position; the products run over rows in that order,
// whatever the layout.
//   0  y[o, p]  = w[o, :] . unfold(x)[:, p]
//   1  stride 1: the same with windows over y, reversed;  else the transpose: fold(w^T y), added in kernel order
//   2  w[o, :]  = sum over images and positions of unfold(x)[:, p] y[o, p]: fixed chunks of images, summed pairwise
#include "cpu/block.hpp"
#include "cpu/entry.hpp"
#include "cpu/gemm.hpp"
#include "cpu/sheet.hpp"
#include "cpu/slide.hpp"
#include "cpu/window.hpp"

namespace cot { namespace COT_ISA {
namespace {

constexpr int64_t bandBytes = int64_t(512) << 10;
constexpr int64_t fewPositions = 96;   // a product wants at least as many columns: small images go several at a time
constexpr int64_t maxChunks = 16;
constexpr int64_t fewSums = 8192;      // gradients of weights keep all sums at hand
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

/// channels * kernels rows, `ld` apart, of the output positions in rows [row0, row1) of the first axis.
template <class T>
void unfold(const Reaching& r, const T* x, const Image& m, int64_t channels, int64_t row0, int64_t row1, T* line, int64_t ld) {
  if (r.kernels == 0) return;   // weights of size 0
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

  /// Images one behind the other, and so their channels: an epilogue can follow each. Where channels lie apart its stretches would
  /// be too short.
  static bool dense(const Reaching& q, const Image& m, int64_t channels) { return m.reach == Reach::whole && m.channel == q.outs && m.n == channels * q.outs; }
  /// correlate, without unfolding; the epilogue follows each image. Says whether it has.
  bool correlateDirect(const Planes& p, const Image& in, const View& inView, int64_t columns, const Image& out,
                       const View& outView, int64_t rows, bool swapped) const {
    const Reaching& q = p.q;
    // Rows of results are written where they belong; images without a border are read where they lie.
    const int64_t k = columns * q.kernels;
    const bool inPlace = q.rank == 2 && out.spatial[1] == 1 && slidesInPlace(rows, k, q.out[1], p.pitch[0]), bare = inPlace && lies(q, in);
    const int64_t high = slideHeight(rows), tiles = ceilDiv(rows, high);
    const int64_t packed = roundUp(c.o * taps * 4);
    int64_t* tap = reinterpret_cast<int64_t*>(f.shared->need(packed + (k + q.kernels) * 8));
    int64_t* kernelAt = tap + k;
    float* w = reinterpret_cast<float*>(kernelAt + q.kernels);
    p.taps(columns, tap);
    if (bare) tapsOf(q, in, columns, tap);
    kernelOffsets(kernelAt);
    forTasks(f, c.groups * tiles, double(c.o * taps) * 1e-3, [&](int64_t t, Scratch&) {
      const int64_t g = t / tiles, i0 = t % tiles * high, r = least(high, rows - i0);
      packWeights(g, i0, r, columns, rows, swapped, kernelAt, w + g * rows * k);
    });
    const int64_t sets = ceilDiv(c.n, p.images), bands = ceilDiv(q.out[0], p.rows), total = sets * c.groups * bands;
    const int64_t most1 = roundUp(p.elements(columns) * 4), ld = p.lines(p.rows, p.images) * line;
    const int64_t group = most(1, int64_t(double(total) * 10 / c.micros));
    const bool follows = c.epilogue != nullptr && c.groups == 1 && bands == 1 && dense(q, out, rows);
    const int64_t work = roundUp(rows * ld * 4);
    forTasks(f, ceilDiv(total, group), c.micros, [&](int64_t t, Scratch& s) {
      float* x = reinterpret_cast<float*>(s.need(most1 + work + (follows ? loopBytes(*c.epilogue) : 0)));
      float* result = x + most1 / 4;
      const auto follow = [&](int64_t n0, int64_t m) {
        if (follows) loopPart(*c.epilogue, f, n0 * out.n, 1, 0, m * out.n, reinterpret_cast<char*>(result) + work);
      };
      for (int64_t i = t * group; i < least(total, (t + 1) * group); i++) {
        const int64_t n0 = i / bands / c.groups * p.images, g = i / bands % c.groups, m = least(p.images, c.n - n0);
        const int64_t row0 = i % bands * p.rows, r = least(p.rows, q.out[0] - row0);
        const float* from = reinterpret_cast<const float*>(at(inView)) + n0 * in.n + g * columns * in.channel;
        float* to = reinterpret_cast<float*>(at(outView)) + n0 * out.n + g * rows * out.channel + row0 * out.spatial[0];
        if (!bare) p.fill(from, in.n, in.channel, in.spatial, columns, row0, r, m, x);
        if (inPlace) {
          const InPlace rowsOf{rows, k, w + g * rows * k, tap, r, q.out[1], bare ? in.spatial[0] : p.pitch[0], out.spatial[0], out.channel};
          for (int64_t j = 0; j < m; j++) slideInto(rowsOf, bare ? from + j * in.n + row0 * in.spatial[0] : x + j * p.image, to + j * out.n);
          follow(n0, m);
          continue;
        }
        for (int64_t k0 = 0; k0 < k; k0 += slideDepth)
          slide(rows, least(slideDepth, k - k0), w + g * rows * k + k0 * rows, tap + k0, x, p.lines(r, m), result, ld, k0 > 0);
        for (int64_t j = 0; j < m; j++)
          for (int64_t o = 0; o < rows; o++)
            p.forRows(r, [&](const int64_t* e, int64_t from, int64_t width, int64_t rowsHere, int64_t pitch) {
              float* y = to + j * out.n + o * out.channel;
              for (int d = 0; d + 2 < q.rank; d++) y += e[d] * out.spatial[d];
              const int64_t step = q.rank > 1 ? out.spatial[q.rank - 2] : 0, stride = out.spatial[q.rank - 1];
              const float* v = result + o * ld + j * p.image + from;
              for (int64_t b = 0; b < rowsHere; b++) {
                if (stride == 1) copyRun(y + b * step, v + b * pitch, width);
                else for (int64_t a = 0; a < width; a++) y[b * step + a * stride] = v[b * pitch + a];
              }
            });
        follow(n0, m);
      }
    });
    return follows;
  }
  /// Every tap of every output position is an element of the image, next to those of its neighbours.
  static bool lies(const Reaching& q, const Image& in) {
    bool yes = in.spatial[q.rank - 1] == 1;
    for (int i = 0; i < q.rank; i++)
      yes = yes && q.step[i] == 1 && q.dilation[i] > 0 && q.start[i] == 0 && q.out[i] - 1 + (q.kernel[i] - 1) * q.dilation[i] < q.in[i];
    return yes;
  }
  static void tapsOf(const Reaching& q, const Image& in, int64_t channels, int64_t* tap) {
    for (int64_t ch = 0; ch < channels; ch++) {
      int64_t e[maxRank] = {};
      do {
        *tap = ch * in.channel;
        for (int i = 0; i < q.rank; i++) *tap += e[i] * q.dilation[i] * in.spatial[i];
        tap++;
      } while (advance(q.rank, q.kernel, e));
    }
  }
  /// Rows [i0, i0 + r) of a group's matrix [rows, columns * kernels], as `slide` wants them.
  void packWeights(int64_t g, int64_t i0, int64_t r, int64_t columns, int64_t rows, bool swapped, const int64_t* kernelAt,
                   float* to) const {
    const int64_t* s = c.w.strides.at;
    const int64_t kernels = this->r.kernels, k = columns * kernels, across = swapped ? s[1] : s[0], along = swapped ? s[0] : s[1];
    const float* w = reinterpret_cast<const float*>(at(c.w)) + g * perO * s[0] + i0 * across;
    float* line = to;
    int64_t p = 0;
    for (int64_t j = 0; j < columns; j++)
      for (int64_t e = 0; e < kernels; e++, p++, line += r) {
        if (p % slideDepth == 0) line = to + p * rows + i0 * least(slideDepth, k - p);
        const float* from = w + j * along + kernelAt[e];
        for (int64_t i = 0; i < r; i++) line[i] = from[i * across];
      }
  }
  /// Where the elements of a kernel lie.
  void kernelOffsets(int64_t* to) const {
    int64_t e[maxRank] = {};
    do {
      int64_t offset = 0;
      for (int d = 0; d < c.window.rank; d++) offset += e[d] * c.w.strides[2 + d];
      *to++ = offset;
    } while (advance(c.window.rank, c.window.kernel, e));
  }
  /// out[rows, positions] = w[rows, columns * kernels] . windows of `in`; both directions with stride 1, and forward.
  bool correlate(const Reaching& q, const Image& in, const View& inView, int64_t columns, const Image& out,
                 const View& outView, int64_t rows, bool swapped) const {
    if constexpr (sizeof(T) == 4) {
      Planes p;
      if (columns * q.kernels > 0 && p.plan(q, columns, c.n))
        return correlateDirect(p, in, inView, columns, out, outView, rows, swapped);
    }
    const T* w = weights(swapped);
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
    return false;
  }
  static int64_t imagesOf(int64_t positions) { return most(1, fewPositions / most(1, positions)); }
  static int64_t bandOf(int64_t rows, const Reaching& q, int64_t outRow) {
    const int64_t fit = bandBytes / most(1, rows * outRow * int64_t(sizeof(T)));
    return most(1, least(q.out[0], most(fit, ceilDiv(fewPositions, most(1, outRow)))));
  }
  bool forward() const {
    if (c.n == 0 || c.o == 0 || r.outs == 0) return false;
    return correlate(r, x, c.x, perC, y, c.y, perO, false);
  }
  bool backwardInput() const {
    if (c.n == 0 || c.c == 0 || r.ins == 0) return false;
    bool unit = true;
    for (int i = 0; i < r.rank; i++) unit = unit && r.step[i] == 1;
    if (unit) return correlate(reversed(r), y, c.y, perO, x, c.x, perC, true);
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
    return false;
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
    T* partial = reinterpret_cast<T*>(f.shared->need(roundUp(chunks * size * int64_t(sizeof(T))) + (taps + r.kernels) * 8));
    int64_t* tap = reinterpret_cast<int64_t*>(partial) + roundUp(chunks * size * int64_t(sizeof(T))) / 8;
    if constexpr (sizeof(T) == 4) {
      Planes p;
      if (perO * taps <= fewSums && r.outs > 0 && c.n > 0 && p.plan(r, perC, 1)) {
        gradDirect(p, chunks, images, partial, tap);
        return mergeWeights(chunks, partial, tap + taps, taps, 1);
      }
    }
    const int64_t outRow = r.out[0] == 0 ? 0 : r.outs / r.out[0];
    const int64_t band = bandOf(taps, r, outRow), together = least(images, imagesOf(r.outs));
    const int64_t positions = band * outRow * together;
    const int64_t unfolded = roundUp(taps * positions * int64_t(sizeof(T)));
    const bool dense = y.reach == Reach::whole && together == 1;
    const int64_t copy = dense ? 0 : roundUp(perO * positions * int64_t(sizeof(T)));
    const int64_t work = gemmBytes(taps, perO, positions, sizeof(T));
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
    mergeWeights(chunks, partial, tap + taps, 1, perO);
  }
  /// A chunk's sums without unfolding: y is turned so that its channels are neighbours, x is read where it lies if it can be.
  void gradDirect(const Planes& p, int64_t chunks, int64_t images, float* partial, int64_t* tap) const {
    const int64_t size = c.o * taps, wide = ceilDiv(perO, gradOuts) * gradOuts;
    const bool bare = lies(r, x);
    if (bare) tapsOf(r, x, perC, tap);
    else p.taps(perC, tap);
    const int64_t sums = taps * wide, xSize = bare ? 0 : roundUp(p.elements(perC) * 4) / 4, ySize = p.rows * (r.outs / r.out[0]) * wide;
    forTasks(f, chunks * c.groups, c.micros, [&](int64_t t, Scratch& s) {
      float* sum = reinterpret_cast<float*>(s.need((sums + xSize + ySize) * 4));
      float *xs = sum + sums, *ys = xs + xSize;
      std::memset(sum, 0, size_t(sums) * 4);
      if (wide > perO) std::memset(ys, 0, size_t(ySize) * 4);   // lanes that nobody reads
      const int64_t chunkAt = t / c.groups, g = t % c.groups, last = least(c.n, (chunkAt + 1) * images);
      for (int64_t n = chunkAt * images; n < last; n++)
        for (int64_t row0 = 0; row0 < r.out[0]; row0 += p.rows) {
          const int64_t rows = least(p.rows, r.out[0] - row0);
          const float* image = reinterpret_cast<const float*>(at(c.x)) + n * x.n + g * perC * x.channel;
          const float* given = reinterpret_cast<const float*>(at(c.y)) + n * y.n + g * perO * y.channel;
          if (!bare) p.fill(image, x.n, x.channel, x.spatial, perC, row0, rows, 1, xs);
          p.forRows(rows, [&](const int64_t* e, int64_t flat, int64_t width, int64_t rowsHere, int64_t pitch) {
            const auto begin = [&](const Image& m) {
              int64_t offset = row0 * m.spatial[0];
              for (int d = 0; d + 2 < r.rank; d++) offset += e[d] * m.spatial[d];
              return offset;
            };
            turned(given + begin(y), rowsHere, width, ys, wide);
            const int64_t across = r.rank > 1 ? x.spatial[r.rank - 2] : 0;
            slideGrad({wide, taps, rowsHere, width, ys, bare ? image + begin(x) : xs + flat, bare ? across : pitch, tap, sum});
          });
        }
      float* to = partial + chunkAt * size + g * perO * taps;   // [perO, taps]
      for (int64_t o = 0; o < perO; o++)
        for (int64_t k = 0; k < taps; k++) to[o * taps + k] = sum[k * wide + o];
    });
  }
  /// Runs of y with channels side by side.
  void turned(const float* from, int64_t runs, int64_t width, float* to, int64_t wide) const {
    const int64_t step = r.rank > 1 ? y.spatial[r.rank - 2] : 0, stride = y.spatial[r.rank - 1];
    if (stride == 1 && step == width) return sideBySide(runs * width, perO, from, y.channel, to, wide);
    for (int64_t i = 0; i < runs; i++, from += step, to += width * wide) {
      if (stride == 1) sideBySide(width, perO, from, y.channel, to, wide);
      else if (y.channel == 1) for (int64_t p = 0; p < width; p++) copyRun(to + p * wide, from + p * stride, perO);
      else for (int64_t p = 0; p < width; p++)
        for (int64_t o = 0; o < perO; o++) to[p * wide + o] = from[p * stride + o * y.channel];
    }
  }
  /// The chunks' sums pairwise, then to where the weights lie; strides of the sums over o and taps.
  void mergeWeights(int64_t chunks, T* partial, int64_t* kernelAt, int64_t oStride, int64_t tapStride) const {
    const int64_t size = c.o * taps;
    for (int64_t apart = 1; apart < chunks; apart *= 2)
      for (int64_t i = 0; i + apart < chunks; i += 2 * apart)
        for (int64_t j = 0; j < size; j++) partial[i * size + j] += partial[(i + apart) * size + j];
    kernelOffsets(kernelAt);
    T* w = at(c.w);
    for (int64_t o = 0; o < c.o; o++)
      for (int64_t ch = 0; ch < perC; ch++) {
        T* to = w + o * c.w.strides[0] + ch * c.w.strides[1];
        const T* from = partial + o / perO * perO * taps + ch * r.kernels * tapStride + o % perO * oStride;
        for (int64_t k = 0; k < r.kernels; k++) to[kernelAt[k]] = from[k * tapStride];
      }
  }
};

template <class T> bool convAs(const Conv& c, Frame& f) {
  const Convolution<T> conv(c, f);
  if (c.which == 0) return conv.forward();
  if (c.which == 1) return conv.backwardInput();
  conv.backwardWeights();
  return false;
}
/// Whether the epilogue is done.
bool followed(const Conv& c, Frame& f) {
  if (byWinograd(c)) return winograd(c, f);
  if (onSheets(c)) return direct(c, f);
  if (c.byChannel()) return depthwise(c, f);
  return c.x.dtype == F32 ? convAs<float>(c, f) : convAs<double>(c, f);
}

}  // namespace

void conv(const Conv& c, Frame& f) {
  if (!followed(c, f) && c.epilogue != nullptr) loop(*c.epilogue, f);
}

}}  // namespace cot::COT_ISA
