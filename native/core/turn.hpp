// Steps as machine code: one turn of a loop goes through several vectors side by side, so that one waits while another
// computes. A value is in a vector, in memory, or both; when vectors run out, the one whose next use is farthest leaves.
#pragma once
#include <functional>

#include "core/schedule.hpp"

namespace cot {

/// Where copy `copy` of a body's register lies.
using PlaceOf = std::function<Place(Assembler&, int32_t reg, int copy)>;
struct Pin { int32_t value; int vector; };
struct Tally { int spills, most; };

/// Writes one turn: the lines of `copies` vectors in this order.
Tally writeTurn(Assembler& a, const Recipe& r, const PlaceOf& place, const std::vector<Pin>& pins, int copies, const std::vector<At>& order);

/// What a turn should be: as many vectors side by side as find room.
struct TurnShape {
  int copies, spills;
  std::vector<Pin> pins;
  std::vector<At> order, single;   // of a turn's lines, and of one vector's
};
TurnShape shapeOf(const Recipe& r, const PlaceOf& place, int mostCopies);
Place constantOf(Assembler& a, const Format& f, const std::vector<uint64_t>& words);
/// From memory, the pool or another vector into a vector.
void bring(Assembler& a, const Format& f, int to, Place from);
/// Brings what a turn finds in its vectors there.
void writePins(Assembler& a, const Recipe& r, const PlaceOf& place, const std::vector<Pin>& pins);

/// The mask of a tail, of which r11 says how many elements it has.
void writeTail(Assembler& a, const Format& f);

}  // namespace cot
