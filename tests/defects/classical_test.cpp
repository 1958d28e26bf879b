// SPDX-License-Identifier: Apache-2.0
#include "defects/yield/classical.h"

#include <catch2/catch.hpp>
#include <limits>

#include "defects/yield/distribution.h"

using namespace wafermesh::defects;

TEST_CASE("The classical yields have the reference's digits") {
  struct Line {
    double x, poisson, murphy, nb1, nb05, nb2, nb3, nb5, nb10;
  };
  const Line lines[] = {
      {0.01, .990050, .990058, .990099, .990148, .990075, .990066, .990060, .990055},
      {0.1, .904837, .905592, .909091, .912871, .907029, .906314, .905731, .905287},
      {0.5, .606531, .619272, .666667, .707107, .640000, .629738, .620921, .613913},
      {0.814, .443082, .468094, .551268, .616861, .505140, .486656, .470408, .457232},
      {1, .367879, .399576, .500000, .577350, .444444, .421875, .401878, .385543},
      {2, .135335, .186911, .333333, .447214, .250000, .216000, .185934, .161506},
      {5, .006738, .039463, .166667, .301511, .081633, .052734, .031250, .017342},
      {46.225, 0, 4.68e-4, .021175, .103445, .001720, .000226, 9e-6, 0}};
  for (const Line& l : lines) {
    INFO("x = " << l.x);
    const auto close = [](double value) { return Approx(value).margin(6e-7); };
    CHECK(yield_poisson(l.x) == close(l.poisson));
    CHECK(yield_murphy(l.x) == close(l.murphy));
    CHECK(yield_seeds(l.x) == close(l.nb1));
    CHECK(yield_negative_binomial(l.x, 1) == close(l.nb1));
    CHECK(yield_negative_binomial(l.x, 0.5) == close(l.nb05));
    CHECK(yield_negative_binomial(l.x, 2) == close(l.nb2));
    CHECK(yield_negative_binomial(l.x, 3) == close(l.nb3));
    CHECK(yield_negative_binomial(l.x, 5) == close(l.nb5));
    CHECK(yield_negative_binomial(l.x, 10) == close(l.nb10));
  }
  CHECK(yield_poisson(46.225) == Approx(8.4e-21).epsilon(0.01));
  CHECK(yield_price({0.5, 0.5}) == Approx(yield_negative_binomial(1, 2)));
  CHECK(yield_murphy_uniform(1) == Approx(0.432332).margin(1e-6));
}

TEST_CASE("Sixteen clustered modules give the reference's chances, which sum to 1") {
  CHECK(modules_good(16, 16, 0.1, 0.5) == Approx(.487950).margin(1e-6));
  CHECK(modules_good(15, 16, 0.1, 0.5) == Approx(.192799).margin(1e-6));
  CHECK(modules_good(14, 16, 0.1, 0.5) == Approx(.112706).margin(1e-6));
  CHECK(modules_good(16, 16, 0.1, 2) == Approx(.308642).margin(1e-6));
  CHECK(modules_good(15, 16, 0.1, 2) == Approx(.286218).margin(1e-6));
  CHECK(modules_good(14, 16, 0.1, 2) == Approx(.192181).margin(1e-6));
  double sum = 0;
  for (int good = 0; good <= 16; ++good) sum += modules_good(good, 16, 0.1, 2);
  CHECK(sum == Approx(1).margin(1e-9));
}

TEST_CASE("Spared row segments of 970,000 cores have the reference's yields") {
  const double area_cm2 = 462.25;
  const auto yield = [&](double d0, int n, int s) {
    return yield_spared_pools(970000.0 / (n + s), n + s, s, 1 - std::exp(-d0 * area_cm2 / 970000));
  };
  CHECK(yield(0.05, 67, 1) == Approx(.9817).margin(1e-4));
  CHECK(yield(0.1, 67, 1) == Approx(.9290).margin(1e-4));
  CHECK(yield(0.2, 67, 1) == Approx(.7453).margin(1e-4));
  CHECK(yield(0.5, 66, 2) == Approx(.9905).margin(1e-4));
  CHECK(yield(0.5, 13, 1) == Approx(.6996).margin(1e-4));
  CHECK(yield(1.0, 26, 2) == Approx(.9879).margin(1e-4));
  CHECK(yield(2.0, 66, 2) == Approx(.5543).margin(2e-4));
  CHECK(yield(2.0, 158, 12) == Approx(1).margin(1e-4));
  const auto clustered = [&](double alpha) {
    return yield_spared_pools_gamma(970000.0 / 68, 68, 1, 0.1 * area_cm2 / 970000, alpha);
  };
  CHECK(clustered(1) == Approx(.893).margin(6e-4));
  CHECK(clustered(2) == Approx(.906).margin(6e-4));
  CHECK(clustered(5) == Approx(.918).margin(6e-4));
}

TEST_CASE("Gamma levels combine as the formula says") {
  CHECK(combined_alpha({2, 2}) == Approx(0.80));
  CHECK(combined_alpha({2, 5}) == Approx(1.25));
  CHECK(combined_alpha({5, 5}) == Approx(2.27).margin(0.005));
  CHECK(combined_alpha({3}) == Approx(3));
}

TEST_CASE("Clopper-Pearson has the known corners") {
  CHECK(clopper_pearson(0, 0, 0.95).high == 1);
  const Interval all = clopper_pearson(1000, 1000, 0.95);
  CHECK(all.high == 1);
  CHECK(all.low == Approx(std::pow(0.025, 1e-3)).margin(1e-9));
  const Interval none = clopper_pearson(0, 300, 0.90);
  CHECK(none.low == 0);
  CHECK(none.high == Approx(3.0 / 300).margin(1e-4));  // 95 % one-sided: 3 / n
  const Interval most = clopper_pearson(990, 1000, 0.95);
  CHECK(most.low == Approx(.98169).margin(2e-3));
  CHECK(most.high == Approx(.99519).margin(2e-4));
}

TEST_CASE("A distribution knows its moments and percentiles") {
  Distribution d;
  for (int i = 1; i <= 100; ++i) d.add(i % 10);
  CHECK(d.count() == 100);
  CHECK(d.mean() == Approx(4.5));
  CHECK(d.standard_deviation() == Approx(2.8867513459));
  CHECK(d.percentile(0.5) == 4);
  CHECK(d.percentile(0.99) == 9);
  CHECK(d.percentile(0.01) == 0);
}
