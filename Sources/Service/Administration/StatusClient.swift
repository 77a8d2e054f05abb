import Courier
public import Foundation
import Synchronization
public import WebAPI

/// Asks a running service over its own API, for `status` and `watch`.
public struct StatusClient: Sendable {
  private let base: URL
  private let token: String
  private let courier: Courier

  /// `base` is where the API listens, such as `http://127.0.0.1:8080`.
  public init(base: URL, token: String) throws(AdministrationError) {
    self.base = base
    self.token = token
    do { courier = try Courier() } catch { throw AdministrationError(message: "\(error)") }
  }

  /// The API of the service this configuration describes, with a token that lasts an hour.
  public init(_ settings: Settings, administration: Administration) async throws(AdministrationError) {
    let wildcard = ["0.0.0.0", "::", "[::]"].contains(settings.http.host)
    let host = wildcard ? "127.0.0.1" : settings.http.host
    guard let base = URL(string: "http://\(host.contains(":") ? "[\(host)]" : host):\(settings.http.port)")
    else {
      throw AdministrationError(message: "http.listen is not an address that can be connected to.")
    }
    let token = try await administration.createToken(
      role: "viewer", label: "command line \(UUID().uuidString.prefix(8))", lifetime: .seconds(3_600))
    try self.init(base: base, token: token)
  }

  /// Everything at this moment.
  public func status() async throws(AdministrationError) -> StatusDocument {
    let answer: HTTPResponse
    do { answer = try await courier.send(request("api/v1/status")) } catch {
      throw AdministrationError(message: unreachable)
    }
    guard answer.status == 200 else {
      throw AdministrationError(message: "The service answered \(answer.status).")
    }
    guard let status = try? JSONDecoder().decode(StatusDocument.self, from: Data(answer.body)) else {
      throw AdministrationError(message: "The service at \(base) is of another version than this command.")
    }
    return status
  }

  /// What happens from now on; ends when the service goes away, or after a day.
  public func news() -> AsyncStream<News> {
    let (stream, continuation) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingNewest(1_000))
    let events = Mutex(ServerSentEvents())
    let reader = Task {
      _ = try? await courier.send(request("api/v1/stream", timeout: .seconds(24 * 3_600))) { bytes in
        guard let received = events.withLock({ $0.receive(bytes) }) else { return continuation.finish() }
        for news in received.compactMap(News.init) { continuation.yield(news) }
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in reader.cancel() }
    return stream
  }

  private var unreachable: String {
    "No service answers at \(base). Is `perezvon serve` running, and is http.listen the same?"
  }

  private func request(_ path: String, timeout: Duration = .seconds(60)) -> HTTPRequest {
    HTTPRequest(
      .get, base.appending(path: path).absoluteString, credentials: .bearer(token), timeout: timeout,
      responseBytesMax: ServerSentEvents.eventBytesMax * 16)
  }
}

extension News {
  /// What an event of the service's stream tells; nil for one that this version does not know.
  fileprivate init?(_ event: ServerSentEvents.Event) {
    let decoder = JSONDecoder()
    if event.name == "status", let status = try? decoder.decode(StatusDocument.self, from: Data(event.data)) {
      self = .status(status)
    } else if event.name == "notice", let notice = try? decoder.decode(Notice.self, from: Data(event.data)) {
      self = .notice(notice)
    } else {
      return nil
    }
  }
}
