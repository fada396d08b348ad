"""The attacks on a ws-demo, by name. Each takes an Arena and returns how often it did what its
docstring says."""

from attacks import connections, frames, publishers, requests, subscribers, tokens


def _by_name(*attacks):
    return {attack.__name__.replace("_", "-"): attack for attack in attacks}


# These wait for the server's time-outs most of the time, so they run at the same time.
WAITING = _by_name(
    connections.vanish,
    connections.byte_by_byte,
    connections.silent_unread,
    frames.flood_unread,
    frames.sip,
    requests.pipelined_requests,
    requests.unread_answers,
    publishers.endless_publications,
    subscribers.unread_events,
)

# These keep the server busy, so each runs alone.
BUSY = _by_name(
    connections.reset_in_frame,
    connections.reset_in_handshake,
    connections.open_and_close,
    connections.idle,
    connections.too_many,
    requests.pipelined_handshakes,
    requests.costly_heads,
    requests.oversized_heads,
    requests.garbage,
    requests.scrapes,
    frames.flood_of_pings,
    frames.empty_fragments,
    frames.tiny_fragments,
    frames.inflaters,
    frames.huge_lengths,
    frames.invalid_text,
    frames.unmasked_frames,
    frames.bad_closes,
    frames.unfinished_messages,
    frames.few_letters,
    frames.damaged_deflate,
    publishers.too_many_topics,
    publishers.many_lines,
    publishers.many_bulks,
    publishers.deep_json,
    publishers.long_numbers,
    publishers.endless_chunk_heads,
    publishers.not_quite_json,
    publishers.wrong_tokens,
    tokens.hostile_tokens,
    tokens.forged_signatures,
    subscribers.chatty_listeners,
    subscribers.fleeting_listeners,
    subscribers.absurd_subscriptions,
    subscribers.greedy_returners,
    subscribers.sipping_listeners,
    subscribers.impossible_returns,
    subscribers.stalled_returners,
    subscribers.reset_crowd,
    subscribers.slow_crowd,
)

ATTACKS = WAITING | BUSY
