// The block loop: sources into registers, operations over registers, registers into sinks. What is not a reduction is cut
// into stretches of the linear index; a reduction is cut into units, a unit being one chunk of one row (fold.hpp): units
// are independent, so they are what threads share out, and what a row's units gave is merged at the end.
#include "cpu/block.hpp"
#include "cpu/entry.hpp"

namespace cot { namespace COT_ISA {
namespace {

/// One thread's evaluation of a loop: its registers and the addresses of its sinks.
struct Eval {
  const Loop& l;
  int64_t repeated;            // elements of what is the same everywhere
  Registers r;
  char** sinkBase;
  bool past = false;           // code of this block writes where results lie, past the caches
  bool near = false;           // or through them
  bool over = false;           // as where results lie over what was just read

  static int64_t bytes(const Loop& l) {
    return Registers::bytes(l.body, l.block) + (int64_t(l.sinks.size) * 8 + 63) / 64 * 64 + 64;
  }
  /// For stretches of at most so many elements.
  Eval(const Loop& loop, const Frame& f, char* memory, int64_t longest) : l(loop), repeated(l.body.onlyCode ? 1 : least(l.block, longest)) {
    sinkBase = reinterpret_cast<char**>(memory);
    r.place(l.body, l.block, memory + (int64_t(l.sinks.size) * 8 + 63) / 64 * 64);
    r.open(l.body, f, repeated);
    for (int i = 0; i < l.sinks.size; i++) sinkBase[i] = addressOf(l.sinks[i].view, f);
    over = overlaid();
  }
  /// Computes a block and stores what is to be stored; reductions find their values in r.reg.
  void block(int64_t linear, int64_t n) {
    r.loadSources(l.body, linear, n);
    look(linear);
    if (repeated < n && !coded()) r.repeat(l.body, repeated = n);
    for (const Group& g : l.body.groups) group(g, linear, n);
    stores(linear, n);
  }
  /// Finds how a block from here on may write.
  void look(int64_t linear) {
    past = !over && aligned(linear);
    near = !past && goesNear();
    past = past || near;
  }
  /// Whether all of a block is code.
  bool coded() const {
    if (!l.body.onlyCode) return false;
    for (const Group& g : l.body.groups)
      if (codeOf(g) == nullptr) return false;
    return true;
  }
  /// Where an operation writes.
  void* to(const Op& op, int64_t linear) const {
    const auto at = [&](int32_t sink) { return sinkBase[sink] + linear * sizeOf(l.sinks[sink].dtype); };
    return op.direct >= 0 ? at(op.direct) : past && op.streamed >= 0 ? at(op.streamed) : r.slot(op.slot);
  }
  void aim(const Group& g, int64_t linear) {
    for (int i = g.from; i < g.to; i++) r.reg[r.first + i] = to(l.body.ops[i], linear);
  }
  void group(const Group& g, int64_t linear, int64_t n) {
    r.compute(l.body, g, n, [&](const Op& op) { return to(op, linear); }, codeOf(g));
  }
  GroupFn codeOf(const Group& g) const {
    if (l.body.byRow || (g.streams && !past)) return nullptr;
    return g.streams && near ? g.near : g.code;
  }
  bool overlies(int32_t sink) const {
    for (int i = 0; i < l.body.sources.size; i++)
      if (l.body.sources[i].kind == SourceKind::view && l.body.sources[i].reach == Reach::whole && r.base[i] == sinkBase[sink]) return true;
    return false;
  }
  /// Whether what would stream can go through the caches too.
  bool goesNear() const {
    bool yes = false;
    for (const Group& g : l.body.groups) {
      if (g.streams && g.near == nullptr) return false;
      yes = yes || g.streams;
    }
    return yes && !l.body.byRow;
  }
  /// All that would stream lies over what the loop reads: lines that are in the cache already.
  bool overlaid() const {
    for (const Group& g : l.body.groups)
      for (int i = g.from; i < g.to && g.streams; i++)
        if (l.body.ops[i].streamed >= 0 && !overlies(l.body.ops[i].streamed)) return false;
    return goesNear();
  }
  /// Stores past the caches are whole vectors.
  bool aligned(int64_t linear) const {
    bool yes = false;
    for (const Group& g : l.body.groups) {
      if (!g.streams) continue;
      if (g.code == nullptr && !l.inRows()) return false;
      yes = true;
      for (int i = g.from; i < g.to; i++) {
        const int32_t sink = l.body.ops[i].streamed;
        if (sink >= 0 && reinterpret_cast<uintptr_t>(sinkBase[sink] + linear * sizeOf(l.sinks[sink].dtype)) % (g.lanes * sizeOf(l.sinks[sink].dtype)) != 0) return false;
      }
    }
    return yes;
  }
  ~Eval() {
    bool streams = false;
    for (const Sink& s : l.sinks) streams = streams || s.streams;
    if (streams) settle();
  }
  /// `n` elements from `from` on, a block at a time.
  void stretch(int64_t from, int64_t n) {
    look(from);
    const int64_t step = l.body.anyLength && coded() ? n : l.block;
    for (int64_t at = from; at < from + n; at += step) block(at, least(step, from + n - at));
  }
  void stores(int64_t linear, int64_t n) {
    for (int i = 0; i < l.sinks.size; i++) {
      const Sink& s = l.sinks[i];
      if (s.kind != SinkKind::store) continue;
      const int op = s.reg - l.body.sources.size;
      if (op >= 0 && (l.body.ops[op].direct == i || (past && l.body.ops[op].streamed == i))) continue;
      if (s.streams) stream(sinkBase[i] + linear * sizeOf(s.dtype), r.reg[s.reg], n * sizeOf(s.dtype));
      else store(s.walk, s.reach, sinkBase[i], linear, n, r.reg[s.reg], sizeOf(s.dtype));
    }
  }
};

/// How many of `n` units make a task: some 20 us of work; more in a long loop, because memory is read ahead past the end of
/// a task, where the other threads work, but never so many that the last task is waited for.
int64_t taskOf(const Loop& l, int64_t n) {
  const double share = 1 / (32.0 * threadCount()), brief = 20 / l.micros;
  return most(1, int64_t(double(n) * (share > brief ? share : brief)));
}
/// A loop without reductions, cut into tasks.
struct Stretches {
  const Loop& l;
  int64_t task, tasks;

  explicit Stretches(const Loop& of) : l(of), task(ceilDiv(taskOf(l, l.count), l.block) * l.block), tasks(ceilDiv(l.count, task)) {}
  void run(int64_t t, const Frame& f, Scratch& s) const {
    Eval e(l, f, s.need(Eval::bytes(l)), l.count);
    e.stretch(t * task, least(task, l.count - t * task));
  }
};
void elementwise(const Loop& l, Frame& f) {
  const Stretches all(l);
  forTasks(f, all.tasks, l.micros, [&](int64_t t, Scratch& s) { all.run(t, f, s); });
}

/// What all threads of one reduction share.
struct Reduction {
  const Loop& l;
  Frame& f;
  int64_t chunks;            // of a row
  const Fold** fold;         // by sink; null for stores
  char** parts;              // by sink, rows * chunks of them, when chunks > 1
  bool plain;                // a chunk's result is a value: chunks may be taken as rows

  const Sink& sink(int i) const { return l.sinks[i]; }
  /// Final values of `n` rows from `row` on.
  void put(char* const* base, int i, int64_t row, int64_t n, const void* values) const {
    store(sink(i).walk, sink(i).reach, base[i], row, n, values, fold[i]->value);
  }
};

/// Units whose elements follow each other in the linear index.
void inner(const Reduction& r, int64_t firstUnit, int64_t lastUnit, Scratch& s) {
  const Loop& l = r.l;
  const int64_t evalBytes = Eval::bytes(l), together = least(l.block, 4096);   // rows whose values are put at once
  // A fold's state is 8 lanes of at most 16 bytes.
  char* memory = s.need(evalBytes + int64_t(l.sinks.size) * 128 + together * 8);
  Eval e(l, r.f, memory, l.count);
  char* state = memory + evalBytes;
  char* values = state + int64_t(l.sinks.size) * 128;
  const int64_t length = l.length;
  const auto startOf = [&](int64_t unit) { return unit / r.chunks * length + unit % r.chunks * chunk; };
  const int64_t end = lastUnit == l.rows * r.chunks ? l.count : startOf(lastUnit);
  int64_t unit = firstUnit, index = unit % r.chunks * chunk;         // index within the row
  int64_t left = least(chunk, length - index);                       // of the unit
  bool fresh = true;                                                 // nothing of the unit was seen
  const int64_t whole = length <= l.block ? l.block / length * length : l.block;
  for (int64_t at = startOf(firstUnit); at < end;) {
    const int64_t n = least(whole, end - at);
    e.block(at, n);
    at += n;
    for (int64_t done = 0; done < n;) {
      if (fresh && r.chunks == 1 && n - done >= length) {
        const int64_t rows = least((n - done) / length, together);
        for (int i = 0; i < l.sinks.size; i++) {
          if (r.fold[i] == nullptr) continue;
          const char* x = static_cast<const char*>(e.r.reg[r.sink(i).reg]) + done * sizeOf(r.sink(i).dtype);
          r.fold[i]->rows(x, rows, length, values);
          r.put(e.sinkBase, i, unit, rows, values);
        }
        unit += rows;
        done += rows * length;
        continue;
      }
      if (fresh && r.plain && r.chunks > 1 && left == chunk && n - done >= chunk) {
        const int64_t chunks = least((n - done) / chunk, (length - index) / chunk);
        for (int i = 0; i < l.sinks.size; i++) {
          if (r.fold[i] == nullptr) continue;
          const char* x = static_cast<const char*>(e.r.reg[r.sink(i).reg]) + done * sizeOf(r.sink(i).dtype);
          r.fold[i]->rows(x, chunks, chunk, r.parts[i] + unit * r.fold[i]->part);
        }
        unit += chunks;
        done += chunks * chunk;
        index = (index + chunks * chunk) % length;
        left = least(chunk, length - index);
        continue;
      }
      const int64_t take = least(left, n - done);
      for (int i = 0; i < l.sinks.size; i++) {
        const Fold* fold = r.fold[i];
        if (fold == nullptr) continue;
        if (fresh) fold->start(state + i * 128);
        fold->add(state + i * 128, static_cast<const char*>(e.r.reg[r.sink(i).reg]) + done * sizeOf(r.sink(i).dtype), take, index);
        if (take < left) continue;
        if (r.chunks > 1) fold->finish(state + i * 128, r.parts[i] + unit * fold->part);
        else {
          alignas(16) char part[16];
          fold->finish(state + i * 128, part);
          fold->merge(part, 1, values);
          r.put(e.sinkBase, i, unit, 1, values);
        }
      }
      fresh = false;
      left -= take;
      index += take;
      done += take;
      if (left > 0) continue;
      unit++;
      if (index == length) index = 0;
      left = least(chunk, length - index);
      fresh = true;
    }
  }
}

/// One chunk of `width` neighbouring rows: the block runs across rows, every row has its own lanes.
void outer(const Reduction& r, int64_t prefix, int64_t column, int64_t width, int64_t part, Scratch& s) {
  const Loop& l = r.l;
  const int64_t evalBytes = Eval::bytes(l);
  int64_t stateBytes = 0;
  for (int i = 0; i < l.sinks.size; i++)
    if (r.fold[i] != nullptr) stateBytes += r.fold[i]->lane * r.fold[i]->lanes * width + 64;
  char* memory = s.need(evalBytes + stateBytes + width * 16 + int64_t(l.sinks.size) * 8 + 128);
  Eval e(l, r.f, memory, l.count);
  char** states = reinterpret_cast<char**>(memory + evalBytes);
  char* at = memory + evalBytes + (int64_t(l.sinks.size) * 8 + 63) / 64 * 64;
  for (int i = 0; i < l.sinks.size; i++) {
    if (r.fold[i] == nullptr) continue;
    states[i] = at;
    at += (r.fold[i]->lane * r.fold[i]->lanes * width + 63) / 64 * 64;
    r.fold[i]->startColumns(states[i], width);
  }
  const int64_t from = part * chunk, to = least(l.length, from + chunk);
  // Several reduced rows at once when a block holds them whole.
  const int64_t many = width == l.columns ? most(1, l.block / width) : 1;
  for (int64_t row = from; row < to; row += many) {
    const int64_t n = least(many, to - row);
    e.block((prefix * l.length + row) * l.columns + column, n * width);
    for (int i = 0; i < l.sinks.size; i++) {
      const Fold* fold = r.fold[i];
      if (fold == nullptr) continue;
      const char* x = static_cast<const char*>(e.r.reg[r.sink(i).reg]);
      for (int64_t j = 0; j < n; j++)
        fold->addColumns(states[i], x + j * width * sizeOf(r.sink(i).dtype), width, row + j);
    }
  }
  const int64_t firstRow = prefix * l.columns + column;
  for (int i = 0; i < l.sinks.size; i++) {
    const Fold* fold = r.fold[i];
    if (fold == nullptr) continue;
    if (r.chunks > 1) {
      fold->finishColumns(states[i], width, r.parts[i] + (firstRow * r.chunks + part) * fold->part, r.chunks);
      continue;
    }
    fold->finishColumns(states[i], width, at, 1);
    // A part becomes a value in place: values are not larger.
    for (int64_t j = 0; j < width && fold->part != fold->value; j++) fold->merge(at + j * fold->part, 1, at + j * fold->value);
    r.put(e.sinkBase, i, firstRow, width, at);
  }
}

/// Columns of a task, of which there are `tasks` for each stretch of columns: halves of a row where the threads would wait for
/// each other, down to 256, below which blocks are not worth their start.
int64_t widthOf(const Loop& l, int64_t tasks) {
  constexpr int64_t fewColumns = 256;
  int64_t width = least(l.columns, l.block);
  while (threadCount() > 1 && tasks * ceilDiv(l.columns, width) < 2 * threadCount() && width >= 2 * fewColumns) width = ceilDiv(width / 2, 64) * 64;
  return width;
}
void emptyRows(const Reduction& r, char* const* base) {
  for (int i = 0; i < r.l.sinks.size; i++) {
    if (r.fold[i] == nullptr) continue;
    char value[16];
    r.fold[i]->empty(value);
    for (int64_t row = 0; row < r.l.rows; row++) r.put(base, i, row, 1, value);
  }
}

void reduction(const Loop& l, Frame& f) {
  const int n = l.sinks.size;
  Reduction r{l, f, most(1, ceilDiv(l.length, chunk)), nullptr, nullptr, true};
  int64_t bytes = int64_t(n) * 24 + 64;
  for (int i = 0; i < n && r.chunks > 1; i++) {
    if (l.sinks[i].kind == SinkKind::store) continue;
    const double wide = double(l.rows) * double(r.chunks) * double(foldOf(l.sinks[i].kind, l.sinks[i].dtype)->part);
    if (wide > 1e12) throw OutOfMemory(wide);
    bytes += l.rows * r.chunks * foldOf(l.sinks[i].kind, l.sinks[i].dtype)->part + 64;
  }
  char* memory = f.shared->need(bytes);
  r.fold = reinterpret_cast<const Fold**>(memory);
  r.parts = reinterpret_cast<char**>(memory) + n;
  char** base = reinterpret_cast<char**>(memory) + 2 * n;
  char* at = memory + (int64_t(n) * 24 + 63) / 64 * 64;
  for (int i = 0; i < n; i++) {
    r.fold[i] = l.sinks[i].kind == SinkKind::store ? nullptr : foldOf(l.sinks[i].kind, l.sinks[i].dtype);
    base[i] = addressOf(l.sinks[i].view, f);
    if (r.fold[i] == nullptr || r.chunks == 1) continue;
    r.plain = r.plain && r.fold[i]->part == r.fold[i]->value;
    r.parts[i] = at;
    at += (l.rows * r.chunks * r.fold[i]->part + 63) / 64 * 64;
  }
  if (l.count == 0) {
    emptyRows(r, base);
    return;
  }
  if (l.outer) {
    const int64_t prefixes = l.rows / l.columns, width = widthOf(l, prefixes * r.chunks), across = ceilDiv(l.columns, width);
    const int64_t tiles = prefixes * across * r.chunks;
    const int64_t group = taskOf(l, tiles);
    forTasks(f, ceilDiv(tiles, group), l.micros, [&](int64_t t, Scratch& s) {
      for (int64_t i = t * group; i < least(tiles, (t + 1) * group); i++) {
        const int64_t column = i / r.chunks % across * width;
        outer(r, i / r.chunks / across, column, least(width, l.columns - column), i % r.chunks, s);
      }
    });
  } else {
    const int64_t units = l.rows * r.chunks;
    const int64_t group = taskOf(l, units);
    forTasks(f, ceilDiv(units, group), l.micros, [&](int64_t t, Scratch& s) {
      inner(r, t * group, least(units, (t + 1) * group), s);
    });
  }
  if (r.chunks == 1) return;
  for (int64_t row = 0; row < l.rows; row++)
    for (int i = 0; i < n; i++) {
      if (r.fold[i] == nullptr) continue;
      alignas(16) char value[16];
      r.fold[i]->merge(r.parts[i] + row * r.chunks * r.fold[i]->part, r.chunks, value);
      r.put(base, i, row, 1, value);
    }
}

/// Whole rows at a time, stage by stage.
struct RowEval {
  const Loop& l;
  const Fold* const* fold;      // by sink
  Eval e;
  const void** one;             // by register: one value a row, where there is
  uintptr_t* here;              // by stage, register, then sink: where the row that code is at begins, and what it reduced
  int64_t* step;                // by register, then sink: how far it is to the next row
  char* lanes;                  // by sink, then source, and row: what code reduced or reads, up to eight times
  bool coded = false;           // all code of this block runs
  char* values;                 // by sink, then source: one value a row of the block

  static int64_t lane() { return 32; }
  static int64_t together(const Loop& l) { return l.block / l.length; }
  int64_t places() const { return l.spread.size + l.sinks.size; }
  static int64_t pointers(const Loop& l) { return l.spread.size + int64_t(l.spread.size + l.sinks.size) * (l.stages + 1); }
  static int64_t extra(const Loop& l) { return (pointers(l) * 8 + (l.sinks.size + l.body.sources.size) * together(l) * (lane() + 8) + 255) / 64 * 64; }
  RowEval(const Loop& loop, const Fold* const* folds, const Frame& f, char* memory)
      : l(loop), fold(folds), e(loop, f, memory + extra(loop), loop.count) {
    one = reinterpret_cast<const void**>(memory);
    here = reinterpret_cast<uintptr_t*>(one + l.spread.size);
    step = reinterpret_cast<int64_t*>(here + places() * l.stages);
    for (int r = 0; r < places(); r++) step[r] = r < l.spread.size ? stepOf(r) : lane();
    lanes = memory + (pointers(l) * 8 + 63) / 64 * 64;
    values = lanesOf(l.sinks.size + l.body.sources.size);
    for (int i = 0; i < l.body.sources.size; i++) one[i] = e.r.reg[i];   // numbers and what is the same everywhere
  }
  char* lanesOf(int place) const { return lanes + place * together(l) * lane(); }
  char* valuesOf(int place) const { return values + place * together(l) * 8; }
  void know(int reg, const void* v, int64_t rows, int64_t size) {
    one[reg] = v;
    if (l.spread[reg] < 0) return;
    char* to = e.r.slot(l.spread[reg]);
    const int64_t along = coded && l.brief[reg] ? 16 : l.length;
    for (int64_t i = 0; i < rows; i++) fill(to + i * l.length * size, static_cast<const char*>(v) + i * size, along, size);
    e.r.reg[reg] = to;
  }
  /// The same order of additions as rows have everywhere.
  void reduce(const Fold& f, const char* x, int64_t size, int64_t rows, char* to) const {
    if (l.length <= chunk) return f.rows(x, rows, l.length, to);
    for (int64_t row = 0; row < rows; row++, x += l.length * size) {
      alignas(64) char state[128], parts[16 * ceilDiv(longestRow, chunk)];
      const int64_t chunks = ceilDiv(l.length, chunk);
      for (int64_t c = 0; c < chunks; c++) {
        f.start(state);
        f.add(state, x + c * chunk * size, least(chunk, l.length - c * chunk), c * chunk);
        f.finish(state, parts + c * f.part);
      }
      f.merge(parts, chunks, to + row * f.value);
    }
  }
  void group(const Group& g, int64_t linear, int64_t n, int64_t rows) {
    for (int i = g.from; i < g.to; i++) {
      const Op& op = l.body.ops[i];
      if (!op.row) return coded && g.code != nullptr ? code(g, linear, rows) : e.group(g, linear, n);
      const void* args[4] = {one[op.args[0]], one[op.args[1]], one[op.args[2]], one[op.args[3]]};
      op.fn(rows, e.r.slot(op.slot), args);
      know(l.body.sources.size + i, e.r.slot(op.slot), rows, sizeOf(op.out));
    }
  }
  int64_t stepOf(int r) const {
    if (r >= l.body.sources.size) {
      const Op& op = l.body.ops[r - l.body.sources.size];
      return l.inRows() && op.row ? lane() : l.length * sizeOf(op.out);
    }
    const Source& s = l.body.sources[r];
    if (along(r)) return 0;
    if (l.inRows() && s.once) return lane();
    return s.kind != SourceKind::row && s.reach == Reach::same ? 0 : l.length * sizeOf(s.dtype);
  }
  void code(const Group& g, int64_t linear, int64_t rows) {
    e.aim(g, linear);
    std::memcpy(here, e.r.reg, size_t(l.spread.size) * 8);
    for (int64_t row = 0; row < rows; row++) {
      g.code(l.length, reinterpret_cast<const void* const*>(here));
      for (int r = 0; r < l.spread.size; r++) here[r] += uintptr_t(step[r]);
    }
  }
  /// The same row for all: code reads it where it lies, or was counted.
  bool along(int r) const {
    const Source& s = l.body.sources[r];
    return l.inRows() && s.period == l.length && s.walk.strides[1] == 1 && !stored(r);
  }
  bool stored(int r) const {
    bool yes = false;
    for (const Sink& k : l.sinks) yes = yes || k.reg == r;
    return yes;
  }
  /// Of what is one element of memory for all of a row, those of `rows` rows.
  const void* elements(int r, int64_t row, int64_t rows) const {
    const Source& s = l.body.sources[r];
    Walk w = s.walk;
    if ((w.dims[w.rank - 1] /= l.length) == 1) w.rank--;
    return load(w, reachOf(w), e.r.base[r], row, rows, valuesOf(l.sinks.size + r), sizeOf(s.dtype));
  }
  /// The same as code reads it.
  uintptr_t repeated(int r, int64_t row, int64_t rows) const {
    const char* from = static_cast<const char*>(elements(r, row, rows));
    char* to = lanesOf(l.sinks.size + r);
    const int64_t size = sizeOf(l.body.sources[r].dtype);
    for (int64_t i = 0; i < rows; i++) fill(to + i * lane(), from + i * size, lane() / size, size);
    return reinterpret_cast<uintptr_t>(to);
  }
  /// One row's first stage, the second one of the row before, and so on: none waits for what the last one reduced.
  void stages(int64_t rows) {
    const int64_t n = places(), count = l.stages, length = l.length;
    const GroupFn* code = l.rowCode.at;
    for (int64_t s = 1; s < count; s++) std::memcpy(here + s * n, here, size_t(n) * 8);
    for (int64_t i = 0; i < rows + count - 1; i++)
      for (int64_t s = most(0, i - rows + 1); s <= least(i, count - 1); s++) {
        code[s](length, reinterpret_cast<const void* const*>(here + s * n));
        advance(here + s * n, step, n);
      }
  }
  static void advance(uintptr_t* __restrict at, const int64_t* __restrict by, int64_t n) {
#pragma GCC ivdep
    for (int64_t r = 0; r < n; r++) at[r] += uintptr_t(by[r]);
  }
  void wholeRows(int64_t row, int64_t rows) {
    const int first = l.body.sources.size;
    const int64_t n = rows * l.length, linear = row * l.length;
    for (int r = 0; r < first; r++) {
      if (!l.body.sources[r].once || stored(r)) e.r.loadSource(l.body, r, linear, along(r) ? l.length : n);
    }
    for (const Group& g : l.body.groups) e.aim(g, linear);
    std::memcpy(here, e.r.reg, size_t(l.spread.size) * 8);
    for (int r = 0; r < first; r++)
      if (l.body.sources[r].once) here[r] = repeated(r, row, rows);
    for (int i = 0; i < l.body.ops.size; i++)
      if (l.body.ops[i].row) here[first + i] = reinterpret_cast<uintptr_t>(e.r.slot(l.body.ops[i].slot));
    for (int k = 0; k < l.sinks.size; k++) here[l.spread.size + k] = reinterpret_cast<uintptr_t>(lanesOf(k));
    stages(rows);
    for (int k = 0; k < l.sinks.size; k++) {
      const Sink& s = l.sinks[k];
      if (s.kind == SinkKind::store) continue;
      const int from = fold[k] != nullptr ? l.spread.size + k : s.reg < first ? l.spread.size + l.body.sources[s.reg].sink : s.reg;
      const void* values = reinterpret_cast<const void*>(here[from] - uintptr_t(rows * lane()));
      if (sizeOf(s.view.dtype) == 4) copyIn(reinterpret_cast<uint32_t*>(valuesOf(k)), static_cast<const uint32_t*>(values), lane() / 4, rows);
      else if (sizeOf(s.view.dtype) == 2) copyIn(reinterpret_cast<uint16_t*>(valuesOf(k)), static_cast<const uint16_t*>(values), lane() / 2, rows);
      else copyIn(valuesOf(k), static_cast<const char*>(values), lane(), rows);
    }
    for (int k = 0; k < l.sinks.size; k++) {
      const Sink& s = l.sinks[k];
      if (s.kind != SinkKind::store) store(s.walk, s.reach, e.sinkBase[k], row, rows, valuesOf(k), sizeOf(s.view.dtype));
    }
    e.stores(linear, n);
  }
  bool streams() const {
    for (const Group& g : l.body.groups)
      if (g.streams) return true;
    return false;
  }
  /// Code that misses, or whose places are not aligned, leaves its operations to functions, which want whole rows.
  bool codes() const {
    bool all = l.body.byRow;
    for (const Group& g : l.body.groups) all = all && (g.lanes == 0 || (g.code != nullptr && (e.past || !g.streams)));
    return all;
  }
  void block(int64_t row, int64_t rows) {
    const int first = l.body.sources.size;
    const int64_t n = rows * l.length, linear = row * l.length;
    e.past = e.aligned(linear);
    if (l.inRows() && (e.past || !streams())) return wholeRows(row, rows);
    e.r.loadSources(l.body, linear, n);
    for (int r = 0; r < first; r++)
      if (l.body.sources[r].once) one[r] = elements(r, row, rows);
    coded = codes();
    for (int32_t stage = 0, i = 0; stage < l.stages; stage++) {
      for (; i < l.body.groups.size && l.body.groups[i].stage == stage; i++) group(l.body.groups[i], linear, n, rows);
      for (int k = 0; k < l.sinks.size; k++) {
        if (fold[k] == nullptr || l.sinks[k].stage != stage) continue;
        reduce(*fold[k], static_cast<const char*>(e.r.reg[l.sinks[k].reg]), sizeOf(l.sinks[k].dtype), rows, valuesOf(k));
        for (int s = 0; s < first; s++)
          if (l.body.sources[s].kind == SourceKind::row && l.body.sources[s].sink == k) know(s, valuesOf(k), rows, fold[k]->value);
      }
    }
    for (int k = 0; k < l.sinks.size; k++) {
      const Sink& s = l.sinks[k];
      if (s.kind != SinkKind::store)
        store(s.walk, s.reach, e.sinkBase[k], row, rows, fold[k] == nullptr ? one[s.reg] : valuesOf(k), sizeOf(s.view.dtype));
    }
    e.stores(linear, n);
  }
};
void rowwise(const Loop& l, Frame& f) {
  const Fold** fold = reinterpret_cast<const Fold**>(f.shared->need(int64_t(l.sinks.size) * 8));
  for (int i = 0; i < l.sinks.size; i++)
    fold[i] = l.sinks[i].kind == SinkKind::store || l.sinks[i].kind == SinkKind::row ? nullptr : foldOf(l.sinks[i].kind, l.sinks[i].dtype);
  const int64_t together = RowEval::together(l);
  const int64_t group = ceilDiv(taskOf(l, l.rows), together) * together;
  forTasks(f, ceilDiv(l.rows, group), l.micros, [&](int64_t t, Scratch& s) {
    RowEval e(l, fold, f, s.need(RowEval::extra(l) + Eval::bytes(l)));
    const int64_t end = least(l.rows, (t + 1) * group);
    for (int64_t row = t * group; row < end; row += together) e.block(row, least(together, end - row));
  });
}

}  // namespace

int64_t loopBytes(const Loop& l) { return Eval::bytes(l); }
void loopPart(const Loop& l, const Frame& f, int64_t from, int64_t rows, int64_t step, int64_t n, char* memory) {
  if (step == n) n *= rows, rows = 1;
  Eval e(l, f, memory, n);
  for (int64_t i = 0; i < rows; i++) e.stretch(from + i * step, n);
}
void loop(const Loop& l, Frame& f) {
  if (l.byRows) {
    if (l.count > 0) rowwise(l, f);
  } else if (l.reduces) {
    if (l.rows > 0) reduction(l, f);
  } else if (l.count > 0) {
    elementwise(l, f);
  }
}

void loops(const Instruction* const* first, int32_t n, Frame& f) {
  int64_t tasks = 0;
  double micros = 0;
  for (int32_t i = 0; i < n; i++) {
    tasks += Stretches(static_cast<const Loop&>(*first[i])).tasks;
    micros += first[i]->micros;
  }
  forTasks(f, tasks, micros, [&](int64_t t, Scratch& s) {
    for (int32_t i = 0; i < n; i++) {
      const Stretches of(static_cast<const Loop&>(*first[i]));
      if (t < of.tasks) return of.run(t, f, s);
      t -= of.tasks;
    }
  });
}

}}  // namespace cot::COT_ISA
