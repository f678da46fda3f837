// Words of a program, as they are read: what is not what it says to be is refused.
#pragma once
#include <string>

#include "core/decode.hpp"

namespace cot {

constexpr int64_t maxInteger = int64_t(1) << 53;

struct Words {
  const double* words;
  int64_t end;       // of what is being read
  int64_t pos = 0;
  Plan& plan;

  Words(const double* w, int64_t n, Plan& p) : words(w), end(n), plan(p) {}

  [[noreturn]] void refuse(const std::string& why) const;
  double word();
  int64_t integer(int64_t lo, int64_t hi, const char* what);
  /// The length of a list each of whose members takes at least one word: so it cannot ask for more memory than it sent.
  int64_t length(const char* what, int64_t most = maxInteger);
  List<int64_t> integers(int64_t n, int64_t lo, int64_t hi, const char* what);
  List<int64_t> dims(const char* what, int64_t room = maxRank);
  DType dtype() { return DType(integer(0, dtypes - 1, "a dtype")); }
  DType computed() { return DType(integer(0, F64, "a dtype that is computed in")); }
  void computing(DType d, const char* what);
  /// The product of sizes, refused when it leaves the exact integers.
  int64_t product(const List<int64_t>& l, int64_t from = 1);
};

}  // namespace cot
