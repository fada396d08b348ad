// What comes from NATS to a nats_session: its second and third thread.

#include "events/event_key.hpp"
#include "events/json_text.hpp"
#include "events/nats/nats_session.hpp"
#include "events/publisher.hpp"

#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <new>
#include <utility>

namespace ws_demo {
namespace {

/// Most bytes of events that are read and not taken; JetStream holds back the others.
constexpr std::size_t max_report_bytes = std::size_t{4} << 20;
constexpr std::size_t report_overhead_bytes = 256;

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The event of a message that anybody may have published.
nats_report::any read_event(const nats_message& m, const jetstream::place& at, const options& o) {
  const auto skip = [&](std::string why) {
    return nats_report::skipped{at.number, std::string(m.subject()), std::move(why)};
  };
  auto topic = jetstream::topic_of(o.nats_stream, m.subject());
  if (!topic) return skip("the subject is no topic");
  const auto payload = trimmed_json(m.data());
  if (payload.size() > o.max_event_bytes) return skip(event_error(*topic, payload, o));
  if (auto wrong = json_error(payload)) return skip("it is not JSON: " + *std::move(wrong));
  constexpr std::size_t longest_key = max_key_bytes + 20;  // of an event of a bulk
  const auto key = m.header("Nats-Msg-Id");
  return nats_report::event{.number = at.number,
                            .topic = *std::move(topic),
                            .payload = std::string(payload),
                            .key = key.size() > longest_key ? "" : std::string(key),
                            .at = at.at};
}

}  // namespace

void nats_session::receive_answers(nats_subscription& to) noexcept {
  try {
    for (;;) take_answer(to.receive());
  } catch (const std::exception&) {
    // The connection is closed, or there is no memory: then it is made anew.
    close();
  }
}

void nats_session::receive_events(nats_connection& c, nats_subscription& to,
                                  const std::stop_token& stop) noexcept {
  try {
    while (!stop.stop_requested()) {
      const auto m = to.receive();
      if (m.subject().starts_with(c.inbox()))
        take_status(c, m);
      else
        take_event(m, stop);
    }
  } catch (const std::exception&) {
    if (!stop.stop_requested()) close();
  }
}

void nats_session::close() {
  const std::scoped_lock lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

void nats_session::take_answer(const nats_message& m) {
  const auto ticket = number_in(m.subject().substr(m.subject().rfind('.') + 1));
  const auto failed = jetstream::parse_failure(m.data());
  const auto stored = jetstream::parse_stored(m.data());
  const bool is_too_large = failed.means_too_large();
  const bool reached_nobody = m.header("Status") == "503";  // there are no responders
  const std::scoped_lock lock(mutex_);
  if (reached_nobody || failed.is_temporary()) {
    publications_.retry(ticket, reached_nobody, steady_clock::now());
    check_soon_ = true;
    changed_.notify_all();
    return;
  }
  if (!failed && !stored) return;
  const auto unanswered = publications_.answered(ticket);
  if (!unanswered) return;
  report(nats_report::answered{.ticket = ticket,
                               .place = stored.value_or(jetstream::stored{}),
                               .why = failed.text,
                               .is_in_doubt = failed && !is_too_large && *unanswered > 0,
                               .is_too_large = is_too_large});
  changed_.notify_all();  // there is room for another one under way
}

void nats_session::take_refusal(const std::string& why) noexcept try {
  const auto begin = why.find('"') + 1;
  const auto subject = why.substr(begin, why.rfind('"') - begin);
  const std::scoped_lock lock(mutex_);
  const auto refused = publications_.refused(subject);
  if (!refused) return;
  report(nats_report::answered{.ticket = refused->ticket,
                               .place = {},
                               .why = "NATS refuses it: " + why,
                               .is_in_doubt = refused->others > 0});
  changed_.notify_all();
} catch (const std::bad_alloc&) {
  return;  // it is given up when it is overdue
}

/// Flow control, or a sign of life.
void nats_session::take_status(nats_connection& c, const nats_message& m) {
  const std::string flow_control(m.reply());
  const std::string stalled(m.header("Nats-Consumer-Stalled"));
  {
    const std::scoped_lock lock(mutex_);
    if (m.subject() != consumer_.deliver_to) return;
    consumer_.heard_at = steady_clock::now();
    const auto last = m.header("Nats-Last-Consumer");
    if (m.header("Status") != "100" || (!last.empty() && number_in(last) != consumer_.delivered))
      doubt();
    else if (!last.empty() && stalled.empty() && consumer_.is_confirmed)
      report_filled();
  }
  if (!flow_control.empty()) c.publish(flow_control, "");
  if (!stalled.empty()) c.publish(stalled, "");
}

void nats_session::take_event(const nats_message& m, const std::stop_token& stop) {
  const auto at = jetstream::parse_place(m.reply());
  if (!at) return;
  auto read = read_event(m, *at, options_);
  const auto bytes = m.subject().size() + m.data().size() + report_overhead_bytes;
  std::unique_lock lock(mutex_);
  is_held_up_ = true;
  changed_.wait(lock, stop, [&] {
    return consumer_.name != at->consumer || consumer_.is_in_doubt ||
           (consumer_.is_confirmed && report_bytes_ < max_report_bytes);
  });
  is_held_up_ = false;
  consumer_.heard_at = steady_clock::now();
  if (stop.stop_requested() || consumer_.name != at->consumer || consumer_.is_in_doubt) return;
  if (at->consumer_number != consumer_.delivered + 1 || at->number <= last_) {
    doubt();
    return;
  }
  // The limits of the stream have overtaken the consumer, or somebody has deleted messages.
  if (at->number > last_ + 1) report(nats_report::missed{at->number - 1});
  last_ = at->number - 1;
  report(std::move(read));
  last_ = at->number;
  last_at_ = at->at;
  report_bytes_ += bytes;
  ++consumer_.delivered;
  if (at->pending == 0 || last_ >= fill_up_to_) report_filled();
}

void nats_session::doubt() {
  consumer_.is_in_doubt = true;
  changed_.notify_all();
}

void nats_session::report_filled() {
  if (!is_filled_) report(nats_report::filled{});
  is_filled_ = true;
}

void nats_session::report(nats_report::any what) {
  reports_.push_back(std::move(what));
  if (reports_.size() == 1) has_reported_();
}

}  // namespace ws_demo
