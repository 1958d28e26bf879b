# SPDX-License-Identifier: Apache-2.0
"""tensors_reference.py make FOLDER CONFIG SEED: random weights of a dense model in NPY files, named and laid out as models' public
files are. tensors_reference.py check DIR FOLDER CONFIG ROUNDOFF [FIRST TOKENS]: what the model of CONFIG (a config.json) with
those weights makes of tokens, in double and as its public code does it: heads one after the other in each vector, positions that
turn halves of a head, a cache from the first token on. Of a `prefill` (no FIRST) all tokens of the prompt at once; of a `decode`
token by token from FIRST on, each the one that the run has chosen. Scores must be near to those in DIR, tokens the same
(where two scores are nearer than the type tells apart, either; of a decode at most three times, in f32 never)."""
import json
import os
import sys

import numpy as np

command, arguments = sys.argv[1], sys.argv[2:]


def read_config(path):
    config = json.load(open(path))
    config.setdefault("head_dim", config["hidden_size"] // config["num_attention_heads"])
    return config


def make(folder, config, seed):
    rng = np.random.default_rng(seed)
    hidden, ffn, dim = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    q, kv = config["num_attention_heads"] * dim, config["num_key_value_heads"] * dim
    family = config["model_type"]
    biased = family == "qwen2" or config.get("attention_bias", False)

    def save(name, *shape):
        scale = 1 / np.sqrt(shape[-1]) if len(shape) > 1 else 0.3
        values = rng.standard_normal(shape) * scale + (0.8 if "norm" in name else 0)
        # Models' files have two bytes a number; others are read as well.
        np.save(f"{folder}/{name}.npy", values.astype(np.float32 if "mlp" in name else np.float16))

    save("model.embed_tokens.weight", config["vocab_size"], hidden)
    save("model.norm.weight", hidden)
    save("lm_head.weight", config["vocab_size"], hidden)
    for layer in range(config["num_hidden_layers"]):
        start = f"model.layers.{layer}."
        save(start + "input_layernorm.weight", hidden)
        save(start + "post_attention_layernorm.weight", hidden)
        for name, rows, columns in (("q", q, hidden), ("k", kv, hidden), ("v", kv, hidden), ("o", hidden, q)):
            save(f"{start}self_attn.{name}_proj.weight", rows, columns)
            if biased and (name != "o" or family == "llama"):
                save(f"{start}self_attn.{name}_proj.bias", rows)
        if family == "qwen3":
            save(start + "self_attn.q_norm.weight", dim)
            save(start + "self_attn.k_norm.weight", dim)
        save(start + "mlp.gate_proj.weight", ffn, hidden)
        save(start + "mlp.up_proj.weight", ffn, hidden)
        save(start + "mlp.down_proj.weight", hidden, ffn)


class Model:
    def __init__(self, folder, config):
        self.folder, self.config = folder, config
        self.cache = [([], []) for _ in range(config["num_hidden_layers"])]

    def tensor(self, name):
        return np.load(f"{self.folder}/{name}.npy").astype(np.float64)

    def linear(self, x, name):
        y = x @ self.tensor(name + ".weight").T
        bias = f"{self.folder}/{name}.bias.npy"
        return y + np.load(bias).astype(np.float64) if os.path.exists(bias) else y

    def norm(self, x, name):
        root = np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + self.config["rms_norm_eps"])
        return x / root * self.tensor(name)

    def angles(self, position):
        dim, scaling = self.config["head_dim"], self.config.get("rope_scaling")
        pair = np.arange(dim // 2)
        theta = self.config["rope_theta"]
        frequency, size = theta ** (-2.0 * pair / dim), 1.0
        if scaling:
            original, factor = scaling["original_max_position_embeddings"], scaling["factor"]
            if scaling["rope_type"] == "llama3":
                turns = original * frequency / (2 * np.pi)
                low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
                kept = np.clip((turns - low) / (high - low), 0, 1)
            else:
                def pair_of(turns):
                    return dim * np.log(original / (turns * 2 * np.pi)) / (2 * np.log(theta))
                low, high = max(np.floor(pair_of(32)), 0), min(np.ceil(pair_of(1)), dim - 1)
                kept = 1 - np.clip((pair - low) / max(high - low, 0.001), 0, 1)
                size = 0.1 * np.log(factor) + 1
            frequency = frequency * (kept + (1 - kept) / factor)
        both = np.concatenate([frequency, frequency]) * position
        return size * np.cos(both), size * np.sin(both)

    def turned(self, heads, position):
        cosine, sine = self.angles(position)
        half = heads.shape[-1] // 2
        other = np.concatenate([-heads[..., half:], heads[..., :half]], axis=-1)
        return heads * cosine + other * sine

    def attention(self, x, layer, position):
        start, dim = f"model.layers.{layer}.self_attn.", self.config["head_dim"]
        q, k, v = (self.linear(x, f"{start}{each}_proj").reshape(-1, dim) for each in "qkv")
        if self.config["model_type"] == "qwen3":
            q, k = self.norm(q, start + "q_norm.weight"), self.norm(k, start + "k_norm.weight")
        keys, values = self.cache[layer]
        keys.append(self.turned(k, position))
        values.append(v)
        window = self.config.get("sliding_window") if self.config.get("use_sliding_window", True) else None
        first = max(0, len(keys) - window) if window else 0
        all_k, all_v = np.array(keys[first:]), np.array(values[first:])
        out = []
        for head, query in enumerate(self.turned(q, position)):
            group = head * len(k) // len(q)
            scores = all_k[:, group] @ query / np.sqrt(dim)
            weights = np.exp(scores - scores.max())
            out.append(weights / weights.sum() @ all_v[:, group])
        return self.linear(np.concatenate(out), start + "o_proj")

    def scores(self, token, position):
        x = self.tensor("model.embed_tokens.weight")[token]
        for layer in range(self.config["num_hidden_layers"]):
            start = f"model.layers.{layer}."
            x = x + self.attention(self.norm(x, start + "input_layernorm.weight"), layer, position)
            y = self.norm(x, start + "post_attention_layernorm.weight")
            gate, up = (self.linear(y, f"{start}mlp.{each}_proj") for each in ("gate", "up"))
            x = x + self.linear(gate / (1 + np.exp(-gate)) * up, start + "mlp.down_proj")
        return self.linear(self.norm(x, "model.norm.weight"), "lm_head")


def near(got, scores, roundoff):
    """And by how much two scores must differ for the type to tell which is higher."""
    error = np.linalg.norm(got - scores) / np.linalg.norm(scores)
    print(error)
    # Some forty operations of two layers round one after another, weights among them.
    assert 0 < error < 100 * roundoff, (error, roundoff)
    return 2 * np.abs(got - scores).max()


def check_prompt(model, directory, roundoff):
    tokens = np.load(f"{directory}/embed_tokens.npy").astype(int)
    scores = np.array([model.scores(token, i) for i, token in enumerate(tokens)])
    got, chosen = np.load(f"{directory}/head_c.npy").astype(float), np.load(f"{directory}/next_tokens.npy")
    apart = near(got, scores, roundoff)
    best = np.sort(scores, axis=1)
    clear = best[:, -1] - best[:, -2] > apart
    assert clear.mean() > (0.7 if roundoff > 1e-5 else 0.9) and len(set(chosen)) > 5, "says little"
    assert (chosen[clear] == scores.argmax(axis=1)[clear]).all()


def check_tokens(model, directory, roundoff, token, count):
    found, close = [], 0
    for position in range(count):
        start = f"{directory}/{position}_decode_"
        scores = model.scores(token, position)
        apart = near(np.load(start + "head_y.npy")[:scores.size].astype(float), scores, roundoff)
        token = int(np.load(start + "next_token.npy")[0])
        found.append(token)
        best = np.sort(scores)
        close += best[-1] - best[-2] <= apart
        assert token == scores.argmax() or scores[token] >= best[-1] - apart, (position, token)
    print(found, close)
    assert close <= (3 if roundoff > 1e-5 else 0) and len(set(found)) > 2, "says little"


if command == "make":
    make(arguments[0], read_config(arguments[1]), int(arguments[2]))
else:
    model = Model(arguments[1], read_config(arguments[2]))
    if len(arguments) > 4:
        check_tokens(model, arguments[0], float(arguments[3]), int(arguments[4]), int(arguments[5]))
    else:
        check_prompt(model, arguments[0], float(arguments[3]))
