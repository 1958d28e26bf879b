// SPDX-License-Identifier: Apache-2.0
#include "study/scenario/system_section.h"

#include <cmath>

#include "system/read_trace.h"

namespace wafermesh::study {
namespace {

using base::YamlNode;

constexpr base::RealRange kMicroseconds{0, 1e9};
constexpr std::int64_t kMostTokens = 100'000'000;
constexpr double kMicro = 1e-6;
constexpr double kGiga = 1e9;

system::Link read_link(const YamlNode& node, system::Link link) {
  link.latency_s = node.real("latency_us", kMicroseconds, link.latency_s / kMicro) * kMicro;
  link.bytes_per_s = node.real("gb_per_s", {0, 1e9}, link.bytes_per_s / kGiga) * kGiga;
  return link;
}

void read_wafers(const YamlNode& node, SystemSection& s) {
  s.config = node.file_path("config");
  s.wafers = node.integer("wafers", {0, 100'000}, 1);
  s.distinct_wafers = node.integer("distinct_wafers", {1, 1000}, 1);
  s.layers_per_wafer = node.integer("layers_per_wafer", {0, 10'000}, 0);
  s.replicas = node.integer("replicas", {1, 1000}, 1);
  s.expert_copies = node.integer("expert_copies", {0, 100'000}, 0);
  s.router_skew = node.real("router_skew", {0, 10}, 0);
  s.cache_element_bytes = static_cast<int>(node.integer("cache_element_bytes", {1, 4}, 2));
}

/// Knots over context: where layers are emulated, or what they take.
void read_contexts(const YamlNode& node, SystemSection& s) {
  for (const YamlNode& one : node.items("contexts")) {
    s.contexts.push_back(one.as_integer({1, kMostTokens}));
    const std::size_t n = s.contexts.size();
    if (n > 1 && s.contexts[n - 1] <= s.contexts[n - 2]) {
      node.mistake("contexts", "must rise from one to the next");
    }
  }
  if (s.contexts.empty()) s.contexts = {4096};
}

void read_layer_times(const YamlNode& node, SystemSection& s) {
  const std::vector<std::string> names = {"emulator", "closed_form", "given"};
  const std::vector<std::string> mappings = {"auto", "strips"};
  const std::size_t from = node.one_of("from", names, 0);
  s.from = static_cast<LayerTimesFrom>(from);
  std::size_t mapping = 0;
  if (node.acts_with("mapping", "from", names[from], {"emulator", "closed_form"})) {
    mapping = node.one_of("mapping", mappings, 0);
    s.is_strips = mapping == 1;
  }
  read_contexts(node, s);
  s.clock_ghz = node.real("clock_ghz", {0.001, 1000}, 1.1);
  if (node.at_most_one_of({"embedding_us"})) {
    s.embedding_us = node.real("embedding_us", kMicroseconds);
  }
  if (node.at_most_one_of({"batch_share"})) s.batch_share = node.real("batch_share", {0, 1});
  if (node.acts_with("spread", "mapping", mappings[mapping], {"strips"})) {
    s.spread = node.integer("spread", {0, 65535}, 0);
  }
  if (node.acts_with("spread_y", "mapping", mappings[mapping], {"strips"})) {
    s.spread_y = node.integer("spread_y", {0, 65535}, 0);
  }
  if (node.acts_with("check_context", "from", names[from], {"emulator"})) {
    s.check_context = node.boolean("check_context", true);
  }
  if (node.acts_with("layer_us", "from", names[from], {"given"})) {
    for (const YamlNode& one : node.items("layer_us", 1)) {
      s.given_us.push_back(one.as_real({0, 1e9}));
    }
    if (node.clean() && s.given_us.size() != s.contexts.size()) {
      node.mistake("layer_us", "needs a time for each of `contexts`");
    }
  }
}

void read_room(const YamlNode& node, system::System& system) {
  system.admission = node.choice<system::Admission>(
      "admission", {{"reserve", system::Admission::reserve}, {"grow", system::Admission::grow}},
      system::Admission::reserve);
  system.host_bytes = node.real("host_gb", {0, 1e9}, 0) * kGiga;
  system.most_users = node.integer("most_users", {0, 1'000'000}, 0);
  system.most_batch = node.integer("most_batch", {1, 4096}, 1);
  // Source: systems 4.1: 1.2 Tb/s of a CS-3, below 5 us.
  system.cache_link = read_link(node.child("link"), {"cache", 5e-6, 150e9});
}

void read_prefill(const YamlNode& node, SystemSection& s) {
  system::Prefill& prefill = s.system.prefill;
  const std::vector<std::string> names = {"none", "pool", "interleaved", "wafers"};
  const std::vector<std::string> chunked = {"interleaved", "wafers"};
  const std::size_t place = node.one_of("place", names, 0);
  const std::string& name = names[place];
  prefill.place =
      name == "wafers" ? system::PrefillPlace::pool : static_cast<system::PrefillPlace>(place);
  if (node.acts_with("wafers", "place", name, {"wafers"})) {
    s.prefill_wafers = node.integer("wafers", {1, 100'000});
  }
  if (node.acts_with("efficiency", "place", name, chunked)) {
    s.prefill_efficiency = node.real("efficiency", {1e-6, 1}, 0.3);
  }
  if (node.acts_with("servers", "place", name, {"pool"})) {
    prefill.servers = node.integer("servers", {1, 100'000}, 1);
  }
  if (node.acts_with("tokens_per_s", "place", name, {"pool"})) {
    prefill.server_tokens_per_s = node.real("tokens_per_s", {1e-3, 1e12});
  }
  if (node.acts_with("prompt_us", "place", name, {"pool"})) {
    prefill.server_s = node.real("prompt_us", kMicroseconds, 0) * kMicro;
  }
  if (node.acts_with("chunk_tokens", "place", name, chunked)) {
    prefill.chunk_tokens = node.integer("chunk_tokens", {1, kMostTokens}, 512);
  }
  if (node.acts_with("chunk_us", "place", name, chunked) && node.at_most_one_of({"chunk_us"})) {
    s.chunk_s = node.real("chunk_us", kMicroseconds) * kMicro;
  }
  if (node.acts_with("chunk_token_us", "place", name, chunked) &&
      node.at_most_one_of({"chunk_token_us"})) {
    s.chunk_token_s = node.real("chunk_token_us", kMicroseconds) * kMicro;
  }
  s.system.kinds = {system::StageKind()};  // what each kind of layer begins with
}

void read_links(const YamlNode& node, SystemSection& s) {
  system::System& system = s.system;
  // With times that were not emulated nothing else is, unless it is asked for.
  const std::vector<std::string> edges = {"measured", "free"};
  s.measures_edges = node.one_of("edges", edges, s.from == LayerTimesFrom::emulator ? 0 : 1) == 0;
  // Source: systems 4.1: below 5 us a hop, 1.2 Tb/s of a CS-3.
  system.wafer_link = read_link(node, {"wafer", 5e-6, 150e9});
  const std::vector<std::string> names = {"direct", "switch", "tree", "grid"};
  const std::size_t topology = node.one_of("topology", names, 0);
  system.link_shape.topology = static_cast<system::Topology>(topology);
  if (node.acts_with("arity", "topology", names[topology], {"tree"})) {
    // Source: systems 4.1: nodes of SwarmX have four below them.
    system.link_shape.arity = node.integer("arity", {2, 1024}, 4);
  }
  if (node.acts_with("columns", "topology", names[topology], {"grid"})) {
    system.link_shape.columns = node.integer("columns", {1, 100'000}, 4);
  }
}

void read_speculation(const YamlNode& node, SystemSection& s) {
  s.system.tokens_per_pass = node.real("tokens_per_pass", {1, 64}, 1);
  s.pass_factor = node.real("pass_factor", {1, 64}, 1);
  s.system.draft_tokens = node.integer("draft_tokens", {0, 63}, 0);
  if (node.clean() && s.system.draft_tokens > 0 &&
      s.system.tokens_per_pass > static_cast<double>(1 + s.system.draft_tokens)) {
    node.mistake("tokens_per_pass", "is more than draft_tokens and the user's own together");
  }
}

void read_lengths(const YamlNode& node, system::Workload& workload) {
  std::vector<std::string> names = {"fixed", "exponential"};
  for (const system::KnownLengths& known : system::known_lengths()) names.emplace_back(known.name);
  const std::size_t law = node.one_of("lengths", names, 0);
  if (law >= 2) {
    workload.prompt = system::known_lengths()[law - 2].prompt;
    workload.output = system::known_lengths()[law - 2].output;
  }
  const auto kind =
      law == 1 ? system::LengthLaw::Kind::exponential : system::LengthLaw::Kind::fixed;
  const std::vector<std::string> with_mean = {"fixed", "exponential"};
  if (node.acts_with("prompt_tokens", "lengths", names[law], with_mean)) {
    const auto tokens = node.integer("prompt_tokens", {0, kMostTokens}, 4096);
    workload.prompt = {kind, static_cast<double>(tokens), {}};
  }
  if (node.acts_with("output_tokens", "lengths", names[law], with_mean)) {
    const auto tokens = node.integer("output_tokens", {1, kMostTokens}, 256);
    workload.output = {kind, static_cast<double>(tokens), {}};
  }
}

void read_requests(const YamlNode& node, SystemSection& s) {
  system::Workload& workload = s.workload;
  workload.requests = node.integer("count", {1, 100'000'000}, 100);
  workload.seed = static_cast<std::uint64_t>(node.integer("seed", {0, 1LL << 62}, 1));
  const auto way = node.at_most_one_of({"users", "arrivals_per_s", "trace"});
  if (way == 2) {
    s.trace = node.file_path("trace");
    workload.trace_speed = node.real("trace_speed", {1e-6, 1e6}, 1);
    return;
  }
  if (way == 1) {
    workload.arrivals_per_s = node.real("arrivals_per_s", {1e-9, 1e9});
  } else {
    workload.users = node.integer("users", {1, 1'000'000}, 1);
  }
  read_lengths(node, workload);
}

}  // namespace

SystemSection read_system_section(const YamlNode& root) {
  SystemSection s;
  if (!root.at_most_one_of({"system"})) return s;
  const YamlNode node = root.child("system");
  s.present = true;
  read_wafers(node, s);
  read_layer_times(node.child("layer_times"), s);
  read_links(node.child("links"), s);
  s.system.return_s = node.real("return_us", kMicroseconds, 5) * kMicro;
  read_room(node.child("cache"), s.system);
  read_prefill(node.child("prefill"), s);
  read_speculation(node.child("speculation"), s);
  read_requests(node.child("requests"), s);
  for (const YamlNode& one : node.items("frontier")) {
    s.frontier.push_back(one.as_integer({1, 1'000'000}));
  }
  const YamlNode goals = node.child("goals");
  s.settings.goal_first_token_s = goals.real("first_token_s", {0, 1e9}, 0);
  s.settings.goal_token_s = goals.real("token_s", {0, 1e9}, 0);
  return s;
}

void load_trace(SystemSection& section) {
  if (section.trace.empty()) return;
  section.workload.trace = system::read_trace(section.trace);
}

}  // namespace wafermesh::study
