#include "core/decoder.hpp"

#include <algorithm>

#include "core/exchange.hpp"
#include "core/overlay.hpp"

namespace cot {
namespace {

constexpr double magic = 0xc07a, version = 1;
constexpr int maxDepth = 32;

}  // namespace

Instruction* Decoder::instruction() {
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
List<Instruction*> Decoder::list() {
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
void Decoder::buffers() {
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
void Decoder::slots() {
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
void Decoder::program() {
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

std::unique_ptr<Plan> decode(const double* words, int64_t count) {
  auto plan = std::make_unique<Plan>();
  Decoder(words, count, *plan).program();
  return plan;
}

}  // namespace cot
