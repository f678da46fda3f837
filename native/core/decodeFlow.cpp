#include "core/decoder.hpp"

#include <algorithm>

#include "core/exchange.hpp"

namespace cot {
namespace {

constexpr size_t maxMoving = 4096;
constexpr int64_t maxGang = 256;

double microsOf(const List<Instruction*>& list) {
  double micros = 0;
  for (const Instruction* i : list) micros += i->micros;
  return micros;
}

}  // namespace

Instruction* Decoder::exchange() {
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
Instruction* Decoder::wait() {
  if (gang.level >= 0) refuse("a wait inside a gang");
  Wait* w = plan.shelf.one<Wait>();
  w->left = integer(0, int64_t(moving.size()), "the number of exchanges that go on");
  moving.erase(moving.begin(), moving.end() - w->left);
  return w;
}
Instruction* Decoder::repeat() {
  Repeat* r = plan.shelf.one<Repeat>();
  r->level = int32_t(integer(0, maxLevels - 1, "a repeat's level"));
  r->count = integer(0, maxInteger, "a repeat's count");
  if (open[r->level]) refuse("a repeat inside another one of its level");
  open[r->level] = true;
  count[r->level] = r->count;
  r->body = list();
  open[r->level] = false;
  r->micros = (0.02 + microsOf(r->body)) * double(r->count);
  return r;
}
void Decoder::ownMemory(Gang& g) {
  std::sort(gang.own.begin(), gang.own.end());
  gang.own.erase(std::unique(gang.own.begin(), gang.own.end()), gang.own.end());
  g.own = plan.shelf.list<Gang::Own>(int64_t(gang.own.size()));
  for (size_t i = 0; i < gang.own.size(); i++) {
    const Buffer& b = plan.buffers[gang.own[i]];
    g.own[int64_t(i)] = {gang.own[i], b.every};
    const Wide end_ = Wide(b.at) + b.bytes + Wide(most(g.count, 1) - 1) * b.every;
    if (end_ > Wide(1) << 46) refuse("devices of a gang that need more memory than there can be");
    plan.arena = most(plan.arena, int64_t(end_));
  }
}
Instruction* Decoder::devices() {
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
  ownMemory(*g);
  gang = Devices();
  g->micros = (0.1 + microsOf(g->body)) * double(g->count);
  return g;
}
Instruction* Decoder::cond() {
  Cond* c = plan.shelf.one<Cond>();
  c->which = read(0, nullptr);
  if (c->which.dtype != Bool) refuse("a condition that is not a bool");
  c->then = list();
  c->otherwise = list();
  c->micros = std::max(microsOf(c->then), microsOf(c->otherwise));
  return c;
}
Instruction* Decoder::whileLoop() {
  While* w = plan.shelf.one<While>();
  w->which = read(0, nullptr);
  if (w->which.dtype != Bool) refuse("a condition that is not a bool");
  w->test = list();
  w->body = list();
  w->micros = 16 * (0.02 + microsOf(w->test) + microsOf(w->body));  // how often is not known; a guess so that long ones leave the event loop
  return w;
}

}  // namespace cot
