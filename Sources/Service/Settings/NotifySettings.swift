public import Telephony

/// The key `notify`: who is told of what.
public struct NotifySettings: Sendable, Hashable {
  /// How mail is sent.
  public struct SMTP: Sendable, Hashable {
    /// `smtp://` or `smtps://`, may hold user and password.
    public var url: Secret
    /// Sender of the mails.
    public var from: String
    /// The connection must be encrypted before anything is said. Default false: where the server offers it.
    public var requiresTLS: Bool
    /// Checks the server's certificate. Default true.
    public var verify: Bool
    /// PEM file of the authorities to trust; nil: the system's.
    public var caFile: String?

    public init(
      url: Secret, from: String, requiresTLS: Bool = false, verify: Bool = true, caFile: String? = nil
    ) {
      self.url = url
      self.from = from
      self.requiresTLS = requiresTLS
      self.verify = verify
      self.caFile = caFile
    }
  }

  /// One header of a request.
  public struct Header: Sendable, Hashable {
    /// As in the file.
    public var name: String
    /// May hold a provider's key.
    public var value: Secret

    public init(name: String, value: Secret) {
      self.name = name
      self.value = value
    }
  }

  /// How a text message is sent: one HTTP request.
  public struct SMS: Sendable, Hashable {
    public typealias Header = NotifySettings.Header
    /// `GET`, `POST` or `PUT`.
    public var method: String
    /// Where it goes; may hold user and password; `{{number}}`, `{{digits}}` and `{{text}}` are filled in.
    public var url: Secret
    /// In the order of the file. Values may hold keys of a provider.
    public var headers: [Header]
    /// Request body; `{{number}}`, `{{digits}}` and `{{text}}` are filled in.
    public var body: String
    /// Answers that mean "taken"; empty: every 2xx.
    public var success: [Int]
    /// The answer must hold this text; nil: any does.
    public var successText: String?
    /// Hours at the customer's place in which he may be sent a text: minutes of the day.
    public var from: Int
    /// Minutes of the day, after `from`.
    public var until: Int
    /// PEM file of the authorities to trust; nil: the system's.
    public var caFile: String?
  }

  /// What a rule waits for.
  public enum Event: String, Sendable, Hashable, CaseIterable {
    case missedCall = "missed_call"
    case jobCreated = "job_created"
    case jobClosed = "job_closed"
    case callbackConnected = "callback_connected"
    case callbackFailed = "callback_failed"
    case jobExpired = "job_expired"
    case taskCreated = "task_created"
    case taskReminder = "task_reminder"
    case taskOverdue = "task_overdue"
    case taskEscalated = "task_escalated"
    case taskClosed = "task_closed"
    case promiseDue = "promise_due"
    case pbxDown = "pbx_down"
    case trunkFailing = "trunk_failing"
    case noCalls = "no_calls"
    case dropRateHigh = "drop_rate_high"
    case lossSpike = "loss_spike"
    case digest
    case any = "*"
  }

  /// An event posted as JSON.
  public struct Webhook: Sendable, Hashable {
    /// Where it is posted.
    public var url: String
    /// Key of the signature; nil where requests are not signed.
    public var secret: Secret?
    /// A mustache template of the body; nil: the whole event.
    public var body: String?
    /// In the order of the file.
    public var headers: [Header]
    /// PEM file of the authorities to trust; nil: the system's.
    public var caFile: String?

    public init(
      url: String, secret: Secret?, body: String? = nil, headers: [Header] = [], caFile: String? = nil
    ) {
      self.url = url
      self.secret = secret
      self.body = body
      self.headers = headers
      self.caFile = caFile
    }
  }

  /// The languages of the templates that come with the program.
  public enum Language: String, Sendable, Hashable, CaseIterable { case en, ru, uk }

  /// One event and the ways to tell it.
  public struct Rule: Sendable, Hashable {
    /// What it waits for.
    public var on: Event
    /// Only calls of these queues; empty: any. `none` stands for calls lost before a queue.
    public var queues: [String] = []
    /// Only calls lost there; empty: anywhere.
    public var lostAt: [LostAt] = []
    /// Only customers of these categories; empty: any.
    public var categories: [String] = []
    /// Only callers who waited so long. Default 0s.
    public var minWait: Duration = .zero
    /// Only while this calendar is open, or closed.
    public var calendar: String?
    /// With `calendar`: while it is closed.
    public var whileClosed = false
    /// For `digest`: its span.
    public var every: Duration?
    /// For `digest`: minutes of the day at which it goes out.
    public var at: [Int] = []
    /// Mail to these; `assignee` and `supervisor` stand for people of `tasks.people`.
    public var email: [String] = []
    /// Send a text message to the customer.
    public var smsToCustomer = false
    /// Text messages to these numbers.
    public var smsTo: [PhoneNumber] = []
    /// What the text message says; set wherever one is sent.
    public var text: String?
    /// Nil for none.
    public var webhook: Webhook?
    /// Makes a task for a person.
    public var task = false
    /// Of its mails; nil: that of `notify`.
    public var language: Language?

    public init(on: Event) { self.on = on }
  }

  /// From when on something is an alert.
  public struct Alerts: Sendable, Hashable {
    /// A PBX is down after so long without AMI.
    public var pbxDownAfter: Duration = .seconds(60)
    /// No inbound call for so long, where this hour usually has some. Zero: never.
    public var noCallsAfter: Duration = .seconds(1_800)
    /// Missed calls of the last hour against the usual for this hour: so many times as many.
    public var spikeFactor = 3.0
    /// And so many more.
    public var spikeMin = 5
    /// Share of the last dials that the network refused, 0 to 1.
    public var trunkShare = 0.5
    /// Of at least so many dials within a quarter of an hour.
    public var trunkMin = 5
  }

  /// Nil: no mail.
  public var smtp: SMTP?
  /// Nil: no text messages.
  public var sms: SMS?
  /// In the order of the file.
  public var rules: [Rule] = []
  /// Default `en`.
  public var language: Language = .en
  /// A directory whose templates take the place of those in the program; nil: none.
  public var templates: String?
  /// What links begin with: `https://perezvon.example.org`; nil: no links.
  public var linkBase: String?
  /// Hosts whose private addresses may be sent to; `*` is every one.
  public var allowPrivate: [String] = []
  /// What was not sent for so long is given up. Default 3d.
  public var giveUpAfter: Duration = .seconds(3 * 86_400)
  /// What happened longer ago is not told. Default 1d.
  public var maxAge: Duration = .seconds(86_400)
  public var alerts = Alerts()

  public init() {}
}

/// The key `tasks`: what is left for a person.
public struct TaskSettings: Sendable, Hashable {
  /// What a task is made of without a rule.
  public enum Reason: String, Sendable, Hashable, CaseIterable {
    case notDialled = "not_dialled"
    case jobExpired = "job_expired"
    case promise
  }

  /// Working time from its making. Default 2h.
  public var dueIn: Duration = .seconds(7_200)
  /// Whose hours are working time; nil: every hour is.
  public var calendar: String?
  /// Working time before the end at which its person is reminded; zero: not. Default 30m.
  public var remind: Duration = .seconds(1_800)
  /// Working time after the end at which the supervisor is told; zero: never. Default 1h.
  public var escalateAfter: Duration = .seconds(3_600)
  /// A promise that was not kept for so long after its time becomes a task. Default 15m.
  public var promiseSlack: Duration = .seconds(900)
  /// Default all.
  public var reasons: Set<Reason> = Set(Reason.allCases)
  /// Who gets the tasks of a queue where the customer has no manager and no last agent.
  public var leads: [String: String] = [:]
  /// Who gets what nobody else does; nil: nobody.
  public var assignee: String?
  /// Who is told of what is escalated; nil: nobody.
  public var supervisor: String?
  /// Mail addresses by member or name.
  public var people: [String: String] = [:]

  public init() {}
}
