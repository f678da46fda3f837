#include "core/coder.hpp"

namespace cot {

Coder::Coder(const Body& body, Format format, Way w, bool tail)
    : recipe(format), b(body), first(body.sources.size), way(w), valueOf(size_t(body.sources.size + body.ops.size), -1) {
  if (tail) recipe.end();
}

bool Coder::same(int32_t r) const {
  if (r >= registers()) return true;
  if (way != blocks && (r < first ? b.sources[r].kind == SourceKind::row : b.ops[r - first].row)) return true;
  return r < first && b.sources[r].kind != SourceKind::row && (b.sources[r].reach == Reach::same || (way == wholeRow && b.sources[r].once));
}
int32_t Coder::of(int32_t r) {
  int32_t& v = valueOf[size_t(r)];
  if (v >= 0) return v;
  if (way == wholeRow && r >= first && r < registers() && reads(b, r - first)) return operation(r - first);
  if (way == wholeRow && r < first && b.sources[r].kind == SourceKind::row) return v = recipe.memory(registers() + b.sources[r].sink, true, 4);
  return v = dtype(r) == Bool ? recipe.loadedMask(r, same(r)) : isHalf(dtype(r)) ? half(r) : recipe.memory(r, same(r), int(sizeOf(dtype(r))));
}
int32_t Coder::half(int32_t reg) {
  Recipe& r = recipe;
  if (dtype(reg) == F16) return same(reg) ? r.spreadWord(reg, r.halfBits()) : r.loadedWords(reg);
  return r.shifted(same(reg) ? r.spreadWord(reg, r.format.bits()) : r.widened(r.memory(reg, false, 2)), Recipe::left, 16);
}
int32_t Coder::floats(const Op& o) {
  Recipe& r = recipe;
  const int32_t x = of(o.args[0]), y = of(o.args[1]);
  const auto constant = [&](uint64_t one, uint32_t two) { return r.constant(r.format.doubles() ? one : twice(two)); };
  switch (o.code) {
    case Code::neg_: return r.differ(x, constant(uint64_t(1) << 63, 0x80000000u));
    case Code::abs_: return r.both(x, constant(~(uint64_t(1) << 63), 0x7FFFFFFFu));
    case Code::add_: return r.add(x, y);
    case Code::sub_: return r.sub(x, y);
    case Code::mul_: return r.mul(x, y);
    case Code::div_: return r.div(x, y);
    case Code::max_: return r.extremum(x, y, true);
    case Code::min_: return r.extremum(x, y, false);
    case Code::sqrt_: return r.root(x);
    case Code::rsqrt_: return r.div(constant(0x3FF0000000000000u, 0x3F800000u), r.root(x));
    case Code::round_: return r.rounded(x, 4);
    case Code::floor_: return r.rounded(x, 9);
    case Code::ceil_: return r.rounded(x, 10);
    case Code::trunc_: return r.rounded(x, 11);
    case Code::eq_: return r.compare(x, y, 0x00);
    case Code::ne_: return r.compare(x, y, 0x04);
    case Code::lt_: return r.compare(x, y, 0x11);
    case Code::le_: return r.compare(x, y, 0x12);
    case Code::gt_: return r.compare(x, y, 0x1E);
    case Code::ge_: return r.compare(x, y, 0x1D);
    default: return linesOf(r, o.code, x);
  }
}
int32_t Coder::integers(const Op& o) {
  Recipe& r = recipe;
  const int32_t x = of(o.args[0]), y = of(o.args[1]);
  switch (o.code) {
    case Code::neg_: return r.integer(0xFA, r.constant(0), x);
    case Code::abs_: return r.step(1, 2, 0x1E, -1, x);
    case Code::add_: return r.integer(0xFE, x, y);
    case Code::sub_: return r.integer(0xFA, x, y);
    case Code::mul_: return r.step(1, 2, 0x40, x, y);
    case Code::max_: return r.step(1, 2, 0x3D, x, y);
    case Code::min_: return r.step(1, 2, 0x39, x, y);
    case Code::and_: return r.integer(0xDB, x, y);
    case Code::or_: return r.integer(0xEB, x, y);
    case Code::xor_: return r.integer(0xEF, x, y);
    case Code::not_: return r.integer(0xEF, x, r.bits(0xFFFFFFFFu));
    case Code::eq_: return r.compareWhole(x, y, Recipe::equal);
    case Code::ne_: return r.compareWhole(x, y, Recipe::notEqual);
    case Code::gt_: return r.compareWhole(y, x, Recipe::below);
    case Code::le_: return r.compareWhole(y, x, Recipe::notBelow);
    case Code::lt_: return r.compareWhole(x, y, Recipe::below);
    default: return r.compareWhole(x, y, Recipe::notBelow);
  }
}
int32_t Coder::masks(const Op& o) {
  const int32_t x = of(o.args[0]), y = of(o.args[1]);
  switch (o.code) {
    case Code::and_: return recipe.logic(Recipe::and_, x, y);
    case Code::or_: return recipe.logic(Recipe::or_, x, y);
    case Code::xor_: return recipe.logic(Recipe::xor_, x, y);
    default: return recipe.contrary(x);
  }
}
int32_t Coder::cast(const Op& o) {
  Recipe& r = recipe;
  const int32_t x = of(o.args[0]);
  if (o.in == BF16) return x;
  if (o.in == F16) return r.fromF16(x);
  if (o.out == BF16) return r.roundedToBf16(x);
  if (o.out == F16) return r.toF16(x);
  if (o.in == Bool) return r.masked(x, r.bits(o.out == F32 ? 0x3F800000u : 1u));
  if (o.out == F32) return r.real32(x);
  if (o.in == F32) return r.compare(x, r.constant(0), 4);
  return r.compareWhole(x, r.constant(0), Recipe::notEqual);
}
int32_t Coder::choice(const Op& o) {
  Recipe& r = recipe;
  const int32_t mask = of(o.args[0]), x = of(o.args[1]), y = of(o.args[2]);
  return o.in == F16 ? r.narrowed(r.choose(mask, r.widened(x), r.widened(y))) : r.choose(mask, x, y);
}
int32_t Coder::operation(int i) {
  const Op& o = b.ops[i];
  int32_t v;
  if (o.code == Code::where_) v = choice(o);
  else if (o.code == Code::cast_) v = cast(o);
  else v = isFloat(o.in) ? floats(o) : o.in == Bool ? masks(o) : integers(o);
  return valueOf[size_t(first + i)] = v;
}
void Coder::store(int32_t reg, int32_t v, DType d, bool streams) {
  Recipe& r = recipe;
  if (d == Bool) return r.storeMask(reg, v);
  if (d == BF16) v = r.narrowed(r.shifted(v, Recipe::right, 16));
  r.store(reg, v, streams, same(reg), int(sizeOf(d)));
}

}  // namespace cot
