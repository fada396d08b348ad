#include "ws_demo/server.hpp"

#include "events/library_input.hpp"
#include "events/line_input.hpp"
#include "events/subscription.hpp"
#include "http/bearer_token.hpp"
#include "http/http_connection.hpp"
#include "http/memory_relief.hpp"
#include "http/server_context.hpp"
#include "net/admission.hpp"
#include "net/asio.hpp"
#include "net/connection_list.hpp"
#include "net/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace ws_demo {
namespace {

/// How often connections are shut down while options::drain_spread lasts.
constexpr std::chrono::milliseconds drain_step{10};

/// @throws std::invalid_argument if nobody could publish with the token.
options checked(options o) {
  if (!o.publish_token.empty() && !is_bearer_token(o.publish_token))
    throw std::invalid_argument("options::publish_token cannot be sent in an Authorization field");
  return o;
}

}  // namespace

/// All that a server consists of. Every coroutine that is spawned shares it, so that one that
/// outlives the server, because its io_context was stopped, still ends in good order.
class server::impl {
 public:
  impl(asio::io_context& io, options o, std::optional<int> listening);

  static task<void> run(std::shared_ptr<impl> self);
  void stop();

  const listener& at() const { return public_; }
  const listener& for_operators() const { return operators_; }
  asio::io_context& io() const { return io_; }
  library_input& input() { return input_; }
  access_control& access() { return context_.access; }
  event_id position() const { return context_.events.position(); }
  void memory_ran_out();

 private:
  static task<void> accept(std::shared_ptr<impl> self, listener& at, bool for_operators);
  static void serve_in_place(const std::shared_ptr<impl>& self, stream_socket socket,
                             const remote_end& from, const listener_kind& via);
  static task<void> serve_connection(std::shared_ptr<impl> self, admission::place at,
                                     stream_socket socket, remote_end from, listener_kind via);
  void connection_ended(const std::exception_ptr& failure);
  task<void> check_deadlines();
  task<void> check_all(steady_clock::time_point now);
  task<void> continue_shutdown(steady_clock::time_point now);
  task<void> publish_lines();
  void stop_publishing();
  void stop_delivering();

  asio::io_context& io_;
  const options options_;
  server_context context_;
  listener public_;
  listener operators_;
  timer next_check_;
  steady_clock::time_point abort_at_ = steady_clock::time_point::max();  // of a shutdown
  library_input input_;
  std::optional<line_input> lines_;
};

server::server(asio::io_context& io, options o, std::optional<int> listening)
    : impl_(std::make_shared<impl>(io, checked(std::move(o)), listening)) {}

// NOLINTNEXTLINE(bugprone-exception-escape): throws only without memory for the smallest allocation
server::~server() {
  stop();
  impl_->input().close();
}

tcp::endpoint server::endpoint() const {
  return impl_->at().endpoint();
}

tcp::endpoint server::admin_endpoint() const {
  return impl_->for_operators().endpoint();
}

std::string server::listening_on() const {
  return impl_->at().name();
}

task<void> server::run() {
  return impl::run(impl_);
}

void server::memory_ran_out() {
  impl_->memory_ran_out();
}

void server::stop() {
  asio::dispatch(impl_->io(), [weak = std::weak_ptr(impl_)] {
    if (const auto alive = weak.lock()) alive->stop();
  });
}

std::optional<std::string> server::publish(std::string_view topic, std::string_view payload) {
  // It shares the impl: another thread may destroy the server while this one waits.
  return library_input::publish({impl_, &impl_->input()}, topic, payload);
}

task<std::string> server::async_publish(std::string topic, std::string payload, std::string key) {
  return library_input::async_publish({impl_, &impl_->input()}, std::move(topic),
                                      std::move(payload), std::move(key));
}

void server::on_authorize(access_control::authorizer decide) {
  impl_->access().set_authorizer(std::move(decide));
}

void server::on_authorize(access_control::async_authorizer decide) {
  impl_->access().set_authorizer(std::move(decide));
}

void server::reload_token_keys() {
  impl_->access().tokens().reload_keys();
}

std::string server::position() const {
  const auto position = impl_->position();
  return position.epoch.empty() ? std::string() : to_string(position);
}

server::impl::impl(asio::io_context& io, options o, std::optional<int> listening)
    : io_(io),
      options_(std::move(o)),
      context_(io.get_executor(), options_),
      public_(io, options_),
      operators_(io, options_),
      next_check_(io.get_executor()),
      input_(io, context_.publishing) {
  if (listening)
    public_.adopt(*listening);
  else if (!options_.unix_socket.empty())
    public_.listen(options_.unix_socket, options_.unix_socket_mode);
  else
    public_.listen({options_.host, options_.port});
  if (options_.admin_port)
    operators_.listen({asio::ip::address_v4::loopback(), *options_.admin_port});
  context_.memory.on_exceeded([this] { next_check_.cancel(); });
  if (options_.lines_from)
    lines_.emplace(io.get_executor(), *options_.lines_from, context_.publishing);
}

task<void> server::impl::run(std::shared_ptr<impl> self) {
  using namespace asio::experimental::awaitable_operators;
  auto all = accept(self, self->public_, false) && accept(self, self->operators_, true) &&
             self->check_deadlines() && self->input_.publish_all() && self->publish_lines() &&
             self->context_.stored_in->run() && self->context_.events.flush_pending() &&
             self->context_.ticks.run() && self->context_.long_work.run();
  co_await std::move(all);
}

task<void> server::impl::accept(std::shared_ptr<impl> self, listener& at, bool for_operators) {
  const listener_kind kind{at.is_on_loopback(), for_operators};
  auto all = at.accept([self, kind](stream_socket socket, const remote_end& from) {
    serve_in_place(self, std::move(socket), from, kind);
  });
  co_await std::move(all);
}

/// Closes it at once where there is no place for it, or no memory.
void server::impl::serve_in_place(const std::shared_ptr<impl>& self, stream_socket socket,
                                  const remote_end& from, const listener_kind& via) try {
  auto place = self->context_.admitted.take_place(from, via.for_operators);
  if (!place) return;
  asio::co_spawn(self->io_, serve_connection(self, *std::move(place), std::move(socket), from, via),
                 [self](const std::exception_ptr& failure) { self->connection_ended(failure); });
} catch (const std::exception&) {
  self->connection_ended(std::current_exception());
}

task<void> server::impl::serve_connection(std::shared_ptr<impl> self, admission::place at,
                                          stream_socket socket, remote_end from,
                                          listener_kind via) {
  if (!self->public_.is_open()) co_return;  // accepted just before it was closed
  connection c(std::move(socket), from, self->options_, self->context_.memory);
  const connection_list::entry listed(self->context_.connections, c);
  co_await serve_http(c, at, self->context_, via);
}

void server::impl::connection_ended(const std::exception_ptr& failure) {
  if (context_.draining) next_check_.cancel();
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    context_.log.write(spdlog::level::err, "connection failed:", error.what());
  }
}

task<void> server::impl::check_deadlines() {
  const auto interval = connection_list::check_interval(options_);
  while (public_.is_open() || !context_.connections.empty()) {
    const auto next =
        steady_clock::now() +
        (context_.draining ? std::min<steady_clock::duration>(interval, drain_step) : interval);
    next_check_.expires_at(std::min(next, abort_at_));
    co_await next_check_.async_wait(no_throw);
    try {
      co_await check_all(steady_clock::now());
    } catch (const std::bad_alloc&) {
      context_.log.write(spdlog::level::err, "out of memory", "while deadlines were checked");
    }
  }
  stop_publishing();
  stop_delivering();
  context_.long_work.stop();
}

task<void> server::impl::check_all(steady_clock::time_point now) {
  context_.log.flush(now);
  input_.look_again();
  context_.publishing.look_again();
  context_.events.flush_rest();
  while (context_.events.past().expire(now)) co_await asio::post(io_, no_throw);
  context_.counts.history_events = context_.events.past().events();
  context_.counts.history_bytes = context_.events.past().bytes();
  co_await relieve_memory(context_);
  co_await context_.connections.check_deadlines(now);
  co_await relieve_memory(context_);  // of what was exceeded meanwhile
  if (context_.draining) co_await continue_shutdown(now);
}

void server::impl::memory_ran_out() try {
  memory_budget& memory = context_.memory;
  memory.lower_limit(memory.used() - memory.used() / 16);
  context_.log.write(spdlog::level::err, "out of memory:",
                     fmt::format("limit={} bytes from now on (see --max-memory)", memory.limit()));
} catch (const std::bad_alloc&) {
  ++context_.counts.log_lines_left_out;
}

void server::impl::stop() {
  if (context_.draining) return;
  context_.draining = true;
  const auto now = steady_clock::now();
  abort_at_ = now + options_.drain_spread + options_.shutdown_timeout;
  context_.connections.begin_shutdown(now);
  next_check_.cancel();
}

/// The listeners stay open until the last peer has gone, so that /readyz can tell a load balancer
/// that this server drains.
task<void> server::impl::continue_shutdown(steady_clock::time_point now) {
  const bool timed_out = now >= abort_at_;
  // Publishers who wait for a log that is away would be cut in the end. They are answered instead.
  const bool is_late = now >= abort_at_ - options_.shutdown_timeout;
  if (timed_out || (is_late && !context_.stored_in->state().failure.empty())) stop_publishing();
  if (timed_out) stop_delivering();
  if (timed_out || context_.admitted.peers() == 0) {
    public_.close();
    operators_.close();
  }
  while (timed_out ? context_.connections.abort_some()
                   : context_.connections.continue_shutdown(now, /*all=*/!public_.is_open()))
    co_await asio::post(io_, no_throw);
}

task<void> server::impl::publish_lines() {
  if (lines_) co_await lines_->publish_all();
}

/// There is nobody left to publish to, or no time, or no log.
void server::impl::stop_publishing() {
  context_.publishing.stop();
  input_.stop();
  context_.stored_in->stop();
  if (lines_) lines_->stop();
}

void server::impl::stop_delivering() {
  context_.events.stop();
  context_.ticks.stop();
}

}  // namespace ws_demo
