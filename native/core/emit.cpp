#include "core/emit.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#if defined(COT_X86) && !defined(_WIN32)
#define COT_EMITS
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "core/piece.hpp"
#include "cpu/kernels.hpp"

namespace cot {

// ---- whether, and where ----
static std::atomic<int> allowed{512};
#ifdef COT_EMITS
static int own() {
  const char* word = std::getenv("COTANGENT_EMIT");
  const auto says = [&](const char* what) { return word != nullptr && std::strcmp(word, what) == 0; };
  if (says("0") || std::strcmp(kernels().name, "baseline") == 0) return 0;
  return says("256") || std::strcmp(kernels().name, "avx2") == 0 ? 32 : 64;
}
int emits() {
  static const int bytes = own();
  return std::min(bytes, allowed.load(std::memory_order_relaxed) / 8);
}
#else
int emits() { return 0; }
#endif
void setEmits(int bits) { allowed.store(bits < 256 ? 0 : bits < 512 ? 256 : 512, std::memory_order_relaxed); }

CodePages::~CodePages() {
#ifdef COT_EMITS
  if (at != nullptr) munmap(at, held);
#endif
}
const uint8_t* CodePages::seal(const std::vector<uint8_t>& bytes) {
#ifdef COT_EMITS
  const size_t page = size_t(sysconf(_SC_PAGESIZE)), size = (bytes.size() + page - 1) / page * page;
  void* got = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  std::memcpy(got, bytes.data(), bytes.size());
  if (mprotect(got, size, PROT_READ | PROT_EXEC) != 0) {
    munmap(got, size);
    return nullptr;
  }
  at = got;
  held = size;
  return static_cast<const uint8_t*>(got);
#else
  (void)bytes;
  return nullptr;
#endif
}

// ---- what is taken ----
static bool arithmetic(Code c) {
  switch (c) {
    case Code::neg_: case Code::abs_: case Code::add_: case Code::sub_: case Code::mul_: case Code::max_: case Code::min_: return true;
    default: return false;
  }
}
static bool floating(Code c) {
  switch (c) {
    case Code::div_: case Code::sqrt_: case Code::rsqrt_: case Code::floor_: case Code::ceil_: case Code::round_: case Code::trunc_: return true;
    default: return arithmetic(c);
  }
}
static bool bitwise(Code c) { return c == Code::and_ || c == Code::or_ || c == Code::xor_ || c == Code::not_; }
static bool casts(DType from, DType to) {
  const bool wide = to == F32 || to == I32;
  if (isHalf(from) || isHalf(to)) return from == F32 || to == F32;
  return (from == Bool && wide) || (from == I32 && to == F32) || (to == Bool && (from == F32 || from == I32));
}
bool Emitter::takes(const Op& op, bool doubles) {
  if (doubles) return op.in == F64 && op.out == F64 && floating(op.code);
  const bool compares = op.code >= Code::eq_ && op.code <= Code::ge_;
  switch (op.in) {
    case F32: return floating(op.code) || inlined(op.code) || compares || op.code == Code::where_ || (op.code == Code::cast_ && casts(F32, op.out));
    case I32: return arithmetic(op.code) || compares || bitwise(op.code) || op.code == Code::where_ || (op.code == Code::cast_ && casts(I32, op.out));
    case F16: case BF16: return op.code == Code::where_ || op.code == Code::cast_;
    case Bool: return bitwise(op.code) || op.code == Code::where_ || (op.code == Code::cast_ && casts(Bool, op.out));
    default: return false;
  }
}

bool Emitter::tails(const Body& body, const Group& g, const List<bool>& outside) {
  const int first = body.sources.size;
  const auto small = [&](int32_t r) { return sizeOf(r < first ? body.sources[r].dtype : body.ops[r - first].out) < 4; };
  for (int i = g.from; i < g.to && g.bytes == 32; i++) {
    if (outside[first + i] && small(first + i)) return false;
    for (const int32_t a : body.ops[i].args)
      if (a < first + g.from && small(a)) return false;
  }
  return true;
}
void Emitter::emit(const Body& body, Group& group, const List<bool>& outside) {
  write(body, group, outside, group.streams, &group.code);
  if (group.streams && !body.byRow) write(body, group, outside, false, &group.near);
}
void Emitter::write(const Body& body, const Group& group, const List<bool>& outside, bool streams, GroupFn* fn) {
  const size_t offset = code.here();
  const int first = body.sources.size;
  const Format format{group.bytes, group.bytes / group.lanes};
  bool heavy = false;
  const auto piece = [&](bool tail) {
    Piece p(body, format, body.byRow ? Coder::row : Coder::blocks, tail);
    for (int i = group.from; i < group.to; i++) {
      const int32_t v = p.coder.operation(i), r = first + i;
      const Op& op = body.ops[i];
      heavy = heavy || (op.in == F32 && inlined(op.code));
      if (outside[r] || op.streamed >= 0) p.coder.store(r, v, op.out, streams && op.streamed >= 0);
    }
    p.settle(first + body.ops.size, tail ? 1 : heavy ? mostHeavy(format) : mostLight);
    return p;
  };
  const Piece whole = piece(false), rest = group.tails ? piece(true) : Piece(body, format, Coder::blocks);
  enter(code, format, std::max(whole.used, rest.used), std::max(whole.shape.spills, rest.shape.spills));
  whole.loop(code);
  if (group.tails) {
    code.leftToR11(format.lanes());
    const size_t none = code.jump(Assembler::equal);
    rest.last(code);
    code.land(none);
  }
  leave(code, std::max(whole.used, rest.used));
  made.push_back({fn, offset});
}
void Emitter::finish(CodePages& pages) {
  if (made.empty()) return;
  const uint8_t* at = pages.seal(code.bytes);
  for (const Made& m : made)
    if (at != nullptr) *m.fn = reinterpret_cast<GroupFn>(reinterpret_cast<uintptr_t>(at + m.offset));
}

}  // namespace cot
