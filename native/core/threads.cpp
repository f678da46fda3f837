#include "core/threads.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
#ifdef __linux__
#include <sched.h>
#endif

namespace cot {

// ---- scratch ----
Scratch::~Scratch() { release(); }
void Scratch::release() {
  std::free(memory);
  memory = nullptr;
  bytes = 0;
}
char* Scratch::need(int64_t n) {
  if (n <= bytes) return memory;
  if (n < 0 || n > (int64_t(1) << 46)) throw OutOfMemory(double(n));
  release();
  const int64_t size = ceilDiv(n + n / 4, 4096) * 4096;
  memory = static_cast<char*>(std::aligned_alloc(4096, size_t(size)));
  if (memory == nullptr) throw OutOfMemory(double(n));
  bytes = size;
  return memory;
}

// ---- how many ----
static int quotaCores() {
  // cgroup v2, then v1; "max" or -1 is no limit.
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0)
    return int(std::atof(quota.c_str()) / period + 0.5);
  std::ifstream q("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), p("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double allowed = -1;
  if (q >> allowed && p >> period && allowed > 0 && period > 0) return int(allowed / period + 0.5);
  return 1 << 20;
}
int coreCount() {
  static const int cores = [] {
    int n = int(std::thread::hardware_concurrency());
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
#endif
    const int q = quotaCores();
    if (q >= 1 && q < n) n = q;
    return n < 1 ? 1 : n;
  }();
  return cores;
}

// ---- the crew ----
namespace {
thread_local bool insideTask = false;

inline void pause() {
#if defined(COT_X86)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

struct Crew {
  std::mutex lead;                    // held by the one open team
  std::mutex sleep;                   // guards the condition below
  std::condition_variable wake;
  std::vector<std::thread> helpers;   // changed only under `lead`
  std::atomic<bool> open{false}, leaving{false};
  std::atomic<int> asleep{0};

  // The job: odd epochs are open. A helper counts itself in before it looks again at the epoch, the caller closes the
  // epoch before it looks at the count; one of the two therefore sees the other (all four accesses are seq_cst).
  std::atomic<uint64_t> epoch{0};
  std::atomic<int> inside{0};
  std::atomic<int64_t> next{0};
  int64_t tasks = 0;
  void* context = nullptr;
  Task fn = nullptr;
  std::mutex failing;
  std::exception_ptr failure;

  std::atomic<int> wanted{0};         // threads, caller included; 0 = not asked yet

  void claim(Scratch& scratch) {
    insideTask = true;
    for (int64_t t; (t = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      try {
        fn(context, t, scratch);
      } catch (...) {
        std::lock_guard<std::mutex> hold(failing);
        if (!failure) failure = std::current_exception();
        next.store(tasks, std::memory_order_relaxed);
      }
    }
    insideTask = false;
  }
  void helper() {
    Scratch scratch;
    uint64_t seen = 0;
    while (!leaving.load()) {
      const uint64_t now = epoch.load();
      if ((now & 1) != 0 && now != seen) {
        inside.fetch_add(1);
        if (epoch.load() == now) claim(scratch);
        inside.fetch_sub(1);
        seen = now;
        continue;
      }
      if (open.load()) {
        spin(now);
        continue;
      }
      std::unique_lock<std::mutex> hold(sleep);
      asleep.fetch_add(1);
      wake.wait(hold, [&] { return open.load() || leaving.load(); });
      asleep.fetch_sub(1);
    }
  }
  /// A team is open but has nothing to do: spin, then yield, then nap, so that a long serial stretch costs little.
  void spin(uint64_t now) {
    for (int i = 0; i < 4000; i++) {
      if (epoch.load(std::memory_order_relaxed) != now || !open.load(std::memory_order_relaxed)) return;
      pause();
    }
    for (int i = 0; i < 50; i++) {
      if (epoch.load() != now || !open.load()) return;
      std::this_thread::yield();
    }
    for (int i = 0; epoch.load() == now && open.load() && !leaving.load(); i++)
      std::this_thread::sleep_for(std::chrono::microseconds(i < 10 ? 50 : 200));
  }
  void stop() {
    leaving.store(true);
    {
      std::lock_guard<std::mutex> hold(sleep);
      wake.notify_all();
    }
    for (auto& h : helpers) h.join();
    helpers.clear();
    leaving.store(false);
  }
};
// Never destroyed: helpers may outlive static destructors when the process exits.
Crew& crew() {
  static Crew* c = new Crew;
  return *c;
}
}  // namespace

int threadCount() {
  Crew& c = crew();
  int n = c.wanted.load();
  if (n != 0) return n;
  n = coreCount();
  if (const char* asked = std::getenv("COTANGENT_THREADS")) {
    const int a = std::atoi(asked);
    if (a >= 1) n = a < 256 ? a : 256;
  }
  c.wanted.store(n);
  return n;
}
void setThreadCount(int n) {
  Crew& c = crew();
  std::lock_guard<std::mutex> hold(c.lead);
  c.wanted.store(n < 1 ? 1 : n > 256 ? 256 : n);
  c.stop();
}
void stopThreads() {
  Crew& c = crew();
  std::lock_guard<std::mutex> hold(c.lead);
  c.stop();
}

Team::Team(bool wanted) : leads(false) {
  if (!wanted || threadCount() < 2 || insideTask) return;
  Crew& c = crew();
  if (!c.lead.try_lock()) return;
  try {
    while (int(c.helpers.size()) < threadCount() - 1) c.helpers.emplace_back([&c] { c.helper(); });
  } catch (...) {
    if (c.helpers.empty()) {
      c.lead.unlock();
      return;
    }
  }
  leads = true;
  c.open.store(true);
  std::lock_guard<std::mutex> hold(c.sleep);
  if (c.asleep.load() > 0) c.wake.notify_all();
}
Team::~Team() {
  if (!leads) return;
  crew().open.store(false);
  crew().lead.unlock();
}

void Team::parallel(int64_t tasks, void* context, Task fn, Scratch& own) {
  Crew& c = crew();
  c.tasks = tasks;
  c.context = context;
  c.fn = fn;
  c.failure = nullptr;
  c.next.store(0, std::memory_order_relaxed);
  c.epoch.fetch_add(1);
  c.claim(own);
  c.epoch.fetch_add(1);
  for (int i = 0; c.inside.load() != 0; i++) i < 20000 ? pause() : std::this_thread::yield();
  if (c.failure) {
    std::exception_ptr e = c.failure;
    c.failure = nullptr;
    std::rethrow_exception(e);
  }
}

}  // namespace cot
