// What the control groups of Linux grant this process: the smallest share of its own group and of all around it.
#pragma once
#include <string>

namespace cot {

/// Cores, and bytes: infinite where nothing is limited. `root` is where /proc and /sys lie.
double grantedCores(const std::string& root = "");
double grantedBytes(const std::string& root = "");
/// Threads on so many processors of which so much is granted: half a core more than whole ones is worth another thread.
int threadsOn(int processors, double granted);

}  // namespace cot
