internal import CallPolicy
internal import Telephony

/// What no single key can know: names that must exist or be different, keys that need each other. Looks at
/// whatever could be read, so that its mistakes are reported together with the others.
struct ReferenceCheck {
  private(set) var mistakes: [SettingsErrors.Mistake] = []

  mutating func run(_ root: ConfigurationNode) {
    unique(root["pbx"], what: "PBX")
    unique(root["campaigns"], what: "campaign")
    let calendars = root["calendars"]?.table.map(\.key)
    let pbxs = (root["pbx"]?.list ?? []).compactMap { $0["name"]?.text }
    for campaign in root["campaigns"]?.list ?? [] {
      check(campaign: campaign, calendars: calendars ?? [])
      check(pbxOf: campaign, known: pbxs)
      check(outbound: campaign, region: root["numbers"]?["region"]?.text)
    }
    checkSharedAgents(root["campaigns"]?.list ?? [])
    if let region = root["numbers"]?["region"]?.text, let plan = PhoneNumberPlan(region: region) {
      numbers(root, plan)
    }
    if let notify = root["notify"] { check(notify: notify, calendars: calendars ?? []) }
    if let tasks = root["tasks"] { check(calendarOf: tasks, known: calendars ?? []) }
  }

  mutating func report(_ node: ConfigurationNode, _ message: String) {
    mistakes.append(.init(line: node.line, column: node.column, message: message))
  }

  private mutating func unique(_ list: ConfigurationNode?, what: String) {
    var lines: [String: Int] = [:]
    for name in (list?.list ?? []).compactMap({ $0["name"] }) {
      if let line = lines[name.text] {
        report(
          name, "another \(what) is called \"\(Shown.text(name.text))\" in line \(line); rename one of them")
      } else {
        lines[name.text] = name.line
      }
    }
  }

  private mutating func check(pbxOf campaign: ConfigurationNode, known: [String]) {
    guard let pbx = campaign["pbx"], !known.contains(pbx.text) else { return }
    let near = Nearest.word(to: pbx.text, in: known)
    let hint = near.map { "did you mean \"\($0)\"?" } ?? "take one of \(known.joined(separator: ", "))"
    report(pbx, "\(pbx.path) names \"\(Shown.text(pbx.text))\", which is no PBX; \(hint)")
  }

  private mutating func check(calendarOf node: ConfigurationNode, known calendars: [String]) {
    guard let calendar = node["calendar"], !calendars.contains(calendar.text) else { return }
    let near = Nearest.word(to: calendar.text, in: calendars)
    let hint = near.map { "did you mean \"\($0)\"?" } ?? "add it to calendars"
    report(
      calendar, "\(calendar.path) names \"\(Shown.text(calendar.text))\", which is no calendar; \(hint)")
  }

  private mutating func check(campaign: ConfigurationNode, calendars: [String]) {
    check(calendarOf: campaign, known: calendars)
    if let start = campaign["start_after"], let end = campaign["expire_after"], start.duration >= end.duration
    {
      report(
        start.given ? start : end,
        "start_after in \(campaign.path) must be less than expire_after, "
          + "or every job expires before its first dial"
      )
    }
    guard let mode = campaign["mode"].flatMap({ CampaignMode(rawValue: $0.text) }) else { return }
    switch mode {
    case .clientFirst where campaign["connect"] == nil:
      report(
        campaign,
        "mode client_first needs \"connect\" in \(campaign.path); add where an answered customer goes")
    case .message where campaign["message"] == nil:
      report(
        campaign, "mode message needs \"message\" in \(campaign.path); add what an answered customer hears")
    case .agentFirst, .clientFirst, .preview, .progressive, .predictive:
      if SettingsBuilder.agentQueue(of: campaign) == nil {
        report(
          campaign["agents"]?.given == true ? campaign["agents"] ?? campaign : campaign,
          "agents.queue is missing in \(campaign.path); name the queue whose members call back")
      }
    case .message, .observe: break
    }
  }

  /// Numbers of the company's own must be readable, or they would guard nothing.
  private mutating func numbers(_ root: ConfigurationNode, _ plan: PhoneNumberPlan) {
    let own = (root["pbx"]?.list ?? []).flatMap { $0["own_numbers"]?.list ?? [] }
    let told = (root["notify"]?["rules"]?.list ?? []).flatMap { $0["sms_to"]?.list ?? [] }
    for node in own + told.filter({ $0.text != "customer" }) where plan.read(node.text).e164 == nil {
      report(
        node,
        "\(node.path) is no phone number of \(plan.region) or of the world: "
          + "\"\(Shown.text(node.text))\"; write it with + and country code")
    }
  }

  private mutating func check(notify: ConfigurationNode, calendars: [String]) {
    for rule in notify["rules"]?.list ?? [] {
      check(calendarOf: rule, known: calendars)
      let email = rule["email"]?.list ?? []
      if email.isEmpty, rule["sms_to"] == nil, rule["webhook"] == nil, rule["task"]?.boolean != true {
        report(rule, "\(rule.path) tells nobody; add \"email\", \"sms_to\" or \"webhook\"")
      }
      if let first = email.first, notify["smtp"] == nil {
        report(first, "\(rule.path) sends mail, but notify.smtp is missing; add it")
      }
      if let sms = rule["sms_to"] {
        if notify["sms"] == nil {
          report(sms, "\(rule.path) sends a text message, but notify.sms is missing; add it")
        }
        if rule["text"] == nil {
          report(sms, "\(rule.path) sends a text message without \"text\"; add what it says")
        }
      }
      let isDigest = rule["on"]?.texts.contains(NotifySettings.Event.digest.rawValue) == true
      if isDigest, rule["every"] == nil, rule["at"]?.list.isEmpty != false {
        report(
          rule, "\(rule.path) is a digest without \"every\" or \"at\"; add how often, such as `every: 15m`")
      }
    }
  }
}
