// The operations of a loop's body as steps.
#pragma once
#include "core/plan.hpp"
#include "core/steps.hpp"

namespace cot {

class Coder {
 public:
  Recipe recipe;

  /// How code meets a body: blocks; one row, so that what is one value a row is the same everywhere; or all of one row, where
  /// what its reductions gave lies at registers past the body's, one a sink.
  enum Way { blocks, row, wholeRow };
  /// `tail`: of the last elements, fewer than a vector has lanes.
  Coder(const Body& body, Format format, Way way, bool tail);
  /// The value of a register: what an operation here gave, or what lies in memory. Of f16 it is words beside each other, of
  /// bf16 the floats that they are.
  int32_t of(int32_t reg);
  /// Whether an operation is how a source is read: a half as the float that it is. Each piece of a row does that for itself.
  static bool reads(const Body& body, int i) {
    const Op& o = body.ops[i];
    return o.code == Code::cast_ && isHalf(o.in) && !o.row && o.args[0] < body.sources.size;
  }
  /// The steps of an operation.
  int32_t operation(int i);
  /// Writes a register's value to the place of `reg`.
  void store(int32_t reg, int32_t value, DType d, bool streams);
  /// From here on the register is this value.
  void give(int32_t reg, int32_t value) { valueOf[size_t(reg)] = value; }
  int registers() const { return first + b.ops.size; }
  DType dtype(int32_t reg) const { return reg < first ? b.sources[reg].dtype : reg < registers() ? b.ops[reg - first].out : F32; }
  /// The same element everywhere, or all along the row.
  bool same(int32_t reg) const;

 private:
  const Body& b;
  const int first;
  const Way way;
  std::vector<int32_t> valueOf;

  int32_t floats(const Op& o);
  int32_t integers(const Op& o);
  int32_t masks(const Op& o);
  int32_t cast(const Op& o);
  int32_t half(int32_t reg);
  int32_t choice(const Op& o);
};

}  // namespace cot
