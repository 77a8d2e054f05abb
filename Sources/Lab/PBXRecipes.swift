import Foundation

/// The recipes of `asterisk-conf` in the lab's PBX, each behind a number of its own.
///
/// | DID | Recipe |
/// |---|---|
/// | `+74951112270` | personal manager first, then queue `sales` |
/// | `71` | VIPs past the queue: 103 |
/// | `72` | 104, then 105, two rounds of 3 s; then hang-up |
/// | `73` | 106 and 107 at once |
/// | `74` | menu: 2 leads to queue `team`; nothing to extension 101 |
/// | `75` | queue `deserted`, the backup number `+79169990001` |
/// | `76` | closed now: duty manager `+79169990002`, then the request |
/// | `77`, `78`, `79` | queues `fewest`, `idle`, `skilled` by the three templates |
/// | `80` | a callback offered in front of queue `held` |
/// | `81` | queue `offering`, whose key 1 asks for a callback |
/// | `82` | everything in front of queue `owing`: who is owed a callback hears so |
/// | `83` | queue `promising`, whose agents may promise (`*77`) |
/// | `84` | as `70`, the queue entered in `ext-queues` as FreePBX has it |
/// | `85` | the request alone |
/// | `86` | a callback offered in front of queue `turns` |
/// | `87` | as `76`, duty manager `+79169990003` |
/// | `88` | as `76` within the hours: queue `deserted` |
/// | `89` | as `75`, backup number `+79169990004` |
/// | `90`, `91` | asks 50 times who is calling, unanswered; and answered, with the caller's sound |
public enum PBXRecipes {
  public static let manager = "+74951112270"
  public static let vip = "+74951112271"
  public static let sequential = "+74951112272"
  public static let ringAll = "+74951112273"
  public static let menu = "+74951112274"
  public static let backup = "+74951112275"
  public static let afterHours = "+74951112276"
  public static let fewest = "+74951112277"
  public static let idle = "+74951112278"
  public static let skilled = "+74951112279"
  public static let offer = "+74951112280"
  public static let keyed = "+74951112281"
  public static let returning = "+74951112282"
  public static let promise = "+74951112283"
  public static let freePBX = "+74951112284"
  public static let request = "+74951112285"
  public static let turns = "+74951112286"
  public static let dutyAnswers = "+74951112287"
  public static let withinHours = "+74951112288"
  public static let otherBackup = "+74951112289"
  /// Mobiles of people of the company.
  public static let backupMobile = "+79169990001"
  public static let dutyMobile = "+79169990002"
  public static let otherDutyMobile = "+79169990003"
  public static let otherBackupMobile = "+79169990004"

  public static let askedRinging = "+74951112290"
  public static let askedTalking = "+74951112291"

  static let all = (70...91).map { "+749511122\($0)" }

  static let queues = [
    "team", "deserted", "fewest", "idle", "skilled", "held", "offering", "owing", "promising", "turns",
  ]

  static let queuesText = """
    [team](lab-queue)
    [deserted](lab-queue)
    [fewest](perezvon-fewest-calls)
    [idle](perezvon-longest-idle)
    [skilled](perezvon-by-skill)
    [held](lab-queue)
    [offering](lab-queue)
    context = perezvon-keys
    [owing](lab-queue)
    [promising](lab-queue)
    [turns](lab-queue)
    """

  static let files = [
    "route", "manager", "vip", "sequential", "ringall", "ivr", "backup", "hours", "request", "number",
    "offer",
    "returning", "promise", "front", "skill",
  ]

  static let includes = files.map { "#tryinclude extensions.d/perezvon-\($0).conf" }.joined(separator: "\n")

  static let globals = """
    #tryinclude extensions.d/perezvon-globals.conf
    PEREZVON_VIP_PHONES = PJSIP/103
    PEREZVON_BACKUP = PJSIP/\(backupMobile)@trunk
    PEREZVON_DUTY = PJSIP/\(dutyMobile)@trunk
    PEREZVON_IVR_0 = direct,101,1
    PEREZVON_IVR_2 = perezvon-queue,team,1
    """

  static var numbers: String {
    """
    exten => \(manager),1,Goto(perezvon-manager,sales,1)
    exten => \(vip),1,Goto(perezvon-vip,sales,1)
    exten => \(sequential),1,Gosub(perezvon-sequential,s,1(PJSIP/104&PJSIP/105,3,2))
     same => n,Hangup()
    exten => \(ringAll),1,Gosub(perezvon-ringall,s,1(PJSIP/106&PJSIP/107,10))
     same => n,Hangup()
    exten => \(menu),1,Goto(perezvon-ivr,s,1)
    exten => \(backup),1,Goto(perezvon-backup,deserted,1)
    exten => \(afterHours),1,Set(PEREZVON_HOURS=00:00-00:00,sun-sun,1-1,jan)
     same => n,Goto(perezvon-hours,sales,1)
    exten => \(fewest),1,Goto(perezvon-queue,fewest,1)
    exten => \(idle),1,Goto(perezvon-queue,idle,1)
    exten => \(skilled),1,Goto(perezvon-skill,skilled,1)
    exten => \(offer),1,Gosub(perezvon-offer,s,1(held))
     same => n,Goto(perezvon-queue,held,1)
    exten => \(keyed),1,Goto(perezvon-queue,offering,1)
    exten => \(returning),1,Goto(perezvon-front,owing,1)
    exten => \(promise),1,Set(__DYNAMIC_FEATURES=perezvon-promise)
     same => n,Goto(perezvon-queue,promising,1)
    exten => \(freePBX),1,Set(PEREZVON_QUEUE_CONTEXT=ext-queues)
     same => n,Goto(perezvon-manager,sales,1)
    exten => \(request),1,Goto(perezvon-request,s,1)
    exten => \(turns),1,Gosub(perezvon-offer,s,1(turns))
     same => n,Goto(perezvon-queue,turns,1)
    exten => \(dutyAnswers),1,Set(PEREZVON_HOURS=00:00-00:00,sun-sun,1-1,jan)
     same => n,Set(PEREZVON_DUTY=PJSIP/\(otherDutyMobile)@trunk)
     same => n,Goto(perezvon-hours,sales,1)
    exten => \(withinHours),1,Set(PEREZVON_HOURS=00:00-23:59,*,*,*)
     same => n,Goto(perezvon-hours,deserted,1)
    exten => \(otherBackup),1,Set(PEREZVON_BACKUP=PJSIP/\(otherBackupMobile)@trunk)
     same => n,Goto(perezvon-backup,deserted,1)
    exten => \(askedRinging),1,Goto(lab-measure,ringing,1)
    exten => \(askedTalking),1,Goto(lab-measure,talking,1)
    """
  }

  /// As FreePBX makes it for each queue.
  static let contexts = """
    [ext-queues]
    exten => sales,1,Answer()
     same => n,Queue(sales,t)
     same => n,Hangup()
    ; Asks 500 times, or 50, or 10, who is calling, and says when it asked and went on.
    [lab-measure]
    exten => s,1,Set(ASKS=500)
     same => n,Goto(ask,1)
    exten => few,1,Set(ASKS=10)
     same => n,Goto(ask,1)
    exten => ringing,1,Set(ASKS=50)
     same => n,Set(I=0)
     same => n,Goto(ask,again)
    exten => talking,1,Set(ASKS=50)
     same => n,Answer()
     same => n,Wait(1)
     same => n,Goto(ask,1)
    exten => hold,1,Answer()
     same => n,Wait(300)
     same => n,Hangup()
    exten => ask,1,Answer()
     same => n,Set(I=0)
     same => n(again),Set(I=$[${I} + 1])
     same => n,Set(CALLERID(num)=+7916$[${I} + 2000000])
     same => n,Set(T0=${STRFTIME(,,%s.%6q)})
     same => n,Gosub(perezvon-route,s,1)
     same => n,Log(NOTICE,lab-route ${T0} ${STRFTIME(,,%s.%6q)} ${PEREZVON_CATEGORY})
     same => n,GotoIf($[${I} < ${ASKS}]?again)
     same => n,Hangup()
    """

  /// A short tone for each prompt of the list, and for digits.
  static func writeSounds(_ sounds: String, prompts: String) throws(LabError) {
    guard let list = try? String(contentsOfFile: prompts, encoding: .utf8) else {
      throw LabError(.resources, "\(prompts) is missing")
    }
    for folder in ["perezvon", "digits"] {
      try? FileManager.default.createDirectory(
        atPath: "\(sounds)/\(folder)", withIntermediateDirectories: true)
    }
    for line in list.split(separator: "\n") where !line.hasPrefix("#") {
      try ToneFile.write("\(sounds)/perezvon/\(line.prefix { $0 != "\t" }).sln", hertz: 450, seconds: 0.2)
    }
    for digit in 0...20 { try ToneFile.write("\(sounds)/digits/\(digit).sln", hertz: 700, seconds: 0.1) }
  }
}
