import Dispatch
import Foundation
import Glibc

/// The way to the service manager that started us: readiness, status and the watchdog, as sd_notify(3) of systemd has
/// it. One datagram for each notice; nobody answers.
final class ServiceManager: Sendable {
  /// The manager restarts the service when no `WATCHDOG=1` came for so long; nil where it does not watch.
  let watchdog: Duration?
  private let address: [UInt8]
  private let descriptor: Int32

  /// Nil where no manager asked to be told (`NOTIFY_SOCKET`), or its socket cannot be one.
  ///
  /// - Parameters:
  ///   - environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID` are read.
  ///   - processID: our own; the watchdog of another process is not ours.
  init?(environment: [String: String], processID: Int32 = getpid()) {
    guard let path = environment["NOTIFY_SOCKET"], let first = path.utf8.first,
      path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    else { return nil }
    switch first {
    case UInt8(ascii: "/"): address = Array(path.utf8)
    // An abstract socket: its name begins with a zero byte.
    case UInt8(ascii: "@"): address = [0] + path.utf8.dropFirst()
    default: return nil
    }
    let isOurs = environment["WATCHDOG_PID"].map { Int32($0) == processID } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
    watchdog = isOurs && microseconds > 0 ? .microseconds(microseconds) : nil
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  /// What a manager may be told.
  enum Notice: Sendable, Equatable {
    /// The service does its work.
    case ready
    case reloading
    case stopping
    case alive
    /// One line for `systemctl status`.
    case status(String)
  }

  /// Tells; false where the manager did not take it (its queue is full, it is gone). Never waits.
  @discardableResult
  func tell(_ notices: Notice...) -> Bool {
    let text = notices.map(Self.line).joined(separator: "\n")
    var to = sockaddr_un()
    to.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &to.sun_path) { $0.copyBytes(from: address) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
    let sent = withUnsafePointer(to: &to) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
      }
    }
    return sent == text.utf8.count
  }

  private static func line(_ notice: Notice) -> String {
    switch notice {
    case .ready: return "READY=1"
    case .reloading:
      // Newer managers (Type=notify-reload) ask when the reload began.
      return "RELOADING=1\nMONOTONIC_USEC=\(DispatchTime.now().uptimeNanoseconds / 1_000)"
    case .stopping: return "STOPPING=1"
    case .alive: return "WATCHDOG=1"
    case .status(let sentence): return "STATUS=\(PrintableText(sentence, limit: 400))"
    }
  }
}
