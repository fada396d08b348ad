#include "events/nats/nats_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds connect_timeout = 2s;
/// A server that answers no ping for this long, twice, has gone.
constexpr milliseconds ping_interval = 2s;
constexpr int most_pings = 2;
constexpr milliseconds answer_timeout = 2s;
constexpr milliseconds write_timeout = 2s;

/// What libnats says of the last error, without the line of its own source that it begins with.
std::string_view last_error(natsStatus status) {
  const char* const detail = nats_GetLastError(nullptr);
  std::string_view text = detail && *detail ? detail : natsStatus_GetText(status);
  constexpr std::string_view place_end = "): ";
  if (const auto end = text.find(place_end); text.starts_with('(') && end != std::string_view::npos)
    text.remove_prefix(end + place_end.size());
  return text;
}

/// @param doing what failed
void expect_ok(natsStatus status, std::string_view doing) {
  if (status == NATS_OK) return;
  const auto why = last_error(status);
  throw nats_error(fmt::format("{}: {}", doing, why));
}

struct destroy_options {
  void operator()(natsOptions* o) const { natsOptions_Destroy(o); }
};
using client_options = std::unique_ptr<natsOptions, destroy_options>;

/// libnats opens it only when a server asks.
void check_credentials(const std::filesystem::path& file) {
  constexpr std::size_t most_bytes = 64 << 10;
  std::ifstream from(file);
  std::string text(most_bytes, '\0');
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(from.gcount()));
  if (!from.is_open() || from.bad()) throw nats_error("cannot read " + file.string());
  for (const std::string part : {"USER JWT", "USER NKEY SEED"})
    if (text.find(part) == std::string::npos)
      throw nats_error(
          fmt::format("{} holds no credentials of NATS: it has no {}", file.string(), part));
}

client_options make_client_options(const options& o) {
  natsOptions* made = nullptr;
  expect_ok(natsOptions_Create(&made), "cannot make NATS options");
  client_options all(made);
  std::vector<const char*> servers;
  servers.reserve(o.nats_servers.size());
  for (const auto& server : o.nats_servers) servers.push_back(server.c_str());
  const auto name_of = [](const std::filesystem::path& file) {
    return file.empty() ? nullptr : file.c_str();
  };
  expect_ok(natsOptions_SetServers(made, servers.data(), static_cast<int>(servers.size())),
            "cannot use the addresses of NATS");
  expect_ok(natsOptions_SetName(made, "ws-demo"), "cannot set up NATS");
  expect_ok(natsOptions_SetAllowReconnect(made, false), "cannot set up NATS");
  expect_ok(natsOptions_SetTimeout(made, connect_timeout.count()), "cannot set up NATS");
  expect_ok(natsOptions_SetPingInterval(made, ping_interval.count()), "cannot set up NATS");
  expect_ok(natsOptions_SetMaxPingsOut(made, most_pings), "cannot set up NATS");
  expect_ok(natsOptions_SetSendAsap(made, true), "cannot set up NATS");
  // A server that hangs takes nothing when its socket is full.
  expect_ok(natsOptions_SetWriteDeadline(made, write_timeout.count()), "cannot set up NATS");
  // Who says whom to trust demands TLS too.
  const bool is_secure = !o.nats_ca_file.empty() || !o.nats_certificate_file.empty() ||
                         std::ranges::any_of(o.nats_servers, [](const std::string& server) {
                           return server.starts_with("tls:");
                         });
  expect_ok(natsOptions_SetSecure(made, is_secure), "cannot set up NATS");
  if (!o.nats_credentials_file.empty()) {
    check_credentials(o.nats_credentials_file);
    expect_ok(
        natsOptions_SetUserCredentialsFromFiles(made, name_of(o.nats_credentials_file), nullptr),
        "cannot use " + o.nats_credentials_file.string());
  }
  if (!o.nats_ca_file.empty())
    expect_ok(natsOptions_LoadCATrustedCertificates(made, name_of(o.nats_ca_file)),
              "cannot use " + o.nats_ca_file.string());
  if (!o.nats_certificate_file.empty())
    expect_ok(natsOptions_LoadCertificatesChain(made, name_of(o.nats_certificate_file),
                                                name_of(o.nats_key_file)),
              "cannot use " + o.nats_certificate_file.string());
  return all;
}

/// libnats calls its handler when it likes, perhaps when a connection is gone, and another has its
/// address. So it is looked up.
struct connection_set {
  std::mutex mutex;
  std::map<natsConnection*, nats_connection*> all;
};

connection_set& connections() {
  static auto& all = *new connection_set;  // a thread of libnats may outlive what is static
  return all;
}

}  // namespace

std::string_view nats_message::reply() const {
  const char* const text = natsMsg_GetReply(owned_.get());
  return text ? text : "";
}

std::string_view nats_message::data() const {
  return {natsMsg_GetData(owned_.get()),
          static_cast<std::size_t>(natsMsg_GetDataLength(owned_.get()))};
}

std::string_view nats_message::header(const char* name) const {
  const char* value = nullptr;
  return natsMsgHeader_Get(owned_.get(), name, &value) == NATS_OK ? value : "";
}

void check_nats_options(const options& o) {
  make_client_options(o);
}

nats_connection::nats_connection(const options& o, std::function<void(const std::string&)> refused)
    : refused_(std::move(refused)) {
  const auto all = make_client_options(o);
  expect_ok(natsOptions_SetErrorHandler(all.get(), take_error, nullptr), "cannot set up NATS");
  natsConnection* made = nullptr;
  expect_ok(natsConnection_Connect(&made, all.get()), "cannot connect to NATS");
  connection_.reset(made);
  natsInbox* name = nullptr;
  expect_ok(natsInbox_Create(&name), "cannot set up NATS");
  inbox_ = name;
  natsInbox_Destroy(name);
  const std::scoped_lock lock(connections().mutex);
  connections().all.emplace(made, this);
}

nats_connection::~nats_connection() {
  const std::scoped_lock lock(connections().mutex);
  connections().all.erase(connection_.get());
}

/// In the order in which NATS has said it.
void nats_connection::take_error(natsConnection* of, natsSubscription* /*on*/, natsStatus what,
                                 void* /*unused*/) try {
  if (what != NATS_NOT_PERMITTED) return;
  const std::string text(last_error(what));
  const std::scoped_lock lock(connections().mutex);
  const auto found = connections().all.find(of);
  if (found == connections().all.end()) return;
  found->second->last_refusal_ = text;
  if (found->second->refused_) found->second->refused_(text);
} catch (const std::bad_alloc&) {
  return;  // whoever waits for an answer waits until it is overdue
}

nats_subscription::nats_subscription(nats_connection& c, const std::string& subject) {
  natsSubscription* subscribed = nullptr;
  expect_ok(natsConnection_SubscribeSync(&subscribed, c.connection_.get(), subject.c_str()),
            "cannot subscribe to NATS");
  messages_.reset(subscribed);
  // Or messages are dropped without a word. JetStream's flow control bounds them, to 32 MiB.
  expect_ok(natsSubscription_SetPendingLimits(subscribed, -1, -1), "cannot set up NATS");
}

std::string nats_connection::server() const {
  std::vector<char> text(256);
  if (natsConnection_GetConnectedUrl(connection_.get(), text.data(), text.size()) != NATS_OK)
    return "?";
  const std::string url = text.data();
  constexpr std::string_view scheme = "://";
  const auto user = url.rfind('@');
  return url.substr(user == std::string::npos ? url.find(scheme) + scheme.size() : user + 1);
}

nats_message nats_subscription::receive() {
  constexpr milliseconds for_ever = 24h;
  natsMsg* next = nullptr;
  natsStatus status = NATS_TIMEOUT;
  while (status == NATS_TIMEOUT)
    status = natsSubscription_NextMsg(&next, messages_.get(), for_ever.count());
  expect_ok(status, "the connection to NATS was lost");
  return nats_message(next);
}

std::size_t nats_connection::max_message_bytes() const {
  return static_cast<std::size_t>(natsConnection_GetMaxPayload(connection_.get()));
}

void nats_connection::publish(const std::string& subject, std::string_view data,
                              const std::string& reply_to, const std::string& key) {
  natsMsg* made = nullptr;
  expect_ok(natsMsg_Create(&made, subject.c_str(), reply_to.empty() ? nullptr : reply_to.c_str(),
                           data.data(), static_cast<int>(data.size())),
            "cannot publish to NATS");
  const nats_message owned(made);
  if (!key.empty())
    expect_ok(natsMsgHeader_Set(made, "Nats-Msg-Id", key.c_str()), "cannot publish to NATS");
  expect_ok(natsConnection_PublishMsg(connection_.get(), made), "cannot publish to NATS");
}

nats_message nats_connection::ask(const std::string& what, std::string_view request) {
  const auto subject = "$JS.API." + what;
  const auto refusal = [this] {
    const std::scoped_lock lock(connections().mutex);
    return std::exchange(last_refusal_, {});
  };
  refusal();
  natsMsg* answer = nullptr;
  const auto status =
      natsConnection_Request(&answer, connection_.get(), subject.c_str(), request.data(),
                             static_cast<int>(request.size()), answer_timeout.count());
  if (status == NATS_NO_RESPONDERS) throw nats_error("NATS has no JetStream, or not now");
  if (status == NATS_TIMEOUT)
    if (const auto said = refusal();
        said.find(subject) != std::string::npos || said.find("Subscription") != std::string::npos)
      throw nats_error("JetStream does not answer: " + said);
  expect_ok(status, "JetStream does not answer");
  return nats_message(answer);
}

}  // namespace ws_demo
