import Foundation
import Glibc
import Synchronization

/// A mail server on loopback that keeps what it is given, or stops answering in the middle (RFC 5321).
public final class MailSink: Sendable {
  /// Where it says nothing any more and leaves the connection open.
  public enum Step: String, Sendable, Hashable, CaseIterable {
    case greeting, hello, sender, recipient, data, message
  }

  /// What was handed over, envelope and all.
  public struct Mail: Sendable, Hashable {
    public var sender = ""
    public var recipients: [String] = []
    /// With the dots as they were before they were doubled.
    public var message = ""

    public init(sender: String = "", recipients: [String] = [], message: String = "") {
      self.sender = sender
      self.recipients = recipients
      self.message = message
    }
  }

  public var port: Int { listener.port }
  private let listener: ProxyListener
  private let state: State

  private final class State: Sendable {
    let mails = Mutex<[Mail]>([])
    let hangsAt: Step?
    init(_ hangsAt: Step?) { self.hangsAt = hangsAt }
  }

  public init(hangsAt step: Step? = nil) throws(LabError) {
    let state = State(step)
    self.state = state
    listener = try ProxyListener(backlog: 16, name: "mail sink") { client in
      Thread.detachNewThread {
        Conversation(client, state.hangsAt) { mail in state.mails.withLock { $0.append(mail) } }.run()
      }
    }
  }

  deinit { _ = listener.stop() }

  public var mails: [Mail] { state.mails.withLock { $0 } }

  private struct Conversation {
    let file: Int32
    let hangsAt: Step?
    let keep: (Mail) -> Void
    private var mail = Mail()
    private var unread: [UInt8] = []

    init(_ file: Int32, _ hangsAt: Step?, keep: @escaping (Mail) -> Void) {
      self.file = file
      self.hangsAt = hangsAt
      self.keep = keep
    }

    consuming func run() {
      var own = self
      own.talk()
      close(own.file)
    }

    private mutating func talk() {
      guard say("220 lab", at: .greeting) else { return }
      while let line = line() {
        let verb = line.uppercased()
        let goesOn: Bool
        if verb.hasPrefix("EHLO") || verb.hasPrefix("HELO") {
          goesOn = say("250 lab", at: .hello)
        } else if verb.hasPrefix("MAIL FROM:") {
          mail = Mail(sender: Self.address(in: line))
          goesOn = say("250 ok", at: .sender)
        } else if verb.hasPrefix("RCPT TO:") {
          mail.recipients.append(Self.address(in: line))
          goesOn = say("250 ok", at: .recipient)
        } else if verb == "DATA" {
          goesOn = say("354 go on", at: .data) && takeMessage()
        } else if verb == "QUIT" {
          _ = say("221 bye", at: nil)
          return
        } else {
          goesOn = say("250 ok", at: nil)
        }
        guard goesOn else { return }
      }
    }

    private mutating func takeMessage() -> Bool {
      var lines: [String] = []
      while let line = line() {
        if line == "." {
          mail.message = lines.joined(separator: "\r\n")
          guard hangsAt != .message else { return say("", at: .message) }
          keep(mail)
          return say("250 taken", at: .message)
        }
        lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
      }
      return false
    }

    /// False where the conversation is over: here it hangs, until the client goes.
    private mutating func say(_ text: String, at step: Step?) -> Bool {
      if let step, step == hangsAt {
        while line() != nil {}
        return false
      }
      let bytes = Array((text + "\r\n").utf8)
      return send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    private mutating func line() -> String? {
      while true {
        if let end = unread.firstIndex(of: 10) {
          let line = String(decoding: unread[..<end], as: UTF8.self)
          unread.removeSubrange(...end)
          return line.hasSuffix("\r") ? String(line.dropLast()) : line
        }
        var chunk = [UInt8](repeating: 0, count: 4_096)
        let count = recv(file, &chunk, chunk.count, 0)
        guard count > 0 else { return nil }
        unread += chunk[..<count]
      }
    }

    private static func address(in line: String) -> String {
      guard let begin = line.firstIndex(of: "<"), let end = line.lastIndex(of: ">"), begin < end else {
        return line
      }
      return String(line[line.index(after: begin)..<end])
    }
  }
}
