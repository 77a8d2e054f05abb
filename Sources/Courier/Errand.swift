/// What the courier's thread carries: a request or a mail.
enum Errand: Sendable {
  /// With `eachPiece` the body of the answer goes there as it comes, and is not kept.
  case request(HTTPRequest, eachPiece: (@Sendable ([UInt8]) -> Void)? = nil)
  case mail(Mail)

  var origin: String {
    switch self {
    case .request(let request, _): request.origin
    case .mail(let mail): mail.origin
    }
  }

  var tls: TLSPolicy {
    switch self {
    case .request(let request, _): request.tls
    case .mail(let mail): mail.tls
    }
  }

  var connectTimeout: Duration {
    switch self {
    case .request(let request, _): request.connectTimeout
    case .mail(let mail): mail.connectTimeout
    }
  }

  var timeout: Duration {
    switch self {
    case .request(let request, _): request.timeout
    case .mail(let mail): mail.timeout
    }
  }

  /// A mail server's answers are lines; a long one is cut off by libcurl itself.
  var answerBytesMax: Int {
    switch self {
    case .request(let request, _): request.responseBytesMax
    case .mail: 64 << 10
    }
  }

  /// May go out a second time by itself.
  var isRepeatable: Bool {
    switch self {
    case .request(let request, _): request.repeatable
    case .mail: false
    }
  }

  /// A mail server is usually a neighbour.
  var refusesPrivate: Bool {
    switch self {
    case .request(let request, _): request.refusesPrivate
    case .mail: false
    }
  }

  var bytes: [UInt8] {
    switch self {
    case .request(let request, _): request.body
    case .mail(let mail): mail.message
    }
  }

  /// Scheme, host and port of a URL.
  static func origin(of url: String) -> String {
    guard let schemeEnd = url.firstRange(of: "://")?.upperBound else { return "no URL" }
    let rest = url[schemeEnd...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = authority.split(separator: "@").last ?? authority
    return String(url[..<schemeEnd]) + host
  }
}
