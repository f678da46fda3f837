// Machine code for the operations of a loop, on x86-64 with AVX2 or AVX-512: a group of operations runs vector by vector, its values in
// registers, instead of operation by operation over a block. What it reads and writes lies where the block loop puts it
// (cpu/block.hpp), so whatever is not taken here (other functions and dtypes) runs as ever, and the bits are the same.
// COTANGENT_EMIT=0 switches it off, COTANGENT_EMIT=256 keeps it to AVX2.
#pragma once
#include <vector>

#include "core/assembler.hpp"
#include "core/plan.hpp"

namespace cot {

/// Memory that was written once and may be executed from then on; never both at a time.
class CodePages {
 public:
  CodePages() = default;
  CodePages(const CodePages&) = delete;
  ~CodePages();
  /// Null where the system does not allow it.
  const uint8_t* seal(const std::vector<uint8_t>& bytes);

 private:
  void* at = nullptr;
  size_t held = 0;
};

/// Bytes of the vectors that code may use: of what this machine runs and nobody forbade; none where no code is emitted.
int emits();
/// For tests: vectors of no more bits in plans decoded from now on.
void setEmits(int bits);

/// The code of a whole plan while it is decoded.
class Emitter {
 public:
  /// Whether a group of doubles, or of smaller elements, may hold the operation.
  static bool takes(const Op& op, bool doubles);
  /// Whether code of a group can stop anywhere: AVX2 has no masks for bytes and words in memory.
  static bool tails(const Body& body, const Group& group, const List<bool>& outside);
  /// Code for a group; `outside` marks the registers that are read by others than its own operations.
  void emit(const Body& body, Group& group, const List<bool>& outside);
  /// Whether all of a loop's row can be one function.
  static bool takesRows(const Loop& loop, int bytes);
  void emitRows(Loop& loop, int bytes);
  /// Groups and rows find their code from here on.
  void finish(CodePages& pages);

 private:
  struct Made { GroupFn* fn; size_t offset; };
  Assembler code;
  std::vector<Made> made;

  void write(const Body& body, const Group& group, const List<bool>& outside, bool streams, GroupFn* fn);
};

}  // namespace cot
