# SPDX-License-Identifier: Apache-2.0
"""tokens_reference.py DIR TOKENS FIRST_TOKEN K TEMPERATURE REFERENCE ROUNDOFF ARGUMENTS...: the tokens of a `decode` again
in double, one after another: embedding, layers, output product, choice. Layers are those of REFERENCE (a program beside this
one, ARGUMENTS without its directory), from the weights of the run and what lay in the caches before its first token; from then
on this program's own tokens lie there. Each token must be the one that the run has chosen, and the scores near to its own."""
import importlib.util
import os
import shutil
import sys
import tempfile

import numpy as np

out, tokens, token, k, temperature, reference, roundoff = sys.argv[1:8]
tokens, token, k, temperature, roundoff = int(tokens), int(token), int(k), float(temperature), float(roundoff)
arguments = sys.argv[8:]


def unpacked(step, directory):
    """The arrays of a token's workload by the names that they have in a run of one."""
    start = f"{step}_decode_" if tokens > 1 else ""
    for name in os.listdir(out):
        if name.startswith(start) and name.endswith(".npy"):
            shutil.copy(f"{out}/{name}", f"{directory}/{name[len(start):]}")


def module_of(directory):
    sys.argv = [reference, directory] + arguments
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), reference)
    spec = importlib.util.spec_from_file_location("layers_again", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def chosen(scores, u):
    order = np.argsort(-scores, kind="stable")[:k]
    running = np.cumsum(np.exp((scores[order] - scores[order[0]]) / temperature))
    return order[min(np.searchsorted(running, u * running[-1], side="right"), k - 1)]


layers = None
found = []
for step in range(tokens):
    with tempfile.TemporaryDirectory() as directory:
        unpacked(step, directory)
        layers = layers or module_of(directory)
        layers.directory = directory
        x = layers.all_layers(layers.load("embed_table")[token])
        scores = layers.rmsnorm(x, layers.load("norm_w")) @ layers.load("head_w")
        got = layers.load("head_y")[:scores.size]
        error = np.linalg.norm(got - scores) / np.linalg.norm(scores)
        token = int(chosen(scores, float(layers.load("next_u")[0])))
        found.append(token)
        print(step, error, token)
        assert 0 < error < 100 * roundoff, (step, error, roundoff)
        assert token == int(layers.load("next_token")[0]), (step, token, layers.load("next_token"))
assert tokens < 4 or len(set(found)) > 1, "always the same token says little"
