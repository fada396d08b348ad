#include "events/json_text.hpp"

#include "common/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>

namespace ws_demo {
namespace {

constexpr std::string_view whitespace = " \t\r\n";
constexpr std::string_view decimal_digits = "0123456789";

/// Where the string that begins at `begin` is over; the end of the text where it is not.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
  }
  return text.size();
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(decimal_digits, at), text.size());
}

/// Where the number that begins at `begin` is over (RFC 8259 section 6); `begin` where there is
/// none.
std::size_t end_of_number(std::string_view text, std::size_t begin) {
  const auto at = [text](std::size_t i) { return i < text.size() ? text[i] : '\0'; };
  const std::size_t first = at(begin) == '-' ? begin + 1 : begin;
  std::size_t end = at(first) == '0' ? first + 1 : skip_digits(text, first);
  if (end == first) return begin;
  if (at(end) == '.') {
    const auto fraction = skip_digits(text, end + 1);
    if (fraction == end + 1) return begin;
    end = fraction;
  }
  if (at(end) == 'e' || at(end) == 'E') {
    const std::size_t sign = at(end + 1) == '+' || at(end + 1) == '-' ? 1 : 0;
    const auto exponent = skip_digits(text, end + 1 + sign);
    if (exponent == end + 1 + sign) return begin;
    end = exponent;
  }
  return end;
}

/// The text, as long as before, for nlohmann's parser, which refuses some of what is only passed on
/// here, and takes some of what is not JSON:
/// - numbers that a double cannot hold: each becomes a zero, with blanks behind it;
/// - an escape of half a surrogate pair, which RFC 8259 section 8.2 allows, and JSON.stringify
///   makes of half an emoji: any of a surrogate becomes another, "\ud83d" becomes "\u083d";
/// - a byte order mark, which RFC 8259 section 8.1 forbids, and a NUL, which the parser takes for
///   the end of the text: each becomes a byte that cannot be there.
std::string for_the_parser(std::string_view text) {
  std::string result(text);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      i = end_of_string(text, i);
    } else if (const auto end = end_of_number(text, i); end > i) {
      std::fill(result.begin() + static_cast<std::ptrdiff_t>(i),
                result.begin() + static_cast<std::ptrdiff_t>(end), ' ');
      result[i] = '0';
      i = end;
    } else {  // what begins like a number and is none stays as it is, to be found wrong
      i = std::max(i + 1, std::min(text.find_first_not_of("0123456789+-.eE", i), text.size()));
    }
  }
  for (auto i = text.find("\\u"); i != std::string_view::npos; i = text.find("\\u", i + 2))
    if (i + 2 < text.size() && (text[i + 2] == 'd' || text[i + 2] == 'D')) result[i + 2] = '0';
  if (text.starts_with("\xef\xbb\xbf")) result[0] = '\1';
  std::ranges::replace(result, '\0', '\1');
  return result;
}

/// Takes a value off the front of the text, which is valid JSON from here on.
std::string_view take_value(std::string_view& rest) {
  std::size_t depth = 0;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    const char c = rest[i];
    if (c == '"')
      i = end_of_string(rest, i) - 1;
    else if (c == '{' || c == '[')
      ++depth;
    else if (depth == 0 && (c == ',' || c == ':' || c == '}'))
      break;
    else if (c == '}' || c == ']')
      --depth;
  }
  const auto value = rest.substr(0, i);
  rest.remove_prefix(i);
  return trimmed_json(value);
}

/// The content of a string, which is valid JSON; as it stands where it has half a surrogate pair,
/// which no text has, and no topic.
std::string unescaped(std::string_view string) {
  const auto content = nlohmann::json::parse(string, nullptr, /*allow_exceptions=*/false);
  return content.is_string() ? content.get<std::string>() : std::string(string);
}

/// Hears what the parser finds, and keeps nothing of it but what is wrong: a tree of what a peer
/// sends can take fifty times the memory.
struct first_error : nlohmann::json_sax<nlohmann::json> {
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& why) override {
    const std::string_view what = why.what();
    const auto begin = what.find("] ");
    error = printable(begin == std::string_view::npos ? what : what.substr(begin + 2));
    return false;
  }

  std::optional<std::string> error;
};

}  // namespace

std::optional<std::string> json_error(std::string_view text) {
  first_error found;
  nlohmann::json::sax_parse(for_the_parser(text), &found);
  return std::move(found.error);
}

std::string_view trimmed_json(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(whitespace), text.size()));
  return text.substr(0, text.find_last_not_of(whitespace) + 1);
}

std::variant<published_line, std::string> parse_published_line(std::string_view line) {
  if (auto wrong = json_error(line)) return *std::move(wrong);
  auto rest = trimmed_json(line);
  if (!rest.starts_with('{')) return R"(a line is {"topic":...,"payload":...})";
  std::optional<std::string> topic;
  std::optional<std::string_view> payload;
  while (rest.size() > 1 && rest != "}") {
    rest.remove_prefix(1);  // { or ,
    const auto name = take_value(rest);
    if (name.empty()) break;  // {}
    rest.remove_prefix(1);    // :
    const auto value = take_value(rest);
    if (name == R"("topic")" && !topic && value.starts_with('"'))
      topic = unescaped(value);
    else if (name == R"("payload")" && !payload)
      payload = value;
    else
      return "there is a member " + printable(name) + " that should not be";
  }
  if (!topic) return "there is no topic";
  if (!payload) return "there is no payload";
  return published_line{*std::move(topic), *payload};
}

}  // namespace ws_demo
