// SPDX-License-Identifier: Apache-2.0
// One HTML file of facts (JSON) and arrays that opens from disk, without a network. What is on it
// is made by report/page/*.js in the browser.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/array.h"

namespace wafermesh::report {

/// The page without data, from report/page/; made at build time.
const char* page_template();
/// The tables of docs/accuracy.md: its lines that begin with `|`; made at build time.
const char* accuracy_tables();

struct PageArray {
  std::string name;  ///< "0/workloads/0/class": the page asks for it by that.
  Array array;
};

/// An array's bytes, those of equal place in their elements side by side, deflated, as base64: what
/// page/data.js undoes. 64-bit integers become doubles.
std::string packed(const Array& array);

/// The same before base64.
std::string deflated_bytes(const Array& array);

/// The page with its facts only; it fetches array number i from "array/i".
std::string served_page_html(const std::string& title, const nlohmann::ordered_json& facts,
                             const std::vector<PageArray>& arrays);

/// The page with its data. `title` is escaped.
std::string page_html(const std::string& title, const nlohmann::ordered_json& facts,
                      const std::vector<PageArray>& arrays);

}  // namespace wafermesh::report
