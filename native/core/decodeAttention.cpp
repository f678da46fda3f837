#include "core/decoder.hpp"

#include <algorithm>

#include "core/attention.hpp"

namespace cot {

Instruction* Decoder::attention() {
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

}  // namespace cot
