#!/usr/bin/env bash
# Makes the Python environment of the benchmark's peers, once, and prints its interpreter. `pip freeze` of it is kept beside
# it, and each peer says its version: a figure without one says nothing.
set -euo pipefail
folder="${COTANGENT_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/cotangent-peers}"
if [ ! -f "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 jax jaxlib numpy >&2
  "$folder/bin/pip" freeze >"$folder/complete"
fi
printf '%s\n' "$folder/bin/python"
