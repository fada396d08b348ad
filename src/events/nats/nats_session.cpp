#include "events/nats/nats_session.hpp"

#include "events/epoch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>
#include <vector>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;

/// So many publications are under way at once: enough for JetStream's full speed.
constexpr std::size_t most_under_way = 512;

constexpr auto reconnect_delay = 500ms;
/// How often the stream is looked at: whether it is still the same, and how much of it is to be
/// read.
constexpr auto check_interval = 5s;
constexpr auto least_check_interval = 500ms;
/// A consumer that has nothing to deliver says so each second.
constexpr auto most_silence = 3s;
/// How long a stop waits for answers.
constexpr auto stop_patience = 2s;

}  // namespace

nats_session::nats_session(const options& o, std::function<void()> has_reported)
    : options_(o),
      has_reported_(std::move(has_reported)),
      name_("ws-demo-" + random_epoch() + random_epoch()),
      publications_(most_under_way) {
  check_nats_options(o);
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void nats_session::publish(publish_window::publication_list& all) noexcept {
  const std::scoped_lock lock(mutex_);
  publications_.add(all);
  changed_.notify_all();
}

publish_window::fate nats_session::withdraw(std::uint64_t ticket) {
  const std::scoped_lock lock(mutex_);
  return publications_.withdraw(ticket);
}

void nats_session::take_reports(std::list<nats_report::any>& to) noexcept {
  const std::scoped_lock lock(mutex_);
  report_bytes_ = 0;
  to.splice(to.end(), reports_);
  changed_.notify_all();
}

void nats_session::stop() {
  thread_.request_stop();
}

void nats_session::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      nats_connection c(options_, [this](const std::string& why) { take_refusal(why); });
      serve(c, stop);
    } catch (const std::exception& error) {
      fail(error.what());
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, reconnect_delay, [] { return false; });
  }
  has_ended_ = true;
  has_reported_();
}

void nats_session::fail(std::string_view why) noexcept try {
  const std::scoped_lock lock(mutex_);
  consumer_ = {};
  report(nats_report::failed{std::string(why)});
  works_ = false;
} catch (const std::bad_alloc&) {
  return;  // it is said when it fails again
}

void nats_session::serve(nats_connection& c, const std::stop_token& stop) {
  {
    const std::scoped_lock lock(mutex_);
    is_closed_ = false;
    consumer_ = {};
    publications_.send_again(steady_clock::now());
  }
  nats_subscription answers(c, c.inbox() + ".answer.*");
  const std::jthread receiver([&] { receive_answers(answers); });
  struct closing {
    nats_session& self;
    nats_connection& c;
    ~closing() {
      c.close();  // ends the threads that receive
      self.feed_.reset();
    }
  } const at_end{*this, c};
  auto next_check = steady_clock::time_point::min();
  auto earliest_check = next_check;
  auto give_up = steady_clock::time_point::max();
  for (;;) {
    std::unique_lock lock(mutex_);
    if (is_closed_) throw nats_error("the connection to NATS was lost");
    const auto now = steady_clock::now();
    if (stop.stop_requested()) give_up = std::min(give_up, now + stop_patience);
    if (now >= give_up || (stop.stop_requested() && publications_.is_empty())) return;
    const bool is_silent = !is_held_up_ && now > consumer_.heard_at + most_silence;
    if (is_silent) consumer_.is_in_doubt = true;
    if (consumer_.is_in_doubt) next_check = now;
    if (std::exchange(check_soon_, false)) next_check = std::min(next_check, earliest_check);
    lock.unlock();
    if (now >= next_check) {
      check(c);
      next_check = steady_clock::now() + check_interval;
      earliest_check = steady_clock::now() + least_check_interval;
    }
    send(c);
    lock.lock();
    const bool is_stopping = stop.stop_requested();
    const auto is_due = [&] {
      return is_closed_ || consumer_.is_in_doubt || check_soon_ ||
             publications_.next_due() <= steady_clock::now() ||
             (is_stopping && publications_.is_empty());
    };
    const auto wake_at =
        std::min({next_check, now + most_silence, give_up, publications_.next_due()});
    if (is_stopping)
      changed_.wait_until(lock, wake_at, is_due);
    else
      changed_.wait_until(lock, stop, wake_at, is_due);
  }
}

void nats_session::send(nats_connection& c) {
  std::vector<publish_window::shared_publication> due;
  {
    const std::scoped_lock lock(mutex_);
    const auto now = steady_clock::now();
    due = publications_.take_due(now, now + keys_are_known_for_);
  }
  for (const auto& next : due) {
    constexpr std::size_t headers_bytes = 256;  // a key and two names
    if (next->payload.size() + headers_bytes > c.max_message_bytes()) {
      const std::scoped_lock lock(mutex_);
      if (const auto others = publications_.answered(next->ticket))
        report(nats_report::answered{.ticket = next->ticket,
                                     .place = {},
                                     .why = "it is larger than what NATS takes",
                                     .is_in_doubt = *others > 0,
                                     .is_too_large = true});
      continue;
    }
    c.publish(next->subject, next->payload, fmt::format("{}.answer.{}", c.inbox(), next->ticket),
              next->key);
  }
}

}  // namespace ws_demo
