#include "frame.hpp"

#include <cstring>

namespace ws_bench {
namespace {

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

void check_head(std::uint8_t first, std::uint8_t second) {
  const unsigned kind = first & 0x0f;
  const bool may_be_compressed = kind == 1 || kind == 2;
  if ((first & (may_be_compressed ? 0x30 : 0x70)) != 0)
    throw protocol_error("a frame with reserved bits");
  if ((second & 0x80) != 0) throw protocol_error("a masked frame");
  if ((kind > 2 && kind < 8) || kind > 10) throw protocol_error("a frame of an unknown type");
  const bool whole = (first & 0x80) != 0;
  if (kind >= 8 && (!whole || (second & 0x7f) > 125))
    throw protocol_error("a control frame in parts or of over 125 bytes");
}

/// The seven bits that say how long a payload is, or how many bytes say it.
unsigned length_code(std::size_t size) {
  if (size < 126) return static_cast<unsigned>(size);
  return size < 65536 ? 126 : 127;
}

std::size_t length_bytes(unsigned code) {
  if (code < 126) return 0;
  return code == 126 ? 2 : 8;
}

}  // namespace

std::optional<frame> first_frame(std::string_view bytes, std::size_t limit) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  check_head(first, second);

  const unsigned said = second & 0x7f;
  const std::size_t more = length_bytes(said);
  const std::size_t head = 2 + more;
  if (bytes.size() < head) return std::nullopt;
  const std::uint64_t length = more != 0 ? big_endian(bytes.substr(2, more)) : said;
  if (length > limit) throw protocol_error("a frame of " + std::to_string(length) + " bytes");
  if (bytes.size() - head < length) return std::nullopt;

  return frame{.last = (first & 0x80) != 0,
               .compressed = (first & 0x40) != 0,
               .kind = static_cast<opcode>(first & 0x0f),
               .payload = bytes.substr(head, length),
               .whole_bytes = head + length};
}

void append_frame(std::string& to, opcode kind, std::string_view payload, std::uint32_t mask) {
  const std::size_t size = payload.size();
  to += static_cast<char>(0x80 | static_cast<unsigned>(kind));
  const unsigned said = length_code(size);
  to += static_cast<char>(0x80 | said);
  const std::size_t more = length_bytes(said);
  for (std::size_t i = more; i-- > 0;) to += static_cast<char>(size >> (8 * i));

  char key[sizeof mask];  // NOLINT(*-avoid-c-arrays): of bytes, as memcpy wants it
  std::memcpy(key, &mask, sizeof mask);
  to.append(key, sizeof key);
  const std::size_t begin = to.size();
  to.append(payload);
  char* const out = to.data() + begin;
  const std::uint64_t twice = std::uint64_t{mask} << 32 | mask;
  std::size_t i = 0;
  for (; i + sizeof twice <= size; i += sizeof twice) {
    std::uint64_t word = 0;
    std::memcpy(&word, out + i, sizeof word);
    word ^= twice;
    std::memcpy(out + i, &word, sizeof word);
  }
  for (; i < size; ++i) out[i] = static_cast<char>(out[i] ^ key[i % sizeof key]);
}

}  // namespace ws_bench
