#pragma once

// JSON objects as keys and tokens have them, which decide who may: read strictly. Pure: no I/O, no
// state.

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

/// Nothing where the text is not one JSON object in UTF-8, where any object in it has a member
/// twice (parsers differ in which they take: RFC 7519 section 4), where it is nested more than
/// eight deep, or where it has more than this many braces: at the end of each object the parser
/// looks through all that is beside it.
std::optional<nlohmann::json> parse_json_object(std::string_view text, std::size_t max_objects);

/// A member that is a string; null where there is none, or it is something else.
const std::string* string_member(const nlohmann::json& object, std::string_view name);

/// A member that is an array of strings; nothing where there is none, or it is something else.
std::optional<std::vector<std::string>> strings_member(const nlohmann::json& object,
                                                       std::string_view name);

}  // namespace ws_demo
