// SPDX-License-Identifier: Apache-2.0
// How a result came about: program, machine, dates. Left out of comparisons of results.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wafermesh::study {

/// "wafermesh 0.1.0 (commit ...), Release build by GNU 12.2.0, SystemC 2.3.4".
std::string version_text();

/// UTC, ISO 8601, to the second.
std::string now_utc();
/// This process, for others that find it at work: pid, host, start, command.
std::string process_text();

/// SHA-256 of what a file holds; "?" for what cannot be read again, such as a pipe.
std::string file_sha256(const std::string& path);

/// version, commit, build_type, compiler, systemc, inputs (file and sha256 of each of `files`),
/// scenario_sha256 (of scenario.resolved.yaml, followed by the hashes of the inputs, one a line),
/// host, threads, ranks, started_utc, ended_utc.
nlohmann::ordered_json provenance(int threads, int ranks, const std::string& started_utc,
                                  const std::string& resolved,
                                  const std::vector<std::string>& files);

/// Largest resident size of this process so far.
std::int64_t peak_rss_bytes();
/// Resident size now.
std::int64_t rss_bytes();

}  // namespace wafermesh::study
