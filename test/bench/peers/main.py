"""A peer of the benchmark: `python main.py torch|torchCompile|jax|numpy` answers questions, one line of JSON each.

{"do": "version"}                            -> {"version": "..."}
{"do": "prepare", "name": ..., settings}     -> {"check": [numbers that our side holds against its own]}
{"do": "measure", "name": ...}               -> {"figure": seconds for one unit of work of one round, or megabytes}
{"do": "drop", "name": ...}                  -> {}
Cases are in the modules beside this one: `cases(peer)` gives a maker for each name, which takes the question and gives
something with `check` and `figure`. A case that a peer has not is an error that names it.
"""
import gc
import json
import os
import sys

import kernel
import network
import transform

MODULES = (kernel, network, transform)


def version(peer):
    if peer.startswith("torch"):
        import torch
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        return torch.__version__
    module = __import__(peer)
    return module.__version__


def main():
    peer = sys.argv[1]
    number = version(peer)
    makers = {name: make for module in MODULES for name, make in module.cases(peer).items()}
    ready = {}

    def answer(q):
        if q["do"] == "version":
            return {"version": number}
        name = q["name"]
        if q["do"] == "prepare":
            if name not in makers:
                return {"error": f"there is no case {name}"}
            ready[name] = makers[name](q)
            return {"check": ready[name].check()}
        if q["do"] == "drop":
            del ready[name]
            gc.collect()
            return {}
        return {"figure": ready[name].figure()}

    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as e:  # said to the other side, which stops with it
            reply = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
