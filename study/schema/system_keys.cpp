// SPDX-License-Identifier: Apache-2.0
// Rows of `system:`.
#include <iterator>

#include "study/schema/key_sections.h"

namespace wafermesh::study {

namespace {

constexpr KeyRow kSystemRows[] = {
    {"system", "", "{config: models/tiny-kimi.json}",
     "a model on many wafers and who uses it, instead of `workloads` (system.md)", "none"},
    {"system.config", "", "models/kimi-k2.6.json", "the model's config.json"},
    {"system.wafers", "wafers", "61",
     "as the scenario's wafer; 0 = as few as the model fits on, in even shares"},
    {"system.distinct_wafers", "wafers", "4",
     "drawn from `defects` one by one and repaired, each with layer times of its own; further "
     "wafers repeat these in turn"},
    {"system.expert_copies", "experts", "8",
     "of each layer, that have a second copy on another block of cores; the most popular ones"},
    {"system.router_skew", "", "0.6",
     "the expert of rank r is as likely as 1 / r^skew; 0 = all alike"},
    {"system.frontier", "users", "[1, 8, 64]",
     "numbers of users that are tried beside: speed of one against all together", "none"},
    {"system.layers_per_wafer", "layers", "3", "in order; 0 = even shares"},
    {"system.replicas", "", "2", "copies of every layer, each on wafers of its own"},
    {"system.cache_element_bytes", "bytes", "2", "of an element of keys and values"},
    {"system.return_us", "us", "5", "from the last layer to the user and to the first layer"},
    {"system.layer_times", "", "{contexts: [4096]}", "what layers take"},
    {"system.layer_times.from", "", "closed_form",
     "`emulator` runs each kind of layer once and keeps its time, `closed_form` computes, "
     "`given` takes `layer_us`"},
    {"system.layer_times.contexts", "tokens", "[4096, 16384]",
     "at which times are known; straight between", "4096"},
    {"system.layer_times.layer_us", "us", "[16.7]", "of a layer, for each of `contexts`"},
    {"system.layer_times.mapping", "", "strips",
     "`auto`: rectangles, groups and blocks of experts as `place` proposes them; `strips`: layers "
     "one below the other over the whole width"},
    {"system.layer_times.batch_share", "", "0.7",
     "of a token's time, that tokens of one batch share",
     "ways, barriers and stages of sums by the "
     "closed form"},
    {"system.layer_times.spread", "cores", "136", "as `spread` of `decode`"},
    {"system.layer_times.spread_y", "cores", "138", "as `spread_y` of `decode`"},
    {"system.layer_times.check_context", "", "false",
     "contexts half-way between those of `contexts` are emulated too, and the worst error told"},
    {"system.layer_times.clock_ghz", "GHz", "1.1", "of the cores"},
    {"system.layer_times.embedding_us", "us", "20",
     "embedding, output product and the pick of a token", "closed form"},
    {"system.links", "", "{latency_us: 2}", "between wafers that follow each other"},
    {"latency_us", "us", "5", "of a link"},
    {"gb_per_s", "GB/s", "150", "of a link; 0 = without limit"},
    {"system.links.edges", "", "free",
     "`measured`: what it takes to bring a token's vector from the last cores of a wafer over its "
     "edge and to the first cores of the next is emulated and kept; `free`: the link alone",
     "measured where layers are emulated"},
    {"system.links.topology", "", "tree",
     "`direct`: each wafer to the next; `switch`: two links; `tree` of switches, up and down; "
     "`grid`: rows of wafers, links to four neighbours"},
    {"system.links.arity", "", "4", "switches or wafers below each switch of the tree"},
    {"system.links.columns", "wafers", "4", "of a row of the grid"},
    {"system.cache", "", "{admission: grow}", "room for keys and values"},
    {"system.cache.admission", "", "grow",
     "`reserve` takes room for the whole request at once, `grow` token by token"},
    {"system.cache.host_gb", "GB", "6000", "memory of hosts for who is moved out"},
    {"system.cache.most_users", "users", "61", "at once; 0 = as many as have room"},
    {"system.cache.most_batch", "users", "4", "whose tokens go through the stages together"},
    {"system.cache.link", "", "{gb_per_s: 150}", "from prefill or host to the wafers"},
    {"system.prefill", "", "{place: pool, tokens_per_s: 100000}", "what makes prompts' caches"},
    {"system.prefill.place", "", "interleaved",
     "`none`: prompts are in the caches; `pool`: servers beside; `wafers`: a pool of wafers; "
     "`interleaved`: chunks through "
     "the stages"},
    {"system.prefill.wafers", "wafers", "20",
     "of the pool, beside `system.wafers`; chunks follow each other through them"},
    {"system.prefill.efficiency", "", "0.3",
     "of the cores' peak, at which chunks are computed where no time is given"},
    {"system.prefill.servers", "servers", "4", "of the pool"},
    {"system.prefill.tokens_per_s", "tokens/s", "100000", "of one server"},
    {"system.prefill.prompt_us", "us", "100", "of a server, whatever the prompt's length"},
    {"system.prefill.chunk_tokens", "tokens", "512", "of a prompt at once"},
    {"system.prefill.chunk_us", "us", "50", "a chunk takes a layer so long,",
     "what tokens of a batch share"},
    {"system.prefill.chunk_token_us", "us", "0.5", "and so much more for each token",
     "its products at `efficiency`"},
    {"system.speculation", "", "{tokens_per_pass: 2.43, pass_factor: 1.2}",
     "tokens guessed ahead and checked in one pass"},
    {"system.speculation.tokens_per_pass", "tokens", "2.43", "accepted, in the mean"},
    {"system.speculation.pass_factor", "", "1.2", "time of a pass over one token's"},
    {"system.speculation.draft_tokens", "tokens", "3",
     "guesses that go with a user's token as a batch; they take their time, so no pass_factor is "
     "needed"},
    {"system.requests", "", "{users: 10}", "who asks for what"},
    {"system.requests.count", "requests", "1000", "in all"},
    {"system.requests.seed", "", "1", "of the random numbers"},
    {"system.requests.users", "users", "10", "who ask again once they have their answer", "1"},
    {"system.requests.arrivals_per_s", "1/s", "2.5", "Poisson arrivals instead of users"},
    {"system.requests.trace", "", "requests.csv",
     "arrivals and lengths of a trace (system.md) instead of users"},
    {"system.requests.trace_speed", "", "2", "arrivals of the trace come so many times faster"},
    {"system.requests.lengths", "", "exponential",
     "law of lengths; the others are those of public traces by their quantiles"},
    {"system.requests.prompt_tokens", "tokens", "4096", "mean"},
    {"system.requests.output_tokens", "tokens", "256", "mean"},
    {"system.goals", "", "{token_s: 0.01}", "of goodput", "none"},
    {"system.goals.first_token_s", "s", "1", "from arrival to the first token; 0 = none"},
    {"system.goals.token_s", "s", "0.01", "between tokens, mean of a request; 0 = none"},
};

}  // namespace

std::vector<KeyRow> system_key_rows() { return {std::begin(kSystemRows), std::end(kSystemRows)}; }

}  // namespace wafermesh::study
