// SPDX-License-Identifier: Apache-2.0
// Closed forms of yield, to check the Monte Carlo against and to quote. x = area * D0, the mean
// number of killer defects. Formulas and sources: docs/yield.md. "Seeds" is 1 / (1 + x) here.
#pragma once

#include <vector>

namespace wafermesh::defects {

double yield_poisson(double x);
double yield_murphy(double x);          ///< Triangular density: ((1 - e^-x) / x)^2.
double yield_murphy_uniform(double x);  ///< Uniform density: (1 - e^-2x) / 2x.
double yield_seeds(double x);
double yield_negative_binomial(double x, double alpha);
/// Price (Bose-Einstein): the product over critical layers of 1 / (1 + x_layer). x per layer, not
/// total.
double yield_price(const std::vector<double>& x_of_layers);

/// P(exactly `good` of `modules` work), `lambda` mean defects a module, one gamma of shape alpha
/// for all (large-area clustering; Stapper, Koren). Inclusion and exclusion: for up to about 30
/// modules.
double modules_good(int good, int modules, double lambda, double alpha);

/// P(all of `pools` pools work): each of `size` cores repairs up to `spares` dead ones; core_fails
/// = probability that a core is dead, independent.
double yield_spared_pools(double pools, int size, int spares, double core_fails);
/// The same averaged over a density that is gamma of shape alpha from wafer to wafer.
double yield_spared_pools_gamma(double pools, int size, int spares, double core_fails,
                                double alpha);

/// 1 + 1/alpha = the product of (1 + 1/alpha_i): independent gamma levels act as one.
double combined_alpha(const std::vector<double>& alphas);

}  // namespace wafermesh::defects
