// What kernels made of an input and would make again in the next run: weights transformed or packed. It belongs to the storage
// whose bytes it was made of, and goes when those are written or freed, or when anyone else is short of memory. Something is
// kept from the second time on that it is asked for, so weights that change with every step cost a look each.
#pragma once
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "core/types.hpp"

namespace cot {

struct KeptBlock {
  char* at;
  int64_t bytes;
  KeptBlock(char* a, int64_t n) : at(a), bytes(n) {}
  KeptBlock(const KeptBlock&) = delete;
  ~KeptBlock();
  /// Null when memory is short.
  static std::shared_ptr<KeptBlock> take(int64_t bytes);
};
/// What was made, and of which part of the storage: a kind, an address, sizes, strides.
using KeptKey = std::array<int64_t, 10>;

/// Memory in which something is made, or was: null where nothing is kept. What was not `done` is not there for the next one.
class Making;

/// All that is kept of one storage.
class Kept {
 public:
  Kept();
  Kept(const Kept&) = delete;
  ~Kept();
  Making find(const KeptKey& key, int64_t bytes);

 private:
  friend class Making;
  friend struct Keeper;
  enum State : uint8_t { asked, making, full };
  struct Piece {
    KeptKey key;
    State state;
    std::shared_ptr<KeptBlock> block;
    int64_t used;              // when, in looks
  };
  std::vector<Piece> pieces;
};
class Making {
 public:
  Making() = default;
  Making(Making&& m) : block(std::move(m.block)), of(std::exchange(m.of, nullptr)), key(m.key), whole(m.whole) {}
  Making(const Making&) = delete;
  ~Making() { end(false); }
  float* at() const { return block ? reinterpret_cast<float*>(block->at) : nullptr; }
  bool full() const { return whole; }
  void done() { end(true); }

 private:
  friend class Kept;
  std::shared_ptr<KeptBlock> block;
  Kept* of = nullptr;          // whose piece is being made here
  KeptKey key{};
  bool whole = false;

  void end(bool well);
};

/// Bytes that are kept.
int64_t keptBytes();
/// Gives up all that is kept; whether there was anything.
bool dropKept();

}  // namespace cot
