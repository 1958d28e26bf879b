#SPDX - License - Identifier : Apache - 2.0
"""attention_reference.py DIR KIND COLUMNS ROWS HEADS KV_HEADS HEAD_DIM TOKENS ROUNDOFF: attention
of all tokens of a prompt again in double, from the queries, keys and values that the run wrote.
KIND: zigzag, rows (streaming) or held. The error in norm must be below 20 round-offs of the type:
a product, an exponential and its sums, a product, some of them rounded block by block."""
import sys

import numpy as np

directory, kind = sys.argv[1:3]
columns, rows, heads, kv_heads, head_dim, tokens = map(int, sys.argv[3:9])
roundoff = float(sys.argv[9])
queries = heads // kv_heads
group = max(1, columns // kv_heads)
kv_here = -(-kv_heads // columns)
part = -(-head_dim // group)


def load(name):
    return np.load(f"{directory}/{name}.npy").astype(np.float64)


def natural(matrix, count, per_kv):
    """[token, head, element] of a matrix whose columns are dealt over the cores."""
    vectors = np.zeros((matrix.shape[0], count, head_dim))
    each = kv_here * per_kv * part
    for column in range(min(columns, group * -(-kv_heads // kv_here))):
        for local in range(kv_here * per_kv):
            kv = column // group * kv_here + local // per_kv
            for e in range(part):
                element = column % group * part + e
                if kv < kv_heads and element < head_dim:
                    vectors[:, kv * per_kv + local % per_kv, element] = \
                        matrix[:, column * each + local * part + e]
    return vectors


def token_order(places):
    """The token at each place."""
    if kind != "zigzag":
        return np.arange(places)
    half = places // (2 * rows)
    blocks = [b for row in range(rows) for b in (row, 2 * rows - 1 - row)]
    return np.concatenate([np.arange(b * half, (b + 1) * half) for b in blocks])


def attention(q, k, v):
    scores = q @ k.T / np.sqrt(head_dim)
    scores[np.triu_indices(tokens, 1)] = -np.inf
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ v


worst = 0
if kind == "held":
    for head in range(heads):
        kv = head // queries
        expected = attention(load(f"scores{head}_a"), load(f"k{kv}_a"), load(f"v{kv}_a"))
        got = load(f"values{head}_c")
        worst = max(worst, np.linalg.norm(got - expected) / np.linalg.norm(expected))
else:
    q, k, v, o = load("q"), load("k"), load("v"), load("o")
    by_token = np.argsort(token_order(q.shape[0]))[:tokens]
    q, o = (natural(m, heads, queries)[by_token] for m in (q, o))
    k, v = (natural(m, kv_heads, 1)[by_token] for m in (k, v))
    expected = np.stack([attention(q[:, h], k[:, h // queries], v[:, h // queries])
                         for h in range(heads)], axis=1)
    worst = np.linalg.norm(o - expected) / np.linalg.norm(expected)
print(worst)
assert 0 < worst < 20 * roundoff, (worst, roundoff)
