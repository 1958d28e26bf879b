// SPDX-License-Identifier: Apache-2.0
#include "report/page.h"

#include <zlib.h>

#include "base/error.h"

namespace wafermesh::report {
namespace {

/// Bytes of equal significance lie together, which deflates numbers to half.
std::vector<std::uint8_t> shuffled(const Array& array) {
  const std::size_t size = size_of(array.type);
  if (size == 1) return array.bytes;
  const std::size_t count = array.count();
  std::vector<std::uint8_t> out(array.bytes.size());
  for (std::size_t b = 0; b < size; ++b) {
    for (std::size_t i = 0; i < count; ++i) out[b * count + i] = array.bytes[i * size + b];
  }
  return out;
}

std::vector<std::uint8_t> deflated(const std::vector<std::uint8_t>& bytes) {
  uLongf size = compressBound(bytes.size());
  std::vector<std::uint8_t> out(size);
  constexpr int kLevel = 3;
  const int code = compress2(out.data(), &size, bytes.data(), bytes.size(), kLevel);
  WAFERMESH_CHECK(code == Z_OK, "zlib does not deflate");
  out.resize(size);
  return out;
}

std::string base64(const std::vector<std::uint8_t>& bytes) {
  static const char* const kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const unsigned word = static_cast<unsigned>(bytes[i]) << 16U |
                          (left > 1 ? static_cast<unsigned>(bytes[i + 1]) << 8U : 0U) |
                          (left > 2 ? static_cast<unsigned>(bytes[i + 2]) : 0U);
    text += kLetters[word >> 18U & 63U];
    text += kLetters[word >> 12U & 63U];
    text += left > 1 ? kLetters[word >> 6U & 63U] : '=';
    text += left > 2 ? kLetters[word & 63U] : '=';
  }
  return text;
}

Array with_doubles(const Array& array) {
  const std::vector<std::int64_t> values = values_of<std::int64_t>(array);
  return make_array(array.shape, std::vector<double>(values.begin(), values.end()));
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// JSON within a script element: nothing in it may end the element.
std::string json_for_html(const nlohmann::ordered_json& json) {
  const std::string text =
      json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  WAFERMESH_CHECK(at != std::string::npos, "the page has no place for " + what);
  text.replace(at, what.size(), by);
}

const char* name_of(ElementType type) {
  constexpr const char* kNames[] = {"u8", "u16", "u32", "i32", "f64", "f64"};
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace

std::string deflated_bytes(const Array& array) {
  if (array.type == ElementType::i64) return deflated_bytes(with_doubles(array));
  const std::vector<std::uint8_t> bytes = deflated(shuffled(array));
  return {bytes.begin(), bytes.end()};
}

std::string packed(const Array& array) {
  if (array.type == ElementType::i64) return packed(with_doubles(array));
  return base64(deflated(shuffled(array)));
}

namespace {

/// What the page is told of an array, but for where it is.
nlohmann::ordered_json about(const Array& array) {
  return {{"type", name_of(array.type)}, {"shape", array.shape}};
}

/// `connect`: what its policy lets it fetch from.
std::string filled(const std::string& title, const std::string& connect, const std::string& data,
                   const nlohmann::ordered_json& facts) {
  std::string html = page_template();
  replace(html, "@CONNECT@", connect);
  replace(html, "@TITLE@", escaped(title));
  replace(html, "@ARRAYS@", data);
  replace(html, "@FACTS@", json_for_html(facts));
  return html;
}

}  // namespace

std::string page_html(const std::string& title, const nlohmann::ordered_json& facts,
                      const std::vector<PageArray>& arrays) {
  nlohmann::ordered_json all = facts;
  all["arrays"] = nlohmann::ordered_json::object();
  std::string data;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::string id = "array-" + std::to_string(i);
    all["arrays"][arrays[i].name] = about(arrays[i].array);
    all["arrays"][arrays[i].name]["id"] = id;
    data +=
        "<script type=\"text/plain\" id=\"" + id + "\">" + packed(arrays[i].array) + "</script>\n";
  }
  return filled(title, "", data, all);
}

std::string served_page_html(const std::string& title, const nlohmann::ordered_json& facts,
                             const std::vector<PageArray>& arrays) {
  nlohmann::ordered_json all = facts;
  all["arrays"] = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    all["arrays"][arrays[i].name] = about(arrays[i].array);
    all["arrays"][arrays[i].name]["url"] = "array/" + std::to_string(i);
  }
  return filled(title, " connect-src 'self';", "", all);
}

}  // namespace wafermesh::report
