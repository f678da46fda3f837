#include "core/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/passes.hpp"
#include "core/steps.hpp"

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

/// Elements of a loop below which code takes longer to write than it saves in some thousand runs.
constexpr int64_t fewest = 64;
/// Results that one group may write past the caches: each takes two vectors.
constexpr int mostStreams = 3;
/// Of a first-level cache, for block buffers; the rest is for what streams through.
constexpr int64_t hot = 16 << 10;

/// Gives every register of a body its block buffer. `keep` marks registers that live to the end.
static void assignSlots(Shelf& shelf, Body& body, const List<bool>& keep) {
  // Each source has a block of its own, filled once where possible.
  const int first = keep.size - body.ops.size;
  List<int32_t> last = shelf.list<int32_t>(keep.size);
  for (int i = 0; i < body.ops.size; i++)
    for (int32_t a : body.ops[i].args) last[a] = i;
  // By element size, for code goes through several registers at once, index by index; and what is one value a row apart from what
  // is not: it lies closer together, and while one row reads it the next one is under way.
  std::vector<int32_t> spares[2][9];
  int32_t slots = 0;
  for (auto& s : body.sources) s.slot = slots++;
  for (int i = 0; i < body.ops.size; i++) {
    Op& op = body.ops[i];
    std::vector<int32_t>& spare = spares[op.row][sizeOf(op.out)];
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
      if (!again && r >= first && !keep[r] && last[r] == i) spares[body.ops[r - first].row][sizeOf(body.ops[r - first].out)].push_back(body.ops[r - first].slot);
    }
    if (!keep[first + i] && last[first + i] <= i) spare.push_back(op.slot);  // nobody reads it
  }
  body.slots = slots;
}

namespace {

/// A loop's dims and the strides of everything in it, while dims are merged and moved.
struct Shape {
  std::vector<int64_t> dims;
  std::vector<bool> reduced;
  std::vector<std::vector<int64_t>> strides;   // of each view; reductions have none over reduced dims (kept as 0)
  std::vector<bool> short_;                    // this view is a reduction's

  void drop(size_t i) {
    dims.erase(dims.begin() + long(i));
    reduced.erase(reduced.begin() + long(i));
    for (auto& s : strides) s.erase(s.begin() + long(i));
  }
  bool mergeable(size_t i) const {  // i with i + 1
    if (reduced[i] != reduced[i + 1]) return false;
    for (size_t v = 0; v < strides.size(); v++)
      if (!(short_[v] && reduced[i]) && strides[v][i] != strides[v][i + 1] * dims[i + 1]) return false;
    return true;
  }
  void collapse() {
    for (size_t i = dims.size(); i-- > 0;)
      if (dims[i] == 1) drop(i);
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
    turn(reduced);
    for (auto& s : strides) turn(s);
  }
};

}  // namespace

namespace {

/// The part of a dim that a tile takes: a divisor, of whole vectors where there is one, the larger the better up to
/// `largest`, or 0.
int64_t sideOf(int64_t n, int64_t largest) {
  for (int64_t t = largest / 8 * 8; t > 0; t -= 8)
    if (n % t == 0) return t;
  for (int64_t t = largest; t >= 7; t--)
    if (n % t == 0) return t;
  return 0;
}
/// When a source runs across the grain (its unit stride is not along the last dim), the two dims are split so that a block
/// is a square of both: cache lines are then used whole. Returns the tile's size, or 0.
int64_t tiled(Shape& s, size_t sources) {
  const size_t rank = s.dims.size();
  if (rank < 2 || rank + 2 > size_t(maxRank)) return 0;
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
  s.reduced.assign(s.dims.size(), false);
  return ti * tj;
}

/// Operations in groups: those that code takes side by side, then those that wait for others, and so on.
struct Order {
  Loop& loop;
  const int bytes, first;
  const bool doubles;
  std::vector<int32_t> phase;

  Order(Loop& l, int vector) : loop(l), bytes(vector), first(l.body.sources.size), doubles(mostlyDoubles(l)) {}
  static bool mostlyDoubles(const Loop& l) {
    int more = 0;
    for (const Op& op : l.body.ops) {
      if (op.row) continue;
      more += Emitter::takes(op, true);
      more -= op.in == F32 && Emitter::takes(op, false);
    }
    return more > 0;
  }
  bool taken(const Op& op) const { return bytes > 0 && !op.row && Emitter::takes(op, doubles); }
  /// Even phases are groups of code.
  void phases() {
    for (const Op& op : loop.body.ops) {
      int32_t p = 0;
      for (const int32_t a : op.args)
        if (a >= first && loop.body.ops[a - first].stage == op.stage) p = std::max(p, phase[size_t(a - first)]);
      phase.push_back(p + ((p & 1) == (taken(op) ? 0 : 1) ? 0 : 1));
    }
  }
  /// Sorted by stage and phase; registers are numbered anew.
  void sort(Shelf& shelf) {
    const int n = loop.body.ops.size;
    std::vector<int32_t> order(static_cast<size_t>(n)), to(size_t(first + n));
    for (int i = 0; i < n; i++) order[size_t(i)] = i;
    const auto key = [&](int32_t i) { return int64_t(loop.body.ops[i].stage) << 32 | phase[size_t(i)]; };
    std::stable_sort(order.begin(), order.end(), [&](int32_t x, int32_t y) { return key(x) < key(y); });
    for (int r = 0; r < first; r++) to[size_t(r)] = r;
    for (int i = 0; i < n; i++) to[size_t(first + order[size_t(i)])] = first + i;
    const std::vector<Op> ops(loop.body.ops.begin(), loop.body.ops.end());
    const std::vector<int32_t> spread(loop.spread.begin(), loop.spread.end()), phases(phase);
    for (int i = 0; i < n; i++) {
      Op& op = loop.body.ops[i] = ops[size_t(order[size_t(i)])];
      for (int32_t& a : op.args) a = to[size_t(a)];
      phase[size_t(i)] = phases[size_t(order[size_t(i)])];
    }
    for (size_t r = 0; r < spread.size(); r++) loop.spread[to[r]] = spread[r];
    for (Sink& s : loop.sinks) s.reg = to[size_t(s.reg)];
    cut(shelf);
  }
  bool together(int i, int j) const {
    const Op &x = loop.body.ops[i], &y = loop.body.ops[j];
    return x.stage == y.stage && x.row == y.row && phase[size_t(i)] == phase[size_t(j)];
  }
  void cut(Shelf& shelf) {
    std::vector<Group> groups;
    for (int i = 0; i < loop.body.ops.size; i++) {
      const int lanes = taken(loop.body.ops[i]) ? bytes / (doubles ? 8 : 4) : 0;
      if (i == 0 || !together(i - 1, i)) groups.push_back({i, i, loop.body.ops[i].stage, lanes, bytes, false, false, nullptr, nullptr});
      groups.back().to = i + 1;
    }
    loop.body.groups = shelf.list<Group>(int64_t(groups.size()));
    std::copy(groups.begin(), groups.end(), loop.body.groups.begin());
  }
};
/// Bytes of the vectors that code of a loop uses: the widest of which its results past the caches are whole ones. Where rows begin
/// in the middle of a cache line, and little is computed, half of it.
int vectorsOf(const Loop& l) {
  if (l.count < fewest) return 0;
  bool whole = !l.reduces || l.outer || l.length % 16 != 8;
  for (const Op& op : l.body.ops) whole = whole || (op.in == F32 && inlined(op.code));
  for (const Sink& s : l.sinks) {
    if (s.kind != SinkKind::store || l.count * sizeOf(s.dtype) < streamed) continue;
    whole = whole && s.view.offset * sizeOf(s.dtype) % 64 == 0;
    for (const Step& t : s.view.steps) whole = whole && t.step * sizeOf(s.dtype) % 64 == 0;
  }
  return std::min(emits(), whole ? 64 : 32);
}
/// Puts operations in groups; gives the registers that are read by others than their own group.
List<bool> grouped(Shelf& shelf, Loop& loop, int bytes) {
  Order order(loop, bytes);
  order.phases();
  order.sort(shelf);
  List<bool> outside = shelf.list<bool>(loop.body.sources.size + loop.body.ops.size);
  for (const Sink& s : loop.sinks) outside[s.reg] = true;
  for (const Group& g : loop.body.groups)
    for (int i = g.from; i < g.to; i++)
      for (const int32_t a : loop.body.ops[i].args) outside[a] = outside[a] || a < loop.body.sources.size + g.from;
  for (Group& g : loop.body.groups) g.tails = Emitter::tails(loop.body, g, outside);
  return outside;
}
/// Which operations write straight into the memory of a store, and whether past the caches.
void aim(Loop& loop) {
  const int first = loop.body.sources.size;
  const int64_t stretch = loop.outer ? loop.columns : loop.reduces ? loop.length : 0;   // of which blocks are made
  for (int i = 0; i < loop.sinks.size; i++) {
    Sink& s = loop.sinks[i];
    if (s.kind != SinkKind::store || s.reach != Reach::whole || s.reg < first) continue;
    s.streams = !loop.follows && loop.count * sizeOf(s.dtype) >= streamed;
    Op& op = loop.body.ops[s.reg - first];
    if (op.direct < 0 && !op.row && !s.streams) op.direct = i;
    int others = 0;
    for (const Sink& t : loop.sinks) others += &t != &s && t.reg == s.reg;
    for (Group& g : loop.body.groups) {
      bool read = others > 0;
      for (int j = g.to; j < loop.body.ops.size; j++)
        for (const int32_t a : loop.body.ops[j].args) read = read || a == s.reg;
      int already = 0;
      for (int j = g.from; j < g.to; j++) already += loop.body.ops[j].streamed >= 0;
      if (s.reg - first < g.from || s.reg - first >= g.to || g.lanes == 0 || stretch % g.lanes != 0 || !s.streams || read || op.out == Bool || already == mostStreams) continue;
      op.streamed = i;
      g.streams = true;
    }
  }
  // A single operation is a function already; it gains from code only where it writes past the caches or is a long chain.
  for (Group& g : loop.body.groups)
    if (g.to - g.from == 1 && !g.streams && !(loop.body.ops[g.from].in == F32 && inlined(loop.body.ops[g.from].code))) g.lanes = 0;
}
/// Rows of many vectors are gone through one by one, and code needs no copies of a row's value along the row.
void goByRow(Shelf& shelf, Loop& loop) {
  loop.brief = shelf.list<bool>(loop.spread.size);
  bool some = false, all = loop.stages > 1 && loop.length >= 128;
  for (const Group& g : loop.body.groups) {
    some = some || g.lanes > 0;
    all = all && (g.lanes == 0 || g.tails || loop.length % g.lanes == 0);
  }
  loop.body.byRow = some && all;
  if (!loop.body.byRow) return;
  for (int64_t r = 0; r < loop.spread.size; r++) loop.brief[r] = loop.spread[r] >= 0;
  for (const Sink& s : loop.sinks)
    if (s.kind != SinkKind::row) loop.brief[s.reg] = false;
  for (const Group& g : loop.body.groups)
    for (int i = g.from; i < g.to && g.lanes == 0; i++)
      for (const int32_t a : loop.body.ops[i].args)
        if (!loop.body.ops[i].row) loop.brief[a] = false;
}
bool onlyCode(const Loop& loop) {
  bool only = !loop.byRows && loop.body.groups.size > 0;
  for (const Group& g : loop.body.groups) only = only && g.lanes > 0 && g.tails;
  for (const Sink& s : loop.sinks) only = only && (s.reg >= loop.body.sources.size || !loop.body.sources[s.reg].everywhere());
  return only;
}
/// As many elements as the buffers that a block really uses leave in the first-level cache.
void chooseBlock(Loop& loop, const List<bool>& outside, int64_t tile) {
  const int first = loop.body.sources.size;
  int64_t width = 1, used = 0;
  bool repeats = false;
  for (const Source& s : loop.body.sources) {
    width = most(width, sizeOf(s.dtype));
    repeats = repeats || s.everywhere();
    if (s.kind == SourceKind::index || s.reach == Reach::strided) used++;
  }
  for (const Op& op : loop.body.ops) width = most(width, sizeOf(op.out));
  for (int64_t r = 0; r < loop.spread.size; r++) used += loop.spread[r] >= 0 && !loop.brief[r];
  std::vector<bool> seen(size_t(loop.body.slots), false);
  for (const Group& g : loop.body.groups)
    for (int i = g.from; i < g.to; i++) {
      const Op& op = loop.body.ops[i];
      if (op.direct >= 0 || op.streamed >= 0 || op.inner || (g.lanes > 0 && !outside[first + i]) || seen[size_t(op.slot)]) continue;
      seen[size_t(op.slot)] = true;
      used++;
    }
  loop.body.width = int32_t(width);
  loop.body.onlyCode = onlyCode(loop);
  loop.body.anyLength = loop.body.onlyCode && used == 0 && !loop.reduces && tile == 0 && loop.body.groups.size == 1;
  // What only reads where things lie needs no buffers.
  const bool bare = used == 0 && loop.body.ops.size == 0 && !loop.byRows && tile == 0;
  const int64_t longest = !bare ? 4096 : loop.reduces && !repeats ? 1 << 19 : 1 << 16;
  const int64_t room = bare ? longest : hot / most(1, used * width);
  int64_t block = 256;
  while (block * 2 <= least(room, loop.outer ? 512 : longest)) block *= 2;
  if (loop.rowCode.size > 0) block = most(block, 8 * loop.length);
  if (loop.byRows) block = most(1, block / loop.length) * loop.length;
  if (tile > 0) block = most(1, least(room, 2048) / tile) * tile;
  loop.block = int32_t(block);
}

}  // namespace

static void readOnce(Loop& loop) {
  for (Source& s : loop.body.sources) {
    const int last = s.walk.rank - 1;
    s.once = s.kind == SourceKind::view && s.reach != Reach::same && (loop.length == 1 || (s.walk.strides[last] == 0 && s.walk.dims[last] % loop.length == 0));
  }
}
void prepareLoop(Shelf& shelf, Loop& loop, const List<int64_t>& dims, int reduced, int32_t lead, Emitter& emitter) {
  Shape shape;
  const int rank = dims.size;
  for (int i = 0; i < rank; i++) {
    shape.dims.push_back(dims[i]);
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
  loop.follows = lead >= 0;
  size_t leader = 0;
  for (auto& s : loop.body.sources) {
    if (loop.follows && &s == &loop.body.sources[lead]) leader = views.size();
    if (s.kind == SourceKind::view || s.kind == SourceKind::index) add(s.view, false);
  }
  const size_t firstSink = views.size();
  for (auto& s : loop.sinks) add(s.view, s.kind != SinkKind::store);
  if (!loop.follows) leader = firstSink;
  if (loop.count > 0) shape.collapse();
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
    shape.moveLast(kept - 1);
  } else if (!loop.reduces && loop.count > 0 && leader < views.size()) {
    // Elementwise loops may run in any order: the one in which the first result is written front to back, or an epilogue's is read.
    for (size_t done = shape.dims.size(); done > 1; done--) {
      size_t best = 0;
      for (size_t i = 1; i < done; i++)
        if (std::abs(shape.strides[leader][i]) > std::abs(shape.strides[leader][best])) best = i;
      shape.moveLast(best);
    }
    if (shape.dims.size() > 1) shape.moveLast(0);
    if (!loop.follows) tile = tiled(shape, firstSink);
  }
  for (size_t v = 0; v < views.size(); v++)
    if (!shape.short_[v]) walks[v] = collapse(int(shape.dims.size()), shape.dims.data(), shape.strides[v].data());

  size_t v = 0;
  for (auto& s : loop.body.sources) {
    s.reach = Reach::same;
    if (s.kind != SourceKind::view && s.kind != SourceKind::index) continue;
    s.walk = walks[v++];
    s.reach = reachOf(s.walk);
    s.period = s.walk.rank == 2 && s.walk.strides[0] == 0 ? s.walk.dims[1] : 0;
  }
  for (auto& s : loop.sinks) {
    s.walk = walks[v++];
    s.reach = reachOf(s.walk);
  }

  const int bytes = vectorsOf(loop);
  const bool whole = Emitter::takesRows(loop, bytes);
  loop.byRows = loop.stages > 1 || whole;
  if (loop.byRows) readOnce(loop);
  loop.rowCode = shelf.list<GroupFn>(whole ? loop.stages : 0);
  if (whole && loop.spread.size == 0) {
    loop.spread = shelf.list<int32_t>(loop.body.sources.size + loop.body.ops.size);
    for (int32_t& s : loop.spread) s = -1;
  }
  const List<bool> outside = grouped(shelf, loop, bytes);
  List<bool> keep = shelf.list<bool>(outside.size);
  for (const Sink& s : loop.sinks) keep[s.reg] = true;
  aim(loop);
  joinPasses(loop);
  assignSlots(shelf, loop.body, keep);
  for (int32_t& s : loop.spread)
    if (s == 0) s = loop.body.slots++;
  goByRow(shelf, loop);
  if (whole) emitter.emitRows(loop, bytes);
  else for (Group& g : loop.body.groups)
    if (g.lanes > 0) emitter.emit(loop.body, g, outside);
  chooseBlock(loop, outside, tile);
  loop.micros = double(loop.count) * (loop.body.nanos + 0.15 * loop.sinks.size) * 1e-3;
}

}  // namespace cot
