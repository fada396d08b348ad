#pragma once

// What nats_log does on other threads: it stays connected, publishes, reads the stream, and
// reports.
//
// Three threads: one connects, asks and publishes; while there is a connection, another receives
// the answers to what is published, and a third one events. Each connection begins from nothing:
// what was published and has no answer is published again, with the same key, so that it is stored
// once; a new consumer goes on behind the last event, once the epoch in the stream's description
// has shown that it is still the same stream. In doubt (a message is missing, nothing comes, not
// even a sign of life) a consumer is replaced likewise.
//
// nats_log owns it. Threads: any, but for constructor and destructor.

#include "events/nats/jetstream.hpp"
#include "events/nats/nats_client.hpp"
#include "events/nats/publish_window.hpp"
#include "net/asio.hpp"
#include "ws_demo/options.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

namespace ws_demo {

/// What has happened, in this order.
namespace nats_report {

/// The stream is another one, or is read for the first time.
struct began {
  std::string epoch;
  std::uint64_t newest;  // number of the event before the first that comes
};
/// Events up to this number are not in the stream any more, and have not been read.
struct missed {
  std::uint64_t up_to;
};
struct event {
  std::uint64_t number;
  std::string topic;
  std::string payload;
  std::string key;
  std::chrono::system_clock::time_point at;
};
/// A message that is no event.
struct skipped {
  std::uint64_t number;
  std::string subject;
  std::string why;
};
/// All that was in the stream when it began has been reported.
struct filled {};
/// The answer to publish().
struct answered {
  std::uint64_t ticket;      // of the publication
  jetstream::stored place;   // its number is 0 if it was not stored
  std::string why;           // it was not
  bool is_in_doubt = false;  // another attempt may have stored it
  bool is_too_large = false;
};
struct failed {
  std::string why;
};
/// The opposite of it.
struct works {
  std::string server;
};

using any = std::variant<began, missed, event, skipped, filled, answered, failed, works>;

}  // namespace nats_report

class nats_session {
 public:
  /// @param o outlives it
  /// @param has_reported is called on other threads, and does not throw
  /// @throws nats_error if the options cannot be used. No server needs to answer.
  nats_session(const options& o, std::function<void()> has_reported);
  /// Waits for the threads, for seconds where a server does not answer.
  ~nats_session() = default;
  nats_session(const nats_session&) = delete;
  nats_session& operator=(const nats_session&) = delete;

  /// @param all is empty then
  void publish(publish_window::publication_list& all) noexcept;
  /// Nobody waits for it any more.
  publish_window::fate withdraw(std::uint64_t ticket);

  /// Appends what has been reported since.
  void take_reports(std::list<nats_report::any>& to) noexcept;
  /// Whether there will be no more.
  bool has_ended() const { return has_ended_; }
  /// Number of the newest event in the stream, as far as is known.
  std::uint64_t newest() const { return newest_; }

  /// Ends when what has been published is answered, or a few seconds later.
  void stop();

 private:
  /// The messages of a consumer, and the thread that receives them.
  struct feed {
    feed(nats_session& self, nats_connection& c, const std::string& subject);
    ~feed();
    feed(const feed&) = delete;
    feed& operator=(const feed&) = delete;

    nats_subscription messages;
    std::jthread thread;
  };
  /// The consumer that is read.
  struct reading {
    std::string name;
    std::string deliver_to;
    bool is_confirmed = false;    // it reads the stream that the reports are of
    bool is_in_doubt = false;     // it must be replaced
    std::uint64_t delivered = 0;  // messages
    steady_clock::time_point heard_at;
  };

  // What the first thread does.
  void work(const std::stop_token& stop);
  void serve(nats_connection& c, const std::stop_token& stop);
  void fail(std::string_view why) noexcept;
  void send(nats_connection& c);
  void check(nats_connection& c);
  jetstream::stream_info find_stream(nats_connection& c) const;
  jetstream::stream_info change_stream(nats_connection& c, const std::string& config) const;
  bool has_lost_its_end(nats_connection& c, const jetstream::stream_info& stream, bool is_read);
  bool has_another_time(nats_connection& c, std::uint64_t number,
                        std::chrono::system_clock::time_point at) const;
  void replace_consumer(nats_connection& c, const jetstream::stream_info& stream);
  void confirm_consumer(const jetstream::stream_info& stream, std::uint64_t before_first,
                        const std::string& server);

  // What the second thread does.
  void receive_answers(nats_subscription& to) noexcept;
  void take_answer(const nats_message& m);

  // What the third thread does.
  void receive_events(nats_connection& c, nats_subscription& to,
                      const std::stop_token& stop) noexcept;
  void take_status(nats_connection& c, const nats_message& m);
  void take_event(const nats_message& m, const std::stop_token& stop);
  void doubt();
  /// The connection is of no use any more.
  void close();

  /// On a thread of libnats: NATS does not answer what is not permitted, but says so beside it.
  void take_refusal(const std::string& why) noexcept;

  void report(nats_report::any what);
  void report_filled();

  const options& options_;
  const std::function<void()> has_reported_;
  const std::string name_;  // of the session, in the names of its consumers

  // The first thread's.
  std::unique_ptr<feed> feed_;
  std::uint64_t consumers_ = 0;                 // so many it has made
  steady_clock::time_point end_missing_since_;  // the epoch where it is not

  std::atomic<std::uint64_t> newest_ = 0;  // number of the last event in the stream
  std::atomic<bool> has_ended_ = false;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::list<nats_report::any> reports_;
  std::size_t report_bytes_ = 0;
  publish_window publications_;
  std::chrono::milliseconds keys_are_known_for_{0};
  reading consumer_;
  std::string epoch_;                              // of the stream that is read; empty before
  std::uint64_t last_ = 0;                         // number of the last event that was reported
  std::chrono::system_clock::time_point last_at_;  // the epoch where only its number is known
  std::uint64_t fill_up_to_ = 0;
  bool is_filled_ = false;
  bool is_held_up_ = false;  // the receiver: too much is reported, and not taken
  bool is_closed_ = false;   // the connection
  bool check_soon_ = false;  // the stream: something was not taken
  bool works_ = false;       // and that was the last report about it

  std::jthread thread_;  // comes last: it uses all of the above
};

}  // namespace ws_demo
