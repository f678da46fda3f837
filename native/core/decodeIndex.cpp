#include "core/decoder.hpp"

namespace cot {

Instruction* Decoder::indexed(bool scatter) {
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
Instruction* Decoder::cumulative() {
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
Instruction* Decoder::sort(bool positions) {
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

}  // namespace cot
