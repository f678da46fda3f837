#pragma once
#include <cstdint>

namespace cot::test {
/// While one lives, allocations from the n-th on fail, `many` of them: of all threads that are not spared.
struct Failing {
  Failing(int64_t n, int64_t many);
  ~Failing();
  bool met() const;
};
constexpr int64_t ever = INT64_MAX / 2;
/// Allocations of the thread that made it do not fail, nor count, while it lives.
struct Spared {
  Spared();
  Spared(const Spared&) = delete;
  ~Spared();
  const bool before;
};
/// How many things are wrong when memory cannot be had.
int shortageFailures();
}  // namespace cot::test
