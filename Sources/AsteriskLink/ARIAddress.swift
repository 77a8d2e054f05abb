import Foundation

/// An ARI base address taken apart.
struct ARIAddress: Sendable {
  var isSecure: Bool
  var host: String
  var port: Int
  /// `/ari`, without a slash at its end.
  var path: String

  /// Reads `http://host:8088/ari`. The default ports are Asterisk's 8088 and 8089.
  init(_ url: String) throws(LinkError) {
    guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme), parts.user == nil,
      parts.password == nil, parts.query == nil
    else {
      throw LinkError(
        .encoding, "the url of ari must look like http://127.0.0.1:8088/ari, without user or password")
    }
    isSecure = scheme == "https"
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    port = parts.port ?? (isSecure ? 8089 : 8088)
    var path = parts.percentEncodedPath
    while path.hasSuffix("/") { path.removeLast() }
    self.path = path.isEmpty ? "/ari" : path
  }

  var place: String { "\(host):\(port)" }

  /// The base address for requests.
  var base: String {
    let shownHost = host.contains(":") ? "[\(host)]" : host
    return "\(isSecure ? "https" : "http")://\(shownHost):\(port)\(path)"
  }

  /// Value of an Authorization header (RFC 7617).
  static func basic(username: String, password: String) -> String {
    "Basic " + Data("\(username):\(password)".utf8).base64EncodedString()
  }
}
