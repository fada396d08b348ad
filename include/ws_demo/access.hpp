#pragma once

// Who may subscribe and publish: what a request asks for, and what is decided about it. For a
// decision of your own, server::on_authorize().

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo {

enum class access_action : std::uint8_t {
  /// Opens a WebSocket or an event stream.
  subscribe,
  /// Publishes over HTTP.
  publish,
};

/// Whether a request is served, and how much of what it asks for.
struct access_decision {
  /// The HTTP status of the refusal, one of those from 400 to 599 that have a name (others become
  /// 403); 0 if the request is served. 429 and 503 are for now: the client may come back.
  unsigned refusal = 0;
  /// Of a refusal, for the client: one sentence in printable ASCII, which is cut to 200 characters,
  /// and in the close of a WebSocket to 123.
  std::string reason;
  /// What is subscribed to, or what may be published on: topics and patterns, in any order. What a
  /// subscriber wanted is replaced by it, and may be less or more. The request is refused with 403
  /// if it has none, or is to publish on another one, and with 503 if one of them is no topic.
  ///
  /// Where a token holds, but does not allow all of what a subscriber wants, the refusal of
  /// access_request::built_in has here what it allows, and who and until when.
  std::vector<std::string> topics;
  /// Who asks, for the log; may be empty.
  std::string subject;
  /// When a subscriber is closed with 1008; nothing for never. 401 if that is over.
  std::optional<std::chrono::system_clock::time_point> expires;

  static access_decision allow(std::vector<std::string> topics) {
    access_decision yes;
    yes.topics = std::move(topics);
    return yes;
  }
  static access_decision refuse(unsigned status, std::string reason) {
    access_decision no;
    no.refusal = status;
    no.reason = std::move(reason);
    return no;
  }
};

struct access_request {
  access_action action = access_action::subscribe;
  /// The client's, also through options::trusted_proxies; unspecified (0.0.0.0) where it came over
  /// a Unix-domain socket and no proxy said whose it is.
  boost::asio::ip::address address;
  /// Of the page that asks, which has been checked (options::allowed_origins); empty of programs.
  std::string origin;
  /// Path and query, as they were sent.
  std::string target;
  /// Name and value of each header field; those of one name are in the order in which they were
  /// sent.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Topics and patterns that it wants to subscribe to, or the one that it wants to publish on;
  /// empty where a body has one event a line, of which each is compared with the decision's topics.
  std::vector<std::string> topics;
  /// What the server would decide by itself, by options::token_keys_file and
  /// options::publish_token. A decision of your own takes the place of this one: look at the action
  /// before you allow what it refuses.
  access_decision built_in;
};

}  // namespace ws_demo
