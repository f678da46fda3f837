#include "core/steps.hpp"

#include <cstring>

namespace cot {

Opcode Recipe::partial(int size, bool stores) const {
  if (!format.evex()) return {1, 2, uint8_t((size == 8 ? 0x2D : 0x2C) + (stores ? 2 : 0)), 256};
  const bool floats = size >= 4;
  Opcode o{int8_t(size == 8 ? 1 : floats ? 0 : 3), 1, uint8_t(floats ? (stores ? 0x11 : 0x10) : stores ? 0x7F : 0x6F), int16_t(8 * size * format.lanes())};
  o.wide = size == 2;
  o.zeroes = !stores;
  return o;
}
int32_t Recipe::memory(int32_t reg, bool same, int size) {
  const int32_t at = value({Value::memory, reg, same});
  if (same || tail < 0) return at;
  const bool evex = format.evex();
  return line(Line::compute, partial(size, false), evex ? -1 : tail, at, evex ? tail : -1);
}
int32_t Recipe::extremum(int32_t x, int32_t y, bool greater) {
  if (format.evex()) {
    // The instruction knows zeros, but prefers numbers to NaN.
    const int32_t numbers = step(1, 3, 0x50, x, y, greater ? 5 : 4);
    return choose(compare(x, y, 3), add(x, y), numbers);
  }
  const int32_t equal = compare(y, x, 0), nan = compare(y, y, 3);
  const int32_t take = either(both(equal, greater ? x : y), nan);   // a choice looks at signs only
  return choose(take, y, greater ? this->greater(y, x) : lesser(y, x));
}
int32_t Recipe::looked(int32_t index, const float* table) {
  const auto part = [&](int from) {
    std::vector<uint64_t> words(size_t(format.bytes / 8));
    std::memcpy(words.data(), table + from, size_t(format.bytes));
    return step(1, 2, 0x16, index, pooled(words));
  };
  if (format.evex()) return part(0);
  const int32_t low = part(0), high = part(8);
  return choose(shifted(index, left, 28), high, low);   // by the fourth bit
}
int32_t Recipe::compareWhole(int32_t a, int32_t x, Order order) {
  if (format.evex()) return flagged(step(1, 3, 0x1F, a, x, order));
  const int32_t mask = order == equal || order == notEqual ? integer(0x76, a, x) : integer(0x66, x, a);
  return order >= notEqual ? contrary(mask) : mask;
}
int32_t Recipe::choose(int32_t mask, int32_t yes, int32_t no) {
  if (values[size_t(yes)].mask) return logic(xor_, no, logic(and_, mask, logic(xor_, yes, no)));
  if (format.evex()) return line(Line::compute, {1, 2, 0x65, 512}, no, yes, mask);
  return line(Line::compute, {1, 3, uint8_t(format.doubles() ? 0x4B : 0x4A), 256, 0}, no, yes, mask);
}
int32_t Recipe::logic(Logic how, int32_t a, int32_t x) {
  constexpr uint8_t ofMasks[] = {0x41, 0x45, 0x47}, ofVectors[] = {0xDB, 0xEB, 0xEF};
  if (!format.evex()) return integer(ofVectors[how], a, x);
  return flagged(line(Line::masks, {0, 1, ofMasks[how], 256}, a, x));
}
int32_t Recipe::contrary(int32_t mask) {
  if (!format.evex()) return integer(0xEF, mask, bits(0xFFFFFFFFu));
  return flagged(line(Line::masks, {0, 1, 0x44, 128}, -1, mask));
}
int32_t Recipe::loadedMask(int32_t reg, bool same) {
  const int32_t bytes = same ? spread(reg, 0x78, 128) : memory(reg, false, 1), zero = constant(0);
  if (!format.evex()) return integer(0x66, step(1, 2, 0x31, -1, bytes), zero);
  return flagged(line(Line::compute, {1, 3, 0x3F, 128, notEqual}, zero, bytes));
}
void Recipe::storeMask(int32_t reg, int32_t mask) {
  if (format.evex()) {
    // All bits of a byte are -1, whose size is 1.
    const int32_t all = line(Line::compute, {2, 2, 0x28, 128}, -1, mask), bytes = line(Line::compute, {1, 2, 0x1C, 128}, -1, all);
    return store(reg, bytes, false, false, 1);
  }
  const int32_t upper = line(Line::upper, {1, 3, 0x39, 256, 1}, mask, -1);
  const int32_t words = line(Line::compute, {1, 1, 0x6B, 128}, mask, upper), bytes = line(Line::compute, {1, 1, 0x63, 128}, words, words);
  lines.push_back({Line::store, {1, 1, 0xD6, 128}, reg, line(Line::compute, {1, 1, 0xDB, 128}, bytes, bits(0x01010101u)), -1, -1});
}
int32_t Recipe::narrowed(int32_t lanes) {
  if (format.evex()) return line(Line::upper, {2, 2, 0x33, 512, -1, true}, lanes, -1);
  return line(Line::compute, {1, 2, 0x2B, 128}, lanes, line(Line::upper, {1, 3, 0x39, 256, 1}, lanes, -1));
}
int32_t Recipe::roundedToBf16(int32_t x) {
  const int32_t odd = both(shifted(x, right, 16), bits(1)), nearest = integer(0xFE, integer(0xFE, x, bits(0x7FFF)), odd);
  // An instruction of EVEX puts a quiet x where x is NaN.
  const int32_t number = format.evex() ? line(Line::fused, {1, 3, 0x54, 512, 0}, x, bits(0x22), nearest) : choose(compare(x, x, 3), either(x, bits(0x400000)), nearest);
  return both(number, bits(0xFFFF0000u));
}
void Recipe::store(int32_t reg, int32_t value, bool streams, bool one, int size) {
  if (tail >= 0) return lines.push_back({Line::store, partial(size, true), reg, value, -1, tail});
  const bool first = one && format.evex();
  const Opcode whole{0, 1, uint8_t(streams ? 0x2B : 0x11), int16_t(8 * size * format.lanes())}, single{2, 1, 0x11, 128};
  lines.push_back({streams ? Line::stream : Line::store, first ? single : whole, reg, value, -1, -1});
}

}  // namespace cot
