"""Writes dtypes.json: a file of every dtype that safetensors and cotangent share, by the safetensors package, in base64.

    python test/io/record.py
"""
import base64
import json
import os

import safetensors
import torch
from safetensors.torch import save

WHOLE = {"bool": [0, 1, 1], "u8": [0, 200, 255], "i8": [-128, -1, 127], "i16": [-32768, -1, 32767], "u16": [0, 256, 65535], "i32": [-(2**31), 5, 2**31 - 1],
         "u32": [0, 7, 2**32 - 1], "i64": [-(2**63), 3, 2**63 - 1], "u64": [0, 2**63, 2**64 - 1]}
HALF = [0.0, -0.0, 1.0, -2.5, 0.1, float("inf"), float("-inf"), 6e-8, 65504.0, 1e-40]
NAMES = {"bool": torch.bool, "u8": torch.uint8, "i8": torch.int8, "i16": torch.int16, "u16": torch.uint16, "i32": torch.int32, "u32": torch.uint32,
         "i64": torch.int64, "u64": torch.uint64, "f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64, "c64": torch.complex64}


def tensor(name):
    if name in WHOLE:
        return torch.tensor(WHOLE[name], dtype=NAMES[name])
    return torch.tensor([complex(1, -2)] if name == "c64" else HALF, dtype=NAMES[name])


def values(name):
    x = tensor(name)
    if name in WHOLE:
        return [str(int(v)) for v in WHOLE[name]]
    return [str(v).replace("inf", "Infinity") for v in (torch.view_as_real(x).flatten() if name == "c64" else x).to(torch.float64).tolist()]


def record():
    bytes_ = save({name: tensor(name) for name in NAMES})
    out = {"from": f"safetensors {safetensors.__version__}, torch {torch.__version__}", "bytes": base64.b64encode(bytes_).decode(),
           "values": {name: values(name) for name in NAMES}}
    with open(os.path.join(os.path.dirname(__file__), "dtypes.json"), "w") as f:
        f.write(json.dumps(out, indent=1).replace("\n   ", " ").replace("\n  ]", " ]") + "\n")


if __name__ == "__main__":
    record()
