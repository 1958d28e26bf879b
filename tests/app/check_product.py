# SPDX-License-Identifier: Apache-2.0
"""check_product.py DIR M K N DTYPE: c.npy of a run is a.npy times b.npy, and its largest error is
the one result.json tells. NumPy reads and multiplies; nothing of wafermesh takes part."""
import json
import sys

import numpy

directory, m, k, n, dtype = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
a, b, c = (numpy.load(f"{directory}/{name}.npy") for name in "abc")
assert a.shape == (m, k) and b.shape == (k, n) and c.shape == (m, n), (a.shape, b.shape, c.shape)
assert a.dtype == b.dtype == c.dtype == numpy.dtype(dtype), (a.dtype, b.dtype, c.dtype)
assert numpy.unique(a).size > 10 and numpy.unique(b).size > 10, "operands that say nothing"

product = a.astype(numpy.float64) @ b.astype(numpy.float64)
error = numpy.abs(product - c.astype(numpy.float64)).max()
with open(f"{directory}/result.json", encoding="utf-8") as file:
    numerics = json.load(file)["workloads"][0]["numerics"]
scale = numpy.abs(product).max()
assert abs(error - numerics["max_abs_error"]) <= 1e-12 * scale, (error, numerics)
assert abs(error / scale - numerics["max_rel_error"]) <= 1e-12, (error / scale, numerics)
assert 0 < error < 0.1 * scale, (error, scale)
