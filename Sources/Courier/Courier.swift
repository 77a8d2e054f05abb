import CLibcurl

/// Carries HTTP requests and mails through libcurl's multi interface: one thread, one pool of kept connections.
///
/// A request on a kept connection costs two thread hops and no connection set-up. Redirects are not followed,
/// proxies are not used, only http, https, smtp and smtps are spoken.
public final class Courier: Sendable {
  private let engine: Engine

  /// Starts the thread. Throws `internal` where libcurl cannot be set up.
  public init(settings: CourierSettings = CourierSettings()) throws(CourierError) {
    engine = try Engine(settings: settings)
  }

  deinit { engine.shutDown() }

  /// Sends one request and waits for its answer. Any status is an answer; cancelling the task gives it up.
  public func send(_ request: HTTPRequest) async throws(CourierError) -> HTTPResponse {
    if let fault = request.fault { throw CourierError(.badRequest, .notSent, fault) }
    return try await carry(.request(request))
  }

  /// Sends one request whose answer goes on, and hands over each piece of its body as it comes; returns when the far
  /// end or `timeout` ends it, with an empty body. `eachPiece` runs on the courier's thread: it must not block. What
  /// comes is not bounded here, `responseBytesMax` is not looked at.
  public func send(
    _ request: HTTPRequest, eachPiece: @escaping @Sendable ([UInt8]) -> Void
  ) async throws(CourierError) -> HTTPResponse {
    if let fault = request.fault { throw CourierError(.badRequest, .notSent, fault) }
    return try await carry(.request(request, eachPiece: eachPiece))
  }

  /// Hands one mail to a mail server, which answers for its delivery from then on. Throws what stood in the way; with
  /// delivery `unknown` where the message was begun and the server did not say that it took it. It is not repeated.
  public func send(_ mail: Mail) async throws(CourierError) {
    if let fault = mail.fault { throw CourierError(.badRequest, .notSent, fault) }
    _ = try await carry(.mail(mail))
  }

  private func carry(_ errand: Errand) async throws(CourierError) -> HTTPResponse {
    let id = engine.newID()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation {
        (waiter: CheckedContinuation<Result<HTTPResponse, CourierError>, Never>) in
        engine.submit(Engine.Order(id: id, errand: errand, waiter: waiter))
      }
    } onCancel: {
      engine.cancel(id)
    }
    engine.forget(id)
    return try result.get()
  }

  /// Ends the thread; requests still on their way fail with `shutDown`. Later ones too.
  public func shutDown() { engine.shutDown() }

  /// Requests accepted and not answered yet.
  public var inFlight: Int { engine.inFlight }
}

extension HTTPRequest {
  /// What forbids to send this, or nil.
  var fault: String? {
    func isClean(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 32 && $0 != 127 } }
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else { return "not an http or https URL" }
    guard url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      return "the URL for \(origin) holds a character that must be percent-encoded"
    }
    for header in headers {
      let nameIsToken =
        !header.name.isEmpty && header.name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 58 }
      guard nameIsToken, isClean(header.value) else {
        return "the request to \(origin) has a header with a character that HTTP forbids"
      }
    }
    switch credentials {
    case .none: break
    case .basic(let username, let password):
      // RFC 7617 section 2: no colon in the user name.
      guard isClean(username), isClean(password), !username.utf8.contains(58) else {
        return "the user name or password for \(origin) has a character that HTTP forbids"
      }
    case .bearer(let token):
      guard isClean(token) else { return "the token for \(origin) has a character that HTTP forbids" }
    }
    return nil
  }
}
