// Runs a plan: instruction after instruction, over buffers whose addresses are given.
#pragma once
#include "core/decode.hpp"
#include "core/kept.hpp"
#include "core/threads.hpp"

#include <memory>
#include <vector>

namespace cot {

/// What each device of a gang has besides a thread.
struct Device { Scratch shared, table; };
/// What one thread of control keeps between runs: its arena (grown to the largest plan) and scratch memory.
class Runner {
 public:
  Runner() = default;
  Runner(const Runner&) = delete;
  ~Runner();
  /// `inputs` and `outputs` are addresses, `slots` the slot words of the command. Throws OutOfMemory. A clock gets the
  /// microseconds at which each instruction of the plan starts, then the end, then of each exchange in its list when its
  /// transfer began and when it was done (`clockWords` in all). `kept` is of the buffers in `plan.keeps`, null of some.
  void run(const Plan& plan, char* const* inputs, const double* slots, char* const* outputs, double* clock = nullptr, Kept* const* kept = nullptr);
  int64_t arenaBytes() const { return held; }
  void release();

 private:
  void grow(int64_t bytes, Team& team);

  char* arena = nullptr;
  int64_t held = 0;
  Scratch own, shared, table;
  std::vector<std::unique_ptr<Device>> devices;   // of the largest gang so far
};

int64_t clockWords(const Plan& plan);
/// The most steps one while loop may take; without it a program whose test never fails runs for ever. For fuzzing.
void limitWhile(int64_t steps);

/// From this predicted time on a run opens a team.
constexpr double teamMicros = 40;

}  // namespace cot
