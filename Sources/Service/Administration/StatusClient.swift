public import Foundation
import Synchronization
public import WebAPI

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Asks a running service over its own API, for `status` and `watch`.
public struct StatusClient: Sendable {
  let base: URL
  let token: String

  /// `base` is where the API listens, such as `http://127.0.0.1:8080`.
  public init(base: URL, token: String) {
    self.base = base
    self.token = token
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
    self.init(base: base, token: token)
  }

  /// Everything at this moment.
  public func status() async throws(AdministrationError) -> StatusDocument {
    let data: Data
    do {
      let (body, response) = try await URLSession.shared.data(for: request("api/v1/status"))
      guard (response as? HTTPURLResponse)?.statusCode == 200 else {
        throw AdministrationError(
          message: "The service answered \((response as? HTTPURLResponse)?.statusCode ?? 0).")
      }
      data = body
    } catch let error as AdministrationError {
      throw error
    } catch {
      throw AdministrationError(message: unreachable)
    }
    guard let status = try? JSONDecoder().decode(StatusDocument.self, from: data) else {
      throw AdministrationError(message: "The service at \(base) is of another version than this command.")
    }
    return status
  }

  /// What happens from now on; ends when the service goes away.
  public func news() -> AsyncStream<News> {
    let (stream, continuation) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingNewest(1_000))
    let reader = StreamReader(continuation)
    let session = URLSession(configuration: .ephemeral, delegate: reader, delegateQueue: nil)
    var request = request("api/v1/stream")
    request.timeoutInterval = 24 * 3_600
    let task = session.dataTask(with: request)
    continuation.onTermination = { _ in
      task.cancel()
      session.invalidateAndCancel()
    }
    task.resume()
    return stream
  }

  private var unreachable: String {
    "No service answers at \(base). Is `perezvon serve` running, and is http.listen the same?"
  }

  private func request(_ path: String) -> URLRequest {
    var request = URLRequest(url: base.appending(path: path))
    request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    return request
  }
}

/// Cuts server-sent events (WHATWG HTML, section 9.2) out of what arrives.
private final class StreamReader: NSObject, URLSessionDataDelegate, Sendable {
  /// An event longer than this ends the stream: it is not one of ours. Default 1 MiB.
  static let eventBytesMax = 1_024 * 1_024

  private let pending = Mutex(Data())
  private let continuation: AsyncStream<News>.Continuation

  init(_ continuation: AsyncStream<News>.Continuation) { self.continuation = continuation }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let events: [Data]? = pending.withLock { pending in
      pending.append(data)
      guard pending.count <= Self.eventBytesMax else { return nil }
      var events: [Data] = []
      while let end = pending.firstRange(of: Data("\n\n".utf8)) {
        events.append(pending[pending.startIndex..<end.lowerBound])
        pending = Data(pending[end.upperBound...])
      }
      return events
    }
    guard let events else {
      dataTask.cancel()
      continuation.finish()
      return
    }
    for event in events { deliver(event) }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    continuation.finish()
  }

  private func deliver(_ event: Data) {
    var name = ""
    var data = Data()
    for line in event.split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: Data("event: ".utf8)) {
        name = String(decoding: line.dropFirst(7), as: UTF8.self)
      } else if line.starts(with: Data("data: ".utf8)) {
        data.append(line.dropFirst(6))
      }
    }
    let decoder = JSONDecoder()
    if name == "status", let status = try? decoder.decode(StatusDocument.self, from: data) {
      continuation.yield(.status(status))
    } else if name == "notice", let notice = try? decoder.decode(Notice.self, from: data) {
      continuation.yield(.notice(notice))
    }
  }
}
