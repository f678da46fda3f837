// How long the way between two cores takes.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace cot {

/// A line of cache goes from one core to another and back, some times. Who finds nobody there soon gives up for both.
struct Trip {
  static constexpr int rounds = 12, patience = 20000;
  std::atomic<int> at{0};
  std::atomic<bool> over{false};
  int64_t nanos = INT64_MAX;          // of the shortest, when all were made

  bool await(int what) {
    for (int i = 0; i < patience && !over.load(std::memory_order_relaxed); i++)
      if (at.load(std::memory_order_acquire) == what) return true;
    over.store(true);
    return false;
  }
  void ask() {
    int64_t least = INT64_MAX;
    for (int i = 0; i < rounds; i++) {
      const auto began = std::chrono::steady_clock::now();
      at.store(2 * i + 1, std::memory_order_release);
      if (!await(2 * i + 2)) return;
      least = std::min<int64_t>(least, std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began).count());
    }
    nanos = least;
  }
  void answer() {
    for (int i = 0; i < rounds && await(2 * i + 1); i++) at.store(2 * i + 2, std::memory_order_release);
  }
};

}  // namespace cot
