#include "core/shelf.hpp"

#include <cstdlib>
#include <cstring>

namespace cot {

Shelf::~Shelf() {
  while (blocks != nullptr) {
    Block* next = blocks->next;
    std::free(blocks);
    blocks = next;
  }
}
void* Shelf::get(int64_t bytes) {
  bytes = (most(bytes, 1) + 63) / 64 * 64;
  if (bytes > left) {
    const int64_t size = most(bytes, 8192) + 64;
    Block* b = static_cast<Block*>(std::aligned_alloc(64, size_t(size)));
    if (b == nullptr) throw OutOfMemory(double(size));
    b->next = blocks;
    blocks = b;
    at = reinterpret_cast<char*>(b) + 64;
    left = size - 64;
  }
  char* got = at;
  at += bytes;
  left -= bytes;
  std::memset(got, 0, size_t(bytes));
  return got;
}

}  // namespace cot
