#include "core/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cot {

Walk collapse(int rank, const int64_t* dims, const int64_t* strides) {
  Walk w{};
  for (int i = 0; i < rank; i++) {
    if (dims[i] == 1) continue;
    if (w.rank > 0 && w.strides[w.rank - 1] == strides[i] * dims[i]) {
      w.dims[w.rank - 1] *= dims[i];
      w.strides[w.rank - 1] = strides[i];
    } else {
      w.dims[w.rank] = dims[i];
      w.strides[w.rank++] = strides[i];
    }
  }
  return w;
}
Reach reachOf(const Walk& w) {
  if (w.rank == 0) return Reach::same;
  if (w.rank > 1) return Reach::strided;
  return w.strides[0] == 1 ? Reach::whole : w.strides[0] == 0 ? Reach::same : Reach::strided;
}

void assignSlots(Shelf& shelf, Body& body, const List<bool>& keep) {
  // Registers: sources (each with a block of its own, filled once where possible), perhaps a dot's sum, operations.
  const int first = keep.size - body.ops.size;
  List<int32_t> last = shelf.list<int32_t>(keep.size);
  for (int i = 0; i < body.ops.size; i++)
    for (int32_t a : body.ops[i].args) last[a] = i;
  std::vector<int32_t> spare;
  int32_t slots = 0;
  for (auto& s : body.sources) s.slot = slots++;
  for (int i = 0; i < body.ops.size; i++) {
    Op& op = body.ops[i];
    if (spare.empty()) op.slot = slots++;
    else {
      op.slot = spare.back();
      spare.pop_back();
    }
    // What this operation read last is free for the next one (not for itself: a block function may not write in place).
    for (int a = 0; a < 4; a++) {
      const int32_t r = op.args[a];
      bool again = false;
      for (int b = 0; b < a; b++) again = again || op.args[b] == r;
      if (!again && r >= first && !keep[r] && last[r] == i) spare.push_back(body.ops[r - first].slot);
    }
    if (!keep[first + i] && last[first + i] <= i) spare.push_back(op.slot);  // nobody reads it
  }
  body.slots = slots;
}

namespace {

/// A loop's dims and the strides of everything in it, while dims are merged and moved.
struct Shape {
  std::vector<int64_t> dims;
  std::vector<bool> pinned, reduced;
  std::vector<std::vector<int64_t>> strides;   // of each view; reductions have none over reduced dims (kept as 0)
  std::vector<bool> short_;                    // this view is a reduction's

  void drop(size_t i) {
    dims.erase(dims.begin() + long(i));
    pinned.erase(pinned.begin() + long(i));
    reduced.erase(reduced.begin() + long(i));
    for (auto& s : strides) s.erase(s.begin() + long(i));
  }
  bool mergeable(size_t i) const {  // i with i + 1
    if (pinned[i] || pinned[i + 1] || reduced[i] != reduced[i + 1]) return false;
    for (size_t v = 0; v < strides.size(); v++)
      if (!(short_[v] && reduced[i]) && strides[v][i] != strides[v][i + 1] * dims[i + 1]) return false;
    return true;
  }
  void collapse() {
    for (size_t i = dims.size(); i-- > 0;)
      if (dims[i] == 1 && !pinned[i]) drop(i);
    for (size_t i = dims.size(); i-- > 1;) {
      if (!mergeable(i - 1)) continue;
      dims[i] *= dims[i - 1];
      drop(i - 1);
    }
  }
  /// Position of a dim moves from `from` to the end.
  void moveLast(size_t from) {
    const auto turn = [&](auto& v) { std::rotate(v.begin() + long(from), v.begin() + long(from) + 1, v.end()); };
    turn(dims);
    turn(pinned);
    turn(reduced);
    for (auto& s : strides) turn(s);
  }
};

}  // namespace

namespace {

/// The part of a dim that a tile takes: a divisor, the larger the better up to `largest`, or 0.
int64_t sideOf(int64_t n, int64_t largest) {
  for (int64_t t = largest; t >= 7; t--)
    if (n % t == 0) return t;
  return 0;
}
/// When a source runs across the grain (its unit stride is not along the last dim), the two dims are split so that a block
/// is a square of both: cache lines are then used whole. Returns the tile's size, or 0. Pinned dims forbid it.
int64_t tiled(Shape& s, size_t sources) {
  const size_t rank = s.dims.size();
  if (rank < 2 || rank + 2 > size_t(maxRank)) return 0;
  for (const bool p : s.pinned)
    if (p) return 0;
  const size_t j = rank - 1;
  size_t i = j;
  for (size_t v = 0; v < sources && i == j; v++) {
    if (std::abs(s.strides[v][j]) < 8) continue;
    for (size_t d = 0; d < j; d++)
      if (std::abs(s.strides[v][d]) == 1 && s.dims[d] >= 8) i = d;
  }
  if (i == j) return 0;
  // Whole cache lines of the one that runs across, longer rows of those that do not.
  const int64_t ti = s.dims[i] % 16 == 0 ? 16 : sideOf(s.dims[i], 20);
  if (ti == 0) return 0;
  const int64_t tj = sideOf(s.dims[j], 512 / ti);
  if (tj == 0) return 0;
  const auto split = [&](std::vector<int64_t>& l, int64_t outerI, int64_t outerJ, int64_t innerI, int64_t innerJ) {
    l.pop_back();
    l.erase(l.begin() + long(i));
    l.insert(l.end(), {outerI, outerJ, innerI, innerJ});
  };
  for (auto& l : s.strides) {
    const int64_t si = l[i], sj = l[j];
    split(l, si * ti, sj * tj, si, sj);
  }
  split(s.dims, s.dims[i] / ti, s.dims[j] / tj, ti, tj);
  s.pinned.assign(s.dims.size(), false);
  s.reduced.assign(s.dims.size(), false);
  return ti * tj;
}

}  // namespace

void prepareLoop(Shelf& shelf, Loop& loop, const List<int64_t>& dims, int reduced) {
  Shape shape;
  const int rank = dims.size;
  for (int i = 0; i < rank; i++) {
    shape.dims.push_back(dims[i]);
    shape.pinned.push_back(false);
    shape.reduced.push_back(i >= rank - reduced && loop.reduces);
  }
  std::vector<View*> views;
  const auto add = [&](View& v, bool isShort) {
    std::vector<int64_t> s(v.strides.begin(), v.strides.end());
    s.resize(size_t(rank), 0);
    shape.strides.push_back(s);
    shape.short_.push_back(isShort);
    views.push_back(&v);
  };
  for (auto& s : loop.body.sources) {
    if (s.kind == SourceKind::view) add(s.view, false);
    if (s.kind == SourceKind::index) shape.pinned[size_t(s.axis)] = true;
  }
  const size_t firstSink = views.size();
  for (auto& s : loop.sinks) add(s.view, s.kind != SinkKind::store);
  // Pinned dims keep their order while others are merged or dropped: so an index finds its axis again.
  std::vector<int64_t> pinnedAxes;
  for (int i = 0; i < rank; i++)
    if (shape.pinned[size_t(i)]) pinnedAxes.push_back(i);

  if (loop.count > 0) shape.collapse();
  std::vector<int64_t> axisAt(shape.dims.size(), -1);
  for (size_t i = 0, p = 0; i < shape.dims.size(); i++)
    if (shape.pinned[i]) axisAt[i] = pinnedAxes[p++];

  const auto moveLast = [&](size_t from) {
    shape.moveLast(from);
    std::rotate(axisAt.begin() + long(from), axisAt.begin() + long(from) + 1, axisAt.end());
  };
  size_t kept = 0;
  while (kept < shape.dims.size() && !shape.reduced[kept]) kept++;

  int64_t tile = 0;
  loop.outer = false;
  loop.columns = 1;
  if (loop.reduces && loop.count > 0 && kept > 0 && kept < shape.dims.size() && shape.dims[kept - 1] >= 4) {
    int votes = 0;
    for (size_t v = 0; v < views.size(); v++) {
      if (shape.short_[v]) continue;
      const int64_t across = std::abs(shape.strides[v][kept - 1]), along = std::abs(shape.strides[v].back());
      if (across > 0 && across < along) votes++;
      if (along > 0 && along < across) votes--;
    }
    loop.outer = votes > 0 && loop.stages == 1;
  }
  // Reductions keep their rows' order; everything else follows the (perhaps moved) dims.
  std::vector<Walk> walks(views.size());
  for (size_t v = 0; v < views.size(); v++)
    if (shape.short_[v]) walks[v] = collapse(int(kept), shape.dims.data(), shape.strides[v].data());
  if (loop.outer) {
    loop.columns = shape.dims[kept - 1];
    moveLast(kept - 1);
  } else if (!loop.reduces && loop.count > 0 && firstSink < views.size()) {
    // Elementwise loops may run in any order: the one in which the first result is written front to back.
    for (size_t done = shape.dims.size(); done > 1; done--) {
      size_t best = 0;
      for (size_t i = 1; i < done; i++)
        if (std::abs(shape.strides[firstSink][i]) > std::abs(shape.strides[firstSink][best])) best = i;
      moveLast(best);
    }
    if (shape.dims.size() > 1) moveLast(0);
    tile = tiled(shape, firstSink);
  }
  for (size_t v = 0; v < views.size(); v++)
    if (!shape.short_[v]) walks[v] = collapse(int(shape.dims.size()), shape.dims.data(), shape.strides[v].data());

  size_t v = 0;
  for (auto& s : loop.body.sources) {
    if (s.kind == SourceKind::view) {
      s.walk = walks[v++];
      s.reach = reachOf(s.walk);
    } else if (s.kind == SourceKind::immediate || s.kind == SourceKind::row) {
      s.reach = Reach::same;
    } else {
      s.reach = Reach::strided;
      s.inner = 1;
      for (size_t i = shape.dims.size(); i-- > 0;) {
        if (axisAt[i] == s.axis) {
          s.dim = shape.dims[i];
          break;
        }
        s.inner *= shape.dims[i];
      }
    }
  }
  for (auto& s : loop.sinks) {
    s.walk = walks[v++];
    s.reach = reachOf(s.walk);
  }

  const int sources = loop.body.sources.size;
  List<bool> keep = shelf.list<bool>(sources + loop.body.ops.size);
  for (int i = 0; i < loop.sinks.size; i++) {
    Sink& s = loop.sinks[i];
    keep[s.reg] = true;
    if (s.kind != SinkKind::store || s.reach != Reach::whole || s.reg < sources) continue;
    s.streams = loop.count * sizeOf(s.dtype) >= streamed;
    Op& op = loop.body.ops[s.reg - sources];
    if (op.direct < 0 && !op.row && !s.streams) op.direct = i;
  }
  assignSlots(shelf, loop.body, keep);
  for (int32_t& s : loop.spread)
    if (s == 0) s = loop.body.slots++;
  loop.block = loop.body.slots <= 6 ? 512 : 256;
  if (loop.stages > 1) loop.block = int32_t(most(1, 512 / loop.length) * loop.length);
  if (tile > 0) loop.block = int32_t(512 / tile * tile);
  loop.micros = double(loop.count) * (loop.body.nanos + 0.15 * loop.sinks.size) * 1e-3;
}

}  // namespace cot
