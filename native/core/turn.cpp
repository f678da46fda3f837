#include "core/turn.hpp"

#include <algorithm>

namespace cot {
namespace {

constexpr int mostVectors = 32, registers = mostVectors + 8;   // behind the vectors the masks, the first of which means none
constexpr int fewSpills = 16;   // one in so many instructions
constexpr int32_t free_ = -1, pinned = -3;
constexpr Opcode loadOfMasks{0, 1, 0x90, 128}, storeOfMasks{0, 1, 0x91, 128};

}  // namespace

Place constantOf(Assembler& a, const Format& f, const std::vector<uint64_t>& words) {
  return Place::constant(a.constant(words), f.evex() && words.size() == 1);
}
void bring(Assembler& a, const Format& f, int to, Place from) {
  if (!f.evex()) return a.vex({0, 1, 0x10, f.bits()}, to, 0, from);
  const bool one = from.one;
  from.one = false;
  a.evex(one ? Opcode{1, 2, uint8_t(f.doubles() ? 0x19 : 0x18), f.bits()} : Opcode{0, 1, 0x10, f.bits()}, one && f.doubles(), to, 0, from);
}

namespace {

struct Turn {
  Assembler& a;
  const Recipe& r;
  const PlaceOf& place;
  const int copies, vectors;
  const bool shares;           // what is the same for all copies is loaded once a step where there is room
  const std::vector<At>& order;
  std::vector<int32_t> use, firstUse, nextOf;   // positions by key, one key after the other; where each key's are; which is next
  std::vector<int32_t> vectorOf, spillOf;
  int32_t holder[registers];
  bool locked[registers];
  int now = 0;
  Tally tally{0, 0};

  Turn(Assembler& to, const Recipe& recipe, const PlaceOf& placeOf, const std::vector<Pin>& pins, int n, const std::vector<At>& lines, bool share)
      : a(to), r(recipe), place(placeOf), copies(n), vectors(recipe.format.vectors()), shares(share), order(lines) {
    for (int32_t& h : holder) h = free_;
    for (bool& l : locked) l = false;
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
  template <class F> void operands(const At& at, const F& visit) const {
    const Line& s = r.lines[size_t(at.line)];
    for (const int32_t v : {s.a, s.x, s.third})
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

  // ---- registers ----
  /// Of doubles is what has the prefix 66: all but moves.
  void write(const Opcode& o, int dst, int first, const Place& x, int mask = 0) {
    if (r.format.evex()) a.evex(o, r.format.doubles() && o.pp == 1, dst, first, x, mask);
    else a.vex(o, dst, first, x);
  }
  static int keptAt(const Value& v, int copy) { return v.at - (v.same ? 0 : copy); }
  /// As an operand.
  static int numberOf(int reg) { return reg % mostVectors; }
  Place home(size_t k, int copy) {
    if (spillOf[k] >= 0) return Place::at(rsp, -1, r.format.bytes * spillOf[k]);
    const Value& v = valueOf(k);
    return v.home == Value::pool ? constantOf(a, r.format, r.constants[size_t(v.at)]) : place(a, v.at, copy);
  }
  int begin(bool mask) const { return mask ? mostVectors + 1 : 0; }
  int end(bool mask) const { return mask ? registers : vectors; }
  int spare(bool mask) const {
    for (int v = begin(mask); v < end(mask); v++)
      if (holder[v] == free_) return v;
    return -1;
  }
  int take(bool mask) {
    int used = 0;
    for (int v = 0; v < vectors; v++) used += holder[v] != free_;
    tally.most = std::max(tally.most, std::min(used + !mask, vectors));
    const int v = spare(mask);
    return v >= 0 ? v : leave(mask);
  }
  int leave(bool mask) {
    int best = -1;
    int32_t far = -1;
    for (int v = begin(mask); v < end(mask); v++) {
      if (holder[v] < 0 || locked[v]) continue;
      // What was loaded for the copies of one line costs nothing to read where it lies.
      const int32_t at = valueOf(size_t(holder[v])).same ? INT32_MAX : next(size_t(holder[v]));
      if (at > far) far = at, best = v;
    }
    const size_t k = size_t(holder[best]);
    if (valueOf(k).home == Value::made && spillOf[k] < 0) {
      spillOf[k] = tally.spills++;
      if (mask) a.vex(storeOfMasks, numberOf(best), 0, home(k, 0));
      else write({0, 1, 0x11, r.format.bits()}, best, 0, home(k, 0));
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
    if (v.home == Value::kept) return keptAt(v, copy);
    const size_t k = key(value, copy);
    if (vectorOf[k] < 0) {
      const int d = take(v.mask);
      if (v.mask) a.vex(loadOfMasks, numberOf(d), 0, home(k, copy));
      else bring(a, r.format, d, home(k, copy));
      hold(k, d);
    }
    locked[vectorOf[k]] = true;
    return vectorOf[k];
  }
  /// A vector, or the place in memory of what is read once, or by the others of this step only where there is no room.
  Place read(int32_t value, int copy) {
    const Value& v = r.values[size_t(value)];
    if (v.home == Value::kept) return Place::reg(keptAt(v, copy));
    const size_t k = key(value, copy);
    const bool again = v.same ? shares && !done(k) && next(k) <= now + copies && spare(false) >= 0 : v.mask || !done(k);
    if (vectorOf[k] >= 0 || again) return Place::reg(numberOf(need(value, copy)));
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
    if (v.home == Value::kept) return keptAt(v, at.copy);
    const int d = take(v.mask);
    hold(key(s.dst, at.copy), d);
    return d;
  }
  /// A fused step's third operand where the result may be written over it: there, or as a copy.
  int overwritten(const Line& s, const At& at) {
    const size_t k = key(s.third, at.copy);
    int v = vectorOf[k];
    const bool dies = v >= 0 && holder[v] != pinned && done(k);
    if (!dies) bring(a, r.format, v = take(false), vectorOf[k] >= 0 ? Place::reg(vectorOf[k]) : home(k, at.copy));
    release(at);
    hold(key(s.dst, at.copy), v);
    return v;
  }
  void step(const Line& s, const At& at) {
    const bool fuses = s.kind == Line::fused;
    if (fuses && vectorOf[key(s.third, at.copy)] >= 0) locked[vectorOf[key(s.third, at.copy)]] = true;
    const bool whole = s.third == r.tail && at.copy < copies - 1;   // only the last vector of a tail has less
    const int first = s.a >= 0 ? need(s.a, at.copy) : 0, mask = s.third >= 0 && !fuses && !whole ? numberOf(need(s.third, at.copy)) : 0;
    switch (s.kind) {
      case Line::compute: {
        const Place x = read(s.x, at.copy);
        Opcode code = s.code;
        if (s.third >= 0 && !r.format.evex()) code.immediate = mask << 4;
        write(code, numberOf(target(s, at)), first, x, mask);
        break;
      }
      case Line::fused: {
        const Place x = read(s.x, at.copy);
        write(s.code, overwritten(s, at), first, x);
        break;
      }
      case Line::shift: {
        Opcode code = s.code;
        const int digit = code.map;
        code.map = 1;
        write(code, digit, target(s, at), Place::reg(first));
        break;
      }
      case Line::upper: {
        const int d = target(s, at);
        write(s.code, first, 0, Place::reg(d));
        break;
      }
      case Line::masks: {
        const Place x = read(s.x, at.copy);
        a.vex(s.code, numberOf(target(s, at)), numberOf(first), x);
        break;
      }
      case Line::prefetch: {
        Place to = place(a, s.dst, at.copy);
        to.disp += s.code.immediate;
        a.prefetch(to);
        break;
      }
      default: {
        Place to = place(a, s.dst, at.copy);
        to.one = false;
        write(s.code, first, r.format.evex() ? 0 : mask, to, mask);
        release(at);
      }
    }
    // Nobody reads what this made.
    if (s.kind >= Line::store || r.values[size_t(s.dst)].home == Value::kept) return;
    const size_t k = key(s.dst, at.copy);
    if (!done(k)) return;
    holder[vectorOf[k]] = free_;
    vectorOf[k] = -1;
  }
  Tally write() {
    for (const At& at : order) {
      for (bool& l : locked) l = false;
      step(r.lines[size_t(at.line)], at);
      now++;
    }
    return tally;
  }
};

}  // namespace

Tally writeTurn(Assembler& a, const Recipe& r, const PlaceOf& place, const std::vector<Pin>& pins, int copies, const std::vector<At>& order) {
  return Turn(a, r, place, pins, copies, order, true).write();
}
TurnShape shapeOf(const Recipe& r, const PlaceOf& place, int mostCopies) {
  std::vector<Pin> kept;
  const int vectors = r.format.vectors();
  int top = vectors;
  for (size_t v = 0; v < r.values.size(); v++)
    for (int c = 0; c < (r.values[v].same ? 1 : mostCopies) && r.values[v].home == Value::kept; c++) {
      kept.push_back({int32_t(v), r.values[v].at - c});
      top = std::min(top, kept.back().vector);
    }
  // Arithmetic alone is short, and waits for memory: of seven streams (Adam) two vectors side by side took 1.2 times as long.
  TurnShape s{mostCopies, 0, kept, {}, orderOf(r, 1, true)};
  bool apart = mostCopies <= 2;
  const auto tried = [&] {
    Assembler trial;
    s.order = orderOf(r, s.copies, apart);
    return Turn(trial, r, place, kept, s.copies, s.order, false).write();
  };
  Tally t = tried();
  // A few that leave for a while cost less than long chains one after the other.
  while (!apart && t.spills * fewSpills > int(r.lines.size()) * s.copies) {
    if (s.copies > 2) s.copies--;
    else apart = true;
    t = tried();
  }
  // What is the same everywhere stays in the vectors left, what is read most often first.
  std::vector<int> reads(r.values.size(), 0);
  std::vector<int32_t> same;
  for (const Line& q : r.lines)
    for (const int32_t v : {q.a, q.x, q.third})
      if (v >= 0) reads[size_t(v)]++;
  for (size_t v = 0; v < r.values.size(); v++)
    if (r.values[v].same && r.values[v].home != Value::made && r.values[v].home != Value::kept && reads[v] > 0) same.push_back(int32_t(v));
  std::stable_sort(same.begin(), same.end(), [&](int32_t x, int32_t y) { return reads[size_t(x)] > reads[size_t(y)]; });
  int room = r.tail >= 0 && s.copies == 1 ? 0 : vectors - t.most;
  for (size_t i = 0; i < same.size() && room > 0; i++, room--) s.pins.push_back({same[i], --top});
  Assembler trial;
  s.spills = std::max(writeTurn(trial, r, place, s.pins, s.copies, s.order).spills, writeTurn(trial, r, place, s.pins, 1, s.single).spills);
  return s;
}
void writePins(Assembler& a, const Recipe& r, const PlaceOf& place, const std::vector<Pin>& pins) {
  for (const Pin& p : pins) {
    const Value& v = r.values[size_t(p.value)];
    if (v.home == Value::kept) continue;
    bring(a, r.format, p.vector, v.home == Value::pool ? constantOf(a, r.format, r.constants[size_t(v.at)]) : place(a, v.at, 0));
  }
}

void writeTail(Assembler& a, const Format& f) {
  const bool d = f.doubles();
  const auto write = [&](const Opcode& o, int dst, int first, const Place& x) {
    if (f.evex()) a.evex(o, d, dst, first, x);
    else a.vex(o, dst, first, x);
  };
  std::vector<uint64_t> lanes;
  for (uint32_t i = 0; i < uint32_t(f.lanes()); i += d ? 1 : 2) lanes.push_back(d ? i : uint64_t(i + 1) << 32 | i);
  a.vex({1, 1, 0x6E, 128}, 0, 0, Place::reg(r11));
  write({1, 2, uint8_t(d ? 0x59 : 0x58), f.bits()}, 0, 0, Place::reg(0));
  write({1, int8_t(d ? 2 : 1), uint8_t(d ? 0x37 : 0x66), f.bits()}, Turn::numberOf(Recipe::tailAt(f)), 0, constantOf(a, f, lanes));
}

}  // namespace cot
