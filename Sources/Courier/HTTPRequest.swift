/// One header line of a request or an answer.
public struct HTTPHeader: Sendable, Hashable {
  /// Case does not matter in comparisons made by `HTTPResponse.header(_:)`.
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Who the request says it comes from (RFC 7617, RFC 6750).
public enum HTTPCredentials: Sendable, Hashable {
  case none
  case basic(username: String, password: String)
  case bearer(String)
}

/// How the far end's certificate is checked.
public struct TLSPolicy: Sendable, Hashable {
  /// Checks the certificate and the host name. Default true; false is for a PBX with a self-made certificate.
  public var verify: Bool
  /// PEM file of the authorities to trust instead of the system's. Default nil.
  public var caFile: String?

  public init(verify: Bool = true, caFile: String? = nil) {
    self.verify = verify
    self.caFile = caFile
  }
}

/// One HTTP request, with its limits.
public struct HTTPRequest: Sendable, Hashable {
  /// Request methods in use (RFC 9110 section 9).
  public enum Method: String, Sendable, Hashable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  public var method: Method
  /// `http://` or `https://`, already percent-encoded. No user name or password in it.
  public var url: String
  /// Sent as given, after those libcurl makes. Names and values with control characters are refused.
  public var headers: [HTTPHeader]
  /// Sent with Content-Length. Empty: no body.
  public var body: [UInt8]
  public var credentials: HTTPCredentials
  public var tls: TLSPolicy
  /// Until TCP and TLS are up. Default 2 s.
  public var connectTimeout: Duration
  /// From `send` to the last byte of the answer. Default 5 s.
  public var timeout: Duration
  /// The body of an answer may have so many bytes. Default 1 MiB.
  public var responseBytesMax: Int
  /// May go out a second time by itself when a kept connection turns out to be closed before any answer.
  /// Default: true, except for POST. A request that must not happen twice leaves it false.
  public var repeatable: Bool
  /// Does not connect to addresses of private networks, this machine or links (`PrivateAddress`), whatever the name
  /// resolves to. Default false.
  public var refusesPrivate = false

  public init(
    _ method: Method, _ url: String, headers: [HTTPHeader] = [], body: [UInt8] = [],
    credentials: HTTPCredentials = .none, tls: TLSPolicy = TLSPolicy(),
    connectTimeout: Duration = .seconds(2),
    timeout: Duration = .seconds(5), responseBytesMax: Int = 1 << 20, repeatable: Bool? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.credentials = credentials
    self.tls = tls
    self.connectTimeout = connectTimeout
    self.timeout = timeout
    self.responseBytesMax = responseBytesMax
    self.repeatable = repeatable ?? (method != .post)
  }

  /// Scheme, host and port only: for logs and errors, since paths and queries can hold secrets and numbers.
  public var origin: String { Errand.origin(of: url) }
}

/// The answer to a request. Any status is an answer: 404 is not an error here.
public struct HTTPResponse: Sendable, Hashable {
  public var status: Int
  /// In order of arrival, of the last answer where 1xx answers came first.
  public var headers: [HTTPHeader]
  public var body: [UInt8]

  public init(status: Int, headers: [HTTPHeader], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The value of the first header of that name, whatever its case.
  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}
