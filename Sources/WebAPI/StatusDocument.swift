public import Telephony

/// What the service shows of itself and its PBXs at one moment: `GET /api/v1/status`, and the `status` events
/// of `/api/v1/stream`. Durations are seconds.
public struct StatusDocument: Sendable, Codable, Equatable {
  /// Microseconds since 1970 UTC.
  public var at: Timestamp
  public var instance: String
  public var database: Link
  public var pbxs: [PBX]
  /// Jobs by state; all states are there, also those with none.
  public var jobs: [String: Int]
  public var jobsDue: Int
  /// Jobs that come next, at most 20.
  public var nextJobs: [JobLine]
  /// Nil until the books were read for the first time; so is `today`.
  public var callbacks: Callbacks?
  /// In the order of the configuration.
  public var campaigns: [Campaign]
  public var today: Today?

  public init(
    at: Timestamp, instance: String, database: Link, pbxs: [PBX], jobs: [String: Int], jobsDue: Int,
    nextJobs: [JobLine], callbacks: Callbacks? = nil, campaigns: [Campaign] = [], today: Today? = nil
  ) {
    self.at = at
    self.instance = instance
    self.database = database
    self.pbxs = pbxs
    self.jobs = jobs
    self.jobsDue = jobsDue
    self.nextJobs = nextJobs
    self.callbacks = callbacks
    self.campaigns = campaigns
    self.today = today
  }

  /// A connection to something outside.
  public struct Link: Sendable, Codable, Equatable {
    public var up: Bool
    /// A sentence: why it is down, or empty.
    public var problem: String
    /// When it last came or went; nil before it first did.
    public var since: Timestamp?

    public init(up: Bool, problem: String = "", since: Timestamp? = nil) {
      self.up = up
      self.problem = problem
      self.since = since
    }
  }

  public struct PBX: Sendable, Codable, Equatable {
    public var name: String
    public var version: String
    public var ami: Link
    public var ari: Link
    /// This instance drives the dialing of this PBX.
    public var dialing: Bool
    /// Why it does not, in a sentence; empty where it does.
    public var notDialing: String
    public var queues: [Queue]
    public var calls: [Call]
    public var attempts: [Attempt]

    public init(
      name: String, version: String, ami: Link, ari: Link, dialing: Bool, notDialing: String, queues: [Queue],
      calls: [Call], attempts: [Attempt]
    ) {
      self.name = name
      self.version = version
      self.ami = ami
      self.ari = ari
      self.dialing = dialing
      self.notDialing = notDialing
      self.queues = queues
      self.calls = calls
      self.attempts = attempts
    }
  }

  public struct Queue: Sendable, Codable, Equatable {
    public var name: String
    public var waiting: [Waiting]
    public var members: [Member]

    public init(name: String, waiting: [Waiting], members: [Member]) {
      self.name = name
      self.waiting = waiting
      self.members = members
    }
  }

  public struct Waiting: Sendable, Codable, Equatable {
    public var number: String
    public var wait: Int

    public init(number: String, wait: Int) {
      self.number = number
      self.wait = wait
    }
  }

  public struct Member: Sendable, Codable, Equatable {
    public var interface: String
    public var name: String
    /// `free`, `ringing`, `in_call`, `paused`, `callback`, `wrap_up`, `unavailable`.
    public var state: String
    /// Seconds in that state.
    public var since: Int
    public var reason: String

    public init(interface: String, name: String, state: String, since: Int, reason: String) {
      self.interface = interface
      self.name = name
      self.state = state
      self.since = since
      self.reason = reason
    }
  }

  public struct Call: Sendable, Codable, Equatable {
    public var direction: String
    public var number: String
    public var did: String
    public var stage: String
    public var age: Int

    public init(direction: String, number: String, did: String, stage: String, age: Int) {
      self.direction = direction
      self.number = number
      self.did = did
      self.stage = stage
      self.age = age
    }
  }

  public struct Attempt: Sendable, Codable, Equatable {
    public var id: String
    public var number: String
    public var agent: String
    public var phase: String
    public var age: Int

    public init(id: String, number: String, agent: String, phase: String, age: Int) {
      self.id = id
      self.number = number
      self.agent = agent
      self.phase = phase
      self.age = age
    }
  }

  public struct JobLine: Sendable, Codable, Equatable {
    public var id: String
    public var campaign: String
    public var number: String
    public var dueIn: Int
    public var missedCount: Int
    public var attempts: Int

    public init(id: String, campaign: String, number: String, dueIn: Int, missedCount: Int, attempts: Int) {
      self.id = id
      self.campaign = campaign
      self.number = number
      self.dueIn = dueIn
      self.missedCount = missedCount
      self.attempts = attempts
    }
  }
}

/// One thing that just happened, as a sentence: the `notice` events of `/api/v1/stream`.
public struct Notice: Sendable, Codable, Equatable {
  public var at: Timestamp
  public var pbx: String
  /// A word a program can switch on: `missed_call`, `job`, `attempt`, `pbx`.
  public var kind: String
  /// Numbers are masked.
  public var sentence: String

  public init(at: Timestamp, pbx: String, kind: String, sentence: String) {
    self.at = at
    self.pbx = pbx
    self.kind = kind
    self.sentence = sentence
  }
}
