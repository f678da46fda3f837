#include "core/decoder.hpp"

#include <cmath>

#include "core/factor.hpp"

namespace cot {
namespace {

/// Multiplications of one matrix, and a guess of how fast they go.
double factorMicros(const Factor& t) {
  const double m = double(t.m), n = double(t.n), k = m < n ? m : n, wide = m < n ? n : m;
  const double each = t.which == FactorKind::cholesky ? n * n * n / 3 : t.which == FactorKind::triangular ? n * n * double(t.k)
    : t.which == FactorKind::lu ? wide * k * k : t.which == FactorKind::qr ? 4 * wide * (t.flags != 0 ? m : k) * k
    : t.which == FactorKind::eigh ? 12 * n * n * n : t.which == FactorKind::eig ? 400 * n * n * n : 24 * wide * (t.flags != 0 ? wide : k) * k;
  return double(t.batches) * (each * (t.outs[0].dtype == F32 ? 3e-5 : 6e-5) + 0.2 + (m * n + n * double(t.k)) * 2e-3);
}

}  // namespace

Instruction* Decoder::dft() {
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
Instruction* Decoder::factor() {
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

}  // namespace cot
