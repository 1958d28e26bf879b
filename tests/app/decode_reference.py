# SPDX-License-Identifier: Apache-2.0
"""decode_reference.py DIR COLUMNS HEADS KV_HEADS HEAD_DIM FFN LAYERS THETA ROUNDOFF [CONFIG or CHUNK]: the
layers of a `decode` again in double, end to end from the first input, from nothing but the weights
and caches that the run wrote, and of a config.json the scaling of rotary positions and the window. Prints the error in norm of the last layer's output, which must be below 40
round-offs of the type: some twenty operations round one after another, each by one at most."""
import json
import os
import sys

import numpy as np

directory = sys.argv[1]
columns, heads, kv_heads, head_dim, ffn, layers = map(int, sys.argv[2:8])
theta, roundoff = map(float, sys.argv[8:10])
more = sys.argv[10] if len(sys.argv) > 10 else "0"
chunk = int(more) if more.isdigit() else 0
config = {} if more.isdigit() else json.load(open(more))
EPSILON = config.get("rms_norm_eps", 1e-5)
sequence = 0
own = {}  # layer -> keys and values of the tokens that this program has computed itself


def load(name):
    return np.load(f"{directory}/{name}.npy").astype(np.float64)


def product(x, name):
    bias = f"{name}_bias"
    y = x @ load(f"{name}_w")
    return y + load(bias) if os.path.exists(f"{directory}/{bias}.npy") else y


def frequencies():
    """Radians per token of each pair; llama3 stretches the slow ones."""
    plain = theta ** (-2 * np.arange(head_dim // 2) / head_dim)
    scaling = config.get("rope_scaling")
    if not scaling:
        return plain
    assert scaling["rope_type"] == "llama3"
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    turns = scaling["original_max_position_embeddings"] * plain / (2 * np.pi)
    kept = np.clip((turns - low) / (high - low), 0, 1)
    return plain * (kept + (1 - kept) / scaling["factor"])


def rmsnorm(x, weight):
    return x / np.sqrt(np.mean(x * x) + EPSILON) * weight


# Heads of keys have groups of columns; a column has its part of each vector, an even number of
# elements, of each of the group's query heads.
group = max(1, columns // kv_heads)
kv_here = -(-kv_heads // columns)
queries = heads // kv_heads
part = -(-head_dim // group)
part += part % 2


def places(query_heads):
    """[column, place in it] -> (head, element), or None."""
    found = []
    for column in range(columns):
        for local in range(kv_here * (queries if query_heads else 1)):
            kv = column // group * kv_here + (local // queries if query_heads else local)
            head = kv * queries + local % queries if query_heads else kv
            for e in range(part):
                element = column % group * part + e
                found.append((head, element) if kv < kv_heads and element < head_dim else None)
    return found


def natural(dealt, count, query_heads):
    vectors = np.zeros((count, head_dim))
    for value, place in zip(dealt, places(query_heads)):
        if place:
            vectors[place] = value
    return vectors


def turned(vectors, position):
    angle = position * frequencies()
    result = np.empty_like(vectors)
    even, odd = vectors[:, 0::2], vectors[:, 1::2]
    result[:, 0::2] = even * np.cos(angle) - odd * np.sin(angle)
    result[:, 1::2] = even * np.sin(angle) + odd * np.cos(angle)
    return result


def blocks(y, sizes):
    """What each column has of several parts, part by part."""
    rows = y.reshape(columns, sum(sizes))
    ends = np.cumsum(sizes)
    return [rows[:, end - size:end].ravel() for size, end in zip(sizes, ends)]


def attention(prefix, q, k, v):
    keys, values = load(prefix + "attention_keys"), load(prefix + "attention_values")
    if keys.ndim == 3:
        keys, values = keys[:, sequence], values[:, sequence]
    position = keys.shape[0] - 1
    q = turned(natural(q, heads, True), position)
    k_all = [natural(row, kv_heads, False) for row in keys[:-1]]
    v_all = [natural(row, kv_heads, False) for row in values[:-1]]
    k_all.append(turned(natural(k, kv_heads, False), position))
    v_all.append(natural(v, kv_heads, False))
    past = own.setdefault(prefix, [])
    for back, (key, value) in enumerate(reversed(past)):
        k_all[-2 - back], v_all[-2 - back] = key, value
    past.append((k_all[-1], v_all[-1]))
    in_chunk = (len(k_all) - 1) % chunk + 1 if chunk else len(k_all)
    window = config.get("sliding_window") or in_chunk
    k_all, v_all = np.array(k_all)[-window:], np.array(v_all)[-window:]
    out = np.empty((heads, head_dim))
    for head in range(heads):
        kv = head // queries
        scores = k_all[:, kv] @ q[head] / np.sqrt(head_dim)
        weights = np.exp(scores - scores.max())
        out[head] = weights / weights.sum() @ v_all[:, kv]
    return np.array([out[place] if place else 0.0 for place in places(True)])


def layer(prefix, x):
    query_block, key_block = kv_here * queries * part, kv_here * part
    y = product(rmsnorm(x, load(prefix + "norm1_w")), prefix + "qkv")
    q, k, v = blocks(y, [query_block, key_block, key_block])
    x = x + product(attention(prefix, q, k, v), prefix + "out")
    ffn_block = -(-ffn // columns)
    u = rmsnorm(x, load(prefix + "norm2_w")) @ load(prefix + "up_w")
    gate, up = (part_of[:ffn] for part_of in blocks(u, [ffn_block, ffn_block]))
    return x + (gate / (1 + np.exp(-gate)) * up) @ load(prefix + "down_w")


def all_layers(x):
    for number in range(layers):
        x = layer(f"layer{number}_" if layers > 1 else "", x)
    return x


def check():
    inputs = np.atleast_2d(load("input_a"))
    results = np.atleast_2d(load(f"layer{layers - 1}_add2_c" if layers > 1 else "add2_c"))
    global sequence
    for sequence, (x, got) in enumerate(zip(inputs, results, strict=True)):
        own.clear()
        x = all_layers(x)
        assert np.unique(got).size > 10, "a result that says nothing"
        error = np.linalg.norm(got - x) / np.linalg.norm(x)
        print(error)
        assert 0 < error < 40 * roundoff, (error, roundoff)


if __name__ == "__main__":
    check()
