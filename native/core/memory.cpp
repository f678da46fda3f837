#include "core/memory.hpp"

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

#include "core/group.hpp"

namespace cot {
namespace {

constexpr int64_t granule = 64;
constexpr int64_t carveLimit = int64_t(256) << 10;  // blocks up to this size are carved out of chunks
constexpr int64_t chunkBytes = int64_t(4) << 20;
constexpr int64_t largest = int64_t(1) << 46;
constexpr int classes = 4 + 4 * 40;

// Up to 256 bytes in steps of 64, then four classes per power of two: at most a quarter is wasted.
int classOf(int64_t bytes) {
  if (bytes <= 4 * granule) return bytes <= granule ? 0 : int((bytes - 1) / granule);
  const int e = 63 - __builtin_clzll(uint64_t(bytes - 1));  // 2^e <= bytes-1 < 2^(e+1), e >= 8
  return 4 + (e - 8) * 4 + int(((bytes - 1) >> (e - 2)) & 3);
}
int64_t bytesOf(int cls) {
  if (cls < 4) return (cls + 1) * granule;
  const int e = 8 + (cls - 4) / 4;
  return int64_t(5 + (cls - 4) % 4) << (e - 2);
}

struct Free { Free* next; };
struct Pool {
  std::mutex lock;
  Free* bins[classes] = {};
  char* chunk = nullptr;
  int64_t chunkLeft = 0;
  int64_t used = 0, cached = 0, peak = 0, limit = 0;
  std::atomic<bool> poisoned{false};
  std::atomic<bool (*)()> shortage{nullptr};
};
Pool& pool() {
  static Pool* p = new Pool;  // never destroyed: threads may still give blocks back while the process exits
  return *p;
}

int64_t machineLimit() {
  const double ram = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGE_SIZE));
  return int64_t(std::fmin(ram, grantedBytes()) * 0.8);
}

char* map(int64_t bytes) {
  const bool huge = bytes >= hugePage;
  const int64_t extra = huge ? hugePage : 0;
  void* got = mmap(nullptr, size_t(bytes + extra), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  char* at = static_cast<char*>(got);
  if (huge) {
    char* aligned = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(at) + hugePage - 1) / hugePage * hugePage);
    if (aligned > at) munmap(at, size_t(aligned - at));
    const int64_t tail = at + bytes + extra - (aligned + bytes);
    if (tail > 0) munmap(aligned + bytes, size_t(tail));
    at = aligned;
#ifdef MADV_HUGEPAGE
    madvise(at, size_t(bytes), MADV_HUGEPAGE);
#endif
  }
  return at;
}
/// Moves the pages of cached blocks into a new one, whole huge pages, the largest that fit first. False: a hole is left.
bool join(Pool& p, char* at, int64_t bytes) {
#ifdef MREMAP_FIXED
  for (int c = classOf(bytes); bytesOf(c) >= hugePage; c--) {
    const int64_t size = bytesOf(c), whole = size / hugePage * hugePage;
    for (; bytes >= whole && p.bins[c] != nullptr; at += whole, bytes -= whole) {
      Free* f = p.bins[c];
      p.bins[c] = f->next;
      p.cached -= size;
      if (size > whole) munmap(reinterpret_cast<char*>(f) + whole, size_t(size - whole));
      if (mremap(f, size_t(whole), size_t(whole), MREMAP_MAYMOVE | MREMAP_FIXED, at) == at) continue;
      munmap(f, size_t(whole));
      return false;
    }
  }
#endif
  return true;
}
// Where a move failed the addresses are given up: what lies in the hole may be somebody else's by now.
char* mapJoined(Pool& p, int64_t bytes) {
  char* at = map(bytes);
  return at != nullptr && join(p, at, bytes) ? at : nullptr;
}
// mmap's unit is a page; classes above carveLimit are multiples of 64 KB, so nothing is lost.
void trim(Pool& p) {
  for (int c = 0; c < classes; c++) {
    const int64_t bytes = bytesOf(c);
    if (bytes <= carveLimit) continue;
    while (Free* f = p.bins[c]) {
      p.bins[c] = f->next;
      munmap(static_cast<void*>(f), size_t(bytes));
      p.cached -= bytes;
    }
  }
}
char* carve(Pool& p, int64_t bytes) {
  if (p.chunkLeft < bytes) {
    // What is left of the old chunk goes to the bins, largest class first.
    while (p.chunkLeft >= granule) {
      int c = classOf(p.chunkLeft);
      if (bytesOf(c) > p.chunkLeft) c--;
      Free* f = reinterpret_cast<Free*>(p.chunk);
      f->next = p.bins[c];
      p.bins[c] = f;
      p.chunk += bytesOf(c);
      p.chunkLeft -= bytesOf(c);
    }
    if (p.used + p.cached + chunkBytes > p.limit) trim(p);
    if (p.used + p.cached + chunkBytes > p.limit) return nullptr;
    char* fresh = map(chunkBytes);
    if (fresh == nullptr) return nullptr;
    p.chunk = fresh;
    p.chunkLeft = chunkBytes;
    p.cached += chunkBytes;
  }
  char* at = p.chunk;
  p.chunk += bytes;
  p.chunkLeft -= bytes;
  return at;
}

}  // namespace

int64_t classBytes(int64_t bytes) { return bytesOf(classOf(bytes)); }

bool atHand(int64_t bytes) {
  if (bytes < 0 || bytes > largest) return false;
  Pool& p = pool();
  const int c = classOf(bytes);
  std::lock_guard<std::mutex> hold(p.lock);
  return p.bins[c] != nullptr || (bytesOf(c) <= carveLimit && bytesOf(c) <= p.chunkLeft);
}
void onShortage(bool (*fn)()) { pool().shortage.store(fn); }
char* takeBlock(int64_t bytes, bool joined) {
  char* at = takeSpare(bytes, joined);
  bool (*give)() = pool().shortage.load();
  return at == nullptr && give != nullptr && give() ? takeSpare(bytes, joined) : at;
}
char* takeSpare(int64_t bytes, bool joined) {
  if (bytes < 0 || bytes > largest) return nullptr;
  Pool& p = pool();
  std::lock_guard<std::mutex> hold(p.lock);
  if (p.limit == 0) p.limit = machineLimit();
  const int c = classOf(bytes);
  const int64_t size = bytesOf(c);
  char* at = nullptr;
  if (Free* f = p.bins[c]) {
    if (p.used + size > p.limit) return nullptr;
    p.bins[c] = f->next;
    at = reinterpret_cast<char*>(f);
    p.cached -= size;
  } else if (size <= carveLimit) {
    at = carve(p, size);
    if (at == nullptr) return nullptr;
    p.cached -= size;
  } else {
    if (p.used + p.cached + size > p.limit) trim(p);
    if (p.used + p.cached + size > p.limit) return nullptr;
    at = joined ? mapJoined(p, size) : map(size);
    if (at == nullptr) {
      trim(p);
      at = map(size);
    }
    if (at == nullptr) return nullptr;
  }
  p.used += size;
  if (p.used > p.peak) p.peak = p.used;
  return at;
}

void populate(char* at, int64_t bytes) {
#ifdef MADV_POPULATE_WRITE
  madvise(at, size_t(bytes), MADV_POPULATE_WRITE);  // where that fails, the first who writes does it
#else
  (void)at, (void)bytes;
#endif
}
void giveBlock(char* block, int64_t bytes) {
  if (block == nullptr) return;
  Pool& p = pool();
  const int c = classOf(bytes);
  const int64_t size = bytesOf(c);
  if (p.poisoned.load()) std::memset(block, 0xFF, size_t(size));
  std::lock_guard<std::mutex> hold(p.lock);
  Free* f = reinterpret_cast<Free*>(block);
  f->next = p.bins[c];
  p.bins[c] = f;
  p.used -= size;
  p.cached += size;
}

void trimPool() {
  Pool& p = pool();
  std::lock_guard<std::mutex> hold(p.lock);
  trim(p);
}
void setPoolLimit(int64_t bytes) {
  Pool& p = pool();
  std::lock_guard<std::mutex> hold(p.lock);
  p.limit = bytes > 0 ? bytes : machineLimit();
}
void setPoison(bool on) { pool().poisoned.store(on); }
bool poison() { return pool().poisoned.load(); }
PoolState poolState() {
  Pool& p = pool();
  std::lock_guard<std::mutex> hold(p.lock);
  if (p.limit == 0) p.limit = machineLimit();
  return {p.used, p.cached, p.peak, p.limit};
}

}  // namespace cot
