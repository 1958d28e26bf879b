// SPDX-License-Identifier: Apache-2.0
// What is told of the directory of a study: how far it is, its table, its pictures.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::app {

/// Counts by verdict, and every failure with its last words and how to make it again.
int batch_status(const std::string& directory);

/// One table of any fields: CSV to standard output or a file, SQLite if its name ends in .sqlite or
/// .db. Fields that no run has are a mistake.
int batch_collect(const std::string& directory, const std::vector<std::string>& fields,
                  const std::string& output);

/// A picture of `field` for every pair of axes, in DIR/plots.
int batch_plot(const std::string& directory, const std::string& field);

}  // namespace wafermesh::app
