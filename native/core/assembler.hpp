// The x86-64 instructions that loops are made of: VEX encodings over 256-bit vectors, a few integer ones to count with.
#pragma once
#include <cstring>
#include <vector>

#include "core/types.hpp"

namespace cot {

enum Gpr : int8_t { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 };
/// A vector register, [base + (rax << scale) + disp], [base + disp] (scale < 0), or a constant of the code's own pool.
struct Place {
  enum Kind : int8_t { vector, memory, pool } kind;
  int8_t number;        // of the register, or the base
  int8_t scale;
  int32_t disp;         // or which constant
  static Place reg(int n) { return {vector, int8_t(n), -1, 0}; }
  static Place at(int base, int scale, int32_t disp) { return {memory, int8_t(base), int8_t(scale), disp}; }
  static Place constant(int32_t which) { return {pool, 0, -1, which}; }
};

class Assembler {
 public:
  std::vector<uint8_t> bytes;

  void byte(int b) { bytes.push_back(uint8_t(b)); }
  void word(int32_t w) {
    for (int i = 0; i < 4; i++) byte(w >> (8 * i));
  }
  /// op dst, a, x; `pp` 0 ps, 1 66, 2 F3, 3 F2; `map` 1 0F, 2 0F38, 3 0F3A.
  void vex(int pp, int map, int op, int dst, int a, const Place& x, bool wide = true, int immediate = -1) {
    const bool b = x.kind != Place::pool && x.number >= 8;
    byte(0xC4);
    byte((dst < 8 ? 0x80 : 0) | 0x40 | (b ? 0 : 0x20) | map);   // rax is the only index
    byte(((~a & 15) << 3) | (wide ? 4 : 0) | pp);
    byte(op);
    operand(dst & 7, x, immediate >= 0 ? 1 : 0);
    if (immediate >= 0) byte(immediate);
  }
  /// mov to, [base + disp]
  void load64(int to, int base, int32_t disp) {
    byte(0x48 | (to >= 8 ? 4 : 0) | (base >= 8 ? 1 : 0));
    byte(0x8B);
    operand(to & 7, Place::at(base, -1, disp), 0);
  }
  void push(int r) { if (r >= 8) byte(0x41); byte(0x50 | (r & 7)); }
  void pop(int r) { if (r >= 8) byte(0x41); byte(0x58 | (r & 7)); }
  /// Room of `bytes` at rsp, 32-byte aligned; rbp keeps where it was.
  void openFrame(int32_t bytes) {
    byte(0x48); byte(0x89); byte(0xE5);                // mov rbp, rsp
    byte(0x48); byte(0x83); byte(0xE4); byte(0xE0);    // and rsp, -32
    byte(0x48); byte(0x81); byte(0xEC); word(bytes);   // sub rsp, bytes
  }
  void closeFrame() { byte(0x48); byte(0x89); byte(0xEC); }
  void zeroRax() { byte(0x31); byte(0xC0); }
  void setRdi(int32_t n) { byte(0xBF); word(n); }
  void addRdi(int32_t n) { byte(0x48); byte(0x81); byte(0xC7); word(n); }
  void addRax(int32_t n) { byte(0x48); byte(0x05); word(n); }
  void compareRaxRdi() { byte(0x48); byte(0x39); byte(0xF8); }
  void leave() {
    byte(0xC5); byte(0xF8); byte(0x77);   // vzeroupper
  }
  void ret() { byte(0xC3); }
  enum Condition { less = 0x8C, lessEqual = 0x8E, greater = 0x8F };
  /// A jump forward; `land` says where to.
  size_t jump(Condition c) {
    byte(0x0F); byte(c); word(0);
    return bytes.size();
  }
  void land(size_t from) { patch(from - 4, int32_t(bytes.size() - from)); }
  void back(Condition c, size_t to) {
    byte(0x0F); byte(c); word(int32_t(int64_t(to) - int64_t(bytes.size()) - 4));
  }
  size_t here() const { return bytes.size(); }

  /// Four times the same 64 bits, behind the code.
  int32_t constant(uint64_t bits) {
    for (size_t i = 0; i < pool.size(); i++)
      if (pool[i] == bits) return int32_t(i);
    pool.push_back(bits);
    return int32_t(pool.size()) - 1;
  }
  /// Writes the pool, 32-byte aligned, and makes every reference point into it.
  void finish() {
    while (bytes.size() % 32 != 0) byte(0xCC);
    const size_t start = bytes.size();
    for (const uint64_t bits : pool)
      for (int i = 0; i < 8; i++) word(int32_t(uint32_t(i % 2 == 0 ? bits : bits >> 32)));
    for (const Reference& r : references) patch(r.at, int32_t(int64_t(start) + 32 * r.which - int64_t(r.end)));
    references.clear();
    pool.clear();
  }

 private:
  struct Reference { size_t at, end; int32_t which; };
  std::vector<uint64_t> pool;
  std::vector<Reference> references;

  void patch(size_t at, int32_t v) { std::memcpy(&bytes[at], &v, 4); }
  void operand(int reg, const Place& x, int after) {
    if (x.kind == Place::vector) return byte(0xC0 | reg << 3 | (x.number & 7));
    if (x.kind == Place::pool) {
      byte(reg << 3 | 5);
      references.push_back({bytes.size(), bytes.size() + 4 + size_t(after), x.disp});
      return word(0);
    }
    const bool shortly = x.disp >= -128 && x.disp < 128;
    const int base = x.number & 7, mod = shortly ? 0x40 : 0x80;
    if (x.scale >= 0) {
      byte(mod | reg << 3 | 4);
      byte(x.scale << 6 | base);
    } else if (base == 4) {
      byte(mod | reg << 3 | 4);
      byte(0x24);
    } else {
      byte(mod | reg << 3 | base);
    }
    if (shortly) byte(x.disp);
    else word(x.disp);
  }
};

}  // namespace cot
