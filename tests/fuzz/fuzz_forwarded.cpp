// Whose request it is, beside a judge that is built otherwise: of regular expressions, which are
// the grammar of RFC 7239. Each line of the input is a line of the field. And what a client sends
// must not change whom its proxy names.

#include "http/forwarded.hpp"

#include <arpa/inet.h>
#include <boost/beast/http/verb.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace ws_demo;
using asio::ip::address;
using asio::ip::address_v4;
using asio::ip::address_v6;
using asio::ip::make_address;
using field_lines = std::vector<std::string>;

/// Longer texts have nothing new, and std::regex would recurse for each byte of them.
constexpr std::size_t longest = 300;

constexpr const char* x_for = "X-Forwarded-For";
constexpr const char* standard = "Forwarded";
const address proxy = make_address("10.0.0.1");
const address client = make_address("203.0.113.7");
const network_list trusted({"10.0.0.0/8", "fd00::/8"});

const std::string token = "[-!#$%&'*+.^_`|~0-9A-Za-z]+";
const std::string pair = "(" + token + ")=(" + token + R"(|"(?:[^"\\]|\\[\s\S])*"))";
const std::regex is_pair(pair);
const std::regex is_element("(?:[ \t]*" + pair + ")?(?:[ \t]*;(?:[ \t]*" + pair + ")?)*[ \t]*");
const std::regex is_for("[Ff][Oo][Rr]");
const std::regex is_quoted(R"re("([\s\S]*)")re");
const std::regex in_white_space("[ \t]*([\\s\\S]*?)[ \t]*");
const std::regex has_port(R"((?:([0-9.]+)|\[([^\]]*)\])(?::0*([0-9]{0,5}))?)");

void require(bool holds, const char* what, const field_lines& lines) {
  if (holds) return;
  std::cerr << what << ":\n";
  for (const auto& line : lines) std::cerr << line << '\n';
  std::abort();
}

field_lines split(const std::string& text, char separator) {
  field_lines parts(1);
  for (const char c : text)
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

std::optional<address> judge_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) != 1 &&
      ::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
    return std::nullopt;
  const std::string mapped = "::ffff:";
  const auto plain = make_address(text);
  const bool is_mapped = plain.is_v6() && plain.to_v6().is_v4_mapped();
  std::optional<address> meant = plain;
  if (is_mapped) meant = make_address(plain.to_string().substr(mapped.size()));
  if (meant == address_v4::any() || meant == address_v6::any()) meant.reset();  // nobody's
  return meant;
}

std::optional<address> judge_node(const std::string& text) {
  if (const auto plain = judge_address(text)) return plain;
  std::smatch found;
  if (!std::regex_match(text, found, has_port)) return std::nullopt;
  if (found[3].length() > 0 && std::stoi(found[3]) > 65535) return std::nullopt;
  const bool is_ipv6 = found[2].matched;
  if (is_ipv6 && found[2].str().find(':') == std::string::npos) return std::nullopt;
  return judge_address(found[is_ipv6 ? 2 : 1]);
}

std::optional<address> judge_entry(const std::string& entry, const std::string& field) {
  std::smatch found;
  if (field == x_for) {
    std::regex_match(entry, found, in_white_space);
    return judge_node(found[1]);
  }
  if (!std::regex_match(entry, is_element)) return std::nullopt;
  std::vector<std::string> nodes;
  for (std::sregex_iterator i(entry.begin(), entry.end(), is_pair); i != std::sregex_iterator();
       ++i)
    if (std::regex_match(i->str(1), is_for)) nodes.push_back(i->str(2));
  if (nodes.size() != 1) return std::nullopt;
  const std::string node = nodes.front();
  return judge_node(std::regex_match(node, found, is_quoted) ? found[1].str() : node);
}

address judge(const field_lines& lines, const std::string& field) {
  std::string all;
  for (const auto& line : lines) all.append(all.empty() ? "" : ",").append(line);
  if (lines.empty()) return proxy;
  auto named = proxy;
  const auto entries = split(all, ',');
  for (auto entry = entries.rbegin(); entry != entries.rend() && trusted.contains(named); ++entry) {
    const auto next = judge_entry(*entry, field);
    if (!next) break;
    named = *next;
  }
  return named;
}

address result(const field_lines& x_for_lines, const field_lines& standard_lines) {
  request_head head{boost::beast::http::verb::get, "/ws", 11};
  for (const auto& line : x_for_lines) head.insert(x_for, line);
  for (const auto& line : standard_lines) head.insert(standard, line);
  return client_address(head, proxy, trusted);
}

field_lines with_line(field_lines lines, const std::string& last) {
  lines.push_back(last);
  return lines;
}

field_lines with_entry(field_lines lines, const std::string& last) {
  lines.back().append(", ").append(last);
  return lines;
}

/// As a quoted string (RFC 9110 section 5.6.4).
std::string quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > longest) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto lines = split(text, '\n');
  require(result(lines, {}) == judge(lines, x_for), "X-Forwarded-For", lines);
  require(result({}, lines) == judge(lines, standard), "Forwarded", lines);

  const std::string own = "203.0.113.7";
  const std::string own_element = "for=203.0.113.7";
  require(result(with_line(lines, own), {}) == client, "a line appended", lines);
  require(result(with_entry(lines, own), {}) == client, "an entry appended", lines);
  require(result({}, with_line(lines, own_element)) == client, "a line of elements", lines);
  require(result({}, with_entry(lines, own_element)) == client, "an element appended", lines);

  const auto names_nobody_else = [](const address& named) {
    return named == client || named == proxy;
  };
  require(names_nobody_else(result({own}, lines)), "the other field: Forwarded", lines);
  require(names_nobody_else(result(lines, {own_element})), "the other field", lines);
  const auto host_first = "host=" + quote(text) + ";" + own_element;
  const auto host_last = own_element + ";host=" + quote(text);
  const auto both = own_element + ";by=" + quote(text) + ";host=" + quote(text);
  for (const auto& element : {host_first, host_last, both})
    require(names_nobody_else(result({}, {element})), "quoted", {element});
  return 0;
}
