import Foundation
import Glibc
import Synchronization

/// A server on loopback that keeps what it hears and says something to each piece of it.
final class PlainServer: Sendable {
  let port: Int
  private let state = Mutex<[UInt8]>([])
  private let listener: Int32

  init(says: @escaping @Sendable ([UInt8]) -> [UInt8] = { _ in [] }) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = loopback(0)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(listener, 8) == 0 else { throw PlainFailure() }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    port = Int(in_port_t(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in
      while case let file = accept(listener, nil, nil), file >= 0 {
        Thread.detachNewThread { self.serve(file, says) }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Of all connections.
  var heard: [UInt8] { state.withLock { $0 } }

  /// Waits until it has heard so many bytes.
  func hears(_ count: Int) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while heard.count < count, .now < end { try await Task.sleep(for: .milliseconds(5)) }
  }

  private func serve(_ file: Int32, _ says: @Sendable ([UInt8]) -> [UInt8]) {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(file, &chunk, chunk.count, 0)
      guard count > 0 else { break }
      let piece = Array(chunk[..<count])
      state.withLock { $0 += piece }
      let answer = says(piece)
      if !answer.isEmpty { send(file, answer, answer.count, Int32(MSG_NOSIGNAL)) }
    }
    close(file)
  }
}

struct PlainFailure: Error {}

/// A client whose reads give up after 5 s.
final class PlainClient: Sendable {
  private let file: Int32

  init(_ port: Int) throws {
    file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw PlainFailure() }
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(file) }

  func say(_ bytes: [UInt8]) { _ = send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

  func say(_ text: String) { say(Array(text.utf8)) }

  /// So many bytes, or fewer where the connection ends.
  func hear(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < count {
      let got = recv(file, &chunk, min(chunk.count, count - bytes.count), 0)
      guard got > 0 else { break }
      bytes += chunk[..<got]
    }
    return bytes
  }

  /// The connection ends, by an orderly close or a reset, before anything else comes.
  var isEnded: Bool {
    var byte: UInt8 = 0
    let got = recv(file, &byte, 1, 0)
    return got == 0 || (got < 0 && errno == ECONNRESET)
  }
}

private func loopback(_ port: Int) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
  return address
}
