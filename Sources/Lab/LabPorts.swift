import Foundation
import Glibc

/// A block of ports for one lab, held by a file lock for as long as the process lives.
///
/// Blocks lie between 16,000 and 32,000, below the range the kernel gives out by itself (32,768 up).
final class LabPorts: Sendable {
  /// How many ports a block has, and where the blocks of that size lie.
  struct Size: Sendable {
    let ports: Int
    let first: Int
    let blocks: Int

    /// Two Asterisks with their media.
    static let lab = Size(ports: 1_000, first: 20_000, blocks: 12)
    /// A PostgreSQL and what stands beside it.
    static let database = Size(ports: 20, first: 16_000, blocks: 200)
  }

  let base: Int
  private let lock: Int32

  var pbxHTTP: Int { base }
  var pbxAMI: Int { base + 1 }
  var pbxSIP: Int { base + 2 }
  var telcoTrunkSIP: Int { base + 3 }
  var telcoPhonesSIP: Int { base + 4 }
  var telcoAMI: Int { base + 5 }
  var database: Int { base + 6 }
  /// For what stands beside the lab, the service above all.
  var spare: ClosedRange<Int> { base + 8...base + 19 }
  /// Two ports a leg: 240 legs each.
  var pbxRTP: ClosedRange<Int> { base + 20...base + 499 }
  var telcoRTP: ClosedRange<Int> { base + 500...base + 979 }

  init(directory: String, _ size: Size = .lab) throws(LabError) {
    for block in 0..<size.blocks {
      let base = size.first + block * size.ports
      let file = open("\(directory)/ports-\(base).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      guard file >= 0 else { continue }
      if flock(file, LOCK_EX | LOCK_NB) == 0, Self.free(base) {
        self.base = base
        lock = file
        return
      }
      close(file)
    }
    throw LabError(
      .resources,
      "no free ports for a lab from \(size.first) on: \(size.blocks) labs run, or others hold them"
    )
  }

  deinit { release() }

  func release() { flock(lock, LOCK_UN) }

  private static func free(_ base: Int) -> Bool {
    (base..<base + 20).allSatisfy { port in
      bindable(port, SOCK_STREAM, "127.0.0.1")
        && ["127.0.0.1", "127.0.0.2", "127.0.0.3"].allSatisfy { bindable(port, SOCK_DGRAM, $0) }
    }
  }

  private static func bindable(_ port: Int, _ type: __socket_type, _ host: String) -> Bool {
    let file = socket(AF_INET, Int32(type.rawValue), 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    // A server sets this too; without it a port in TIME_WAIT would look taken.
    var yes: Int32 = 1
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    return withAddress(host, port) { bind(file, $0, $1) == 0 }
  }
}

/// Calls a socket function with an IPv4 address.
func withAddress<R>(_ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  inet_pton(AF_INET, host, &address.sin_addr)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}
