#pragma once
namespace cot::test {
/// How many things are wrong when memory cannot be had.
int shortageFailures();
}  // namespace cot::test
