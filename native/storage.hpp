// Storages: blocks of the pool, each held for as long as one JavaScript object lives. The tie is a weak reference that is
// looked at by `sweep`, not a finalizer: finalizers wait for the event loop, and a synchronous loop never reaches it. When
// live bytes pass a threshold, or the pool would have to ask the system for more after some were taken, `take` runs a minor
// collection itself and sweeps what was young; if much is still live at the threshold, a full one. Where collections take more than a tenth of the time, the threshold grows. One table per environment (main
// thread or worker).
#pragma once
#include <napi.h>

#include <vector>

#include "core/kept.hpp"
#include "core/types.hpp"

namespace cot {

class Storages {
 public:
  explicit Storages(napi_env e) : env(e) {}
  ~Storages();
  /// Throws a JavaScript Error with code OutOfMemory.
  double take(int64_t bytes, napi_value owner);
  /// The bytes behind an id, or null.
  char* find(double id, int64_t* bytes) const;
  /// The same for who writes them: nothing is kept of what they were.
  char* open(double id, int64_t* bytes);
  /// What is kept of a storage.
  std::shared_ptr<Kept> kept(double id);
  void pin(double id, int by);
  bool pinned(double id) const;
  void sweep(bool all);
  /// Owners of the largest storages that are still reachable, at most `most`, as a JavaScript array, largest first.
  napi_value largest(size_t most) const;
  /// Gives a storage's bytes back before its owner is gone, unless a running plan uses it. It is empty from then on.
  void empty(double id);
  void collector(napi_value fn);
  void forget();                 // all of it: the environment goes away

  /// Small, so that steps of a loop soon reuse memory that is mapped already and still near; grows with what stays live,
  /// and up to `mostPatience` times as far where collections would take too much of the time.
  static constexpr int64_t mostPatience = 16;
  static constexpr int64_t firstThreshold = int64_t(32) << 20;
  int64_t live = 0, threshold = firstThreshold;
  int64_t collections = 0, count = 0;
  int64_t settled = 0;           // live bytes after the last full collection

 private:
  struct Entry {
    char* data = nullptr;
    int64_t bytes = 0;
    napi_ref owner = nullptr;
    uint32_t generation = 0;
    int32_t pins = 0;
    int32_t age = 0;
    std::shared_ptr<Kept> kept;
  };
  napi_env env;
  std::vector<Entry> entries;
  std::vector<uint32_t> spare, young, old;
  napi_ref gc = nullptr;
  int64_t fresh = 0;             // bytes taken since room was made
  int64_t base = firstThreshold, patience = 1;  // the threshold is their product
  double lastRoom = 0;           // when room was made, in microseconds
  double spentLately = 0, passedLately = 0;
  int seen = 0;                  // rooms that these two are about

  static constexpr double step = 67108864;  // 2^26 entries; the rest of an id is the entry's generation
  const Entry* entry(double id) const;
  void release(uint32_t index);
  void sweepList(std::vector<uint32_t>& list);
  void collect(bool minor);
  void makeRoom(int64_t bytes);
};

}  // namespace cot
