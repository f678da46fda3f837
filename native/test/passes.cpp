// Operations of a loop in one pass (cpu/link.cpp) give what loops of one operation each give, which have no passes.
#include "test/passes.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

#include "core/emit.hpp"
#include "test/programs.hpp"

namespace cot::test {
namespace {

constexpr int64_t n = 64 * 2 + 8 * 2 + 32 * 6 + 5;   // eight vectors, one, and what is left
constexpr int inputs = 3;
struct Taken { Code code; int arity; };
const std::vector<Taken> integers{{Code::neg_, 1}, {Code::abs_, 1}, {Code::add_, 2}, {Code::sub_, 2}, {Code::mul_, 2}, {Code::max_, 2}, {Code::min_, 2}};
std::vector<Taken> kindsOf(DType d) {
  std::vector<Taken> all = integers;
  if (isFloat(d)) all.insert(all.end(), {{Code::div_, 2}, {Code::sqrt_, 1}, {Code::rsqrt_, 1}});
  return all;
}
/// Operations on registers, the first of which are the inputs, and which of them are results.
struct Chain {
  DType d;
  struct Step { Code code; std::vector<double> args; };
  std::vector<Step> steps;
  std::vector<int> results;

  double bytes() const { return double(n * sizeOf(d)); }
  Words at(int buffer) const { return view(buffer, d, 0, {1}); }
  std::vector<BufferWords> buffers() const {
    std::vector<BufferWords> all;
    for (int i = 0; i < inputs; i++) all.push_back({0, bytes(), double(i)});
    for (size_t i = 0; i < results.size(); i++) all.push_back({1, bytes(), double(i)});
    return all;
  }
  static Words store(int reg, const Words& to) {
    Words s{0, double(reg)};
    append(s, to);
    return s;
  }
  Words loop(const std::vector<Words>& sources, const std::vector<Words>& ops, const std::vector<Words>& sinks) const {
    return instruction(Kind::loop, {listed({double(n)}), {0}, group(sources), group(ops), group(sinks)});
  }
  Words together() const {
    std::vector<Words> sources, ops, sinks;
    for (int i = 0; i < inputs; i++) sources.push_back(source(at(i)));
    for (const Step& s : steps) ops.push_back(op(s.code, d, d, s.args));
    for (size_t i = 0; i < results.size(); i++) sinks.push_back(store(results[i], at(inputs + int(i))));
    return program(buffers(), {loop(sources, ops, sinks)});
  }
  Words apart() const {
    std::vector<BufferWords> all = buffers();
    std::vector<Words> loops;
    std::vector<int> buffer;
    for (int i = 0; i < inputs; i++) buffer.push_back(i);
    for (const Step& s : steps) {
      all.push_back({2, bytes(), double(int64_t(loops.size()) * (n * 8 + 64) / 64 * 64)});
      buffer.push_back(int(all.size()) - 1);
      std::vector<Words> sources;
      Words args;
      for (const double a : s.args) {
        args.push_back(double(sources.size()));
        sources.push_back(source(at(buffer[size_t(a)])));
      }
      loops.push_back(loop(sources, {op(s.code, d, d, args)}, {store(int(sources.size()), at(buffer.back()))}));
    }
    for (size_t i = 0; i < results.size(); i++) loops.push_back(loop({source(at(buffer[size_t(results[i])]))}, {}, {store(0, at(inputs + int(i)))}));
    return program(all, loops);
  }
};

template <class T> std::vector<T> corners() {
  if constexpr (std::is_floating_point<T>::value) {
    using L = std::numeric_limits<T>;
    return {L::quiet_NaN(), L::infinity(), -L::infinity(), T(0), -T(0), L::denorm_min(), -L::denorm_min() * 77, L::min(), L::max(), -L::max(), T(1), T(-2.5), T(0.1)};
  } else {
    return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), -1, 0, 1, 46341, -46341};
  }
}
/// Every corner beside every other one.
template <class T> void fillIn(Memory& m) {
  const std::vector<T> c = corners<T>();
  const int64_t k = int64_t(c.size());
  for (size_t i = 0; i < m.in.size(); i++)
    for (int64_t j = 0; j < n; j++) reinterpret_cast<T*>(m.in[i])[j] = c[size_t((i == 0 ? j : i == 1 ? j / k : j / k * 3 + j * 5 + 1) % k)];
}
void fillIn(DType d, Memory& m) { d == F32 ? fillIn<float>(m) : d == F64 ? fillIn<double>(m) : fillIn<int32_t>(m); }
bool isNaN(DType d, const char* p) {
  if (!isFloat(d)) return false;
  float f;
  double g;
  std::memcpy(&f, p, 4);
  if (d == F32) return std::isnan(f);
  std::memcpy(&g, p, 8);
  return std::isnan(g);
}
/// Any NaN is as good as any other.
bool same(DType d, const char* x, const char* y) {
  for (int64_t i = 0; i < n; i++, x += sizeOf(d), y += sizeOf(d))
    if (std::memcmp(x, y, size_t(sizeOf(d))) != 0 && !(isNaN(d, x) && isNaN(d, y))) return false;
  return true;
}
const Loop& loopOf(const Plan& p) { return static_cast<const Loop&>(*p.instructions[0]); }

/// How many results differ; once more where they may lie over the inputs.
int differences(const Chain& c, const Plan& plan) {
  const Words words = c.apart();
  const auto apart = decode(words.data(), int64_t(words.size()));
  Memory expected(*apart, 1), got(plan, 1), over(plan, 1);
  for (Memory* m : {&expected, &got, &over}) fillIn(c.d, *m);
  std::vector<char*> out = over.out;
  for (const Overlay& o : plan.overlays) out[size_t(o.output)] = over.in[size_t(o.input)];
  Runner r;
  r.run(*apart, expected.in.data(), expected.slots.data(), expected.out.data());
  r.run(plan, got.in.data(), got.slots.data(), got.out.data());
  r.run(plan, over.in.data(), over.slots.data(), out.data());
  int found = 0;
  for (size_t i = 0; i < out.size(); i++) found += !same(c.d, got.out[i], expected.out[i]) + !same(c.d, out[i], expected.out[i]);
  return found;
}
/// Two operations, the second of which reads the first as its left operand, its right one or both.
int pairFailures(DType d, const Taken& x, const Taken& y, int form, bool kept) {
  Chain c{d, {{x.code, {0}}, {y.code, {inputs}}}, {inputs + 1}};
  if (x.arity == 2) c.steps[0].args.push_back(1);
  if (y.arity == 2) c.steps[1].args = form == 0 ? std::vector<double>{inputs, 2} : form == 1 ? std::vector<double>{2, inputs} : std::vector<double>{inputs, inputs};
  if (kept) c.results.push_back(inputs);
  const Words words = c.together();
  const auto plan = decode(words.data(), int64_t(words.size()));
  const Op& first = loopOf(*plan).body.ops[0];
  const int failed = (first.pass != 2) + (first.inner == kept) + differences(c, *plan);
  if (failed > 0) std::printf("operations %d and %d of dtype %d, form %d: not what they are one by one\n", int(x.code), int(y.code), int(d), form);
  return failed;
}
/// Long programs, more than a pass may have, of which each operation most often reads the one before.
int programFailures(DType d, uint64_t seed) {
  Random random(seed);
  Chain c{d, {}, {}};
  const std::vector<Taken> kinds = kindsOf(d);
  const int64_t length = 2 + random.below(150);
  for (int64_t i = 0; i < length; i++) {
    const Taken& kind = kinds[size_t(random.below(int64_t(kinds.size())))];
    const auto reg = [&] { return double(i > 0 && random.below(5) > 0 ? inputs + i - 1 : random.below(inputs + i)); };
    c.steps.push_back({kind.code, {reg()}});
    if (kind.arity == 2) c.steps.back().args.push_back(reg());
  }
  for (int k = 0; k < 3; k++) c.results.push_back(inputs + int(random.below(length)));
  const Words words = c.together();
  const auto plan = decode(words.data(), int64_t(words.size()));
  const int failed = differences(c, *plan);
  if (failed > 0) std::printf("program %d of dtype %d: not what its operations are one by one\n", int(seed), int(d));
  return failed;
}

}  // namespace

int passFailures() {
  setEmits(0);
  int failed = 0;
  for (const DType d : {F32, F64, I32}) {
    for (const Taken& x : kindsOf(d))
      for (const Taken& y : kindsOf(d))
        for (int form = 0; form < (y.arity == 2 ? 3 : 1); form++)
          for (const bool kept : {false, true}) failed += pairFailures(d, x, y, form, kept);
    for (uint64_t seed = 1; seed <= 40; seed++) failed += programFailures(d, seed);
  }
  setEmits(512);
  return failed;
}

}  // namespace cot::test
