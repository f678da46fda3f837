// The float functions of kernel/exponential.hpp as steps: the same roundings in the same order, so the same bits.
#include "core/steps.hpp"
#include "kernel/segments.hpp"

namespace cot {
namespace {

struct Functions {
  Recipe& r;

  int32_t horner(int32_t x, std::initializer_list<float> c) {
    auto at = c.begin();
    int32_t p = r.number(*at);
    while (++at != c.end()) p = r.fused(p, x, r.number(*at));
    return p;
  }
  int32_t negated(int32_t x) { return r.differ(x, r.bits(0x80000000u)); }
  int32_t size(int32_t x) { return r.both(x, r.bits(0x7FFFFFFFu)); }
  int32_t signOf(int32_t x) { return r.both(x, r.bits(0x80000000u)); }

  /// e^x = 2^n e^r: bits of t are n + 254 past those of a constant without low bits.
  struct Turns { int32_t t, n, r; };
  int32_t turnShift() { return r.number(12582912.0f + 254.0f); }
  Turns turns(int32_t x) {
    const int32_t shift = turnShift(), t = r.fused(x, r.number(1.44269504088896341f), shift), n = r.sub(t, shift);
    return {t, n, r.fusedFrom(r.fusedFrom(x, n, r.number(0.693359375f)), n, r.number(-2.12194440e-4f))};
  }
  int32_t power(int32_t x) { return horner(x, {0.00139013247f, 0.00836320035f, 0.0416668542f, 0.166665763f, 0.5f, 1.0f, 1.0f}); }
  /// 2^n p; `plain` where that is a normal number, whose exponent grows by n; else 2^n is two factors. EVEX has an instruction
  /// that gives the same.
  int32_t scaled(int32_t p, const Turns& by, bool plain) {
    if (r.format.evex()) return r.step(1, 2, 0x2C, p, by.n);
    if (plain) return r.integer(0xFE, p, r.shifted(r.integer(0xFA, by.t, turnShift()), Recipe::left, 23));
    const int32_t half = r.shifted(by.t, Recipe::right, 1);
    return r.mul(r.mul(p, r.shifted(half, Recipe::left, 23)), r.shifted(r.integer(0xFA, by.t, half), Recipe::left, 23));
  }
  int32_t within(int32_t x, bool plain) {
    const Turns by = turns(x);
    return scaled(power(by.r), by, plain);
  }
  int32_t low(int32_t x) { return r.greater(r.number(-104.0f), x); }
  int32_t exp(int32_t x) { return within(low(r.lesser(r.number(89.0f), x)), false); }
  struct Split { int32_t f, k; };
  Split split(int32_t x) {
    const int32_t e = r.shifted(r.integer(0xFA, x, r.bits(0x3f3504f3u)), Recipe::rightSigned, 23);
    return {r.sub(r.integer(0xFA, x, r.shifted(e, Recipe::left, 23)), r.number(1.0f)), r.real32(e)};
  }
  int32_t logRest(int32_t f, int32_t k) {
    const int32_t z = r.mul(f, f);
    const int32_t p = horner(f, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                                 -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f});
    return r.fusedFrom(r.fusedFrom(r.mul(r.mul(f, z), p), k, r.number(2.12194440e-4f)), z, r.number(0.5f));
  }
  int32_t logOf(int32_t f, int32_t k, int32_t rest) { return r.fusedFrom(r.add(f, rest), k, r.number(-0.693359375f)); }
  /// y where u > 0; log 0 and the logarithms of infinity (where v is) and of what is below 0.
  int32_t logEnds(int32_t v, int32_t u, int32_t y) {
    const int32_t zero = r.number(0.0f);
    y = r.choose(r.compare(v, r.bits(0x7F800000u), 0), v, y);
    y = r.choose(r.compare(u, zero, 0), r.bits(0xFF800000u), y);
    return r.choose(r.compare(u, zero, 0x1D), y, r.bits(0x7FC00000u));
  }
  int32_t log(int32_t v) {
    const int32_t tiny = r.compare(v, r.number(1.17549435e-38f), 0x11);
    const Split x = split(r.choose(tiny, r.mul(v, r.number(8388608.0f)), v));
    const int32_t k = r.sub(x.k, r.masked(tiny, r.number(23.0f)));
    return logEnds(v, v, logOf(x.f, k, logRest(x.f, k)));
  }
  int32_t log1p(int32_t v) {
    const int32_t one = r.number(1.0f), u = r.add(v, one), t = r.sub(u, one);
    const int32_t left = r.add(r.sub(one, r.sub(u, t)), r.sub(v, t));
    const Split x = split(u);
    const int32_t y = logOf(x.f, x.k, r.add(logRest(x.f, x.k), r.div(left, u)));
    return r.choose(r.compare(size(v), r.number(0x1p-24f), 0x11), v, logEnds(v, u, y));
  }
  int32_t expm1(int32_t v) {
    const Turns by = turns(r.greater(r.number(-25.0f), r.lesser(r.number(89.0f), v)));
    const int32_t near = r.number(0.5f), half = r.integer(0xFE, near, r.shifted(r.integer(0xFA, by.t, turnShift()), Recipe::left, 23));
    const int32_t p = horner(by.r, {0.00139013247f, 0.00836320035f, 0.0416668542f, 0.166665763f, 0.5f});
    const int32_t y = r.mul(r.number(2.0f), r.fused(half, r.fused(r.mul(by.r, by.r), p, by.r), r.sub(half, near)));
    return r.choose(r.compare(size(v), r.number(0x1p-25f), 0x11), v, y);
  }
  int32_t sigmoid(int32_t v) {
    const int32_t e = within(low(r.either(v, r.bits(0x80000000u))), false), one = r.number(1.0f);
    return r.div(r.choose(r.compare(v, r.number(0.0f), 0x1D), one, e), r.add(e, one));
  }
  int32_t tanh(int32_t v) {
    const int32_t a = r.greater(r.number(0x1p-13f), size(v)), z = r.mul(a, a), one = r.number(1.0f);
    const int32_t p = horner(z, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f});
    const int32_t near = r.fused(r.mul(p, z), a, a);
    // From 2|x| = 44 on the quotient is below half a unit of 1.
    const int32_t e = within(r.lesser(r.add(a, a), r.number(44.0f)), true);
    const int32_t far = r.sub(one, r.div(r.number(2.0f), r.add(e, one)));
    // |v| is found anew, so that it need not be kept.
    const int32_t y = r.either(r.choose(r.compare(size(v), r.number(0.625f), 0x11), near, far), signOf(v));
    return r.choose(r.compare(size(v), r.number(0x1p-13f), 0x19), v, y);
  }
  template <int rows> int32_t segmented(const float (&table)[rows][16], int32_t k, int32_t d) {
    int32_t q = r.looked(k, table[rows - 1]);
    for (int i = rows - 2; i > 0; i--) q = r.fused(q, d, r.looked(k, table[i]));
    return q;
  }
  int32_t erf(int32_t v) {
    const int32_t a = r.lesser(r.number(3.87499976f), size(v)), shift = r.number(erfShift);
    const int32_t k = r.add(a, shift), d = r.sub(a, r.sub(k, shift));
    return r.either(r.add(r.fused(segmented(erfSegments, k, d), d, d), r.looked(k, erfSegments[0])), signOf(v));
  }
  int32_t erfc(int32_t v) {
    const int32_t a = r.lesser(r.number(10.2f), size(v));
    const int32_t k = r.shifted(r.fused(a, r.number(erfcScale), r.number(1.0f)), Recipe::right, erfcShift);
    const int32_t q = segmented(erfcSegments, k, r.sub(a, r.looked(k, erfcSegments[0])));
    const int32_t h = r.mul(a, a);
    const Turns by = turns(negated(h));
    const int32_t far = scaled(r.mul(power(r.sub(by.r, r.fusedLess(a, a, h))), q), by, false);
    return r.choose(r.compare(v, r.number(0.0f), 0x11), r.sub(r.number(2.0f), far), far);
  }
  int32_t sign(int32_t v) {
    const int32_t zero = r.number(0.0f);
    const int32_t low = r.choose(r.compare(v, zero, 0x11), r.number(-1.0f), v);
    return r.choose(r.compare(v, zero, 0x1E), r.number(1.0f), low);
  }
};

}  // namespace

bool inlined(Code c) {
  switch (c) {
    case Code::exp_: case Code::expm1_: case Code::log_: case Code::log1p_: case Code::sigmoid_: case Code::tanh_: case Code::erf_: case Code::erfc_: case Code::sign_: return true;
    default: return false;
  }
}
int32_t linesOf(Recipe& r, Code c, int32_t x) {
  Functions f{r};
  switch (c) {
    case Code::exp_: return f.exp(x);
    case Code::expm1_: return f.expm1(x);
    case Code::log_: return f.log(x);
    case Code::log1p_: return f.log1p(x);
    case Code::sigmoid_: return f.sigmoid(x);
    case Code::tanh_: return f.tanh(x);
    case Code::erf_: return f.erf(x);
    case Code::erfc_: return f.erfc(x);
    default: return f.sign(x);
  }
}

}  // namespace cot
