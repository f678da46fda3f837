// What this machine can do at most with the threads that plans use: what figures of kernels are shares of.
#pragma once

namespace cot {

/// f32 operations a second, an fma being two, of registers only.
double peakFlops();
/// Bytes a second, read and written, of a copy far larger than caches. Throws OutOfMemory.
double peakCopy();

}  // namespace cot
