// The process's own threads. A caller opens a `Team` for the length of a plan: helpers then spin between its kernels, so
// that handing out work costs well under a microsecond; soon after the last team has closed they sleep. One team at a time:
// who finds it taken runs alone. Tasks are claimed one by one and the caller claims too, so it never waits for a helper that
// is late. Results do not depend on any of this: kernels cut their work by sizes only.
#pragma once
#include "core/types.hpp"

namespace cot {

/// Memory of one thread, grown on demand and kept. `need` gives 64-byte aligned bytes, valid until the next `need`.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  char* need(int64_t bytes);  // throws OutOfMemory
  int64_t held() const { return bytes; }
  void release();

 private:
  char* memory = nullptr;
  int64_t bytes = 0;
};

/// From here on no thread takes part in a job that has not so many bytes of scratch memory.
void needScratch(int64_t bytes);

using Task = void (*)(void* context, int64_t task, Scratch& scratch);

struct Post;

class Team {
 public:
  /// Tries to lead the helpers; `ready()` tells whether it does.
  explicit Team(bool wanted);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  bool ready() const { return post != nullptr; }
  /// Predicted microseconds from which on work is worth handing out: more where the cores lie far apart.
  double worth() const;
  /// Runs fn(context, 0..tasks) on all threads; returns when all are done; rethrows the first exception.
  void parallel(int64_t tasks, void* context, Task fn, Scratch& own);
  /// Runs fn(context, 0..n) side by side, each with a share of the threads as a team of its own; who is left over helps
  /// where the fewest are. Returns when all are done; rethrows the first exception, after which none begins.
  using Share = void (*)(void* context, int64_t which, Team& team, Scratch& scratch);
  void shares(int64_t n, void* context, Share fn, Scratch& own);

 private:
  explicit Team(Post* p) : post(p), leads(false) {}
  Post* post;
  bool leads;                  // all helpers, not a share of them
  bool worked = false;         // something was handed out
};

int threadCount();
void setThreadCount(int n);
/// Cores that this process may use: affinity and cgroup quota, whichever is less.
int coreCount();
/// Ends the helpers (they start again on demand): for tests and for processes about to leave.
void stopThreads();

}  // namespace cot
