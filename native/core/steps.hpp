// Vector code before it has registers: each line makes one value of others. Values are places in memory, constants, or
// what a line made; a line is written for each of the vectors that a turn of a loop goes through.
#pragma once
#include <vector>

#include "core/ops.hpp"
#include "core/types.hpp"

namespace cot {

constexpr uint64_t twice(uint32_t bits) { return uint64_t(bits) << 32 | bits; }

struct Value {
  enum Home : int8_t { made, memory, pool, kept } home;
  int32_t at;              // the body's register, the constant, or the vector that keeps it
  bool same;               // for every vector of a turn
};
struct Line {
  enum Kind : int8_t { compute, shift, upper, store, stream, eight } kind;   // eight: the low half of a vector, stored
  int8_t prefix, map;      // as Assembler::vex; of a shift, which one
  uint8_t op;
  bool wide;
  int16_t immediate;
  int32_t dst;             // the value made, or the body's register whose place is written
  int32_t a, x, mask;      // operands or none (-1); x may lie in memory
  bool serial = false;     // with its serial neighbours, one vector after the other: they go on with what the last one gave
};

/// The code of one vector.
class Recipe {
 public:
  std::vector<Value> values;
  std::vector<Line> lines;
  std::vector<uint64_t> constants;

  int32_t value(Value v) {
    values.push_back(v);
    return int32_t(values.size()) - 1;
  }
  int32_t memory(int32_t reg, bool same) { return value({Value::memory, reg, same}); }
  int32_t constant(uint64_t bits) {
    for (size_t i = 0; i < values.size(); i++)
      if (values[i].home == Value::pool && constants[size_t(values[i].at)] == bits) return int32_t(i);
    constants.push_back(bits);
    return value({Value::pool, int32_t(constants.size()) - 1, true});
  }
  int32_t made(bool same = false) { return value({Value::made, 0, same}); }
  int32_t step(int prefix, int map, int op, int32_t a, int32_t x, int immediate = -1, int32_t mask = -1, bool wide = true) {
    const int32_t d = made();
    lines.push_back({Line::compute, int8_t(prefix), int8_t(map), uint8_t(op), wide, int16_t(immediate), d, a, x, mask, false});
    return d;
  }

  // ---- f32 ----
  int32_t number(float v) {
    uint32_t bits;
    __builtin_memcpy(&bits, &v, 4);
    return constant(twice(bits));
  }
  int32_t bits(uint32_t b) { return constant(twice(b)); }
  int32_t add(int32_t a, int32_t x) { return step(0, 1, 0x58, a, x); }
  int32_t sub(int32_t a, int32_t x) { return step(0, 1, 0x5C, a, x); }
  int32_t mul(int32_t a, int32_t x) { return step(0, 1, 0x59, a, x); }
  int32_t div(int32_t a, int32_t x) { return step(0, 1, 0x5E, a, x); }
  /// a < x ? a : x, and the same with >: x where either is NaN.
  int32_t lesser(int32_t a, int32_t x) { return step(0, 1, 0x5D, a, x); }
  int32_t greater(int32_t a, int32_t x) { return step(0, 1, 0x5F, a, x); }
  int32_t both(int32_t a, int32_t x) { return step(0, 1, 0x54, a, x); }
  int32_t either(int32_t a, int32_t x) { return step(0, 1, 0x56, a, x); }
  int32_t differ(int32_t a, int32_t x) { return step(0, 1, 0x57, a, x); }
  int32_t compare(int32_t a, int32_t x, int predicate) { return step(0, 1, 0xC2, a, x, predicate); }
  /// yes where the mask's sign is set.
  int32_t choose(int32_t mask, int32_t yes, int32_t no) { return step(1, 3, 0x4A, no, yes, 0, mask); }
  enum Shift : int8_t { right = 2, rightSigned = 4, left = 6 };
  int32_t shifted(int32_t x, Shift how, int by) {
    const int32_t d = made();
    lines.push_back({Line::shift, 1, how, 0x72, true, int16_t(by), d, x, -1, -1, false});
    return d;
  }
  int32_t integer(int op, int32_t a, int32_t x) { return step(1, 1, op, a, x); }   // 0xFE adds, 0xFA subtracts
};

/// Whether a float function is made of lines, and those.
bool inlined(Code code);
int32_t linesOf(Recipe& r, Code code, int32_t x);

}  // namespace cot
