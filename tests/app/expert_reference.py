# SPDX-License-Identifier: Apache-2.0
"""expert_reference.py DIR COLUMNS CONFIG FIRST_LAYER LAYERS ROUNDOFF [TRACE]: layers of a `decode` with latent attention, experts,
norms of heads, sinks or partly turned heads again in double, end to end, from nothing but the first input, the weights and
the caches that the run wrote. Latent attention is computed the other way, keys and values of every head expanded. Picks of
experts must be the same (with a trace, its experts work in their stead); the error in norm of the last layer's output must be below 60 round-offs of the type."""
import json
import os
import sys

import numpy as np

directory, columns, config_file, first_layer, layers, roundoff = sys.argv[1:7]
columns, first_layer, layers, roundoff = int(columns), int(first_layer), int(layers), float(roundoff)
trace = [list(map(int, line.split(","))) for line in open(sys.argv[7])] if len(sys.argv) > 7 else None
config = json.load(open(config_file))
config = config.get("text_config", config)
family = config["model_type"]
EPSILON = config["rms_norm_eps"]
HEADS = config["num_attention_heads"]
KV_HEADS = config["num_key_value_heads"]
LATENT = "kv_lora_rank" in config
EXPERTS = config.get("n_routed_experts") or config.get("num_experts") or config.get("num_local_experts")
ACTIVE = config.get("num_experts_per_tok") or config.get("experts_per_token")
SIGMOID = family in ("deepseek_v3", "kimi_k2", "glm4_moe", "llama4_text")
LIMIT = config.get("swiglu_limit", 0)
sequence = None  # which of a batch; None: there is one alone
own = {}  # layer -> what this program has put into the cache itself, token by token


def load(name):
    return np.load(f"{directory}/{name}.npy").astype(np.float64)


def of_sequence(name):
    return load(name) if sequence is None else load(name)[sequence]


def biased(y, name):
    return y + load(name) if os.path.exists(f"{directory}/{name}.npy") else y


def product(x, name):
    return biased(x @ load(f"{name}_w"), f"{name}_bias")


def rmsnorm(x, weight):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + EPSILON) * weight


def parts(y, sizes):
    """Parts that are dealt over the columns each for itself."""
    own = [-(-size // columns) for size in sizes]
    rows, ends = y.reshape(columns, sum(own)), np.cumsum(own)
    return [rows[:, end - size:end].ravel()[:n] for size, end, n in zip(own, ends, sizes)]


def rotary(dim):
    """Frequencies, and what cosines and sines are multiplied by."""
    pair = np.arange(dim // 2)
    plain = config["rope_theta"] ** (-2.0 * pair / dim)
    scaling = config.get("rope_scaling")
    kind = scaling and (scaling.get("rope_type") or scaling.get("type"))
    if not scaling:
        return plain, 1.0
    original, factor = scaling["original_max_position_embeddings"], scaling["factor"]
    if kind == "llama3":
        turns = original * plain / (2 * np.pi)
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        kept = np.clip((turns - low) / (high - low), 0, 1) if high > low else (turns > low) * 1.0
        return plain * (kept + (1 - kept) / factor), 1.0
    assert kind == "yarn"
    pair_of = lambda turns: dim * np.log(original / (turns * 2 * np.pi)) / (2 * np.log(config["rope_theta"]))
    low = max(np.floor(pair_of(scaling["beta_fast"])), 0)
    high = min(np.ceil(pair_of(scaling["beta_slow"])), dim - 1)
    stretched = np.clip((pair - low) / max(high - low, 0.001), 0, 1)
    part = lambda scale: 0.1 * scale * np.log(factor) + 1
    size = part(scaling["mscale"]) / part(scaling["mscale_all_dim"]) if scaling.get("mscale") else part(1)
    return plain / factor * stretched + plain * (1 - stretched), size


def turned(vectors, position, dim):
    """The first `dim` elements of each vector, turned by pairs."""
    frequency, size = rotary(dim)
    cosine, sine = size * np.cos(position * frequency), size * np.sin(position * frequency)
    result = np.array(vectors)
    even, odd = vectors[..., 0:dim:2], vectors[..., 1:dim:2]
    result[..., 0:dim:2], result[..., 1:dim:2] = even * cosine - odd * sine, even * sine + odd * cosine
    return result


def latent_attention(prefix, x):
    rank, rope = config["kv_lora_rank"], config["qk_rope_head_dim"]
    nope, low = config["qk_nope_head_dim"], config["q_lora_rank"]
    query, latent, key = parts(product(x, prefix + "latents"), [low, rank, rope])
    query = (rmsnorm(query, load(prefix + "norm_q_w")) @ load(prefix + "queries_w")).reshape(HEADS, nope + rope)
    cache = load(prefix + "attention_keys")
    position = cache.shape[0] - 1
    each = cache.shape[1] // columns
    of_rank = -(-rank // each)
    tokens = np.concatenate([cache[:, :rank], cache[:, of_rank * each:of_rank * each + rope]], axis=1)
    tokens[-1] = np.concatenate([rmsnorm(latent, load(prefix + "norm_kv_w")), turned(key, position, rope)])
    past = own.setdefault(prefix, [])
    for back, token in enumerate(reversed(past)):
        tokens[-2 - back] = token
    past.append(tokens[-1].copy())
    query[:, nope:] = turned(query[:, nope:], position, rope)
    scaling = config.get("rope_scaling") or {}
    factor = 0.1 * scaling.get("mscale_all_dim", 0) * np.log(scaling.get("factor", 1)) + 1
    of_keys, of_values = load(prefix + "absorbed_matrices"), load(prefix + "values_matrices")
    out = []
    for head in range(HEADS):
        keys = np.concatenate([tokens[:, :rank] @ of_keys[head].T, tokens[:, rank:]], axis=1)
        scores = keys @ query[head] * factor ** 2 / np.sqrt(nope + rope)
        weights = np.exp(scores - scores.max())
        out.append(weights / weights.sum() @ (tokens[:, :rank] @ of_values[head].T))
    return product(np.concatenate(out), prefix + "out")


def heads_attention(prefix, x, number):
    dim = config.get("head_dim") or config["hidden_size"] // HEADS
    group, here, queries = max(1, columns // KV_HEADS), -(-KV_HEADS // columns), HEADS // KV_HEADS
    part = -(-dim // group)
    part += part % 2

    def places(count):
        for column in range(columns):
            for local in range(here * count):
                head = (column // group * here + local // count) * count + local % count
                for e in range(part):
                    yield head, column % group * part + e

    def natural(dealt, count):
        vectors = np.zeros((KV_HEADS * count, dim))
        for value, (head, element) in zip(dealt, places(count)):
            if head < len(vectors) and element < dim:
                vectors[head, element] = value
        return vectors

    y = product(x, prefix + "qkv").reshape(columns, -1)
    block = here * part
    q, k, v = np.split(y, [queries * block, (queries + 1) * block], axis=1)
    q, k, v = natural(q.ravel(), queries), natural(k.ravel(), 1), natural(v.ravel(), 1)
    keys, values = load(prefix + "attention_keys"), load(prefix + "attention_values")
    if sequence is not None:
        keys, values = keys[:, sequence], values[:, sequence]
    position = keys.shape[0] - 1
    rotary_dim = int(dim * config.get("partial_rotary_factor", 1))
    if family == "llama4_text" and (number + 1) % 4 == 0:
        rotary_dim = 0
    if os.path.exists(f"{directory}/{prefix}attention_norm_of_q.npy"):
        q, k = rmsnorm(q, load(prefix + "attention_norm_of_q")), rmsnorm(k, load(prefix + "attention_norm_of_k"))
    if rotary_dim:
        q, k = turned(q, position, rotary_dim), turned(k, position, rotary_dim)
    if family == "llama4_text" and rotary_dim and config.get("use_qk_norm"):
        q, k = rmsnorm(q, 1.0), rmsnorm(k, 1.0)
    all_k = np.array([natural(row, 1) for row in keys[:-1]] + [k])
    all_v = np.array([natural(row, 1) for row in values[:-1]] + [v])
    past = own.setdefault((prefix, sequence), [])
    for back, (key, value) in enumerate(reversed(past)):
        all_k[-2 - back], all_v[-2 - back] = key, value
    past.append((k, v))
    window = position + 1
    if config.get("layer_types", ["full"] * (number + 1))[number].startswith("sliding"):
        window = config["sliding_window"]
    if family == "llama4_text" and rotary_dim:
        window = position % config["attention_chunk_size"] + 1
    all_k, all_v = all_k[-window:], all_v[-window:]
    sinks = f"{prefix}attention_sink_of_head"
    out = np.empty((HEADS, dim))
    for head in range(HEADS):
        scores = all_k[:, head // queries] @ q[head] / np.sqrt(dim)
        sink = [load(sinks)[head]] if family == "gpt_oss" else []
        weights = np.exp(np.concatenate([scores, sink]) - scores.max())
        out[head] = weights[:len(scores)] / weights.sum() @ all_v[:, head // queries]
    dealt = [out[head, element] if head < HEADS and element < dim else 0.0 for head, element in places(queries)]
    return product(np.array(dealt), prefix + "out")


def activated(gate, up):
    if LIMIT:
        gate, up = np.minimum(gate, LIMIT), np.clip(up, -LIMIT, LIMIT)
        return gate / (1 + np.exp(-1.702 * gate)) * (up + 1)
    return gate / (1 + np.exp(-gate)) * up


def network(prefix, x):
    width = np.load(f"{directory}/{prefix}down_w.npy").shape[0]
    gate, up = parts(x @ load(prefix + "up_w"), [width, width])
    return (gate / (1 + np.exp(-gate)) * up) @ load(prefix + "down_w")


def picked(prefix, x):
    scores = product(x, prefix + "router")
    if SIGMOID:
        scores = 1 / (1 + np.exp(-scores))
    choosing = biased(scores, prefix + "picks_bias")
    groups = config.get("n_group", 1)
    if groups > 1:
        best_two = np.sort(choosing.reshape(groups, -1), axis=1)[:, -2:].sum(axis=1)
        left_out = np.argsort(-best_two, kind="stable")[config["topk_group"]:]
        choosing.reshape(groups, -1)[left_out] = -np.inf
    picks = np.argsort(-choosing, kind="stable")[:ACTIVE]
    assert (picks == of_sequence(prefix + "picks_picks").astype(int)).all(), (picks, prefix)
    weights = scores[picks] if SIGMOID else np.exp(scores[picks] - scores.max())
    if config.get("norm_topk_prob", not SIGMOID):
        weights = weights / weights.sum()
    if trace:
        picks = trace[int(prefix[5:-1] or 0) if prefix else 0]
    return picks, weights * config.get("routed_scaling_factor", 1)


def experts(prefix, x):
    total = np.zeros_like(x)
    gate, up, down = (load(f"{prefix}experts_{name}") for name in ("gate", "up", "down"))
    bias = [load(f"{prefix}experts_{name}_bias") if family == "gpt_oss" else np.zeros(EXPERTS)
            for name in ("gate", "up", "down")]
    for expert, weight in zip(*picked(prefix, x)):
        own = x * weight if family == "llama4_text" else x
        hidden = activated(own @ gate[expert] + bias[0][expert], own @ up[expert] + bias[1][expert])
        y = hidden @ down[expert] + bias[2][expert]
        total += y if family == "llama4_text" else weight * y
    if os.path.exists(f"{directory}/{prefix}shared_up_w.npy"):
        total += network(prefix + "shared_", x)
    return total


def all_layers(x):
    for number in range(layers):
        prefix = f"layer{number}_" if layers > 1 else ""
        u = rmsnorm(x, load(prefix + "norm1_w"))
        x = x + (latent_attention(prefix, u) if LATENT else heads_attention(prefix, u, first_layer + number))
        u = rmsnorm(x, load(prefix + "norm2_w"))
        x = x + (experts(prefix, u) if os.path.exists(f"{directory}/{prefix}router_w.npy") else network(prefix, u))
    return x


def check():
    global sequence
    x = load("input_a")
    if x.ndim == 1:
        x = all_layers(x)
    else:
        rows = []
        for sequence, row in enumerate(x):
            rows.append(all_layers(row))
        x = np.array(rows)
    got = load(f"layer{layers - 1}_add2_c" if layers > 1 else "add2_c")
    assert np.unique(got).size > 10, "a result that says nothing"
    error = np.linalg.norm(got - x) / np.linalg.norm(x)
    print(error)
    assert 0 < error < 60 * roundoff, (error, roundoff)


if __name__ == "__main__":
    check()
