// The stream that a nats_session reads: it is found or made, looked at, and read by a consumer.

#include "events/epoch.hpp"
#include "events/nats/nats_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

/// A stream that ends before what was read, for this long, will give the same numbers again.
constexpr auto least_loss = 4s;

}  // namespace

nats_session::feed::feed(nats_session& self, nats_connection& c, const std::string& subject)
    : messages(c, subject), thread([this, &self, &c](const std::stop_token& stop) {
        self.receive_events(c, messages, stop);
      }) {}

nats_session::feed::~feed() {
  thread.request_stop();
  messages.close();
}

void nats_session::check(nats_connection& c) {
  auto stream = find_stream(c);
  std::string epoch;
  bool is_read = false;
  {
    const std::scoped_lock lock(mutex_);
    epoch = epoch_;
    is_read = consumer_.is_confirmed && !consumer_.is_in_doubt && stream.epoch == epoch_;
  }
  if (epoch.empty())
    if (const auto config = jetstream::with_limits(stream.config, options_))
      stream = change_stream(c, *config);
  if (const auto wrong = jetstream::unfitness(stream.config, options_); !wrong.empty())
    throw nats_error(fmt::format("the stream {} is not fit: {}", options_.nats_stream, wrong));
  std::string next_epoch;
  if (stream.epoch.empty())
    next_epoch = random_epoch();
  else if (stream.epoch == epoch && has_lost_its_end(c, stream, is_read))
    next_epoch = jetstream::epoch_after(epoch);
  if (!next_epoch.empty())
    stream = change_stream(c, jetstream::with_epoch(stream.config, next_epoch));
  {
    const std::scoped_lock lock(mutex_);
    newest_ = std::max(stream.last, last_);
    keys_are_known_for_ = jetstream::duplicate_window(stream.config);
  }
  if (!is_read || !next_epoch.empty()) replace_consumer(c, stream);
}

jetstream::stream_info nats_session::find_stream(nats_connection& c) const {
  const auto get = [&] { return c.ask("STREAM.INFO." + options_.nats_stream, ""); };
  auto answer = get();
  if (jetstream::parse_failure(answer.data()).means_no_stream()) {
    answer = c.ask("STREAM.CREATE." + options_.nats_stream,
                   jetstream::new_stream(options_, random_epoch()));
    if (jetstream::parse_failure(answer.data()).means_name_in_use()) answer = get();
  }
  if (const auto failed = jetstream::parse_failure(answer.data()))
    throw nats_error(fmt::format("the stream {}: {}", options_.nats_stream, failed.text));
  return jetstream::parse_stream(answer.data());
}

jetstream::stream_info nats_session::change_stream(nats_connection& c,
                                                   const std::string& config) const {
  const auto answer = c.ask("STREAM.UPDATE." + options_.nats_stream, config);
  if (const auto failed = jetstream::parse_failure(answer.data()))
    throw nats_error(
        fmt::format("the stream {} cannot be changed: {}", options_.nats_stream, failed.text));
  return jetstream::parse_stream(answer.data());
}

/// It will give the same numbers again, or has done so.
/// @param is_read by a consumer that has given no doubt
bool nats_session::has_lost_its_end(nats_connection& c, const jetstream::stream_info& stream,
                                    bool is_read) {
  std::uint64_t read = 0;
  system_clock::time_point at;
  {
    const std::scoped_lock lock(mutex_);
    read = last_;
    at = last_at_;
  }
  if (stream.last >= read) {
    end_missing_since_ = {};
    return !is_read && at != system_clock::time_point{} && has_another_time(c, read, at);
  }
  // A new leader may know less for a moment. Meanwhile nothing is read, and nothing published.
  if (end_missing_since_ == steady_clock::time_point{}) end_missing_since_ = steady_clock::now();
  if (steady_clock::now() >= end_missing_since_ + least_loss) {
    end_missing_since_ = {};
    return true;
  }
  throw nats_error(
      fmt::format("the stream {} ends before what was read of it", options_.nats_stream));
}

/// Whether it is not the event with this number that was read. One that has expired tells nothing.
bool nats_session::has_another_time(nats_connection& c, std::uint64_t number,
                                    system_clock::time_point at) const {
  const auto answer =
      c.ask("STREAM.MSG.GET." + options_.nats_stream, fmt::format(R"({{"seq":{}}})", number));
  const auto time = jetstream::parse_time(answer.data());
  return time && *time != jetstream::time_text(at);
}

/// The stream is asked for once more when the consumer is there, which goes when the stream goes:
/// so the consumer reads the stream that is seen then.
void nats_session::replace_consumer(nats_connection& c, const jetstream::stream_info& stream) {
  const auto number = ++consumers_;
  reading next{.name = fmt::format("{}-{}", name_, number),
               .deliver_to = fmt::format("{}.events.{}", c.inbox(), number),
               .heard_at = steady_clock::now()};
  std::string request;
  std::string before;
  {
    const std::scoped_lock lock(mutex_);
    before = std::exchange(consumer_, next).name;
    const auto from_number = [&](std::uint64_t first) {
      return jetstream::new_consumer(options_.nats_stream, next.name, next.deliver_to, first);
    };
    if (stream.epoch == epoch_)
      request = from_number(last_ + 1);
    else if (!epoch_.empty() && stream.epoch == jetstream::epoch_after(epoch_))
      request = from_number(stream.last + 1);  // what is left has been read
    else
      request = jetstream::new_consumer(options_.nats_stream, next.name, next.deliver_to,
                                        system_clock::now() - options_.history_age);
    changed_.notify_all();
  }
  const auto subject = [&](std::string_view what, const std::string& name) {
    return fmt::format("CONSUMER.{}.{}.{}", what, options_.nats_stream, name);
  };
  if (!before.empty()) c.publish("$JS.API." + subject("DELETE", before), "");
  feed_ = nullptr;  // first the one before ends
  feed_ = std::make_unique<feed>(*this, c, next.deliver_to);
  const auto made = c.ask(subject("CREATE", next.name), request);
  if (const auto failed = jetstream::parse_failure(made.data()))
    throw nats_error(
        fmt::format("the stream {} cannot be read: {}", options_.nats_stream, failed.text));
  const auto seen = find_stream(c);
  const auto server = c.server();
  const std::scoped_lock lock(mutex_);
  if (seen.epoch == stream.epoch)
    confirm_consumer(seen, jetstream::parse_consumer(made.data()), server);
  else
    doubt();
}

/// What has no memory to be reported has not happened: then the connection is made anew.
void nats_session::confirm_consumer(const jetstream::stream_info& stream,
                                    std::uint64_t before_first, const std::string& server) {
  if (!works_) report(nats_report::works{server});
  works_ = true;
  if (stream.epoch != epoch_) {
    report(nats_report::began{stream.epoch, before_first});
    epoch_ = stream.epoch;
    last_ = before_first;
    last_at_ = {};
    is_filled_ = false;
  } else if (before_first > last_) {
    report(nats_report::missed{before_first});
    last_ = before_first;
    last_at_ = {};
  }
  newest_ = fill_up_to_ = stream.last;
  if (last_ >= fill_up_to_) report_filled();
  consumer_.is_confirmed = true;
  consumer_.heard_at = steady_clock::now();
  changed_.notify_all();
}

}  // namespace ws_demo
