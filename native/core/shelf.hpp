// Where a plan's lists lie.
#pragma once
#include "core/plan.hpp"

namespace cot {

/// What a plan's lists point into: zeroed, 64-byte aligned, freed together.
class Shelf {
 public:
  Shelf() = default;
  Shelf(const Shelf&) = delete;
  ~Shelf();
  template <class T> List<T> list(int64_t n) {
    return {static_cast<T*>(get(n * int64_t(sizeof(T)))), int32_t(n)};
  }
  template <class T> T* one() { return static_cast<T*>(get(sizeof(T))); }
  void* get(int64_t bytes);

 private:
  struct Block { Block* next; };
  Block* blocks = nullptr;
  char* at = nullptr;
  int64_t left = 0;
};

}  // namespace cot
