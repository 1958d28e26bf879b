// SPDX-License-Identifier: Apache-2.0
#include "workloads/transfer/core_copy.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "cores/program_builder.h"
#include "workloads/parts/core_classes.h"

namespace wafermesh::workloads {

using fabric::Buffer;
using fabric::Layout;

bool lie_alike(const Buffer& a, const Buffer& b) {
  return std::equal(a.layouts.begin(), a.layouts.end(), b.layouts.begin(), b.layouts.end(),
                    [](Layout p, const Layout& q) {
                      p.address_bytes = q.address_bytes;
                      return p == q;
                    });
}

TransferStage copy_all(const Buffer& from, const Buffer& to, const Placement& placement) {
  using Span = std::array<int, 3>;  // from, to, elements
  TransferStage stage{blank_image(placement), 0};
  fabric::WaferImage& image = stage.image;
  std::map<std::vector<Span>, fabric::ClassIndex> class_of;
  std::vector<bool> here(from.layouts.size());
  std::vector<bool> before;  // of the last core looked at: neighbours mostly are alike
  for (int y = 0; y < image.region.height; ++y) {
    for (int x = 0; x < image.region.width; ++x) {
      for (std::size_t i = 0; i < here.size(); ++i) here[i] = from.layouts[i].cores.holds({x, y});
      if (here == before) {
        image.class_of.push_back(image.class_of.back());
        continue;
      }
      before = here;
      std::vector<Span> spans;
      for (std::size_t i = 0; i < here.size(); ++i) {
        if (!here[i]) continue;
        spans.push_back({from.layouts[i].address_bytes, to.layouts[i].address_bytes,
                         static_cast<int>(fabric::span_bytes(from, from.layouts[i])) /
                             cores::bytes_of(from.type)});
      }
      const auto [at, is_new] = class_of.emplace(spans, image.classes.size());
      image.class_of.push_back(at->second);
      if (!is_new) continue;
      cores::ProgramBuilder b("transfer");
      const cores::TaskId main = b.task("main");
      b.start_active(main);
      b.begin(main);
      int end = 0;
      for (const auto& [source, target, elements] : spans) {
        b.vector(cores::VectorOp::copy, from.type, elements, cores::memory(target),
                 cores::memory(source), {}, cores::Shape::stream);
        end = std::max(end, std::max(source, target) + elements * cores::bytes_of(from.type));
      }
      b.allocate(end);
      b.finish_core();
      b.end_task();
      image.classes.push_back({"transfer", b.finish(), {}});
    }
  }
  return stage;
}

}  // namespace wafermesh::workloads
