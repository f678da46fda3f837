// Programs for the tests: the words that lib/run/program.ts would write, and memory of exactly the size they promise.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "core/decode.hpp"
#include "core/execute.hpp"
#include "core/ops.hpp"

namespace cot::test {

using Words = std::vector<double>;

struct Random {
  uint64_t state;
  explicit Random(uint64_t seed) : state(seed * 2862933555777941757ull + 3037000493ull) {}
  uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  int64_t below(int64_t n) { return int64_t(next() % uint64_t(n)); }
  float unit() { return float(next() >> 40) / 16777216.0f - 0.5f; }
};

inline void append(Words& to, const Words& from) { to.insert(to.end(), from.begin(), from.end()); }
inline Words listed(const Words& l) {
  Words w{double(l.size())};
  append(w, l);
  return w;
}
inline Words view(int buffer, DType d, double offset, const Words& strides, const Words& steps = {}) {
  Words w{double(buffer), double(d), offset};
  append(w, strides);
  w.push_back(double(steps.size() / 2));
  append(w, steps);
  return w;
}
inline Words source(const Words& v) {
  Words w{0};
  append(w, v);
  return w;
}
inline Words immediate(DType d, double v) { return {1, double(d), v, 0}; }
inline Words op(Code c, DType in, DType out, const Words& args) {
  Words w{double(int(c)), double(in), double(out)};
  append(w, listed(args));
  return w;
}
inline Words group(const std::vector<Words>& parts) {
  Words w{double(parts.size())};
  for (auto& p : parts) append(w, p);
  return w;
}
inline Words instruction(Kind k, const std::vector<Words>& parts) {
  Words body;
  for (auto& p : parts) append(body, p);
  Words w{double(int(k)), double(body.size())};
  append(w, body);
  return w;
}
inline Words block(const std::vector<Words>& instructions) {
  Words body;
  for (auto& i : instructions) append(body, i);
  return listed(body);
}
struct BufferWords { int kind; double bytes, at, every = 0; };
inline Words program(const std::vector<BufferWords>& buffers, const std::vector<Words>& instructions) {
  Words w{0xc07a, 1, double(buffers.size())};
  for (auto& b : buffers) {
    append(w, {double(b.kind), b.bytes, b.at});
    if (b.kind == 4) w.push_back(b.every);
  }
  append(w, block(instructions));
  return w;
}

/// Bytes before a page that nobody may touch: a sanitizer does not see what emitted code reads and writes.
class Edge {
 public:
  explicit Edge(size_t bytes) {
    const size_t page = size_t(sysconf(_SC_PAGESIZE)), room = (bytes + page - 1) / page * page;
    held = room + page;
    start = static_cast<char*>(mmap(nullptr, held, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(start + room, page, PROT_NONE);
    at = start + room - bytes;
  }
  Edge(const Edge&) = delete;
  ~Edge() { munmap(start, held); }
  char* at;

 private:
  char* start;
  size_t held;
};
/// Memory of a plan: every block ends where its promise ends, so that a sanitizer sees the first byte too far.
struct Memory {
  std::vector<char*> in, out;
  std::vector<std::vector<size_t>> sizes{2};
  std::vector<double> slots;

  Memory(const Plan& p, uint64_t seed) {
    in.resize(size_t(p.inputs), nullptr);
    out.resize(size_t(p.outputs), nullptr);
    sizes[0].resize(in.size());
    sizes[1].resize(out.size());
    for (const Buffer& b : p.buffers) {
      if (b.kind == BufferKind::input) grow(0, size_t(b.at), size_t(b.bytes));
      if (b.kind == BufferKind::output) grow(1, size_t(b.at), size_t(b.bytes));
    }
    Random r(seed);
    for (int side = 0; side < 2; side++)
      for (size_t i = 0; i < sizes[side].size(); i++) {
        char*& m = (side == 0 ? in : out)[i];
        m = static_cast<char*>(std::malloc(sizes[side][i] == 0 ? 1 : sizes[side][i]));
        // Floats, as bytes: other dtypes see odd but legal numbers. Bools must be 0 or 1 only in meaning, not in memory.
        for (size_t j = 0; j < sizes[side][i]; j += 4) {
          const float f = r.unit();
          std::memcpy(m + j, &f, sizes[side][i] - j < 4 ? sizes[side][i] - j : 4);
        }
      }
    for (int64_t i = 0; i < p.slotWords; i++) slots.push_back(double(r.below(100)));
    slots.push_back(0);
  }
  ~Memory() {
    for (char* m : in) std::free(m);
    for (char* m : out) std::free(m);
  }
  void grow(int side, size_t i, size_t bytes) {
    if (bytes > sizes[side][i]) sizes[side][i] = bytes;
  }
};

/// One valid program of every kind of instruction.
std::vector<Words> samples();
/// Programs of which several threads have something to do.
std::vector<Words> large();

}  // namespace cot::test
