// Blocks: runs of consecutive linear indices, brought from strided memory into contiguous registers and back.
#pragma once
#include <cstring>

#include "cpu/kernels.hpp"
#include "cpu/simd.hpp"

namespace cot { namespace COT_ISA {

/// Whether there is someone else to take tasks.
static inline bool inTeam(const Frame& f) { return f.team != nullptr && f.team->ready(); }
static inline int64_t threadsOf(const Frame& f) { return inTeam(f) ? threadCount() : 1; }
/// Runs fn(task, scratch) for all tasks: on the team when the work is worth waking it, else here.
template <class F> static void forTasks(Frame& f, int64_t tasks, double micros, const F& fn) {
  if (!inTeam(f) || tasks < 2 || micros < f.team->worth()) {
    for (int64_t t = 0; t < tasks; t++) fn(t, *f.scratch);
    return;
  }
  f.team->parallel(tasks, const_cast<void*>(static_cast<const void*>(&fn)),
                   [](void* c, int64_t t, Scratch& s) { (*static_cast<const F*>(c))(t, s); }, *f.scratch);
}

/// Where a walk stands.
struct Cursor {
  int64_t at[maxRank];
  int64_t offset;
};
static inline Cursor seek(const Walk& w, int64_t linear) {
  Cursor c;
  c.offset = 0;
  for (int d = w.rank - 1; d > 0; d--) {
    const int64_t q = linear / w.dims[d];
    c.at[d] = linear - q * w.dims[d];
    linear = q;
    c.offset += c.at[d] * w.strides[d];
  }
  c.at[0] = linear;
  c.offset += linear * w.strides[0];
  return c;
}
/// Calls run(offset, n, done) for each stretch of the innermost dim that [linear, linear + n) meets. Rank >= 1.
template <class F> static inline void forRuns(const Walk& w, int64_t linear, int64_t n, const F& run) {
  Cursor c = seek(w, linear);
  const int last = w.rank - 1;
  int64_t room = w.dims[last] - c.at[last];
  for (int64_t done = 0;;) {
    const int64_t len = least(room, n - done);
    run(c.offset, len, done);
    done += len;
    if (done == n) return;
    c.offset -= c.at[last] * w.strides[last];
    c.at[last] = 0;
    for (int d = last - 1; d >= 0; d--) {
      c.offset += w.strides[d];
      if (++c.at[d] < w.dims[d]) break;
      c.offset -= w.strides[d] * w.dims[d];
      c.at[d] = 0;
    }
    room = w.dims[last];
  }
}
template <class T> static inline void copyIn(T* __restrict dst, const T* __restrict src, int64_t stride, int64_t n) {
  if (stride == 1) for (int64_t i = 0; i < n; i++) dst[i] = src[i];
  else if (stride == 0) for (int64_t i = 0; i < n; i++) dst[i] = src[0];
  else if (stride == -1) for (int64_t i = 0; i < n; i++) dst[i] = src[-i];
  else for (int64_t i = 0; i < n; i++) dst[i] = src[i * stride];
}
template <class T> static inline void copyOut(T* __restrict dst, const T* __restrict src, int64_t stride, int64_t n) {
  if (stride == 1) for (int64_t i = 0; i < n; i++) dst[i] = src[i];
  else for (int64_t i = 0; i < n; i++) dst[i * stride] = src[i];
}

/// n elements from `linear` on: where they lie, or in `buffer`.
const void* load(const Walk& w, Reach reach, const char* base, int64_t linear, int64_t n, void* buffer, int64_t size);
void store(const Walk& w, Reach reach, char* base, int64_t linear, int64_t n, const void* from, int64_t size);
/// Bytes past the caches; `settle` makes them seen by other threads.
void stream(char* to, const void* from, int64_t bytes);
void settle();
/// n times the same value.
void fill(void* dst, const void* value, int64_t n, int64_t size);
/// An index: what the walk comes to, of n elements from `linear` on.
void countAs(DType d, void* to, const Walk& w, int64_t linear, int64_t n);

/// The evaluation of a body on one thread: registers are pointers, to memory or to the thread's block buffers.
struct Registers {
  const void** reg;
  const char** base;   // of view sources
  int64_t* held;       // elements of a source that its block buffer has from the start of a period on
  char* slots;
  int64_t slotBytes;
  int first;           // register of operations

  static int64_t bytes(const Body& b, int64_t block) {
    return (int64_t(b.sources.size) * 3 + b.ops.size) * 8 + 64 + int64_t(b.slots) * slotBytesOf(b, block);
  }
  void place(const Body& b, int64_t block, char* memory) {
    first = b.sources.size;
    const int64_t pointers = int64_t(b.sources.size) * 3 + b.ops.size;
    reg = reinterpret_cast<const void**>(memory);
    base = reinterpret_cast<const char**>(memory) + b.sources.size + b.ops.size;
    held = reinterpret_cast<int64_t*>(base + b.sources.size);
    for (int i = 0; i < b.sources.size; i++) held[i] = 0;
    slotBytes = slotBytesOf(b, block);
    slots = memory + (pointers * 8 + 63) / 64 * 64;
  }
  char* slot(int32_t i) const { return slots + i * slotBytes; }
  /// Finds the sources; fills the registers of those that are one element for the whole loop, `n` of it.
  void open(const Body& b, const Frame& f, int64_t n) {
    for (int i = 0; i < b.sources.size; i++) {
      const Source& s = b.sources[i];
      if (s.kind == SourceKind::view) base[i] = addressOf(s.view, f);
      if (!s.everywhere()) continue;
      reg[i] = slot(s.slot);
      repeat(s, i, n);
    }
  }
  void repeat(const Body& b, int64_t n) const {
    for (int i = 0; i < b.sources.size; i++)
      if (b.sources[i].everywhere()) repeat(b.sources[i], i, n);
  }
  /// Code reads whole vectors.
  void repeat(const Source& s, int i, int64_t n) const {
    fill(slot(s.slot), s.kind == SourceKind::view ? base[i] : static_cast<const void*>(s.bits), most(n, 64 / sizeOf(s.dtype)), sizeOf(s.dtype));
  }
  void loadSource(const Body& b, int i, int64_t linear, int64_t n) {
    const Source& s = b.sources[i];
    if (s.reach == Reach::same) return;
    const bool starts = s.period > 0 && linear % s.period == 0, here = starts && held[i] >= n;
    reg[i] = here ? slot(s.slot) : s.kind == SourceKind::index ? count(s, linear, n) : load(s.walk, s.reach, base[i], linear, n, slot(s.slot), sizeOf(s.dtype));
    if (!here) held[i] = starts && reg[i] == slot(s.slot) ? n : 0;
  }
  const void* count(const Source& s, int64_t linear, int64_t n) const {
    countAs(s.dtype, slot(s.slot), s.walk, linear, n);
    return slot(s.slot);
  }
  void loadSources(const Body& b, int64_t linear, int64_t n) {
    for (int i = 0; i < b.sources.size; i++) loadSource(b, i, linear, n);
  }
  /// One operation on elements from..n of its registers.
  void one(const Body& b, const Op& op, void* dst, int64_t from, int64_t n) const {
    const void* args[4];
    for (int k = 0; k < 4; k++) {
      const int32_t a = op.args[k];
      const DType d = a < first ? b.sources[a].dtype : b.ops[a - first].out;
      args[k] = static_cast<const char*>(reg[a]) + from * sizeOf(d);
    }
    op.fn(n - from, static_cast<char*>(dst) + from * sizeOf(op.out), args);
  }
  /// The pass that begins with operation i, on elements from..n: how far it came.
  template <class To> int64_t pass(const Body& b, int i, int64_t from, int64_t n, const To& to) const {
    Link links[2 * mostLinks + 1], *l = links;
    const Op& head = b.ops[i];
    const int64_t size = sizeOf(head.out);
    const int last = i + head.pass - 1;
    l++->at = static_cast<const char*>(reg[head.args[0]]);
    for (; i <= last; i++) {
      const Op& op = b.ops[i];
      *l++ = {op.link, static_cast<const char*>(reg[op.other])};
      if (op.inner) continue;
      reg[first + i] = to(op);   // later links may read it
      *l++ = {LinkFn(), static_cast<const char*>(reg[first + i])};
    }
    return kernels().pass(links, int(l - links), from * size, n * size) / size;
  }
  /// A group of operations, by code where there is some; to(op) says where an operation writes.
  template <class To> void compute(const Body& b, const Group& g, int64_t n, const To& to, GroupFn code) {
    int64_t done = 0;
    if (code != nullptr) {
      for (int i = g.from; i < g.to; i++) reg[first + i] = to(b.ops[i]);
      done = g.tails ? n : n / g.lanes * g.lanes;
      code(done, reg);
    }
    if (done == n) return;
    const auto alone = [&](int i, int64_t from) {
      void* dst = to(b.ops[i]);
      if (from < n) one(b, b.ops[i], dst, from, n);
      reg[first + i] = dst;
    };
    if (n - done < leastPass) {
      for (int i = g.from; i < g.to; i++) alone(i, done);
      return;
    }
    for (int i = g.from; i < g.to;) {
      const int after = i + int(most(1, b.ops[i].pass));
      const int64_t come = b.ops[i].pass > 0 ? pass(b, i, done, n, to) : done;
      for (; i < after; i++) alone(i, come);
    }
  }
};

}}  // namespace cot::COT_ISA
