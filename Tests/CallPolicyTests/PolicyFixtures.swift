import CallPolicy
import CallTracking
import Telephony

/// A zone that switches at given moments, so that tests need no time zone database.
struct SwitchingZone: ZoneOffsets {
  var name: String
  /// Before the first switch.
  var first: Int
  /// In order: from this moment on, this offset.
  var switches: [(at: Timestamp, offset: Int)] = []

  func secondsFromUTC(at moment: Timestamp) -> Int {
    switches.last { $0.at <= moment }?.offset ?? first
  }

  /// Directive 2000/84/EC: the last Sundays of March and October, 01:00 UTC.
  static let berlin = SwitchingZone(
    name: "Europe/Berlin", first: 3600,
    switches: [
      (utc("2026-03-29 01:00"), 7200), (utc("2026-10-25 01:00"), 3600), (utc("2027-03-28 01:00"), 7200),
    ])
  /// 15 U.S.C. 260a: the second Sunday of March and the first of November, 02:00 on the local clock.
  static let newYork = SwitchingZone(
    name: "America/New_York", first: -18000,
    switches: [
      (utc("2026-03-08 07:00"), -14400), (utc("2026-11-01 06:00"), -18000), (utc("2027-03-14 07:00"), -14400),
    ])
  static let moscow = SwitchingZone(name: "Europe/Moscow", first: 10800)
}

/// `2026-11-23 09:00` or `2026-11-23 09:00:30`, UTC.
func utc(_ text: String) -> Timestamp {
  let parts = text.split(separator: " ")
  let clock = parts[1].split(separator: ":").map { Int($0)! }
  let day = CivilDate(parts[0])!.daysSinceEpoch
  let second = day * 86_400 + clock[0] * 3600 + clock[1] * 60 + (clock.count > 2 ? clock[2] : 0)
  return Timestamp(microseconds: Int64(second) * 1_000_000)
}

/// Sebastiano Vigna's splitmix64: the same numbers for the same seed, everywhere.
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

let mobile = PhoneNumber(e164: "+79161234567")!
let ownNumber = PhoneNumber(e164: "+74951112233")!

func jobID(_ n: UInt64) -> JobID { JobID(UniqueID(high: 0x7000, low: n)) }

func hours(_ spans: [String], _ days: [Weekday]) -> [Weekday: [OpeningInterval]] {
  Dictionary(uniqueKeysWithValues: days.map { ($0, spans.map { OpeningInterval($0)! }) })
}

/// Monday to Friday 09:00-18:00, Moscow (UTC+3).
let office = WorkingCalendar(
  zone: SwitchingZone.moscow, open: hours(["09:00-18:00"], Weekday.days("mon-fri")!),
  closed: [CivilDate.range("2027-01-01/2027-01-08")!])

func salesCampaign(_ change: (inout CampaignPolicy) -> Void = { _ in }) -> CampaignPolicy {
  var campaign = CampaignPolicy(name: "sales-callback")
  campaign.queues = .listed(["sales"], none: false)
  campaign.calendar = "office"
  change(&campaign)
  return campaign
}

func policy(
  _ campaigns: [CampaignPolicy] = [salesCampaign()],
  numbers: NumberRules = NumberRules(allow: ["+7"], deny: ["+7809", "+7803"])
) -> CallPolicy {
  CallPolicy(
    settings: PolicySettings(
      campaigns: campaigns, numbers: numbers, ownNumbers: [ownNumber], calendars: ["office": office]))
}

/// A call of Monday, 12:00 in Moscow, that waited 10 s in sales and hung up.
func lostCall(
  queue: QueueName? = "sales", lostAt: LostAt? = .queue, ending: Ending? = .callerHungUp,
  wait: Duration = .seconds(10), endedAt: Timestamp = utc("2026-11-23 09:00:10")
) -> CallRecord {
  CallRecord(
    pbx: "pbx1", linkedID: "1.1", channel: "1.1", direction: .inbound, startedAt: endedAt - .seconds(10),
    endedAt: endedAt, rawNumber: "89161234567", rawName: "<script>", did: "+74951112233", queue: queue,
    answered: false, answeredBy: nil, wait: wait, talk: .zero, lostAt: lostAt, ending: ending,
    cause: .normalClearing, membersRung: [], evidence: [], attempt: nil)
}

func talkedCall(
  direction: CallDirection = .inbound, talk: Duration = .seconds(60), by member: String = "PJSIP/101",
  endedAt: Timestamp = utc("2026-11-23 10:01")
) -> CallRecord {
  var call = lostCall(endedAt: endedAt)
  call.linkedID = "2.1"
  call.direction = direction
  call.startedAt = endedAt - talk - .seconds(5)
  call.answered = true
  call.answeredBy = member
  call.talk = talk
  call.lostAt = nil
  call.ending = nil
  return call
}

func openJob(_ id: JobID = jobID(1), _ change: (inout Job) -> Void = { _ in }) -> Job {
  var job = Job(
    id: id, campaign: "sales-callback", number: mobile, customerName: "", source: .missedCall,
    state: .waiting,
    reason: "", createdAt: utc("2026-11-23 09:00:11"), firstMissedAt: utc("2026-11-23 09:00"), missedCount: 1,
    priority: 0, owner: nil, dueAt: utc("2026-11-23 09:00:40"), expiresAt: utc("2026-11-24 09:00:11"),
    attempts: 0, queue: "sales", pbx: "pbx1", heldOut: false)
  change(&job)
  return job
}

extension CallPolicy {
  /// The verdict a second after the call's end, unless told otherwise.
  func verdict(
    _ call: CallRecord, caller: CallerNumber = .number(mobile, kind: .mobile),
    history: NumberHistory = NumberHistory(), now: Timestamp? = nil, draw: Double = 0.5
  ) -> CallVerdict {
    decide(
      call: call, caller: caller, history: history, now: now ?? call.endedAt + .seconds(1),
      newJobID: jobID(9), holdOutDraw: draw)
  }
}

extension CallVerdict {
  /// The job it creates.
  var created: Job? {
    for case .create(let job) in changes { return job }
    return nil
  }
}
