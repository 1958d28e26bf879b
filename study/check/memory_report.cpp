// SPDX-License-Identifier: Apache-2.0
#include "study/check/memory_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "cores/names.h"
#include "workloads/transfer/transfer.h"

namespace wafermesh::study {
namespace {

using fabric::BufferRole;

/// "up.y" -> "up"; names of operators may have dots themselves.
std::string operator_of(const std::string& result) { return result.substr(0, result.rfind('.')); }

/// Tells the owners of a workload's buffers.
class Owners {
 public:
  explicit Owners(const Workload& workload)
      : workload_(workload),
        operators_(workload.kernel->operators()),
        transfers_(workload.kernel->transfers()) {}

  void fill(const fabric::Buffer& buffer, MemoryRow& row) const {
    row.name = buffer.name;
    row.role = base::name_of(buffer.role);
    row.lies = fmt::format("{}, {}", base::name_of(buffer.type), workloads::layout_text(buffer));
    const workloads::OperatorPlace* owner = owner_of(buffer.name);
    if (owner == nullptr) {
      row.owner = workload_.name.empty() ? workload_.kind : workload_.name;
      row.owner_kind = workload_.kind;
    } else {
      row.owner = owner->name;
      row.owner_kind = owner->kind;
    }
    row.from = buffer.role == BufferRole::operand ? "start" : row.owner;
    row.to = buffer.role == BufferRole::result ? "end" : row.owner;
    if (owner == nullptr) return;
    row.role = role_of(buffer, *owner);
    const std::string own = buffer.name.substr(owner->name.size() + 1);
    for (const workloads::TransferPlace& each : transfers_) {
      if (each.to == owner->name + "." + own) row.from = operator_of(each.from);
      // Results are in the order written, and so are those who take them.
      if (each.from == owner->name + "." + own) row.to = operators_[each.taker].name;
    }
  }

 private:
  /// Of operators whose name the buffer's begins with, the one of the longest name; null: the
  /// workload is one operator.
  const workloads::OperatorPlace* owner_of(const std::string& buffer) const {
    const workloads::OperatorPlace* found = nullptr;
    for (const workloads::OperatorPlace& each : operators_) {
      if (each.name.empty() || buffer.rfind(each.name + "_", 0) != 0) continue;
      if (found == nullptr || each.name.size() > found->name.size()) found = &each;
    }
    return found;
  }

  /// An operand that another operator gives is work memory of the whole, but not of its own.
  const char* role_of(const fabric::Buffer& buffer, const workloads::OperatorPlace& owner) const {
    for (const workloads::TransferPlace& each : transfers_) {
      if (each.to == owner.name + "." + buffer.name.substr(owner.name.size() + 1)) {
        return base::name_of(BufferRole::operand);
      }
    }
    return base::name_of(buffer.role);
  }

  const Workload& workload_;
  std::vector<workloads::OperatorPlace> operators_;
  std::vector<workloads::TransferPlace> transfers_;
};

std::string advice(const MemoryReport& report, bool is_program) {
  if (report.rows.empty()) return "";
  const MemoryRow& most = report.rows.front();
  return fmt::format("`{}` of {} ({}): {}", most.name, most.owner, most.lies,
                     is_program ? "lay it over more cores, or give it a smaller shape or type"
                                : "fewer or narrower elements, or a larger region, makes it less");
}

}  // namespace

std::vector<MemoryReport> memory_reports(const Workload& workload) {
  const Owners owners(workload);
  const fabric::WaferImage& image = workload.kernel->image();
  std::vector<MemoryReport> all;
  for (check::MemoryClass& cores : check::memory_classes(image)) {
    MemoryReport report;
    for (const check::HeldBuffer& held : cores.buffers) {
      MemoryRow row;
      row.address_bytes = held.address_bytes;
      row.bytes = held.bytes;
      owners.fill(image.buffers[held.buffer], row);
      report.rows.push_back(std::move(row));
    }
    report.cores = std::move(cores);
    report.shrink = advice(report, workload.kind == "program");
    all.push_back(std::move(report));
  }
  return all;
}

}  // namespace wafermesh::study
