// Vector code before it has registers: each line makes one value of others. Values are places in memory, constants, or
// what a line made; a line is written for each of the vectors that a turn of a loop goes through.
#pragma once
#include <vector>

#include "core/assembler.hpp"
#include "core/ops.hpp"

namespace cot {

constexpr uint64_t twice(uint32_t bits) { return uint64_t(bits) << 32 | bits; }

/// What code computes with: vectors of so many bytes (32 by VEX, 64 by EVEX), of elements of so many.
struct Format {
  int bytes, size;
  int lanes() const { return bytes / size; }
  bool evex() const { return bytes == 64; }
  bool doubles() const { return size == 8; }
  int vectors() const { return evex() ? 32 : 16; }
  int16_t bits() const { return int16_t(8 * bytes); }
  /// What is the same in all lanes, which EVEX reads as one element.
  std::vector<uint64_t> all(uint64_t word) const { return std::vector<uint64_t>(evex() ? 1 : 4, word); }
};
struct Value {
  enum Home : int8_t { made, memory, pool, kept } home;
  int32_t at;              // the body's register, the constant, or the vector that keeps it (those before it, of other copies)
  bool same;               // for every vector of a turn
  bool mask = false;       // of EVEX, in a register of masks
};
struct Line {
  enum Kind : int8_t { compute, fused, shift, upper, masks, store, stream, prefetch } kind;   // upper: into the operand that may lie in memory; masks: of those, into one
  Opcode code;
  int32_t dst;             // the value made, or the body's register whose place is written
  int32_t a, x, third;     // operands or none (-1); x may lie in memory; the third chooses, or is where a fused step writes
  bool serial = false;     // with its serial neighbours, one vector after the other: they go on with what the last one gave
};

/// The code of one vector. What a comparison gives is a mask: all bits of a lane in a vector of VEX, one bit in a register of
/// masks of EVEX.
class Recipe {
 public:
  const Format format;
  std::vector<Value> values;
  std::vector<Line> lines;
  std::vector<std::vector<uint64_t>> constants;
  int32_t tail = -1;       // of the last elements: the mask of the lanes that there are

  explicit Recipe(Format f) : format(f) {}
  int32_t value(Value v) {
    values.push_back(v);
    return int32_t(values.size()) - 1;
  }
  /// What lies at a register's place, elements of so many bytes; where there is none, zeros.
  int32_t memory(int32_t reg, bool same, int size);
  /// From here on lines are of the last elements: no place is read or written past its end.
  void end() { tail = value({Value::kept, tailAt(format), true, format.evex()}); }
  static int32_t tailAt(const Format& f) { return f.evex() ? 39 : 0; }   // k7
  int32_t pooled(const std::vector<uint64_t>& words) {
    for (size_t i = 0; i < values.size(); i++)
      if (values[i].home == Value::pool && constants[size_t(values[i].at)] == words) return int32_t(i);
    constants.push_back(words);
    return value({Value::pool, int32_t(constants.size()) - 1, true});
  }
  int32_t constant(uint64_t bits) { return pooled(format.all(bits)); }
  int32_t made() { return value({Value::made, 0, false}); }
  int32_t line(Line::Kind kind, const Opcode& code, int32_t a, int32_t x, int32_t third = -1) {
    const int32_t d = made();
    lines.push_back({kind, code, d, a, x, third});
    return d;
  }
  int32_t step(int pp, int map, int op, int32_t a, int32_t x, int immediate = -1) {
    return line(Line::compute, {int8_t(pp), int8_t(map), uint8_t(op), format.bits(), immediate}, a, x);
  }

  // ---- floats, of the format's size ----
  int32_t real(int op, int32_t a, int32_t x, int immediate = -1) { return step(format.doubles() ? 1 : 0, 1, op, a, x, immediate); }
  int32_t add(int32_t a, int32_t x) { return real(0x58, a, x); }
  int32_t sub(int32_t a, int32_t x) { return real(0x5C, a, x); }
  int32_t mul(int32_t a, int32_t x) { return real(0x59, a, x); }
  int32_t div(int32_t a, int32_t x) { return real(0x5E, a, x); }
  /// p * a + x, c - a * x and a * x - c, rounded once.
  int32_t fused(int32_t p, int32_t a, int32_t x) { return line(Line::fused, {1, 2, 0xA8, format.bits()}, a, x, p); }
  int32_t fusedFrom(int32_t c, int32_t a, int32_t x) { return line(Line::fused, {1, 2, 0xBC, format.bits()}, a, x, c); }
  int32_t fusedLess(int32_t a, int32_t x, int32_t c) { return line(Line::fused, {1, 2, 0xBA, format.bits()}, a, x, c); }
  int32_t root(int32_t x) { return real(0x51, -1, x); }
  /// a < x ? a : x, and the same with >: x where either is NaN.
  int32_t lesser(int32_t a, int32_t x) { return real(0x5D, a, x); }
  int32_t greater(int32_t a, int32_t x) { return real(0x5F, a, x); }
  int32_t both(int32_t a, int32_t x) { return real(0x54, a, x); }
  int32_t either(int32_t a, int32_t x) { return real(0x56, a, x); }
  int32_t differ(int32_t a, int32_t x) { return real(0x57, a, x); }
  /// Elements of a table of 16 by the last four bits of an index.
  int32_t looked(int32_t index, const float* table);
  int32_t rounded(int32_t x, int mode) { return step(1, 3, format.doubles() ? 9 : 8, -1, x, mode); }
  /// Where of two the greater (or lesser) is; NaN stays, of two zeros +0 is greater.
  int32_t extremum(int32_t x, int32_t y, bool greater);

  // ---- masks ----
  int32_t compare(int32_t a, int32_t x, int predicate) { return flagged(real(0xC2, a, x, predicate)); }
  enum Order : int8_t { equal = 0, below = 1, notEqual = 4, notBelow = 5 };
  /// The same of i32.
  int32_t compareWhole(int32_t a, int32_t x, Order order);
  int32_t choose(int32_t mask, int32_t yes, int32_t no);
  /// x, or no bits.
  int32_t masked(int32_t mask, int32_t x) { return format.evex() ? choose(mask, x, constant(0)) : both(mask, x); }
  enum Logic : int8_t { and_, or_, xor_ };
  int32_t logic(Logic how, int32_t a, int32_t x);
  int32_t contrary(int32_t mask);
  /// A bool is a byte in memory.
  int32_t loadedMask(int32_t reg, bool same);
  void storeMask(int32_t reg, int32_t mask);

  // ---- f32 and i32 ----
  int32_t number(float v) {
    uint32_t bits;
    __builtin_memcpy(&bits, &v, 4);
    return constant(twice(bits));
  }
  int32_t bits(uint32_t b) { return constant(twice(b)); }
  enum Shift : int8_t { right = 2, rightSigned = 4, left = 6 };
  int32_t shifted(int32_t x, Shift how, int by) { return line(Line::shift, {1, how, 0x72, format.bits(), by}, x, -1); }
  int32_t integer(int op, int32_t a, int32_t x) { return step(1, 1, op, a, x); }   // 0xFE adds, 0xFA subtracts
  int32_t real32(int32_t whole) { return step(0, 1, 0x5B, -1, whole); }

  // ---- halves: words beside each other in half a vector, or the lower ones of lanes ----
  int16_t halfBits() const { return int16_t(format.bits() / 2); }
  int32_t loadedWords(int32_t reg) {
    const int32_t words = memory(reg, false, 2);
    return tail >= 0 ? words : line(Line::compute, {0, 1, 0x10, halfBits()}, -1, words);
  }
  /// One word, in so many bits.
  int32_t spreadWord(int32_t reg, int16_t bits) { return spread(reg, 0x79, bits); }
  int32_t widened(int32_t words) { return line(Line::compute, {1, 2, 0x33, format.bits(), -1, true}, -1, words); }
  /// The words of lanes that have nothing above them.
  int32_t narrowed(int32_t lanes);
  int32_t fromF16(int32_t words) { return line(Line::compute, {1, 2, 0x13, format.bits(), -1, true}, -1, words); }
  int32_t toF16(int32_t x) { return line(Line::upper, {1, 3, 0x1D, format.bits(), 0, true}, x, -1); }
  /// To the nearest bf16, which is a float that ends in zeros.
  int32_t roundedToBf16(int32_t x);

  /// Writes a vector of elements of so many bytes to the place of `reg`, or its first element where all are the same.
  void store(int32_t reg, int32_t value, bool streams, bool one, int size);
  /// So many bytes behind a register's place.
  void prefetch(int32_t reg, int32_t distance) { lines.push_back({Line::prefetch, {0, 0, 0, 0, distance}, reg, -1, -1, -1}); }
  /// The upper 256 bits of 512.
  int32_t upperHalf(int32_t x) { return line(Line::upper, {1, 3, 0x1B, 512, 1}, x, -1); }

 private:
  int32_t spread(int32_t reg, uint8_t op, int16_t bits) { return line(Line::compute, {1, 2, op, bits}, -1, value({Value::memory, reg, false})); }
  /// Moves the lanes of a mask, from or to memory.
  Opcode partial(int size, bool stores) const;
  int32_t flagged(int32_t v) {
    values[size_t(v)].mask = format.evex();
    return v;
  }
};

/// Whether a float function is made of lines, and those.
bool inlined(Code code);
int32_t linesOf(Recipe& r, Code code, int32_t x);

}  // namespace cot
