#include "core/coder.hpp"

namespace cot {

Coder::Coder(const Body& body, int n, Way w)
    : b(body), first(body.sources.size), lanes(n), way(w), valueOf(size_t(body.sources.size + body.ops.size), -1) {}

bool Coder::same(int32_t r) const {
  if (r >= registers()) return true;
  if (way != blocks && (r < first ? b.sources[r].kind == SourceKind::row : b.ops[r - first].row)) return true;
  return r < first && (b.sources[r].kind == SourceKind::view || b.sources[r].kind == SourceKind::immediate) && b.sources[r].reach == Reach::same;
}
int32_t Coder::of(int32_t r) {
  int32_t& v = valueOf[size_t(r)];
  if (v >= 0) return v;
  if (way == wholeRow && r < first && b.sources[r].kind == SourceKind::row) return v = recipe.memory(registers() + b.sources[r].sink, true);
  // A bool is a byte in memory and a mask in a vector.
  if (dtype(r) != Bool) v = recipe.memory(r, same(r));
  else v = recipe.integer(0x66, recipe.step(1, 2, 0x31, -1, recipe.memory(r, false)), recipe.constant(0));
  return v;
}
int32_t Coder::extremum(int32_t x, int32_t y, bool greater) {
  const int32_t equal = recipe.step(prefix(), 1, 0xC2, y, x, 0), nan = recipe.step(prefix(), 1, 0xC2, y, y, 3);
  const int32_t take = recipe.either(recipe.both(equal, greater ? x : y), nan);   // a choice looks at signs only
  return recipe.step(1, 3, lanes == 4 ? 0x4B : 0x4A, recipe.step(prefix(), 1, greater ? 0x5F : 0x5D, y, x), y, 0, take);
}
int32_t Coder::floats(const Op& o) {
  Recipe& r = recipe;
  const int32_t x = of(o.args[0]), y = of(o.args[1]);
  const bool wide = lanes == 4;
  const auto constant = [&](uint64_t four, uint32_t eight) { return r.constant(wide ? four : twice(eight)); };
  const auto rounded = [&](int mode) { return r.step(1, 3, wide ? 9 : 8, -1, x, mode); };
  const auto compared = [&](int predicate) { return r.step(prefix(), 1, 0xC2, x, y, predicate); };
  switch (o.code) {
    case Code::neg_: return r.step(prefix(), 1, 0x57, x, constant(uint64_t(1) << 63, 0x80000000u));
    case Code::abs_: return r.step(prefix(), 1, 0x54, x, constant(~(uint64_t(1) << 63), 0x7FFFFFFFu));
    case Code::add_: return r.step(prefix(), 1, 0x58, x, y);
    case Code::sub_: return r.step(prefix(), 1, 0x5C, x, y);
    case Code::mul_: return r.step(prefix(), 1, 0x59, x, y);
    case Code::div_: return r.step(prefix(), 1, 0x5E, x, y);
    case Code::max_: return extremum(x, y, true);
    case Code::min_: return extremum(x, y, false);
    case Code::sqrt_: return r.step(prefix(), 1, 0x51, -1, x);
    case Code::rsqrt_: return r.step(prefix(), 1, 0x5E, constant(0x3FF0000000000000u, 0x3F800000u), r.step(prefix(), 1, 0x51, -1, x));
    case Code::round_: return rounded(4);
    case Code::floor_: return rounded(9);
    case Code::ceil_: return rounded(10);
    case Code::trunc_: return rounded(11);
    case Code::eq_: return compared(0x00);
    case Code::ne_: return compared(0x04);
    case Code::lt_: return compared(0x11);
    case Code::le_: return compared(0x12);
    case Code::gt_: return compared(0x1E);
    case Code::ge_: return compared(0x1D);
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
    case Code::not_: return contrary(x);
    case Code::eq_: return r.integer(0x76, x, y);
    case Code::ne_: return contrary(r.integer(0x76, x, y));
    case Code::gt_: return r.integer(0x66, x, y);
    case Code::le_: return contrary(r.integer(0x66, x, y));
    case Code::lt_: return r.integer(0x66, y, x);
    default: return contrary(r.integer(0x66, y, x));
  }
}
int32_t Coder::cast(const Op& o) {
  Recipe& r = recipe;
  const int32_t x = of(o.args[0]);
  if (o.in == Bool) return r.integer(0xDB, x, r.bits(o.out == F32 ? 0x3F800000u : 1u));
  if (o.out == F32) return r.step(0, 1, 0x5B, -1, x);
  if (o.in == F32) return r.compare(x, r.constant(0), 4);
  return contrary(r.integer(0x76, x, r.constant(0)));
}
int32_t Coder::operation(int i) {
  const Op& o = b.ops[i];
  int32_t v;
  if (o.code == Code::where_) v = recipe.choose(of(o.args[0]), of(o.args[1]), of(o.args[2]));
  else if (o.code == Code::cast_) v = cast(o);
  else v = isFloat(o.in) ? floats(o) : integers(o);
  return valueOf[size_t(first + i)] = v;
}
void Coder::store(int32_t reg, int32_t v, DType d, bool streams) {
  Recipe& r = recipe;
  if (d != Bool) {
    r.lines.push_back({streams ? Line::stream : Line::store, 0, 1, 0, true, -1, reg, v, -1, -1, false});
    return;
  }
  // Eight masks to eight bytes of 0 or 1.
  const int32_t upper = r.made();
  r.lines.push_back({Line::upper, 1, 3, 0x39, true, 1, upper, v, -1, -1, false});
  const int32_t words = r.step(1, 1, 0x6B, v, upper, -1, -1, false), bytes = r.step(1, 1, 0x63, words, words, -1, -1, false);
  r.lines.push_back({Line::eight, 1, 1, 0xD6, false, -1, reg, r.step(1, 1, 0xDB, bytes, r.bits(0x01010101u), -1, -1, false), -1, -1, false});
}

}  // namespace cot
