const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The first `length` characters, in memory of their own: a slice would keep the whole string alive. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : decoder.decode(encoder.encode(text.slice(0, length)));
}
