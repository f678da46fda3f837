#!/bin/sh
# Builds and runs the addon's plain C++ tests: native/test/run.sh {plain|asan|tsan} [fuzz rounds]. COTANGENT_ISA chooses kernels.
set -e
here=$(cd "$(dirname "$0")" && pwd)
kind=${1:-plain}
case $kind in
  plain) sanitize= ;;
  asan) sanitize=address,undefined ;;
  tsan) sanitize=thread ;;
  *) echo "usage: $0 {plain|asan|tsan} [fuzz rounds]" >&2; exit 2 ;;
esac
build=${COT_TEST_BUILD:-$here/../../build/test-$kind}
generator=$(command -v ninja >/dev/null && echo "-G Ninja" || true)
cmake -S "$here/.." -B "$build" $generator -DCOT_TEST=ON -DCOT_SANITIZE="$sanitize" >/dev/null
cmake --build "$build" -j "$(nproc)" | grep -E "error:|FAILED" || true
"$build/cotangent_test" ${2:-} >"$build/said" || { cat "$build/said"; exit 1; }
cat "$build/said"
# Every instruction set gives the same bits. Their threads are the same: a run for each would only cost time there.
[ "$kind" = tsan ] && exit 0
own=$(sed -n 's/^kernels: \([a-z0-9]*\),.*/\1/p' "$build/said")
grep results "$build/said" >"$build/results"
for isa in baseline avx2; do
  [ "$isa" = "$own" ] && continue
  COTANGENT_ISA=$isa "$build/cotangent_test" 0 >"$build/other" || { echo "$isa:"; cat "$build/other"; exit 1; }
  grep results "$build/other" >>"$build/results"
done
[ "$(sort -u "$build/results" | wc -l)" -eq 1 ] || { echo "instruction sets disagree:"; cat "$build/results"; exit 1; }
