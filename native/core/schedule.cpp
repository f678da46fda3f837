#include "core/schedule.hpp"

#include <algorithm>

namespace cot {
namespace {

constexpr int width = 4, maskRegisters = 7;
constexpr int lead = 40;   // cycles by which a vector goes before the next one where both could

/// Cycles from a line's operands to its result, roughly those of all AVX-512 machines.
int cyclesOf(const Line& l) {
  if (l.kind != Line::compute || l.code.map != 1) return l.code.map == 3 ? 3 : 1;
  switch (l.code.op) {
    case 0x58: case 0x5C: case 0x59: case 0x5B: return 3;
    case 0x5D: case 0x5F: return 2;
    case 0x5E: case 0x51: return 11;
    case 0xC2: return 4;
    default: return 1;
  }
}
struct Schedule {
  const Recipe& r;
  const int copies, room, n;
  std::vector<std::vector<int32_t>> after, next;   // by line: those that wait for it in the same vector, and in the next one
  std::vector<int32_t> height;                 // by line: cycles from its beginning to the end of all that wait for it
  std::vector<int32_t> waits, time, left;      // by node: for how many it waits, when it may begin; by value and copy: its readers
  std::vector<int32_t> open;                   // nodes that wait for none
  int live[2] = {0, 0};                        // values of vectors, of masks

  Schedule(const Recipe& recipe, int c, int registers)
      : r(recipe), copies(c), room(registers), n(int(r.lines.size())), after(size_t(n)), next(size_t(n)), height(size_t(n), 0),
        waits(size_t(n * c), 0), time(size_t(n * c), 0), left(r.values.size() * size_t(c), 0) {
    connect();
    for (int i = n; i-- > 0;) {
      for (const int32_t j : after[size_t(i)]) height[size_t(i)] = std::max(height[size_t(i)], height[size_t(j)]);
      height[size_t(i)] += cyclesOf(r.lines[size_t(i)]);
    }
  }
  template <class F> static void operands(const Line& l, const F& visit) {
    if (l.a >= 0) visit(l.a);
    if (l.x >= 0 && l.x != l.a) visit(l.x);
    if (l.mask >= 0) visit(l.mask);
  }
  void edge(int32_t from, int32_t to) {
    after[size_t(from)].push_back(to);
    for (int c = 0; c < copies; c++) waits[size_t(to * copies + c)]++;
  }
  /// A line waits for those that make its operands; a store also for what reads memory before it, which may be what it
  /// overwrites; and what a vector adds to waits for what the last one did.
  void connect() {
    std::vector<int32_t> maker(r.values.size(), -1), reads;
    std::vector<std::vector<int32_t>> begin(r.values.size());   // of what is kept: those that read what the last vector left
    for (int32_t i = 0; i < n; i++) {
      const Line& l = r.lines[size_t(i)];
      bool memory = false;
      operands(l, [&](int32_t v) {
        const Value& value = r.values[size_t(v)];
        memory = memory || value.home == Value::memory;
        if (maker[size_t(v)] >= 0) edge(maker[size_t(v)], i);
        else if (value.home == Value::kept && value.same) begin[size_t(v)].push_back(i);
        for (int c = 0; c < copies && value.home == Value::made; c++) left[size_t(v) * size_t(copies) + size_t(c)]++;
      });
      if (memory) reads.push_back(i);
      if (l.kind < Line::store) maker[size_t(l.dst)] = i;
      else for (const int32_t from : reads) edge(from, i);
    }
    for (size_t v = 0; v < r.values.size(); v++)
      for (const int32_t to : begin[v]) {
        if (maker[v] < 0) continue;
        next[size_t(maker[v])].push_back(to);
        for (int c = 1; c < copies; c++) waits[size_t(to * copies + c)]++;
      }
  }
  /// How many more registers of its result's kind are taken once a node is written.
  int growth(int32_t node) const {
    const Line& l = r.lines[size_t(node / copies)];
    const auto made = [&](int32_t v) { return r.values[size_t(v)].home == Value::made; };
    const bool mask = l.kind < Line::store && r.values[size_t(l.dst)].mask;
    int more = l.kind < Line::store && made(l.dst);
    operands(l, [&](int32_t v) { more -= made(v) && r.values[size_t(v)].mask == mask && left[size_t(v * copies + node % copies)] == 1; });
    return more;
  }
  bool fits(int32_t node) const {
    const Line& l = r.lines[size_t(node / copies)];
    const bool mask = l.kind < Line::store && r.values[size_t(l.dst)].mask;
    return growth(node) <= 0 || live[mask] < (mask ? maskRegisters : room);
  }
  int32_t urgency(int32_t node) const { return height[size_t(node / copies)] - lead * (node % copies); }
  bool before(int32_t x, int32_t y) const { return urgency(x) > urgency(y); }
  /// The open node to write at `now`, or -1; where none fits at any time, one that does not.
  int pick(int now) const {
    int best = -1;
    bool waiting = false;
    for (size_t i = 0; i < open.size(); i++) {
      if (!fits(open[i])) continue;
      if (time[size_t(open[i])] > now) waiting = true;
      else if (best < 0 || before(open[i], open[size_t(best)])) best = int(i);
    }
    if (best >= 0 || waiting) return best;
    best = 0;
    for (size_t i = 1; i < open.size(); i++)
      if (before(open[i], open[size_t(best)])) best = int(i);
    return best;
  }
  void release(int32_t node, int32_t when) {
    time[size_t(node)] = std::max(time[size_t(node)], when);
    if (--waits[size_t(node)] == 0) open.push_back(node);
  }
  void write(int32_t node, int now) {
    const int32_t i = node / copies, c = node % copies;
    const Line& l = r.lines[size_t(i)];
    operands(l, [&](int32_t v) {
      if (r.values[size_t(v)].home == Value::made && --left[size_t(v * copies + c)] == 0) live[r.values[size_t(v)].mask]--;
    });
    if (l.kind < Line::store && r.values[size_t(l.dst)].home == Value::made) live[r.values[size_t(l.dst)].mask]++;
    const int32_t when = now + cyclesOf(l);
    for (const int32_t j : after[size_t(i)]) release(j * copies + c, when);
    for (const int32_t j : next[size_t(i)])
      if (c + 1 < copies) release(j * copies + c + 1, when);
  }
  std::vector<At> order() {
    std::vector<At> list;
    for (int32_t node = 0; node < n * copies; node++)
      if (waits[size_t(node)] == 0) open.push_back(node);
    for (int now = 0, issued = 0; !open.empty();) {
      const int at = issued < width ? pick(now) : -1;
      if (at < 0) {
        now++;
        issued = 0;
        continue;
      }
      const int32_t node = open[size_t(at)];
      open[size_t(at)] = open.back();
      open.pop_back();
      write(node, now);
      list.push_back({node / copies, node % copies});
      issued++;
    }
    return list;
  }
};

}  // namespace

std::vector<At> scheduled(const Recipe& r, int copies, int room) { return Schedule(r, copies, room).order(); }

}  // namespace cot
