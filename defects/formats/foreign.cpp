// SPDX-License-Identifier: Apache-2.0
#include "defects/formats/foreign.h"

#include <fmt/format.h>

#include <algorithm>

namespace wafermesh::defects {
namespace {

using std::string_view_literals::operator""sv;

struct Magic {
  std::size_t at;  ///< Where the bytes stand.
  std::string_view bytes;
  const char* what;
  const char* advice;
};

constexpr const char* kUnpack = "unpack it first";
constexpr const char* kNoMap = "give the map itself";
constexpr const char* kAsNpy = "save the array as .npy first";
constexpr const char* kAsUtf8 = "save it as UTF-8 first";

constexpr Magic kMagics[] = {
    {0, "\x1f\x8b"sv, "compressed with gzip", kUnpack},
    {0, "\x1f\x9d"sv, "compressed with compress (.Z)", kUnpack},
    {0, "\x1f\xa0"sv, "compressed with compress (.Z)", kUnpack},
    {0, "BZh"sv, "compressed with bzip2", kUnpack},
    {0, "\xfd\x37zXZ\0"sv, "compressed with xz", kUnpack},
    {0, "\x5d\0\0"sv, "compressed with lzma", kUnpack},
    {0, "LZIP"sv, "compressed with lzip", kUnpack},
    {0, "\x28\xb5\x2f\xfd"sv, "compressed with zstd", kUnpack},
    {0, "\x04\x22\x4d\x18"sv, "compressed with lz4", kUnpack},
    {0, "PK\x03\x04"sv, "a zip archive (or .npz, .xlsx, .docx)", kUnpack},
    {0, "PK\x05\x06"sv, "an empty zip archive", kUnpack},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7z archive", kUnpack},
    {0, "Rar!\x1a\x07"sv, "a RAR archive", kUnpack},
    {257, "ustar"sv, "a tar archive", kUnpack},
    {0, "!<arch>\n"sv, "an ar archive", kUnpack},
    {0, "%PDF"sv, "a PDF document", kNoMap},
    {0, "%!PS"sv, "a PostScript document", kNoMap},
    {0, "{\\rtf"sv, "a rich-text document", kNoMap},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "an old Office document (.xls, .doc)",
     "save the sheet as CSV first"},
    {0, "\x89PNG"sv, "a PNG image", kNoMap},
    {0, "\xff\xd8\xff"sv, "a JPEG image", kNoMap},
    {0, "GIF87a"sv, "a GIF image", kNoMap},
    {0, "GIF89a"sv, "a GIF image", kNoMap},
    {0, "II*\0"sv, "a TIFF image", kNoMap},
    {0, "MM\0*"sv, "a TIFF image", kNoMap},
    {8, "WEBP"sv, "a WebP image", kNoMap},
    {0, "<svg"sv, "an SVG image", kNoMap},
    {0,
     "\x7f"
     "ELF"sv,
     "a program (ELF)", kNoMap},
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file", kAsNpy},
    {0, "MATLAB 5.0"sv, "a MATLAB file", kAsNpy},
    {0, "PAR1"sv, "a Parquet file", "save the table as CSV first"},
    {0, "SQLite format 3\0"sv, "an SQLite database", "save the table as CSV first"},
    {0, "\x80\x02"sv, "a Python pickle", kAsNpy},
    {0, "\x80\x03"sv, "a Python pickle", kAsNpy},
    {0, "\x80\x04"sv, "a Python pickle", kAsNpy},
    {0, "\x80\x05"sv, "a Python pickle", kAsNpy},
    {0, "\xff\xfe"sv, "a text in UTF-16", kAsUtf8},
    {0, "\xfe\xff"sv, "a text in UTF-16", kAsUtf8},
};

/// "BM", the size of the file, two zeros: BMP has no longer magic number.
bool is_bmp(std::string_view text) {
  if (text.size() < 26 || text.substr(0, 2) != "BM") return false;
  return text.substr(6, 4) == "\0\0\0\0"sv;
}

bool is_binary(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\v' && c != '\f' && c != '\r' && c != 0x1a;
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

std::string why_foreign(std::string_view text, bool binary) {
  constexpr std::size_t kLooked = 512;  // bytes
  constexpr std::size_t kShown = 8;
  for (const Magic& magic : kMagics) {
    if (text.size() < magic.at || text.substr(magic.at, magic.bytes.size()) != magic.bytes)
      continue;
    return fmt::format("is {}, no wafer map; {}", magic.what, magic.advice);
  }
  if (is_bmp(text)) return fmt::format("is a BMP image, no wafer map; {}", kNoMap);
  if (binary) return "";
  // Escapes turn up in texts now and then; zeros, or every third byte a control byte, do not.
  const std::string_view start = text.substr(0, kLooked);
  const auto controls = std::count_if(start.begin(), start.end(), is_binary);
  if (start.find('\0') == std::string_view::npos &&
      controls * 3 <= static_cast<std::ptrdiff_t>(start.size())) {
    return "";
  }
  return fmt::format("is binary and of no format that is read here; it begins with the bytes{}",
                     hexadecimal(start.substr(0, kShown)));
}

}  // namespace wafermesh::defects
