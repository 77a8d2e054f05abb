public import Telephony

/// The key `notify`: who is told of what.
public struct NotifySettings: Sendable, Hashable {
  /// How mail is sent.
  public struct SMTP: Sendable, Hashable {
    /// `smtp://` or `smtps://`, may hold user and password.
    public var url: Secret
    /// Sender of the mails.
    public var from: String
  }

  /// How a text message is sent: one HTTP request.
  public struct SMS: Sendable, Hashable {
    /// `GET`, `POST` or `PUT`.
    public var method: String
    /// Where it goes; may hold user and password.
    public var url: Secret
    /// In the order of the file. Values may hold keys of a provider.
    public var headers: [Header]
    /// Request body; `{{number}}` and `{{text}}` are filled in.
    public var body: String

    /// One header of that request.
    public struct Header: Sendable, Hashable {
      /// As in the file.
      public var name: String
      /// May hold a provider's key.
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

  /// An event posted as JSON.
  public struct Webhook: Sendable, Hashable {
    /// Where it is posted.
    public var url: String
    /// Key of the signature; nil where requests are not signed.
    public var secret: Secret?
  }

  /// One event and the ways to tell it.
  public struct Rule: Sendable, Hashable {
    /// What it waits for.
    public var on: Event
    /// Only calls of these queues; empty: any.
    public var queues: [QueueName]
    /// For `digest`.
    public var every: Duration?
    /// Mail to these; default none.
    public var email: [String]
    /// Send a text message to the customer.
    public var smsToCustomer: Bool
    /// Text messages to these numbers.
    public var smsTo: [PhoneNumber]
    /// What the text message says; set wherever one is sent.
    public var text: String?
    /// Nil for none.
    public var webhook: Webhook?
  }

  /// Nil: no mail.
  public var smtp: SMTP?
  /// Nil: no text messages.
  public var sms: SMS?
  /// In the order of the file.
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
  /// Default `measured`.
  public var selfReturn: SelfReturn
}

/// The key `retention`.
public struct RetentionSettings: Sendable, Hashable {
  /// Calls are deleted after this. Default 400d.
  public var calls: Duration
  /// Numbers and names are removed from older rows after this. Default 400d.
  public var numbersAfter: Duration
}
