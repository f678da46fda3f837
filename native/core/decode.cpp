#include "core/decode.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/attention.hpp"
#include "core/beside.hpp"
#include "core/claims.hpp"
#include "core/exchange.hpp"
#include "core/factor.hpp"
#include "core/overlay.hpp"
#include "core/prepare.hpp"
#include "cpu/kernels.hpp"

namespace cot {

// ---- the shelf ----
Shelf::~Shelf() {
  while (blocks != nullptr) {
    Block* next = blocks->next;
    std::free(blocks);
    blocks = next;
  }
}
void* Shelf::get(int64_t bytes) {
  bytes = (most(bytes, 1) + 63) / 64 * 64;
  if (bytes > left) {
    const int64_t size = most(bytes, 8192) + 64;
    Block* b = static_cast<Block*>(std::aligned_alloc(64, size_t(size)));
    if (b == nullptr) throw OutOfMemory(double(size));
    b->next = blocks;
    blocks = b;
    at = reinterpret_cast<char*>(b) + 64;
    left = size - 64;
  }
  char* got = at;
  at += bytes;
  left -= bytes;
  std::memset(got, 0, size_t(bytes));
  return got;
}

namespace {

constexpr int64_t maxInteger = int64_t(1) << 53;
constexpr double magic = 0xc07a, version = 1;
constexpr int maxDepth = 32;
constexpr size_t maxMoving = 4096;
constexpr int64_t maxGang = 256;
constexpr size_t mostKinds = 64;

const char* const opNames[] = {
#define COT_NAME(name) #name,
    COT_OPS(COT_NAME)
#undef COT_NAME
};

struct Decoder {
  const double* words;
  int64_t end;       // of what is being read
  int64_t pos = 0;
  Plan& plan;
  Emitter emitter;
  int64_t count[maxLevels] = {};   // of the open repeats
  bool open[maxLevels] = {};
  int depth = 0;
  std::vector<bool> slotSeen;
  std::vector<Touched> touched;    // by buffer
  std::vector<int32_t> keeps;
  int32_t top = -1;                // the instruction of the plan that is being read

  Decoder(const double* w, int64_t n, Plan& p) : words(w), end(n), plan(p) {}

  [[noreturn]] void refuse(const std::string& why) const {
    throw BadProgram("bad program at word " + std::to_string(pos) + ": " + why);
  }
  double word() {
    if (pos >= end) refuse("it ends too early");
    return words[pos++];
  }
  int64_t integer(int64_t lo, int64_t hi, const char* what) {
    const double w = word();
    if (!(w >= -9007199254740992.0 && w <= 9007199254740992.0) || w != std::floor(w))
      refuse(std::string(what) + " is not an integer");
    const int64_t i = int64_t(w);
    if (i < lo || i > hi)
      refuse(std::string(what) + " is " + std::to_string(i) + ", not within " + std::to_string(lo) + ".." + std::to_string(hi));
    return i;
  }
  /// The length of a list each of whose members takes at least one word: so it cannot ask for more memory than it sent.
  int64_t length(const char* what, int64_t most = maxInteger) {
    const int64_t n = integer(0, most, what);
    if (n > end - pos) refuse(std::string(what) + " promises more words than there are");
    return n;
  }
  List<int64_t> integers(int64_t n, int64_t lo, int64_t hi, const char* what) {
    if (n > end - pos) refuse("it ends too early");
    List<int64_t> l = plan.shelf.list<int64_t>(n);
    for (auto& i : l) i = integer(lo, hi, what);
    return l;
  }
  List<int64_t> dims(const char* what, int64_t room = maxRank) {
    return integers(length(what, room), 0, maxInteger, what);
  }
  DType dtype() { return DType(integer(0, dtypes - 1, "a dtype")); }
  DType computed() { return DType(integer(0, F64, "a dtype that is computed in")); }
  void computing(DType d, const char* what) {
    if (!computes(d)) refuse(std::string(what) + " of a dtype that is only stored");
  }
  /// The product of sizes, refused when it leaves the exact integers.
  int64_t product(const List<int64_t>& l, int64_t from = 1) {
    Wide p = from;
    bool zero = from == 0;
    for (int64_t d : l) {
      if (d == 0) zero = true;
      else if ((p *= d) > maxInteger) refuse("a size past 2^53");
    }
    return zero ? 0 : int64_t(p);
  }

  // ---- views ----
  View view(int64_t rank) {
    View v{};
    v.buffer = int32_t(integer(0, plan.buffers.size - 1, "a view's buffer"));
    v.dtype = dtype();
    v.offset = integer(0, maxInteger, "an offset");
    v.strides = integers(rank, -maxInteger, maxInteger, "a stride");
    v.steps = plan.shelf.list<Step>(length("the number of steps", maxLevels));
    for (auto& s : v.steps) {
      s.level = int32_t(integer(0, maxLevels - 1, "a step's level"));
      if (!open[s.level]) refuse("a step by a repeat that is not around it");
      s.step = integer(-maxInteger, maxInteger, "a step");
    }
    return v;
  }
  /// Every element of the view lies inside its buffer, whatever the counters are.
  void inside(View& v, const int64_t* d) {
    Buffer& b = plan.buffers[v.buffer];
    if (b.kind == BufferKind::slot) {
      if (b.bytes != sizeOf(v.dtype)) refuse("a slot read with a dtype of another size");
      if (!computes(v.dtype)) refuse("a slot of a dtype that is only stored");
      if (b.dtype != v.dtype && slotSeen[v.buffer]) refuse("a slot read with two dtypes");
      b.dtype = v.dtype;
      slotSeen[v.buffer] = true;
    }
    b.align = int32_t(most(b.align, sizeOf(v.dtype)));
    Wide lo = v.offset, hi = v.offset;
    const auto reach = [&](int64_t n, int64_t stride) {
      const Wide far = Wide(n - 1) * stride;
      (far < 0 ? lo : hi) += far;
    };
    // A stride that is never taken is 0 from here on: nobody multiplies with what nobody checked.
    bool empty = false;
    for (int i = 0; i < v.strides.size; i++) empty = empty || d[i] == 0;
    for (int i = 0; i < v.strides.size; i++)
      if (empty || d[i] == 1) v.strides[i] = 0;
    if (empty) {
      v.offset = 0;
      for (Step& s : v.steps) s.step = 0;
      return;
    }
    for (int i = 0; i < v.strides.size; i++) reach(d[i], v.strides[i]);
    for (const Step& s : v.steps) reach(most(count[s.level], 1), s.step);
    if (lo < 0 || (hi + 1) * sizeOf(v.dtype) > b.bytes) refuse("a view that leaves its buffer");
  }
  View read(int64_t rank, const int64_t* d) {
    View v = view(rank);
    inside(v, d);
    apart(v, d, &Moving::out, "what an exchange under way writes is read or written");
    touch(v, d, false);
    Touched& t = touched[size_t(v.buffer)];
    if (t.first < 0) t.first = top;
    t.last = top;
    return v;
  }
  View write(int64_t rank, const int64_t* d) {
    View v = read(rank, d);
    apart(v, d, &Moving::in, "what an exchange under way reads is written");
    const BufferKind k = plan.buffers[v.buffer].kind;
    if (k == BufferKind::input || k == BufferKind::slot) refuse("a write to an input or a slot");
    spread(v, d);
    claims.pop_back();
    touch(v, d, true);
    touched[size_t(v.buffer)].writes++;
    return v;
  }
  /// No element of a result lies on another: from the smallest on, each stride goes beyond all that smaller ones reach.
  void spread(const View& v, const int64_t* d) {
    int order[maxRank], n = 0;
    for (int i = 0; i < v.strides.size; i++) {
      if (d[i] == 0) return;
      if (d[i] > 1) order[n++] = i;
    }
    const auto size = [&](int i) { return v.strides[i] < 0 ? -Wide(v.strides[i]) : Wide(v.strides[i]); };
    std::sort(order, order + n, [&](int i, int j) { return size(i) < size(j); });
    Wide reach = 0;
    for (int k = 0; k < n; k++) {
      if (size(order[k]) <= reach) refuse("a result whose elements share one place");
      reach += Wide(d[order[k]] - 1) * size(order[k]);
    }
  }
  Span span(const View& v, const int64_t* d) const {
    const Buffer& b = plan.buffers[v.buffer];
    Wide lo = v.offset, hi = v.offset;
    bool empty = false;
    for (int i = 0; i < v.strides.size; i++) {
      const Wide far = Wide(d[i] - 1) * v.strides[i];
      (far < 0 ? lo : hi) += far;
      empty = empty || d[i] == 0;
    }
    const bool shared = b.kind == BufferKind::arena || b.kind == BufferKind::own;
    const Wide base = shared ? Wide(b.at) : 0, bytes = sizeOf(v.dtype);
    return {memoryOf(b.kind, b.at), base + lo * bytes, empty ? base : base + (hi + 1) * bytes};
  }
  /// Whatever the counters of such levels are.
  template <class F> Span during(const View& v, const int64_t* d, const F& level) const {
    Span s = span(v, d);
    for (const Step& t : v.steps) {
      if (!level(t.level)) continue;
      const Wide far = Wide(most(count[t.level], 1) - 1) * t.step * sizeOf(v.dtype);
      (far < 0 ? s.from : s.to) += far;
    }
    return s;
  }
  /// On all devices.
  Span everywhere(const View& v, const int64_t* d) const {
    Span s = during(v, d, [](int32_t) { return true; });
    s.to += Wide(most(gang.count, 1) - 1) * plan.buffers[v.buffer].every;
    return s;
  }
  /// What the bodies of a gang touch: by device 0, and how far on the next one does. Steps of repeats that are around the
  /// gang are the same for all devices, and kept apart.
  struct Touch { Span at; Wide by; bool writes; Wide around[maxLevels]; };
  struct Devices {
    int32_t level = -1;
    int64_t count = 0;
    bool around[maxLevels] = {};
    std::vector<Touch> touched;
    std::vector<int32_t> own;
  } gang;
  Claimed claimed;               // by loop
  std::vector<Claim> claims;     // of the instruction that is being decoded, on one device
  void touch(const View& v, const int64_t* d, bool writes) {
    claims.push_back({during(v, d, [&](int32_t level) { return level != gang.level; }), 0, writes});
    const Buffer& b = plan.buffers[v.buffer];
    if (gang.level < 0) {
      if (b.kind == BufferKind::own) refuse("a device's own memory outside of a gang");
      return;
    }
    Touch t{span(v, d), b.every, writes, {}};
    if (t.at.from == t.at.to) return;
    for (const Step& s : v.steps) {
      const Wide by = Wide(s.step) * sizeOf(v.dtype), far = Wide(most(count[s.level], 1) - 1) * by;
      if (s.level == gang.level) t.by += by;
      else if (gang.around[s.level]) t.around[s.level] += by;
      else (far < 0 ? t.at.from : t.at.to) += far;
    }
    gang.touched.push_back(t);
    if (b.kind == BufferKind::own) gang.own.push_back(v.buffer);
  }
  /// No device touches what another writes.
  void separate() {
    std::vector<const Wide*> kinds;   // of `around`
    std::vector<std::vector<Claim>> each;
    std::vector<Claim> between;
    const int64_t n = gang.count;
    if (n < 2) return;
    for (const Touch& t : gang.touched) {
      size_t k = 0;
      while (k < kinds.size() && std::memcmp(kinds[k], t.around, sizeof t.around) != 0) k++;
      if (k == kinds.size()) {
        if (k == mostKinds) refuse("a gang whose memory moves in too many ways");
        kinds.push_back(t.around);
        each.emplace_back();
      }
      const auto moved = [&](Wide by, int64_t times) {
        Span s = t.at;
        s.from += by * times;
        s.to += by * times;
        return s;
      };
      if (t.by == 0 && !t.writes) each[k].push_back({t.at, -1, false});
      else for (int64_t i = 0; i < n; i++) each[k].push_back({moved(t.by, i), i, t.writes});
      Span all = t.at;
      const auto widen = [&](Wide far) { (far < 0 ? all.from : all.to) += far; };
      widen(Wide(n - 1) * t.by);
      for (int l = 0; l < maxLevels; l++) widen(Wide(most(count[l], 1) - 1) * t.around[l]);
      between.push_back({all, int64_t(k), t.writes});
    }
    for (auto& claims : each)
      if (meet(claims)) refuse("what a device of a gang writes is touched by another");
    if (kinds.size() > 1 && meet(between)) refuse("what a device of a gang writes is touched by another, maybe");
  }
  /// The exchanges that may be under way here, as this list sees it, the oldest first.
  struct Moving { Span in, out; int64_t number; };
  std::vector<Moving> moving;
  int64_t exchanges = 0;
  void apart(const View& v, const int64_t* d, Span Moving::*side, const char* why) {
    if (moving.empty()) return;
    const Span all = everywhere(v, d);
    for (const Moving& m : moving)
      if (all.meets(m.*side)) refuse(why);
  }
  void same(const View& a, const View& b, const char* what) {
    if (a.dtype != b.dtype) refuse(std::string(what) + " have different dtypes");
  }

  // ---- elementwise bodies ----
  Source source(int64_t rank, const int64_t* d) {
    Source s{};
    s.kind = SourceKind(integer(0, 3, "a source's kind"));
    if (s.kind == SourceKind::view) {
      s.view = read(rank, d);
      s.dtype = s.view.dtype;
    } else if (s.kind == SourceKind::index) {
      s.dtype = computed();
      s.axis = int32_t(integer(-rank, rank - 1, "an index's axis"));
      if (s.axis < 0) s.axis += int32_t(rank);
    } else if (s.kind == SourceKind::row) {
      s.dtype = dtype();
      s.sink = int32_t(integer(0, maxInteger, "a reduction's number"));
    } else {
      s.dtype = computed();
      immediate(s);
    }
    return s;
  }
  void immediate(Source& s) {
    const auto put = [&](auto v) { std::memcpy(s.bits, &v, sizeof v); };
    if (s.dtype == F64 || s.dtype == F32) {
      const double v = word();
      word();
      if (s.dtype == F64) put(v);
      else put(float(v));
      return;
    }
    const int64_t lo = integer(-2147483648LL, 4294967295LL, "an immediate");
    const int64_t hi = integer(-2147483648LL, 2147483647LL, "an immediate's upper half");
    switch (s.dtype) {
      case Bool: put(uint8_t(lo != 0)); break;
      case U8: put(uint8_t(lo)); break;
      case U32: case I32: put(uint32_t(lo)); break;
      default: put(uint64_t(uint32_t(lo)) | uint64_t(hi) << 32);
    }
  }
  static int arity(Code c) {
    if (c < Code::add_) return 1;
    if (c < Code::where_) return 2;
    return c == Code::where_ ? 3 : c == Code::cast_ ? 1 : 4;
  }
  static double nanosOf(Code c, DType d) {
    const double wide = d == F64 || d == I64 ? 2 : 1;
    switch (c) {
      case Code::exp_: case Code::log_: case Code::sigmoid_: case Code::tanh_: case Code::erf_: case Code::erfc_: case Code::sin_: case Code::cos_:
        return d == F32 ? 0.7 : 8;
      case Code::expm1_: return d == F32 ? 2.5 : 8;
      case Code::neg_: case Code::abs_: case Code::sign_: case Code::floor_: case Code::ceil_: case Code::round_:
      case Code::trunc_: case Code::not_: case Code::add_: case Code::sub_: case Code::mul_: case Code::max_:
      case Code::min_: case Code::where_: case Code::cast_:
        return 0.12 * wide;
      case Code::sqrt_: case Code::rsqrt_: case Code::div_: return 0.4 * wide;
      case Code::threefry0_: case Code::threefry1_: case Code::threefryXor_: return 4;
      default: return c >= Code::eq_ && c <= Code::shr_ ? 0.15 * wide : 12;
    }
  }
  /// `dtypeOf` holds the sources' dtypes on entry; operations are appended.
  void ops(Body& body, std::vector<DType>& dtypeOf) {
    const Kernels& k = kernels();
    body.ops = plan.shelf.list<Op>(length("the number of operations"));
    body.nanos = 0.12;
    for (auto& op : body.ops) {
      const Code code = Code(integer(0, int(Code::count) - 1, "an operation's code"));
      const DType in = dtype();
      op.out = dtype();
      const int64_t n = integer(0, 4, "the number of arguments");
      if (n != arity(code)) refuse(std::string(opNames[int(code)]) + " with " + std::to_string(n) + " arguments");
      for (int i = 0; i < n; i++) {
        op.args[i] = int32_t(integer(0, int64_t(dtypeOf.size()) - 1, "a register"));
        const DType want = code == Code::where_ && i == 0 ? Bool : in;
        if (dtypeOf[op.args[i]] != want) refuse(std::string(opNames[int(code)]) + ": an argument of another dtype");
      }
      for (int64_t i = n; i < 4; i++) op.args[i] = op.args[0];
      op.code = code;
      op.in = in;
      op.fn = k.op(code, in, op.out);
      if (op.fn == nullptr) refuse(std::string(opNames[int(code)]) + " does not take this dtype");
      op.direct = op.streamed = -1;
      dtypeOf.push_back(op.out);
      body.nanos += nanosOf(code, in == Bool ? op.out : in);
    }
  }
  void body(Body& body, std::vector<DType>& dtypeOf, int64_t rank, const int64_t* d) {
    body.sources = plan.shelf.list<Source>(length("the number of sources"));
    for (auto& s : body.sources) {
      s = source(rank, d);
      dtypeOf.push_back(s.dtype);
    }
    ops(body, dtypeOf);
  }

  // ---- instructions ----
  Loop* loop(const View* made = nullptr) {
    Loop* l = plan.shelf.one<Loop>();
    const List<int64_t> d = dims("a loop's rank");
    const int reduced = int(integer(0, d.size, "the number of reduced axes"));
    l->count = product(d);
    l->rows = product({d.at, d.size - reduced});
    l->length = product({d.at + (d.size - reduced), reduced});
    std::vector<DType> dtypeOf;
    body(l->body, dtypeOf, d.size, d.at);
    l->sinks = plan.shelf.list<Sink>(length("the number of sinks"));
    for (auto& s : l->sinks) {
      s.kind = SinkKind(integer(0, 9, "a sink's kind"));
      s.reg = int32_t(integer(0, int64_t(dtypeOf.size()) - 1, "a sink's register"));
      s.dtype = dtypeOf[s.reg];
      if (s.kind == SinkKind::store || s.kind == SinkKind::row) {
        s.view = write(d.size - (s.kind == SinkKind::row ? reduced : 0), d.at);
        if (s.view.dtype != s.dtype) refuse("a store of another dtype");
        continue;
      }
      l->reduces = true;
      computing(s.dtype, "a reduction");
      s.view = write(d.size - reduced, d.at);
      const bool logic = s.kind == SinkKind::and_ || s.kind == SinkKind::or_;
      const bool arg = s.kind == SinkKind::argmax || s.kind == SinkKind::argmin;
      const bool sums = s.kind == SinkKind::sum || s.kind == SinkKind::prod;
      if (logic ? s.dtype != Bool : sums && s.dtype == Bool) refuse("a reduction that does not take this dtype");
      if (s.view.dtype != (arg ? I32 : s.dtype)) refuse("a reduction into another dtype");
      if (arg && l->length > 2147483647) refuse("places past 2^31");
      if (arg && l->length == 0 && l->rows > 0) refuse("an argmax or argmin of nothing");
    }
    staged(*l, d);
    const int32_t lead = made == nullptr ? -1 : reads(*l, *made);
    prepareLoop(plan.shelf, *l, d, reduced, lead, emitter);
    if (made != nullptr && l->count > 1 && l->body.sources[lead].reach != Reach::whole) refuse("an epilogue that reads a result in another order");
    if (made == nullptr) claimed[l] = claims;
    return l;
  }
  /// The source of an epilogue that is the result which it belongs to.
  int32_t reads(const Loop& l, const View& made) {
    if (l.reduces) refuse("an epilogue that reduces");
    const auto sameSteps = [&](const List<Step>& s) {
      return std::equal(s.begin(), s.end(), made.steps.begin(), made.steps.end(), [](const Step& x, const Step& y) { return x.level == y.level && x.step == y.step; });
    };
    for (int32_t i = 0; i < l.body.sources.size; i++) {
      const Source& s = l.body.sources[i];
      if (s.kind == SourceKind::view && s.view.buffer == made.buffer && s.dtype == made.dtype && s.view.offset == made.offset && sameSteps(s.view.steps)) return i;
    }
    refuse("an epilogue that does not read the result");
  }
  /// Of a product or a convolution parts are written while others are read: neither it nor its epilogue writes over operands (the
  /// first claims), and the epilogue reads what it was made of, if at all, as it lies.
  void beyond(size_t own) const {
    for (size_t w = 0; w < claims.size(); w++)
      for (size_t r = 0; claims[w].writes && r < (w < own ? claims.size() : own); r++) {
        const Span &written = claims[w].at, &read = claims[r].at;
        const bool same = written.from == read.from && written.to == read.to;
        if (!claims[r].writes && written.meets(read) && !(r >= own && same)) refuse("a product or a convolution that writes over what it reads");
      }
  }
  /// What an instruction ends with, or nothing: a loop over its result, which has no gaps, so that a part of it is a part of the loop.
  const Loop* epilogue(Instruction& i, const View& made, const int64_t* d) {
    if (pos == end) return nullptr;
    int64_t count = 1;
    std::vector<std::pair<int64_t, int64_t>> axes;
    for (int k = 0; k < made.strides.size; k++) {
      count *= d[k];
      if (d[k] > 1) axes.push_back({made.strides[k], d[k]});
    }
    std::sort(axes.begin(), axes.end());
    int64_t expected = 1;
    for (const auto& [stride, n] : axes) {
      if (count > 0 && stride != expected) refuse("an epilogue of a result that has gaps");
      expected *= n;
    }
    Loop* l = loop(&made);
    if (l->count != count) refuse("an epilogue of another size");
    i.micros += l->micros;
    return l;
  }
  /// Which reductions of its row an operation waits for, and which registers are one value a row.
  void staged(Loop& l, const List<int64_t>& d) {
    const int first = l.body.sources.size;
    const auto isRow = [&](int32_t r) { return r < first ? l.body.sources[r].kind == SourceKind::row : l.body.ops[r - first].row; };
    const auto neutral = [&](int32_t r) {
      if (isRow(r)) return true;
      if (r >= first || l.body.sources[r].kind == SourceKind::index) return false;
      const Source& s = l.body.sources[r];
      for (int i = 0; i < d.size && s.kind == SourceKind::view; i++)
        if (d[i] > 1 && s.view.strides[i] != 0) return false;
      return true;
    };
    const auto stage = [&](int32_t r, int32_t before) {
      if (r >= first) return l.body.ops[r - first].stage;
      if (l.body.sources[r].kind != SourceKind::row) return 0;
      const int32_t of = l.sinks[l.body.sources[r].sink].reg;
      if (of >= before) refuse("a row's value is read before it is reduced");
      return of < first ? 1 : l.body.ops[of - first].stage + 1;
    };
    bool rows = false;
    for (const Source& s : l.body.sources) {
      if (s.kind != SourceKind::row) continue;
      rows = true;
      if (s.sink >= l.sinks.size) refuse("a row's value of no reduction");
      const Sink& k = l.sinks[s.sink];
      if (k.kind == SinkKind::store || k.kind == SinkKind::row) refuse("a row's value of no reduction");
      if (s.dtype != k.view.dtype) refuse("a row's value of another dtype");
      if (k.reg < first && isRow(k.reg)) refuse("a reduction of a row's value");
    }
    if (rows && (l.length < 1 || l.length > longestRow)) refuse("a row's value in rows that are empty or too long");
    l.stages = 1;
    int32_t least = 0;
    for (int i = 0; i < l.body.ops.size; i++) {
      Op& op = l.body.ops[i];
      bool all = true;
      for (const int32_t a : op.args) {
        op.stage = int32_t(most(op.stage, stage(a, first + i)));
        op.row = op.row || isRow(a);
        all = all && neutral(a);
      }
      op.row = op.row && all;
      if (op.stage < least) refuse("operations out of the order of their stages");
      least = op.stage;
    }
    for (Sink& s : l.sinks) {
      s.stage = stage(s.reg, first + l.body.ops.size);
      l.stages = int32_t(most(l.stages, s.stage + 1));
      if (s.kind == SinkKind::row && !isRow(s.reg)) refuse("one value a row of a register that has more");
    }
    l.stages = int32_t(most(l.stages, least + 1));
    if (!rows) return;
    // Where something that runs along a row reads one value of it.
    l.spread = plan.shelf.list<int32_t>(first + l.body.ops.size);
    for (int32_t& s : l.spread) s = -1;
    for (const Op& op : l.body.ops)
      for (const int32_t a : op.args)
        if (!op.row && isRow(a)) l.spread[a] = 0;
    for (const Sink& s : l.sinks)
      if (s.kind != SinkKind::row && isRow(s.reg)) l.spread[s.reg] = 0;
  }
  Instruction* dot() {
    Dot* t = plan.shelf.one<Dot>();
    t->batch = dims("a dot's batch rank", maxRank - 2);
    int64_t d[maxRank + 2];
    const int b = t->batch.size;
    for (int i = 0; i < b; i++) d[i] = t->batch[i];
    t->m = integer(0, maxInteger, "m");
    t->n = integer(0, maxInteger, "n");
    t->k = integer(0, maxInteger, "k");
    t->batches = product(t->batch);
    const int64_t outs[] = {t->m, t->n};
    const int64_t mk[] = {t->m, t->k}, kn[] = {t->k, t->n};
    const auto with = [&](const int64_t* last) {
      product({const_cast<int64_t*>(last), 2}, most(t->batches, 1));
      d[b] = last[0];
      d[b + 1] = last[1];
      return d;
    };
    t->a = read(b + 2, with(mk));
    t->b = read(b + 2, with(kn));
    t->out = write(b + 2, with(outs));
    same(t->a, t->b, "a dot's operands");
    if (t->a.dtype == Bool) refuse("a dot of bools");
    computing(t->a.dtype, "a dot");
    same(t->a, t->out, "a dot's operands");
    const double outputs = double(t->batches) * double(t->m) * double(t->n);
    t->micros = outputs * (double(t->k) * (t->a.dtype == F32 ? 1.8e-5 : t->a.dtype == F64 ? 3.6e-5 : 5e-4) + 3.2e-4);
    t->micros += double(t->batches) * double(t->k) * double(t->m + t->n) * 2.5e-4;   // operands are read, and one is packed
    const size_t own = claims.size();
    t->epilogue = epilogue(*t, t->out, d);
    beyond(own);
    return t;
  }
  void window(Window& w, int rank, int64_t low) {
    w.rank = rank;
    const auto five = [&](int64_t* to, int64_t lo, int64_t hi, const char* what) {
      for (int i = 0; i < rank; i++) to[i] = integer(lo, hi, what);
    };
    // So small that a position times the stride of a tensor that fits a machine stays exact.
    constexpr int64_t big = int64_t(1) << 28;
    five(w.spatial, 0, big, "a spatial size");
    five(w.kernel, low, big, "a kernel size");
    five(w.outSpatial, 0, big, "an output's spatial size");
    five(w.stride, 1, big, "a window's stride");
    five(w.padLo, -big, big, "a padding");
    five(w.dilation, 1, big, "a window's dilation");
    for (int i = 0; i < rank; i++) {
      if (most(w.kernel[i], 1) * w.dilation[i] > big) refuse("a window wider than 2^28");
      if (most(w.outSpatial[i], 1) * w.stride[i] > 4 * big) refuse("windows that reach past 2^30");
    }
  }
  void keep(int32_t buffer) {
    if (plan.buffers[buffer].kind == BufferKind::input && std::find(keeps.begin(), keeps.end(), buffer) == keeps.end()) keeps.push_back(buffer);
  }
  Instruction* conv() {
    Conv* c = plan.shelf.one<Conv>();
    c->which = int32_t(integer(0, 5, "a convolution's direction"));
    c->precise = c->which >= 3;
    c->which %= 3;
    const int rank = int(integer(0, maxRank - 2, "a convolution's rank"));
    c->n = integer(0, maxInteger, "n");
    c->c = integer(0, maxInteger, "c");
    c->o = integer(0, maxInteger, "o");
    c->groups = integer(1, maxInteger, "groups");
    if (c->c % c->groups != 0 || c->o % c->groups != 0) refuse("channels that groups do not divide");
    window(c->window, rank, 0);
    const Window& w = c->window;
    const int64_t kernels = product({const_cast<int64_t*>(w.kernel), rank});
    const int64_t outs = product({const_cast<int64_t*>(w.outSpatial), rank});
    const int64_t ins = product({const_cast<int64_t*>(w.spatial), rank});
    int64_t d[maxRank];
    const auto three = [&](bool result, int64_t a, int64_t b, const int64_t* s) {
      d[0] = a;
      d[1] = b;
      for (int i = 0; i < rank; i++) d[2 + i] = s[i];
      product({d, rank + 2});
      return result ? write(rank + 2, d) : read(rank + 2, d);
    };
    c->x = three(c->which == 1, c->n, c->c, w.spatial);
    c->w = three(c->which == 2, c->o, c->c / c->groups, w.kernel);
    c->y = three(c->which == 0, c->n, c->o, w.outSpatial);
    // The unfolded matrices that kernels work on must have exact sizes too.
    int64_t sizes[] = {most(c->c, 1), most(kernels, 1), most(outs, 1)};
    product({sizes, 3});
    int64_t back[] = {most(c->o, 1), most(kernels, 1), most(ins, 1)};
    product({back, 3});
    same(c->x, c->w, "a convolution's operands");
    same(c->x, c->y, "a convolution's operands");
    if (!isFloat(c->x.dtype)) refuse("a convolution of integers");
    // Few channels: sums of a few terms each, and images are moved for them.
    const bool few = c->x.dtype == F32 && (c->c < 16 || c->o < 16) && c->o < 32;
    const double sums = double(c->n) * double(c->o) * double(outs) * double(c->c / c->groups) * double(kernels);
    const double moved = double(c->n) * (double(c->c) * double(ins) + double(c->o) * double(outs));
    if (c->which != 2) keep(c->w.buffer);
    c->micros = sums * (few ? 5e-5 : 2e-5) + (few ? moved * 4e-4 : 0) + 1;
    const bool input = c->which == 1;
    d[0] = c->n;
    d[1] = input ? c->c : c->o;
    for (int i = 0; i < rank; i++) d[2 + i] = input ? w.spatial[i] : w.outSpatial[i];
    if (c->which == 2 && pos != end) refuse("an epilogue of a gradient of weights");
    const size_t own = claims.size();
    c->epilogue = epilogue(*c, input ? c->x : c->y, d);
    beyond(own);
    return c;
  }
  Instruction* maxPool() {
    MaxPool* p = plan.shelf.one<MaxPool>();
    p->which = int32_t(integer(0, 1, "a pooling's direction"));
    p->lead = dims("a pooling's lead rank");
    p->leads = product(p->lead);
    const int rank = int(integer(0, maxRank - p->lead.size, "a pooling's rank"));
    window(p->window, rank, 1);
    const Window& w = p->window;
    const int all = p->lead.size + rank;
    int64_t d[maxRank];
    const auto shaped = [&](const int64_t* s) {
      for (int i = 0; i < p->lead.size; i++) d[i] = p->lead[i];
      for (int i = 0; i < rank; i++) d[p->lead.size + i] = s[i];
      product({d, all});
      return d;
    };
    p->x = read(all, shaped(w.spatial));
    p->y = p->which == 0 ? write(all, shaped(w.outSpatial)) : read(all, shaped(w.outSpatial));
    same(p->x, p->y, "a pooling's operands");
    if (p->which == 1) {
      p->dx = write(all, shaped(w.spatial));
      same(p->x, p->dx, "a pooling's operands");
    }
    if (p->x.dtype == Bool) refuse("a pooling of bools");
    computing(p->x.dtype, "a pooling");
    const int64_t kernels = product({const_cast<int64_t*>(w.kernel), rank});
    const int64_t outs = product({const_cast<int64_t*>(w.outSpatial), rank}, most(p->leads, 1));
    p->micros = double(outs) * (2e-3 + double(kernels) * 1e-3);
    return p;
  }
  Instruction* indexed(bool scatter) {
    Indexed* g = plan.shelf.one<Indexed>();
    g->batch = dims("a gather's batch rank");
    g->size = integer(0, maxInteger, "the indexed size");
    g->index = dims("a gather's index rank");
    g->rest = dims("a gather's rest rank");
    g->batches = product(g->batch);
    g->indices = product(g->index);
    g->rests = product(g->rest);
    const int nb = g->batch.size, ni = g->index.size, nr = g->rest.size;
    if (nb + ni + nr > maxRank || nb + 1 + nr > maxRank) refuse("a gather of too many axes");
    int64_t d[maxRank];
    const auto put = [&](int at, const List<int64_t>& l) {
      for (int i = 0; i < l.size; i++) d[at + i] = l[i];
    };
    const auto dense = [&] {  // b.., size, r..
      put(0, g->batch);
      d[nb] = g->size;
      put(nb + 1, g->rest);
      product({d, nb + 1 + nr});
      return nb + 1 + nr;
    };
    const auto picked = [&] {  // b.., i.., r..
      put(0, g->batch);
      put(nb, g->index);
      put(nb + ni, g->rest);
      product({d, nb + ni + nr});
      return nb + ni + nr;
    };
    int rank = scatter ? picked() : dense();
    g->x = read(rank, d);
    picked();
    g->at = read(nb + ni, d);
    rank = scatter ? dense() : picked();
    g->out = write(rank, d);
    same(g->x, g->out, "a gather's operands");
    if (g->at.dtype == Bool || isFloat(g->at.dtype) || !computes(g->at.dtype)) refuse("an index that is not an integer");
    if (scatter) computing(g->x.dtype, "a scatter-add");
    if (scatter && g->x.dtype == Bool) refuse("a scatter-add of bools");
    if (!scatter && g->size == 0 && g->batches * g->indices * g->rests > 0) refuse("a gather from nothing");
    g->micros = double(g->batches) * double(g->indices) * (5e-3 + double(g->rests) * 1e-3);
    return g;
  }
  Instruction* cumulative() {
    Cumulative* c = plan.shelf.one<Cumulative>();
    c->op = int32_t(integer(1, 4, "a cumulative operation"));
    c->reverse = integer(0, 1, "a direction") == 1;
    c->dims = dims("a rank");
    if (c->dims.size < 1) refuse("a cumulative operation without an axis");
    const int64_t n = product(c->dims);
    c->x = read(c->dims.size, c->dims.at);
    c->out = write(c->dims.size, c->dims.at);
    same(c->x, c->out, "a cumulative operation's operands");
    if (c->x.dtype == Bool) refuse("a cumulative operation of bools");
    computing(c->x.dtype, "a cumulative operation");
    c->micros = double(n) * 1e-3;
    return c;
  }
  Instruction* sort(bool positions) {
    Sort* a = plan.shelf.one<Sort>();
    a->positions = positions;
    a->dims = dims("a rank");
    if (a->dims.size < 1) refuse("a sort without an axis");
    const int64_t n = product(a->dims);
    if (a->dims[a->dims.size - 1] > 2147483647) refuse("a sort of more than 2^31 elements");
    a->x = read(a->dims.size, a->dims.at);
    a->out = write(a->dims.size, a->dims.at);
    if (positions && a->out.dtype != I32) refuse("an argsort's result is not i32");
    if (!positions) same(a->x, a->out, "a sort's operands");
    computing(a->x.dtype, "a sort");
    a->micros = double(n) * 0.02;
    return a;
  }
  Instruction* dft() {
    Dft* t = plan.shelf.one<Dft>();
    t->inverse = integer(0, 1, "a transform's direction") == 1;
    t->scale = word();
    const List<int64_t> all = dims("a transform's rank");
    if (all.size < 1) refuse("a transform without an axis");
    t->batch = {all.at, all.size - 1};
    t->n = all[all.size - 1];
    if (t->n > int64_t(1) << 40) refuse("a transform of more than 2^40 numbers");
    int64_t d[maxRank + 1];
    for (int i = 0; i < all.size; i++) d[i] = all[i];
    d[all.size] = 2;
    const int64_t elements = product({d, all.size + 1});
    t->x = read(all.size + 1, d);
    t->out = write(all.size + 1, d);
    if (!isFloat(t->x.dtype)) refuse("a transform of what is not a float");
    same(t->x, t->out, "a transform's operands");
    t->micros = double(elements) * (1e-3 + 2e-4 * std::log2(double(t->n) + 1));
    return t;
  }
  Instruction* attention() {
    Attention* t = plan.shelf.one<Attention>();
    const int64_t flags = integer(0, 31, "an attention's flags");
    t->gradient = (flags & 1) != 0;
    t->causal = (flags & 2) != 0;
    t->biased = (flags & 4) != 0;
    t->masked = (flags & 8) != 0;
    t->moves = (flags & 16) != 0;
    if (t->moves && !(t->gradient && t->biased)) refuse("a gradient of a bias that there is not");
    t->scale = word();
    t->lead = dims("an attention's batch rank", maxRank - 3);
    t->leads = product(t->lead);
    for (int64_t* size : {&t->t, &t->s, &t->h, &t->d, &t->e}) *size = integer(0, int64_t(1) << 40, "an attention's size");
    // Heads are gone through side by side: none may write where another reads or writes.
    const int b = t->lead.size;
    int64_t d[maxRank];
    std::copy(t->lead.begin(), t->lead.end(), d);
    Span spans[13];
    int known = 0;
    const auto three = [&](bool result, int64_t x, int64_t y, int64_t z, int rank = 3) {
      d[b] = x;
      d[b + 1] = y;
      d[b + 2] = z;
      product({d, b + rank});
      const View v = result ? write(b + rank, d) : read(b + rank, d);
      const Span s = span(v, d);
      for (int i = 0; i < known && result; i++)
        if (s.meets(spans[i])) refuse("an attention that writes over itself");
      spans[known++] = s;
      return v;
    };
    const auto queries = [&](bool result, int64_t width) { return three(result, t->t, t->h, width); };
    const auto keys = [&](bool result, int64_t width) { return three(result, t->s, t->h, width); };
    const auto rows = [&](bool result) { return three(result, t->h, t->t, 1, 2); };
    const auto pairs = [&](bool result) { return three(result, t->h, t->t, t->s); };
    t->q = queries(false, t->d);
    t->k = keys(false, t->d);
    t->v = keys(false, t->e);
    if (t->biased) same(t->q, t->bias = pairs(false), "an attention's operands");
    if (t->masked && (t->mask = pairs(false)).dtype != Bool) refuse("a mask that is not of bools");
    const bool g = t->gradient;
    if (!g) t->out = queries(true, t->e);
    t->peak = rows(!g);
    t->total = rows(!g);
    if (g) {
      t->u = queries(false, t->e);
      t->r = rows(false);
      t->dq = queries(true, t->d);
      t->dk = keys(true, t->d);
      t->dv = keys(true, t->e);
      if (t->moves) same(t->q, t->dbias = pairs(true), "an attention's operands");
    }
    if (!isFloat(t->q.dtype)) refuse("attention of what is not a float");
    for (const View* v : {&t->k, &t->v, &t->peak, &t->total}) same(t->q, *v, "an attention's operands");
    if (!g) same(t->q, t->out, "an attention's operands");
    else for (const View* v : {&t->u, &t->r, &t->dq, &t->dk, &t->dv}) same(t->q, *v, "an attention's operands");
    const double all = double(t->leads) * double(t->h) * double(t->t) * double(t->s) * (t->causal ? 0.6 : 1);
    t->micros = all * (double(t->d + t->e) * (g ? 5e-5 : 2e-5) + 2e-4) * (t->q.dtype == F32 ? 1 : 3) + 1;
    return t;
  }
  /// Multiplications of one matrix, and a guess of how fast they go.
  static double factorMicros(const Factor& t) {
    const double m = double(t.m), n = double(t.n), k = m < n ? m : n, wide = m < n ? n : m;
    const double each = t.which == FactorKind::cholesky ? n * n * n / 3 : t.which == FactorKind::triangular ? n * n * double(t.k)
      : t.which == FactorKind::lu ? wide * k * k : t.which == FactorKind::qr ? 4 * wide * (t.flags != 0 ? m : k) * k
      : t.which == FactorKind::eigh ? 12 * n * n * n : t.which == FactorKind::eig ? 400 * n * n * n : 24 * wide * (t.flags != 0 ? wide : k) * k;
    return double(t.batches) * (each * (t.outs[0].dtype == F32 ? 3e-5 : 6e-5) + 0.2 + (m * n + n * double(t.k)) * 2e-3);
  }
  Instruction* factor() {
    Factor* t = plan.shelf.one<Factor>();
    t->which = FactorKind(integer(0, int64_t(FactorKind::eig), "a factorization"));
    const bool triangular = t->which == FactorKind::triangular, thin = t->which == FactorKind::qr || t->which == FactorKind::svd;
    t->flags = int32_t(integer(0, triangular ? 7 : thin || t->which == FactorKind::cholesky ? 1 : 0, "a factorization's flags"));
    t->batch = dims("a factorization's batch rank", maxRank - 2);
    t->batches = product(t->batch);
    constexpr int64_t largest = int64_t(1) << 24;
    t->m = integer(0, largest, "m");
    t->n = integer(0, largest, "n");
    t->k = integer(0, largest, "k");
    const int64_t m = t->m, n = t->n, least_ = least(m, n), p = t->flags != 0 ? m : least_, q = t->flags != 0 ? n : least_;
    const bool square = t->which == FactorKind::cholesky || triangular || t->which == FactorKind::eigh || t->which == FactorKind::eig;
    if (square && m != n) refuse("a matrix that is not square");
    int64_t d[maxRank];
    const int b = t->batch.size;
    for (int i = 0; i < b; i++) d[i] = t->batch[i];
    // Matrices of a batch are factored side by side: none may write where another reads or writes.
    Span spans[6];
    int known = 0;
    const auto apart = [&](const View& v, bool result) {
      const Span s = span(v, d);
      for (int i = 0; i < known && result; i++)
        if (s.meets(spans[i])) refuse("a factorization that writes over itself");
      spans[known++] = s;
    };
    const auto matrix = [&](bool result, int64_t rows, int64_t columns) {
      d[b] = rows;
      d[b + 1] = columns;
      product({d, b + 2});
      const View v = result ? write(b + 2, d) : read(b + 2, d);
      apart(v, result);
      return v;
    };
    const auto vector = [&](int64_t size) {
      d[b] = size;
      const View v = write(b + 1, d);
      apart(v, true);
      return v;
    };
    t->ins[0] = matrix(false, m, n);
    if (triangular) t->ins[1] = matrix(false, n, t->k);
    switch (t->which) {
      case FactorKind::cholesky: t->outs[0] = matrix(true, n, n); break;
      case FactorKind::triangular: t->outs[0] = matrix(true, n, t->k); break;
      case FactorKind::lu:
        t->outs[0] = matrix(true, m, n);
        t->outs[1] = vector(least_);
        t->outs[2] = vector(m);
        if (t->outs[1].dtype != I32 || t->outs[2].dtype != I32) refuse("pivots that are not i32");
        break;
      case FactorKind::qr:
        t->outs[0] = matrix(true, m, p);
        t->outs[1] = matrix(true, p, n);
        break;
      case FactorKind::eigh:
        t->outs[0] = vector(n);
        t->outs[1] = matrix(true, n, n);
        break;
      case FactorKind::svd:
        t->outs[0] = matrix(true, m, p);
        t->outs[1] = vector(least_);
        t->outs[2] = matrix(true, q, n);
        break;
      case FactorKind::eig:
        for (const int i : {0, 1}) t->outs[i] = vector(n);
        for (const int i : {2, 3}) t->outs[i] = matrix(true, n, n);
        break;
    }
    if (!isFloat(t->ins[0].dtype)) refuse("a factorization of what is not a float");
    same(t->ins[0], t->outs[0], "a factorization's operands");
    if (triangular) same(t->ins[0], t->ins[1], "a factorization's operands");
    if (thin || t->which == FactorKind::eigh) same(t->ins[0], t->outs[1], "a factorization's operands");
    if (t->which == FactorKind::eig)
      for (const View& v : t->outs) same(t->ins[0], v, "a factorization's operands");
    if (t->which == FactorKind::svd) same(t->ins[0], t->outs[2], "a factorization's operands");
    t->micros = factorMicros(*t);
    return t;
  }
  bool dense(const View& v, const int64_t* d) const {
    int64_t expected = 1;
    for (int i = 0; i < v.strides.size; i++)
      if (d[i] == 0) return v.steps.size == 0;
    for (int i = v.strides.size; i-- > 0;) {
      if (d[i] > 1 && v.strides[i] != expected) return false;
      expected *= d[i];
    }
    return v.steps.size == 0;
  }
  Instruction* exchange() {
    if (gang.level >= 0) refuse("an exchange inside a gang");
    Exchange* e = plan.shelf.one<Exchange>();
    e->call.how = How(integer(0, hows - 1, "an exchange's kind"));
    e->processes = integer(1, int64_t(1) << 24, "the number of processes");
    const int64_t letters = length("a label", longestLabel);
    for (int64_t i = 0; i < letters; i++) e->call.label[i] = char(integer(32, 126, "a letter"));
    const List<int64_t> d = dims("an exchange's rank", maxRank - 1);
    e->call.count = product(d);
    const bool parts = e->call.how == How::scatter || e->call.how == How::swap;
    if (parts && (d.size < 1 || d[0] != e->processes)) refuse("parts that are not one a process");
    int64_t o[maxRank];
    int rank = 0;
    if (e->call.how == How::gather) o[rank++] = e->processes;
    for (int i = e->call.how == How::scatter ? 1 : 0; i < d.size; i++) o[rank++] = d[i];
    product({o, rank});
    e->x = read(d.size, d.at);
    e->out = write(rank, o);
    if (!dense(e->x, d.at) || !dense(e->out, o)) refuse("an exchange of what is not dense");
    if (span(e->x, d.at).meets(span(e->out, o))) refuse("an exchange that writes over itself");
    same(e->x, e->out, "an exchange's operands");
    e->call.dtype = e->x.dtype;
    if (reduces(e->call.how)) computing(e->x.dtype, "an exchange");
    if ((e->call.how == How::sum || e->call.how == How::scatter) && e->x.dtype == Bool) refuse("a sum of bools");
    e->micros = double(e->call.count) * 1e-3;
    if (moving.size() == maxMoving) refuse("more than 4096 exchanges under way");
    moving.push_back({span(e->x, d.at), span(e->out, o), exchanges++});
    return e;
  }
  Instruction* wait() {
    if (gang.level >= 0) refuse("a wait inside a gang");
    Wait* w = plan.shelf.one<Wait>();
    w->left = integer(0, int64_t(moving.size()), "the number of exchanges that go on");
    moving.erase(moving.begin(), moving.end() - w->left);
    return w;
  }
  Instruction* repeat() {
    Repeat* r = plan.shelf.one<Repeat>();
    r->level = int32_t(integer(0, maxLevels - 1, "a repeat's level"));
    r->count = integer(0, maxInteger, "a repeat's count");
    if (open[r->level]) refuse("a repeat inside another one of its level");
    open[r->level] = true;
    count[r->level] = r->count;
    r->body = list();
    open[r->level] = false;
    r->micros = 0.02;
    for (auto* i : r->body) r->micros += i->micros;
    r->micros *= double(r->count);
    return r;
  }
  Instruction* devices() {
    Gang* g = plan.shelf.one<Gang>();
    if (gang.level >= 0) refuse("a gang inside another");
    g->level = int32_t(integer(0, maxLevels - 1, "a gang's level"));
    g->count = integer(0, maxGang, "a gang's size");
    if (open[g->level]) refuse("a gang inside a repeat of its level");
    std::copy(open, open + maxLevels, gang.around);
    open[g->level] = true;
    count[g->level] = gang.count = g->count;
    gang.level = g->level;
    g->body = list();
    separate();
    open[g->level] = false;
    std::sort(gang.own.begin(), gang.own.end());
    gang.own.erase(std::unique(gang.own.begin(), gang.own.end()), gang.own.end());
    g->own = plan.shelf.list<Gang::Own>(int64_t(gang.own.size()));
    for (size_t i = 0; i < gang.own.size(); i++) {
      const Buffer& b = plan.buffers[gang.own[i]];
      g->own[int64_t(i)] = {gang.own[i], b.every};
      const Wide end_ = Wide(b.at) + b.bytes + Wide(most(g->count, 1) - 1) * b.every;
      if (end_ > Wide(1) << 46) refuse("devices of a gang that need more memory than there can be");
      plan.arena = most(plan.arena, int64_t(end_));
    }
    gang = Devices();
    g->micros = 0.1;
    for (auto* i : g->body) g->micros += i->micros;
    g->micros *= double(g->count);
    return g;
  }
  Instruction* cond() {
    Cond* c = plan.shelf.one<Cond>();
    c->which = read(0, nullptr);
    if (c->which.dtype != Bool) refuse("a condition that is not a bool");
    c->then = list();
    c->otherwise = list();
    double a = 0, b = 0;
    for (auto* i : c->then) a += i->micros;
    for (auto* i : c->otherwise) b += i->micros;
    c->micros = a > b ? a : b;
    return c;
  }

  Instruction* whileLoop() {
    While* w = plan.shelf.one<While>();
    w->which = read(0, nullptr);
    if (w->which.dtype != Bool) refuse("a condition that is not a bool");
    w->test = list();
    w->body = list();
    w->micros = 0.02;
    for (auto* i : w->test) w->micros += i->micros;
    for (auto* i : w->body) w->micros += i->micros;
    w->micros *= 16;  // how often is not known; a guess so that long ones leave the event loop
    return w;
  }

  Instruction* instruction() {
    const Kind kind = Kind(integer(1, int64_t(Kind::attention), "an instruction's code"));
    const int64_t n = length("an instruction's length");
    const int64_t outer = end;
    end = pos + n;
    Instruction* i = nullptr;
    claims.clear();
    switch (kind) {
      case Kind::loop: i = loop(); break;
      case Kind::dot: i = dot(); break;
      case Kind::conv: i = conv(); break;
      case Kind::pool: i = maxPool(); break;
      case Kind::gather: i = indexed(false); break;
      case Kind::scatterAdd: i = indexed(true); break;
      case Kind::cumulative: i = cumulative(); break;
      case Kind::argsort: i = sort(true); break;
      case Kind::sort: i = sort(false); break;
      case Kind::repeat: i = repeat(); break;
      case Kind::cond: i = cond(); break;
      case Kind::while_: i = whileLoop(); break;
      case Kind::factor: i = factor(); break;
      case Kind::dft: i = dft(); break;
      case Kind::exchange: i = exchange(); break;
      case Kind::wait: i = wait(); break;
      case Kind::gang: i = devices(); break;
      case Kind::attention: i = attention(); break;
      default: refuse("an instruction that there is not");
    }
    if (pos != end) refuse("an instruction longer than it needs");
    end = outer;
    i->kind = kind;
    i->micros += 0.05;
    return i;
  }
  List<Instruction*> list() {
    if (++depth > maxDepth) refuse("instructions nested too deeply");
    const int64_t n = length("a list's length");
    const int64_t outer = end;
    end = pos + n;
    std::vector<Instruction*> all;
    // A body may run or not: what it waits for, whoever is around it does not know to be done.
    const std::vector<Moving> before = moving;
    const int64_t first = exchanges;
    while (pos < end) {
      if (depth == 1) top++;
      all.push_back(instruction());
    }
    if (!moving.empty() && moving.back().number >= first) refuse("an exchange that nobody waits for");
    moving = before;
    end = outer;
    depth--;
    List<Instruction*> l = plan.shelf.list<Instruction*>(int64_t(all.size()));
    bool awaited = false;
    for (size_t i = all.size(); i-- > 0;) {
      l[int64_t(i)] = all[i];
      if (all[i]->kind == Kind::exchange) static_cast<Exchange*>(all[i])->awaited = awaited;
      else awaited = all[i]->kind == Kind::wait && static_cast<Wait*>(all[i])->left == 0;
    }
    return l;
  }

  void buffers() {
    const int64_t n = length("the number of buffers", int64_t(1) << 24);
    plan.buffers = plan.shelf.list<Buffer>(n);
    slotSeen.assign(size_t(n), false);
    touched.assign(size_t(n), Touched());
    for (auto& b : plan.buffers) {
      b.kind = BufferKind(integer(0, 4, "a buffer's kind"));
      b.bytes = integer(0, int64_t(1) << 46, "a buffer's size");
      const bool arena = b.kind == BufferKind::arena || b.kind == BufferKind::own;
      b.at = integer(0, arena ? int64_t(1) << 46 : n - 1, "a buffer's place");
      b.every = b.kind == BufferKind::own ? integer(0, int64_t(1) << 46, "how far own memory of devices lies apart") : 0;
      if (b.every % 64 != 0) refuse("own memory of devices that is not a multiple of 64 bytes apart");
      b.align = 1;
      b.dtype = F64;
      if (arena && b.at % 64 != 0) refuse("an arena offset that is not a multiple of 64");
      if (arena) plan.arena = most(plan.arena, b.at + b.bytes);
      if (b.kind == BufferKind::slot && b.bytes > 8) refuse("a slot of more than 8 bytes");
      int64_t& total = b.kind == BufferKind::input ? plan.inputs : b.kind == BufferKind::output ? plan.outputs : plan.slots;
      if (!arena) total = most(total, b.at + 1);
    }
  }
  /// Words of each slot in the command: two for an i64, else one.
  void slots() {
    List<DType> dtypeOf = plan.shelf.list<DType>(plan.slots);
    for (auto& d : dtypeOf) d = F64;
    List<bool> known = plan.shelf.list<bool>(plan.slots);
    for (int i = 0; i < plan.buffers.size; i++) {
      const Buffer& b = plan.buffers[i];
      if (b.kind != BufferKind::slot || !slotSeen[size_t(i)]) continue;
      if (known[b.at] && dtypeOf[b.at] != b.dtype) refuse("a slot read with two dtypes");
      known[b.at] = true;
      dtypeOf[b.at] = b.dtype;
    }
    plan.slotWord = plan.shelf.list<int64_t>(plan.slots);
    for (int64_t i = 0; i < plan.slots; i++) {
      plan.slotWord[i] = plan.slotWords;
      plan.slotWords += dtypeOf[i] == I64 ? 2 : 1;
    }
    plan.words = 1 + 2 * plan.inputs + plan.slotWords + 2 * plan.outputs;
  }
  void program() {
    if (word() != magic) refuse("not a program");
    if (word() != version) refuse("a program of another version");
    buffers();
    plan.instructions = list();
    if (pos != end) refuse("words after its end");
    slots();
    emitter.finish(plan.code);
    for (auto* i : plan.instructions) plan.micros += i->micros;
    plan.keeps = plan.shelf.list<int32_t>(int64_t(keeps.size()));
    std::copy(keeps.begin(), keeps.end(), plan.keeps.begin());
    findOverlays(plan, touched);
    findBeside(plan, claimed);
  }
};

}  // namespace

std::unique_ptr<Plan> decode(const double* words, int64_t count) {
  auto plan = std::make_unique<Plan>();
  Decoder(words, count, *plan).program();
  return plan;
}

}  // namespace cot
