// All of one row as one function: stage by stage, first what is one value a row, then a loop along the row with its
// reductions in vectors. Eight lanes add in the order of cpu/fold.hpp, whose chunk a row may not be longer than; of sixteen
// the lower half is added to them and then the upper one. What is the greatest does not depend on the order.
#include <algorithm>

#include "core/emit.hpp"
#include "core/piece.hpp"
#include "cpu/fold.hpp"

namespace cot {
namespace {

bool folds(const Sink& s) { return s.kind != SinkKind::store && s.kind != SinkKind::row; }
bool foldTaken(const Sink& s) { return s.dtype == F32 && (s.kind == SinkKind::sum || s.kind == SinkKind::max || s.kind == SinkKind::min); }

struct RowWriter {
  Assembler& a;
  const Loop& l;
  const Format format;
  const int first, places;
  std::vector<Piece> pieces;       // of a stage: what is one value a row, then the loop

  RowWriter(Assembler& to, const Loop& loop, int bytes)
      : a(to), l(loop), format{bytes, 4}, first(l.body.sources.size), places(first + l.body.ops.size + l.sinks.size) {}
  int lane(int sink) const { return first + l.body.ops.size + sink; }
  int keptAt(int sink) const {
    int n = format.vectors() - 1;
    for (int k = 0; k < sink; k++) n -= folds(l.sinks[k]) && l.sinks[k].stage == l.sinks[sink].stage;
    return n;
  }
  /// Whether others than this piece read what an operation gives.
  bool outside(int i) const {
    const Op& op = l.body.ops[i];
    for (const Sink& s : l.sinks)
      if (s.reg == first + i && !folds(s)) return true;
    for (int j = i + 1; j < l.body.ops.size; j++)
      for (const int32_t x : l.body.ops[j].args)
        if (x == first + i && (l.body.ops[j].stage != op.stage || l.body.ops[j].row != op.row)) return true;
    return false;
  }
  void operations(Piece& p, int stage, bool row) const {
    for (int i = 0; i < l.body.ops.size; i++) {
      const Op& op = l.body.ops[i];
      if (op.stage != stage || op.row != row) continue;
      const int32_t v = p.coder.operation(i);
      if (outside(i)) p.coder.store(first + i, v, op.out, op.streamed >= 0);
    }
  }
  /// One reduction's lanes become its value in all of them (of a sum, in the lower eight): neighbours, then pairs, then halves.
  int32_t joined(Recipe& r, int32_t x, SinkKind kind) const {
    const auto with = [&](int32_t y) { x = kind == SinkKind::sum ? r.add(x, y) : r.extremum(x, y, kind == SinkKind::max); };
    for (const int how : {0xB1, 0x4E}) with(r.step(1, 3, 0x04, -1, x, how));
    with(format.evex() ? r.step(1, 3, 0x23, x, x, 0xB1) : r.step(1, 3, 0x06, x, x, 1));
    if (format.evex() && kind != SinkKind::sum) with(r.step(1, 3, 0x23, x, x, 0x4E));
    return x;
  }
  /// The lines by which a vector joins a reduction.
  void reduced(Recipe& r, int32_t kept, int32_t v, SinkKind kind) const {
    const int32_t upper = format.evex() && kind == SinkKind::sum ? r.upperHalf(v) : -1;
    const size_t from = r.lines.size();
    const auto eight = [&](int32_t x) {
      r.line(Line::compute, {0, 1, 0x58, 256}, kept, x);
      r.lines.back().dst = kept;
    };
    if (kind == SinkKind::sum) {
      eight(v);
      if (upper >= 0) eight(upper);
    } else {
      r.extremum(kept, v, kind == SinkKind::max);
      r.lines.back().dst = kept;
    }
    for (size_t i = from; i < r.lines.size(); i++) r.lines[i].serial = true;
  }
  template <class F> void foldsOf(int stage, const F& visit) const {
    for (int k = 0; k < l.sinks.size; k++)
      if (folds(l.sinks[k]) && l.sinks[k].stage == stage) visit(k, l.sinks[k]);
  }
  void between(int stage) {
    Piece p(l.body, format, Coder::wholeRow);
    foldsOf(stage - 1, [&](int k, const Sink& s) {
      const int32_t v = joined(p.coder.recipe, p.coder.recipe.value({Value::kept, keptAt(k), true}), s.kind);
      p.coder.store(lane(k), v, F32, false);
      for (int r = 0; r < first; r++)
        if (l.body.sources[r].kind == SourceKind::row && l.body.sources[r].sink == k) p.coder.give(r, v);
    });
    operations(p, stage, true);
    p.settle(places, 1);
    pieces.push_back(p);
  }
  void along(int stage) {
    Piece p(l.body, format, Coder::wholeRow);
    operations(p, stage, false);
    foldsOf(stage, [&](int k, const Sink& s) {
      const int32_t v = p.coder.of(s.reg);
      reduced(p.coder.recipe, p.coder.recipe.value({Value::kept, keptAt(k), true}), v, s.kind);
    });
    bool heavy = false;
    for (const Op& op : l.body.ops) heavy = heavy || (op.stage == stage && !op.row && op.in == F32 && inlined(op.code));
    p.settle(places, heavy ? 4 : 2);
    pieces.push_back(p);
  }
  void begin(int stage) {
    foldsOf(stage, [&](int k, const Sink& s) {
      const uint32_t unit = s.kind == SinkKind::sum ? 0 : s.kind == SinkKind::max ? 0xFF800000u : 0x7F800000u;
      bring(a, format, keptAt(k), Place::constant(a.constant(twice(unit))));
    });
  }
  void write() {
    for (int stage = 0; stage <= l.stages; stage++) {
      between(stage);
      if (stage < l.stages) along(stage);
    }
    int pointers = 0, spills = 0;
    for (const Piece& p : pieces) {
      pointers = std::max(pointers, p.used);
      spills = std::max(spills, p.shape.spills);
    }
    enter(a, format, pointers, spills);
    for (size_t i = 0; i < pieces.size(); i++) {
      if (i % 2 == 1) begin(int(i / 2));
      if (pieces[i].empty()) continue;
      if (i % 2 == 0) {
        pieces[i].once(a);
        continue;
      }
      a.setRdi(int32_t(l.length));
      pieces[i].loop(a);
    }
    leave(a, format, pointers);
  }
};

}  // namespace

bool Emitter::takesRows(const Loop& l) {
  if (!emits() || l.count < 256 || l.length < 8 || l.length > chunk || l.length % 8 != 0 || l.outer) return false;
  for (const Op& op : l.body.ops)
    if (!takes(op, false)) return false;
  int many = 0;
  for (const Sink& s : l.sinks) {
    if (folds(s) && !foldTaken(s)) return false;
    const int op = s.reg - l.body.sources.size;
    if (s.kind != SinkKind::row && (op < 0 ? l.body.sources[s.reg].kind == SourceKind::row : l.body.ops[op].row)) return false;
    many += folds(s);
  }
  return many > 0 && many <= 6;
}
void Emitter::emitRows(Loop& loop, int bytes) {
  const size_t offset = code.here();
  RowWriter(code, loop, bytes).write();
  made.push_back({&loop.rowCode, offset});
}

}  // namespace cot
