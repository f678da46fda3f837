// Processes as threads: an engine of mailboxes, every collective against what it should give, and what goes wrong.
#include "core/comm.hpp"

#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "test/comm.hpp"
#include "test/shortage.hpp"

namespace cot::test {
namespace {

using Key = std::tuple<int, int, int>;  // from, to, tag
struct Part { Key key; size_t index; char* to; };
using Request = std::vector<Part>;     // what is still to come
struct Wires {
  int size;
  std::mutex lock;
  std::map<Key, std::vector<std::vector<char>>> sent;
  std::atomic<int> aborted{0};
};
struct Seat {
  Wires* wires;
  int rank;
  std::map<Key, size_t> asked;
  std::vector<std::unique_ptr<Request>> requests;
  Request* fresh() { return requests.emplace_back(new Request).get(); }
  ct_comm_v1 table;
};

void post(Seat& s, const void* from, int64_t bytes, int to, int tag) {
  const char* at = static_cast<const char*>(from);
  std::lock_guard<std::mutex> hold(s.wires->lock);
  s.wires->sent[{s.rank, to, tag}].emplace_back(at, at + bytes);
}
Part expect(Seat& s, void* to, int from, int tag) {
  const Key key{from, s.rank, tag};
  return {key, s.asked[key]++, static_cast<char*>(to)};
}
int gather(void* self, const void* in, void* out, int64_t bytes, void** request) {
  const Spared engine;
  Seat& s = *static_cast<Seat*>(self);
  Request* r = s.fresh();
  for (int i = 0; i < s.wires->size; i++) {
    post(s, in, bytes, i, 0);
    r->push_back(expect(s, static_cast<char*>(out) + i * bytes, i, 0));
  }
  *request = r;
  return 0;
}
int send(void* self, const void* from, int64_t bytes, int32_t to, int32_t tag, void** request) {
  const Spared engine;
  post(*static_cast<Seat*>(self), from, bytes, to, tag);
  *request = static_cast<Seat*>(self)->fresh();
  return 0;
}
int receive(void* self, void* to, int64_t, int32_t from, int32_t tag, void** request) {
  const Spared engine;
  Seat& s = *static_cast<Seat*>(self);
  Request* r = s.fresh();
  r->push_back(expect(s, to, from, tag));
  *request = r;
  return 0;
}
int test(void* self, void* request, int32_t* done) {
  const Spared engine;
  Seat& s = *static_cast<Seat*>(self);
  Request& r = *static_cast<Request*>(request);
  std::lock_guard<std::mutex> hold(s.wires->lock);
  for (size_t i = 0; i < r.size();) {
    const auto& box = s.wires->sent[r[i].key];
    if (box.size() <= r[i].index) { i++; continue; }
    std::memcpy(r[i].to, box[r[i].index].data(), box[r[i].index].size());
    r[i] = r.back();
    r.pop_back();
  }
  *done = r.empty();
  return 0;
}
void abort_(void* self, int32_t) { static_cast<Seat*>(self)->wires->aborted++; }
int close_(void*) { return 0; }
const char* why(void*) { return "no reason"; }

/// f(comm, rank) on every rank, each a thread.
struct World {
  Wires wires;
  std::vector<std::unique_ptr<Seat>> seats;
  std::vector<std::unique_ptr<Comm>> comms;
  std::atomic<int> late{0};

  World(int n, double deadline) {
    wires.size = n;
    for (int r = 0; r < n; r++) {
      seats.push_back(std::make_unique<Seat>());
      Seat* s = seats.back().get();
      s->wires = &wires;
      s->rank = r;
      s->table = {CT_COMM_VERSION, r, n, r, s, gather, send, receive, test, abort_, close_, why};
      Comm::Settings settings;
      settings.open = [s](std::string*) {
        if (s->rank > 0) static thread_local const Spared others;   // memory is short on the first rank
        return &s->table;
      };
      settings.opened = [](const std::string&) {};
      settings.late = [this](const std::string&) { late++; };
      settings.deadline = deadline;
      settings.grace = 0.02;
      comms.push_back(std::make_unique<Comm>(std::move(settings)));
    }
    for (auto& c : comms) while (!c->ready()) std::this_thread::yield();
  }
  template <class F> void each(F f) {
    std::vector<std::thread> threads;
    for (size_t r = 0; r < comms.size(); r++) threads.emplace_back([&, r] { f(*comms[r], int(r)); });
    for (auto& t : threads) t.join();
  }
};
int64_t value(int rank, int64_t i) { return (rank * 31 + i * 7) % 97; }
template <class T> int wrong(World& w, How how, DType d, int64_t each) {
  const int n = w.wires.size;
  const bool parts = how == How::scatter || how == How::swap;
  const int64_t count = parts ? each * n : each, outs = how == How::gather ? each * n : how == How::scatter ? each : count;
  std::atomic<int> bad{0};
  w.each([&](Comm& c, int me) {
    std::vector<T> in(size_t(count), T(0)), out(size_t(outs), T(1));
    for (int64_t i = 0; i < count; i++) in[size_t(i)] = T(value(me, i));
    Call call{how, d, reinterpret_cast<const char*>(in.data()), reinterpret_cast<char*>(out.data()), count, {}};
    std::snprintf(call.label, sizeof call.label, "kind %d", int(how));
    c.exchange(call);
    int mistakes = 0;
    for (int64_t i = 0; i < outs; i++) {
      int64_t want = 0;
      if (how == How::gather) want = value(int(i / each), i % each);
      else if (how == How::swap) want = value(int(i / each), me * each + i % each);
      else
        for (int r = 0; r < n; r++) {
          const int64_t x = value(r, how == How::scatter ? me * each + i : i);
          want = r == 0 ? x : how == How::max ? most(want, x) : how == How::min ? least(want, x) : want + x;
        }
      mistakes += out[size_t(i)] != T(want);
    }
    bad += mistakes;
  });
  return bad;
}
int everyKind() {
  int bad = 0;
  for (const int n : {1, 2, 3, 5}) {
    World w(n, 60);
    for (int h = 0; h < hows; h++)
      for (const int64_t each : {int64_t(0), int64_t(1), int64_t(7), int64_t(900), int64_t(270001)}) {
        bad += wrong<float>(w, How(h), F32, each);
        if (each < 1000) bad += wrong<int64_t>(w, How(h), I64, each) + wrong<uint8_t>(w, How(h), U8, each) + wrong<double>(w, How(h), F64, each) + wrong<int32_t>(w, How(h), I32, each) + wrong<uint32_t>(w, How(h), U32, each);
      }
    std::atomic<int> closed{0}, told{0};
    w.each([&](Comm& c, int) {
      c.close("the end", [&](const std::string& problem) {
        closed += problem.empty();
        told++;
      });
    });
    while (told < n) std::this_thread::yield();
    w.comms.clear();
    bad += closed != n;
  }
  return bad;
}
/// Different calls are one sentence on all, and the group goes on.
int strangers() {
  World w(3, 60);
  std::atomic<int> bad{0};
  std::vector<std::string> said(3);
  w.each([&](Comm& c, int me) {
    float x[4] = {}, y[4] = {};
    Call call{How::sum, F32, reinterpret_cast<char*>(x), reinterpret_cast<char*>(y), me == 2 ? 3 : 4, "psum"};
    if (me == 2) std::strcpy(call.label, "pmax");
    try {
      c.exchange(call);
      bad++;
    } catch (const Unmet& e) {
      said[size_t(me)] = e.what();
    }
  });
  bad += said[0].find("rank 0 calls #1 psum, rank 2 calls #1 pmax") == std::string::npos || said[2] != said[0];
  return bad + wrong<float>(w, How::sum, F32, 5);
}
/// Several under way: each is there once it was waited for. One of them that differs is a sentence on all, and the group goes on.
int manyAtOnce(bool differ) {
  World w(3, 60);
  constexpr int many = 6;
  constexpr int64_t count = 70001;
  std::atomic<int> bad{0}, said{0};
  w.each([&](Comm& c, int me) {
    std::vector<float> in[many], out[many];
    Transfers t;
    for (int k = 0; k < many; k++) {
      out[k].assign(count, -1);
      for (int64_t i = 0; i < count; i++) in[k].push_back(float(value(me + k, i)));
      Call call{How::sum, F32, reinterpret_cast<char*>(in[k].data()), reinterpret_cast<char*>(out[k].data()), k % 2 == 0 ? count : 3, {}};
      std::snprintf(call.label, sizeof call.label, "sum %d", differ && k == 4 && me == 1 ? 40 : k);
      t.begin(c, call);
    }
    try {
      for (int k = 0; k < many; k++) {
        t.wait(many - 1 - k);
        const int64_t last = k % 2 == 0 ? count - 1 : 2;
        bad += out[k][size_t(last)] != float(value(k, last) + value(1 + k, last) + value(2 + k, last));
      }
    } catch (const Unmet& e) {
      said += std::strstr(e.what(), "rank 1 calls #5 sum 40") != nullptr;
    }
  });
  return bad + (said != (differ ? 3 : 0)) + wrong<float>(w, How::sum, F32, 5);
}
/// Who leaves while a transfer is under way waits for it: its memory ends with him.
int leavingWaits() {
  World w(2, 60);
  std::atomic<int> bad{0};
  w.each([&](Comm& c, int me) {
    constexpr int64_t count = 200000;
    std::vector<float> in(count, float(me + 1)), out(count, 0);
    const Call call{How::sum, F32, reinterpret_cast<char*>(in.data()), reinterpret_cast<char*>(out.data()), count, {}};
    if (me == 1) std::this_thread::sleep_for(std::chrono::milliseconds(30));
    try {
      Transfers t;
      t.begin(c, call);
      throw OutOfMemory(1);
    } catch (const OutOfMemory&) {
      bad += out[0] != 3 || out[count - 1] != 3;
    }
  });
  return bad;
}
/// One that does not come: the others end by their deadline; one that leaves ends those who wait in it.
int nobodyWaitsForEver() {
  World w(2, 0.05);
  int bad = 0;
  float x = 1, y = 0;
  const Call call{How::sum, F32, reinterpret_cast<char*>(&x), reinterpret_cast<char*>(&y), 1, "psum"};
  for (int i = 0; i < 2; i++) {
    try {
      w.comms[0]->exchange(call);
      bad++;
    } catch (const Unmet& e) {
      bad += std::strstr(e.what(), "#1 psum did not finish in 0.05 s on rank 0 of 2") == nullptr;
    }
  }
  bad += w.late != 1 || w.wires.aborted != 1 || w.comms[0]->last().label != "psum";
  World v(2, 60);
  std::atomic<int> told{0};
  v.comms[1]->later(call, [&](const std::string& why) { told += !why.empty(); });
  v.comms.clear();
  return bad + (told != 1);
}
/// Whichever allocation of a rank fails, alone or with all that come later: nothing is under way after it, and it may call again.
int shortOfMemory(int64_t many, bool apart) {
  int64_t failed = 0;
  std::atomic<int> bad{0};
  for (int64_t n = 0, met = 1; met; n++) {
    World w(2, 60);
    const Spared starter;
    w.each([&](Comm& c, int me) {
      std::optional<Spared> other;
      if (me > 0) other.emplace();
      constexpr int64_t count = 200000;
      std::vector<float> in(count, float(me + 1)), out(count, 0);
      const Call call{How::sum, F32, reinterpret_cast<char*>(in.data()), reinterpret_cast<char*>(out.data()), count, "psum"};
      const auto exchange = [&] {
        if (!apart) return c.exchange(call);
        Transfers t;
        t.begin(c, call);
        t.wait(0);
      };
      if (me == 1) return exchange();
      try {
        const Failing failing(n, many);
        exchange();
        met = failing.met();
        bad += met;              // what failed must have been told
      } catch (const std::exception& e) {
        failed++;
        bad += std::strstr(e.what(), "out of memory") == nullptr && dynamic_cast<const std::bad_alloc*>(&e) == nullptr;
        for (const auto& r : w.seats[0]->requests) bad += !r->empty();
        exchange();
      }
      bad += out[0] != 3 || out[count - 1] != 3;
    });
  }
  return bad + (failed < 3);
}

}  // namespace

struct Alone::Group { World world{1, 60}; };
Alone::Alone() : group(new Group) { setComm(group->world.comms[0].get()); }
Alone::~Alone() { delete group; }
int commFailures() { return everyKind() + strangers() + manyAtOnce(false) + manyAtOnce(true) + shortOfMemory(1, false) + shortOfMemory(ever, false) + shortOfMemory(1, true) + shortOfMemory(ever, true) + leavingWaits() + nobodyWaitsForEver(); }

}  // namespace cot::test
