// Processes that compute together. The transfers of a process are made one after the other, in the order in which they were
// asked for: by the thread that asks where it waits anyway and nothing is before it, else by a thread of their own. Before anything moves, the processes show each other a card that says what they are about
// to do, so different calls become a sentence on all of them; what is small travels with the card. Sums are made here, each
// element by one process from the first rank to the last: all processes get the same bits, whatever the engine does.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "comm/ct_comm.h"
#include "core/types.hpp"

namespace cot {

enum class How : int { sum, max, min, gather /* what all have */, scatter /* of the sum, the own part */, swap /* part r of each goes to r */ };
constexpr int hows = 6;
constexpr bool reduces(How h) { return h == How::sum || h == How::max || h == How::min || h == How::scatter; }

constexpr int longestLabel = 159;
struct Call {
  How how;
  DType dtype;
  const char* in;
  char* out;
  int64_t count;               // elements that this process brings
  char label[longestLabel + 1];
  double* span = nullptr;      // of the clock of traces: when it began and when it was done
};
/// The clock of traces, in microseconds.
inline double microsNow() {
  using namespace std::chrono;
  return duration<double, std::micro>(steady_clock::now().time_since_epoch()).count();
}
/// Why a collective did not happen; the sentence is the same on all processes.
struct Unmet : std::runtime_error { using std::runtime_error::runtime_error; };

class Comm {
 public:
  struct Settings {
    std::function<const ct_comm_v1*(std::string* why)> open;   // called on the thread of the transfers
    std::function<void(const std::string& why)> opened;        // empty: all is well
    /// A collective ran past its deadline; who listens has `grace` seconds to end the process with a better sentence.
    std::function<void(const std::string& sentence)> late;
    double deadline = 300, grace = 1.5;
    /// An engine that is cut off may hang even when it is to end all processes: this one then ends alone, so many seconds
    /// later. 0: it goes on.
    double hangs = 0;
  };
  explicit Comm(Settings s);
  ~Comm();
  Comm(const Comm&) = delete;
  Comm& operator=(const Comm&) = delete;

  int rank() const { return engine->rank; }
  int size() const { return engine->size; }
  int local() const { return engine->local; }
  bool ready() const { return up.load(std::memory_order_acquire); }
  /// Waits until it is done. Throws Unmet.
  void exchange(const Call& call);
  /// The same, told by a function that the thread of the transfers calls.
  void later(const Call& call, std::function<void(const std::string& why)> done);
  /// All processes leave; the thread ends after `done`.
  void close(const std::string& as, std::function<void(const std::string& why)> done);
  void abort(int code);
  struct Last { int64_t number; std::string label; bool waiting; };
  /// The collective that was begun last.
  Last last();

 private:
  struct Job {
    Call call;
    bool closes = false;
    std::function<void(const std::string&)> done;
  };
  Settings settings;
  const ct_comm_v1* engine = nullptr;
  std::atomic<bool> up{false}, leaving{false};
  std::atomic<int64_t> number{0};
  std::atomic<bool> waiting{false};
  std::mutex lock;
  std::condition_variable wake;
  std::deque<Job> queue;
  bool ended = false;
  bool apart = false;          // a thread of its own makes the transfer
  std::string broken;          // why nothing can be exchanged any more
  char label[longestLabel + 1] = {};
  std::vector<char> frames, scratch;
  std::vector<void*> open_, coming, given;
  std::mutex turn;             // of who makes transfers
  std::thread thread;

  void put(Job job);
  void work();
  std::string serve(const Job& job);
  bool atOnce(const Call& call, std::string* why);
  void room(const Call& call);
  void meet(const Call& call);
  void compare(const Call& call) const;
  void small(const Call& call) const;
  void large(const Call& call);
  void reduced(const Call& call);
  void moved(const Call& call);
  void receive(std::vector<void*>& list, char* to, int64_t bytes, int by, int tag);
  void send(std::vector<void*>& list, const char* from, int64_t bytes, int to, int tag);
  void check(int code);
  void settle();
  void end();
  void begins(const Call& call);
  const char* payload(int rank) const;
};

/// Those that one thread has begun and waits for: nobody gives their memory back before they are done.
class Transfers {
 public:
  Transfers() = default;
  Transfers(const Transfers&) = delete;
  ~Transfers() { until(begun); }
  void begin(Comm& c, const Call& call);
  /// Waits until at most so many of the youngest are under way. Throws Unmet.
  void wait(int64_t left);

 private:
  /// What the thread of the transfers tells. Made for the first: most runs begin none.
  struct Told {
    std::mutex lock;
    std::condition_variable wake;
    int64_t done = 0;
    std::string problem;       // the first
  };
  int64_t begun = 0, waited = 0;
  std::unique_ptr<Told> told;
  void until(int64_t number);
};

/// The one that plans use; null outside a group of processes.
Comm* comm();
void setComm(Comm* c);

}  // namespace cot
