import Foundation
import Glibc
import Testing

@testable import Service

@Suite struct `The watchdog` {
  static let start = ContinuousClock.now

  private func signs(
    answered: Duration = .zero, up: Bool = true, pong: Duration? = .zero, tried: Duration? = .zero
  ) -> LifeSigns {
    LifeSigns(
      parts: [.init(name: "event loop 1", answeredAt: Self.start + answered)],
      links: [
        .init(
          name: "pbx1", isUp: up, pongAt: pong.map { Self.start + $0 }, triedAt: tried.map { Self.start + $0 }
        )
      ], since: Self.start)
  }

  @Test func `is fed while everything answers`() {
    #expect(signs(answered: .seconds(55), pong: .seconds(58)).problem(at: Self.start + .seconds(60)) == nil)
  }

  @Test func `is not fed when an event loop does not turn`() {
    let problem = signs(answered: .seconds(40), pong: .seconds(59)).problem(at: Self.start + .seconds(51))
    #expect(problem == "event loop 1 has not answered for 11 s")
  }

  @Test func `is not fed when AMI counts as up and answers no Ping`() {
    let problem = signs(answered: .seconds(60), pong: .seconds(40)).problem(at: Self.start + .seconds(60))
    #expect(problem?.contains("no Ping was answered") == true)
  }

  @Test func `is fed when a PBX is away, as long as it is tried again`() {
    let trying = signs(answered: .seconds(600), up: false, pong: .seconds(1), tried: .seconds(560))
    #expect(trying.problem(at: Self.start + .seconds(600)) == nil)
    let given = signs(answered: .seconds(600), up: false, pong: .seconds(1), tried: .seconds(500))
    #expect(given.problem(at: Self.start + .seconds(600))?.contains("nothing was tried") == true)
  }

  @Test func `gives a fresh start its time`() {
    #expect(signs(answered: .zero, pong: nil, tried: nil).problem(at: Self.start + .seconds(9)) == nil)
  }
}

@Suite struct `The service manager` {
  /// A datagram socket as systemd has one, and what came to it.
  private final class Listener {
    let path: String
    private let descriptor: Int32

    init(_ name: String = "/tmp/pz-notify-\(UUID().uuidString.prefix(8))") {
      path = name
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = Array(name.utf8)
      withUnsafeMutableBytes(of: &address.sun_path) { target in
        for (index, byte) in bytes.enumerated() { target[index] = byte == UInt8(ascii: "@") ? 0 : byte }
      }
      let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
      _ = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
      }
    }

    func next() -> String {
      var buffer = [UInt8](repeating: 0, count: 2_048)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    deinit {
      close(descriptor)
      unlink(path)
    }
  }

  @Test(arguments: ["/tmp/pz-notify-\(getpid())", "@pz-notify-\(getpid())"])
  func `is told over a socket of either kind`(
    path: String
  ) throws {
    let listener = Listener(path)
    let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": path]))
    #expect(manager.tell(.ready, .status("two\nlines")))
    let told = listener.next().split(separator: "\n")
    // What somebody put into a sentence begins no line of its own.
    #expect(told.count == 2 && told[0] == "READY=1" && told[1].hasPrefix("STATUS=two"))
    manager.tell(.alive)
    #expect(listener.next() == "WATCHDOG=1")
    manager.tell(.reloading)
    #expect(listener.next().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
  }

  @Test func `is not there where nobody asked, and its watchdog is not ours where it names another process`()
    throws
  {
    #expect(ServiceManager(environment: [:]) == nil)
    #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "relative"]) == nil)
    let environment = ["NOTIFY_SOCKET": "/tmp/nobody", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "17"]
    #expect(try #require(ServiceManager(environment: environment, processID: 17)).watchdog == .seconds(30))
    let stranger = try #require(ServiceManager(environment: environment, processID: 18))
    #expect(stranger.watchdog == nil)
    // Nobody listens there: that ends nothing.
    #expect(!stranger.tell(.ready))
  }
}
