#include "core/emit.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#if defined(COT_X86) && !defined(_WIN32)
#define COT_EMITS
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "cpu/kernels.hpp"

namespace cot {

// ---- whether, and where ----
static std::atomic<int> asked{-1};
bool emits() {
#ifdef COT_EMITS
  int on = asked.load(std::memory_order_relaxed);
  if (on < 0) {
    const char* word = std::getenv("COTANGENT_EMIT");
    on = std::strcmp(kernels().name, "baseline") != 0 && !(word != nullptr && std::strcmp(word, "0") == 0) ? 1 : 0;
    asked.store(on, std::memory_order_relaxed);
  }
  return on == 1;
#else
  return false;
#endif
}
void setEmits(bool on) { asked.store(on ? -1 : 0, std::memory_order_relaxed); }

CodePages::~CodePages() {
#ifdef COT_EMITS
  if (at != nullptr) munmap(at, held);
#endif
}
const uint8_t* CodePages::seal(const std::vector<uint8_t>& bytes) {
#ifdef COT_EMITS
  const size_t page = size_t(sysconf(_SC_PAGESIZE)), size = (bytes.size() + page - 1) / page * page;
  void* got = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  std::memcpy(got, bytes.data(), bytes.size());
  if (mprotect(got, size, PROT_READ | PROT_EXEC) != 0) {
    munmap(got, size);
    return nullptr;
  }
  at = got;
  held = size;
  return static_cast<const uint8_t*>(got);
#else
  (void)bytes;
  return nullptr;
#endif
}

// ---- what is taken ----
static bool arithmetic(Code c) {
  switch (c) {
    case Code::neg_: case Code::abs_: case Code::add_: case Code::sub_: case Code::mul_: case Code::max_: case Code::min_: return true;
    default: return false;
  }
}
static bool floating(Code c) {
  switch (c) {
    case Code::div_: case Code::sqrt_: case Code::rsqrt_: case Code::floor_: case Code::ceil_: case Code::round_: case Code::trunc_: return true;
    default: return arithmetic(c);
  }
}
static bool bitwise(Code c) { return c == Code::and_ || c == Code::or_ || c == Code::xor_ || c == Code::not_; }
static bool casts(DType from, DType to) {
  const bool wide = to == F32 || to == I32;
  return (from == Bool && wide) || (from == I32 && to == F32) || (to == Bool && (from == F32 || from == I32));
}
bool Emitter::takes(const Op& op, int lanes) {
  if (lanes == 4) return op.in == F64 && op.out == F64 && floating(op.code);
  const bool compares = op.code >= Code::eq_ && op.code <= Code::ge_;
  switch (op.in) {
    case F32: return floating(op.code) || compares || op.code == Code::where_ || (op.code == Code::cast_ && casts(F32, op.out));
    case I32: return arithmetic(op.code) || compares || bitwise(op.code) || op.code == Code::where_ || (op.code == Code::cast_ && casts(I32, op.out));
    case Bool: return bitwise(op.code) || op.code == Code::where_ || (op.code == Code::cast_ && casts(Bool, op.out));
    default: return false;
  }
}

namespace {

constexpr uint64_t twice(uint32_t bits) { return uint64_t(bits) << 32 | bits; }
constexpr int general[] = {rcx, rdx, r8, r9, r10, rbx, rbp, r12, r13, r14, r15};
constexpr int generals = int(sizeof general / sizeof general[0]);
constexpr int firstSaved = 5;   // of `general`, belongs to the caller
constexpr int free_ = -1, temporary = -2, pinned = -3;

/// The code of one group. A register of the body is in a vector, in its place in memory, or both; when vectors run out, the
/// one whose next use is farthest goes to its place.
struct Writer {
  Assembler& a;
  const Body& b;
  const Group& g;
  const List<bool>& outside;
  const int first, lanes;
  bool caches = false;         // what is read again stays in a vector
  bool bools = false;          // some values are masks
  int copy = 0;                // which vector of an unrolled turn
  int now = 0;
  std::vector<int> vectorOf, pointerOf, pins;
  struct Pending { int r, copy, vector; };
  std::vector<Pending> pending;
  std::vector<bool> placed;
  int holder[16];
  bool locked[16];
  int most = 0;

  Writer(Assembler& to, const Body& body, const Group& group, const List<bool>& read)
      : a(to), b(body), g(group), outside(read), first(body.sources.size), lanes(group.lanes) {
    vectorOf.assign(size_t(first + b.ops.size), -1);
    pointerOf.assign(size_t(first + b.ops.size), -1);
    for (int i = g.from; i < g.to; i++) bools = bools || op(i).in == Bool || op(i).out == Bool || op(i).code == Code::where_;
  }
  const Op& op(int i) const { return b.ops[i]; }
  DType dtype(int r) const { return r < first ? b.sources[r].dtype : b.ops[r - first].out; }
  bool own(int r) const { return r >= first + g.from && r < first + g.to; }
  /// The same element everywhere, or all along the row.
  bool same(int r) const {
    if (b.byRow && (r < first ? b.sources[r].kind == SourceKind::row : b.ops[r - first].row)) return true;
    return r < first && (b.sources[r].kind == SourceKind::view || b.sources[r].kind == SourceKind::immediate) && b.sources[r].reach == Reach::same;
  }
  int nextUse(int r) const {
    for (int i = now + 1; i < g.to; i++)
      for (const int32_t x : op(i).args)
        if (x == r) return i;
    return g.to;
  }

  // ---- places ----
  int pointer(int r) {
    if (pointerOf[size_t(r)] >= 0) return pointerOf[size_t(r)];
    a.load64(r11, rsi, 8 * r);
    return r11;
  }
  Place place(int r) {
    const int p = pointer(r), size = int(sizeOf(dtype(r)));
    if (same(r)) return Place::at(p, -1, 0);
    return Place::at(p, size == 1 ? 0 : size == 4 ? 2 : 3, copy * lanes * size);
  }
  Place all(uint64_t bits) { return Place::constant(a.constant(bits)); }
  int take() {
    int used = 0;
    for (int v = 0; v < 16; v++) used += holder[v] != free_;
    for (int v = 0; v < 16; v++) {
      if (holder[v] != free_) continue;
      most = used + 1 > most ? used + 1 : most;
      return v;
    }
    most = 16;
    int best = -1, far = -1;
    for (int v = 0; v < 16; v++) {
      if (holder[v] < 0 || locked[v]) continue;
      const int at = nextUse(holder[v]);
      if (at > far) far = at, best = v;
    }
    const int r = holder[best];
    if (!placed[size_t(r)]) store(r, best);
    vectorOf[size_t(r)] = -1;
    return best;
  }
  int scratch() {
    const int v = take();
    holder[v] = temporary;
    return v;
  }
  void hold(int r, int v) {
    holder[v] = r;
    vectorOf[size_t(r)] = v;
  }
  void drop(int r) {
    const int v = vectorOf[size_t(r)];
    if (v < 0 || holder[v] == pinned) return;
    holder[v] = free_;
    vectorOf[size_t(r)] = -1;
  }
  bool streamed(int r) const { return own(r) && op(r - first).streamed >= 0; }
  /// Halves of a cache line follow each other: one that waits for the other among reads is written by itself.
  void stream(int r) {
    int v = vectorOf[size_t(r)];
    if (nextUse(r) == g.to) vectorOf[size_t(r)] = -1;
    else {
      locked[v] = true;
      const int t = scratch();
      a.vex(0, 1, 0x28, t, 0, Place::reg(v));
      v = t;
    }
    holder[v] = temporary;
    pending.push_back({r, copy, v});
  }
  void flush() {
    std::stable_sort(pending.begin(), pending.end(), [](const Pending& x, const Pending& y) { return x.r < y.r; });
    for (const Pending& p : pending) {
      copy = p.copy;
      a.vex(0, 1, 0x2B, p.vector, 0, place(p.r));
    }
    pending.clear();
  }
  void store(int r, int v) {
    placed[size_t(r)] = true;
    if (dtype(r) != Bool) return a.vex(0, 1, 0x11, v, 0, place(r));
    // Eight masks to eight bytes of 0 or 1.
    const int t = 0;             // kept for this, so that nothing has to leave for it
    a.vex(1, 3, 0x39, v, 0, Place::reg(t), true, 1);
    a.vex(1, 1, 0x6B, t, v, Place::reg(t), false);
    a.vex(1, 1, 0x63, t, t, Place::reg(t), false);
    a.vex(1, 1, 0xDB, t, t, all(twice(0x01010101)), false);
    a.vex(1, 1, 0xD6, t, 0, place(r), false);
  }
  /// The vector that holds r, kept until the operation is done.
  int use(int r) {
    int v = vectorOf[size_t(r)];
    if (v < 0) {
      v = take();
      hold(r, v);
      if (dtype(r) == Bool) {
        a.vex(1, 2, 0x31, v, 0, place(r));
        a.vex(1, 1, 0x66, v, v, all(0));
      } else {
        a.vex(0, 1, 0x10, v, 0, place(r));
      }
    }
    locked[v] = true;
    return v;
  }
  /// Where an instruction may read r.
  void prepare(int r) {
    if (vectorOf[size_t(r)] >= 0 || dtype(r) == Bool || (caches && !same(r) && nextUse(r) < g.to)) use(r);
  }
  Place read(int r) { return vectorOf[size_t(r)] >= 0 ? Place::reg(vectorOf[size_t(r)]) : place(r); }

  // ---- operations ----
  /// A vector for the result; what is read for the last time here gives its own.
  int result(const Op& o, bool early) {
    Place keep[4];
    int n = 0;
    if (early)
      for (const int32_t r : o.args)
        if (nextUse(r) == g.to && vectorOf[size_t(r)] >= 0) keep[n++] = Place::reg(vectorOf[size_t(r)]);
    for (int i = 0; i < n; i++)
      if (holder[keep[i].number] != pinned) return keep[i].number;
    return take();
  }
  int pp() const { return lanes == 4 ? 1 : 0; }
  void binary(const Op& o, int prefix, int map, int code, int x, int y) {
    const int v = use(x);
    prepare(y);
    const int d = result(o, true);
    a.vex(prefix, map, code, d, v, read(y));
    done(d);
  }
  void unary(const Op& o, int prefix, int map, int code, int immediate = -1) {
    prepare(o.args[0]);
    const int d = result(o, true);
    a.vex(prefix, map, code, d, 0, read(o.args[0]), true, immediate);
    done(d);
  }
  void with(const Op& o, int prefix, int code, uint64_t bits) {
    const int v = use(o.args[0]), d = result(o, true);
    a.vex(prefix, 1, code, d, v, all(bits));
    done(d);
  }
  void compare(const Op& o, int predicate) {
    const int v = use(o.args[0]);
    prepare(o.args[1]);
    const int d = result(o, true);
    a.vex(pp(), 1, 0xC2, d, v, read(o.args[1]), true, predicate);
    done(d);
  }
  /// x > y or x == y, perhaps the contrary of it.
  void compareInts(const Op& o, int code, bool swapped, bool contrary) {
    binary(o, 1, 1, code, o.args[swapped ? 1 : 0], o.args[swapped ? 0 : 1]);
    if (contrary) a.vex(1, 1, 0xEF, last, last, all(twice(0xFFFFFFFFu)));
  }
  /// b where it is beyond a or NaN, or its equal of the other sign where `which` is negative; else a.
  void extremum(const Op& o, int code, int which) {
    const int x = use(o.args[0]), y = use(o.args[1]), m = scratch(), u = scratch(), d = take();
    a.vex(pp(), 1, 0xC2, m, y, Place::reg(x), true, 0);
    a.vex(0, 1, 0x54, m, m, Place::reg(which == 0 ? x : y));   // a choice looks at signs only
    a.vex(pp(), 1, 0xC2, u, y, Place::reg(y), true, 3);
    a.vex(0, 1, 0x56, m, m, Place::reg(u));
    a.vex(pp(), 1, code, d, y, Place::reg(x));
    a.vex(1, 3, lanes == 4 ? 0x4B : 0x4A, d, d, Place::reg(y), true, m << 4);
    holder[m] = holder[u] = free_;
    done(d);
  }
  void choice(const Op& o) {
    const int c = use(o.args[0]), no = use(o.args[2]);
    prepare(o.args[1]);
    const int d = result(o, true);
    a.vex(1, 3, 0x4A, d, no, read(o.args[1]), true, c << 4);
    done(d);
  }
  void reciprocalRoot(const Op& o) {
    prepare(o.args[0]);
    const int d = take(), t = (holder[d] = temporary, scratch());
    a.vex(pp(), 1, 0x51, t, 0, read(o.args[0]));
    a.vex(0, 1, 0x10, d, 0, all(lanes == 4 ? 0x3FF0000000000000u : twice(0x3F800000u)));
    a.vex(pp(), 1, 0x5E, d, d, Place::reg(t));
    holder[t] = free_;
    done(d);
  }
  void cast(const Op& o) {
    if (o.in == Bool) return with(o, 1, 0xDB, twice(o.out == F32 ? 0x3F800000u : 1u));
    if (o.in == I32 && o.out == F32) return unary(o, 0, 1, 0x5B);
    const int v = use(o.args[0]), d = result(o, true);
    if (o.in == F32) a.vex(0, 1, 0xC2, d, v, all(0), true, 4);
    else {
      a.vex(1, 1, 0x76, d, v, all(0));
      a.vex(1, 1, 0xEF, d, d, all(twice(0xFFFFFFFFu)));
    }
    done(d);
  }
  int last = 0;
  void done(int d) {
    // Operands that nobody reads again leave first: the result may stand in a vector of theirs.
    for (const int32_t r : op(now).args)
      if (nextUse(r) == g.to) drop(r);
    hold(first + now, d);
    last = d;
  }
  void floats(const Op& o) {
    const bool wide = lanes == 4;
    const uint64_t sign = wide ? uint64_t(1) << 63 : twice(0x80000000u);
    switch (o.code) {
      case Code::neg_: return with(o, pp(), 0x57, sign);
      case Code::abs_: return with(o, pp(), 0x54, ~sign);
      case Code::add_: return binary(o, pp(), 1, 0x58, o.args[0], o.args[1]);
      case Code::sub_: return binary(o, pp(), 1, 0x5C, o.args[0], o.args[1]);
      case Code::mul_: return binary(o, pp(), 1, 0x59, o.args[0], o.args[1]);
      case Code::div_: return binary(o, pp(), 1, 0x5E, o.args[0], o.args[1]);
      case Code::max_: return extremum(o, 0x5F, 0);
      case Code::min_: return extremum(o, 0x5D, 1);
      case Code::sqrt_: return unary(o, pp(), 1, 0x51);
      case Code::rsqrt_: return reciprocalRoot(o);
      case Code::round_: return unary(o, 1, 3, wide ? 9 : 8, 4);
      case Code::floor_: return unary(o, 1, 3, wide ? 9 : 8, 9);
      case Code::ceil_: return unary(o, 1, 3, wide ? 9 : 8, 10);
      case Code::trunc_: return unary(o, 1, 3, wide ? 9 : 8, 11);
      case Code::eq_: return compare(o, 0x00);
      case Code::ne_: return compare(o, 0x04);
      case Code::lt_: return compare(o, 0x11);
      case Code::le_: return compare(o, 0x12);
      case Code::gt_: return compare(o, 0x1E);
      default: return compare(o, 0x1D);
    }
  }
  void integers(const Op& o) {
    const int32_t x = o.args[0], y = o.args[1];
    switch (o.code) {
      case Code::neg_: {
        prepare(x);
        const int d = take();
        a.vex(1, 1, 0xEF, d, d, Place::reg(d));
        a.vex(1, 1, 0xFA, d, d, read(x));
        return done(d);
      }
      case Code::abs_: return unary(o, 1, 2, 0x1E);
      case Code::add_: return binary(o, 1, 1, 0xFE, x, y);
      case Code::sub_: return binary(o, 1, 1, 0xFA, x, y);
      case Code::mul_: return binary(o, 1, 2, 0x40, x, y);
      case Code::max_: return binary(o, 1, 2, 0x3D, x, y);
      case Code::min_: return binary(o, 1, 2, 0x39, x, y);
      case Code::and_: return binary(o, 1, 1, 0xDB, x, y);
      case Code::or_: return binary(o, 1, 1, 0xEB, x, y);
      case Code::xor_: return binary(o, 1, 1, 0xEF, x, y);
      case Code::not_: return with(o, 1, 0xEF, twice(0xFFFFFFFFu));
      case Code::eq_: return compareInts(o, 0x76, false, false);
      case Code::ne_: return compareInts(o, 0x76, false, true);
      case Code::gt_: return compareInts(o, 0x66, false, false);
      case Code::le_: return compareInts(o, 0x66, false, true);
      case Code::lt_: return compareInts(o, 0x66, true, false);
      default: return compareInts(o, 0x66, true, true);
    }
  }
  void operation(int i) {
    now = i;
    for (bool& l : locked) l = false;
    const Op& o = op(i);
    if (o.code == Code::where_) choice(o);
    else if (o.code == Code::cast_) cast(o);
    else if (isFloat(o.in)) floats(o);
    else integers(o);
    const int r = first + i;
    for (bool& l : locked) l = false;
    if (streamed(r)) stream(r);
    else if (outside[r]) {
      locked[vectorOf[size_t(r)]] = true;
      store(r, vectorOf[size_t(r)]);
    }
    if (nextUse(r) == g.to) drop(r);
  }

  // ---- the whole ----
  void turn(int which) {
    copy = which;
    for (size_t r = 0; r < vectorOf.size(); r++) vectorOf[r] = -1;
    for (int v = 0; v < 16; v++) holder[v] = free_, locked[v] = false;
    for (const Pending& p : pending) holder[p.vector] = temporary;
    if (bools) holder[0] = temporary;
    for (size_t i = 0; i < pins.size(); i++) {
      holder[15 - i] = pinned;
      vectorOf[size_t(pins[i])] = 15 - int(i);
    }
    placed.assign(vectorOf.size(), false);
    for (int r = 0; r < first + g.from; r++) placed[size_t(r)] = true;
    for (int i = g.from; i < g.to; i++) operation(i);
  }
  int uses(int r) const {
    int n = own(r) && outside[r] ? 1 : 0;
    for (int i = g.from; i < g.to; i++)
      for (int k = 0; k < 4; k++) n += op(i).args[k] == r && (k == 0 || op(i).args[k] != op(i).args[0]);
    return n;
  }
  /// Numbers that stand in vectors all the time, as many as the operations leave room for.
  void pin() {
    Assembler trial;
    Writer dry(trial, b, g, outside);
    dry.turn(0);
    dry.turn(1);
    for (int r = 0; r < first + b.ops.size && int(pins.size()) < 16 - dry.most; r++)
      if (same(r) && dtype(r) != Bool && uses(r) > 0) pins.push_back(r);
  }
  void write() {
    pin();
    int used = 0;
    for (int r = 0; r < first + b.ops.size && used < generals; r++)
      if (uses(r) > 0 && (!own(r) || outside[r]) && std::find(pins.begin(), pins.end(), r) == pins.end()) pointerOf[size_t(r)] = general[used++];
    for (int i = firstSaved; i < used; i++) a.push(general[i]);
    for (size_t r = 0; r < pointerOf.size(); r++)
      if (pointerOf[r] >= 0) a.load64(pointerOf[r], rsi, 8 * int32_t(r));
    for (size_t i = 0; i < pins.size(); i++) a.vex(0, 1, 0x10, 15 - int(i), 0, place(pins[i]));
    caches = true;
    loop();
    a.leave();
    for (int i = used; i-- > firstSaved;) a.pop(general[i]);
    a.ret();
    a.finish();
  }
  /// Two vectors a turn, then one.
  void loop() {
    a.zeroRax();
    a.addRdi(-2 * lanes);
    const size_t tooShort = a.jump(Assembler::less);
    const size_t top = a.here();
    turn(0);
    turn(1);
    flush();
    a.addRax(2 * lanes);
    a.compareRaxRdi();
    a.back(Assembler::lessEqual, top);
    a.land(tooShort);
    a.addRdi(lanes);
    a.compareRaxRdi();
    const size_t none = a.jump(Assembler::greater);
    turn(0);
    flush();
    a.land(none);
  }
};

}  // namespace

void Emitter::emit(const Body& body, Group& group, const List<bool>& outside) {
  const size_t offset = code.here();
  Writer(code, body, group, outside).write();
  made.push_back({&group, offset});
}
void Emitter::finish(CodePages& pages) {
  if (made.empty()) return;
  const uint8_t* at = pages.seal(code.bytes);
  for (const Made& m : made)
    if (at != nullptr) m.group->code = reinterpret_cast<GroupFn>(reinterpret_cast<uintptr_t>(at + m.offset));
}

}  // namespace cot
