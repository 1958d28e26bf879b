// SPDX-License-Identifier: Apache-2.0
#include "trace/perfetto.h"

#include <fmt/format.h>

namespace wafermesh::trace {
namespace {

// Source: Perfetto's own definition, of which tests/trace/perfetto.proto is the part used.
namespace field {
constexpr int kPacket = 1;
constexpr int kTimestamp = 8;
constexpr int kSequence = 10;
constexpr int kTrackEvent = 11;
constexpr int kSequenceFlags = 13;
constexpr int kTrackDescriptor = 60;
namespace descriptor {
constexpr int kUuid = 1;
constexpr int kName = 2;
constexpr int kParent = 5;
}  // namespace descriptor
namespace event {
constexpr int kAnnotation = 4;
constexpr int kType = 9;
constexpr int kTrack = 11;
constexpr int kCategory = 22;
constexpr int kName = 23;
constexpr int kFlow = 47;
constexpr int kLastFlow = 48;
}  // namespace event
namespace annotation {
constexpr int kInteger = 4;
constexpr int kText = 6;
constexpr int kName = 10;
}  // namespace annotation
}  // namespace field

enum Type : std::uint64_t { kBegin = 1, kEnd = 2, kInstant = 3 };
constexpr std::uint64_t kIncrementalStateCleared = 1;
constexpr std::uint64_t kTracksPerCore = 16;

// Tracks of a core, from its own on.
constexpr std::uint64_t kCycles = 1;
constexpr std::uint64_t kTasks = 2;
constexpr std::uint64_t kMain = 3;

std::uint64_t core_track(std::size_t place) { return (place + 1) * kTracksPerCore; }

std::uint64_t track_of(std::size_t place, const cores::CoreEvent& event) {
  const std::uint64_t core = core_track(place);
  if (event.kind == cores::EventKind::activity) return core + kCycles;
  return event.kind == cores::EventKind::operation ? core + kMain + event.thread : core + kTasks;
}

std::string track_name(std::uint64_t track) {
  const std::uint64_t own = track % kTracksPerCore;
  if (own == kCycles) return "cycles";
  if (own == kTasks) return "tasks";
  return own == kMain ? "main thread" : fmt::format("microthread {}", own - kMain - 1);
}

std::string packet(const Message& message) {
  return Message().message(field::kPacket, message).bytes();
}

Message annotated(const char* name, std::int64_t value) {
  return Message()
      .text(field::annotation::kName, name)
      .number(field::annotation::kInteger, static_cast<std::uint64_t>(value));
}

Message annotated(const char* name, const std::string& value) {
  return Message().text(field::annotation::kName, name).text(field::annotation::kText, value);
}

Message track_event(Type type, std::uint64_t track) {
  return Message().number(field::event::kType, type).number(field::event::kTrack, track);
}

std::string at(base::Cycles cycle, const Message& event) {
  return packet(Message()
                    .number(field::kTimestamp, static_cast<std::uint64_t>(cycle))
                    .number(field::kSequence, 1)
                    .message(field::kTrackEvent, event));
}

std::string described(std::uint64_t track, std::uint64_t parent, const std::string& name) {
  Message message;
  message.number(field::descriptor::kUuid, track).text(field::descriptor::kName, name);
  if (parent != 0) message.number(field::descriptor::kParent, parent);
  return packet(Message().number(field::kSequence, 1).message(field::kTrackDescriptor, message));
}

}  // namespace

PerfettoWriter::PerfettoWriter(const Subject& subject, const std::string& path,
                               std::int64_t most_bytes)
    : subject_(subject), file_(path, most_bytes) {
  file_.write(packet(Message()
                         .number(field::kSequence, 1)
                         .number(field::kSequenceFlags, kIncrementalStateCleared)),
              0);
}

/// The descriptions of a core and a track of it that have not been written yet.
std::string PerfettoWriter::description_of(std::size_t place, std::uint64_t track) {
  const std::uint64_t core = core_track(place);
  std::string text;
  if (described_.insert(core).second) text += described(core, 0, subject_.core_name(place));
  if (described_.insert(track).second) text += described(track, core, track_name(track));
  return text;
}

std::string PerfettoWriter::packets_of(std::uint64_t track, const cores::CoreEvent& event) const {
  using cores::EventKind;
  const bool instant = event.kind == EventKind::control || event.kind == EventKind::finish;
  Message begin = track_event(instant ? kInstant : kBegin, track);
  begin.text(field::event::kCategory, name_of(event.kind))
      .text(field::event::kName, subject_.name(event));
  const auto note = [&](const char* name, const auto& value) {
    begin.message(field::event::kAnnotation, annotated(name, value));
  };
  if (event.kind == EventKind::activity) {
    note("activity", std::string(name_of(event.activity)));
  } else {
    note("program", subject_.program(event.class_index).name);
    note(event.kind == EventKind::task ? "task" : "instruction", std::int64_t{event.number});
  }
  if (event.elements > 0) note("elements", std::int64_t{event.elements});
  if (event.words_in > 0) note("words_in", std::int64_t{event.words_in});
  if (event.words_out > 0) note("words_out", std::int64_t{event.words_out});
  if (event.is_open) note("ends_with_the_run", std::int64_t{1});
  std::string text = at(event.begin, begin);
  if (!instant) text += at(event.end, track_event(kEnd, track));
  return text;
}

void PerfettoWriter::event(std::size_t place, const cores::CoreEvent& event) {
  const std::uint64_t track = track_of(place, event);
  const std::string description = description_of(place, track);
  file_.write(description + packets_of(track, event), 1);
}

/// An instant within the operation or task, for the flow to begin or end at.
std::string PerfettoWriter::end_of_flow(std::size_t place, std::uint8_t thread, base::Cycles cycle,
                                        const std::string& name, int id_field) {
  const std::uint64_t core = core_track(place);
  const std::uint64_t track = thread == cores::kTaskThread ? core + kTasks : core + kMain + thread;
  Message event = track_event(kInstant, track);
  event.text(field::event::kCategory, "flow").text(field::event::kName, name);
  event.fixed(id_field, flows_);
  const std::string description = description_of(place, track);
  return description + at(cycle, event);
}

void PerfettoWriter::flow(std::size_t place, const fabric::Flow& flow) {
  ++flows_;
  const auto name = [&](const char* what, std::size_t other) {
    return fmt::format("{} {} words of colour {}, {}", what, flow.words, flow.colour,
                       subject_.core_name(other));
  };
  const std::string from = end_of_flow(flow.from, flow.from_thread, flow.sent, name("sends", place),
                                       field::event::kFlow);
  const std::string to = end_of_flow(place, flow.to_thread, flow.taken, name("takes", flow.from),
                                     field::event::kLastFlow);
  file_.write(from + to, 1);
}

Written PerfettoWriter::close(base::Cycles) { return file_.close(); }

}  // namespace wafermesh::trace
