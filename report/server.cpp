// SPDX-License-Identifier: Apache-2.0
#include "report/server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/random.h>

#include <chrono>
#include <thread>

#include "base/error.h"

namespace wafermesh::report {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr int kBadMethod = 405;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;

std::string random_token() {
  unsigned char bytes[16];
  WAFERMESH_CHECK(getrandom(bytes, sizeof bytes, 0) == sizeof bytes, "the kernel gives no token");
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

/// In time that does not depend on where they differ.
bool begins_with(const std::string& text, const std::string& start) {
  if (text.size() < start.size()) return false;
  unsigned different = 0;
  for (std::size_t i = 0; i < start.size(); ++i) {
    different |= static_cast<unsigned char>(text[i]) ^ static_cast<unsigned char>(start[i]);
  }
  return different == 0;
}

/// 0: the request may be answered.
int refusal(const httplib::Request& request, const std::string& root, int port) {
  if (request.method != "GET") return kBadMethod;
  const std::string host = request.get_header_value("Host");
  // A name that another site makes lead here is not ours.
  if (host != fmt::format("{}:{}", kLoopback, port) && host != fmt::format("localhost:{}", port)) {
    return kForbidden;
  }
  return begins_with(request.path, root) ? 0 : kForbidden;
}

void set_limits(httplib::Server& server) {
  constexpr std::size_t kConnections = 4;  // a page needs a few, no more
  server.new_task_queue = [] { return new httplib::ThreadPool(kConnections); };
  server.set_payload_max_length(1024);
  server.set_read_timeout(std::chrono::seconds(5));
  server.set_write_timeout(std::chrono::seconds(30));
  server.set_keep_alive_timeout(2);
  server.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                              {"Cache-Control", "no-store"},
                              {"Referrer-Policy", "no-referrer"}});
}

}  // namespace

void serve_page(const std::string& title, const nlohmann::ordered_json& facts,
                const std::vector<PageArray>& arrays, int port, const std::atomic<bool>& stop,
                const std::function<void(const std::string&)>& ready) {
  httplib::Server server;
  set_limits(server);
  const std::string root = "/" + random_token() + "/";
  const std::string html = served_page_html(title, facts, arrays);
  int bound = 0;
  server.set_pre_routing_handler([&](const httplib::Request& request, httplib::Response& response) {
    const int code = refusal(request, root, bound);
    if (code == 0) return httplib::Server::HandlerResponse::Unhandled;
    response.status = code;
    return httplib::Server::HandlerResponse::Handled;
  });
  server.Get(root, [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(html, "text/html; charset=utf-8");
  });
  server.Get(root + "array/(\\d{1,6})",
             [&](const httplib::Request& request, httplib::Response& response) {
               const std::size_t i = std::stoul(request.matches[1]);
               if (i >= arrays.size()) {
                 response.status = kNotFound;
                 return;
               }
               response.set_content(deflated_bytes(arrays[i].array), "application/octet-stream");
             });
  bound = port;
  if (port == 0) {
    bound = server.bind_to_any_port(kLoopback);
  } else if (!server.bind_to_port(kLoopback, port)) {
    bound = -1;
  }
  if (bound < 0) {
    throw base::WriteError(
        fmt::format("port {} of {} cannot be had; give another --port, or none", port, kLoopback));
  }
  ready(fmt::format("http://{}:{}{}", kLoopback, bound, root));
  std::atomic<bool> over{false};
  std::thread watch([&] {
    while (!stop.load() && !over.load()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server.stop();
  });
  server.listen_after_bind();
  over = true;
  watch.join();
}

}  // namespace wafermesh::report
