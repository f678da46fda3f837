#include "core/passes.hpp"

#include <vector>

#include "cpu/kernels.hpp"

namespace cot {
namespace {

struct Joiner {
  Body& body;
  const int first;
  std::vector<int> readers;   // by register; a sink counts as two, for it reads what lies in memory

  explicit Joiner(Loop& l) : body(l.body), first(l.body.sources.size), readers(size_t(first + l.body.ops.size), 0) {
    for (const Op& op : body.ops)
      for (int k = 0; k < 4; k++) readers[size_t(op.args[k])] += !repeats(op, k);
    for (const Sink& s : l.sinks) readers[size_t(s.reg)] += 2;
  }
  static bool repeats(const Op& op, int k) {
    for (int j = 0; j < k; j++)
      if (op.args[j] == op.args[k]) return true;
    return false;
  }
  /// Makes an operation a link, which goes on from register r.
  bool link(Op& op, int32_t r) const {
    const Made made = op.args[0] != r ? Made::right : op.args[1] != r ? Made::left : Made::all;
    if (op.row || op.in != op.out || (made == Made::right && op.args[1] != r)) return false;
    op.link = kernels().link(op.code, op.in, made);
    op.other = made == Made::left ? op.args[1] : op.args[0];
    return op.link.eight != nullptr;
  }
  bool goesOn(int i, DType d) const { return body.ops[i + 1].in == d && link(body.ops[i + 1], first + i); }
  /// Operations i.. that are one pass.
  int length(int i, int end) const {
    Op& head = body.ops[i];
    if (!link(head, head.args[0])) return 1;
    int n = 1;
    while (n < mostLinks && i + n < end && goesOn(i + n - 1, head.in)) n++;
    head.pass = n > 1 ? n : 0;
    return n;
  }
  void group(const Group& g) const {
    for (int i = g.from, after; i < g.to; i = after) {
      after = i + length(i, g.to);
      for (int k = i; k < after - 1; k++) body.ops[k].inner = readers[size_t(first + k)] == 1;
    }
  }
};

}  // namespace

void joinPasses(Loop& loop) {
  const Joiner all(loop);
  for (const Group& g : loop.body.groups) all.group(g);
}

}  // namespace cot
