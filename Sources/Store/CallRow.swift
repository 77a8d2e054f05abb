import CallPolicy
import CallTracking
import Telephony

/// Calls, missed calls and queue entries as rows.
enum CallRow {
  /// Steps of one missed call's evidence, at most; the latest are kept.
  static let evidenceMax = 500

  // No ON CONFLICT: a row that came meanwhile must undo the whole transaction, which is then begun anew.
  private static let insertCall = Statement(
    "call insert",
    """
    INSERT INTO perezvon.calls (pbx, linkedid, channel, direction, started_at, ended_at, number, number_kind,
      customer_name, did, queue, answered, answered_by, wait, talk, lost_at, ending, hangup_cause, short,
      attempt)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
    """)

  static func insert(_ call: CallRecord, caller: CallerNumber, short: Bool) -> Statement.Call {
    insertCall.with(
      .text(call.pbx), .text(call.linkedID), .text(call.channel), .word(call.direction),
      .time(call.startedAt), .time(call.endedAt), .text(caller.shown), .word(kind(caller)),
      .text(call.rawName), .text(call.did), .text(call.queue), .bool(call.answered), .text(call.answeredBy),
      .span(call.wait), .span(call.talk), .word(call.lostAt), .word(call.ending), .int(call.cause.rawValue),
      .bool(short), .uuid(call.attempt?.id))
  }

  private static let insertMissed = Statement(
    "missed call insert",
    """
    INSERT INTO perezvon.missed_calls (pbx, linkedid, at, number, number_kind, customer_name, did, queue,
      wait, lost_at, ending, members_rung, short, evidence, job, no_job_reason)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    """)

  static func insertMissed(
    _ call: CallRecord, caller: CallerNumber, verdict: CallVerdict
  ) -> Statement.Call {
    let reason = verdict.job == nil ? verdict.noJobReason ?? "No reason was given." : nil
    return insertMissed.with(
      .text(call.pbx), .text(call.linkedID), .time(call.endedAt), .text(caller.shown), .word(kind(caller)),
      .text(call.rawName), .text(call.did), .text(call.queue), .span(call.wait), .word(call.lostAt),
      .word(call.ending), .texts(call.membersRung), .bool(verdict.short), .json(json(call.evidence)),
      .uuid(verdict.job?.id), .text(reason))
  }

  private static let insertEntry = Statement(
    "queue entry insert",
    """
    INSERT INTO perezvon.queue_entries (pbx, channel, join_n, linkedid, queue, joined_at, left_at, result,
      member, position)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
    """)

  static func insert(_ entry: QueueEntryRecord) -> Statement.Call {
    insertEntry.with(
      .text(entry.pbx), .text(entry.channel), .int(entry.join), .text(entry.linkedID), .text(entry.queue),
      .time(entry.joinedAt), .time(entry.leftAt), .word(entry.result), .text(entry.member),
      .int(entry.position))
  }

  private static func kind(_ caller: CallerNumber) -> PhoneNumberKind? {
    switch caller {
    case .number(_, let kind): kind
    case .hidden, .unreadable: nil
    }
  }

  /// `[{"at": "2026-11-22T16:40:01.250000Z", "what": "joined", "detail": "sales"}, …]`
  static func json(_ evidence: [EvidenceStep]) -> String {
    let steps = evidence.suffix(evidenceMax).map { step in
      "{\"at\":\"\(step.at.iso8601)\",\"what\":\(quoted(step.what)),\"detail\":\(quoted(step.detail))}"
    }
    return "[" + steps.joined(separator: ",") + "]"
  }

  /// A JSON string (RFC 8259 section 7). jsonb cannot hold U+0000: it becomes U+FFFD.
  private static func quoted(_ text: String) -> String {
    var json = "\""
    for scalar in text.unicodeScalars.prefix(Parameter.textMax) {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      case "\u{0}": json += "\u{FFFD}"
      case "\u{1}"..."\u{1F}":
        let hex = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }
}

extension Timestamp {
  /// RFC 3339 in UTC with microseconds. The civil date comes from day numbers counted from 0000-03-01, so
  /// that the leap day is a year's last.
  var iso8601: String {
    func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }
    let bounded = min(max(microseconds, -62_135_596_800_000_000), 253_402_300_799_999_999)
    let days = floorDivide(bounded, 86_400_000_000)
    let rest = bounded - days * 86_400_000_000
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ value: Int64, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }
    let seconds = rest / 1_000_000
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    let time = "\(padded(seconds / 3_600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
    return "\(date)T\(time).\(padded(rest % 1_000_000, 6))Z"
  }
}
