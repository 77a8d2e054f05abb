/// What the telco of the lab is configured as: a network with one trunk, and the agents' desk phones.
struct TelcoConfiguration: Sendable {
  /// Its own loopback address, so that the PBX can tell the trunk by IP as it would outside.
  static let trunkHost = "127.0.0.2"
  static let phonesHost = "127.0.0.3"

  var ports: LabPorts
  var agents: [LabAgent]
  var labSecret: String

  static let indications = """
    [general]
    country = us
    [us]
    description = lab
    ringcadence = 1000,4000
    dial = 425
    busy = 425/350,0/350
    ring = 425/1000,0/4000
    congestion = 425/175,0/175
    callwaiting = 425/200,0/5000
    dialrecall = 425
    record = 1400/400,0/15000
    info = 950/330,1400/330,1800/330
    stutter = 425

    """

  func write(_ directory: String) throws(LabError) {
    let etc = "\(directory)/etc"
    try writeFile(
      "\(etc)/logger.conf",
      "[general]\ndateformat = %F %T.%3q\n[logfiles]\nmessages.log => notice,warning,error,verbose\n")
    try writeFile(
      "\(etc)/manager.conf",
      """
      [general]
      enabled = yes
      bindaddr = 127.0.0.1
      port = \(ports.telcoAMI)
      timestampevents = yes
      [lab]
      secret = \(labSecret)
      read = system,call,user,dtmf
      write = all
      writetimeout = 5000

      """)
    try writeFile(
      "\(etc)/rtp.conf",
      """
      [general]
      rtpstart = \(ports.telcoRTP.lowerBound)
      rtpend = \(ports.telcoRTP.upperBound)
      strictrtp = no
      icesupport = no

      """
    )
    try writeFile("\(etc)/indications.conf", Self.indications)
    try writeFile("\(etc)/pjsip.conf", pjsip)
    try writeFile("\(etc)/extensions.conf", Self.dialplan + transfer)
  }

  private var pjsip: String {
    let pbx = "127.0.0.1:\(ports.pbxSIP)"
    var text = """
      [trunk]
      type = transport
      protocol = udp
      bind = \(Self.trunkHost):\(ports.telcoTrunkSIP)
      [phones]
      type = transport
      protocol = udp
      bind = \(Self.phonesHost):\(ports.telcoPhonesSIP)
      [leg](!)
      type = endpoint
      context = from-pbx
      disallow = all
      allow = ulaw,alaw
      direct_media = no
      dtmf_mode = rfc4733
      rtp_symmetric = yes
      [pbx](leg)
      transport = trunk
      aors = pbx
      [pbx]
      type = aor
      contact = sip:\(pbx)
      [pbx]
      type = identify
      endpoint = pbx
      match = 127.0.0.1

      """
    for agent in agents {
      let name = "phone-\(agent.extension)"
      text += """
        [\(name)](leg)
        transport = phones
        from_user = \(agent.extension)
        aors = \(name)
        [\(name)]
        type = aor
        contact = sip:\(pbx)
        [\(name)]
        type = registration
        transport = phones
        server_uri = sip:\(pbx)
        client_uri = sip:\(agent.extension)@\(pbx)
        contact_user = \(agent.extension)
        retry_interval = 2
        max_random_initial_delay = 0
        expiration = 3600

        """
    }
    return text
  }

  /// A phone that transfers: REFER to a number of the PBX.
  private var transfer: String {
    """

    [transfer]
    exten => _[+0-9].,1,Transfer(PJSIP/sip:${EXTEN}@127.0.0.1:\(ports.pbxSIP))
     same => n,Wait(5)
     same => n,Hangup()

    """
  }

  /// One script for every phone: the behaviour is a line in AstDB, looked up by the number dialled.
  ///
  /// - `agent/<extension>`: what that agent's phone does.
  /// - `script/<number>/<n>`: what the customer does at the n-th call; `script/<number>/last`: from then on.
  /// - without a script the last two digits decide: 00 busy, 01 no answer, 02 congestion, 03 machine,
  ///   04 unallocated, anything else answers.
  static let dialplan = """
    [general]
    static = yes
    writeprotect = no

    [from-pbx]
    exten => _1XX,1,Set(B=${DB(agent/${EXTEN})})
     same => n,GotoIf($["${B}" = ""]?tail,default,1:behave,s,1)
    ; Any other number is a customer; the pattern takes whatever is dialled: nothing escapes the record.
    exten => _[+0-9a-zA-Z*#].,1,Set(N=$[0${DB(step/${EXTEN})} + 1])
     same => n,Set(DB(step/${EXTEN})=${N})
     same => n,Set(B=${DB(script/${EXTEN}/${N})})
     same => n,ExecIf($["${B}" = ""]?Set(B=${DB(script/${EXTEN}/last)}))
     same => n,GotoIf($["${B}" != ""]?behave,s,1)
     same => n,GotoIf(${DIALPLAN_EXISTS(tail,${EXTEN:-2},1)}?tail,${EXTEN:-2},1:tail,default,1)

    [tail]
    exten => 00,1,Goto(behave,busy,1)
    exten => 01,1,Goto(behave,noanswer,1)
    exten => 02,1,Goto(behave,congestion,1)
    exten => 03,1,Goto(behave,machine,1)
    exten => 04,1,Goto(behave,unallocated,1)
    exten => default,1,Set(B=answer,1,0,,1,1)
     same => n,Goto(behave,s,1)

    [behave]
    exten => s,1,Set(VERB=${CUT(B,\\,,1)})
     same => n,Set(AFTER=${CUT(B,\\,,2)})
     same => n,Set(TALK=${CUT(B,\\,,3)})
     same => n,Set(KEYS=${CUT(B,\\,,4)})
     same => n,Set(KEYSAFTER=${CUT(B,\\,,5)})
     same => n,Set(SPEAKS=${CUT(B,\\,,6)})
     same => n,Goto(${VERB},1)
    exten => answer,1,Gosub(ringing,s,1)
     same => n,Wait(${AFTER})
     same => n,Answer()
     same => n,Set(TIMEOUT(absolute)=${TALK})
     same => n,GotoIf($["${SPEAKS}" = "0"]?silent)
     same => n,Playtones(440)
     same => n,GotoIf($["${KEYS}" = ""]?talk)
     same => n,Wait(${KEYSAFTER})
     same => n,StopPlaytones()
     same => n,SendDTMF(${KEYS},250,200)
     same => n(talk),Playtones(440)
     same => n,Goto(wait)
     same => n(silent),GotoIf($["${KEYS}" = ""]?wait)
     same => n,Wait(${KEYSAFTER})
     same => n,SendDTMF(${KEYS},250,200)
     same => n(wait),Wait(7200)
     same => n,Hangup()
    exten => noanswer,1,Gosub(ringing,s,1)
     same => n,Wait(7200)
     same => n,Hangup(19)
    exten => busy,1,Hangup(17)
    exten => congestion,1,Hangup(34)
    exten => unallocated,1,Hangup(1)
    exten => unreachable,1,Hangup(20)
    exten => decline,1,Gosub(ringing,s,1)
     same => n,Wait(${AFTER})
     same => n,Hangup(21)
    exten => early,1,Progress()
     same => n,Playtones(425/1000,0/4000)
     same => n,Wait(7200)
     same => n,Hangup(19)
    ; The second and third field are the number and the port of the PBX.
    exten => forward,1,Gosub(ringing,s,1)
     same => n,Dial(PJSIP/pbx/sip:${AFTER}@127.0.0.1:${TALK},60)
     same => n,Hangup(${HANGUPCAUSE})
    exten => machine,1,Gosub(ringing,s,1)
     same => n,Wait(1)
     same => n,Answer()
     same => n,Playtones(300/400,350/300,280/500)
     same => n,Wait(8)
     same => n,Playtones(1000)
     same => n,Wait(0.5)
     same => n,StopPlaytones()
     same => n,Wait(30)
     same => n,Hangup()
    exten => greet,1,Gosub(ringing,s,1)
     same => n,Wait(1)
     same => n,Answer()
    ; 0 hertz is sound all the same: a line without a packet is not a human's.
     same => n,Playtones(350/600,0/60000)
     same => n,Wait(${KEYSAFTER})
     same => n,StopPlaytones()
     same => n,SendDTMF(${KEYS},250,200)
     same => n,Wait(7200)
     same => n,Hangup()
    exten => T,1,Hangup()

    ; A phone that rings is picked up; the extension says how many seconds its owner talks.
    [picked-up]
    exten => _X!,1,Answer()
     same => n,Set(TIMEOUT(absolute)=${EXTEN})
     same => n,Playtones(440)
     same => n,Wait(7200)
     same => n,Hangup()
    exten => T,1,Hangup()

    [ringing]
    exten => s,1,Ringing()
     same => n,UserEvent(LabRinging,Leg: ${UNIQUEID})
     same => n,Return()

    ; A call the telco placed, once the PBX has answered: speaks until somebody hangs up.
    [caller]
    exten => s,1,Playtones(480)
     same => n,Wait(7200)
     same => n,Hangup()

    """
}
