import CallPolicy
import CallTracking
import Dialer
public import Foundation
import Store
public import Telephony

/// The whole story of one number: what happened, what was decided and why, what comes next.
public struct Explanation: Sendable, Encodable {
  /// One thing that happened or was decided.
  public struct Line: Sendable, Encodable {
    /// Microseconds since 1970 UTC.
    public let at: Timestamp
    /// `contact`, `call`, `missed_call`, `job`, `attempt` or `decision`.
    public let kind: String
    public let sentence: String
  }

  public let number: String
  public let lines: [Line]
  /// What comes next, in a sentence.
  public let next: String
  public let doNotCall: Bool

  /// Characters of one sentence on a terminal, at most.
  static let sentenceMax = 1_000

  /// - Parameter held: the campaigns that begin nothing now, and why.
  init(_ story: NumberStory, zone: TimeZone, now: Timestamp, held: [CampaignName: String] = [:]) {
    number = story.number
    doNotCall = story.doNotCall
    let local = LocalTime(zone: zone)
    lines = story.contacts.map(Self.line) + story.entries.map { Self.line($0, local) }
    next = Self.next(story, local, now, held)
  }

  /// For a terminal: a line each, then what comes next.
  public func text(zone: TimeZone) -> String {
    let local = LocalTime(zone: zone)
    var text = PrintableText(number).description + (doNotCall ? "  (on the do-not-call list)" : "") + "\n"
    if lines.isEmpty { text += "Nothing is known of this number.\n" }
    for line in lines {
      text += "\(local.text(line.at))  \(PrintableText(line.sentence, limit: Self.sentenceMax))\n"
    }
    return text + "Next: \(PrintableText(next, limit: Self.sentenceMax))\n"
  }

  private static func line(_ entry: NumberStory.Entry, _ local: LocalTime) -> Line {
    switch entry {
    case .call(let call): Line(at: call.endedAt, kind: "call", sentence: sentence(call, local))
    case .missedCall(let missed): Line(at: missed.at, kind: "missed_call", sentence: sentence(missed))
    case .job(let job): Line(at: job.createdAt, kind: "job", sentence: sentence(job))
    case .attempt(let attempt): Line(at: attempt.startedAt, kind: "attempt", sentence: sentence(attempt))
    case .decision(let decision): Line(at: decision.at, kind: "decision", sentence: "  → \(decision.reason)")
    }
  }

  private static func sentence(_ call: StoredCall, _ local: LocalTime) -> String {
    let to = call.did.isEmpty ? "" : " at \(PrintableText(call.did))"
    let began = "\(local.time(call.startedAt))"
    let how: String
    switch call.direction {
    case .inbound: how = "Called in on \(call.pbx)\(to) at \(began)"
    case .outbound where call.attempt != nil: how = "Was called back from \(call.pbx) at \(began)"
    case .outbound: how = "Was dialled by hand from \(call.pbx) at \(began)"
    case .internal: how = "Internal call on \(call.pbx) at \(began)"
    }
    guard call.answered else { return how + "; nobody talked with him." }
    return how + "; talked \(call.talk.shown) with \(PrintableText(call.answeredBy ?? "somebody"))."
  }

  private static func sentence(_ missed: MissedCall) -> String {
    var text = "Missed: lost at \(missed.lostAt?.rawValue ?? "other")"
    if let queue = missed.queue { text += " \(queue)" }
    text += " after \(missed.wait.shown)"
    if let ending = missed.ending { text += " (\(ending.rawValue.replacing("_", with: " ")))" }
    if missed.short { text += ", a short abandon" }
    if !missed.membersRung.isEmpty {
      text += "; rang \(missed.membersRung.map { PrintableText($0).description }.joined(separator: ", "))"
    }
    return text + "."
  }

  private static func line(_ contact: StoredContact) -> Line {
    var text = "Contact \(PrintableText(contact.key ?? contact.id.description)) of \(contact.campaign)"
    text += ", from \(PrintableText(contact.source)) line \(contact.line), \(contact.phones.count) phones"
    text += "; disposition \(PrintableText(contact.disposition))"
    if !contact.note.isEmpty { text += "; note: \(PrintableText(contact.note, limit: 400))" }
    return Line(at: contact.importedAt, kind: "contact", sentence: text + ".")
  }

  private static func sentence(_ job: Job) -> String {
    "Callback job \(job.id) of \(job.campaign), now \(job.state.rawValue): \(PrintableText(job.reason, limit: 400))"
  }

  private static func sentence(_ attempt: AttemptRecord) -> String {
    var text = "Attempt \(attempt.n)"
    if let agent = attempt.agent {
      text += " with \(agent) (\(attempt.agentResult.rawValue.replacing("_", with: " ")))"
    }
    text += ": customer \(attempt.customerResult.rawValue.replacing("_", with: " "))"
    if attempt.talk > .zero { text += ", talked \(attempt.talk.shown)" }
    if let cause = attempt.cause { text += ", \(cause)" }
    guard let outcome = attempt.outcome else { return text + "; it is going on (\(attempt.phase.rawValue))." }
    return text + "; outcome \(outcome.rawValue.replacing("_", with: " "))."
  }

  private static func next(
    _ story: NumberStory, _ local: LocalTime, _ now: Timestamp, _ held: [CampaignName: String]
  ) -> String {
    let open = story.jobs.filter { $0.state.isOpen }
    guard !open.isEmpty else { return "nothing; no callback is owed." }
    return open.map { job in
      if job.heldOut { return "job of \(job.campaign) is left alone: it belongs to the hold-out share." }
      switch job.state {
      case .working: return "a callback for \(job.campaign) is being made now."
      default:
        if let why = held[job.campaign] { return "the job of \(job.campaign) waits: \(why)." }
        let when = job.dueAt <= now ? "as soon as an agent is free" : "not before \(local.text(job.dueAt))"
        return "a callback for \(job.campaign), \(when), given up at \(local.text(job.expiresAt))."
      }
    }.joined(separator: " ")
  }
}

/// Times as a person reads them, in one zone.
struct LocalTime {
  private let day: Date.VerbatimFormatStyle
  private let clock: Date.VerbatimFormatStyle

  init(zone: TimeZone) {
    let calendar = Calendar(identifier: .gregorian)
    day = Date.VerbatimFormatStyle(
      format: """
        \(year: .padded(4))-\(month: .twoDigits)-\(day: .twoDigits) \
        \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)
        """, timeZone: zone, calendar: calendar)
    clock = Date.VerbatimFormatStyle(
      format: """
        \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits)
        """, timeZone: zone, calendar: calendar)
  }

  /// `2026-11-22 16:45:01`
  func text(_ at: Timestamp) -> String { Date(timeIntervalSince1970: at.seconds).formatted(day) }
  /// `16:45:01`
  func time(_ at: Timestamp) -> String { Date(timeIntervalSince1970: at.seconds).formatted(clock) }
}

extension Duration {
  /// `8 s`, `4 min 5 s`, `2 h 10 min`.
  var shown: String {
    let total = Int(inSeconds.rounded())
    switch total {
    case ..<60: return "\(total) s"
    case ..<3_600: return total % 60 == 0 ? "\(total / 60) min" : "\(total / 60) min \(total % 60) s"
    default: return total / 60 % 60 == 0 ? "\(total / 3_600) h" : "\(total / 3_600) h \(total / 60 % 60) min"
    }
  }
}
