// Machine code for the operations of a loop, on x86-64 with AVX2: a group of operations runs vector by vector, its values in
// registers, instead of operation by operation over a block. What it reads and writes lies where the block loop puts it
// (cpu/block.hpp), so whatever is not taken here (other functions and dtypes, the last few elements of a block) runs as
// ever, and the bits are the same. COTANGENT_EMIT=0 switches it off.
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

/// Whether code may be emitted: this machine runs it and nobody said no.
bool emits();
/// For tests: code for plans decoded from now on, or none.
void setEmits(bool on);

/// The code of a whole plan while it is decoded.
class Emitter {
 public:
  /// Lanes of a group that may hold the operation among others of `lanes`.
  static bool takes(const Op& op, int lanes);
  /// Code for a group; `outside` marks the registers that are read by others than its own operations.
  void emit(const Body& body, Group& group, const List<bool>& outside);
  /// Whether all of a loop's row can be one function.
  static bool takesRows(const Loop& loop);
  void emitRows(Loop& loop);
  /// Groups and rows find their code from here on.
  void finish(CodePages& pages);

 private:
  struct Made { GroupFn* fn; size_t offset; };
  Assembler code;
  std::vector<Made> made;
};

}  // namespace cot
