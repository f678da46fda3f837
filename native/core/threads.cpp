#include "core/threads.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>
#ifdef __linux__
#include <sched.h>
#endif

#include "core/group.hpp"
#include "core/trip.hpp"

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
int coreCount() {
  static const int cores = [] {
    int n = int(std::thread::hardware_concurrency());
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) n = CPU_COUNT(&set);
#endif
    return threadsOn(n, grantedCores());
  }();
  return cores;
}

/// Where the core that this thread runs on comes among those of the process, if it has as many as `of`; else what is given.
static int placeOfCore(int of, int otherwise) {
#ifdef __linux__
  static const std::vector<int> places = [] {
    std::vector<int> found;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return found;
    for (int c = 0, n = 0; c < CPU_SETSIZE; c++) found.push_back(CPU_ISSET(c, &set) ? n++ : -1);
    return found;
  }();
  if (coreCount() != of) return otherwise;
  const int core = sched_getcpu();
  if (core < 0 || core >= int(places.size()) || places[size_t(core)] < 0) return otherwise;
  return places[size_t(core)];
#else
  return otherwise;
#endif
}

// ---- the crew ----
namespace {
thread_local bool insideTask = false;
std::atomic<int64_t> enough{0};      // bytes of scratch memory
bool has(Scratch& s) {
  const int64_t bytes = enough.load(std::memory_order_relaxed);
  if (s.held() >= bytes) return true;
  try {
    s.need(bytes);
    return true;
  } catch (const OutOfMemory&) {
    return false;
  }
}

inline void pause() {
#if defined(COT_X86)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}
}  // namespace

/// Tasks of one thread that nobody has taken: the first one and the end of them in one word, so that each is taken once. Others
/// take from the end, where the owner comes last.
struct alignas(64) Range {
  std::atomic<uint64_t> left{0};

  void hold(int64_t from, int64_t to) { left.store(uint64_t(to) << 32 | uint64_t(from), std::memory_order_relaxed); }
  bool take(int64_t& task, bool last) {
    for (uint64_t now = left.load(std::memory_order_relaxed);;) {
      const uint64_t from = now & 0xffffffff, to = now >> 32;
      if (from >= to) return false;
      if (!left.compare_exchange_weak(now, last ? now - (uint64_t(1) << 32) : now + 1, std::memory_order_relaxed)) continue;
      task = int64_t(last ? to - 1 : from);
      return true;
    }
  }
};
constexpr int mostRanges = 32;         // of more threads some share one
constexpr int64_t mostTasks = INT32_MAX;

/// Where a team's work is handed out. The job: odd epochs are open. A helper counts itself in before it looks again at the
/// epoch, the caller closes the epoch before it looks at the count; one of the two therefore sees the other (all four
/// accesses are seq_cst).
struct Post {
  std::atomic<bool> open{false};      // a team leads here
  std::atomic<uint64_t> epoch{0};
  std::atomic<int> inside{0};
  Range ranges[mostRanges];
  int count = 1;                      // of ranges in use
  void* context = nullptr;
  Task fn = nullptr;
  std::mutex failing;
  std::exception_ptr failure;

  bool take(int who, int64_t& task) {
    if (ranges[who % count].take(task, false)) return true;
    for (int i = 1; i < count; i++)
      if (ranges[(who + i) % count].take(task, true)) return true;
    return false;
  }
  void claim(int who, Scratch& scratch) {
    who = placeOfCore(count, who);
    const bool outer = insideTask;
    insideTask = true;
    for (int64_t t; take(who, t);) {
      try {
        fn(context, t, scratch);
      } catch (...) {
        std::lock_guard<std::mutex> hold(failing);
        if (!failure) failure = std::current_exception();
        for (int i = 0; i < count; i++) ranges[i].hold(0, 0);
      }
    }
    insideTask = outer;
  }
  /// Takes part in the open job, if there is one that it has not seen, or waits a little for one.
  void help(int who, uint64_t& seen, Scratch& scratch) {
    const uint64_t now = epoch.load();
    if ((now & 1) == 0 || now == seen) return spin(now);
    inside.fetch_add(1);
    if (epoch.load() == now && has(scratch)) claim(who, scratch);
    inside.fetch_sub(1);
    seen = now;
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
    for (int i = 0; epoch.load() == now && open.load(); i++)
      std::this_thread::sleep_for(std::chrono::microseconds(i < 10 ? 50 : 200));
  }
  /// Of one range tasks are taken in order. Else each core has a stretch of its own, the same in each job of this size: what it
  /// wrote is still in its caches when that is read in the next one. Of its core, not its thread: the system moves those.
  void run(int64_t n, int threads, void* what, Task f, Scratch& own) {
    count = int(most(1, least(n, least(threads, mostRanges))));
    for (int i = 0; i < count; i++) ranges[i].hold(n * i / count, n * (i + 1) / count);
    context = what;
    fn = f;
    failure = nullptr;
    epoch.fetch_add(1);
    claim(0, own);
    epoch.fetch_add(1);
    for (int i = 0; inside.load() != 0; i++) i < 20000 ? pause() : std::this_thread::yield();
    if (failure) {
      std::exception_ptr e = failure;
      failure = nullptr;
      std::rethrow_exception(e);
    }
  }
};

namespace {
using Clock = std::chrono::steady_clock;
constexpr Clock::duration brief = std::chrono::microseconds(60), mostBrief = std::chrono::microseconds(500);
/// Predicted microseconds from which on work is worth handing out: between cores that answer within `nearNanos`, since they share
/// a cache, and between others.
constexpr double nearWorth = 12, farWorth = 60;
constexpr int64_t nearNanos = 200;
constexpr Clock::duration lookEvery = std::chrono::milliseconds(100);
struct Crew {
  std::mutex lead;                    // held by the one open team
  std::mutex sleep;                   // guards the condition below
  std::condition_variable wake;
  std::vector<std::thread> helpers;   // changed only under `lead`
  std::atomic<bool> leaving{false};
  std::atomic<int> asleep{0};
  Post post;
  std::atomic<int> wanted{0};         // threads, caller included; 0 = not asked yet
  Clock::time_point looked{};         // changed only under `lead`, as are the next two
  double worth = nearWorth;           // microseconds
  Scratch none;                       // which the tasks of a look do not use

  /// A virtual core may be moved while it runs, so the way between cores is looked at again and again, while helpers are awake.
  void look() {
    const Clock::time_point now = Clock::now();
    if (now - looked < lookEvery) return;
    looked = now;
    Trip trip;
    post.run(2, 2, &trip, [](void* t, int64_t i, Scratch&) { i == 0 ? static_cast<Trip*>(t)->ask() : static_cast<Trip*>(t)->answer(); }, none);
    if (trip.nanos != INT64_MAX) worth = trip.nanos <= nearNanos ? nearWorth : farWorth;
  }

  void helper(int who) {
    Scratch scratch;
    uint64_t seen = 0;
    Clock::time_point woken = Clock::now();
    while (!leaving.load()) {
      if (post.open.load() || (post.epoch.load() & 1) != 0) {
        post.help(who, seen, scratch);
        continue;
      }
      if (soon(woken)) continue;
      std::unique_lock<std::mutex> hold(sleep);
      asleep.fetch_add(1);
      wake.wait(hold, [&] { return post.open.load() || leaving.load(); });
      asleep.fetch_sub(1);
      woken = Clock::now();
    }
  }
  /// The next step of a loop opens a team a few microseconds after the last one closed: whoever sleeps at once is woken by
  /// the system each time, and comes when half of a small step is done. What took long has pushed the JavaScript between two
  /// steps out of the caches, so who was awake for long waits a sixteenth of that.
  bool soon(Clock::time_point& woken) const {
    Clock::time_point now = Clock::now();
    const Clock::time_point until = now + std::min(std::max((now - woken) / 16, brief), mostBrief);
    for (; now < until; now = Clock::now()) {
      for (int i = 0; i < 64; i++) {
        if (post.open.load(std::memory_order_relaxed) || leaving.load(std::memory_order_relaxed)) {
          woken = now;
          return true;
        }
        pause();
      }
    }
    return false;
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

void needScratch(int64_t bytes) {
  for (int64_t now = enough.load(); now < bytes && !enough.compare_exchange_weak(now, bytes);) {}
}
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

Team::Team(bool wanted) : post(nullptr), leads(false) {
  if (!wanted || threadCount() < 2 || insideTask) return;
  Crew& c = crew();
  if (!c.lead.try_lock()) return;
  try {
    while (int(c.helpers.size()) < threadCount() - 1) c.helpers.emplace_back([&c, who = int(c.helpers.size()) + 1] { c.helper(who); });
  } catch (...) {
    if (c.helpers.empty()) {
      c.lead.unlock();
      return;
    }
  }
  leads = true;
  post = &c.post;
  post->open.store(true);
  std::lock_guard<std::mutex> hold(c.sleep);
  if (c.asleep.load() > 0) c.wake.notify_all();
}
Team::~Team() {
  if (!leads) return;
  if (worked) crew().look();
  post->open.store(false);
  crew().lead.unlock();
}

double Team::worth() const { return crew().worth; }
void Team::parallel(int64_t tasks, void* context, Task fn, Scratch& own) {
  worked = true;
  const int threads = leads ? threadCount() : 1;
  if (tasks <= mostTasks) return post->run(tasks, threads, context, fn, own);
  struct Job { int64_t tasks, each; void* context; Task fn; } job{tasks, ceilDiv(tasks, mostTasks), context, fn};
  post->run(ceilDiv(tasks, job.each), threads, &job, [](void* j, int64_t i, Scratch& scratch) {
    const Job& of = *static_cast<Job*>(j);
    for (int64_t t = i * of.each; t < least(of.tasks, (i + 1) * of.each); t++) of.fn(of.context, t, scratch);
  }, own);
}

namespace {
/// Those who share the threads: each leads at a post of its own, which is open until it is done.
struct Shares {
  std::vector<Post> posts;
  std::vector<std::atomic<int>> helpers;

  explicit Shares(int64_t n) : posts(size_t(n)), helpers(size_t(n)) {
    for (Post& p : posts) p.open.store(true);
  }
  /// Closes the post of one that is done. After a failure it closes all: of some nobody will ever lead.
  struct Turn {
    Shares& all;
    Post& post;
    bool done = false;
    ~Turn() {
      post.open.store(false);
      for (Post& p : all.posts)
        if (!done) p.open.store(false);
    }
  };
  /// The open post with the fewest helpers, or -1.
  int64_t neediest() const {
    int64_t found = -1;
    for (int64_t i = 0; i < int64_t(posts.size()); i++)
      if (posts[size_t(i)].open.load() && (found < 0 || helpers[size_t(i)].load() < helpers[size_t(found)].load())) found = i;
    return found;
  }
  void help(Scratch& scratch) {
    for (int64_t i; (i = neediest()) >= 0;) {
      Post& p = posts[size_t(i)];
      helpers[size_t(i)].fetch_add(1);
      for (uint64_t seen = 0; p.open.load();) p.help(0, seen, scratch);
      helpers[size_t(i)].fetch_sub(1);
    }
  }
};
}  // namespace

void Team::shares(int64_t n, void* context, Share fn, Scratch& own) {
  struct Job { int64_t n; void* context; Share fn; Shares* all; } job{n, context, fn, nullptr};
  const auto single = [](void* j, int64_t i, Scratch& scratch) {
    Team alone(nullptr);
    static_cast<Job*>(j)->fn(static_cast<Job*>(j)->context, i, alone, scratch);
  };
  if (!ready()) {
    for (int64_t i = 0; i < n; i++) single(&job, i, own);
    return;
  }
  if (n % threadCount() == 0) return parallel(n, &job, single, own);   // nobody is ever left over
  Shares all(n);
  job.all = &all;
  post->run(n + threadCount() - 1, 1, &job, [](void* j, int64_t i, Scratch& scratch) {
    Job& of = *static_cast<Job*>(j);
    if (i >= of.n) return of.all->help(scratch);
    Shares::Turn turn{*of.all, of.all->posts[size_t(i)]};
    Team mine(&turn.post);
    of.fn(of.context, i, mine, scratch);
    turn.done = true;
  }, own);
}

}  // namespace cot
