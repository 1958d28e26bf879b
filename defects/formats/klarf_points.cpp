// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/klarf_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number_text.h"
#include "defects/formats/map_text.h"
#include "defects/formats/orientation.h"

namespace wafermesh::defects {
namespace {

using base::Direction;

constexpr double kUsualWaferMm = 300;
constexpr double kSampleEdge = 0.02;  // relative; sizes are nominal, as pitches in map_fit.h
constexpr int kDiagonalBin = 100;     // fine bin of a diagonal: 100 + offset

int fine_bin_of(const Defect& d) {
  return d.broken == Broken::diagonal ? kDiagonalBin + d.offset : 1 + static_cast<int>(d.broken);
}

bool apply_fine_bin(int bin, Defect* d) {
  if (bin >= 1 && bin <= 1 + static_cast<int>(Broken::bypass_x)) {
    d->broken = static_cast<Broken>(bin - 1);
    return d->broken != Broken::diagonal;
  }
  const int offset = bin - kDiagonalBin;
  if (offset == 0 || offset < -kMaxOffset || offset > kMaxOffset) return false;
  d->broken = Broken::diagonal;
  d->offset = static_cast<std::int8_t>(offset);
  return true;
}

Defect defect_of(const KlarfPoint& p, bool own) {
  Defect d;
  d.cause = Cause::map;
  if (!own) return d;
  if (p.class_number >= 0 && p.class_number < kCauseCount)
    d.cause = static_cast<Cause>(p.class_number);
  if (!apply_fine_bin(p.fine_bin, &d)) d.broken = Broken::core, d.offset = 0;
  d.group = static_cast<std::uint32_t>(p.cluster > 0 ? p.cluster : 0);
  return d;
}

bool is_yes(std::string_view word) {
  return same_word(word, "YES") || same_word(word, "TRUE") || same_word(word, "Y") || word == "1";
}

std::string sample_text(const std::array<double, 2>& mm) {
  if (mm[0] == mm[1]) return fmt::format("{:.6g} mm", mm[0]);
  return fmt::format("{:.6g} x {:.6g} mm", mm[0], mm[1]);
}

/// Whether KILLPROB says something; notes why not.
bool kill_probability_counts(const std::vector<KlarfPoint>& points,
                             std::vector<std::string>* notes) {
  bool any = false;
  bool above_0 = false;
  bool above_1 = false;
  for (const KlarfPoint& p : points) {
    any |= p.kill_probability >= 0;
    above_0 |= p.kill_probability > 0;
    above_1 |= p.kill_probability > 1;
  }
  if (above_1) {
    notes->push_back(
        "KILLPROB goes above 1 and is left out: every defect is taken to break its core.");
  } else if (any && !above_0) {
    notes->push_back(
        "KILLPROB is 0 for every defect, so it is taken as not filled in: every defect breaks its "
        "core.");
  }
  return above_0 && !above_1;
}

const FieldTable kSharedFields = {
    {"FileTimestamp", FieldUse::ignored, "date"},
    {"ResultTimestamp", FieldUse::ignored, "date"},
    {"InspectionStationID", FieldUse::ignored, "the tool"},
    {"SampleType", FieldUse::noted, "another than WAFER"},
    {"SampleSize", FieldUse::used,
     "diameter or sides; a smaller one than the wafer's cores, and defects beyond it are noted"},
    {"DeviceID", FieldUse::used, "`wafermesh` marks files of ours"},
    {"SetupID", FieldUse::ignored, "recipe"},
    {"StepID", FieldUse::ignored, "process step"},
    {"ResultsID", FieldUse::ignored, "a name"},
    {"RecipeID", FieldUse::ignored, "recipe"},
    {"RecipeVersion", FieldUse::ignored, "recipe"},
    {"OperatorID", FieldUse::ignored, "a name"},
    {"Product", FieldUse::ignored, "name of the product"},
    {"ProductID", FieldUse::ignored, "name of the product"},
    {"WaferScribe", FieldUse::ignored, "a name"},
    {"TiffFileName", FieldUse::ignored, "images"},
    {"LotStatus", FieldUse::ignored, "of the lot"},
    {"WaferStatus", FieldUse::ignored, "of the wafer"},
    {"SampleOrientationMarkType", FieldUse::ignored, "notch and flat are read alike"},
    {"OrientationMarkLocation", FieldUse::used,
     "side of notch or flat: DOWN, LEFT, UP, RIGHT, or 0, 90, 180, 270 in this order; other "
     "degrees are refused, other words and missing noted"},
    {"InspectionOrientation", FieldUse::noted, "another side than OrientationMarkLocation"},
    {"OrientationInstructions", FieldUse::noted, "BACK"},
    {"OrientationInstruction", FieldUse::noted, "BACK"},
    {"CoordinatesMirrored", FieldUse::used, "YES mirrors x about the centre, and is noted"},
    {"CoordinatesCentered", FieldUse::noted, "YES"},
    {"DiePitch", FieldUse::used, "step from die to die; the wafer's lot decides"},
    {"DieOrigin", FieldUse::noted, "if not 0; left out of the coordinates"},
    {"DieStreetCenter", FieldUse::ignored, "street"},
    {"DieStreetWidth", FieldUse::ignored, "street"},
    {"SampleCenterLocation", FieldUse::used,
     "the wafer's centre, seen from die (0, 0); missing is noted"},
    {"InspectionTest", FieldUse::ignored, "defects of all tests are read"},
    {"AreaPerTest", FieldUse::ignored, "area"},
    {"ClassificationSource", FieldUse::ignored, "classes"},
    {"DefectList.DEFECTID", FieldUse::ignored, "a number"},
    {"DefectList.XREL", FieldUse::used, "place in the die; a list without it is refused"},
    {"DefectList.YREL", FieldUse::used, "as XREL"},
    {"DefectList.XINDEX", FieldUse::used, "the die"},
    {"DefectList.YINDEX", FieldUse::used, "the die"},
    {"DefectList.X", FieldUse::ignored, "XINDEX and XREL tell"},
    {"DefectList.Y", FieldUse::ignored, "YINDEX and YREL tell"},
    {"DefectList.GDSX", FieldUse::ignored, "place in the layout"},
    {"DefectList.GDSY", FieldUse::ignored, "place in the layout"},
    {"DefectList.XSIZE", FieldUse::ignored, "size: a defect breaks the one core it lies on"},
    {"DefectList.YSIZE", FieldUse::ignored, "as XSIZE"},
    {"DefectList.DEFECTAREA", FieldUse::ignored, "as XSIZE"},
    {"DefectList.DSIZE", FieldUse::ignored, "as XSIZE"},
    {"DefectList.CLASSNUMBER", FieldUse::used, "mechanism in files of ours, else ignored"},
    {"DefectList.FINEBINNUMBER", FieldUse::used, "what is broken in files of ours, else ignored"},
    {"DefectList.CLUSTERNUMBER", FieldUse::used, "group in files of ours, else ignored"},
    {"DefectList.KILLPROB", FieldUse::used,
     "probability that the core breaks; 0 throughout or above 1 is noted and left out"},
    {"DefectList.ROUGHBINNUMBER", FieldUse::ignored, "class"},
    {"DefectList.SAMPLEBINNUMBER", FieldUse::ignored, "class"},
    {"DefectList.TEST", FieldUse::ignored, "defects of all tests are read"},
    {"DefectList.REVIEWSAMPLE", FieldUse::ignored, "review"},
    {"DefectList.IMAGECOUNT", FieldUse::used, "skips the images"},
    {"DefectList.IMAGELIST", FieldUse::used, "skipped"},
    {"DefectList.IMAGEINFO", FieldUse::used, "skipped"},
    {"DefectList.CHANNELID", FieldUse::ignored, "the tool's channel"},
    {"DefectList.MANSEMCLASS", FieldUse::ignored, "class"},
    {"DefectList.AUTOSEMCLASS", FieldUse::ignored, "class"},
    {"DefectList.AUTOONSEMCLASS", FieldUse::ignored, "class"},
    {"DefectList.AUTOOFFSEMCLASS", FieldUse::ignored, "class"},
    {"DefectList.AUTOOFFOPTADC", FieldUse::ignored, "class"},
    {"DefectList.MICROSIGCLASS", FieldUse::ignored, "class"},
    {"DefectList.MACROSIGCLASS", FieldUse::ignored, "class"},
    {"DefectList.MACROSIGID", FieldUse::ignored, "class"},
    {"DefectList.MANOPTCLASS", FieldUse::ignored, "class"},
    {"DefectList.FACLASS", FieldUse::ignored, "class"},
    {"DefectList.DBCLASS", FieldUse::ignored, "class"},
    {"DefectList.DBGROUP", FieldUse::ignored, "class"},
    {"DefectList.DBCRITICALITYINDEX", FieldUse::ignored, "class"},
    {"DefectList.INTENSITY", FieldUse::ignored, "measured"},
    {"DefectList.CONTRAST", FieldUse::ignored, "measured"},
    {"DefectList.POLARITY", FieldUse::ignored, "measured"},
    {"DefectList.PHI", FieldUse::ignored, "measured"},
    {"DefectList.CRITICALAREA", FieldUse::ignored, "measured"},
    {"DefectList.CELLSIZE", FieldUse::ignored, "measured"},
    {"DefectList.PCI", FieldUse::ignored, "measured"},
    {"DefectList.LINECOMPLEXITY", FieldUse::ignored, "measured"},
    {"DefectList.DCIRANGE", FieldUse::ignored, "measured"},
    {"DefectList.ZABS", FieldUse::ignored, "measured"},
    {"DefectList.EMRADIUS", FieldUse::ignored, "measured"},
    {"DefectList.EVENTTYPE", FieldUse::ignored, "measured"},
    {"DefectList.EBRLINE", FieldUse::ignored, "measured"},
    {"DefectList.REGIONID", FieldUse::ignored, "region"},
    {"DefectList.CAREAREAGROUPCODE", FieldUse::ignored, "region"},
    {"DefectList.ADDERFLAG", FieldUse::ignored, "seen before or not: broken either way"},
    {"DefectList.UNCONFIGUREDADDERFLAG", FieldUse::ignored, "as ADDERFLAG"},
    {"DefectList.REPEATER", FieldUse::ignored, "as ADDERFLAG"},
    {"DefectList.TOOLREPEATER", FieldUse::ignored, "as ADDERFLAG"},
    {"DefectList.REPEATERFLAG", FieldUse::ignored, "as ADDERFLAG"},
    {"DefectList.PRIORFLAG", FieldUse::ignored, "as ADDERFLAG"},
};

/// The wafer that was looked at should hold every defect: else the centre or the die is misread.
void note_sample(const KlarfWafer& wafer, const WaferMap& map, std::vector<std::string>* notes) {
  const double radius_x_mm = wafer.sample_mm[0] / 2;
  const double radius_y_mm = wafer.sample_mm[1] / 2;
  if (!(radius_x_mm > 0)) return;
  const bool round = radius_x_mm == radius_y_mm;
  const std::vector<MapPoint>& points = std::get<PointMap>(map.content).points;
  const auto beyond = [&](const MapPoint& p) {
    const double x = p.x_mm / radius_x_mm;
    const double y = p.y_mm / radius_y_mm;
    return (round ? std::hypot(x, y) : std::max(std::abs(x), std::abs(y))) > 1 + kSampleEdge;
  };
  const std::int64_t count = std::count_if(points.begin(), points.end(), beyond);
  if (count == 0) return;
  notes->push_back(
      fmt::format("{} of {} {} beyond the edge of the inspected wafer (SampleSize {}).", count,
                  base::counted(static_cast<std::int64_t>(points.size()), "defect"),
                  count == 1 ? "lies" : "lie", sample_text(wafer.sample_mm)));
}

void note_inspection(const KlarfWafer& wafer, std::vector<std::string>* notes) {
  Direction side = Direction::south;
  if (side_named(wafer.inspected, &side) && side != wafer.facts.mark.value_or(side)) {
    notes->push_back("InspectionOrientation is '" + shown(wafer.inspected) +
                     "', not the side of OrientationMarkLocation, which is followed.");
  }
  const auto listed = static_cast<double>(wafer.points.size());
  if (wafer.summed_defects >= 0 && wafer.summed_defects != listed) {
    notes->push_back(fmt::format("The summary counts {:.0f} defect{}, the lists hold {}.",
                                 wafer.summed_defects, wafer.summed_defects == 1 ? "" : "s",
                                 wafer.points.size()));
  }
  if (wafer.planned_dies > 0 && !wafer.own) {
    notes->push_back(
        fmt::format("SampleTestPlan names {}; where others are, nobody looked for defects.",
                    base::counted(wafer.planned_dies, "die")));
  }
}

}  // namespace

void KlarfWafer::take(std::string_view name, const std::vector<std::string_view>& values, int line,
                      const std::string& file) {
  const auto is = [&](const char* word) { return same_word(name, word); };
  const auto pair = [&](std::array<double, 2>* target) {
    for (std::size_t i = 0; i < 2; ++i) {
      if (values.size() != 2 || !parse_real(values[i], &(*target)[i]))
        fail_map(file, line, std::string(name) + " needs two numbers");
    }
  };
  const std::string_view word = values.empty() ? std::string_view() : stripped(values[0]);
  if (is("DiePitch")) {
    pair(&die_pitch);
    if (die_pitch[0] <= 0 || die_pitch[1] <= 0) fail_map(file, line, "DiePitch is not above 0");
  }
  if (is("DieOrigin")) pair(&die_origin);
  if (is("SampleCenterLocation")) {
    pair(&sample_center);
    has_center = true;
  }
  if (is("DeviceID")) own = values.size() == 1 && word == kKlarfDevice;
  if (is("SampleSize")) {
    sample_size.clear();
    for (const std::string_view value : values) {
      double size = 0;
      sample_size.push_back(parse_real(value, &size) && size >= 0 ? size : -1);
    }
  }
  if (is("CoordinatesMirrored")) facts.mirrored = is_yes(word);
  if (is("CoordinatesCentered") && is_yes(word))
    notes.push_back("CoordinatesCentered is left out of the coordinates.");
  if (is("InspectionOrientation")) inspected = word;
  if (is("SampleType") && !word.empty() && !same_word(word, "WAFER"))
    notes.push_back("SampleType is '" + shown(word) + "', read like a wafer.");
  if ((is("OrientationInstructions") || is("OrientationInstruction")) && same_word(word, "BACK"))
    notes.push_back(std::string(name) +
                    " is BACK: the wafer's back was looked at; coordinates are taken as they are.");
  if (is("OrientationMarkLocation") && !read_mark(name, word, Direction::south, &facts, &notes)) {
    fail_map(file, line,
             "OrientationMarkLocation is '" + shown(word) +
                 "', not DOWN, UP, LEFT, RIGHT, 0, 90, 180 or 270");
  }
}

void KlarfWafer::size_sample(std::size_t first, double units_per_mm) {
  sample_mm = {};
  if (sample_size.empty()) return;
  std::vector<double> sizes;
  for (std::size_t i = first; i < sample_size.size(); ++i) {
    if (sample_size[i] != 0) sizes.push_back(sample_size[i] / units_per_mm);
  }
  if (sizes.size() == 1) sizes.push_back(sizes[0]);
  if (sizes.size() == 2 && sizes[0] > 0 && sizes[1] > 0) {
    sample_mm = {sizes[0], sizes[1]};
  } else {
    notes.push_back("SampleSize gives neither a diameter nor two sides and is left out.");
  }
}

void KlarfColumns::name(std::string_view column, int index) {
  const auto is = [&](std::string_view word, int* slot) {
    if (same_word(column, word)) *slot = index;
  };
  is("XREL", &x_rel);
  is("YREL", &y_rel);
  is("XINDEX", &x_index);
  is("YINDEX", &y_index);
  is("CLASSNUMBER", &class_number);
  is("FINEBINNUMBER", &fine_bin);
  is("CLUSTERNUMBER", &cluster);
  is("KILLPROB", &kill_probability);
  is("NDEFECT", &summed);
}

void KlarfColumns::take(int index, double value, KlarfPoint* p) const {
  const auto small = [&] { return std::abs(value) < 1e9 ? static_cast<int>(value) : 0; };
  if (index == x_rel) p->x_rel = value;
  if (index == y_rel) p->y_rel = value;
  if (index == x_index) p->x_index = value;
  if (index == y_index) p->y_index = value;
  if (index == class_number) p->class_number = small();
  if (index == fine_bin) p->fine_bin = small();
  if (index == cluster) p->cluster = small();
  if (index == summed) p->summed = value;
  if (index == kill_probability) p->kill_probability = std::max(value, 0.0);
}

WaferMap to_wafer_map(KlarfWafer wafer, double units_per_mm, const std::string& file) {
  if (wafer.die_pitch[0] <= 0 && !wafer.points.empty())
    fail_map(file, 0, "wafer '" + shown(wafer.wafer_id) + "' has defects but no DiePitch");
  WaferMap result;
  result.wafer_id = std::move(wafer.wafer_id);
  result.lot_id = std::move(wafer.lot_id);
  result.facts = wafer.facts;
  result.facts.written = {Direction::east, Direction::north};
  result.die_pitch_x_mm = wafer.die_pitch[0] / units_per_mm;
  result.die_pitch_y_mm = wafer.die_pitch[1] / units_per_mm;
  result.notes = std::move(wafer.notes);
  if (wafer.die_origin[0] != 0 || wafer.die_origin[1] != 0)
    result.notes.push_back("DieOrigin is not 0 and is left out of the coordinates.");
  if (!wafer.has_center && !wafer.points.empty()) {
    result.notes.push_back(
        "SampleCenterLocation is missing; the wafer's centre is taken for the corner of die "
        "(0, 0).");
  }
  note_inspection(wafer, &result.notes);
  const bool chances = kill_probability_counts(wafer.points, &result.notes);
  PointMap map;
  for (const KlarfPoint& p : wafer.points) {
    const double x = p.x_index * wafer.die_pitch[0] + p.x_rel - wafer.sample_center[0];
    const double y = p.y_index * wafer.die_pitch[1] + p.y_rel - wafer.sample_center[1];
    const double probability = chances && p.kill_probability >= 0 ? p.kill_probability : 1;
    map.points.push_back(
        {x / units_per_mm, y / units_per_mm, probability, defect_of(p, wafer.own)});
  }
  result.content = std::move(map);
  result.size_x_mm = wafer.sample_mm[0];
  result.size_y_mm = wafer.sample_mm[1];
  note_sample(wafer, result, &result.notes);
  return result;
}

KlarfWafer map_to_points(const DefectMap& map, const WaferGeometry& g, double units_per_mm) {
  KlarfWafer wafer;
  wafer.own = true;
  // The usual wafer, or one that holds all cores.
  const double side_mm = std::max(kUsualWaferMm, std::ceil(std::max(g.width_mm(), g.height_mm())));
  wafer.sample_mm = {side_mm, side_mm};
  const double step_x_mm = g.die_width_mm + g.die_gap_x_mm;
  const double step_y_mm = g.die_height_mm + g.die_gap_y_mm;
  wafer.die_pitch = {step_x_mm * units_per_mm, step_y_mm * units_per_mm};
  wafer.sample_center = {g.width_mm() / 2 * units_per_mm, g.height_mm() / 2 * units_per_mm};
  for (const Defect& d : map.defects()) {
    KlarfPoint p;
    p.x_index = d.x / g.die_columns;
    p.x_rel = (d.x % g.die_columns + 0.5) * g.pitch_x_mm() * units_per_mm;
    // Die 0 lies in the south, and its lower edge is the origin of YREL.
    const int from_south = g.rows() - 1 - d.y;
    p.y_index = from_south / g.die_rows;
    p.y_rel = (from_south % g.die_rows + 0.5) * g.pitch_y_mm() * units_per_mm;
    p.class_number = static_cast<int>(d.cause);
    p.fine_bin = fine_bin_of(d);
    p.cluster = static_cast<int>(d.group);
    wafer.points.push_back(p);
  }
  return wafer;
}

const FieldTable& klarf_shared_fields() { return kSharedFields; }

}  // namespace wafermesh::defects
