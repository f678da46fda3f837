#include "core/decoder.hpp"

#include <algorithm>

#include "cpu/kernels.hpp"

namespace cot {

Instruction* Decoder::dot() {
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
void Decoder::window(Window& w, int rank, int64_t low) {
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
void Decoder::keep(int32_t buffer) {
  if (plan.buffers[buffer].kind == BufferKind::input && std::find(keeps.begin(), keeps.end(), buffer) == keeps.end()) keeps.push_back(buffer);
}
bool Conv::byChannel() const {
  constexpr int64_t fewChannels = 8;
  if (groups != c || c < fewChannels || n == 0 || o == 0 || window.rank < 1 || window.rank > 2) return false;
  double all = 1;
  for (int i = 0; i < window.rank; i++) {
    if (window.spatial[i] == 0 || window.outSpatial[i] == 0 || window.kernel[i] == 0) return false;
    all *= double(window.kernel[i]) * double(window.stride[i]);
  }
  return all < 65536;
}
Instruction* Decoder::conv() {
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
  // Channels by themselves are moved too, and a vector of them is one step.
  c->micros = (c->byChannel() ? sums * 1e-5 + moved * 1e-4 : sums * (few ? 5e-5 : 2e-5) + (few ? moved * 4e-4 : 0)) + 1;
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
Instruction* Decoder::maxPool() {
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

}  // namespace cot
