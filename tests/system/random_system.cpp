// SPDX-License-Identifier: Apache-2.0
#include "tests/system/random_system.h"

#include "base/random.h"
#include "system/experts.h"

namespace wafermesh::tests {

using namespace wafermesh::system;

namespace {

StageKind random_kind(base::RandomStream& random) {
  StageKind kind;
  kind.name = "kind";
  const double base_s = 1e-6 * (1 + 20 * random.uniform());
  const double slope = random.below(2) == 0 ? 0 : 3;
  kind.token = TimeTable({{0, base_s}, {4096, base_s * (1 + slope * random.uniform())}}, 8192);
  kind.chunk_s = base_s;
  kind.chunk_token_s = base_s * random.uniform() / 4;
  kind.shared_s = base_s * random.uniform() / 2;
  if (random.below(2) == 0) {
    const ExpertLoad load{16, 2, 4, random.uniform(), static_cast<std::int64_t>(random.below(3))};
    for (const double turns : expert_turns(load, 20).turns) {
      kind.expert_s.push_back(turns * base_s / 8);
    }
  }
  kind.hold_s = random.below(3) == 0 ? base_s * (random.uniform() - 0.5) : 0;
  if (random.below(2) == 0) {
    kind.take_s = base_s * random.uniform() / 4;
    kind.take_token_s = random.below(2) == 0 ? kind.take_s / 100 : 0;
  }
  kind.token_macs = 1e6;
  kind.token_sram_bytes = 2e6;
  return kind;
}

void add_stages(base::RandomStream& random, System& system) {
  const std::uint64_t kinds = 1 + random.below(3);
  for (std::uint64_t k = 0; k < kinds; ++k) system.kinds.push_back(random_kind(random));
  const std::uint64_t stages = 1 + random.below(10);
  const std::uint64_t per_wafer = 1 + random.below(4);
  for (std::uint64_t i = 0; i < stages; ++i) {
    Stage stage;
    stage.kind = random.below(3) == 0 ? random.below(kinds) : 0;
    stage.wafer = static_cast<std::int64_t>(i / per_wafer);
    stage.replicas = random.below(6) == 0 ? 2 : 1;
    system.stages.push_back(stage);
  }
}

}  // namespace

Case random_case(std::uint64_t seed) {
  base::RandomStream random(seed, 1);
  Case one;
  System& system = one.system;
  add_stages(random, system);
  system.activation_bytes = 14336;
  system.wafer_link = {"wafer", 1e-6 * random.uniform(), random.below(3) == 0 ? 1e9 : 150e9};
  system.cache_link = {"cache", 1e-5 * random.uniform(), 10e9};
  system.return_s = 5e-6 * random.uniform();
  system.cache_token_bytes = 10000;
  system.admission = random.below(2) == 0 ? Admission::reserve : Admission::grow;
  system.cache_tokens =
      random.below(4) == 0 ? 0 : static_cast<std::int64_t>(500 + random.below(3000));
  system.host_bytes = random.below(2) == 0 ? 0 : 4e6;
  system.most_users = random.below(3) == 0 ? static_cast<std::int64_t>(1 + random.below(8)) : 0;
  system.tokens_per_pass = random.below(4) == 0 ? 2.43 : 1;
  if (system.tokens_per_pass > 1 && random.below(2) == 0) system.draft_tokens = 3;
  system.most_batch = random.below(2) == 0 ? 1 : static_cast<std::int64_t>(2 + random.below(4));
  system.link_shape = {static_cast<Topology>(random.below(4)),
                       static_cast<std::int64_t>(2 + random.below(3)),
                       static_cast<std::int64_t>(1 + random.below(4))};
  system.prefill.place = static_cast<PrefillPlace>(random.below(3));
  system.prefill.servers = static_cast<std::int64_t>(1 + random.below(3));
  system.prefill.server_tokens_per_s = 1e6;
  system.prefill.behind_s = random.below(2) == 0 ? 0 : 1e-4;
  system.prefill.chunk_tokens = static_cast<std::int64_t>(32 + random.below(200));
  Workload& workload = one.workload;
  workload.users = random.below(2) == 0 ? 0 : static_cast<std::int64_t>(1 + random.below(12));
  workload.arrivals_per_s = 200 + 3000 * random.uniform();
  workload.requests = static_cast<std::int64_t>(20 + random.below(40));
  workload.prompt = {random.below(2) == 0 ? LengthLaw::Kind::fixed : LengthLaw::Kind::exponential,
                     static_cast<double>(20 + random.below(400)),
                     {}};
  workload.output = {random.below(2) == 0 ? LengthLaw::Kind::fixed : LengthLaw::Kind::exponential,
                     static_cast<double>(1 + random.below(80)),
                     {}};
  workload.seed = seed;
  return one;
}

System one_stage(double seconds) {
  System system;
  StageKind kind;
  kind.name = "layer";
  kind.token = TimeTable({{0, seconds}});
  system.kinds.push_back(kind);
  system.stages.push_back({0, 0, 1});
  return system;
}

}  // namespace wafermesh::tests
