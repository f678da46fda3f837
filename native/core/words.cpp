#include "core/words.hpp"

#include <cmath>

#include "core/claims.hpp"

namespace cot {

void Words::refuse(const std::string& why) const {
  throw BadProgram("bad program at word " + std::to_string(pos) + ": " + why);
}
double Words::word() {
  if (pos >= end) refuse("it ends too early");
  return words[pos++];
}
int64_t Words::integer(int64_t lo, int64_t hi, const char* what) {
  const double w = word();
  if (!(w >= -9007199254740992.0 && w <= 9007199254740992.0) || w != std::floor(w))
    refuse(std::string(what) + " is not an integer");
  const int64_t i = int64_t(w);
  if (i < lo || i > hi)
    refuse(std::string(what) + " is " + std::to_string(i) + ", not within " + std::to_string(lo) + ".." + std::to_string(hi));
  return i;
}
int64_t Words::length(const char* what, int64_t most) {
  const int64_t n = integer(0, most, what);
  if (n > end - pos) refuse(std::string(what) + " promises more words than there are");
  return n;
}
List<int64_t> Words::integers(int64_t n, int64_t lo, int64_t hi, const char* what) {
  if (n > end - pos) refuse("it ends too early");
  List<int64_t> l = plan.shelf.list<int64_t>(n);
  for (auto& i : l) i = integer(lo, hi, what);
  return l;
}
List<int64_t> Words::dims(const char* what, int64_t room) {
  return integers(length(what, room), 0, maxInteger, what);
}
void Words::computing(DType d, const char* what) {
  if (!computes(d)) refuse(std::string(what) + " of a dtype that is only stored");
}
int64_t Words::product(const List<int64_t>& l, int64_t from) {
  Wide p = from;
  bool zero = from == 0;
  for (int64_t d : l) {
    if (d == 0) zero = true;
    else if ((p *= d) > maxInteger) refuse("a size past 2^53");
  }
  return zero ? 0 : int64_t(p);
}

}  // namespace cot
