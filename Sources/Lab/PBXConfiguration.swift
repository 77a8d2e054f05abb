import Foundation

/// What the PBX of the lab is configured as: an ordinary small company's Asterisk, with Perezvon's drop-in
/// files included from `asterisk-conf` as an administrator would.
struct PBXConfiguration: Sendable {
  static let queues =
    ["sales", "support", "closed", "narrow", "keyed", "desk", "delayed", "emptying"] + PBXRecipes.queues

  /// As in asterisk.conf.
  var systemName: String
  var ports: LabPorts
  var agents: [LabAgent]
  var managerSecret: String
  var ariPassword: String
  var labSecret: String
  /// The directory `asterisk-conf` of the source tree or of an installation.
  var dropIns: String
  /// In place of the file.
  var queueLogInDatabase = false
  /// Without the drop-in files.
  var plain = false
  /// The trunk is asked every two seconds whether it is there.
  var qualifiesTrunk = false
  static let queueLogDatabase = "asterisk"

  func write(_ directory: String) throws(LabError) {
    let etc = "\(directory)/etc"
    if !plain { try copyDropIns(etc) }
    try writeFile(
      "\(etc)/logger.conf",
      """
      [general]
      dateformat = %F %T.%3q
      queue_log = yes
      queue_log_to_file = \(queueLogInDatabase ? "no" : "yes")
      queue_adaptive_realtime = yes
      queue_log_realtime_use_gmt = yes
      [logfiles]
      messages.log => notice,warning,error,verbose

      """)
    try writeFile(
      "\(etc)/manager.conf",
      """
      [general]
      enabled = yes
      bindaddr = 127.0.0.1
      port = \(ports.pbxAMI)
      [lab]
      secret = \(labSecret)
      read = system
      write = all
      writetimeout = 5000
      #tryinclude manager.d/perezvon.conf

      """)
    if queueLogInDatabase {
      try writeFile(
        "\(etc)/extconfig.conf", "[settings]\nqueue_log => pgsql,\(Self.queueLogDatabase),queue_log\n")
      try writeFile(
        "\(etc)/res_pgsql.conf",
        """
        [general]
        dbhost = 127.0.0.1
        dbport = \(ports.database)
        dbname = \(Self.queueLogDatabase)
        dbuser = perezvon
        dbpass = trusted
        requirements = warn

        """)
    }
    // AMD() as Asterisk's sample has it, but for `after_greeting_silence` (800): on a machine that is busy with tests a
    // greeting comes with gaps, and a gap that long would make it a human's.
    try writeFile(
      "\(etc)/amd.conf",
      "[general]\ntotal_analysis_time = 5000\nsilence_threshold = 256\ninitial_silence = 2500\ngreeting = 1500\n"
        + "after_greeting_silence = 2400\n"
    )
    try writeFile("\(etc)/cel.conf", "[general]\n#tryinclude cel.d/perezvon.conf\n")
    try writeFile("\(etc)/cel_custom.conf", "[mappings]\n#tryinclude cel_custom.d/perezvon.conf\n")
    try writeFile("\(etc)/http.conf", "[general]\nservername = lab\n#tryinclude http.d/perezvon.conf\n")
    try writeFile("\(etc)/ari.conf", "[general]\npretty = no\n#tryinclude ari.d/perezvon.conf\n")
    try writeFile(
      "\(etc)/rtp.conf",
      """
      [general]
      rtpstart = \(ports.pbxRTP.lowerBound)
      rtpend = \(ports.pbxRTP.upperBound)
      strictrtp = no
      icesupport = no

      """
    )
    try writeFile("\(etc)/queues.conf", plain ? plainQueues : queues)
    try writeFile("\(etc)/pjsip.conf", pjsip)
    try writeFile("\(etc)/extensions.conf", PBXDialplan.text(agents: agents))
    if plain { try forgetDropIns(etc) }
    try writeFile(
      "\(etc)/features.conf",
      "[general]\n[featuremap]\nblindxfer = #1\natxfer = *2\n[applicationmap]\n"
        + "#tryinclude features.d/perezvon.conf\n")
    try writeFile("\(etc)/queuerules.conf", "[general]\n#tryinclude queuerules.d/perezvon.conf\n")
    try writeFile(
      "\(etc)/res_parking.conf",
      """
      [general]
      [default]
      parkext = 700
      parkpos = 701-720
      context = parkedcalls
      findslot = next
      parkingtime = 60

      """)
    try writeFile("\(etc)/indications.conf", TelcoConfiguration.indications)
    try writeFile(
      "\(etc)/musiconhold.conf", "[general]\n[default]\nmode = files\ndirectory = \(directory)/share/moh\n")
    try writeSounds(directory)
  }

  private func writeSounds(_ directory: String) throws(LabError) {
    let sounds = "\(directory)/share/sounds"
    try ToneFile.write("\(sounds)/perezvon-callback.sln", hertz: 660, seconds: 1)
    try ToneFile.write("\(sounds)/lab-greeting.sln", hertz: 520, seconds: 0.5)
    try ToneFile.write("\(sounds)/lab-long-greeting.sln", hertz: 520, seconds: 20)
    try ToneFile.write("\(sounds)/lab-menu.sln", hertz: 780, seconds: 5)
    try ToneFile.write("\(sounds)/lab-closed.sln", hertz: 390, seconds: 2)
    try PBXRecipes.writeSounds(sounds, prompts: "\(dropIns)/prompts/prompts.tsv")
    do {
      let moh = "\(directory)/share/moh"
      try? FileManager.default.removeItem(atPath: moh)
      try FileManager.default.createDirectory(atPath: moh, withIntermediateDirectories: true)
      try ToneFile.write("\(moh)/tone.sln", hertz: 300, seconds: 10)
    } catch let error as LabError {
      throw error
    } catch {
      throw LabError(.resources, "cannot write the lab's music: \(error.localizedDescription)")
    }
  }

  /// Copies the drop-in files; only secrets and the web server's port become this lab's.
  private func copyDropIns(_ etc: String) throws(LabError) {
    let replaced = ["secret": managerSecret, "password": ariPassword, "bindport": "\(ports.pbxHTTP)"]
    let files = FileManager.default
    for folder in [
      "manager.d", "ari.d", "http.d", "extensions.d", "queues.d", "queuerules.d", "features.d", "cel.d",
      "cel_custom.d",
    ] {
      let source = "\(dropIns)/\(folder)"
      guard let names = try? files.contentsOfDirectory(atPath: source) else {
        throw LabError(
          .resources, "\(source) is missing: name the directory asterisk-conf in PEREZVON_ASTERISK_CONF")
      }
      try? files.createDirectory(atPath: "\(etc)/\(folder)", withIntermediateDirectories: true)
      for name in names where name.hasSuffix(".conf") {
        guard let text = try? String(contentsOfFile: "\(source)/\(name)", encoding: .utf8) else {
          throw LabError(.resources, "cannot read \(source)/\(name)")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
          let key = line.prefix { $0 != "=" }.trimmingCharacters(in: .whitespaces)
          return line.contains("=") && !line.hasPrefix(";")
            ? replaced[key].map { "\(key) = \($0)" } ?? String(line) : String(line)
        }
        try writeFile("\(etc)/\(folder)/\(name)", lines.joined(separator: "\n"))
      }
    }
  }

  /// Takes the lines out that include them.
  private func forgetDropIns(_ etc: String) throws(LabError) {
    for name in ["manager", "cel", "cel_custom", "http", "ari", "extensions"] {
      let text = (try? String(contentsOfFile: "\(etc)/\(name).conf", encoding: .utf8)) ?? ""
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
        !$0.hasPrefix("#tryinclude")
      }
      try writeFile("\(etc)/\(name).conf", lines.joined(separator: "\n"))
    }
  }

  /// A single queue of its own making.
  private var plainQueues: String {
    """
    [general]
    persistentmembers = no
    autofill = yes
    [sales]
    strategy = rrmemory
    timeout = 8
    retry = 1
    ringinuse = no

    """
  }

  private var queues: String {
    """
    [general]
    persistentmembers = no
    autofill = yes
    log_membername_as_agent = no
    #tryinclude queues.d/perezvon.conf
    #tryinclude queues.d/perezvon-strategies.conf
    [lab-queue](!,perezvon-queue)
    strategy = rrmemory
    ; Seconds a member's phone rings; below the template's line, so that it wins.
    timeout = 8
    musicclass = default
    joinempty = yes
    leavewhenempty = no
    [sales](lab-queue)
    [support](lab-queue)
    ; Nobody may wait in an empty one: QUEUESTATUS=JOINEMPTY, and no queue event at all.
    [closed](lab-queue)
    joinempty = no
    ; Room for one: the second caller gets QUEUESTATUS=FULL.
    [narrow](lab-queue)
    maxlen = 1
    ; Key 1 leaves it.
    [keyed](lab-queue)
    context = queue-keys
    ; One like the first two, for calls that should disturb neither.
    [desk](lab-queue)
    ; An agent who has picked up hears nothing for 3 s: time enough to hang up on him.
    [delayed](lab-queue)
    memberdelay = 3
    ; Who waits in it while nobody is there is sent away: QUEUESTATUS=LEAVEEMPTY.
    [emptying](lab-queue)
    leavewhenempty = yes
    \(PBXRecipes.queuesText)

    """
  }

  private var pjsip: String {
    var text = """
      [global]
      type = global
      endpoint_identifier_order = ip,username
      [udp]
      type = transport
      protocol = udp
      bind = 127.0.0.1:\(ports.pbxSIP)
      [leg](!)
      type = endpoint
      transport = udp
      disallow = all
      allow = ulaw,alaw
      direct_media = no
      dtmf_mode = rfc4733
      rtp_symmetric = yes
      [trunk](leg)
      context = from-trunk
      aors = trunk
      identify_by = ip
      [trunk]
      type = aor
      contact = sip:\(TelcoConfiguration.trunkHost):\(ports.telcoTrunkSIP)
      qualify_frequency = \(qualifiesTrunk ? 2 : 0)
      qualify_timeout = 2.0
      [trunk]
      type = identify
      endpoint = trunk
      match = \(TelcoConfiguration.trunkHost)
      [phone](!,leg)
      context = from-internal
      identify_by = username

      """
    for agent in agents {
      text += """
        [\(agent.extension)](phone)
        aors = \(agent.extension)
        callerid = "\(agent.name)" <\(agent.extension)>
        [\(agent.extension)]
        type = aor
        max_contacts = 1
        remove_existing = yes
        minimum_expiration = 60

        """
    }
    return text
  }
}
