// The pool: blocks by size class, taken from the system once and kept, because a fresh 4 KB page costs more than the work
// done on it. Large blocks are 2 MB aligned and advised to be huge pages. One pool per process; every function is
// thread-safe and none throws: failure is a null pointer.
#pragma once
#include "core/types.hpp"

namespace cot {

constexpr int64_t hugePage = int64_t(2) << 20;

struct PoolState {
  int64_t used;    // bytes handed out, as classes
  int64_t cached;  // bytes kept for the next request
  int64_t peak;    // largest `used` so far
  int64_t limit;   // what used + cached may reach
};

int64_t classBytes(int64_t bytes);       // the size of the block that a request gets
bool atHand(int64_t bytes);              // the next block of so many bytes is one that is there already
/// 64-byte aligned; null if limit or system says no. A joined one is made of the pages of cached blocks before new ones.
char* takeBlock(int64_t bytes, bool joined = false);
char* takeSpare(int64_t bytes, bool joined = false);  // the same for what nobody needs: it asks nobody to give up anything
void onShortage(bool (*)());             // asked before a block is refused: did it give anything back?
void giveBlock(char* block, int64_t bytes);
void populate(char* at, int64_t bytes);  // pages of a large block are there before they are written
void trimPool();                         // gives cached large blocks back to the system
void setPoolLimit(int64_t bytes);        // 0: the default, most of what the machine or its cgroup has
void setPoison(bool on);                 // freed bytes are filled with 0xFF (NaN)
bool poison();
PoolState poolState();

}  // namespace cot
