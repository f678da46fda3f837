#include "core/schedule.hpp"

#include <algorithm>

namespace cot {
namespace {

constexpr int width = 4, maskRegisters = 7;
constexpr int lead = 40;   // cycles by which a vector goes before the next one where both could

/// Cycles from a line's operands to its result, roughly those of all AVX-512 machines.
int cyclesOf(const Line& l) {
  if (l.kind == Line::fused) return 4;
  if (l.kind != Line::compute) return 1;
  if (l.code.map > 1) return l.code.op == 0x65 ? 1 : l.code.map == 3 ? 3 : 4;   // 65 chooses
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
  std::vector<int32_t> waits, time;            // by line and copy: for how many it waits, and when it may begin
  std::vector<int32_t> left;                   // by value and copy: how many lines are still to read it
  struct Open { int32_t line, copy, urgency, time; };
  std::vector<Open> open;                      // what waits for none
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
    if (l.third >= 0 && l.third != l.a && l.third != l.x) visit(l.third);
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
  size_t node(int32_t line, int copy) const { return size_t(line * copies + copy); }
  bool made(int32_t v) const { return r.values[size_t(v)].home == Value::made; }
  /// Whether what a line makes finds a register, perhaps that of an operand which nobody reads after it.
  bool fits(const Open& o) const {
    const Line& l = r.lines[size_t(o.line)];
    const bool gives = l.kind < Line::store && made(l.dst), mask = gives && r.values[size_t(l.dst)].mask;
    int more = gives;
    operands(l, [&](int32_t v) { more -= made(v) && r.values[size_t(v)].mask == mask && left[node(v, o.copy)] == 1; });
    return more <= 0 || live[mask] < (mask ? maskRegisters : room);
  }
  /// The open line to write at `now`, or -1 to wait; where none fits at any time, one that does not.
  int pick(int now) const {
    int best = -1, any = -1;
    bool waiting = false;
    for (size_t i = 0; i < open.size(); i++) {
      const Open& o = open[i];
      if (o.time > now) waiting = true;
      else if ((best < 0 || o.urgency > open[size_t(best)].urgency) && fits(o)) best = int(i);
      if (any < 0 || o.urgency > open[size_t(any)].urgency) any = int(i);
    }
    return best >= 0 || waiting ? best : any;
  }
  void release(int32_t line, int copy, int32_t when) {
    int32_t& t = time[node(line, copy)];
    t = std::max(t, when);
    if (--waits[node(line, copy)] == 0) open.push_back({line, copy, height[size_t(line)] - lead * copy, t});
  }
  void write(const Open& o, int now) {
    const Line& l = r.lines[size_t(o.line)];
    operands(l, [&](int32_t v) {
      if (made(v) && --left[node(v, o.copy)] == 0) live[r.values[size_t(v)].mask]--;
    });
    if (l.kind < Line::store && made(l.dst) && left[node(l.dst, o.copy)] > 0) live[r.values[size_t(l.dst)].mask]++;
    const int32_t when = now + cyclesOf(l);
    for (const int32_t j : after[size_t(o.line)]) release(j, o.copy, when);
    for (const int32_t j : next[size_t(o.line)])
      if (o.copy + 1 < copies) release(j, o.copy + 1, when);
  }
  std::vector<At> order() {
    std::vector<At> list;
    for (int32_t i = 0; i < n; i++)
      for (int c = 0; c < copies; c++)
        if (waits[node(i, c)] == 0) open.push_back({i, c, height[size_t(i)] - lead * c, 0});
    for (int now = 0, issued = 0; !open.empty();) {
      const int at = issued < width ? pick(now) : -1;
      if (at < 0) {
        now++;
        issued = 0;
        continue;
      }
      const Open o = open[size_t(at)];
      open[size_t(at)] = open.back();
      open.pop_back();
      write(o, now);
      list.push_back({o.line, o.copy});
      issued++;
    }
    return list;
  }
};

/// What is written past the caches comes last: halves of a cache line follow each other.
std::vector<At> lineByLine(const Recipe& r, int copies, bool apart) {
  std::vector<At> order;
  const int n = int(r.lines.size());
  const auto streams = [&](int i) { return r.lines[size_t(i)].kind == Line::stream; };
  for (int c = 0; c < (apart ? copies : 1); c++)
    for (int i = 0, to = 0; i < n; i = to) {
      for (to = i + 1; r.lines[size_t(i)].serial && to < n && r.lines[size_t(to)].serial;) to++;
      for (int d = 0; d < (apart ? 1 : copies) && !streams(i); d++)
        for (int k = i; k < to; k++) order.push_back({k, c + d});
    }
  for (int i = 0; i < n; i++)
    for (int c = 0; c < copies && streams(i); c++) order.push_back({i, c});
  return order;
}
/// Registers that a turn's own values may take, where one or two bring operands.
int roomOf(const Recipe& r, int copies) {
  int top = r.format.vectors();
  for (const Value& v : r.values)
    if (v.home == Value::kept) top = std::min(top, v.at - (v.same ? 0 : copies - 1));
  return top - 2;
}

}  // namespace

std::vector<At> orderOf(const Recipe& r, int copies, bool apart) {
  return apart || copies == 1 || !r.format.evex() ? lineByLine(r, copies, apart) : Schedule(r, copies, roomOf(r, copies)).order();
}

}  // namespace cot
