// The x86-64 instructions that loops are made of: VEX encodings over 256-bit vectors, EVEX ones over 512-bit vectors, a few
// integer ones to count with.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "core/types.hpp"

namespace cot {

enum Gpr : int8_t { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 };
/// A vector register, [base + (rax << scale) + disp], [base + disp] (scale < 0), or a constant in the code's own pool.
struct Place {
  enum Kind : int8_t { vector, memory, pool } kind;
  int8_t number;        // of the register, or the base
  int8_t scale;
  int32_t disp;         // or the word of the pool
  bool one = false;     // one element, which EVEX reads as if all lanes were there
  static Place reg(int n) { return {vector, int8_t(n), -1, 0}; }
  static Place at(int base, int scale, int32_t disp, bool one = false) { return {memory, int8_t(base), int8_t(scale), disp, one}; }
  static Place constant(int32_t word, bool one) { return {pool, 0, -1, word, one}; }
};
/// An instruction but for its operands: `pp` 0 none, 1 66, 2 F3, 3 F2; `map` 1 0F, 2 0F38, 3 0F3A; of vectors of so many bits, in
/// memory perhaps half of them; `wide` elements are of 8 bytes (or 2) where `pp` says 4 (or 1).
struct Opcode {
  int8_t pp, map;
  uint8_t op;
  int16_t bits;
  int32_t immediate = -1;
  bool halves = false, wide = false;
  bool zeroes = false;   // lanes outside a mask become 0
};

class Assembler {
 public:
  std::vector<uint8_t> bytes;

  void byte(int b) { bytes.push_back(uint8_t(b)); }
  void word(int32_t w) {
    for (int i = 0; i < 4; i++) byte(w >> (8 * i));
  }
  /// op dst, a, x
  void vex(const Opcode& o, int dst, int a, const Place& x) {
    const bool b = x.kind != Place::pool && x.number >= 8;
    byte(0xC4);
    byte((dst < 8 ? 0x80 : 0) | 0x40 | (b ? 0 : 0x20) | o.map);   // rax is the only index
    byte(((~a & 15) << 3) | (o.bits == 256 ? 4 : 0) | o.pp);
    byte(o.op);
    operand(dst & 7, x, 1, o.immediate);
  }
  /// The same with 32 vectors, over elements of 4 bytes, or 8 if `wide`, in the lanes of a mask (0: all).
  void evex(const Opcode& o, bool wide, int dst, int a, const Place& x, int mask = 0) {
    const int low = x.kind == Place::pool ? 0 : x.number >> 3 & 1, high = x.kind == Place::vector ? x.number >> 4 : 0;
    const auto clear = [](int bit, int at) { return (~bit & 1) << at; };
    byte(0x62);
    byte(clear(dst >> 3, 7) | clear(high, 6) | clear(low, 5) | clear(dst >> 4, 4) | o.map);
    byte((wide || o.wide ? 0x80 : 0) | (~a & 15) << 3 | 4 | o.pp);
    byte((o.zeroes && mask > 0 ? 0x80 : 0) | (o.bits >> 8) << 5 | (x.one ? 0x10 : 0) | clear(a >> 4, 3) | mask);
    byte(o.op);
    operand(dst & 7, x, x.one ? (wide ? 8 : 4) : o.bits / (o.halves ? 16 : 8), o.immediate);
  }
  /// mov to, [base + disp]
  void load64(int to, int base, int32_t disp) {
    byte(0x48 | (to >= 8 ? 4 : 0) | (base >= 8 ? 1 : 0));
    byte(0x8B);
    operand(to & 7, Place::at(base, -1, disp), 1, -1);
  }
  /// Brings a line of memory into the caches; of what is not there nothing comes.
  void prefetch(const Place& x) {
    if (x.number >= 8) byte(0x41);
    byte(0x0F); byte(0x18);
    operand(1, x, 1, -1);
  }
  void push(int r) { if (r >= 8) byte(0x41); byte(0x50 | (r & 7)); }
  void pop(int r) { if (r >= 8) byte(0x41); byte(0x58 | (r & 7)); }
  /// Room of `bytes` at rsp, aligned to 64; rbp keeps where it was.
  void openFrame(int32_t bytes) {
    byte(0x48); byte(0x89); byte(0xE5);                // mov rbp, rsp
    byte(0x48); byte(0x83); byte(0xE4); byte(0xC0);    // and rsp, -64
    byte(0x48); byte(0x81); byte(0xEC); word(bytes);   // sub rsp, bytes
  }
  void closeFrame() { byte(0x48); byte(0x89); byte(0xEC); }
  void setR11(int32_t n) { byte(0x41); byte(0xBB); word(n); }
  /// r11 = rdi + n - rax
  void leftToR11(int32_t n) {
    byte(0x4C); byte(0x8D); byte(0x9F); word(n);   // lea r11, [rdi + n]
    byte(0x49); byte(0x29); byte(0xC3);
  }
  void zeroRax() { byte(0x31); byte(0xC0); }
  void setRdi(int32_t n) { byte(0xBF); word(n); }
  void addRdi(int32_t n) { byte(0x48); byte(0x81); byte(0xC7); word(n); }
  void addRax(int32_t n) { byte(0x48); byte(0x05); word(n); }
  void compareRaxRdi() { byte(0x48); byte(0x39); byte(0xF8); }
  void leave() {
    byte(0xC5); byte(0xF8); byte(0x77);   // vzeroupper
  }
  void ret() { byte(0xC3); }
  enum Condition { equal = 0x84, less = 0x8C, lessEqual = 0x8E, greater = 0x8F };
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

  /// Words of 64 bits behind the code, aligned as one vector.
  int32_t constant(const std::vector<uint64_t>& words) {
    const size_t n = words.size();
    size_t at = 0;
    for (; at < pool.size(); at += n)
      if (at + n <= pool.size() && std::equal(words.begin(), words.end(), pool.begin() + int64_t(at))) return int32_t(at);
    pool.resize(at);
    pool.insert(pool.end(), words.begin(), words.end());
    return int32_t(at);
  }
  /// Writes the pool and makes every reference point into it.
  void finish() {
    while (bytes.size() % 64 != 0) byte(0xCC);
    const size_t start = bytes.size();
    for (const uint64_t bits : pool)
      for (int i = 0; i < 2; i++) word(int32_t(uint32_t(bits >> 32 * i)));
    for (const Reference& r : references) patch(r.at, int32_t(int64_t(start) + 8 * r.which - int64_t(r.end)));
    references.clear();
    pool.clear();
  }

 private:
  struct Reference { size_t at, end; int32_t which; };
  std::vector<uint64_t> pool;
  std::vector<Reference> references;

  void patch(size_t at, int32_t v) { std::memcpy(&bytes[at], &v, 4); }
  /// The operands' bytes and the immediate; a short displacement counts in `unit`s.
  void operand(int reg, const Place& x, int unit, int immediate) {
    if (x.kind == Place::vector) {
      byte(0xC0 | reg << 3 | (x.number & 7));
    } else if (x.kind == Place::pool) {
      byte(reg << 3 | 5);
      references.push_back({bytes.size(), bytes.size() + (immediate >= 0 ? 5 : 4), x.disp});
      word(0);
    } else {
      address(reg, x, unit);
    }
    if (immediate >= 0) byte(immediate);
  }
  void address(int reg, const Place& x, int unit) {
    const bool shortly = x.disp % unit == 0 && x.disp / unit >= -128 && x.disp / unit < 128;
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
    if (shortly) byte(x.disp / unit);
    else word(x.disp);
  }
};

}  // namespace cot
