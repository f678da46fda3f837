#include "core/claims.hpp"

#include <algorithm>

namespace cot {

/// From the lowest address on, what reaches furthest so far is kept, and what does among all others; the same of what is
/// written.
bool meet(std::vector<Claim>& claims) {
  struct Reach {
    Wide to[2] = {};
    int64_t who[2] = {-2, -2};
    bool other(const Claim& c) const {
      const int i = who[0] == c.who ? 1 : 0;
      return who[i] != -2 && to[i] > c.at.from;
    }
    void add(const Claim& c) {
      if (who[0] == c.who || who[0] == -2) {
        to[0] = who[0] == -2 || to[0] < c.at.to ? c.at.to : to[0];
        who[0] = c.who;
      } else if (who[1] == -2 || to[1] < c.at.to) {
        to[1] = c.at.to;
        who[1] = c.who;
      }
      if (who[1] != -2 && to[1] > to[0]) std::swap(to[0], to[1]), std::swap(who[0], who[1]);
    }
  };
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) { return a.at.memory != b.at.memory ? a.at.memory < b.at.memory : a.at.from < b.at.from; });
  Reach any, written;
  for (size_t i = 0; i < claims.size(); i++) {
    const Claim& c = claims[i];
    if (i == 0 || claims[i - 1].at.memory != c.at.memory) any = written = Reach();
    if ((c.writes ? any : written).other(c)) return true;
    any.add(c);
    if (c.writes) written.add(c);
  }
  return false;
}

}  // namespace cot
