public import Telephony

/// One HTTP request to ARI. Paths and values are percent-encoded here and nowhere else.
public struct ARIRequest: Sendable, Hashable {
  /// The HTTP method.
  public enum Method: String, Sendable, Hashable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  public var method: Method
  /// Path and query behind the ARI base address, percent-encoded: `/channels/1.1/play/x?media=sound%3Ax`.
  public var target: String
  /// JSON in UTF-8 (`Content-Type: application/json`); empty for none.
  public var body: [UInt8]

  init(_ method: Method, _ path: [String], query: [(String, String)] = [], body: [UInt8] = []) {
    var target = ""
    for segment in path { target += "/" + PercentEncoding.encoded(segment) }
    var separator = "?"
    for (name, value) in query {
      target += separator + PercentEncoding.encoded(name) + "=" + PercentEncoding.encoded(value)
      separator = "&"
    }
    self.method = method
    self.target = target
    self.body = body
  }

  /// All live channels: `[ARIChannel]`, read by `ARIDecoder.channels`.
  public static let channels = ARIRequest(.get, ["channels"])

  /// One channel: `ARIChannel`, 404 where it is gone.
  public static func channel(_ id: ChannelID) -> ARIRequest { ARIRequest(.get, ["channels", id.rawValue]) }

  /// A variable or a readable function of a channel, in Stasis or not: `{"value":…}`, read by
  /// `ARIDecoder.variable`; 404 where there is none.
  public static func variable(_ name: String, of id: ChannelID) -> ARIRequest {
    ARIRequest(.get, ["channels", id.rawValue, "variable"], query: [("variable", name)])
  }

  /// One application: `ARIApplication`, 404 where no websocket holds it.
  public static func application(_ name: String) -> ARIRequest { ARIRequest(.get, ["applications", name]) }

  /// Version, start time: `ARIInfo`.
  public static let info = ARIRequest(.get, ["asterisk", "info"], query: [("only", "system,config,status")])

  /// The websocket's target behind the ARI base address. The credentials go into a header, not here.
  public static func events(application: String) -> ARIRequest {
    ARIRequest(.get, ["events"], query: [("app", application), ("subscribeAll", "false")])
  }
}
