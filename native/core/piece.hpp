// A piece of a function: lines with pointers to what they read and write, gone through once or in a loop.
#pragma once
#include "core/coder.hpp"
#include "core/turn.hpp"

namespace cot {

/// Vectors that a turn goes through at most: arithmetic alone waits for memory, long chains for each other.
constexpr int mostLight = 2;
inline int mostHeavy(const Format& f) { return f.evex() ? 8 : 4; }
/// Of so many in all those that leave the fewest to go one by one.
int sideBySide(const Format& f, int64_t vectors);

struct Piece {
  Coder coder;
  int lanes;                       // of a vector
  TurnShape shape{1, 0, {}, {}, {}};
  std::vector<int> pointerOf;      // by register: a general one, or -1
  int used = 0;                    // of those

  Piece(const Body& body, Format f, Coder::Way way, bool tail = false) : coder(body, f, way, tail), lanes(f.lanes()) {}
  bool empty() const { return coder.recipe.lines.empty(); }
  /// Chooses pointers and vectors, when all lines are there; `places` by register.
  void settle(int places, int mostCopies);
  Place place(Assembler& a, int32_t reg, int copy) const;
  /// Elements 0..n with n in rdi: several vectors a turn, then one. The index is left in rax, n - lanes in rdi.
  void loop(Assembler& a) const;
  void once(Assembler& a) const;
  /// The last elements from rax on, of the last vector as many as r11 says.
  void last(Assembler& a) const;

 private:
  void open(Assembler& a) const;
  void aim(Assembler& a) const;
  PlaceOf places() const { return [this](Assembler& a, int32_t r, int copy) { return place(a, r, copy); }; }
};
/// A function's entry and return, around pieces.
void enter(Assembler& a, const Format& f, int pointers, int spills);
void leave(Assembler& a, int pointers);

}  // namespace cot
