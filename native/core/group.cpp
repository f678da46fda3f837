#include "core/group.hpp"

#include <cmath>
#include <fstream>
#include <vector>

namespace cot {
namespace {

constexpr double unlimited = HUGE_VAL;

/// The next number of a file. "max" is no limit, nor is v1's -1 or what is missing.
double read(std::istream& file) {
  std::string word;
  if (!(file >> word)) return unlimited;
  const double n = std::atof(word.c_str());
  return n > 0 ? n : unlimited;
}
double number(const std::string& path) {
  std::ifstream file(path);
  return read(file);
}
/// A quota a period; a file without a period has the kernel's own, 100 ms.
double share(double quota, double period) { return quota / (period < unlimited ? period : 100000); }

/// The smallest limit that a group or one of its parents has, up to where its kind of group is mounted.
template <class Limit> double smallest(const std::string& mount, std::string group, const Limit& limit) {
  double least = limit(mount);
  for (; group.size() > 1; group.resize(group.rfind('/'))) least = std::fmin(least, limit(mount + group));
  return least;
}
/// The group of this process: with v1 among those of one controller, with v2 (whose line names none) the only one.
std::string groupOf(const std::string& root, const std::string& controller) {
  std::ifstream lines(root + "/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const size_t names = line.find(':') + 1, path = line.find(':', names) + 1;
    if (names == 0 || path == 0) continue;
    const std::string all = "," + line.substr(names, path - 1 - names) + ",";
    if (all.find("," + controller + ",") != std::string::npos) return line.substr(path);
  }
  return "";
}

}  // namespace

double grantedCores(const std::string& root) {
  const std::string at = root + "/sys/fs/cgroup";
  const auto two = [](const std::string& group) {
    std::ifstream file(group + "/cpu.max");
    const double quota = read(file);
    return share(quota, read(file));
  };
  const auto one = [](const std::string& group) { return share(number(group + "/cpu.cfs_quota_us"), number(group + "/cpu.cfs_period_us")); };
  return std::fmin(smallest(at, groupOf(root, ""), two), smallest(at + "/cpu", groupOf(root, "cpu"), one));
}
double grantedBytes(const std::string& root) {
  const std::string at = root + "/sys/fs/cgroup";
  return std::fmin(smallest(at, groupOf(root, ""), [](const std::string& group) { return number(group + "/memory.max"); }),
                   smallest(at + "/memory", groupOf(root, "memory"), [](const std::string& group) { return number(group + "/memory.limit_in_bytes"); }));
}
int threadsOn(int processors, double granted) { return int(std::fmax(1, std::fmin(processors, std::round(granted)))); }

}  // namespace cot
