import Service
import WebAPI

/// The floor as text, for a terminal: who waits, who is free, who is owed a call.
struct FloorScreen {
  let status: StatusDocument
  let colors: Bool

  init(_ status: StatusDocument, colors: Bool) {
    self.status = status
    self.colors = colors
  }

  /// At most `rows` lines; all of it where nil.
  func text(rows: Int?) -> String {
    var lines = [heading]
    for pbx in status.pbxs { lines += self.lines(pbx) }
    lines += jobLines
    if let rows, lines.count > rows { lines = Array(lines.prefix(max(1, rows - 1))) + ["…"] }
    return lines.joined(separator: "\n")
  }

  private enum Ink: String {
    case red = "31", green = "32", yellow = "33", cyan = "36", bold = "1", grey = "90"
  }

  private func ink(_ color: Ink, _ text: String) -> String {
    colors ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
  }

  private var heading: String {
    let open = (status.jobs["waiting"] ?? 0) + (status.jobs["working"] ?? 0)
    let database =
      status.database.up ? "" : "  " + ink(.red, "PostgreSQL: \(PrintableText(status.database.problem))")
    return ink(.bold, "Perezvon \(PrintableText(status.instance, limit: 60))")
      + "  owed \(open)  due now \(status.jobsDue)  done \(status.jobs["succeeded"] ?? 0)"
      + "  came back \(status.jobs["recovered"] ?? 0)\(database)"
  }

  private func lines(_ pbx: StatusDocument.PBX) -> [String] {
    var lines = [
      "",
      ink(.bold, PrintableText(pbx.name, limit: 40).description) + "  \(PrintableText(pbx.version))  "
        + state(pbx),
    ]
    for queue in pbx.queues {
      let longest = queue.waiting.map(\.wait).max().map { ", longest \(clock($0))" } ?? ""
      let waiting =
        queue.waiting.isEmpty
        ? ink(.grey, "nobody waits") : ink(.yellow, "\(queue.waiting.count) wait\(longest)")
      lines.append("  queue \(PrintableText(queue.name, limit: 40)): \(waiting)")
      for member in queue.members { lines.append("    " + self.line(member)) }
    }
    for call in pbx.calls {
      lines.append(
        "  call \(PrintableText(call.direction, limit: 10)) \(PrintableText(call.number, limit: 20))"
          + "  \(PrintableText(call.stage, limit: 50))  \(clock(call.age))"
      )
    }
    for attempt in pbx.attempts {
      lines.append(
        ink(
          .cyan,
          "  callback \(PrintableText(attempt.number, limit: 20)) with \(PrintableText(attempt.agent, limit: 80)): "
            + "\(PrintableText(attempt.phase, limit: 20))  \(clock(attempt.age))"
        ))
    }
    return lines
  }

  private func state(_ pbx: StatusDocument.PBX) -> String {
    if !pbx.ami.up { return ink(.red, "AMI down: \(PrintableText(pbx.ami.problem))") }
    if !pbx.ari.up { return ink(.red, "ARI down: \(PrintableText(pbx.ari.problem))") }
    return pbx.dialing
      ? ink(.green, "dialling") : ink(.yellow, "not dialling: \(PrintableText(pbx.notDialing))")
  }

  private func line(_ member: StatusDocument.Member) -> String {
    let color: Ink =
      switch member.state {
      case "free": .green
      case "callback", "wrap_up": .cyan
      case "unavailable": .grey
      default: .yellow
      }
    let interface = PrintableText(member.interface, limit: 80).description.padding(16)
    let reason =
      member.reason.isEmpty ? "" : "  " + ink(.grey, PrintableText(member.reason, limit: 30).description)
    return
      "\(interface) \(ink(color, PrintableText(member.state, limit: 20).description.padding(12))) \(clock(member.since))\(reason)"
  }

  private var jobLines: [String] {
    guard !status.nextJobs.isEmpty else { return ["", ink(.grey, "Nobody waits for a callback.")] }
    return ["", ink(.bold, "Waiting for a callback")]
      + status.nextJobs.map { job in
        let due = job.dueIn <= 0 ? ink(.yellow, "due now") : "due in \(clock(job.dueIn))"
        let what = "\(PrintableText(job.number, limit: 20))  \(PrintableText(job.campaign, limit: 60))"
        return "  \(what)  \(due)  missed \(job.missedCount)  dialled \(job.attempts)"
      }
  }

  private func clock(_ seconds: Int) -> String {
    let (hours, rest) = seconds.quotientAndRemainder(dividingBy: 3_600)
    let pair = "\(rest / 60):" + (rest % 60 < 10 ? "0" : "") + "\(rest % 60)"
    return hours > 0 ? "\(hours) h \(pair)" : pair
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String {
    count >= width ? self : self + String(repeating: " ", count: width - count)
  }
}
