import CallPolicy
import Foundation
import Telephony

/// A mail of text and HTML as a mail server takes it (RFC 5322, RFC 2045 to 2047): ASCII only, whatever is in it.
struct MailMessage: Sendable {
  var from: String
  var to: [String]
  var subject: String
  var text: String
  var html: String
  var date: Timestamp
  /// The same for a mail that is sent again, so that its reader sees that it is the same.
  var key: UniqueID

  /// Characters of a subject, at most.
  static let subjectMax = 250

  /// Header and body, lines ended by CR LF.
  var bytes: [UInt8] {
    let boundary = "=_pz_\(key)"
    let domain = from.split(separator: "@").last.map(String.init) ?? "localhost"
    let headers = [
      "Date: \(Self.date(date))",
      "From: Perezvon <\(Self.harmless(from))>",
      "To: " + to.map { "<\(Self.harmless($0))>" }.joined(separator: ",\r\n "),
      "Subject: " + Self.encodedWords(String(subject.prefix(Self.subjectMax))),
      "Message-ID: <\(key)@\(Self.harmless(domain))>",
      "Auto-Submitted: auto-generated",
      "X-Perezvon-Key: \(key)",
      "MIME-Version: 1.0",
      "Content-Type: multipart/alternative; boundary=\"\(boundary)\"",
    ]
    let parts = [("text/plain", text), ("text/html", html)].filter { !$0.1.isEmpty }.map { type, content in
      "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + Self.base64(content)
    }
    let lines = headers.joined(separator: "\r\n") + "\r\n\r\n" + parts.joined() + "--\(boundary)--\r\n"
    return Array(lines.utf8)
  }

  /// Lines of 76 characters.
  private static func base64(_ text: String) -> String {
    let encoded = Array(Data(text.utf8).base64EncodedString().utf8)
    var lines = ""
    for start in stride(from: 0, to: encoded.count, by: 76) {
      lines += String(decoding: encoded[start..<min(start + 76, encoded.count)], as: UTF8.self) + "\r\n"
    }
    return lines
  }

  /// Encoded words of at most 75 characters (RFC 2047 section 2), cut between characters; plain ASCII stays.
  static func encodedWords(_ text: String) -> String {
    let clean = ContentEscape.text.escapeText(text)
    if clean.utf8.count <= 60, clean.utf8.allSatisfy({ $0 >= 32 && $0 < 127 }), !clean.contains("=?") {
      return clean
    }
    var words: [String] = []
    var piece: [UInt8] = []
    func close() {
      if !piece.isEmpty { words.append("=?UTF-8?B?\(Data(piece).base64EncodedString())?=") }
      piece = []
    }
    for scalar in clean.unicodeScalars {
      let bytes = Array(String(Character(scalar)).utf8)
      if piece.count + bytes.count > 42 { close() }
      piece += bytes
    }
    close()
    return words.joined(separator: "\r\n ")
  }

  /// An address of the configuration: it has no control characters, and gets no brackets here either.
  private static func harmless(_ address: String) -> String {
    String(
      address.unicodeScalars.filter { $0.isASCII && $0.value > 32 && !"<>,;\"\\".unicodeScalars.contains($0) }
    )
  }

  /// `Sun, 22 Nov 2026 16:40:01 +0000`.
  private static func date(_ moment: Timestamp) -> String {
    let (date, second) = WorkingCalendar(zone: UTCZone(), open: [:]).wallClock(at: moment)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    return
      "\(date.weekday.rawValue.capitalized), \(date.day) \(months[date.month - 1]) \(date.year) \(time) +0000"
  }
}
