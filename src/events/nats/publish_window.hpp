#pragma once

// Publications on their way into the stream: some wait, the others are under way, until they are
// answered. What is not answered in time is sent again, with the same key, by which JetStream knows
// what it has already. No I/O, no threads.

#include "net/asio.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

class publish_window {
 public:
  struct publication {
    std::uint64_t ticket;  // grows
    std::string subject;
    std::string payload;
    std::string key;
  };
  using shared_publication = std::shared_ptr<const publication>;
  using publication_list = std::list<shared_publication>;

  /// @param limit most that are under way at once
  explicit publish_window(std::size_t limit) : limit_(limit) {}

  /// @param all is empty then
  void add(publication_list& all) noexcept { waiting_.splice(waiting_.end(), all); }
  bool is_empty() const { return waiting_.empty() && under_way_.empty(); }

  /// What is to be sent now, in the order in which it was added.
  /// @param again_until the key of what is sent for the first time is known until then
  std::vector<shared_publication> take_due(steady_clock::time_point now,
                                           steady_clock::time_point again_until);
  /// When there will be something, if nothing is added or answered.
  steady_clock::time_point next_due() const;
  /// The connection is lost, and perhaps what was sent: all that is under way is due at once.
  void send_again(steady_clock::time_point now);
  /// It was not stored now, but may be later: it is due again soon.
  /// @param reached_nobody nothing will come of this attempt
  void retry(std::uint64_t ticket, bool reached_nobody, steady_clock::time_point now);
  /// It is not under way any more.
  /// @returns how many attempts had no answer before; nothing where it was answered or withdrawn
  std::optional<int> answered(std::uint64_t ticket);

  struct refusal {
    std::uint64_t ticket;
    int others;  // attempts over connections that are lost, which had no answer
  };
  /// A publication with this subject that was sent over this connection has been refused, which is
  /// said in the order of sending: so it was the first. It is not under way any more.
  std::optional<refusal> refused(std::string_view subject);

  /// What is known of a publication that nobody waits for any more.
  enum class fate : std::uint8_t {
    not_stored,  // and will not be
    in_doubt,
    answered,
  };
  fate withdraw(std::uint64_t ticket);

 private:
  struct sent {
    shared_publication what;
    int unanswered = 0;  // times that it was sent
    int lost = 0;        // of them, over a connection that is lost
    steady_clock::time_point next;
    steady_clock::time_point last;  // not after this
  };

  const std::size_t limit_;
  publication_list waiting_;
  std::map<std::uint64_t, sent> under_way_;                                // by ticket
  steady_clock::time_point look_again_ = steady_clock::time_point::max();  // for what is due again
};

}  // namespace ws_demo
