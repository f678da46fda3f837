#pragma once

namespace cot::test {

/// Passes of the interpreter against its operations one by one. Prints and counts what failed.
int passFailures();

}  // namespace cot::test
