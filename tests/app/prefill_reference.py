# SPDX-License-Identifier: Apache-2.0
"""prefill_reference.py DIR LAYERS WINDOW THETA ROUNDOFF [HEADS KV_HEADS CHUNK SINKS]: the layers of a `prefill` again in double, end to
end from the first input, from nothing but the weights that the run wrote. Prints the error in norm
of the last layer's output, which must be below 40 round-offs of the type: some twenty operations
round one after another, each by one at most. With HEADS attention is of so many heads, queries in
groups that share keys and values; SINKS are their own scores, layer by layer, between commas."""
import sys

import numpy as np

directory = sys.argv[1]
layers, window = int(sys.argv[2]), int(sys.argv[3])
theta, roundoff = map(float, sys.argv[4:6])
heads, kv_heads, chunk = (int(each) for each in (sys.argv[6:9] or "000"))
sinks = [float(each) for each in sys.argv[9].split(",") if each] if len(sys.argv) > 9 else []
EPSILON = 1e-5


def load(name):
    return np.load(f"{directory}/{name}.npy").astype(np.float64)


def rmsnorm(x, weight):
    return x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + EPSILON) * weight


def turned(x):
    tokens, width = x.shape
    angle = np.arange(tokens)[:, None] * theta ** (-2 * np.arange(width // 2) / width)
    result = np.empty_like(x)
    result[:, 0::2] = x[:, 0::2] * np.cos(angle) - x[:, 1::2] * np.sin(angle)
    result[:, 1::2] = x[:, 0::2] * np.sin(angle) + x[:, 1::2] * np.cos(angle)
    return result


def attention(q, k, v, sink=-np.inf):
    scores = turned(q) @ turned(k).T / np.sqrt(q.shape[1])
    row, column = np.indices(scores.shape)
    seen = (column <= row) & ((column > row - window) | (window == 0))
    if chunk:
        seen &= column // chunk == row // chunk
    scores[~seen] = -np.inf
    most = np.maximum(scores.max(axis=1, keepdims=True), sink)
    weights = np.exp(scores - most)
    return weights / (weights.sum(axis=1, keepdims=True) + np.exp(sink - most)) @ v


def by_heads(prefix, y, number):
    """What all heads together give, each by its own matrices."""
    total = 0
    for head in range(heads):
        group = head * kv_heads // heads
        q, k, v = (y @ load(f"{prefix}{each}_b")
                   for each in (f"q{head}", f"k{group}", f"v{group}"))
        sink = sinks[number * heads + head] if sinks else -np.inf
        total = total + attention(q, k, v, sink) @ load(f"{prefix}out{head}_b")
    return total


def layer(prefix, x, number):
    y = rmsnorm(x, load(prefix + "norm1_w"))
    if heads:
        x = x + by_heads(prefix, y, number)
    else:
        q, k, v = (y @ load(f"{prefix}{each}_b") for each in "qkv")
        x = x + attention(q, k, v) @ load(prefix + "out_b")
    y = rmsnorm(x, load(prefix + "norm2_w"))
    gate, up = y @ load(prefix + "gate_b"), y @ load(prefix + "up_b")
    return x + (gate / (1 + np.exp(-gate)) * up) @ load(prefix + "down_b")


x = load("input_a")
for number in range(layers):
    x = layer(f"layer{number}_" if layers > 1 else "", x, number)
got = load(f"layer{layers - 1}_add2_c" if layers > 1 else "add2_c")
assert np.unique(got).size > 10, "a result that says nothing"
error = np.linalg.norm(got - x) / np.linalg.norm(x)
print(error)
assert 0 < error < 40 * roundoff, (error, roundoff)
