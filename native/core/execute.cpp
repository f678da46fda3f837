#include "core/execute.hpp"

#include <atomic>
#include <cstring>
#include <stdexcept>

#include "core/attention.hpp"
#include "core/exchange.hpp"
#include "core/factor.hpp"
#include "core/memory.hpp"
#include "cpu/kernels.hpp"

namespace cot {
namespace {

std::atomic<int64_t> whileLimit{INT64_MAX};

/// What is under way is waited for when a run ends, however it ends.
struct Going : Frame {
  Transfers transfers;
  double* span = nullptr;      // for the exchange that comes
  const Plan* plan = nullptr;
  std::vector<std::unique_ptr<Device>>* devices = nullptr;
};
void runList(const List<Instruction*>& list, Going& f, const Kernels& k);

void runExchange(const Exchange& e, Going& f) {
  Comm* c = comm();
  if (c == nullptr || !c->ready()) throw std::runtime_error(std::string(e.call.label) + ": there is no group of processes: await initialize() first");
  if (c->size() != e.processes) throw std::runtime_error(std::string(e.call.label) + ": made for " + std::to_string(e.processes) + " processes, but this group has " + std::to_string(c->size()));
  Call call = e.call;
  call.in = addressOf(e.x, f);
  call.out = addressOf(e.out, f);
  call.span = f.span;
  if (e.awaited) c->exchange(call);
  else f.transfers.begin(*c, call);
}
void runGang(const Gang& g, Going& f, const Kernels& k) {
  while (int64_t(f.devices->size()) < g.count) f.devices->push_back(std::make_unique<Device>());
  struct Job { const Gang& g; Going& f; const Kernels& k; } job{g, f, k};
  f.team->shares(g.count, &job, [](void* j, int64_t which, Team& team, Scratch& scratch) {
    const Job& of = *static_cast<Job*>(j);
    Device& device = *(*of.f.devices)[size_t(which)];
    const int64_t buffers = of.f.plan->buffers.size;
    char** base = reinterpret_cast<char**>(device.table.need(buffers * 8 + 64));
    std::memcpy(base, of.f.base, size_t(buffers) * 8);
    for (const Gang::Own& o : of.g.own) base[o.buffer] += which * o.every;
    Going mine;
    static_cast<Frame&>(mine) = of.f;
    mine.base = base;
    mine.counters[of.g.level] = which;
    mine.team = &team;
    mine.scratch = &scratch;
    mine.shared = &device.shared;
    runList(of.g.body, mine, of.k);
  }, *f.scratch);
}
void runOne(const Instruction& i, Going& f, const Kernels& k) {
  switch (i.kind) {
    case Kind::loop: return k.loop(static_cast<const Loop&>(i), f);
    case Kind::dot: return k.dot(static_cast<const Dot&>(i), f);
    case Kind::conv: return k.conv(static_cast<const Conv&>(i), f);
    case Kind::pool: return k.maxPool(static_cast<const MaxPool&>(i), f);
    case Kind::gather: return k.gather(static_cast<const Indexed&>(i), f);
    case Kind::scatterAdd: return k.scatterAdd(static_cast<const Indexed&>(i), f);
    case Kind::cumulative: return k.cumulative(static_cast<const Cumulative&>(i), f);
    case Kind::argsort: case Kind::sort: return k.sort(static_cast<const Sort&>(i), f);
    case Kind::dft: return k.dft(static_cast<const Dft&>(i), f);
    case Kind::attention: return k.attention(static_cast<const Attention&>(i), f);
    case Kind::factor: return k.factor(static_cast<const Factor&>(i), f);
    case Kind::exchange: return runExchange(static_cast<const Exchange&>(i), f);
    case Kind::gang: return runGang(static_cast<const Gang&>(i), f, k);
    case Kind::wait: return f.transfers.wait(static_cast<const Wait&>(i).left);
    case Kind::repeat: {
      const Repeat& r = static_cast<const Repeat&>(i);
      for (f.counters[r.level] = 0; f.counters[r.level] < r.count; f.counters[r.level]++) runList(r.body, f, k);
      f.counters[r.level] = 0;
      return;
    }
    case Kind::while_: {
      const While& w = static_cast<const While&>(i);
      int64_t left = whileLimit.load(std::memory_order_relaxed);
      for (;;) {
        runList(w.test, f, k);
        if (*reinterpret_cast<const uint8_t*>(addressOf(w.which, f)) == 0) return;
        if (left-- <= 0) throw std::runtime_error("a while loop ran longer than its limit");
        runList(w.body, f, k);
      }
    }
    case Kind::cond: {
      const Cond& c = static_cast<const Cond&>(i);
      return runList(*reinterpret_cast<const uint8_t*>(addressOf(c.which, f)) != 0 ? c.then : c.otherwise, f, k);
    }
  }
}
void runList(const List<Instruction*>& list, Going& f, const Kernels& k) {
  for (int64_t i = 0; i < list.size; i += list[i]->together) {
    if (list[i]->together == 1) runOne(*list[i], f, k);
    else k.loops(list.at + i, list[i]->together, f);
  }
}

void runTimed(const List<Instruction*>& list, Going& f, const Kernels& k, double* clock) {
  double* span = clock + list.size + 1;
  for (const Instruction* i : list) {
    const bool exchanges = i->kind == Kind::exchange;
    f.span = exchanges ? span : nullptr;
    if (exchanges) span += 2;
    *clock++ = microsNow();
    runOne(*i, f, k);
  }
  *clock = microsNow();
}

void putSlot(DType d, const double* w, char* to) {
  const auto put = [&](auto v) { std::memcpy(to, &v, sizeof v); };
  const auto whole = [&](double v) { return v >= -9.2e18 && v <= 9.2e18 ? int64_t(v) : int64_t(0); };
  switch (d) {
    case F64: put(w[0]); break;
    case F32: put(float(w[0])); break;
    case Bool: put(uint8_t(w[0] != 0)); break;
    case U8: put(uint8_t(whole(w[0]))); break;
    case U32: case I32: put(uint32_t(whole(w[0]))); break;
    case I64: put(uint64_t(uint32_t(whole(w[0]))) | uint64_t(whole(w[1])) << 32); break;
    default: break;  // the decoder refuses it
  }
}

/// New pages, each made by one thread: of two that meet in a huge one, both would clear all of it.
void fill(char* arena, int64_t bytes, Team& team, Scratch& own) {
  team.parallel(bytes / hugePage, arena, [](void* at, int64_t i, Scratch&) { populate(static_cast<char*>(at) + i * hugePage, hugePage); }, own);
}

}  // namespace

void limitWhile(int64_t steps) { whileLimit.store(steps, std::memory_order_relaxed); }

int64_t clockWords(const Plan& plan) {
  int64_t words = plan.instructions.size + 1;
  for (const Instruction* i : plan.instructions) words += i->kind == Kind::exchange ? 2 : 0;
  return words;
}
Runner::~Runner() { release(); }
void Runner::release() {
  giveBlock(arena, held);
  arena = nullptr;
  held = 0;
}

void Runner::grow(int64_t bytes, Team& team) {
  release();
  arena = takeBlock(bytes, true);
  if (arena == nullptr) {
    trimPool();
    arena = takeBlock(bytes, true);
  }
  if (arena == nullptr) throw OutOfMemory(double(bytes));
  held = bytes;
  if (team.ready()) fill(arena, bytes, team, own);
}

void Runner::run(const Plan& plan, char* const* inputs, const double* slots, char* const* outputs, double* clock, Kept* const* kept) {
  Team team(plan.micros > teamMicros);
  if (plan.arena > held) grow(plan.arena, team);
  if (poison() && arena != nullptr) std::memset(arena, 0xFF, size_t(held));
  if (plan.overlays.size > 0) {
    own.need(plan.calm);
    needScratch(plan.calm);
  }
  // Addresses by buffer number, then the values of slots, then what is kept of buffers.
  const int n = plan.buffers.size;
  const bool keeps = kept != nullptr && plan.keeps.size > 0;
  char** base = reinterpret_cast<char**>(table.need((int64_t(n) * (keeps ? 2 : 1) + plan.slots) * 8 + 64));
  char* values = reinterpret_cast<char*>(base + n);
  Kept** keptOf = keeps ? reinterpret_cast<Kept**>(values + plan.slots * 8) : nullptr;
  for (int i = 0; keeps && i < n; i++) keptOf[i] = nullptr;
  for (int i = 0; keeps && i < plan.keeps.size; i++) keptOf[plan.keeps[i]] = kept[i];
  for (int i = 0; i < n; i++) {
    const Buffer& b = plan.buffers[i];
    switch (b.kind) {
      case BufferKind::input: base[i] = inputs[b.at]; break;
      case BufferKind::output: base[i] = outputs[b.at]; break;
      case BufferKind::own: case BufferKind::arena: base[i] = arena + b.at; break;
      case BufferKind::slot:
        base[i] = values + b.at * 8;
        putSlot(b.dtype, slots + plan.slotWord[b.at], base[i]);
        break;
    }
  }
  Going frame{{base, {}, &team, &own, &shared, keptOf}, {}};
  frame.plan = &plan;
  frame.devices = &devices;
  if (clock != nullptr) return runTimed(plan.instructions, frame, kernels(), clock);
  runList(plan.instructions, frame, kernels());
}

}  // namespace cot
