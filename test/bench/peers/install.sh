#!/usr/bin/env bash
# Makes the folder of the benchmark's peers, once, and prints it: a Python environment, and node_modules in js/. What pip
# has installed is kept in `complete`, and each peer says its version: a figure without one says nothing.
set -euo pipefail
folder="${COTANGENT_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/cotangent-peers}"
if [ ! -f "$folder/complete" ]; then
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 jax jaxlib numpy >&2
  "$folder/bin/pip" freeze >"$folder/complete"
fi
if [ ! -d "$folder/js/node_modules/@jax-js/jax" ]; then
  mkdir -p "$folder/js"
  (cd "$folder/js" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund --ignore-scripts @jax-js/jax@0.1.25 @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 >&2)
fi
printf '%s\n' "$folder"
