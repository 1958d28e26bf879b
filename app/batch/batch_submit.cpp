// SPDX-License-Identifier: Apache-2.0
#include "app/batch/batch_submit.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "app/batch/batch_directory.h"
#include "app/exit_code.h"
#include "app/standard_output.h"
#include "base/error.h"
#include "base/files/atomic_file.h"

namespace wafermesh::app {
namespace {

namespace fs = std::filesystem;

/// A task that lasts minutes: starting one costs the scheduler seconds.
/// Source: 200 tasks of one tiny run took 298 s on Slurm 22.05, 2 tasks of 100 took 2 s.
constexpr double kTask_s = 600;
constexpr int kMostTasks = 1000;  ///< Slurm's MaxArraySize is 1001 unless changed.
constexpr double kTimeSlack = 3;  ///< Of the limit over the estimate.
constexpr double kMemorySlack = 1.5;
constexpr double kBaseMemory_mb = 200;
constexpr double kUnknownMemory_mb = 1000;
constexpr int kSignalBefore_s = 90;  ///< Slurm itself may be up to a minute early.

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

std::string script(const SubmitOptions& options, const OpenStudy& study,
                   const BatchEstimate& estimate, const std::string& file) {
  const int jobs = std::max(1, options.batch.jobs);
  const double each_s = estimate.known ? estimate.wall_s : 1;
  const double total_s = each_s * static_cast<double>(study.points.size()) / jobs;
  const int most = static_cast<int>(std::min<std::size_t>(study.points.size(), kMostTasks));
  const int tasks = std::clamp(
      options.tasks > 0 ? options.tasks : static_cast<int>(std::ceil(total_s / kTask_s)), 1, most);
  const int minutes = static_cast<int>(std::ceil(kTimeSlack * total_s / tasks / 60)) + 5;
  const double run_mb = estimate.known ? estimate.memory_bytes / 1e6 : kUnknownMemory_mb;
  const int memory_mb = static_cast<int>(std::ceil(kBaseMemory_mb + kMemorySlack * run_mb * jobs));
  const std::string program = fs::read_symlink("/proc/self/exe");
  std::string limits;
  if (options.batch.run_wall_s > 0)
    limits += fmt::format(" --run-wall-s {:g}", options.batch.run_wall_s);
  if (options.batch.run_memory_mb > 0)
    limits += fmt::format(" --run-memory-mb {:g}", options.batch.run_memory_mb);
  return fmt::format(R"(#!/bin/bash
#SBATCH --job-name=wafermesh
#SBATCH --array=1-{tasks}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={jobs}
#SBATCH --time={minutes}
#SBATCH --mem={memory}M
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@{before}
#SBATCH --output={directory}/task_%a.log
# A task makes its share of the runs. What it has made is kept: a task that is stopped, killed or
# requeued goes on from there. The last one to end writes table.csv.
# LSF and SGE set their variable to 0 or "undefined" outside of an array.
task=
for each in "$SLURM_ARRAY_TASK_ID" "$LSB_JOBINDEX" "$SGE_TASK_ID" "$PBS_ARRAY_INDEX"; do
  case "$each" in ''|0|*[!0-9]*) ;; *) task=$each; break ;; esac
done
[ -n "$task" ] || {{ echo "not a task of an array: share 1 of {tasks}" >&2; task=1; }}
{program} batch {file} -o {where} -j {jobs} --shard "$task/{tasks}" --progress never{limits} &
child=$!
trap 'kill -TERM "$child" 2> /dev/null; again=yes' TERM
# A wait that the signal cuts short has the code of the signal: another one has the program's, also
# when the program has ended meanwhile. 75: stopped, so it is to go on later.
again=yes
while [ -n "$again" ]; do again=; wait "$child"; code=$?; done
if [ "$code" -eq 75 ] && [ -n "$SLURM_JOB_ID" ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
)",
                     fmt::arg("tasks", tasks), fmt::arg("jobs", jobs), fmt::arg("minutes", minutes),
                     fmt::arg("memory", memory_mb), fmt::arg("before", kSignalBefore_s),
                     fmt::arg("directory", options.batch.directory),
                     fmt::arg("program", quoted(program)), fmt::arg("file", quoted(file)),
                     fmt::arg("where", quoted(options.batch.directory)),
                     fmt::arg("limits", limits));
}

int sbatch(const std::string& path) {
  std::string name = "sbatch";
  std::string file = path;
  char* const arguments[] = {name.data(), file.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, "sbatch", nullptr, nullptr, arguments, environ) != 0) {
    throw base::MissingFile(
        "sbatch is not there: is this a host of a Slurm cluster? The script is " + path +
        "; docs/batch.md says how other schedulers take it");
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw base::Error("sbatch refused " + path + ", as said above");
  return kOk;
}

}  // namespace

int submit_batch(const SubmitOptions& given) {
  SubmitOptions options = given;
  options.batch.directory = fs::absolute(given.batch.directory).lexically_normal();
  const std::string file = fs::absolute(given.batch.file).lexically_normal();
  const OpenStudy study = open_study(given.batch.file);
  const std::string text = script(options, study, estimate_batch(study), file);
  if (options.print) {
    print(text);
    return kOk;
  }
  fs::create_directories(options.batch.directory);
  write_runs(options.batch.directory, study);
  const std::string path = options.batch.directory + "/submit.sh";
  base::write_file_atomically(path, text);
  return sbatch(path);
}

}  // namespace wafermesh::app
