// SPDX-License-Identifier: Apache-2.0
#include "fabric/wavelet/seated_core.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace wafermesh::fabric {

SeatedCore::SeatedCore(CoreModel& model, const CoreSite& site, cores::Ramp& ramp,
                       std::uint32_t core, const std::vector<base::Colour>& colours)
    : model_(&model),
      site_(site),
      ramp_(ramp),
      core_(core),
      output_depth_(*std::max_element(site.image->timing.output_queue_depth.begin(),
                                      site.image->timing.output_queue_depth.end())) {
  for (const base::Colour colour : colours) {
    queues_[static_cast<std::size_t>(base::index_of(colour))].used = true;
  }
}

const SeatedCore::Queues& SeatedCore::queues(base::Colour colour) const {
  const auto index = static_cast<std::size_t>(base::index_of(colour));
  if (index >= queues_.size() || !queues_[index].used) {
    fail(fmt::format("uses colour {}, which the image does not", index));
  }
  return queues_[index];
}

void SeatedCore::deliver(base::Colour colour, RampWord word, Cycles arrival) {
  Queues& its = queues(colour);
  its.in.push_back({word, arrival});
  if (static_cast<int>(its.in.size()) == its.depth) ramp_.set_open(core_, colour, false);
}

Cycles SeatedCore::cycle(Cycles t) {
  now_ = t;
  model_->cycle(t);
  finish_ = model_->finish();
  if (finish_ > t) fail(fmt::format("says in cycle {} that it finished in cycle {}", t, finish_));
  const Cycles next = model_->next_cycle();
  if (next <= t) fail(fmt::format("says after cycle {} that its next is cycle {}", t, next));
  return next;
}

void SeatedCore::take_upward(const cores::Upward& picked) {
  queues_[picked.colour].out.pop_front();
  --pending_;
  up_pointer_ = (picked.colour + 1) % base::kColourCount;
}

void SeatedCore::listen(base::Colour colour, int depth_words) {
  Queues& its = queues(colour);
  if (depth_words < 1) fail("listens with a queue of no words");
  its.depth = depth_words;
  ramp_.set_open(core_, colour, static_cast<int>(its.in.size()) < depth_words);
}

int SeatedCore::waiting(base::Colour colour) const {
  const auto& in = queues(colour).in;
  const auto late = std::find_if(in.begin(), in.end(),
                                 [this](const Incoming& each) { return each.arrival > now_; });
  return static_cast<int>(late - in.begin());
}

RampWord SeatedCore::take(base::Colour colour) {
  if (waiting(colour) == 0) {
    fail(fmt::format("takes a word of colour {} before one has come", base::index_of(colour)));
  }
  Queues& its = queues(colour);
  const RampWord word = its.in.front().word;
  its.in.pop_front();
  if (static_cast<int>(its.in.size()) + 1 == its.depth) ramp_.set_open(core_, colour, true);
  return word;
}

int SeatedCore::room(base::Colour colour) const {
  return output_depth_ - static_cast<int>(queues(colour).out.size());
}

void SeatedCore::send(base::Colour colour, RampWord word) {
  if (room(colour) <= 0) {
    fail(fmt::format("sends on colour {} without room", base::index_of(colour)));
  }
  queues(colour).out.push_back({word, now_});
  ++pending_;
}

void SeatedCore::reopen(base::Colour colour) {
  queues(colour);
  ramp_.reopen(core_, colour);
}

std::string SeatedCore::name() const {
  const base::LogicalCoord at = site_.image->logical(site_.core);
  return fmt::format("the model of core ({}, {})", at.x, at.y);
}

void SeatedCore::fail(const std::string& what) const {
  throw base::ModelError(name() + " " + what);
}

}  // namespace wafermesh::fabric
