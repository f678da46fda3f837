#include "cpu/slide.hpp"

#include <cstring>
#include <utility>

namespace cot { namespace COT_ISA {
namespace {

constexpr double mostBytes = double(int64_t(256) << 20);
constexpr int64_t bandElements = int64_t(64) << 10;   // of all planes: they stay in the second cache
using S = Simd<float>;
using Vec = S::V;

/// f(0), f(1), .. with constants: arrays indexed by them become registers.
template <class F, int... I>
__attribute__((always_inline)) inline void unrolled(std::integer_sequence<int, I...>, const F& f) {
  (f(std::integral_constant<int, I>()), ...);
}
template <int N, class F> __attribute__((always_inline)) inline void each(const F& f) {
  unrolled(std::make_integer_sequence<int, N>(), f);
}
#define COT_INLINE __attribute__((always_inline))

template <int R, int V>
void slideTile(int64_t k, const float* w, const int64_t* tap, const float* x, float* c, int64_t ldc, bool add) {
  Vec sum[R * V];
  each<R * V>([&](auto i) COT_INLINE { sum[i] = Vec{}; });
  for (int64_t p = 0; p < k; p++) {
    const float* from = x + tap[p];
    Vec v[V];
    each<V>([&](auto j) COT_INLINE { v[j] = S::load(from + j * S::lanes); });
    each<R>([&](auto i) COT_INLINE {
      const Vec s = S::all(w[i]);
      each<V>([&](auto j) COT_INLINE { sum[i * V + j] = S::fma(s, v[j], sum[i * V + j]); });
    });
    w += R;
  }
  each<R>([&](auto i) COT_INLINE {
    each<V>([&](auto j) COT_INLINE {
      float* to = c + i * ldc + j * S::lanes;
      S::store(to, add ? S::load(to) + sum[i * V + j] : sum[i * V + j]);
    });
  });
}
using SlideFn = void (*)(int64_t, const float*, const int64_t*, const float*, float*, int64_t, bool);
using High = std::make_integer_sequence<int, slideHigh>;
using Wide = std::make_integer_sequence<int, slideRows>;
template <int V, int... R> SlideFn slideFor(int64_t rows, std::integer_sequence<int, R...>) {
  static constexpr SlideFn fn[] = {slideTile<R + 1, V>...};
  return fn[rows - 1];
}
/// How many vectors a tile takes at once.
inline int64_t across(int64_t high) { return high > slideRows ? 2 : 3; }

#if defined(__AVX512F__)
/// The first elements of a vector: the others are neither read nor written.
struct Part {
  uint16_t lanes;
  explicit Part(int64_t n) : lanes(uint16_t((1 << n) - 1)) {}
  Vec load(const float* p) const { return Vec(__builtin_ia32_loadups512_mask(p, Vec{}, lanes)); }
  void store(float* p, Vec v) const { __builtin_ia32_storeups512_mask(p, v, lanes); }
};
constexpr bool inParts = true;
#else
struct Part : S {
  explicit Part(int64_t) {}
};
constexpr bool inParts = false;
#endif
/// `V` vectors of positions anywhere, for R rows; `in` says how much of a vector is meant.
template <int R, int V, class P>
void placeTile(const P& in, int64_t k, const float* w, const int64_t* tap, const float* x, const int64_t* from, float* c, const int64_t* to, int64_t ldc) {
  Vec sum[R * V];
  each<R * V>([&](auto i) COT_INLINE { sum[i] = Vec{}; });
  const float* at[V];
  each<V>([&](auto j) COT_INLINE { at[j] = x + from[j]; });
  for (int64_t p = 0; p < k; p++) {
    const int64_t t = tap[p];
    Vec v[V];
    each<V>([&](auto j) COT_INLINE { v[j] = in.load(at[j] + t); });
    each<R>([&](auto i) COT_INLINE {
      const Vec s = S::all(w[i]);
      each<V>([&](auto j) COT_INLINE { sum[i * V + j] = S::fma(s, v[j], sum[i * V + j]); });
    });
    w += R;
  }
  each<R>([&](auto i) COT_INLINE { each<V>([&](auto j) COT_INLINE { in.store(c + i * ldc + to[j], sum[i * V + j]); }); });
}
template <class P> using PlaceFn = void (*)(const P&, int64_t, const float*, const int64_t*, const float*, const int64_t*, float*, const int64_t*, int64_t);
template <int V, class P, int... R> PlaceFn<P> placeFor(int64_t rows, std::integer_sequence<int, R...>) {
  static constexpr PlaceFn<P> fn[] = {placeTile<R + 1, V, P>...};
  return fn[rows - 1];
}
/// `n` vectors for all rows.
template <class P> void placeTiles(const P& in, const InPlace& s, int64_t n, const float* x, const int64_t* from, float* c, const int64_t* to) {
  const int64_t high = slideHeight(s.rows);
  for (int64_t o = 0; o < s.rows; o += high) {
    const int64_t r = least(high, s.rows - o);
    const PlaceFn<P> fn = n == 3 ? placeFor<3, P>(r, Wide()) : n == 2 ? placeFor<2, P>(r, High()) : placeFor<1, P>(r, High());
    // Lines of C come near while the sums are made.
    for (int64_t i = o; i < o + r; i++)
      for (int64_t j = 0; j < n; j++) __builtin_prefetch(c + i * s.ldc + to[j], 1);
    fn(in, s.k, s.w + o * s.k, s.tap, x, from, c + o * s.ldc, to, s.ldc);
  }
}
constexpr int pieces = int(line) / S::lanes;

// Gradients of weights: outputs are lanes, positions follow each other, so a sum is the same chain whatever the vectors are.
constexpr int64_t longestChain = 1024;
template <class T, int W> struct OutsOf {
  typedef T V __attribute__((vector_size(4 * W)));
  typedef T Loose __attribute__((vector_size(4 * W), aligned(4), may_alias));
  static V load(const float* p) { return *reinterpret_cast<const Loose*>(p); }
  static V added(float s, V y, V c) {
#ifdef __AVX512F__
    if constexpr (W == 16) return COT_FMA512(ps, 0xffff, s - V{}, y, c);
#endif
#ifdef __FMA__
    if constexpr (W == 8) return COT_FMA256(ps, s - V{}, y, c);
#endif
    for (int i = 0; i < W; i++) c[i] = fused(s, y[i], c[i]);
    return c;
  }
};
template <int W> using Outs = OutsOf<float, W>;
/// V vectors of W outputs from o on, T taps from t on.
template <int W, int V, int T> void gradTile(const Grad& g, int64_t o, int64_t t) {
  using O = Outs<W>;
  typename O::V sum[V * T];
  each<V * T>([&](auto i) COT_INLINE { sum[i] = typename O::V{}; });
  const float* y = g.y + o;
  for (int64_t r = 0; r < g.runs; r++) {
    const float* from[T];
    each<T>([&](auto j) COT_INLINE { from[j] = g.x + r * g.pitch + g.tap[t + j]; });
    for (int64_t p = 0; p < g.width; p++, y += g.outs) {
      typename O::V v[V];
      each<V>([&](auto i) COT_INLINE { v[i] = O::load(y + i * W); });
      each<T>([&](auto j) COT_INLINE {
        const float s = from[j][p];
        each<V>([&](auto i) COT_INLINE { sum[j * V + i] = O::added(s, v[i], sum[j * V + i]); });
      });
    }
  }
  each<T>([&](auto j) COT_INLINE {
    each<V>([&](auto i) COT_INLINE {
      float* to = g.sum + (t + j) * g.outs + o + i * W;
      *reinterpret_cast<typename O::Loose*>(to) = O::load(to) + sum[j * V + i];
    });
  });
}
using GradFn = void (*)(const Grad&, int64_t, int64_t);
template <int W, int V, int... T> GradFn gradFor(int64_t taps, std::integer_sequence<int, T...>) {
  static constexpr GradFn fn[] = {gradTile<W, V, T + 1>...};
  return fn[taps - 1];
}
/// V vectors of W outputs by as many taps as registers hold.
template <int W, int V> void gradAcross(const Grad& g, int64_t o) {
  constexpr int most = gradSums / V;
  const int64_t wide = ceilDiv(g.taps, ceilDiv(g.taps, most));
  for (int64_t t = 0; t < g.taps; t += wide) gradFor<W, V>(least(wide, g.taps - t), std::make_integer_sequence<int, most>())(g, o, t);
}
#ifdef __AVX512F__
constexpr int twoOuts = 2 * gradOuts, asVectors = 1;
#else
constexpr int twoOuts = gradOuts, asVectors = 2;
#endif

}  // namespace

bool Planes::plan(const Reaching& reaching, int64_t channels, int64_t n) {
  q = reaching;
  planes = 1;
  double all = double(channels);
  for (int i = 0; i < q.rank; i++) {
    const int64_t s = q.step[i], first = q.start[i], last = (q.kernel[i] - 1) * q.dilation[i] + q.start[i];
    low[i] = least(first, last);
    const int64_t reach = most(first, last) - low[i];
    extent[i] = q.out[i] + reach / s;
    if (i == 0) beyond = reach / s;
    count[i] = 0;
    for (int64_t k = 0; k < q.kernel[i] && k < s; k++) {   // remainders repeat after s taps
      const int64_t r = (q.dilation[i] < 0 ? (k - q.kernel[i] + 1) * q.dilation[i] : k * q.dilation[i]) % s;
      bool known = false;
      for (int j = 0; j < count[i]; j++) known = known || remainder[i][j] == r;
      if (known) continue;
      if (count[i] == maxRemainders) return false;
      remainder[i][count[i]++] = r;
    }
    planes *= count[i];
    all *= double(extent[i]) * double(count[i]);
  }
  if (all / double(most(extent[0], 1)) * double(beyond + 1) * 4 > mostBytes) return false;
  // Rows of a band, by sizes only; then images side by side while one leaves lines half empty.
  place(1, 1);
  const int64_t row = most(1, channels * planes * pitch[0]);
  const int64_t band = least(q.out[0], most(1, bandElements / row - beyond));
  int64_t together = 1;
  place(band, 1);
  if (band == q.out[0])
    for (int64_t m = 2; m <= n && lines(band, together) < 4 && channels * planes * image * m < bandElements; m *= 2)
      if (lines(band, m) * together < lines(band, together) * m) together = m;
  place(band, together);
  return lines(band, together) * line * 2 <= 5 * band * (q.outs / q.out[0]) * together;
}
void Planes::place(int64_t band, int64_t together) {
  rows = band;
  images = together;
  extent[0] = band + beyond;
  image = 1;
  for (int i = q.rank - 1; i >= 0; i--) {
    pitch[i] = image;
    image *= extent[i];
  }
  size = image * together;
}
int64_t Planes::span(int64_t r, int64_t m) const {
  int64_t last = (m - 1) * image + (r - 1) * pitch[0];
  for (int i = 1; i < q.rank; i++) last += (q.out[i] - 1) * pitch[i];
  return last + 1;
}
void Planes::taps(int64_t channels, int64_t* tap) const {
  const int64_t* first = tap;
  int64_t k[maxRank] = {};
  do {
    int64_t plane = 0, shift = 0;
    for (int i = 0; i < q.rank; i++) {
      const int64_t at = k[i] * q.dilation[i] + q.start[i] - low[i], r = at % q.step[i];
      int number = 0;
      while (remainder[i][number] != r) number++;
      plane = plane * count[i] + number;
      shift += at / q.step[i] * pitch[i];
    }
    *tap++ = plane * size + shift;
  } while (advance(q.rank, q.kernel, k));
  for (int64_t c = 1; c < channels; c++)
    for (int64_t i = 0; i < q.kernels; i++) *tap++ = first[i] + c * planes * size;
}
void Planes::fill(const float* x, int64_t n, int64_t channel, const int64_t* spatial, int64_t channels, int64_t row0,
                  int64_t r, int64_t m, float* to) const {
  const int last = q.rank - 1, rowsAxis = most(last - 1, 0);
  const int64_t used = r + beyond;
  const auto extentOf = [&](int i) { return i == 0 ? used : extent[i]; };
  int64_t outer[maxRank], counts[maxRank];   // the axes that are not walked by loops below
  for (int i = 0; i < rowsAxis; i++) outer[i] = extentOf(i);
  for (int i = 0; i < q.rank; i++) counts[i] = count[i];
  for (int64_t c = 0; c < channels; c++) {
    int64_t number[maxRank] = {};
    do {
      // Input position of the plane's element 0 on each axis, and which elements are inside.
      int64_t first[maxRank], lo[maxRank], hi[maxRank];
      bool whole = true;
      for (int i = 0; i < q.rank; i++) {
        first[i] = low[i] + remainder[i][number[i]] + (i == 0 ? row0 * q.step[0] : 0);
        const int64_t room = q.in[i] - first[i];
        lo[i] = least(extentOf(i), first[i] >= 0 ? 0 : ceilDiv(-first[i], q.step[i]));
        hi[i] = most(lo[i], room <= 0 ? 0 : least(extentOf(i), ceilDiv(room, q.step[i])));
        whole = whole && lo[i] == 0 && hi[i] == extentOf(i);
      }
      const int64_t stride = spatial[last] * q.step[last], width = hi[last] - lo[last];
      const int64_t rowLo = last > 0 ? lo[rowsAxis] : 0, rowHi = last > 0 ? hi[rowsAxis] : 1;
      const int64_t rowStep = last > 0 ? q.step[rowsAxis] * spatial[rowsAxis] : 0, rowPitch = last > 0 ? pitch[rowsAxis] : 0;
      for (int64_t i = 0; i < m; i++) {
        if (!whole) std::memset(to + i * image, 0, size_t(used * pitch[0]) * sizeof(float));
        int64_t e[maxRank] = {};
        do {
          const float* from = x + i * n + c * channel + (first[last] + lo[last] * q.step[last]) * spatial[last];
          float* row = to + i * image + lo[last];
          bool inside = width > 0;
          for (int d = 0; d < rowsAxis; d++) {
            inside = inside && e[d] >= lo[d] && e[d] < hi[d];
            from += (first[d] + e[d] * q.step[d]) * spatial[d];
            row += e[d] * pitch[d];
          }
          if (!inside) continue;
          if (last > 0) from += first[rowsAxis] * spatial[rowsAxis];
          for (int64_t j = rowLo; j < rowHi; j++) {
            if (stride == 1) copyRun(row + j * rowPitch, from + j * rowStep, width);
            else for (int64_t k = 0; k < width; k++) row[j * rowPitch + k] = from[j * rowStep + k * stride];
          }
        } while (advance(rowsAxis, outer, e));
      }
      to += size;
    } while (advance(q.rank, counts, number));
  }
}

void slide(int64_t rows, int64_t k, const float* w, const int64_t* tap, const float* x, int64_t lines, float* c, int64_t ldc,
           bool add) {
  const int64_t vectors = lines * pieces, high = slideHeight(rows);
  for (int64_t v = 0; v < vectors;) {
    const int64_t left = vectors - v, take = left == 4 ? 2 : least(left, across(high));
    for (int64_t i = 0; i < rows; i += high) {
      const int64_t r = least(high, rows - i);
      const SlideFn fn = take == 3 ? slideFor<3>(r, Wide()) : take == 2 ? slideFor<2>(r, High()) : slideFor<1>(r, High());
      fn(k, w + i * k, tap, x + v * S::lanes, c + i * ldc + v * S::lanes, ldc, add);
    }
    v += take;
  }
}
bool slidesInPlace(int64_t rows, int64_t k, int64_t width, int64_t pitch) {
  const int64_t taken = ceilDiv(width, S::lanes) * S::lanes;
  return rows > 1 && k <= slideDepth && (inParts || width >= S::lanes) && 4 * taken <= 5 * pitch;
}
void slideInto(const InPlace& s, const float* x, float* c) {
  const int64_t vectors = ceilDiv(s.width, S::lanes), all = vectors * s.lines, most = across(slideHeight(s.rows));
  const int64_t last = s.width < S::lanes ? 0 : s.width - S::lanes;
  // What a whole vector writes past a short line is the next line, which is written after it; only the last line has none.
  const int64_t parts = s.width >= S::lanes ? all : s.step == s.width ? all - 1 : 0;
  for (int64_t i = 0, line = 0, v = 0; i < all; i += most) {
    const int64_t n = least(most, all - i);
    int64_t from[3], to[3];
    for (int64_t j = 0; j < n; j++) {
      const int64_t at = v == vectors - 1 ? last : v * S::lanes;
      from[j] = line * s.pitch + at;
      to[j] = line * s.step + at;
      if (++v == vectors) v = 0, line++;
    }
    i + n <= parts ? placeTiles(S(), s, n, x, from, c, to) : placeTiles(Part(s.width), s, n, x, from, c, to);
  }
}
void slideGrad(const Grad& g) {
  const int64_t width = least(g.width, longestChain), runs = most(1, longestChain / width);
  for (int64_t r = 0; r < g.runs; r += runs)
    for (int64_t p = 0; p < g.width; p += width) {
      Grad part = g;
      part.runs = least(runs, g.runs - r);
      part.width = least(width, g.width - p);
      part.y = g.y + (r * g.width + p) * g.outs;
      part.x = g.x + r * g.pitch + p;
      int64_t o = 0;
      for (; o + 2 * gradOuts <= g.outs; o += 2 * gradOuts) gradAcross<twoOuts, asVectors>(part, o);
      if (o < g.outs) gradAcross<gradOuts, 1>(part, o);
    }
}
void sideBySide(int64_t positions, int64_t outs, const float* y, int64_t ldy, float* to, int64_t wide) {
  for (int64_t o = 0; o < outs; o += 4) {
    const float* from[4];
    for (int64_t i = 0; i < 4; i++) from[i] = y + least(o + i, outs - 1) * ldy;   // past the last one: the last one again
    int64_t p = 0;
    for (; p + 4 <= positions; p += 4) turnFour(from[0] + p, from[1] + p, from[2] + p, from[3] + p, to + p * wide + o, wide);
    for (; p < positions; p++)
      for (int64_t i = 0; i < 4; i++) to[p * wide + o + i] = from[i][p];
  }
}

}}  // namespace cot::COT_ISA
