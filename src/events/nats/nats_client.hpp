#pragma once

// A connection to NATS, over libnats, with exceptions and ownership. Its functions block, for
// seconds where a server does not answer. No threads of its own; libnats has some for each
// connection.

#include "ws_demo/options.hpp"

#include <nats/nats.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ws_demo {

struct nats_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Threads: any one at a time.
class nats_message {
 public:
  explicit nats_message(natsMsg* owned) : owned_(owned) {}

  std::string_view subject() const { return natsMsg_GetSubject(owned_.get()); }
  /// Empty if there is none.
  std::string_view reply() const;
  std::string_view data() const;
  /// Empty if there is none.
  std::string_view header(const char* name) const;

 private:
  struct destroy {
    void operator()(natsMsg* m) const { natsMsg_Destroy(m); }
  };
  std::unique_ptr<natsMsg, destroy> owned_;
};

/// Threads: any, but for the destructor.
class nats_connection {
 public:
  /// Connects to one of the servers, chosen at random. It does not reconnect: whoever has it makes
  /// another one.
  /// @param refused is called with what NATS says that this user may not do, on a thread of
  /// libnats, until the destructor returns. It does not throw.
  /// @throws nats_error, one line that says what failed and why. All others do so too.
  explicit nats_connection(const options& o, std::function<void(const std::string&)> refused = {});
  nats_connection(const nats_connection&) = delete;
  nats_connection& operator=(const nats_connection&) = delete;
  ~nats_connection();

  /// Ends what waits in its functions, and in those of its subscriptions.
  void close() { natsConnection_Close(connection_.get()); }
  /// Host and port, without user and password.
  std::string server() const;

  /// A subject that nobody else has, to append to.
  const std::string& inbox() const { return inbox_; }

  /// Most bytes of a message with its headers.
  std::size_t max_message_bytes() const;
  /// @param key Nats-Msg-Id; empty for none
  /// @param reply_to empty for none
  void publish(const std::string& subject, std::string_view data, const std::string& reply_to = {},
               const std::string& key = {});
  /// Asks JetStream. One question at a time.
  /// @param what the subject after `$JS.API.`
  nats_message ask(const std::string& what, std::string_view request);

 private:
  struct destroy {
    void operator()(natsConnection* c) const { natsConnection_Destroy(c); }
  };
  friend class nats_subscription;

  static void take_error(natsConnection* of, natsSubscription* on, natsStatus what, void* unused);

  std::unique_ptr<natsConnection, destroy> connection_;
  std::string inbox_;
  const std::function<void(const std::string&)> refused_;
  std::string last_refusal_;  // since the last question; guarded as the set of connections is
};

/// Threads: any, but for the destructor.
class nats_subscription {
 public:
  /// @param c outlives it
  /// @throws nats_error
  nats_subscription(nats_connection& c, const std::string& subject);

  /// The next message.
  /// @throws nats_error once this or the connection is closed
  nats_message receive();
  void close() { natsSubscription_Unsubscribe(messages_.get()); }

 private:
  struct destroy {
    void operator()(natsSubscription* s) const { natsSubscription_Destroy(s); }
  };
  std::unique_ptr<natsSubscription, destroy> messages_;
};

/// Whether libnats takes the options: files can be read, addresses are well-formed.
/// @throws nats_error if it does not
void check_nats_options(const options& o);

}  // namespace ws_demo
