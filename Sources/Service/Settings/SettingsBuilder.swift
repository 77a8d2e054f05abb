internal import CallPolicy
internal import Telephony

/// Makes the typed settings of a configuration that has no mistake.
struct SettingsBuilder {
  let root: ConfigurationNode

  /// Nil only by a mistake of ours: the descriptions of keys let through what cannot be built.
  func settings() -> Settings? {
    guard let database = root["database"], let numbers = root["numbers"],
      let plan = PhoneNumberPlan(region: numbers["region"]?.text ?? ""),
      let http = http(), let retention = root["retention"], let calendars = calendars()
    else { return nil }
    let pbxs = (root["pbx"]?.list ?? []).compactMap { pbx($0, plan) }
    let campaigns = root["campaigns"]?.list ?? []
    // What we show is ours, too: a callback that a customer's phone passes on comes in as a call from it.
    let shown = campaigns.compactMap { plan.read($0["caller_id"]?.text ?? "").e164 }
    var policy = PolicySettings(
      campaigns: campaigns.map(campaign),
      numbers: NumberRules(
        allow: numbers["allow"]?.texts ?? [], deny: numbers["deny"]?.texts ?? [],
        perNumberPerDay: numbers["per_number_per_day"]?.integer ?? 0,
        perHour: numbers["per_hour"]?.integer ?? 0,
        rangePerHour: numbers["range_per_hour"]?.integer ?? 0),
      ownNumbers: Set(pbxs.flatMap(\.ownNumbers) + shown), calendars: calendars,
      minRedialGap: root["min_redial_gap"]?.duration ?? .zero,
      recoverMaxAge: root["recover_max_age"]?.duration ?? .zero)
    policy.zone = { NamedZones.shared[$0] }
    policy.routing = routing()
    return Settings(
      database: DatabaseSettings(
        url: database["url"]?.secret ?? Secret(""), spool: database["spool"]?.text ?? "",
        pool: database["pool"]?.integer ?? 0),
      http: http,
      instance: InstanceName(root["instance"]?.text ?? SettingsFiles.hostName()),
      pbxs: pbxs, policy: policy, dialing: campaigns.map(dialing), notify: notify(plan),
      tasks: tasks(), losses: losses(),
      retention: RetentionSettings(
        calls: retention["calls"]?.duration ?? .zero,
        numbersAfter: retention["numbers_after"]?.duration ?? .zero),
      numberPlan: plan, warnings: warnings(policy), keys: EffectiveKeys(root))
  }

  private func http() -> HTTPSettings? {
    guard let http = root["http"], let listen = HostAndPort(http["listen"]?.text ?? "") else { return nil }
    let tokens = (http["tokens"]?.list ?? []).compactMap { token in
      HTTPSettings.Role(rawValue: token["role"]?.text ?? "").map {
        HTTPSettings.Token(
          name: token["name"]?.text ?? "", role: $0, token: token["token"]?.secret ?? Secret(""))
      }
    }
    return HTTPSettings(host: listen.host, port: listen.port, tokens: tokens)
  }

  private func pbx(_ node: ConfigurationNode, _ plan: PhoneNumberPlan) -> PBXSettings? {
    guard let ami = node["ami"], let ari = node["ari"],
      let format = DialPlanFormat.NumberFormat(rawValue: node["number_format"]?.text ?? ""),
      let dial = DialPlanFormat(template: node["dial"]?.text ?? "", format: format)
    else { return nil }
    let stages = (node["stages"]?.table ?? []).compactMap { row in
      LostAt(rawValue: row.value.text).map { (row.key, $0) }
    }
    return PBXSettings(
      name: PBXName(node["name"]?.text ?? ""),
      ami: AMISettings(
        host: ami["host"]?.text ?? "", port: ami["port"]?.integer ?? 0, username: ami["username"]?.text ?? "",
        secret: ami["secret"]?.secret ?? Secret(""), tls: ami["tls"]?.boolean ?? false,
        caFile: ami["ca_file"]?.text, verify: ami["verify"]?.boolean ?? true),
      ari: ARISettings(
        url: Self.withoutClosingSlash(ari["url"]?.text ?? ""), username: ari["username"]?.text ?? "",
        password: ari["password"]?.secret ?? Secret(""), app: ari["app"]?.text ?? "",
        caFile: ari["ca_file"]?.text, verify: ari["verify"]?.boolean ?? true),
      inboundContexts: node["inbound_contexts"]?.texts ?? [],
      ownNumbers: (node["own_numbers"]?.texts ?? []).compactMap { plan.read($0).e164 },
      stages: Dictionary(stages) { first, _ in first },
      voicemail: node["voicemail"].flatMap { Voicemail(rawValue: $0.text) } ?? .missed, dial: dial,
      maxConcurrentDials: node["max_concurrent_dials"]?.integer ?? 1,
      maxDialsPerSecond: node["max_dials_per_second"]?.number ?? 1, queueLog: node["queue_log"]?.text,
      queueLogTable: node["queue_log_table"].map(queueLogTable), cel: node["cel"]?.text,
      settle: node["settle"]?.duration ?? .zero, mediaCheck: node["media_check"]?.duration ?? .zero)
  }

  private func queueLogTable(_ node: ConfigurationNode) -> QueueLogTableSettings {
    QueueLogTableSettings(
      url: node["url"]?.secret ?? root["database"]?["url"]?.secret ?? Secret(""),
      table: node["table"]?.text ?? "",
      zone: node["timezone"].flatMap { NamedZone($0.text) } ?? .ofThisHost)
  }

  static func withoutClosingSlash(_ text: String) -> String {
    text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  private func calendars() -> [String: WorkingCalendar]? {
    var calendars: [String: WorkingCalendar] = [:]
    for (name, node) in root["calendars"]?.table ?? [] {
      guard let zone = NamedZone(node["timezone"]?.text ?? "") else { return nil }
      var open: [Weekday: [OpeningInterval]] = [:]
      for (days, hours) in node["open"]?.table ?? [] {
        for day in Weekday.days(days) ?? [] {
          open[day, default: []] += hours.texts.compactMap { OpeningInterval($0) }
        }
      }
      calendars[name] = WorkingCalendar(
        zone: zone, open: open, closed: (node["closed"]?.texts ?? []).compactMap { CivilDate.range($0) })
    }
    return calendars
  }

  // MARK: Campaigns

  private func campaign(_ node: ConfigurationNode) -> CampaignPolicy {
    var campaign = CampaignPolicy(name: CampaignName(node["name"]?.text ?? ""))
    if let kind = node["kind"].flatMap({ CampaignKind(rawValue: $0.text) }) { campaign.kind = kind }
    if let mode = node["mode"].flatMap({ CampaignMode(rawValue: $0.text) }) { campaign.mode = mode }
    if let other = node["otherwise"].flatMap({ OtherwiseAction(rawValue: $0.text) }) {
      campaign.otherwise = other
    }
    let queues = node["queues"]?.texts ?? []
    if !queues.isEmpty {
      campaign.queues = .listed(
        Set(queues.filter { $0 != "none" }.map { QueueName($0) }), none: queues.contains("none"))
    }
    campaign.lostAt = Set((node["lost_at"]?.texts ?? []).compactMap { LostAt(rawValue: $0) })
    campaign.numberKinds = Set(
      (node["number_kinds"]?.texts ?? []).compactMap { PhoneNumberKind(rawValue: $0) })
    campaign.agents = agents(node)
    campaign.outbound = outbound(node)
    campaign.requests = requests(node)
    campaign.connect = target(node["connect"])
    campaign.message = target(node["message"])
    campaign.messageSound = node["message"]?["sound"]?.text
    if let value = node["message"]?["amd"] { campaign.detectsMachines = value.boolean }
    campaign.callerID = node["caller_id"]?.text
    campaign.calendar = node["calendar"]?.text
    if campaign.kind == .outbound {
      if node["number_kinds"]?.given != true { campaign.numberKinds = PolicyDefaults.listNumberKinds }
      campaign.pbx = (node["pbx"]?.text ?? root["pbx"]?.list.first?["name"]?.text).map { PBXName($0) }
    }
    campaign.maxAttemptsPerPhone = node["max_attempts_per_phone"]?.integer
    if let value = node["attempts_per_day"] { campaign.attemptsPerDay = value.integer }
    if let value = node["min_wait"] { campaign.minWait = value.duration }
    if let value = node["start_after"] { campaign.startAfter = value.duration }
    if let value = node["expire_after"] { campaign.expireAfter = value.duration }
    if campaign.kind == .outbound, node["expire_after"]?.given != true {
      campaign.expireAfter = PolicyDefaults.listExpireAfter
    }
    if let value = node["ring"] { campaign.ring = value.duration }
    if let value = node["success_after"] { campaign.successAfter = value.duration }
    if let value = node["lines_per_agent"] { campaign.linesPerAgent = value.integer }
    if let value = node["max_attempts"] { campaign.maxAttempts = value.integer }
    if let value = node["priority"] { campaign.priority = value.integer }
    if let value = node["max_drop_rate"] { campaign.maxDropRate = value.number }
    if let value = node["hold_out"] { campaign.holdOut = value.number }
    for cause in RetryCause.allCases {
      if let ladder = node["retry"]?[cause.rawValue] { campaign.retry[cause] = ladder.list.map(\.duration) }
    }
    return campaign
  }

  private func agents(_ campaign: ConfigurationNode) -> AgentPolicy {
    var agents = AgentPolicy(queue: (campaign["agents"]?["queue"]?.text).map { QueueName($0) })
    guard let node = campaign["agents"] else { return agents }
    if let choose = node["choose"].flatMap({ AgentSelection(rawValue: $0.text) }) { agents.choose = choose }
    if let value = node["sticky_wait"] { agents.stickyWait = value.duration }
    if let value = node["reserve"] { agents.reserve = value.boolean }
    if let value = node["confirm"] { agents.confirm = value.boolean }
    if let value = node["ring"] { agents.ring = value.duration }
    if let value = node["wrap_up"] { agents.wrapUp = value.duration }
    if let value = node["card"] { agents.card = value.duration }
    agents.announce = node["announce"]?.text
    return agents
  }

  private func target(_ node: ConfigurationNode?) -> DialplanTarget? {
    node.map {
      DialplanTarget(context: $0["context"]?.text ?? "", exten: $0["exten"]?.text ?? PolicyDefaults.exten)
    }
  }

  private func dialing(_ node: ConfigurationNode) -> CampaignDialing {
    CampaignDialing(
      name: CampaignName(node["name"]?.text ?? ""), agentQueue: Self.agentQueue(of: node),
      confirmWait: node["agents"]?["confirm_wait"]?.duration ?? .zero,
      coolDown: node["agents"]?["cool_down"]?.duration ?? .zero)
  }

  /// `agents.queue`, or else the first of `queues` that is one.
  static func agentQueue(of campaign: ConfigurationNode) -> QueueName? {
    if let queue = campaign["agents"]?["queue"] { return QueueName(queue.text) }
    return (campaign["queues"]?.texts ?? []).first { $0 != "none" }.map { QueueName($0) }
  }

  /// What is allowed and should be known.
  private func warnings(_ policy: PolicySettings) -> [String] {
    var warnings: [String] = []
    for campaign in policy.campaigns {
      if campaign.calendar == nil, campaign.mode != .observe {
        warnings.append(
          "campaign \(campaign.name) has no calendar: customers are dialled at any hour, at night too")
      }
    }
    for key in ["losses"] where root[key]?.given == true {
      warnings.append("\(key) is read and checked, but what it configures is not built yet")
    }
    return warnings
  }
}
