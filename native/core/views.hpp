// Views of buffers: that each stays in its buffer, and who touches what.
#pragma once
#include <vector>

#include "core/claims.hpp"
#include "core/overlay.hpp"
#include "core/words.hpp"

namespace cot {

struct Views : Words {
  int64_t count[maxLevels] = {};   // of the open repeats
  bool open[maxLevels] = {};
  std::vector<bool> slotSeen;
  std::vector<Touched> touched;    // by buffer
  int32_t top = -1;                // the instruction of the plan that is being read
  /// What the bodies of a gang touch: by device 0, and how far on the next one does. Steps of repeats that are around the
  /// gang are the same for all devices, and kept apart.
  struct Touch { Span at; Wide by; bool writes; Wide around[maxLevels]; };
  struct Devices {
    int32_t level = -1;
    int64_t count = 0;
    bool around[maxLevels] = {};
    std::vector<Touch> touched;
    std::vector<int32_t> own;
  } gang;
  std::vector<Claim> claims;     // of the instruction that is being decoded, on one device
  /// The exchanges that may be under way here, as this list sees it, the oldest first.
  struct Moving { Span in, out; int64_t number; };
  std::vector<Moving> moving;
  int64_t exchanges = 0;

  using Words::Words;

  View view(int64_t rank);
  /// Every element of the view lies inside its buffer, whatever the counters are.
  void inside(View& v, const int64_t* d);
  View read(int64_t rank, const int64_t* d);
  View write(int64_t rank, const int64_t* d);
  /// No element of a result lies on another: from the smallest on, each stride goes beyond all that smaller ones reach.
  void spread(const View& v, const int64_t* d);
  Span span(const View& v, const int64_t* d) const;
  /// Whatever the counters of such levels are.
  template <class F> Span during(const View& v, const int64_t* d, const F& level) const {
    Span s = span(v, d);
    for (const Step& t : v.steps) {
      if (!level(t.level)) continue;
      const Wide far = Wide(most(count[t.level], 1) - 1) * t.step * sizeOf(v.dtype);
      (far < 0 ? s.from : s.to) += far;
    }
    return s;
  }
  /// On all devices.
  Span everywhere(const View& v, const int64_t* d) const;
  void touch(const View& v, const int64_t* d, bool writes);
  /// No device touches what another writes.
  void separate();
  void apart(const View& v, const int64_t* d, Span Moving::*side, const char* why);
  void same(const View& a, const View& b, const char* what);
  bool dense(const View& v, const int64_t* d) const;
};

}  // namespace cot
