#pragma once

// The log in NATS JetStream (doc/event-log.md): a stream that several servers and other programs
// share. An event gets the stream's number, is published into the stream, and comes back from it;
// that it has come back is its acknowledgement. What blocks is done by nats_session, on threads of
// its own.
//
// The server owns it. Threads: the io_context's only.

#include "common/limited_log.hpp"
#include "events/nats/nats_session.hpp"
#include "net/asio.hpp"
#include "net/thread_signal.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ws_demo {

class nats_log final : public event_log {
 public:
  /// Begins to connect. No server needs to answer.
  /// @param o and lines outlive it
  /// @throws std::runtime_error, one line, if libnats does not take the options
  nats_log(const executor& on, const options& o, limited_log& lines);
  ~nats_log() override = default;
  nats_log(const nats_log&) = delete;
  nats_log& operator=(const nats_log&) = delete;

  void open(reader& to) override { reader_ = &to; }
  void append(std::vector<entry> events, handler done) override;
  bool knows_keys() const noexcept override { return true; }
  bool is_shared() const noexcept override { return true; }
  condition state() const override;
  /// The stream has limits of its own.
  void forget(std::string_view /*topic*/, std::uint64_t /*number*/) noexcept override {}
  task<void> run() override;
  void stop() override;

 private:
  /// Events that were appended together.
  struct job {
    std::vector<entry> events;  // those from `begun` on are still to be published
    std::size_t begun = 0;
    std::size_t settled = 0;
    handler done;
    steady_clock::time_point overdue_at;
    result last;  // of the last event that was stored
    bool has_stored = false;
    std::string why;  // others were not; empty if none is known
    bool is_in_doubt = false;
    bool is_too_large = false;
  };
  struct pending {
    std::shared_ptr<job> of;
    publish_window::shared_publication what;
    std::uint64_t number = 0;  // it is stored, and has not come back
  };
  using pending_map = std::map<std::uint64_t, pending>;  // by ticket

  // What is done in one turn of the loop. They return whether more is to be done at once. Without
  // memory they throw, and can be called again.
  bool take_some_reports();
  bool publish_some();
  bool give_up_some();
  bool leave_stream_some();
  void take(const nats_report::began& r);
  void take(const nats_report::missed& r);
  void take(const nats_report::event& r);
  void take(const nats_report::skipped& r);
  void take(const nats_report::filled& r);
  void take(const nats_report::answered& r);
  void take(const nats_report::failed& r);
  void take(const nats_report::works& r);

  task<void> yield();
  void give_up(pending_map::iterator which);
  void arm_timer();
  void settle_stored(pending_map::iterator which, std::uint64_t number, std::size_t subscribers);
  void settle_failed(pending_map::iterator which, std::string_view why, bool is_in_doubt,
                     bool is_too_large = false);
  void settle(pending_map::iterator which);

  const executor on_;
  const options& options_;
  limited_log& lines_;
  reader* reader_ = nullptr;
  const std::string own_keys_;                // what they begin with, before the ticket
  std::deque<std::shared_ptr<job>> waiting_;  // to be published
  std::uint64_t tickets_ = 0;                 // so many were given
  pending_map pending_;
  std::unordered_multimap<std::string, std::uint64_t> by_key_;  // tickets, by publishers' own keys
  std::list<nats_report::any> reports_;                         // to be taken
  std::uint64_t delivered_ = 0;                                 // number of the newest event
  bool has_delivered_ = false;  // an event to subscribers, in this turn of the loop
  bool has_begun_ = false;
  bool has_worked_ = false;
  bool is_failure_told_ = false;
  bool is_stopped_ = false;
  condition state_;
  std::string failure_;
  const std::shared_ptr<thread_signal> reported_;
  timer overdue_;
  nats_session session_;  // comes last: its threads use what is above
};

}  // namespace ws_demo
