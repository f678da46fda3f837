// Max over windows, and its gradient. A row of outputs is computed at once: for each element of the kernel, in row-major
// order, the outputs it can reach take the better of two. NaN is the maximum of its window, the first one keeps it.
#include "cpu/block.hpp"
#include "cpu/entry.hpp"
#include "cpu/window.hpp"
#include "kernel/arithmetic.hpp"

namespace cot { namespace COT_ISA {
namespace {

/// The first of the largest: a zero of the other sign after it does not lead.
struct Leader { template <class T> T operator()(T a, T b) const { return ((b > a) | (b != b)) ? b : a; } };
template <class T> constexpr T bottom() {
  return isReal<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
}

/// N windows of two columns: even and odd elements apart, or together again.
template <int N> struct Pair;
#define COT_PAIR(N, EVEN, ODD, FIRST, SECOND)                                                                    \
  template <> struct Pair<N> {                                                                                   \
    typedef float V __attribute__((vector_size(4 * N)));                                                         \
    typedef int32_t M __attribute__((vector_size(4 * N)));                                                       \
    typedef float U __attribute__((vector_size(4 * N), aligned(4), may_alias));                                  \
    static COT_IN V load(const float* x) { return *reinterpret_cast<const U*>(x); }                              \
    static COT_IN void store(float* x, V v) { *reinterpret_cast<U*>(x) = v; }                                    \
    static COT_IN void split(const float* x, V* even, V* odd) {                                                  \
      const V a = load(x), b = load(x + N);                                                                      \
      *even = COT_SHUFFLE(a, b, M EVEN);                                                                   \
      *odd = COT_SHUFFLE(a, b, M ODD);                                                                     \
    }                                                                                                            \
    static COT_IN void join(float* x, V even, V odd) {                                                           \
      store(x, COT_SHUFFLE(even, odd, M FIRST));                                                           \
      store(x + N, COT_SHUFFLE(even, odd, M SECOND));                                                      \
    }                                                                                                            \
    static COT_IN V best(V a, V b) { return ((b > a) | (b != b)) ? b : a; }                                      \
    static COT_IN M beats(V b, V a) { return ~(b <= a) & (a == a); }                                             \
    static COT_IN V only(M m, V v) { return (V)((M)v & m); }                                                     \
  };
#define COT_IN inline __attribute__((always_inline))
#define COT_L(...) {__VA_ARGS__}
COT_PAIR(4, COT_L(0, 2, 4, 6), COT_L(1, 3, 5, 7), COT_L(0, 4, 1, 5), COT_L(2, 6, 3, 7))
COT_PAIR(8, COT_L(0, 2, 4, 6, 8, 10, 12, 14), COT_L(1, 3, 5, 7, 9, 11, 13, 15), COT_L(0, 8, 1, 9, 2, 10, 3, 11),
         COT_L(4, 12, 5, 13, 6, 14, 7, 15))
/// Calls run(width, i) with width 8 or 4 until n >= 4 windows are covered; the last ones may come twice.
template <class F> COT_IN void forPairs(int64_t n, const F& run) {
  constexpr std::integral_constant<int, 8> eight{};
  constexpr std::integral_constant<int, 4> four{};
  if (n < 8) {
    run(four, 0);
    if (n > 4) run(four, n - 4);
    return;
  }
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) run(eight, i);
  if (i < n) run(eight, n - 8);
}

template <class T> struct Pooling {
  const MaxPool& p;
  Frame& f;
  Reaching r;
  Walk wx, wy, wdx;
  int64_t sx[maxRank], sy[maxRank], sdx[maxRank];

  void spread(const View& v, Walk* lead, int64_t* spatial) {
    const int n = p.lead.size;
    *lead = collapse(n, p.lead.at, v.strides.at);
    spatial[0] = 0;
    for (int i = 0; i < p.window.rank; i++) spatial[i] = v.strides[n + i];
  }
  static int64_t at(const Walk& w, int64_t i) { return w.rank == 0 ? 0 : seek(w, i).offset; }

  /// visit(k, xOffset, lo, hi): kernel element whose input for output `o` of the row is x[xOffset + o * step].
  template <class F> void row(const int64_t* out, const F& visit) const {
    const int last = r.rank - 1;
    int64_t k[maxRank] = {};
    do {
      int64_t offset = 0;
      bool inside = true;
      for (int i = 0; i < last && inside; i++) {
        const int64_t pos = out[i] * r.step[i] + k[i] * r.dilation[i] + r.start[i];
        inside = pos >= 0 && pos < r.in[i];
        offset += pos * sx[i];
      }
      if (!inside) continue;
      for (int64_t kk = 0; kk < r.kernel[last]; kk++) {
        int64_t lo, hi;
        meeting(r, last, kk, &lo, &hi);
        if (lo < hi) visit(k, kk, offset + (kk * r.dilation[last] + r.start[last]) * sx[last], lo, hi);
      }
    } while (advance(last, r.kernel, k));
  }
  void forward(int64_t lead, T* best) const {
    const int last = r.rank - 1;
    const T* x = reinterpret_cast<const T*>(addressOf(p.x, f)) + at(wx, lead);
    T* y = reinterpret_cast<T*>(addressOf(p.y, f)) + at(wy, lead);
    const int64_t step = r.step[last] * sx[last];
    int64_t out[maxRank] = {};
    do {
      for (int64_t o = 0; o < r.out[last]; o++) best[o] = bottom<T>();
      row(out, [&](const int64_t*, int64_t, int64_t offset, int64_t lo, int64_t hi) {
        const T* from = x + offset;
        if (step == 2) for (int64_t o = lo; o < hi; o++) best[o] = Leader()(best[o], from[o * 2]);
        else for (int64_t o = lo; o < hi; o++) best[o] = Leader()(best[o], from[o * step]);
      });
      T* to = y;
      for (int i = 0; i < last; i++) to += out[i] * sy[i];
      copyOut(to, best, sy[last], r.out[last]);
    } while (advance(last, r.out, out));
  }
  void backward(int64_t lead, T* best, int64_t* where) const {
    const int last = r.rank - 1;
    const T* x = reinterpret_cast<const T*>(addressOf(p.x, f)) + at(wx, lead);
    const T* y = reinterpret_cast<const T*>(addressOf(p.y, f)) + at(wy, lead);
    T* dx = reinterpret_cast<T*>(addressOf(p.dx, f)) + at(wdx, lead);
    int64_t in[maxRank] = {};
    do {
      T* to = dx;
      for (int i = 0; i < last; i++) to += in[i] * sdx[i];
      for (int64_t i = 0; i < r.in[last]; i++) to[i * sdx[last]] = 0;
    } while (advance(last, r.in, in));
    const int64_t step = r.step[last] * sx[last];
    int64_t out[maxRank] = {};
    do {
      for (int64_t o = 0; o < r.out[last]; o++) where[o] = -1;
      row(out, [&](const int64_t* k, int64_t kk, int64_t offset, int64_t lo, int64_t hi) {
        int64_t place = (kk * r.dilation[last] + r.start[last]) * sdx[last];
        for (int i = 0; i < last; i++) place += (out[i] * r.step[i] + k[i] * r.dilation[i] + r.start[i]) * sdx[i];
        for (int64_t o = lo; o < hi; o++) {
          const T v = x[offset + o * step];
          const bool better = where[o] < 0 || v > best[o] || (v != v && best[o] == best[o]);
          best[o] = better ? v : best[o];
          where[o] = better ? place + o * r.step[last] * sdx[last] - base : where[o];
        }
      });
      const T* from = y;
      for (int i = 0; i < last; i++) from += out[i] * sy[i];
      for (int64_t o = 0; o < r.out[last]; o++)
        if (where[o] >= 0) {
          T& to = dx[where[o] + base];
          to = Add()(to, from[o * sy[last]]);
        }
    } while (advance(last, r.out, out));
  }
  /// 2 x 2 windows that lie side by side in f32 rows without gaps: two rows of input to a row of output.
  bool pairs() const {
    const int last = r.rank - 1;
    if (!std::is_same<T, float>::value || r.rank != 2 || r.out[1] < 4 || sx[1] != 1 || sy[1] != 1 || (p.which == 1 && sdx[1] != 1))
      return false;
    for (int i = 0; i <= last; i++)
      if (r.kernel[i] != 2 || r.step[i] != 2 || r.dilation[i] != 1 || r.start[i] != 0 || r.out[i] * 2 > r.in[i]) return false;
    return true;
  }
  int64_t base = 0;   // the lowest place of a lead in dx: with negative strides, places start below 0
};

void forwardPairs(const Pooling<float>& q, int64_t lead) {
  const Reaching& r = q.r;
  const int64_t *sx = q.sx, *sy = q.sy;
  const float* x = reinterpret_cast<const float*>(addressOf(q.p.x, q.f)) + q.at(q.wx, lead);
  float* y = reinterpret_cast<float*>(addressOf(q.p.y, q.f)) + q.at(q.wy, lead);
  for (int64_t o = 0; o < r.out[0]; o++, x += 2 * sx[0], y += sy[0])
    forPairs(r.out[1], [&](auto width, int64_t i) {
      using P = Pair<decltype(width)::value>;
      typename P::V a, b, c, d;
      P::split(x + 2 * i, &a, &b);
      P::split(x + sx[0] + 2 * i, &c, &d);
      P::store(y + i, P::best(P::best(a, b), P::best(c, d)));
    });
}
void backwardPairs(const Pooling<float>& q, int64_t lead) {
  const Reaching& r = q.r;
  const int64_t *sx = q.sx, *sy = q.sy, *sdx = q.sdx;
  const float* x = reinterpret_cast<const float*>(addressOf(q.p.x, q.f)) + q.at(q.wx, lead);
  const float* y = reinterpret_cast<const float*>(addressOf(q.p.y, q.f)) + q.at(q.wy, lead);
  float* dx = reinterpret_cast<float*>(addressOf(q.p.dx, q.f)) + q.at(q.wdx, lead);
  for (int64_t o = 0; o < r.out[0]; o++, x += 2 * sx[0], y += sy[0], dx += 2 * sdx[0]) {
    forPairs(r.out[1], [&](auto width, int64_t i) {
      using P = Pair<decltype(width)::value>;
      typename P::V a, b, c, d;
      P::split(x + 2 * i, &a, &b);
      P::split(x + sx[0] + 2 * i, &c, &d);
      const typename P::V g = P::load(y + i) + typename P::V{};   // as if added to zero
      const typename P::M right = P::beats(b, a), right2 = P::beats(d, c);
      const typename P::M low = P::beats(right2 ? d : c, right ? b : a);
      P::join(dx + 2 * i, P::only(~low & ~right, g), P::only(~low & right, g));
      P::join(dx + sdx[0] + 2 * i, P::only(low & ~right2, g), P::only(low & right2, g));
    });
    for (int64_t i = 2 * r.out[1]; i < r.in[1]; i++) dx[i] = dx[sdx[0] + i] = 0;
  }
  for (int64_t o = 2 * r.out[0]; o < r.in[0]; o++, dx += sdx[0])
    for (int64_t i = 0; i < r.in[1]; i++) dx[i] = 0;
}
void pairsOf(const Pooling<float>& q, int64_t lead) { q.p.which == 0 ? forwardPairs(q, lead) : backwardPairs(q, lead); }
template <class T> void pairsOf(const Pooling<T>&, int64_t) {}

/// Images of f32 with channels next to each other: a window element by element, `many` channels at a time.
struct Across {
  static constexpr int64_t many = 64;
  const Pooling<float>& q;
  int64_t channels, images, blocks;   // images: product of the other lead axes

  static bool fits(const Pooling<float>& q) {
    const MaxPool& p = q.p;
    const int last = p.lead.size - 1;
    const auto across = [&](const View& v) { return v.strides[last] == 1; };
    return last >= 0 && q.r.rank <= 2 && p.lead[last] >= 8 && across(p.x) && across(p.y) && (p.which == 0 || across(p.dx));
  }
  explicit Across(const Pooling<float>& pooling) : q(pooling) {
    channels = q.p.lead[q.p.lead.size - 1];
    images = q.p.leads / channels;
    blocks = ceilDiv(channels, many);
  }
  /// Calls visit(element, offset in x, offset in dx) for the elements of the window at (y, x) that lie inside.
  template <class F> void window(int64_t y, int64_t x, const F& visit) const {
    const Reaching& r = q.r;
    const int last = r.rank - 1;
    const int64_t rows = last == 1 ? r.kernel[0] : 1;
    for (int64_t i = 0; i < rows; i++) {
      const int64_t a = last == 1 ? y * r.step[0] + i * r.dilation[0] + r.start[0] : 0;
      if (last == 1 && (a < 0 || a >= r.in[0])) continue;
      for (int64_t j = 0; j < r.kernel[last]; j++) {
        const int64_t b = x * r.step[last] + j * r.dilation[last] + r.start[last];
        if (b < 0 || b >= r.in[last]) continue;
        const int64_t row = last == 1 ? q.sx[0] * a : 0, rowOut = last == 1 ? q.sdx[0] * a : 0;
        visit(int32_t(i * r.kernel[last] + j), row + q.sx[last] * b, rowOut + q.sdx[last] * b);
      }
    }
  }
  void forward(const float* x, float* y, int64_t n) const {
    everyWindow([&](int64_t a, int64_t b, int64_t at) {
      float best[many];
      for (int64_t c = 0; c < n; c++) best[c] = bottom<float>();
      window(a, b, [&](int32_t, int64_t from, int64_t) {
        const float* v = x + from;
        for (int64_t c = 0; c < n; c++) best[c] = ((v[c] > best[c]) | (v[c] != v[c])) ? v[c] : best[c];
      });
      for (int64_t c = 0; c < n; c++) y[at + c] = best[c];
    });
  }
  void backward(const float* x, const float* y, float* dx, int64_t n) const {
    const Reaching& r = q.r;
    const int last = r.rank - 1;
    for (int64_t a = 0; a < (last == 1 ? r.in[0] : 1); a++)
      for (int64_t b = 0; b < r.in[last]; b++) {
        float* to = dx + (last == 1 ? a * q.sdx[0] : 0) + b * q.sdx[last];
        for (int64_t c = 0; c < n; c++) to[c] = 0;
      }
    everyWindow([&](int64_t a, int64_t b, int64_t at) {
      float best[many];
      int32_t winner[many];
      for (int64_t c = 0; c < n; c++) {
        best[c] = 0;
        winner[c] = -1;
      }
      window(a, b, [&](int32_t k, int64_t from, int64_t) {
        const float* v = x + from;
        for (int64_t c = 0; c < n; c++) {
          const bool better = (winner[c] < 0) | (v[c] > best[c]) | ((v[c] != v[c]) & (best[c] == best[c]));
          best[c] = better ? v[c] : best[c];
          winner[c] = better ? k : winner[c];
        }
      });
      const float* g = y + at;
      window(a, b, [&](int32_t k, int64_t, int64_t place) {
        float* to = dx + place;
        for (int64_t c = 0; c < n; c++) to[c] = winner[c] == k ? to[c] + g[c] : to[c];
      });
    });
  }
  /// Calls run(y, x, offset in y's view) for every window.
  template <class F> void everyWindow(const F& run) const {
    const int last = q.r.rank - 1;
    for (int64_t a = 0; a < (last == 1 ? q.r.out[0] : 1); a++)
      for (int64_t b = 0; b < q.r.out[last]; b++) run(a, b, (last == 1 ? a * q.sy[0] : 0) + b * q.sy[last]);
  }
  void operator()(Frame& f) const {
    forTasks(f, images * blocks, q.p.micros, [&](int64_t t, Scratch&) {
      const int64_t lead = t / blocks * channels + t % blocks * many, n = least(many, channels - t % blocks * many);
      const float* x = reinterpret_cast<const float*>(addressOf(q.p.x, q.f)) + q.at(q.wx, lead);
      float* y = reinterpret_cast<float*>(addressOf(q.p.y, q.f)) + q.at(q.wy, lead);
      if (q.p.which == 0) return forward(x, y, n);
      backward(x, y, reinterpret_cast<float*>(addressOf(q.p.dx, q.f)) + q.at(q.wdx, lead), n);
    });
  }
};
bool acrossOf(const Pooling<float>& q) {
  if (!Across::fits(q)) return false;
  Across{q}(q.f);
  return true;
}
template <class T> bool acrossOf(const Pooling<T>&) { return false; }

template <class T> void poolAs(const MaxPool& p, Frame& f) {
  Pooling<T> q{p, f, reaching(p.window), {}, {}, {}, {}, {}, {}};
  q.spread(p.x, &q.wx, q.sx);
  q.spread(p.y, &q.wy, q.sy);
  if (p.which == 1) {
    q.spread(p.dx, &q.wdx, q.sdx);
    for (int i = 0; i < q.r.rank; i++)
      if (q.sdx[i] < 0) q.base += (q.r.in[i] - 1) * q.sdx[i];
  }
  const int64_t width = q.r.out[q.r.rank - 1];
  if (p.leads == 0 || (p.which == 0 ? q.r.outs : q.r.ins) == 0) return;
  if (acrossOf(q)) return;
  const int64_t group = most(1, int64_t(double(p.leads) * 20 / p.micros));
  const bool paired = q.pairs();
  forTasks(f, ceilDiv(p.leads, group), p.micros, [&](int64_t t, Scratch& s) {
    if (std::is_same<T, float>::value && paired) {
      for (int64_t lead = t * group; lead < least(p.leads, (t + 1) * group); lead++)
        pairsOf(q, lead);
      return;
    }
    char* memory = s.need(width * 16 + 64);
    T* best = reinterpret_cast<T*>(memory + width * 8);
    for (int64_t lead = t * group; lead < least(p.leads, (t + 1) * group); lead++)
      if (p.which == 0) q.forward(lead, best);
      else q.backward(lead, best, reinterpret_cast<int64_t*>(memory));
  });
}

}  // namespace

void maxPool(const MaxPool& p, Frame& f) {
  switch (p.x.dtype) {
    case F32: return poolAs<float>(p, f);
#ifdef COT_RARE
    case U8: return poolAs<uint8_t>(p, f);
    case U32: return poolAs<uint32_t>(p, f);
    case I32: return poolAs<int32_t>(p, f);
    case I64: return poolAs<int64_t>(p, f);
    default: return poolAs<double>(p, f);
#else
    default: return COT_NARROW::maxPool(p, f);
#endif
  }
}

}}  // namespace cot::COT_ISA
