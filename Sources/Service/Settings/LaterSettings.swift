public import Telephony

/// The key `routing`: what the dialplan hook answers.
public struct RoutingSettings: Sendable, Hashable {
  /// A returning caller is offered to the agent of his last talk.
  public struct Sticky: Sendable, Hashable {
    /// How old that talk may be. Default 30d.
    public var within: Duration
    /// How long he waits for that agent before the queue takes him. Default 20s.
    public var wait: Duration
  }

  /// What a category of callers gets.
  public struct Category: Sendable, Hashable {
    public var name: String
    /// Queue priority; higher goes first. Default 0.
    public var priority: Int
    public var bypassQueue: Bool
    public var reject: Bool
  }

  /// Nil where callers are not sent to their last agent.
  public var sticky: Sticky?
  /// Sorted by name.
  public var categories: [Category]
}

/// The key `notify`: who is told of what.
public struct NotifySettings: Sendable, Hashable {
  public struct SMTP: Sendable, Hashable {
    /// `smtp://` or `smtps://`, may hold user and password.
    public var url: Secret
    public var from: String
  }

  public struct SMS: Sendable, Hashable {
    /// `GET`, `POST` or `PUT`.
    public var method: String
    public var url: Secret
    /// In the order of the file. Values may hold keys of a provider.
    public var headers: [Header]
    /// Request body; `{{number}}` and `{{text}}` are filled in.
    public var body: String

    public struct Header: Sendable, Hashable {
      public var name: String
      public var value: Secret
    }
  }

  /// What a rule waits for.
  public enum Event: String, Sendable, Hashable, CaseIterable {
    case missedCall = "missed_call"
    case jobCreated = "job_created"
    case jobClosed = "job_closed"
    case taskCreated = "task_created"
    case taskOverdue = "task_overdue"
    case digest
    case any = "*"
  }

  public struct Webhook: Sendable, Hashable {
    public var url: String
    /// Key of the signature; nil where requests are not signed.
    public var secret: Secret?
  }

  public struct Rule: Sendable, Hashable {
    public var on: Event
    /// Only calls of these queues; empty: any.
    public var queues: [QueueName]
    /// For `digest`.
    public var every: Duration?
    public var email: [String]
    /// Send a text message to the customer.
    public var smsToCustomer: Bool
    /// Text messages to these numbers.
    public var smsTo: [PhoneNumber]
    public var text: String?
    public var webhook: Webhook?
  }

  public var smtp: SMTP?
  public var sms: SMS?
  public var rules: [Rule]
}

/// The key `tasks`.
public struct TaskSettings: Sendable, Hashable {
  /// Default 2h.
  public var dueIn: Duration
}

/// The key `losses`: what a lost call is worth.
public struct LossSettings: Sendable, Hashable {
  /// Share of callers who come back by themselves.
  public enum SelfReturn: Sendable, Hashable {
    case measured
    /// 0 to 1.
    case share(Double)
  }

  /// In units of `currency`.
  public var averageSale: Double
  /// ISO 4217: `RUB`.
  public var currency: String
  /// Share of conversations that end in a sale, 0 to 1.
  public var conversion: Double
  public var selfReturn: SelfReturn
}

/// The key `retention`.
public struct RetentionSettings: Sendable, Hashable {
  /// Calls are deleted after this. Default 400d.
  public var calls: Duration
  /// Numbers and names are removed from older rows after this. Default 400d.
  public var numbersAfter: Duration
}
