#include "app/option_kinds.hpp"

#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds max_duration = 24h;

}  // namespace

option_entry size(std::string name, std::size_t options::* member, std::size_t smallest,
                  std::size_t largest, const char* group, std::string help) {
  const auto range = fmt::format("{} to {}", format_size(smallest), format_size(largest));
  return {.name = std::move(name),
          .type = "SIZE",
          .initial = format_size(options{}.*member),
          .range = range,
          .takes = fmt::format("a size such as 512 (bytes), 64KiB or 16MiB, from {}", range),
          .help = std::move(help),
          .group = group,
          .set = [member, smallest, largest](options& o, const std::string& text) {
            const auto bytes = parse_size(text);
            if (!bytes || *bytes < smallest || *bytes > largest) return false;
            o.*member = *bytes;
            return true;
          }};
}

option_entry duration(std::string name, milliseconds options::* member, milliseconds shortest,
                      const char* group, std::string help) {
  const auto range =
      fmt::format("{} to {}", format_duration(shortest), format_duration(max_duration));
  return {.name = std::move(name),
          .type = "DURATION",
          .initial = format_duration(options{}.*member),
          .range = range,
          .takes = fmt::format("a duration such as 250ms, 1s or 2m, from {}", range),
          .help = std::move(help),
          .group = group,
          .set = [member, shortest](options& o, const std::string& text) {
            const auto time = parse_duration(text);
            if (!time || *time < shortest) return false;
            o.*member = *time;
            return true;
          }};
}

option_entry flag(std::string name, const char* group, std::string help,
                  std::function<void(options&, bool)> set) {
  return {.name = std::move(name),
          .type = {},
          .initial = "off",
          .range = {},
          .takes = "true or false",
          .help = std::move(help),
          .group = group,
          .set = [set = std::move(set)](options& o, const std::string& text) {
            if (text != "true" && text != "false") return false;
            set(o, text == "true");
            return true;
          }};
}

option_entry file(std::string name, std::filesystem::path options::* member, const char* group,
                  std::string help) {
  return {.name = std::move(name),
          .type = "FILE",
          .initial = "none",
          .range = {},
          .takes = "the name of a file",
          .help = std::move(help),
          .group = group,
          .set = [member](options& o, const std::string& value) {
            o.*member = value;
            return !value.empty();
          }};
}

option_entry text(std::string name, std::string type, std::string options::* member,
                  const char* group, std::string help) {
  return {.name = std::move(name),
          .type = std::move(type),
          .initial = "none",
          .range = {},
          .takes = "a text that is not empty",
          .help = std::move(help),
          .group = group,
          .set = [member](options& o, const std::string& value) {
            o.*member = value;
            return !value.empty();
          }};
}

}  // namespace ws_demo
