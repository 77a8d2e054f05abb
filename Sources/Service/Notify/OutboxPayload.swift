import Foundation

/// What a row of the outbox says: exactly one of the three. JSON in the books.
struct OutboxPayload: Codable, Sendable, Equatable {
  struct Mail: Codable, Sendable, Equatable {
    var to: [String]
    var subject: String
    var text: String
    var html: String
  }

  struct Text: Codable, Sendable, Equatable {
    /// E.164.
    var to: String
    var text: String
  }

  struct Webhook: Codable, Sendable, Equatable {
    var body: String
    var event: String
  }

  var mail: Mail?
  var text: Text?
  var webhook: Webhook?

  var json: String {
    (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// Nil where the text is no such JSON.
  init?(json: String) {
    guard let read = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = read
  }

  init(mail: Mail? = nil, text: Text? = nil, webhook: Webhook? = nil) {
    self.mail = mail
    self.text = text
    self.webhook = webhook
  }
}
