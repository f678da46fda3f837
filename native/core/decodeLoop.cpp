#include "core/decoder.hpp"

#include <algorithm>
#include <cstring>

#include "core/prepare.hpp"
#include "cpu/kernels.hpp"

namespace cot {
namespace {

const char* const opNames[] = {
#define COT_NAME(name) #name,
    COT_OPS(COT_NAME)
#undef COT_NAME
};

int arity(Code c) {
  if (c < Code::add_) return 1;
  if (c < Code::where_) return 2;
  return c == Code::where_ ? 3 : c == Code::cast_ ? 1 : 4;
}
double nanosOf(Code c, DType d) {
  const double wide = d == F64 || d == I64 ? 2 : 1;
  switch (c) {
    case Code::exp_: case Code::expm1_: case Code::log_: case Code::log1p_: case Code::sigmoid_: case Code::tanh_: case Code::erf_: case Code::erfc_: case Code::sin_: case Code::cos_:
      return d == F32 ? 0.7 : 8;
    case Code::exp2_: case Code::log2_: case Code::log10_: case Code::sinh_: case Code::cosh_: case Code::tan_: case Code::asin_: case Code::acos_: case Code::atan_:
      return d == F32 ? 1 : 12;
    case Code::pow_: return d == F32 ? 2.5 : 12;
    case Code::neg_: case Code::abs_: case Code::sign_: case Code::floor_: case Code::ceil_: case Code::round_:
    case Code::trunc_: case Code::not_: case Code::add_: case Code::sub_: case Code::mul_: case Code::max_:
    case Code::min_: case Code::where_: case Code::cast_:
      return 0.12 * wide;
    case Code::sqrt_: case Code::rsqrt_: case Code::div_: return 0.4 * wide;
    case Code::threefry0_: case Code::threefry1_: case Code::threefryXor_: return 4;
    default: return c >= Code::eq_ && c <= Code::shr_ ? 0.15 * wide : 12;
  }
}

}  // namespace

Source Decoder::source(int64_t rank, const int64_t* d) {
  Source s{};
  s.kind = SourceKind(integer(0, 3, "a source's kind"));
  if (s.kind == SourceKind::view) {
    s.view = read(rank, d);
    s.dtype = s.view.dtype;
  } else if (s.kind == SourceKind::index) {
    s.dtype = computed();
    const int64_t axis = integer(-rank, rank - 1, "an index's axis");
    s.view.strides = plan.shelf.list<int64_t>(rank);
    s.view.strides[int32_t(axis < 0 ? axis + rank : axis)] = 1;
  } else if (s.kind == SourceKind::row) {
    s.dtype = dtype();
    s.sink = int32_t(integer(0, maxInteger, "a reduction's number"));
  } else {
    s.dtype = computed();
    immediate(s);
  }
  return s;
}
void Decoder::immediate(Source& s) {
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
void Decoder::ops(Body& body, std::vector<DType>& dtypeOf) {
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
void Decoder::body(Body& body, std::vector<DType>& dtypeOf, int64_t rank, const int64_t* d) {
  body.sources = plan.shelf.list<Source>(length("the number of sources"));
  for (auto& s : body.sources) {
    s = source(rank, d);
    dtypeOf.push_back(s.dtype);
  }
  ops(body, dtypeOf);
}
Loop* Decoder::loop(const View* made) {
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
  staged(*l, d, d.size - reduced);
  const int32_t lead = made == nullptr ? -1 : reads(*l, *made);
  prepareLoop(plan.shelf, *l, d, reduced, lead, emitter);
  if (made != nullptr && l->count > 1 && l->body.sources[lead].reach != Reach::whole) refuse("an epilogue that reads a result in another order");
  if (made == nullptr) claimed[l] = claims;
  return l;
}
int32_t Decoder::reads(const Loop& l, const View& made) {
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
void Decoder::beyond(size_t own) const {
  for (size_t w = 0; w < claims.size(); w++)
    for (size_t r = 0; claims[w].writes && r < (w < own ? claims.size() : own); r++) {
      const Span &written = claims[w].at, &read = claims[r].at;
      const bool same = written.from == read.from && written.to == read.to;
      if (!claims[r].writes && written.meets(read) && !(r >= own && same)) refuse("a product or a convolution that writes over what it reads");
    }
}
const Loop* Decoder::epilogue(Instruction& i, const View& made, const int64_t* d) {
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
/// What is computed of memory alone waits for the stage that reads it first: between two stages it would be stored.
static void postpone(Loop& l) {
  const int first = l.body.sources.size;
  for (int i = 0; i < l.body.ops.size; i++) {
    Op& op = l.body.ops[i];
    bool waits = !op.row;
    for (const int32_t a : op.args) waits = waits && a < first && l.body.sources[a].kind != SourceKind::row;
    if (!waits) continue;
    op.stage = l.stages - 1;
    for (int j = i + 1; j < l.body.ops.size; j++)
      for (const int32_t a : l.body.ops[j].args)
        if (a == first + i) op.stage = std::min(op.stage, l.body.ops[j].stage);
    for (const Sink& s : l.sinks)
      if (s.reg == first + i) op.stage = std::min(op.stage, s.stage);
  }
}
void Decoder::staged(Loop& l, const List<int64_t>& d, int kept) {
  const int first = l.body.sources.size;
  const auto isRow = [&](int32_t r) { return r < first ? l.body.sources[r].kind == SourceKind::row : l.body.ops[r - first].row; };
  const auto neutral = [&](int32_t r) {
    if (isRow(r)) return true;
    if (r >= first || l.body.sources[r].kind == SourceKind::index) return false;
    const Source& s = l.body.sources[r];
    for (int i = kept; i < d.size && s.kind == SourceKind::view; i++)
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
  postpone(l);
  // Where something that runs along a row reads one value of it.
  l.spread = plan.shelf.list<int32_t>(first + l.body.ops.size);
  for (int32_t& s : l.spread) s = -1;
  for (const Op& op : l.body.ops)
    for (const int32_t a : op.args)
      if (!op.row && isRow(a)) l.spread[a] = 0;
  for (const Sink& s : l.sinks)
    if (s.kind != SinkKind::row && isRow(s.reg)) l.spread[s.reg] = 0;
}

}  // namespace cot
