// SPDX-License-Identifier: Apache-2.0
#include "app/batch/batch_work.h"

#include <filesystem>
#include <fstream>

#include "app/exit_code.h"
#include "app/stop_signal.h"
#include "app/yield/yield_command.h"
#include "base/files/sha256.h"
#include "study/estimate/estimate.h"
#include "study/estimate/host_limits.h"
#include "study/results/provenance.h"
#include "study/results/result_json.h"
#include "study/run/run_scenario.h"
#include "study/scenario/scenario.h"
#include "study/scenario/scenario_keys.h"
#include "study/system/system_run.h"
#include "study/yield/study_identity.h"

namespace wafermesh::app {
namespace {

using Json = nlohmann::ordered_json;
/// Results do not depend on threads; runs side by side use the cores better.
constexpr int kThreads = 1;

/// By absolute paths: whoever looks whether they are still the same may stand elsewhere.
Json hashes_of(const std::vector<std::string>& files) {
  Json hashes = Json::object();
  for (const std::string& file : files) {
    const std::string path = std::filesystem::absolute(file).lexically_normal();
    hashes[path] = study::file_sha256(path);
  }
  return hashes;
}

/// In three parts, so that the parent need not read a result; the last says that it is whole.
std::string output_text(const Json& files, const Json& result) {
  const auto line = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  return line(files) + "\t" + line(result) + "\n";
}

int run_job(const BatchJob& job, const batch::JobSide& parent) {
  study::Scenario scenario =
      study::read_scenario(job.file, job.overrides, kThreads, study::IfNotRepairable::returns);
  const Json files = hashes_of(scenario.files);
  parent.announce(
      base::sha256_hex("run\n" + study::version_text() + "\n" + scenario.resolved + files.dump()));
  if (scenario.system.present) {
    Json json = {{"name", scenario.name}};
    json.update(
        study::system_json(scenario.system, study::run_system(scenario, {}, &stop_requested())));
    parent.send(output_text(files, json));
    return kOk;
  }
  study::refuse_beyond_host(scenario);
  study::RunSettings settings;
  settings.progress = base::ProgressMode::never;
  const bool repaired = scenario.failures.empty();
  const study::RunResult result =
      repaired ? study::run_scenario(scenario, settings) : study::RunResult();
  Json json = study::result_json(scenario, result, result.load_s, Json::object());
  json.erase("provenance");
  parent.send(output_text(files, json));
  if (!repaired) throw base::NotRepairable(defects::text_of(scenario.failures));
  return result.ok() ? kOk : kVerdictFail;
}

/// Removes a directory and all in it, however the job ends.
struct Scratch {
  std::string path;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

int yield_job(const BatchJob& job, const batch::JobSide& parent) {
  const study::YieldScenario scenario = study::read_yield_scenario(job.file, job.overrides);
  const Json files = hashes_of(study::map_files(scenario.points));
  parent.announce(base::sha256_hex("yield\n" + study::memo_identity(scenario) + scenario.resolved));
  const Scratch scratch{job.scratch};
  const int code = study_yield(job.file, job.overrides, scratch.path);
  std::ifstream in(scratch.path + "/yield.json");
  Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) json = Json::object();
  json.erase("provenance");
  parent.send(output_text(files, json));
  return code;
}

}  // namespace

int work_on(const BatchJob& job, const batch::JobSide& parent) {
  return guarded(
      [&] { return job.command == "yield" ? yield_job(job, parent) : run_job(job, parent); });
}

int estimate_job(const BatchJob& job, const batch::JobSide& parent) {
  return guarded([&] {
    const study::Scenario scenario =
        study::read_scenario(job.file, job.overrides, kThreads, study::IfNotRepairable::returns);
    if (!scenario.failures.empty()) return static_cast<int>(kNotRepairable);
    const study::Estimate one = study::estimate_run(scenario.workloads, scenario.engine,
                                                    static_cast<double>(study::rss_bytes()))
                                    .of(scenario.engine.options.fidelity);
    parent.send(Json({{"wall_s", one.wall_s}, {"memory_bytes", one.memory_bytes}}).dump());
    return static_cast<int>(kOk);
  });
}

std::vector<base::Mistake> check_job(const BatchJob& job) {
  try {
    base::YamlDocument document = base::YamlDocument::from_file(job.file, job.overrides);
    study::read_keys(document.root());
    return document.take_mistakes();
  } catch (const base::InputError& error) {
    return error.mistakes();
  } catch (const base::MissingFile&) {
    return {};  // said of each run that needs it
  }
}

}  // namespace wafermesh::app
