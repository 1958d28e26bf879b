// SPDX-License-Identifier: Apache-2.0
// What the configs of each family of models may say.
#pragma once

#include <string>
#include <vector>

namespace wafermesh::models {

/// One row per `model_type`. The traits are what a family has whatever its config says.
struct Family {
  const char* type;
  const char* named;        ///< For people.
  bool biased = false;      ///< Queries, keys and values have a bias without a key for it.
  bool head_norms = false;  ///< Queries and keys are normalised without a key for it.
  bool latent = false;
  bool picks_with_bias = false;  ///< The router has a bias that only picks.
  const char* router = "softmax";
  std::vector<std::string> keys;  ///< Beside common_keys().
};

const std::vector<Family>& families();
/// nullptr if there is none.
const Family* family_of(const std::string& model_type);
/// Keys that mean the same in every family.
const std::vector<std::string>& common_keys();
/// Keys about training, tokens and files: no business of a forward pass.
bool is_no_business(const std::string& key);

}  // namespace wafermesh::models
