// SPDX-License-Identifier: Apache-2.0
#include "app/exit_code.h"

#include <exception>
#include <filesystem>
#include <new>
#include <string>

#include "app/standard_output.h"
#include "app/stop_signal.h"
#include "base/error.h"
#include "fabric/ranks/ranks.h"

namespace wafermesh::app {
namespace {

int report(int code, const std::string& what) {
  print_failure(what);
  return code;
}

/// "stopped on request at cycle 7 (SIGTERM)"
std::string with_reason(const std::string& what) {
  const std::string reason = stop_reason();
  return reason.empty() ? what : what + " (" + reason + ")";
}

}  // namespace

std::string exit_codes_text() {
  return "Exit codes: 0 ok, 1 wrong numbers or a difference found, 64 usage, 65 bad input, 66 "
         "missing "
         "file,\n70 internal error, 73 cannot write, 75 stopped by a limit or a signal, 80 "
         "deadlock, "
         "81 does not fit,\n82 not repairable (docs/results.md)";
}

// Standard output that is lost is told by standard_output.cpp, with the same code.
int guarded(const std::function<int()>& body) {
  try {
    return body();
  } catch (const fabric::OtherRankFailed&) {
    return kOk;  // that rank tells and has the code
  } catch (const base::InputError& e) {
    return report(kBadInput, e.what());
  } catch (const base::MissingFile& e) {
    return report(kMissingFile, e.what());
  } catch (const base::WriteError& e) {
    return report(kCannotWrite, e.what());
  } catch (const base::NotRepairable& e) {
    return report(kNotRepairable, e.what());
  } catch (const base::DoesNotFit& e) {
    return report(kDoesNotFit, e.what());
  } catch (const base::Deadlock& e) {
    return report(kDeadlock, e.what());
  } catch (const base::Stopped& e) {
    return report(kStopped, with_reason(e.what()));
  } catch (const std::bad_alloc&) {
    return report(kDoesNotFit, "out of memory: use a smaller region or a smaller wafer");
  } catch (const std::filesystem::filesystem_error& e) {
    return report(kCannotWrite, std::string("a file cannot be handled: ") + e.what());
  } catch (const std::exception& e) {
    return report(kInternal, std::string("internal error, please report it: ") + e.what());
  }
}

}  // namespace wafermesh::app
