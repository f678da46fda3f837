// The addon without Node: decoder (with a fuzzer), kernels, pool and threads, for sanitizers to watch. Prints what failed and
// exits with 1. Run by native/test/run.sh.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/wait.h>
#endif

#include "core/claims.hpp"
#include "core/emit.hpp"
#include "core/group.hpp"
#include "core/memory.hpp"
#include "cpu/kernels.hpp"
#include "test/comm.hpp"
#include "test/passes.hpp"
#include "test/programs.hpp"
#include "test/shortage.hpp"

using namespace cot;
using namespace cot::test;

static int failures = 0;
#define EXPECT(x) do { if (!(x)) { std::printf("%s:%d: %s\n", __FILE__, __LINE__, #x); failures++; } } while (0)

static std::vector<char> bytesOf(const Memory& m) {
  std::vector<char> bytes;
  for (size_t i = 0; i < m.out.size(); i++) bytes.insert(bytes.end(), m.out[i], m.out[i] + m.sizes[1][i]);
  return bytes;
}
/// The bytes of all outputs after one run.
static std::vector<char> result(const Words& w, uint64_t seed) {
  const auto plan = decode(w.data(), int64_t(w.size()));
  Memory m(*plan, seed);
  Runner r;
  r.run(*plan, m.in.data(), m.slots.data(), m.out.data());
  return bytesOf(m);
}

/// A second run, whose outputs lie over inputs where they may, gives the same bytes. Says whether there was such an output.
static bool overlaysChangeNothing(const Plan& plan, Runner& r, uint64_t seed, const std::vector<char>& expected) {
  Memory m(plan, seed);
  std::vector<char*> out = m.out;
  for (const Overlay& o : plan.overlays) out[size_t(o.output)] = m.in[size_t(o.input)];
  r.run(plan, m.in.data(), m.slots.data(), out.data());
  for (const Overlay& o : plan.overlays) std::memcpy(m.out[size_t(o.output)], m.in[size_t(o.input)], m.sizes[1][size_t(o.output)]);
  EXPECT(bytesOf(m) == expected);
  return plan.overlays.size > 0;
}
/// Several runs over the same inputs, the later ones with what the earlier ones made of them, give the same bytes. Says whether
/// anything was kept.
static bool keepingChangesNothing(const Plan& plan, Runner& r, uint64_t seed, const std::vector<char>& expected) {
  Memory m(plan, seed);
  const std::vector<char> before = bytesOf(m);
  std::vector<Kept> kept(size_t(plan.keeps.size));
  std::vector<Kept*> at;
  for (Kept& k : kept) at.push_back(&k);
  for (int i = 0; i < 4; i++) {
    const char* from = before.data();
    for (size_t k = 0; k < m.out.size(); from += m.sizes[1][k++]) std::copy_n(from, m.sizes[1][k], m.out[k]);
    r.run(plan, m.in.data(), m.slots.data(), m.out.data(), nullptr, at.data());
    EXPECT(bytesOf(m) == expected);
  }
  return keptBytes() > 0;
}
/// Prints one number for all results: it is the same for every COTANGENT_ISA, and for all code that loops may have there.
static void runsEverySample() {
  uint64_t sum = 14695981039346656037ull;
  int over = 0, kept = 0;
  for (const Words& w : samples()) {
    setThreadCount(1);
    const auto one = result(w, 1);
    Runner r;
    const auto plan = decode(w.data(), int64_t(w.size()));
    over += overlaysChangeNothing(*plan, r, 1, one);
    kept += keepingChangesNothing(*plan, r, 1, one);
    EXPECT(keptBytes() == 0);
    for (const char c : one) sum = (sum ^ uint8_t(c)) * 1099511628211ull;
    setThreadCount(4);
    for (const int bits : {0, 256, 512}) {
      setEmits(bits);
      EXPECT(result(w, 1) == one);
    }
  }
  EXPECT(over >= 9 && kept >= 14);
  std::printf("results: %016llx\n", static_cast<unsigned long long>(sum));
}
/// Large enough that tasks are really shared out.
static void threadsChangeNothing() {
  const double n = 300000;
  const Words sum = program({{0, n * 4, 0}, {1, 4, 0}, {1, n * 4, 1}},
                            {instruction(Kind::loop, {listed({n}), {1}, group({source(view(0, F32, 0, {1}))}), group({op(Code::exp_, F32, F32, {0})}),
                                                      group({[] { Words s{1, 1}; append(s, view(1, F32, 0, {})); return s; }(), [] { Words s{0, 1}; append(s, view(2, F32, 0, {1})); return s; }()})})});
  const double m = 130, k = 350;
  const Words dot = program({{0, m * k * 4, 0}, {0, k * m * 4, 1}, {1, m * m * 4, 0}},
                            {instruction(Kind::dot, {listed({}), {m, m, k}, view(0, F32, 0, {k, 1}), view(1, F32, 0, {m, 1}), view(2, F32, 0, {m, 1})})});
  std::vector<Words> all = large();
  all.push_back(sum);
  all.push_back(dot);
  for (const Words& w : all) {
    EXPECT(decode(w.data(), int64_t(w.size()))->micros > teamMicros);
    setThreadCount(1);
    const auto one = result(w, 2);
    for (int t : {2, 3, 5}) {
      setThreadCount(t);
      EXPECT(result(w, 2) == one);
    }
  }
}
/// Protections of the pages of this process, as the system lists them.
static int64_t pagesThat(const char* can) {
  std::ifstream maps("/proc/self/maps");
  int64_t found = 0;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string range, protection, offset, device, file;   // its number: 0 where there is none
    words >> range >> protection >> offset >> device >> file;
    found += protection == can && file == "0";
  }
  return found;
}
/// While code of loops lives it can be run and cannot be written, and there is nothing else that can be run.
static void codeIsNotWritable() {
  const int64_t before = pagesThat("r-xp");
  std::vector<std::unique_ptr<Plan>> plans;
  for (const Words& w : samples()) {
    plans.push_back(decode(w.data(), int64_t(w.size())));
    EXPECT(pagesThat("rwxp") == 0 && pagesThat("-wxp") == 0);
  }
  EXPECT(emits() == 0 || pagesThat("r-xp") > before);
  plans.clear();
  EXPECT(pagesThat("r-xp") == before);
}
/// Where the system lets nothing new be run (as services are that may not), loops go without code. In a process of its own,
/// which nothing takes that off; before there are threads, for it is a copy of this one.
static void runsWhereCodeIsForbidden() {
#ifdef __linux__
  const pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    const Alone alone;
    setThreadCount(1);
    setEmits(0);
    std::vector<std::vector<char>> expected;
    for (const Words& w : samples()) expected.push_back(result(w, 5));
    setEmits(512);
    constexpr int mdwe = 65, refuseExecGain = 1;   // PR_SET_MDWE of newer headers
    if (prctl(mdwe, refuseExecGain, 0, 0, 0) != 0) _exit(0);   // a kernel before 6.3
    CodePages pages;
    EXPECT(pages.seal({0xC3}) == nullptr);
    size_t i = 0;
    for (const Words& w : samples()) EXPECT(result(w, 5) == expected[i++]);
    std::fflush(stdout);
    _exit(failures == 0 ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT(status == 0);
#endif
}
/// Code reads and writes nothing past the end of memory.
static void codeStopsAtTheEnd() {
  for (const Words& w : samples())
    for (const int bits : {0, 256, 512}) {
      setEmits(bits);
      const auto plan = decode(w.data(), int64_t(w.size()));
      Memory m(*plan, 3);
      std::vector<std::unique_ptr<Edge>> edges;
      std::vector<char*> in, out;
      const auto edge = [&](const char* from, size_t bytes) {
        edges.push_back(std::make_unique<Edge>(bytes));
        std::copy_n(from, bytes, edges.back()->at);
        return edges.back()->at;
      };
      for (size_t i = 0; i < m.in.size(); i++) in.push_back(edge(m.in[i], m.sizes[0][i]));
      for (size_t i = 0; i < m.out.size(); i++) out.push_back(edge(m.out[i], m.sizes[1][i]));
      Runner r;
      r.run(*plan, in.data(), m.slots.data(), out.data());
      r.run(*plan, m.in.data(), m.slots.data(), m.out.data());
      for (size_t i = 0; i < out.size(); i++) EXPECT(std::equal(out[i], out[i] + m.sizes[1][i], m.out[i]));
    }
}
/// The smallest quota of the own group and of all around it counts, in both versions of control groups.
static void groupsGrant() {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("cotangent-" + std::to_string(getpid()));
  const auto write = [&](const std::string& path, const std::string& text) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text << "\n";
  };
  const auto grants = [&](double cores, double bytes) { return grantedCores(root.string()) == cores && grantedBytes(root.string()) == bytes; };
  const double none = HUGE_VAL;
  EXPECT(grants(none, none));
  write("sys/fs/cgroup/cpu.max", "max 100000");
  write("sys/fs/cgroup/memory.max", "max");
  EXPECT(grants(none, none));
  write("sys/fs/cgroup/cpu.max", "400000 100000");
  EXPECT(grants(4, none));
  write("sys/fs/cgroup/a/cpu.max", "150000 50000");
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000");
  write("sys/fs/cgroup/a/b/memory.max", "3000000");
  write("sys/fs/cgroup/other/cpu.max", "50000 100000");
  EXPECT(grants(4, none));   // whose process this is nobody knows yet
  write("proc/self/cgroup", "0::/a/b");
  EXPECT(grants(3, 3000000));
  write("sys/fs/cgroup/a/b/cpu.max", "50000 100000");
  write("sys/fs/cgroup/a/memory.max", "2000000");
  EXPECT(grants(0.5, 2000000));
  write("proc/self/cgroup", "0::/gone/../elsewhere");
  EXPECT(grants(4, none));
  EXPECT(threadsOn(8, none) == 8 && threadsOn(2, 4) == 2 && threadsOn(8, 1.5) == 2 && threadsOn(8, 1.4) == 1 && threadsOn(8, 0.1) == 1);
  fs::remove_all(root / "sys");
  write("proc/self/cgroup", "12:name=systemd:/a\n5:memory:/m\n4:cpu,cpuacct:/a/b\n1:cpuset:/other");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  write("sys/fs/cgroup/memory/m/memory.limit_in_bytes", "5000000");
  EXPECT(grants(none, 5000000));
  write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "200000");
  write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000");
  write("sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1");
  write("sys/fs/cgroup/cpu/other/cpu.cfs_quota_us", "1000");
  EXPECT(grants(2, 5000000));
  fs::remove_all(root);
}
/// The sweep over claims says what every pair of them says.
static void claimsMeet() {
  Random r(7);
  int met = 0;
  for (int round = 0; round < 4000; round++) {
    std::vector<Claim> claims;
    for (int64_t n = r.below(7); n > 0; n--) {
      const int64_t from = r.below(30);
      claims.push_back({{int32_t(r.below(2)), from, from + 1 + r.below(6)}, r.below(4) - 1, r.below(3) == 0});
    }
    bool pair = false;
    for (const Claim& a : claims)
      for (const Claim& b : claims) pair = pair || (a.who != b.who && a.writes && a.at.meets(b.at));
    EXPECT(meet(claims) == pair);
    met += pair;
  }
  EXPECT(met > 500 && met < 3500);
}
/// Loops that run as one job touch nothing that another of them writes: random ones over memory that overlaps, also with outputs
/// over inputs, give on four threads what they give on one.
static void loopsRunTogether() {
  const double n = 4096, all = 16 * n;
  int together = 0, over = 0;
  for (uint64_t round = 0; round < 60; round++) {
    Random r(round + 1);
    std::vector<BufferWords> buffers{{2, all * 4, 0}, {0, all * 4, 0}, {0, n * 4, 1}, {0, n * 4, 2}, {1, n * 4, 0}, {1, n * 4, 1}};
    for (int i = 0; i < 8; i++) buffers.push_back({2, n * 4, double(r.below(31)) * n * 2});
    const auto loop = [](double count, int from, int to) {
      return instruction(Kind::loop, {listed({count}), {0}, group({source(view(from, F32, 0, {1}))}), group({op(Code::tanh_, F32, F32, {0}), op(Code::sin_, F32, F32, {1})}),
                                      group({[&] { Words s{0, 2}; append(s, view(to, F32, 0, {1})); return s; }()})});
    };
    std::vector<Words> list{loop(all, 1, 0)};
    const auto place = [&] { return int(6 + r.below(8)); };
    for (int i = 0; i < 10; i++) list.push_back(loop(n, r.below(4) == 0 ? int(2 + r.below(2)) : place(), place()));
    for (int i = 0; i < 2; i++) list.push_back(loop(n, r.below(2) == 0 ? 2 + i : place(), 4 + i));
    const Words w = program(buffers, list);
    const auto plan = decode(w.data(), int64_t(w.size()));
    for (const Instruction* i : plan->instructions) together += i->together > 1;
    setThreadCount(1);
    const auto one = result(w, round);
    setThreadCount(4);
    Runner runner;
    for (int i = 0; i < 5; i++) {
      EXPECT(result(w, round) == one);
      over += overlaysChangeNothing(*plan, runner, round, one);
    }
  }
  EXPECT(together > 60 && over > 30);
}
/// Each of a few that share the threads hands out work of its own, and one that fails ends them all.
static void sharesAreTeams() {
  for (const int threads : {1, 2, 3, 8}) {
    setThreadCount(threads);
    for (const int64_t n : {0, 1, 2, 3, 5, 8}) {
      struct All { std::atomic<int64_t> sums[8] = {}; int64_t fails = -1; } all;
      Scratch own;
      const auto share = [](void* context, int64_t which, Team& team, Scratch& scratch) {
        All& a = *static_cast<All*>(context);
        if (which == a.fails) throw OutOfMemory(double(which));
        struct One { All& all; int64_t which; } one{a, which};
        const auto task = [](void* c, int64_t t, Scratch& s) {
          One& o = *static_cast<One*>(c);
          volatile char* memory = s.need(100);
          memory[t % 100] = 1;
          o.all.sums[o.which].fetch_add(t + 1);
        };
        for (int round = 0; round < 20; round++) {
          if (team.ready()) team.parallel(10, &one, task, scratch);
          else for (int64_t t = 0; t < 10; t++) task(&one, t, scratch);
        }
      };
      {
        Team team(true);
        team.shares(n, &all, share, own);
        for (int64_t i = 0; i < 8; i++) EXPECT(all.sums[i].load() == (i < n ? 20 * 55 : 0));
        for (int64_t i = 0; i < 100; i++) {
          all.fails = i % most(n, 1);
          bool failed = false;
          try {
            team.shares(n, &all, share, own);
          } catch (const OutOfMemory& e) {
            failed = e.bytes == double(all.fails);
          }
          EXPECT(failed == (n > 0));
        }
      }
    }
  }
}
/// Several callers at once: one leads, the others run alone, all agree.
static void manyCallers() {
  setThreadCount(3);
  const auto all = samples();
  std::vector<std::vector<char>> want;
  for (auto& w : all) want.push_back(result(w, 3));
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; c++)
    callers.emplace_back([&] {
      for (int i = 0; i < 20; i++)
        for (size_t s = 0; s < all.size(); s++)
          if (result(all[s], 3) != want[s]) wrong++;
    });
  for (auto& c : callers) c.join();
  EXPECT(wrong == 0);
}
/// What is kept is made, used, given up and missed by several threads at a time; a short pool gets it back.
static void keptIsShared() {
  setThreadCount(2);
  int plans = 0;
  for (const Words& w : samples()) {
    const auto plan = decode(w.data(), int64_t(w.size()));
    if (plan->keeps.size == 0) continue;
    plans++;
    const auto want = result(w, 5);
    std::vector<Kept> kept(size_t(plan->keeps.size));
    std::vector<Kept*> at;
    for (Kept& k : kept) at.push_back(&k);
    Memory shared(*plan, 5);
    std::atomic<int> wrong{0};
    std::vector<std::thread> callers;
    for (int c = 0; c < 3; c++)
      callers.emplace_back([&] {
        Memory own(*plan, 5);
        Runner r;
        for (int i = 0; i < 12; i++) {
          r.run(*plan, shared.in.data(), own.slots.data(), own.out.data(), nullptr, at.data());
          wrong += bytesOf(own) != want;
        }
      });
    for (int i = 0; i < 40; i++) dropKept();
    for (auto& c : callers) c.join();
    EXPECT(wrong == 0);
    Runner r;
    for (int i = 0; i < 3; i++) r.run(*plan, shared.in.data(), shared.slots.data(), shared.out.data(), nullptr, at.data());
    const int64_t bytes = keptBytes();
    if (bytes == 0) continue;
    // All that is left but for a little: a block as large as what is kept is there only if that is given up.
    trimPool();
    setPoolLimit(poolState().used + poolState().cached);
    std::vector<std::pair<char*, int64_t>> rest;
    while (keptBytes() > 0 && rest.size() < 10000) {
      char* p = takeBlock(bytes);
      if (p == nullptr) break;
      rest.push_back({p, bytes});
    }
    EXPECT(keptBytes() == 0 && !rest.empty());
    for (auto& b : rest) giveBlock(b.first, b.second);
    setPoolLimit(0);
    for (int i = 0; i < 2; i++) r.run(*plan, shared.in.data(), shared.slots.data(), shared.out.data(), nullptr, at.data());
    EXPECT(bytesOf(shared) == want);
  }
  EXPECT(plans >= 14 && keptBytes() == 0);
}
/// Whoever takes it: from the front of a stretch, or from the end of another's. Some tasks are long, so that there is much to take.
/// Also where some threads have no stretch of their own, or no task.
static void everyTaskOnce() {
  for (const int threads : {2, 3, 8, 50}) {
    setThreadCount(threads);
    Scratch own;
    Team team(true);
    for (int64_t n = 0; n < 200; n++) {
      struct All { std::atomic<int> times[200] = {}; int64_t n; } all;
      all.n = n;
      team.parallel(n, &all, [](void* a, int64_t t, Scratch&) {
        All& of = *static_cast<All*>(a);
        for (volatile int i = 0; t < of.n / threadCount() && i < 300; i = i + 1) {}
        of.times[t].fetch_add(1);
      }, own);
      for (int64_t t = 0; t < 200; t++) EXPECT(all.times[t].load() == (t < n ? 1 : 0));
    }
  }
}
/// The way between cores is looked at as a team closes, also where more threads are wanted than there are cores: then who is asked may
/// not run. What is handed out afterwards is done as ever.
static void coresAreLookedAt() {
  for (const int threads : {2, 2 * coreCount() + 3}) {
    setThreadCount(threads);
    Scratch own;
    for (int i = 0; i < 12; i++) {
      Team team(true);
      EXPECT(team.ready() && (team.worth() == 12 || team.worth() == 60));
      std::atomic<int64_t> sum{0};
      team.parallel(100, &sum, [](void* s, int64_t t, Scratch&) { *static_cast<std::atomic<int64_t>*>(s) += t; }, own);
      EXPECT(sum == 4950);
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
  }
}
static void exceptionsComeBack() {
  setThreadCount(4);
  Scratch own;
  int caught = 0;
  for (int i = 0; i < 50; i++) {
    Team team(true);
    EXPECT(team.ready());
    try {
      team.parallel(100, nullptr, [](void*, int64_t t, Scratch&) { if (t == 57) throw OutOfMemory(1); }, own);
    } catch (const OutOfMemory&) {
      caught++;
    }
    std::atomic<int64_t> sum{0};
    team.parallel(1000, &sum, [](void* s, int64_t t, Scratch&) { *static_cast<std::atomic<int64_t>*>(s) += t; }, own);
    EXPECT(sum == 499500);
  }
  EXPECT(caught == 50);
}
static void poolKeepsItsPromises() {
  for (int64_t b = 0; b < 5000000; b = b * 9 / 8 + 1) {
    const int64_t c = classBytes(b);
    EXPECT(c >= b && c % 64 == 0 && (b < 256 || c <= b + b / 4 + 64));
    EXPECT(classBytes(c) == c);
  }
  Random r(5);
  std::vector<std::pair<char*, int64_t>> held;
  const PoolState before = poolState();
  for (int i = 0; i < 4000; i++) {
    if (held.size() > 60 || (!held.empty() && r.below(2) == 0)) {
      const size_t at = size_t(r.below(int64_t(held.size())));
      EXPECT(held[at].second == 0 || held[at].first[held[at].second - 1] == char(held[at].second));
      giveBlock(held[at].first, held[at].second);
      held.erase(held.begin() + long(at));
    } else {
      const int64_t n = int64_t(1) << r.below(22);
      const int64_t bytes = r.below(n);
      char* p = takeBlock(bytes);
      EXPECT(p != nullptr && reinterpret_cast<uintptr_t>(p) % 64 == 0);
      if (bytes > 0) p[bytes - 1] = char(bytes);
      held.push_back({p, bytes});
    }
  }
  for (auto& h : held) giveBlock(h.first, h.second);
  EXPECT(poolState().used == before.used);
  setPoolLimit(poolState().used + (1 << 20));
  trimPool();
  EXPECT(takeBlock(64 << 20) == nullptr);
  EXPECT(takeBlock(int64_t(1) << 60) == nullptr);
  setPoolLimit(0);
  setPoison(true);
  char* p = takeBlock(1000);
  std::memset(p, 1, 1000);
  giveBlock(p, 1000);
  char* q = takeBlock(1000);
  EXPECT(q == p && static_cast<unsigned char>(q[999]) == 0xFF);
  giveBlock(q, 1000);
  setPoison(false);
}

/// A joined block has the pages of cached ones, as many as fit; what it holds besides is new.
static void joinedBlocksUseWhatIsThere() {
  const int64_t six = 6 << 20, all = 32 << 20;
  trimPool();
  const PoolState before = poolState();
  for (int round = 0; round < 3; round++) {
    std::vector<char*> parts;
    for (int i = 0; i < 3; i++) parts.push_back(takeBlock(six));
    char* larger = takeBlock(2 * all);
    for (char* p : parts) std::memset(p, 7, size_t(six));
    for (char* p : parts) giveBlock(p, six);
    giveBlock(larger, 2 * all);
    EXPECT(poolState().cached == before.cached + 3 * classBytes(six) + classBytes(2 * all));
    char* joined = takeBlock(all, true);
    EXPECT(joined != nullptr && poolState().cached == before.cached + classBytes(2 * all));
    EXPECT(poolState().used == before.used + classBytes(all));
#ifdef __linux__
    EXPECT(joined[0] == 7 || joined[64] == 7);
    for (int64_t i = 3 * six; i < all; i += 4096) EXPECT(joined[i] == 0);
#endif
    populate(joined, all);
    std::memset(joined, round, size_t(all));
    giveBlock(joined, all);
    trimPool();
    EXPECT(poolState().cached == before.cached && poolState().used == before.used);
  }
}

/// What an exchange under way touches is left alone, each is waited for, and when another instruction throws too.
static void exchangesAreAwaited() {
  const double n = 300000;
  const auto moves = [&](int from, int to) { return instruction(Kind::exchange, {{0, 1, 1, 's'}, listed({n}), view(from, F32, 0, {1}), view(to, F32, 0, {1})}); };
  const auto copies = [&](int from, int to) {
    return instruction(Kind::loop, {listed({n}), {0}, group({source(view(from, F32, 0, {1}))}), group({}), group({[&] { Words s{0, 0}; append(s, view(to, F32, 0, {1})); return s; }()})});
  };
  const auto wait = [](double left) { return instruction(Kind::wait, {{left}}); };
  const std::vector<BufferWords> buffers{{0, n * 4, 0}, {1, n * 4, 0}, {2, n * 4, 0}, {2, n * 4, 0}, {1, 1, 1}, {1, n * 4, 0}};
  const auto said = [&](const std::vector<Words>& list) -> std::string {
    const Words w = program(buffers, list);
    try {
      decode(w.data(), int64_t(w.size()));
      return "";
    } catch (const BadProgram& e) {
      return e.sentence;
    }
  };
  const auto says = [&](const std::vector<Words>& list, const char* what) { return said(list).find(what) != std::string::npos; };
  EXPECT(said({moves(0, 1), copies(0, 2), wait(0), copies(1, 2)}).empty());
  EXPECT(says({moves(0, 1)}, "an exchange that nobody waits for"));
  EXPECT(says({moves(0, 1), copies(1, 2), wait(0)}, "what an exchange under way writes is read or written"));
  EXPECT(says({moves(0, 1), copies(5, 2), wait(0)}, "what an exchange under way writes is read or written"));
  EXPECT(says({moves(0, 1), copies(0, 1), wait(0)}, "what an exchange under way writes is read or written"));
  EXPECT(says({moves(2, 1), copies(0, 3), wait(0)}, "what an exchange under way reads is written"));
  EXPECT(says({moves(0, 1), moves(0, 2), wait(1), copies(2, 1), wait(0)}, "what an exchange under way writes is read or written"));
  EXPECT(says({moves(0, 1), instruction(Kind::repeat, {{0, 0}, block({wait(0)})}), copies(1, 2), wait(0)}, "what an exchange under way writes is read or written"));
  EXPECT(says({instruction(Kind::repeat, {{0, 2}, block({moves(0, 1)})}), wait(0)}, "an exchange that nobody waits for"));
  EXPECT(says({moves(0, 1), wait(2)}, "the number of exchanges that go on"));
  EXPECT(says({moves(0, 1), wait(-1)}, "the number of exchanges that go on"));
  const Words w = program(buffers, {instruction(Kind::loop, {listed({}), {0}, group({immediate(Bool, 1)}), group({}), group({[&] { Words s{0, 0}; append(s, view(4, Bool, 0, {})); return s; }()})}),
                                    moves(0, 1), instruction(Kind::while_, {view(4, Bool, 0, {}), block({}), block({})}), wait(0)});
  const auto plan = decode(w.data(), int64_t(w.size()));
  limitWhile(5);
  for (int i = 0; i < 20; i++) {
    Memory m(*plan, 7);
    Runner r;
    bool threw = false;
    try {
      r.run(*plan, m.in.data(), m.slots.data(), m.out.data());
    } catch (const std::runtime_error&) {
      threw = true;
    }
    EXPECT(threw && std::memcmp(m.in[0], m.out[0], size_t(n) * 4) == 0);
  }
  limitWhile(INT64_MAX);
}

/// Valid programs, changed at random: refused with a sentence, or run inside their buffers.
static void fuzz(int rounds, uint64_t seed) {
  const auto all = samples();
  const double odd[] = {0, 1, 2, -1, 3, 7, 16, 17, 64, 255, 1e9, 2147483648.0, 4294967296.0, 9007199254740992.0, -9007199254740992.0, 1e300, -1e300, 0.5, 1.0 / 0.0, 0.0 / 0.0};
  Random r(seed);
  setThreadCount(2);
  int ran = 0, refused = 0, over = 0, kept = 0;
  setPoison(true);   // what reads memory that nobody wrote reads the same both times
  Runner runner;
  limitWhile(50);
  for (int i = 0; i < rounds; i++) {
    Words w = all[size_t(r.below(int64_t(all.size())))];
    for (int64_t changes = 1 + r.below(3); changes > 0; changes--) {
      const size_t at = size_t(r.below(int64_t(w.size())));
      switch (r.below(8)) {
        case 0: w[at] = odd[r.below(20)]; break;
        case 1: w[at] = double(r.below(64)); break;
        case 2: w.erase(w.begin() + long(at)); break;
        case 3: w.insert(w.begin() + long(at), odd[r.below(20)]); break;
        case 4: w.resize(at); break;
        case 5: {
          const Words& other = all[size_t(r.below(int64_t(all.size())))];
          w[at] = other[size_t(r.below(int64_t(other.size())))];
          break;
        }
        default: w[at] += double(r.below(5) - 2);
      }
      if (w.empty()) w.push_back(0);
    }
    setEmits(i % 3 * 256);
    try {
      const auto plan = decode(w.data(), int64_t(w.size()));
      int64_t bytes = plan->arena;
      for (const Buffer& b : plan->buffers) bytes += b.bytes < (1 << 24) ? b.bytes : 1 << 24;
      if (plan->micros > 5000 || bytes >= 1 << 24) continue;
      Memory m(*plan, uint64_t(i));
      runner.run(*plan, m.in.data(), m.slots.data(), m.out.data());
      if (plan->keeps.size > 0) kept += keepingChangesNothing(*plan, runner, uint64_t(i), bytesOf(m));
      if (plan->overlays.size > 0) over += overlaysChangeNothing(*plan, runner, uint64_t(i), bytesOf(m));
      ran++;
    } catch (const BadProgram& e) {
      EXPECT(e.sentence.size() > 20);
      refused++;
    } catch (const OutOfMemory&) {
      refused++;
    } catch (const std::runtime_error&) {
      ran++;  // a while loop at its limit
    }
  }
  limitWhile(INT64_MAX);
  setPoison(false);
  setEmits(512);
  std::printf("fuzz: %d ran (%d again over their inputs, %d with what they kept), %d refused\n", ran, over, kept, refused);
  EXPECT(rounds < 1000 || (ran > rounds / 20 && refused > rounds / 4));
}

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20000;
  std::printf("kernels: %s, %d cores\n", kernels().name, coreCount());
  runsWhereCodeIsForbidden();
  const Alone alone;
  runsEverySample();
  EXPECT(passFailures() == 0);
  if (rounds == 0) return failures;   // for comparing instruction sets
  EXPECT(commFailures() == 0);
  threadsChangeNothing();
  codeIsNotWritable();
  codeStopsAtTheEnd();
  groupsGrant();
  sharesAreTeams();
  loopsRunTogether();
  claimsMeet();
  manyCallers();
  keptIsShared();
  everyTaskOnce();
  coresAreLookedAt();
  exceptionsComeBack();
  poolKeepsItsPromises();
  joinedBlocksUseWhatIsThere();
  exchangesAreAwaited();
  EXPECT(shortageFailures() == 0);
  fuzz(rounds, 1);
  stopThreads();
  std::printf(failures == 0 ? "all right\n" : "%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
