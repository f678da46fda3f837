#include "core/turn.hpp"

#include <algorithm>

namespace cot {
namespace {

constexpr int vectors = 16;
constexpr int fewSpills = 16;   // one in so many instructions
constexpr int32_t free_ = -1, temporary = -2, pinned = -3;

struct Turn {
  struct At { int32_t step; int copy; };
  Assembler& a;
  const Recipe& r;
  const PlaceOf& place;
  const int copies;
  const bool shares;           // what is the same for all copies is loaded once a step where there is room
  std::vector<At> order;
  std::vector<int32_t> use, firstUse, nextOf;   // positions by key, one key after the other; where each key's are; which is next
  std::vector<int32_t> vectorOf, spillOf;
  int32_t holder[vectors];
  bool locked[vectors];
  int now = 0;
  Tally tally{0, 0};

  Turn(Assembler& to, const Recipe& recipe, const PlaceOf& placeOf, const std::vector<Pin>& pins, int n, bool apart, bool share)
      : a(to), r(recipe), place(placeOf), copies(n), shares(share) {
    for (int32_t& h : holder) h = free_;
    for (bool& l : locked) l = false;
    arrange(apart);
    count();
    vectorOf.assign(r.values.size() * size_t(copies), -1);
    spillOf.assign(vectorOf.size(), -1);
    for (const Pin& p : pins) {
      holder[p.vector] = pinned;
      for (int c = 0; c < copies; c++) vectorOf[key(p.value, c)] = p.vector;
    }
  }
  size_t key(int32_t v, int copy) const { return size_t(v) * size_t(copies) + size_t(r.values[size_t(v)].same ? 0 : copy); }
  const Value& valueOf(size_t k) const { return r.values[k / size_t(copies)]; }
  /// What is written past the caches comes last: halves of a cache line follow each other.
  void arrange(bool apart) {
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
  }
  template <class F> void operands(const At& at, const F& visit) const {
    const Line& s = r.lines[size_t(at.step)];
    for (const int32_t v : {s.a, s.x, s.mask})
      if (v >= 0 && r.values[size_t(v)].home != Value::kept) visit(key(v, at.copy));
  }
  void count() {
    firstUse.assign(r.values.size() * size_t(copies) + 1, 0);
    for (const At& at : order) operands(at, [&](size_t k) { firstUse[k + 1]++; });
    for (size_t k = 1; k < firstUse.size(); k++) firstUse[k] += firstUse[k - 1];
    use.resize(size_t(firstUse.back()));
    nextOf.assign(firstUse.begin(), firstUse.end() - 1);
    for (size_t i = 0; i < order.size(); i++) operands(order[i], [&](size_t k) { use[size_t(nextOf[k]++)] = int32_t(i); });
    nextOf.assign(firstUse.begin(), firstUse.end() - 1);
  }
  /// The next position after this one that reads k, or past the end.
  int32_t next(size_t k) {
    int32_t& at = nextOf[k];
    while (at < firstUse[k + 1] && use[size_t(at)] <= now) at++;
    return at < firstUse[k + 1] ? use[size_t(at)] : int32_t(order.size());
  }
  bool done(size_t k) { return next(k) == int32_t(order.size()); }

  // ---- vectors ----
  Place home(size_t k, int copy) {
    if (spillOf[k] >= 0) return Place::at(rsp, -1, 32 * spillOf[k]);
    const Value& v = valueOf(k);
    return v.home == Value::pool ? Place::constant(a.constant(r.constants[size_t(v.at)])) : place(a, v.at, copy);
  }
  int spare() const {
    for (int v = 0; v < vectors; v++)
      if (holder[v] == free_) return v;
    return -1;
  }
  int take() {
    int used = 0;
    for (const int32_t h : holder) used += h != free_;
    tally.most = std::max(tally.most, std::min(used + 1, vectors));
    const int v = spare();
    return v >= 0 ? v : leave();
  }
  int leave() {
    int best = -1;
    int32_t far = -1;
    for (int v = 0; v < vectors; v++) {
      if (holder[v] < 0 || locked[v]) continue;
      // What was loaded for the copies of one line costs nothing to read where it lies.
      const int32_t at = valueOf(size_t(holder[v])).same ? INT32_MAX : next(size_t(holder[v]));
      if (at > far) far = at, best = v;
    }
    const size_t k = size_t(holder[best]);
    if (valueOf(k).home == Value::made && spillOf[k] < 0) {
      spillOf[k] = tally.spills++;
      a.vex(0, 1, 0x11, best, 0, home(k, 0));
    }
    vectorOf[k] = -1;
    return best;
  }
  void hold(size_t k, int v) {
    holder[v] = int32_t(k);
    vectorOf[k] = v;
    locked[v] = true;
  }
  int need(int32_t value, int copy) {
    const Value& v = r.values[size_t(value)];
    if (v.home == Value::kept) return v.at;
    const size_t k = key(value, copy);
    if (vectorOf[k] < 0) {
      const int d = take();
      a.vex(0, 1, 0x10, d, 0, home(k, copy));
      hold(k, d);
    }
    locked[vectorOf[k]] = true;
    return vectorOf[k];
  }
  /// A vector, or the place in memory of what is read once, or by the others of this step only where there is no room.
  Place read(int32_t value, int copy) {
    const Value& v = r.values[size_t(value)];
    if (v.home == Value::kept) return Place::reg(v.at);
    const size_t k = key(value, copy);
    const bool again = v.same ? shares && !done(k) && next(k) <= now + copies && spare() >= 0 : !done(k);
    if (vectorOf[k] >= 0 || again) return Place::reg(need(value, copy));
    return home(k, copy);
  }
  void release(const At& at) {
    operands(at, [&](size_t k) {
      const int v = vectorOf[k];
      if (v < 0 || holder[v] == pinned || !done(k)) return;
      holder[v] = free_;
      vectorOf[k] = -1;
    });
  }

  // ---- steps ----
  int target(const Line& s, const At& at) {
    release(at);
    const Value& v = r.values[size_t(s.dst)];
    if (v.home == Value::kept) return v.at;
    const int d = take();
    hold(key(s.dst, at.copy), d);
    return d;
  }
  void step(const Line& s, const At& at) {
    switch (s.kind) {
      case Line::compute: {
        const int first = s.a >= 0 ? need(s.a, at.copy) : 0, mask = s.mask >= 0 ? need(s.mask, at.copy) : 0;
        const Place x = read(s.x, at.copy);
        a.vex(s.prefix, s.map, s.op, target(s, at), first, x, s.wide, s.mask >= 0 ? mask << 4 : s.immediate);
        break;
      }
      case Line::shift: {
        const int x = need(s.a, at.copy);
        a.vex(s.prefix, 1, s.op, s.map, target(s, at), Place::reg(x), true, s.immediate);
        break;
      }
      case Line::upper: {
        const int x = need(s.a, at.copy);
        a.vex(1, 3, 0x39, x, 0, Place::reg(target(s, at)), true, 1);
        break;
      }
      default: {
        const int x = need(s.a, at.copy);
        a.vex(s.kind == Line::eight ? 1 : 0, 1, s.kind == Line::eight ? 0xD6 : s.kind == Line::stream ? 0x2B : 0x11, x, 0,
              place(a, s.dst, at.copy), s.kind != Line::eight);
        release(at);
      }
    }
    // Nobody reads what this made.
    if (s.kind > Line::upper || r.values[size_t(s.dst)].home == Value::kept) return;
    const size_t k = key(s.dst, at.copy);
    if (!done(k)) return;
    holder[vectorOf[k]] = free_;
    vectorOf[k] = -1;
  }
  Tally write() {
    for (const At& at : order) {
      for (bool& l : locked) l = false;
      step(r.lines[size_t(at.step)], at);
      now++;
    }
    return tally;
  }
};

}  // namespace

Tally writeTurn(Assembler& a, const Recipe& r, const PlaceOf& place, const std::vector<Pin>& pins, int copies, bool apart) {
  return Turn(a, r, place, pins, copies, apart, true).write();
}
TurnShape shapeOf(const Recipe& r, const PlaceOf& place, int mostCopies) {
  std::vector<Pin> kept;
  int top = vectors;
  for (size_t v = 0; v < r.values.size(); v++)
    if (r.values[v].home == Value::kept) {
      kept.push_back({int32_t(v), r.values[v].at});
      top = std::min(top, int(r.values[v].at));
    }
  const auto tried = [&](int copies, bool apart) {
    Assembler trial;
    return Turn(trial, r, place, kept, copies, apart, false).write();
  };
  // Arithmetic alone is short, and waits for memory: of seven streams (Adam) two vectors side by side took 1.2 times as long.
  TurnShape s{mostCopies, 0, mostCopies <= 2, kept};
  Tally t = tried(s.copies, s.apart);
  // A few that leave for a while cost less than long chains one after the other.
  while (!s.apart && t.spills * fewSpills > int(r.lines.size()) * s.copies) {
    if (s.copies > 2) s.copies--;
    else s.apart = true;
    t = tried(s.copies, s.apart);
  }
  // What is the same everywhere stays in the vectors left, what is read most often first.
  std::vector<int> reads(r.values.size(), 0);
  std::vector<int32_t> same;
  for (const Line& q : r.lines)
    for (const int32_t v : {q.a, q.x, q.mask})
      if (v >= 0) reads[size_t(v)]++;
  for (size_t v = 0; v < r.values.size(); v++)
    if (r.values[v].same && r.values[v].home != Value::made && r.values[v].home != Value::kept && reads[v] > 0) same.push_back(int32_t(v));
  std::stable_sort(same.begin(), same.end(), [&](int32_t x, int32_t y) { return reads[size_t(x)] > reads[size_t(y)]; });
  int room = vectors - t.most;
  for (size_t i = 0; i < same.size() && room > 0; i++, room--) s.pins.push_back({same[i], --top});
  Assembler trial;
  s.spills = std::max(writeTurn(trial, r, place, s.pins, s.copies, s.apart).spills, writeTurn(trial, r, place, s.pins, 1, false).spills);
  return s;
}
void writePins(Assembler& a, const Recipe& r, const PlaceOf& place, const std::vector<Pin>& pins) {
  for (const Pin& p : pins) {
    const Value& v = r.values[size_t(p.value)];
    if (v.home == Value::kept) continue;
    a.vex(0, 1, 0x10, p.vector, 0, v.home == Value::pool ? Place::constant(a.constant(r.constants[size_t(v.at)])) : place(a, v.at, 0));
  }
}

}  // namespace cot
