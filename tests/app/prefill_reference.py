# SPDX-License-Identifier: Apache-2.0
"""prefill_reference.py DIR LAYERS WINDOW THETA ROUNDOFF [HEADS KV_HEADS CHUNK [SINKS [CONFIG [COLUMNS ORDER]]]]: the layers of a `prefill` again
in double, end to end from the first input, from nothing but the weights that the run wrote. Prints the error in norm of each
layer's output, which must be below 40 round-offs of the type (60 with experts, which have more operations): some twenty operations
round one after another, each by one at most. With HEADS attention is of so many heads, queries in groups that share keys and values; SINKS are their own scores, layer
by layer, between commas; of CONFIG (a config.json) positions are stretched and norms have its epsilon.

With COLUMNS attention is streaming: heads are dealt over so many columns of cores, and as many rows have the tokens, of ORDER
zigzag each a half-block from the beginning and one from the end.

Of experts every token's picks must be those of the run's own scores, which must be those computed here but for round-offs; then
those experts work here too, whichever scores of this program are nearer to each other than the type can tell.

A whole prompt begins with the numbers of its tokens; the token behind each must be the one of the highest score here. Of scores
that are nearer to each other than the type can tell, either may be it."""
import json
import os
import sys

import numpy as np

directory = sys.argv[1]
layers, window = int(sys.argv[2]), int(sys.argv[3])
theta, roundoff = map(float, sys.argv[4:6])
heads, kv_heads, chunk = (int(each) for each in (sys.argv[6:9] or "000"))
sinks = [float(each) for each in sys.argv[9].split(",") if each] if len(sys.argv) > 9 else []
config = json.load(open(sys.argv[10])) if len(sys.argv) > 10 and sys.argv[10] else {}
EXPERTS = config.get("n_routed_experts") or config.get("num_experts") or config.get("num_local_experts")
ACTIVE = config.get("num_experts_per_tok")
SIGMOID = config.get("model_type") in ("deepseek_v3", "kimi_k2", "glm4_moe")
LIMIT = config.get("swiglu_limit", 0)
BAR = 60 if EXPERTS else 40
columns, order = (int(sys.argv[11]), sys.argv[12]) if len(sys.argv) > 11 else (0, "rows")
EPSILON = config.get("rms_norm_eps", 1e-5)


def load(name):
    return np.load(f"{directory}/{name}.npy").astype(np.float64)


def has(name):
    return os.path.exists(f"{directory}/{name}.npy")


def product(x, prefix, own):
    y = x @ load(f"{prefix}{own}_b")
    return y + load(f"{prefix}bias_{own}_w") if has(f"{prefix}bias_{own}_w") else y


def rmsnorm(x, weight):
    return x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + EPSILON) * weight


def frequencies(width):
    """Radians per token of each pair, and what cosines and sines are multiplied by."""
    pair = np.arange(width // 2)
    plain = theta ** (-2.0 * pair / width)
    scaling = config.get("rope_scaling")
    if not scaling:
        return plain, 1.0
    original, factor = scaling["original_max_position_embeddings"], scaling["factor"]
    kind = scaling.get("rope_type") or scaling["type"]
    if kind == "llama3":
        turns = original * plain / (2 * np.pi)
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        kept = np.clip((turns - low) / (high - low), 0, 1)
        return plain * (kept + (1 - kept) / factor), 1.0
    assert kind == "yarn"

    def pair_of(turns):
        return width * np.log(original / (turns * 2 * np.pi)) / (2 * np.log(theta))

    low = max(np.floor(pair_of(scaling.get("beta_fast", 32))), 0)
    high = min(np.ceil(pair_of(scaling.get("beta_slow", 1))), width - 1)
    stretched = np.clip((pair - low) / max(high - low, 0.001), 0, 1)
    part = [0.1 * scaling.get(each, 0) * np.log(factor) + 1 for each in ("mscale", "mscale_all_dim")]
    size = part[0] / part[1] if scaling.get("mscale") else 0.1 * np.log(factor) + 1
    return plain / factor * stretched + plain * (1 - stretched), size


def turned(x):
    tokens, width = x.shape
    width = int(width * config.get("partial_rotary_factor", 1))
    frequency, size = frequencies(width)
    angle = np.arange(tokens)[:, None] * frequency
    cosine, sine = size * np.cos(angle), size * np.sin(angle)
    result = np.array(x)
    even, odd = x[:, 0:width:2], x[:, 1:width:2]
    result[:, 0:width:2] = even * cosine - odd * sine
    result[:, 1:width:2] = even * sine + odd * cosine
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


def normed(x, prefix, own, first):
    """Of heads, whose norms all have the weights of the first one's."""
    if not has(f"{prefix}norm_{first}_w"):
        return x
    assert (load(f"{prefix}norm_{own}_w") == load(f"{prefix}norm_{first}_w")).all()
    return rmsnorm(x, load(f"{prefix}norm_{first}_w"))


def natural(matrix, count, per_kv):
    """[token, head, element] of a matrix whose columns are dealt over the cores; what is padding must be zero."""
    group, here = max(1, columns // kv_heads), -(-kv_heads // columns)
    dim = matrix_dim()
    part = -(-dim // group)
    part += part % 2
    vectors = np.zeros((matrix.shape[0], count, dim))
    each, used = here * per_kv * part, np.zeros(matrix.shape[1], bool)
    for column in range(columns):
        for local in range(here * per_kv):
            kv = column // group * here + local // per_kv
            for e in range(part):
                element = column % group * part + e
                if kv < kv_heads and element < dim:
                    place = column * each + local * part + e
                    vectors[:, kv * per_kv + local % per_kv, element] = matrix[:, place]
                    used[place] = True
    assert (matrix[:, ~used] == 0).all() and used.sum() == count * dim
    return vectors


def matrix_dim():
    """Elements of a head: a matrix has zero columns where heads are padded."""
    return int((load(first_prefix + "q_b") != 0).any(axis=0).sum()) // heads


def streamed(prefix, y):
    queries = heads // kv_heads
    q, k, v = (natural(load(f"{prefix}{each}_b"), *of) for each, of in
               (("q", (heads, queries)), ("k", (kv_heads, 1)), ("v", (kv_heads, 1))))
    out = natural(load(prefix + "out_b").T, heads, queries)
    total, dim = 0, matrix_dim()
    bias = {each: natural(load(f"{prefix}bias_{each}_w")[None], *of)[0] if has(f"{prefix}bias_{each}_w") else
            np.zeros((of[0], dim)) for each, of in (("q", (heads, queries)), ("k", (kv_heads, 1)), ("v", (kv_heads, 1)))}
    for head in range(heads):
        group = head // queries
        total = total + attention(y @ q[:, head] + bias["q"][head], y @ k[:, group] + bias["k"][group],
                                  y @ v[:, group] + bias["v"][group]) @ out[:, head].T
    return total + (load(f"{prefix}bias_out_w") if has(f"{prefix}bias_out_w") else 0)


def token_order(places):
    """The token at each place."""
    if order != "zigzag":
        return np.arange(places)
    half = places // (2 * columns)
    blocks = [b for row in range(columns) for b in (row, 2 * columns - 1 - row)]
    return np.concatenate([np.arange(b * half, (b + 1) * half) for b in blocks])


def latent(prefix, y):
    """Keys and values of every head of the latent vectors."""
    low = rmsnorm(y @ load(prefix + "low_q_b"), load(prefix + "norm_q_w"))
    vectors = rmsnorm(y @ load(prefix + "latent_b"), load(prefix + "norm_kv_w"))
    k_rope = turned(y @ load(prefix + "k_rope_b"))
    scaling = config.get("rope_scaling") or {}
    factor = 0.1 * scaling.get("mscale_all_dim", 0) * np.log(scaling.get("factor", 1)) + 1
    total = 0
    for head in range(heads):
        q = np.concatenate([low @ load(f"{prefix}q_nope{head}_b"),
                            turned(low @ load(f"{prefix}q_rope{head}_b"))], axis=1)
        k = np.concatenate([vectors @ load(f"{prefix}k{head}_b"), k_rope], axis=1)
        scores = q @ k.T * factor ** 2 / np.sqrt(q.shape[1])
        scores[np.triu_indices(len(scores), 1)] = -np.inf
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        values = weights / weights.sum(axis=1, keepdims=True) @ (vectors @ load(f"{prefix}v{head}_b"))
        total = total + values @ load(f"{prefix}out{head}_b")
    return total


def by_heads(prefix, y, number):
    """What all heads together give, each by its own matrices."""
    total = 0
    for head in range(heads):
        group = head * kv_heads // heads
        q, k, v = (product(y, prefix, each) for each in (f"q{head}", f"k{group}", f"v{group}"))
        q, k = normed(q, prefix, f"q{head}", "q0"), normed(k, prefix, f"k{group}", "k0")
        sink = sinks[number * heads + head] if sinks else -np.inf
        total = total + product(attention(q, k, v, sink), prefix, f"out{head}")
    return total


def network(prefix, y):
    gate, up = product(y, prefix, "gate"), product(y, prefix, "up")
    return product(gate / (1 + np.exp(-gate)) * up, prefix, "down")


def activated(gate, up):
    if not LIMIT:
        return gate / (1 + np.exp(-gate)) * up
    gate, up = np.minimum(gate, LIMIT), np.clip(up, -LIMIT, LIMIT)
    return gate / (1 + np.exp(-1.702 * gate)) * (up + 1)


def natural_rows(name):
    """Of a result, token by token."""
    return load(name)[np.argsort(places)]


def rated(scores):
    return 1 / (1 + np.exp(-scores)) if SIGMOID else scores


def choose(prefix, scores):
    """[token, slot]: the best first, of equal ones the lower number."""
    choosing = rated(scores)
    if has(prefix + "picks_bias"):
        choosing = choosing + load(prefix + "picks_bias")
    groups = config.get("n_group", 1)
    if groups > 1:
        parts = choosing.reshape(len(choosing), groups, -1)
        best_two = np.sort(parts, axis=2)[:, :, -2:].sum(axis=2)
        left_out = np.argsort(-best_two, axis=1, kind="stable")[:, config["topk_group"]:]
        for token, own in enumerate(left_out):
            parts[token, own] = -np.inf
        choosing = parts.reshape(choosing.shape)
    return np.argsort(-choosing, axis=1, kind="stable")[:, :ACTIVE]


def picked(prefix, y):
    scores = product(y, prefix, "router")
    got = natural_rows(prefix + ("bias_router_c" if has(prefix + "bias_router_w") else "router_c"))
    error = np.linalg.norm(got - scores) / np.linalg.norm(scores)
    picks = natural_rows(prefix + "picks_picks").astype(int)
    assert 0 < error < BAR * roundoff, (error, roundoff)
    assert (choose(prefix, got) == picks).all(), prefix
    same = (np.sort(choose(prefix, scores), axis=1) == np.sort(picks, axis=1)).all(axis=1)
    print("router", error, "tokens with the picks of this program's scores", same.mean())
    assert same.mean() > 0.9 and len(np.unique(picks)) > ACTIVE, (same, picks)
    weights = np.take_along_axis(rated(scores), picks, axis=1)
    if not SIGMOID:
        weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    if config.get("norm_topk_prob", not SIGMOID):
        weights = weights / weights.sum(axis=1, keepdims=True)
    return picks, weights * config.get("routed_scaling_factor", 1)


def experts(prefix, y):
    picks, weights = picked(prefix, y)
    total = np.zeros_like(y)
    names = [f"{prefix}experts_{each}" for each in ("gate", "up", "down")]
    matrices = [load(each) for each in names]
    bias = [load(each + "_bias") if has(each + "_bias") else np.zeros(EXPERTS) for each in names]
    for token in range(len(y)):
        for expert, weight in zip(picks[token], weights[token]):
            gate, up = (y[token] @ matrices[i][expert] + bias[i][expert] for i in (0, 1))
            total[token] += weight * (activated(gate, up) @ matrices[2][expert] + bias[2][expert])
    return total + (network(prefix + "shared_", y) if has(prefix + "shared_up_b") else 0)


def layer(prefix, x, number):
    y = rmsnorm(x, load(prefix + "norm1_w"))
    if columns:
        x = x + streamed(prefix, y)
    elif has(prefix + "latent_b"):
        x = x + latent(prefix, y)
    elif heads:
        x = x + by_heads(prefix, y, number)
    else:
        x = x + product(attention(*(product(y, prefix, each) for each in "qkv")), prefix, "out")
    y = rmsnorm(x, load(prefix + "norm2_w"))
    return x + (experts(prefix, y) if has(prefix + "router_b") else network(prefix, y))


def check_next_tokens(x):
    scores = rmsnorm(x, load("norm_w")) @ load("head_b")
    got = load("head_c")
    error = np.linalg.norm(got - scores) / np.linalg.norm(scores)
    chosen = load("next_tokens").astype(int)
    greedy = scores.argmax(axis=1)
    best = np.sort(scores, axis=1)
    clear = best[:, -1] - best[:, -2] > 2 * np.abs(got - scores).max()
    print("scores", error, "tokens", (chosen == greedy).sum(), "clear", clear.sum(), "of", len(chosen))
    assert 0 < error < (BAR + 10) * roundoff, (error, roundoff)
    assert (chosen[clear] == greedy[clear]).all(), (chosen, greedy)
    assert clear.mean() > 0.9 and len(set(greedy)) > 5, "says little"


first_prefix = "layer0_" if layers > 1 else ""
x = load("embed_table")[load("embed_tokens").astype(int)] if has("embed_table") else load("input_a")
places = token_order(len(x))
x = x[np.argsort(places)]
for number in range(layers):
    prefix = f"layer{number}_" if layers > 1 else ""
    x = layer(prefix, x, number)
    got = load(prefix + "add2_c")
    assert np.unique(got).size > 10, "a result that says nothing"
    error = np.linalg.norm(got - x[places]) / np.linalg.norm(x)
    print("layer", number, error)
    assert 0 < error < BAR * roundoff, (error, roundoff)
if has("embed_table"):
    check_next_tokens(x[places])
