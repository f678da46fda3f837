"""Records scikit-learn's metrics, and NumPy's mean.

    /tmp/venv/bin/pip install scikit-learn==1.9.1
    /tmp/venv/bin/python test/metric/record.py > test/metric/golden.json
"""
import json
import warnings
import numpy as np
import sklearn
from sklearn import metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
records = []


def flat(a):
    a = np.asarray(a)
    return {"shape": list(a.shape), "values": a.ravel().tolist()}


def case(fn, settings, batch, out):
    records.append({"fn": f"metric.{fn}", "settings": settings, "batch": [flat(x) for x in batch], "out": {k: flat(v) for k, v in out.items()}})


for n, c in ((1, 2), (7, 3), (40, 5), (25, 10)):
    logits, y = rng.permutation(n * c).reshape(n, c) / 8 - n * c / 16, rng.integers(0, c, n)
    y[0] = c - 1
    found, labels = logits.argmax(1), list(range(c))
    case("accuracy", [], [logits, y], {"value": m.accuracy_score(y, found)})
    for k in (1, 2, c):
        hits = m.top_k_accuracy_score(y, logits, k=k, labels=labels) if c > 2 else np.mean([t in np.argsort(-row)[:k] for t, row in zip(y, logits)])
        case("topK", [k], [logits, y], {"value": hits})
    case("confusionMatrix", [c], [logits, y], {"value": m.confusion_matrix(y, found, labels=labels)})
    precision, recall, f1, _ = m.precision_recall_fscore_support(y, found, labels=labels, zero_division=0)
    case("precisionRecallF1", [c], [logits, y], {"precision": precision, "recall": recall, "f1": f1})
for shape in ((), (5,), (3, 4), (2, 1, 6)):
    x = np.round(rng.normal(size=shape) * 64) / 64
    case("mean", [], [x], {"value": np.mean(x)})
print(json.dumps({"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "records": records}))
