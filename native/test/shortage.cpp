// Memory that cannot be had. The linker sends every allocation of this executable through here (CMakeLists.txt), so that any
// one of them can fail: objects of C++, scratch memory, blocks of the pool, pages.
#include "test/shortage.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <new>
#include <thread>

#include "core/memory.hpp"
#include "test/programs.hpp"

using namespace cot;
using namespace cot::test;

namespace {

std::atomic<int64_t> number{0}, from{-1}, until{-1};
thread_local bool spared = false;

bool fails() {
  if (from < 0 || spared) return false;
  const int64_t n = number++;
  return n >= from && n < until;
}

}  // namespace

Failing::Failing(int64_t n, int64_t many) {
  number = 0;
  until = n + many;
  from = n;
}
Failing::~Failing() { from = until = -1; }
bool Failing::met() const { return number > from; }
Spared::Spared() : before(spared) { spared = true; }
Spared::~Spared() { spared = before; }

extern "C" {
void* __real__Znwm(size_t);
void* __real__ZnwmSt11align_val_t(size_t, std::align_val_t);
void* __real_aligned_alloc(size_t, size_t);
void* __real_mmap(void*, size_t, int, int, int, off_t);
char* __real__ZN3cot9takeBlockElb(int64_t, bool);
char* __real__ZN3cot9takeSpareElb(int64_t, bool);
void* __wrap__Znwm(size_t n) { return fails() ? throw std::bad_alloc() : __real__Znwm(n); }
void* __wrap__ZnwmSt11align_val_t(size_t n, std::align_val_t a) { return fails() ? throw std::bad_alloc() : __real__ZnwmSt11align_val_t(n, a); }
void* __wrap_aligned_alloc(size_t a, size_t n) { return fails() ? nullptr : __real_aligned_alloc(a, n); }
char* __wrap__ZN3cot9takeBlockElb(int64_t n, bool joined) { return fails() ? nullptr : __real__ZN3cot9takeBlockElb(n, joined); }
char* __wrap__ZN3cot9takeSpareElb(int64_t n, bool joined) { return fails() ? nullptr : __real__ZN3cot9takeSpareElb(n, joined); }
void* __wrap_mmap(void* at, size_t n, int can, int how, int file, off_t offset) {
  if (!fails()) return __real_mmap(at, n, can, how, file, offset);
  errno = ENOMEM;
  return MAP_FAILED;
}
}

namespace {

int wrong = 0;
#define EXPECT(x) do { if (!(x)) { std::printf("%s:%d: %s\n", __FILE__, __LINE__, #x); wrong++; } } while (0)

/// Whether all went well; that memory is short is the only thing that may be thrown.
template <class F> bool well(const F& what) {
  try {
    what();
    return true;
  } catch (const OutOfMemory&) {
  } catch (const std::bad_alloc&) {
  } catch (const std::exception& e) {   // of a collective, which is not tried again
    EXPECT(std::strstr(e.what(), "out of memory") != nullptr);
  }
  return false;
}
/// The bytes of all inputs, or of all outputs.
std::vector<char> bytesOf(const Memory& m, int side) {
  std::vector<char> bytes;
  const std::vector<char*>& of = side == 0 ? m.in : m.out;
  for (size_t i = 0; i < of.size(); i++) bytes.insert(bytes.end(), of[i], of[i] + m.sizes[size_t(side)][i]);
  return bytes;
}
void fill(Memory& m, int side, const std::vector<char>& bytes) {
  const char* at = bytes.data();
  const std::vector<char*>& to = side == 0 ? m.in : m.out;
  for (size_t i = 0; i < to.size(); at += m.sizes[size_t(side)][i++]) std::copy_n(at, m.sizes[size_t(side)][i], to[i]);
}

/// One plan with its memory, what the memory holds before, and what is right.
struct Trial {
  const Plan& plan;
  Memory memory{plan, 4};
  const std::vector<char> inputs = bytesOf(memory, 0), before = bytesOf(memory, 1);
  std::vector<char> right;
  bool over = false;             // outputs lie over inputs where they may
  int64_t failed = 0;

  explicit Trial(const Plan& p) : plan(p) {
    Runner r;
    run(r, {});
    right = bytesOf(memory, 1);
  }
  void run(Runner& r, const std::vector<Kept*>& kept) {
    std::vector<char*> out = memory.out;
    for (const Overlay& o : plan.overlays) out[size_t(o.output)] = over ? memory.in[size_t(o.input)] : out[size_t(o.output)];
    r.run(plan, memory.in.data(), memory.slots.data(), out.data(), nullptr, kept.empty() ? nullptr : kept.data());
    for (const Overlay& o : plan.overlays)
      if (over) std::memcpy(memory.out[size_t(o.output)], memory.in[size_t(o.input)], memory.sizes[1][size_t(o.output)]);
  }
  void restore() {
    fill(memory, 0, inputs);
    fill(memory, 1, before);
  }
  /// Runs that keep what was asked for before; the one in which allocations fail begins with nothing.
  bool meets(int64_t n, int64_t many) {
    std::vector<Kept> kept(size_t(plan.keeps.size));
    std::vector<Kept*> at;
    for (Kept& k : kept) at.push_back(&k);
    Runner first, r;
    if (!kept.empty()) run(first, at);
    restore();
    bool met = false, fine = false;
    {
      Failing failing(n, many);
      fine = well([&] { run(r, at); });
      met = failing.met();
    }
    failed += !fine;
    EXPECT(fine ? bytesOf(memory, 1) == right : bytesOf(memory, 0) == inputs);
    restore();
    run(r, at);
    EXPECT(bytesOf(memory, 1) == right);
    restore();
    return met;
  }
  void sweep(int64_t many) {
    const int64_t used = poolState().used;
    for (int64_t n = 0; stopThreads(), meets(n, many); n++) {
      EXPECT(poolState().used == used && keptBytes() == 0);
      if (n > 1000) EXPECT(!"a run that allocates without end");
      if (n > 1000) return;
    }
  }
};
/// Two states made over the old ones by all threads. Of one operation a longer stretch is done at a time: the second loop has more
/// work memory than the first.
Words growing() {
  const double n = 40000, bytes = n * 4;
  const auto loop = [&](int from, const std::vector<Words>& ops, int to) {
    Words sink{0, double(ops.size() + 1)};
    append(sink, view(to, F32, 0, {1}));
    return instruction(Kind::loop, {listed({n}), {0}, group({source(view(from, F32, 0, {1})), source(view(2, F32, 0, {1}))}), group(ops), group({sink})});
  };
  std::vector<Words> many;
  for (const double x : {0, 1, 0, 1, 0, 1}) many.push_back(op(Code::atan_, F32, F32, {x}));
  for (double i = 2; i < 8; i++) many.push_back(op(Code::atan2_, F32, F32, {i, 9 - i}));
  for (double i = 8; i < 13; i++) many.push_back(op(Code::add_, F32, F32, {i, i == 8 ? 13 : i + 5}));
  return program({{0, bytes, 0}, {0, bytes, 1}, {0, bytes, 2}, {1, bytes, 0}, {1, bytes, 1}}, {loop(0, many, 3), loop(1, {op(Code::tan_, F32, F32, {0})}, 4)});
}
/// Whichever allocation of a run fails, alone or with all that come later: inputs keep their bytes, also where outputs lie over
/// them; nothing is lost; the next run is right.
void runsLeaveInputs() {
  int64_t failed = 0, over = 0;
  std::vector<Words> all = samples();
  all.push_back(growing());
  for (const int threads : {1, 3}) {
    setThreadCount(threads);
    for (const Words& w : all) {
      const auto plan = decode(w.data(), int64_t(w.size()));
      Trial trial(*plan);
      for (const bool lies : {false, true}) {
        trial.over = lies;
        if (lies && plan->overlays.size == 0) continue;
        over -= trial.failed * lies;
        for (const int64_t many : {int64_t(1), ever}) trial.sweep(many);
        over += trial.failed * lies;
      }
      failed += trial.failed;
    }
  }
  std::printf("short of memory: %lld runs failed, %lld of them over their inputs\n", static_cast<long long>(failed), static_cast<long long>(over));
  EXPECT(failed > 500 && over > 20);
}

/// A plan is made or refused, whichever allocation fails; the inputs of no run are touched by that.
void plansAreMadeWhole() {
  int64_t failed = 0;
  for (const Words& w : samples()) {
    const auto make = [&] { decode(w.data(), int64_t(w.size())); };
    for (int64_t n = 0, met = 1; met; n += 1 + n / 8) {
      Failing failing(n, ever);
      failed += !well(make);
      met = failing.met();
    }
  }
  EXPECT(failed > 1000);
}
/// What is kept is given up without any memory, for it is asked for where there is none.
void keptGoes() {
  int64_t went = 0;
  for (const Words& w : samples()) {
    const auto plan = decode(w.data(), int64_t(w.size()));
    std::vector<Kept> kept(size_t(plan->keeps.size));
    std::vector<Kept*> at;
    for (Kept& k : kept) at.push_back(&k);
    Memory memory(*plan, 4);
    Runner r;
    for (int i = 0; i < 3 && !kept.empty(); i++) r.run(*plan, memory.in.data(), memory.slots.data(), memory.out.data(), nullptr, at.data());
    const bool some = keptBytes() > 0;
    went += some;
    const Failing failing(0, ever);
    EXPECT(dropKept() == some && keptBytes() == 0);
  }
  EXPECT(went > 0);
}
/// Who has no memory for a task ends the job with that; who has none for any task leaves all to those who have.
void helpersFailToo() {
  setThreadCount(2);
  Scratch own;
  Team team(true);
  EXPECT(team.ready());
  struct Job { std::thread::id caller = std::this_thread::get_id(); std::atomic<int> here{0}, elsewhere{0}; bool wants; };
  const auto meet = [](void* j, int64_t, Scratch& scratch) {   // one task a thread
    Job& of = *static_cast<Job*>(j);
    for (of.here++; of.here < 2;) std::this_thread::yield();
    if (of.wants) scratch.need(scratch.held() + 1);
  };
  for (int round = 0; round < 20; round++) {
    Job with{}, without{};
    without.wants = true;
    team.parallel(2, &with, meet, own);   // now each has what it must have to take part
    const Spared caller;
    const Failing failing(0, ever);
    EXPECT(!well([&] { team.parallel(2, &without, meet, own); }));
  }
  needScratch(int64_t(64) << 20);
  const auto slow = [](void* j, int64_t, Scratch&) {
    Job& of = *static_cast<Job*>(j);
    (std::this_thread::get_id() == of.caller ? of.here : of.elsewhere)++;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  };
  Job alone, both;
  {
    const Spared caller;
    const Failing failing(0, ever);
    EXPECT(well([&] { team.parallel(200, &alone, slow, own); }));
  }
  EXPECT(alone.here == 200 && alone.elsewhere == 0);
  team.parallel(200, &both, slow, own);
  EXPECT(both.here + both.elsewhere == 200 && both.elsewhere > 0);
}

}  // namespace

int cot::test::shortageFailures() {
  runsLeaveInputs();
  plansAreMadeWhole();
  keptGoes();
  helpersFailToo();
  return wrong;
}
