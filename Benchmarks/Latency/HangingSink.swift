import Foundation
import Lab

/// 10,000 notifications for a webhook that takes connections and never answers, beside whatever is measured: what
/// hangs there must cost dialling nothing.
struct HangingSink {
  static let queued = 10_000
  private let sink: HTTPSink

  init() throws { sink = try HTTPSink { _, _ in nil } }

  private var url: String { "http://127.0.0.1:\(sink.port)/hook" }

  /// What the service is configured with: everything that happens is told there, too.
  var configuration: String {
    """
    notify:
      allow_private: [127.0.0.1]
      rules: [{on: "*", webhook: {url: "\(url)"}}]

    """
  }

  /// Puts them into the outbox, each of a job of its own, all of them due.
  func queue(_ books: DatabaseSession) throws {
    _ = try books.rows(
      """
      INSERT INTO perezvon.outbox (key, event, sink, stream, payload, created_at, due_at)
      SELECT gen_random_uuid(), 'missed_call',
        'webhook http://127.0.0.1:\(sink.port) ' || left(encode(sha256(convert_to('\(url)', 'UTF8')), 'hex'), 8),
        'job ' || n, '{"webhook": {"body": "{}", "event": "missed_call"}}', now(), now()
      FROM generate_series(1, \(Self.queued)) n
      """)
  }

  /// Nothing went lost, and the far end was really tried.
  func check(_ books: DatabaseSession, _ report: inout Report) throws {
    let waiting = try books.count("SELECT count(*) FROM perezvon.outbox WHERE state = 'waiting'")
    report.check("\(waiting) notifications wait, \(sink.requests.count) were begun", waiting >= Self.queued)
    report.check("the sink was tried", !sink.requests.isEmpty)
  }
}
