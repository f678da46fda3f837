#include "core/piece.hpp"

#include <algorithm>

namespace cot {
namespace {

constexpr int general[] = {rcx, rdx, r8, r9, r10, rbx, r12, r13, r14, r15};
constexpr int generals = int(sizeof general / sizeof general[0]);
constexpr int firstSaved = 5;   // of `general`, belongs to the caller

}  // namespace

int sideBySide(const Format& f, int64_t vectors) {
  int best = mostHeavy(f);
  for (int n = best; 2 * n >= mostHeavy(f); n--)
    if (vectors % n < vectors % best) best = n;
  return int(std::min(vectors, int64_t(best)));
}
/// The registers whose places are met most often have pointers of their own.
void Piece::settle(int places_, int mostCopies) {
  std::vector<int> met(size_t(places_), 0), order;
  const Recipe& r = coder.recipe;
  for (const Line& l : r.lines) {
    for (const int32_t v : {l.a, l.x, l.third})
      if (v >= 0 && r.values[size_t(v)].home == Value::memory) met[size_t(r.values[size_t(v)].at)]++;
    if (l.kind >= Line::store) met[size_t(l.dst)]++;
  }
  for (int i = 0; i < places_; i++)
    if (met[size_t(i)] > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](int x, int y) { return met[size_t(x)] > met[size_t(y)]; });
  pointerOf.assign(size_t(places_), -1);
  for (const int i : order)
    if (used < generals) pointerOf[size_t(i)] = general[used++];
  shape = shapeOf(r, places(), mostCopies);
}
Place Piece::place(Assembler& a, int32_t r, int copy) const {
  int p = pointerOf[size_t(r)];
  if (p < 0) a.load64(p = r11, rsi, 8 * r);
  const int size = int(sizeOf(coder.dtype(r)));
  if (coder.same(r)) return Place::at(p, -1, 0, size >= 4);
  return Place::at(p, size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3, copy * lanes * size);
}
void Piece::aim(Assembler& a) const {
  for (size_t r = 0; r < pointerOf.size(); r++)
    if (pointerOf[r] >= 0) a.load64(pointerOf[r], rsi, 8 * int32_t(r));
}
void Piece::open(Assembler& a) const {
  aim(a);
  writePins(a, coder.recipe, places(), shape.pins);
  a.zeroRax();
}
void Piece::once(Assembler& a) const {
  open(a);
  writeTurn(a, coder.recipe, places(), shape.pins, 1, shape.single);
}
void Piece::last(Assembler& a) const {
  writeTail(a, coder.recipe.format);
  aim(a);
  writePins(a, coder.recipe, places(), shape.pins);
  writeTurn(a, coder.recipe, places(), shape.pins, shape.copies, shape.order);
}
void Piece::loop(Assembler& a) const {
  const auto turn = [&](int copies, const std::vector<At>& order) {
    const size_t top = a.here();
    writeTurn(a, coder.recipe, places(), shape.pins, copies, order);
    a.addRax(copies * lanes);
    a.compareRaxRdi();
    a.back(Assembler::lessEqual, top);
  };
  open(a);
  a.addRdi(-shape.copies * lanes);
  const size_t tooShort = a.jump(Assembler::less);
  turn(shape.copies, shape.order);
  a.land(tooShort);
  if (shape.copies == 1) return;
  a.addRdi((shape.copies - 1) * lanes);
  a.compareRaxRdi();
  const size_t none = a.jump(Assembler::greater);
  turn(1, shape.single);
  a.land(none);
}
void enter(Assembler& a, const Format& f, int pointers, int spills) {
  a.push(rbp);
  for (int i = firstSaved; i < pointers; i++) a.push(general[i]);
  a.openFrame(f.bytes * spills);
}
void leave(Assembler& a, int pointers) {
  a.closeFrame();
  for (int i = pointers; i-- > firstSaved;) a.pop(general[i]);
  a.pop(rbp);
  a.ret();
  a.finish();
}

}  // namespace cot
