// A stage of one row as one function: a loop along the row with its reductions in vectors, then what is one value a row.
// Eight lanes add in the order of cpu/fold.hpp, whose chunk a row may not be longer than; of sixteen the lower half is added
// to them and then the upper one. What is the greatest does not depend on the order. Lanes behind the end of a row add what changes
// nothing.
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

  RowWriter(Assembler& to, const Loop& loop, int bytes)
      : a(to), l(loop), format{bytes, 4}, first(l.body.sources.size), places(first + l.body.ops.size + l.sinks.size) {}
  int lane(int sink) const { return first + l.body.ops.size + sink; }
  bool heavy(int stage) const {
    bool yes = false;
    for (const Op& op : l.body.ops) yes = yes || (op.stage == stage && !op.row && op.in == F32 && inlined(op.code));
    return yes;
  }
  /// Vectors that a reduction is kept in: an extremum waits long for the last one, and may go on in any order.
  int keeps(const Sink& s) const {
    int beside = 0;
    foldsOf(s.stage, [&](int, const Sink&) { beside++; });
    return s.kind == SinkKind::sum || heavy(s.stage) || beside > 2 ? 1 : mostLight;
  }
  int keptAt(int sink) const {
    int n = format.vectors() - 1;
    for (int k = 0; k < sink; k++)
      if (folds(l.sinks[k]) && l.sinks[k].stage == l.sinks[sink].stage) n -= keeps(l.sinks[k]);
    return n;
  }
  /// What a reduction is kept in, as a turn sees it.
  int32_t kept(Recipe& r, int sink) const { return r.value({Value::kept, keptAt(sink), keeps(l.sinks[sink]) == 1}); }
  /// Whether others than this piece read what an operation gives.
  bool outside(int i) const {
    const Op& op = l.body.ops[i];
    for (const Sink& s : l.sinks)
      if (s.reg == first + i && !folds(s)) return true;
    for (int j = i + 1; j < l.body.ops.size && !Coder::reads(l.body, i); j++)
      for (const int32_t x : l.body.ops[j].args)
        if (x == first + i && (l.body.ops[j].stage != op.stage || l.body.ops[j].row != op.row)) return true;
    return false;
  }
  void operations(Piece& p, int stage, bool row) const {
    for (int i = 0; i < l.body.ops.size; i++) {
      const Op& op = l.body.ops[i];
      const bool waits = Coder::reads(l.body, i) && !outside(i);   // for its first reader
      if (op.stage != stage || op.row != row || waits) continue;
      const int32_t v = p.coder.operation(i);
      if (outside(i)) p.coder.store(first + i, v, op.out, op.streamed >= 0);
    }
  }
  /// One reduction's lanes become its value in all of them (of a sum, in the lower eight): neighbours, then pairs, then halves.
  int32_t joined(Recipe& r, int sink) const {
    const SinkKind kind = l.sinks[sink].kind;
    int32_t x = r.value({Value::kept, keptAt(sink), true});
    const auto with = [&](int32_t y) { x = kind == SinkKind::sum ? r.add(x, y) : r.extremum(x, y, kind == SinkKind::max); };
    for (int i = 1; i < keeps(l.sinks[sink]); i++) with(r.value({Value::kept, keptAt(sink) - i, true}));
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
  /// What is one value a row, with what the last stage reduced.
  Piece between(int stage) const {
    Piece p(l.body, format, Coder::wholeRow);
    foldsOf(stage - 1, [&](int k, const Sink&) {
      const int32_t v = joined(p.coder.recipe, k);
      p.coder.store(lane(k), v, F32, false);
      for (int r = 0; r < first; r++)
        if (l.body.sources[r].kind == SourceKind::row && l.body.sources[r].sink == k) p.coder.give(r, v);
    });
    operations(p, stage, true);
    p.settle(places, 1);
    return p;
  }
  /// Of so many vectors; in a tail the last one is not whole.
  Piece along(int stage, int64_t vectors, bool tail) const {
    Piece p(l.body, format, Coder::wholeRow, tail);
    Recipe& r = p.coder.recipe;
    operations(p, stage, false);
    foldsOf(stage, [&](int k, const Sink& s) {
      int32_t v = p.coder.of(s.reg);
      if (tail) v = r.choose(r.tail, v, r.bits(unitOf(s.kind)));
      reduced(r, kept(r, k), v, s.kind);
    });
    if (stage == 1 && l.length >= 256 && !tail) ahead(p);
    p.settle(places, tail && !format.evex() ? 1 : heavy(stage) ? sideBySide(format, vectors) : int(std::min<int64_t>(vectors, mostLight)));
    return p;
  }
  /// The first stage reads the row after the next one (cpu/loop.cpp) while memory has nothing else to bring.
  void ahead(Piece& p) const {
    for (int r = 0; r < first; r++) {
      const Source& s = l.body.sources[r];
      if (s.kind == SourceKind::view && s.reach == Reach::whole) p.coder.recipe.prefetch(r, int32_t(2 * l.length * sizeOf(s.dtype)));
    }
  }
  static uint32_t unitOf(SinkKind k) { return k == SinkKind::sum ? 0 : k == SinkKind::max ? 0xFF800000u : 0x7F800000u; }
  void begin(int stage) {
    foldsOf(stage, [&](int k, const Sink& s) {
      for (int i = 0; i < keeps(s); i++) bring(a, format, keptAt(k) - i, constantOf(a, format, format.all(twice(unitOf(s.kind)))));
    });
  }
  /// One stage: a loop along the row, and what is one value a row and read by the next one.
  void write(int stage) {
    const int64_t left = l.length % format.lanes(), vectors = ceilDiv(l.length, format.lanes());
    const Piece none(l.body, format, Coder::wholeRow), before = between(0), after = between(stage + 1);
    const Piece last = left > 0 ? along(stage, vectors, true) : none;
    const int64_t whole = vectors - (last.empty() ? 0 : last.shape.copies);
    const Piece loop = whole > 0 ? along(stage, whole, false) : none;
    int pointers = 0, spills = 0;
    for (const Piece* p : {&before, &loop, &last, &after}) {
      pointers = std::max(pointers, p->used);
      spills = std::max(spills, p->shape.spills);
    }
    enter(a, format, pointers, spills);
    if (stage == 0 && !before.empty()) before.once(a);
    begin(stage);
    if (whole == 0) a.zeroRax();
    if (!loop.empty()) {
      a.setRdi(int32_t(whole * format.lanes()));
      loop.loop(a);
    }
    if (!last.empty()) {
      a.setR11(int32_t(left));
      last.last(a);
    }
    if (!after.empty()) after.once(a);
    leave(a, pointers);
  }
};

/// Whether all that a stage reads or writes in memory has elements of 4 bytes, which AVX2 can mask.
bool wideOnly(const Loop& l) {
  Assembler none;
  const RowWriter w(none, l, 32);
  for (const Source& s : l.body.sources)
    if (sizeOf(s.dtype) < 4) return false;
  for (int i = 0; i < l.body.ops.size; i++)
    if (sizeOf(l.body.ops[i].out) < 4 && w.outside(i)) return false;
  return true;
}
/// Shorter rows are faster together, in blocks; above all where none of a row waits for what is reduced.
int64_t shortest(const Loop& l) {
  bool waits = false;
  for (const Op& op : l.body.ops) waits = waits || (op.stage > 0 && !op.row);
  return waits ? 48 : 256;
}

}  // namespace

bool Emitter::takesRows(const Loop& l, int bytes) {
  if (bytes == 0 || l.length < shortest(l) || l.length > chunk || l.outer) return false;
  if (bytes == 32 && l.length % 8 != 0 && !wideOnly(l)) return false;
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
  for (int stage = 0; stage < loop.stages; stage++) {
    made.push_back({&loop.rowCode[stage], code.here()});
    RowWriter(code, loop, bytes).write(stage);
  }
}

}  // namespace cot
