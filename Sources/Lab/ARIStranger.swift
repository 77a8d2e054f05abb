import Foundation
import Glibc
import Synchronization

/// Another program that opens a websocket for the same Stasis application: Asterisk gives it the application and
/// tells the one before `ApplicationReplaced`, whose websocket stays open and mute.
public final class ARIStranger: Sendable {
  private let file: Mutex<Int32?>

  /// Connects and takes the application; returns when Asterisk has accepted it. Blocks for a moment.
  public init(at pbx: LabPBX, application: String = "perezvon") throws(LabError) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0, withAddress("127.0.0.1", pbx.ariPort, { connect(socket, $0, $1) == 0 }) else {
      if socket >= 0 { close(socket) }
      throw LabError(.disconnected, "ARI does not answer at port \(pbx.ariPort)")
    }
    let credentials = Data("\(pbx.ariUser):\(pbx.ariPassword)".utf8).base64EncodedString()
    let request =
      "GET /ari/events?app=\(application) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
      + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      + "Authorization: Basic \(credentials)\r\n\r\n"
    var answer = [UInt8](repeating: 0, count: 1_024)
    let sent = Array(request.utf8).withUnsafeBytes {
      send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    let count = sent == request.utf8.count ? recv(socket, &answer, answer.count, 0) : 0
    guard String(decoding: answer.prefix(max(0, count)), as: UTF8.self).hasPrefix("HTTP/1.1 101") else {
      close(socket)
      throw LabError(.refused, "ARI refused a second websocket")
    }
    file = Mutex(socket)
  }

  deinit { leave() }

  /// Closes the websocket; the application is nobody's then.
  public func leave() {
    file.withLock { file in
      if let file { close(file) }
      file = nil
    }
  }
}
