#include "nats_server.hpp"

#include <csignal>
#include <utility>

namespace ws_demo::testing {

nats_server::nats_server(std::vector<std::string> more) : more_(std::move(more)) {
  start_elsewhere();
}

void nats_server::start_on(const std::string& port) {
  std::vector<std::string> command{
      WS_DEMO_NATS_SERVER, "--addr",      "127.0.0.1",   "--port", port,
      "--jetstream",       "--store_dir", stored_.path()};
  command.insert(command.end(), more_.begin(), more_.end());
  running_ = std::make_unique<program>(command);
  const auto& log = running_->wait_for_error("Server is ready");
  const std::string before = "client connections on 127.0.0.1:";
  port_ = static_cast<std::uint16_t>(std::stoul(log.substr(log.find(before) + before.size())));
}

void nats_server::kill() {
  running_->signal(SIGKILL);
  running_->wait();
}

options nats_server::connect_options() const {
  options o;
  o.nats_servers = {url()};
  return o;
}

void nats_server::publish(const std::string& subject, const std::string& data,
                          const std::string& key) {
  nats_connection c(connect_options());
  const auto reply_to = c.inbox() + ".stored";
  nats_subscription answers(c, reply_to);
  c.publish(subject, data, reply_to, key);
  answers.receive();
}

nlohmann::json nats_server::ask(const std::string& what, const nlohmann::json& request) {
  nats_connection c(connect_options());
  const auto answer = c.ask(what, request.is_null() ? "" : request.dump());
  return nlohmann::json::parse(answer.data());
}

}  // namespace ws_demo::testing
