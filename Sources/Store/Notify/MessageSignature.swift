/// HMAC-SHA256 (RFC 2104), for the signatures of webhooks.
public enum MessageSignature {
  /// 64 lower-case hex digits.
  public static func hmac(key: String, _ message: String) -> String {
    var block = Array(key.utf8)
    if block.count > 64 { block = SHA256.digest(block) }
    block += [UInt8](repeating: 0, count: 64 - block.count)
    let inner = SHA256.digest(block.map { $0 ^ 0x36 } + Array(message.utf8))
    return SHA256.hex(block.map { $0 ^ 0x5C } + inner)
  }

  /// Eight hex digits by which a text is recognised and not read.
  public static func fingerprint(_ text: String) -> String { String(SHA256.hex(text.utf8).prefix(8)) }
}
