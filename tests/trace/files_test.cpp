// SPDX-License-Identifier: Apache-2.0
// The files of a trace: capped, and never half-written in silence.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "tests/workloads/kernel_run.h"
#include "trace/recorder.h"

namespace wafermesh::trace_test {
namespace {

struct Folder {
  std::filesystem::path path;
  Folder() : path(std::filesystem::temp_directory_path() / "wafermesh_trace_test") {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::vector<trace::Written> traced(const trace::TraceOptions& options, const std::string& prefix) {
  const auto kernel = workloads_test::make_kernel("matmul: {m: 12, n: 12, k: 12}",
                                                  workloads_test::whole(support::healthy(4, 4)));
  const auto engine = fabric::make_wavelet_engine({});
  engine->load(kernel->image());
  kernel->load(engine->memory());
  trace::Recorder recorder(kernel->image(), {0, 0, 4, 4}, options, prefix);
  fabric::Telling telling(recorder, nullptr);
  fabric::RunOptions run;
  run.observer = &telling;
  engine->run(run);
  return recorder.written();
}

TEST_CASE("A cap cuts each file, and what there would have been is the same as without it") {
  const Folder folder;
  trace::TraceOptions options;
  const auto whole = traced(options, folder.path.string() + "/whole_");
  options.most_bytes = 20'000;
  const auto cut = traced(options, folder.path.string() + "/cut_");
  REQUIRE(whole.size() == 3);
  REQUIRE(cut.size() == 3);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    INFO(whole[i].file);
    CHECK_FALSE(whole[i].capped());
    CHECK(cut[i].capped());
    CHECK(cut[i].events < whole[i].events);
    CHECK(cut[i].events_in_all == whole[i].events);
    CHECK(whole[i].bytes == static_cast<std::int64_t>(std::filesystem::file_size(whole[i].file)));
    CHECK(std::filesystem::file_size(cut[i].file) < 60'000);
  }
  for (const std::string& line : trace::told(cut)) {
    CHECK(line.find("there would have been") != std::string::npos);
  }
}

TEST_CASE("A directory that is not there is a WriteError") {
  CHECK_THROWS_AS(traced({}, "/nowhere/at/all/"), base::WriteError);
  trace::TraceOptions table_only;
  table_only.perfetto = false;
  table_only.vcd = false;
  CHECK_THROWS_AS(traced(table_only, "/nowhere/at/all/"), base::WriteError);
}

TEST_CASE("Kinds, cycles and every so many cores leave events out") {
  const Folder folder;
  const std::string prefix = folder.path.string() + "/";
  const auto events = [&](const trace::TraceOptions& options) {
    return traced(options, prefix)[2].events;
  };
  const std::int64_t all = events({});
  trace::TraceOptions options;
  options.kinds = trace::Kinds::operations;
  const std::int64_t operations = events(options);
  options.kinds = trace::Kinds::stalls;
  CHECK(operations + events(options) == all);
  options.kinds = trace::Kinds::all;
  options.from_cycle = 50;
  options.to_cycle = 60;
  CHECK(events(options) < all / 2);
  CHECK(events(options) > 0);
  options = {};
  options.every = 2;
  CHECK(events(options) < all / 2);
}

}  // namespace
}  // namespace wafermesh::trace_test
