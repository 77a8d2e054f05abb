import Foundation
import Glibc
import Synchronization

/// Listens on a free port of loopback, on a thread of its own, and hands every client on, connected with another port
/// there or alone.
final class ProxyListener: Sendable {
  let port: Int
  private let file: Int32
  private let shared = Shared()

  private final class Shared: Sendable {
    let stopped = Mutex(false)
  }

  /// - Parameters:
  ///   - target: the port on loopback that clients are connected with.
  ///   - refuses: asked for each client; a refused one sees a line that closes at once.
  ///   - connected: takes over both descriptors.
  convenience init(
    to target: Int, backlog: Int32, name: String, refuses: @escaping @Sendable () -> Bool = { false },
    connected: @escaping @Sendable (_ client: Int32, _ server: Int32) -> Void
  ) throws(LabError) {
    try self.init(backlog: backlog, name: name) { client in
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard !refuses(), server >= 0, withAddress("127.0.0.1", target, { connect(server, $0, $1) == 0 })
      else {
        // Refused, or nobody listens there: the client sees a line that closes at once.
        close(client)
        if server >= 0 { close(server) }
        return
      }
      connected(client, server)
    }
  }

  /// - Parameter accepted: takes over the client's descriptor, on the listening thread.
  init(
    backlog: Int32, name: String, accepted: @escaping @Sendable (_ client: Int32) -> Void
  ) throws(LabError) {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0, withAddress("127.0.0.1", 0, { bind(file, $0, $1) == 0 }), listen(file, backlog) == 0
    else {
      if file >= 0 { close(file) }
      throw LabError(.resources, "no port for a proxy: \(String(cString: strerror(errno)))")
    }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(file, $0, &length) }
    }
    port = Int(in_port_t(bigEndian: address.sin_port))
    self.file = file
    let thread = Thread { [shared] in
      while let client = Self.next(file) {
        if shared.stopped.withLock({ $0 }) {
          close(client)
          break
        }
        accepted(client)
      }
      close(file)
    }
    thread.name = name
    thread.start()
  }

  /// Lets nobody in any more. False where it was stopped before.
  func stop() -> Bool {
    let first = shared.stopped.withLock { stopped in
      defer { stopped = true }
      return !stopped
    }
    // The accepting thread closes it: nobody else may get its number before.
    if first { shutdown(file, Int32(SHUT_RDWR)) }
    return first
  }

  private static func next(_ file: Int32) -> Int32? {
    while true {
      let client = Glibc.accept(file, nil, nil)
      if client < 0 && errno == EINTR { continue }
      return client >= 0 ? client : nil
    }
  }
}
