import Foundation
import Glibc
import Synchronization

/// An HTTP server on loopback that keeps what it is sent (RFC 9112): a webhook's or an SMS gateway's far end.
public final class HTTPSink: Sendable {
  public struct Request: Sendable, Hashable {
    public var method: String
    /// Path and query, as they were sent.
    public var target: String
    /// Names in lower case.
    public var headers: [String: String]
    public var body: String
  }

  public struct Answer: Sendable, Hashable {
    public var status: Int
    public var headers: [String]
    public var body: String

    public init(_ status: Int, headers: [String] = [], body: String = "") {
      self.status = status
      self.headers = headers
      self.body = body
    }
  }

  /// Bytes of one request, at most.
  private static let requestMax = 1 << 20

  public var port: Int { listener.port }
  private let listener: ProxyListener
  private let state: State

  private final class State: Sendable {
    let requests = Mutex<[Request]>([])
    let answer: @Sendable (Request, Int) -> Answer?
    init(_ answer: @escaping @Sendable (Request, Int) -> Answer?) { self.answer = answer }
  }

  /// - Parameter answer: what is answered to the n-th request (from 1); nil: nothing, until the client goes.
  public init(_ answer: @escaping @Sendable (Request, Int) -> Answer? = { _, _ in Answer(200) })
    throws(LabError)
  {
    let state = State(answer)
    self.state = state
    listener = try ProxyListener(backlog: 64, name: "HTTP sink") { client in
      Thread.detachNewThread {
        Self.serve(client, state)
        close(client)
      }
    }
  }

  deinit { _ = listener.stop() }

  /// Lets nobody in any more.
  public func stop() { _ = listener.stop() }

  /// In the order in which they came.
  public var requests: [Request] { state.requests.withLock { $0 } }

  private static func serve(_ client: Int32, _ state: State) {
    var unread: [UInt8] = []
    while let request = next(client, &unread) {
      let n = state.requests.withLock { requests in
        requests.append(request)
        return requests.count
      }
      guard let answer = state.answer(request, n) else {
        var byte: UInt8 = 0
        while recv(client, &byte, 1, 0) > 0 {}
        return
      }
      let head =
        ["HTTP/1.1 \(answer.status) Lab", "Content-Length: \(answer.body.utf8.count)"] + answer.headers
      let bytes = Array((head.joined(separator: "\r\n") + "\r\n\r\n" + answer.body).utf8)
      guard send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
    }
  }

  private static func next(_ client: Int32, _ unread: inout [UInt8]) -> Request? {
    while true {
      if let request = parse(&unread) { return request }
      guard unread.count < requestMax else { return nil }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = recv(client, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      unread += chunk[..<count]
    }
  }

  private static func parse(_ bytes: inout [UInt8]) -> Request? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    let length = Int(headers["content-length"] ?? "0") ?? 0
    guard bytes.count >= end.upperBound + length else { return nil }
    let body = String(decoding: bytes[end.upperBound..<end.upperBound + length], as: UTF8.self)
    bytes.removeSubrange(..<(end.upperBound + length))
    return Request(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
  }
}
