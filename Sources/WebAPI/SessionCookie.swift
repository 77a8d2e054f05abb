import HTTPTypes

/// A token in a browser: set by `POST /login`, sent by it with every request to this host and with none that another
/// site makes it send.
enum SessionCookie {
  static let name = "perezvon_token"
  /// How long a browser keeps it. 30 days.
  static let secondsMax = 30 * 86_400

  /// For `Set-Cookie`; an empty token takes it back. Not `Secure`: a wall reads plain HTTP on its own network.
  static func field(_ token: String) -> String {
    let age = token.isEmpty ? 0 : secondsMax
    return "\(name)=\(token); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict"
  }

  /// A token that can stand in a cookie: letters, digits, `_` and `-`, 1 to 200.
  static func canHold(_ token: String) -> Bool {
    (1...200).contains(token.utf8.count)
      && token.utf8.allSatisfy {
        switch $0 {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
      }
  }

  /// The token of a request; nil where it has none.
  static func token(_ headers: HTTPFields) -> String? {
    for field in headers[values: .cookie] {
      for pair in field.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { continue }
        return String(parts[1])
      }
    }
    return nil
  }
}
