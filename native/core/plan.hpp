// What a program becomes once it is decoded and verified: the same instructions with everything that depends on sizes only
// worked out (collapsed dims, block slots, costs). Immutable while it runs, shared by all threads.
#pragma once
#include "core/ops.hpp"
#include "core/types.hpp"

namespace cot {

struct Step { int32_t level; int64_t step; };
struct View {
  int32_t buffer;
  DType dtype;
  int64_t offset;
  List<int64_t> strides;
  List<Step> steps;
};

/// A view seen as a function of the row-major linear index: as few dims as its own strides allow.
struct Walk {
  int32_t rank;
  int64_t dims[maxRank], strides[maxRank];
};
/// How a walk meets a run of consecutive linear indices.
enum class Reach : uint8_t { whole /* address = base + index */, same /* one element */, strided };
/// The fewest dims that give the same addresses in the same order (core/prepare.cpp).
Walk collapse(int rank, const int64_t* dims, const int64_t* strides);
Reach reachOf(const Walk& w);
/// Half of a third-level cache: a larger result is not there any more when somebody reads it.
constexpr int64_t streamed = int64_t(16) << 20;

/// One block of an elementwise operation: n elements; an argument is dst itself or apart from it.
using OpFn = void (*)(int64_t n, void* dst, const void* const* args);
/// An operation as a link of a pass (cpu/link.cpp), on eight vectors and on one; what it takes lies in registers of the machine.
struct LinkFn { void (*eight)(); void (*one)(); };
/// A link and where the operand that it reads in memory lies.
struct Link { LinkFn fn; const char* at; };
/// Which of a link's operands the link before made.
enum class Made : uint8_t { left, right, all };
constexpr int mostLinks = 64;
/// Elements below which links take longer to lay out than a pass saves.
constexpr int64_t leastPass = 64;

enum class SourceKind : uint8_t { view, immediate, index, row };
struct Source {
  SourceKind kind;
  DType dtype;
  Reach reach;
  View view;
  Walk walk;                   // of an index, what it comes to is the value itself
  unsigned char bits[8];       // an immediate's value
  int64_t period;              // of a row that is the same again and again, or 0
  bool once;                   // all of a row is one element of memory
  int32_t sink;                // a row's value: what this reduction gave
  int32_t slot;

  /// One element for the whole loop.
  bool everywhere() const { return kind != SourceKind::row && reach == Reach::same; }
};
struct Op {
  OpFn fn;
  Code code;
  DType in, out;
  int32_t args[4];             // registers (unused ones repeat the first)
  int32_t slot;
  int32_t direct;              // the store sink whose memory this op may write straight into, or -1
  int32_t streamed;            // the same, past the caches, by emitted code only
  LinkFn link;                 // where it is in a pass
  int32_t other;               // of a link: the register of the operand in memory
  bool inner;                  // nothing but the next link reads what it makes
  int32_t pass;                // how many operations, this one first, are one pass over a block; 0 where it is none's first
  int32_t stage;               // how many reductions of its row must be finished before
  bool row;                    // one value a row: every argument is one
};
/// Emitted code of a group of operations (core/emit.hpp): elements 0..n of the registers at `reg`.
using GroupFn = void (*)(int64_t n, const void* const* reg);
/// Operations that run one after the other over a block, or, with code, side by side over a vector.
struct Group {
  int32_t from, to, stage;
  int32_t lanes, bytes;        // of the code's vectors
  bool tails;                  // else n is to be a multiple of its lanes
  bool streams;                // the code writes past the caches: its places must be aligned
  GroupFn code;                // null: operation by operation
  GroupFn near;                // of code that streams: the same through the caches
};
/// Sources, then operations, in registers; `slots` block buffers are enough for all of them at any time.
struct Body {
  List<Source> sources;
  List<Op> ops;
  List<Group> groups;          // of all operations, in order
  int32_t slots;
  int32_t width;               // bytes of the widest element
  double nanos;                // predicted, an element
  bool byRow;                  // code is called for each row of a block: what is one value a row, it reads as one vector
  bool onlyCode;               // nothing but code reads what is the same everywhere: one vector of it is enough
  bool anyLength;              // and needs no buffers: a block may have any number of elements
};
/// How far apart block buffers lie: an odd number of cache lines, so that they do not fall on each other in the cache.
static inline int64_t slotBytesOf(const Body& body, int64_t block) { return (ceilDiv(block * body.width, 64) | 1) * 64; }

enum class SinkKind : uint8_t { store, sum, prod, max, min, and_, or_, argmax, argmin, row };
struct Sink {
  SinkKind kind;
  DType dtype;                 // of the register
  int32_t reg, stage;
  bool streams;                // larger than a cache holds: past the caches into memory
  Reach reach;
  View view;
  Walk walk;
};

enum class Kind : int { loop = 1, dot, conv, pool, gather, scatterAdd, cumulative, argsort, repeat, cond, while_, factor, dft, sort, exchange, wait, gang, attention };
struct Instruction {
  Kind kind;
  double micros;               // predicted, one thread
  int32_t together;            // how many loops, this one first, run as one job (core/beside.hpp)
};

/// The longest row whose reductions its own later operations may read.
constexpr int64_t longestRow = 4096;
/// The block loop. When operations read what a row's reductions gave (`stages` > 1), a block is whole rows and everything of
/// a row stays in it: stage by stage, operations, then reductions; `spread` says where a row's value is repeated along it.
/// With `outer` the last kept axis was moved behind the reduced ones, so that a block runs along it.
struct Loop : Instruction {
  Body body;
  List<Sink> sinks;
  int64_t count;               // all indices
  int64_t rows, length;        // kept indices, reduced indices
  int64_t columns;             // outer: size of the moved axis
  bool reduces, outer;
  int32_t block;               // elements in a block
  int32_t stages;
  List<int32_t> spread;        // by register: a block buffer, or -1
  List<bool> brief;            // by register: none but code reads it, so the first vector of a row's stretch is enough
  bool byRows;                 // a block is whole rows
  bool onlyCode;               // nothing but code reads what is the same everywhere: one vector of it is enough
  bool anyLength;              // and needs no buffers: a block may have any number of elements
  List<GroupFn> rowCode;       // a stage of one row each, or none

  bool follows;                // an epilogue: its order is that in which what it reads was made

  bool inRows() const { return rowCode.size > 0 && rowCode[0] != nullptr; }
};
struct Dot : Instruction {
  List<int64_t> batch;
  int64_t batches, m, n, k;
  View a, b, out;
  const Loop* epilogue;        // of `out`, or null: element i of the loop reads the result's i-th element in memory
};
struct Window {
  int32_t rank;
  int64_t spatial[maxRank], kernel[maxRank], outSpatial[maxRank], stride[maxRank], padLo[maxRank], dilation[maxRank];
};
struct Conv : Instruction {
  int32_t which;
  bool precise;                // no transform that trades last bits for speed
  int64_t n, c, o, groups;
  Window window;
  View x, w, y;
  const Loop* epilogue;        // of what is made, as a dot's

  /// Each channel by itself, enough of them for vectors of channels (cpu/depthwise.cpp).
  bool byChannel() const;
};
struct MaxPool : Instruction {
  int32_t which;
  List<int64_t> lead;
  int64_t leads;
  Window window;
  View x, y, dx;
};
struct Indexed : Instruction {
  List<int64_t> batch, index, rest;
  int64_t batches, indices, rests, size;
  View x, at, out;
};
struct Cumulative : Instruction {
  int32_t op;                  // 1 sum, 2 prod, 3 max, 4 min
  bool reverse;
  List<int64_t> dims;
  View x, out;
};
struct Sort : Instruction {
  bool positions;              // what is written: places of elements, or the elements
  List<int64_t> dims;
  View x, out;
};
/// Complex numbers as pairs of reals along a last axis; the transformed axis is the one before it.
struct Dft : Instruction {
  bool inverse;                // the sign of the exponent
  double scale;
  List<int64_t> batch;
  int64_t n;
  View x, out;
};
struct Repeat : Instruction {
  int32_t level;
  int64_t count;
  List<Instruction*> body;
};
/// A body that `count` devices run side by side, each on its share of the threads; nothing that one of them writes is read
/// or written by another. The counter of `level` says which one it is, and so does where its `own` buffers lie.
struct Gang : Repeat {
  struct Own { int32_t buffer; int64_t every; };
  List<Own> own;
};
struct Cond : Instruction {
  View which;
  List<Instruction*> then, otherwise;
};

/// test, then body as long as `which`, which test writes, is true.
struct While : Instruction {
  View which;
  List<Instruction*> test, body;
};

enum class BufferKind : uint8_t { input, output, arena, slot, own };
struct Buffer {
  BufferKind kind;
  DType dtype;                 // of a slot
  int32_t align;               // the largest element that is read from it
  int64_t bytes, at;
  int64_t every;               // of one that each device of a gang has in the arena: bytes from one to the next
};
/// The number of a buffer's memory among all; -1 is the arena.
static inline int32_t memoryOf(BufferKind kind, int64_t at) {
  return kind == BufferKind::arena || kind == BufferKind::own ? -1 : int32_t(kind) << 24 | int32_t(at);
}

}  // namespace cot
