import CallPolicy
import Dispatch
import Glibc
import Telephony
import Testing

@testable import Store

@Suite struct `The pool` {
  @Test(.timeLimit(.minutes(2))) func `survives a restart of PostgreSQL`() async throws {
    let server = try PrivatePostgres()
    let books = try await Books(server: server)
    let job = try await books.add(books.job())
    // All four connections are there before, and none after.
    try await withThrowingTaskGroup { group in
      for _ in 0..<4 { group.addTask { try await books.store.ping() } }
      try await group.waitForAll()
    }
    try server.restart()
    for _ in 0..<8 { #expect(try await books.store.job(job.id) == job) }
    try server.stop()
    #expect(await code { try await books.store.ping() } == .unavailable)
    try server.start()
    #expect(try await books.store.job(job.id) == job)
    await books.store.close()
  }

  @Test(.timeLimit(.minutes(1))) func `gives up a server that says nothing`() async throws {
    let books = try await Books()
    let small = Store(StoreSettings(url: books.url, poolSize: 1, statementTimeout: .milliseconds(200)))
    let backend = try await small.pool.run { link throws(StoreError) in
      try link.execute(Statement("who", "SELECT pg_backend_pid()").with()).first { row throws(StoreError) in
        try row.int()
      }
    }
    // Its kernel goes on to acknowledge what comes: TCP sees nothing wrong.
    kill(pid_t(try #require(backend)), SIGSTOP)
    defer { if let backend { kill(pid_t(backend), SIGCONT) } }
    #expect(await code { try await small.ping() } == .unavailable)
    try await small.ping()
    await small.close()
    await books.store.close()
  }

  @Test(arguments: [
    "postgresql://perezvon:hunter%zz2@127.0.0.1/books", "postgresql://perezvon:hunter2@[127.0.0.1/books",
    "postgresql://perezvon:hunter2@127.0.0.1:5432x/books?sslmode", "host=127.0.0.1 password='hunter2",
    "postgresql://perezvon:hunter2@127.0.0.1/books?hunter2=1",
    "postgresql://perezvon:hunter2@127.0.0.1:1/books",
    "postgresql://perezvon:hunter2@127.0.0.1/books?port=x1",
  ]) func `tells no password, whatever is wrong with the connection string`(url: String) async throws {
    let store = Store(StoreSettings(url: url, poolSize: 1))
    var sentence = ""
    do throws(StoreError) { try await store.ping() } catch { sentence = error.description }
    #expect(sentence.contains("connect to PostgreSQL"))
    #expect(!sentence.contains("hunter"), "\(sentence)")
    for await notification in store.notifications(channels: ["jobs"]) {
      #expect(!"\(notification)".contains("hunter"), "\(notification)")
      break
    }
    await store.close()
  }

  @Test func `lets more tasks wait than it has connections`() async throws {
    let books = try await Books(poolSize: 2)
    try await withThrowingTaskGroup { group in
      for _ in 0..<200 { group.addTask { try await books.store.ping() } }
      try await group.waitForAll()
    }
    await books.store.close()
  }

  @Test func `gives up waiting after the time set`() async throws {
    let books = try await Books()
    let small = Store(
      StoreSettings(url: books.url, poolSize: 1, acquireTimeout: .milliseconds(50)))
    let (taken, isTaken) = AsyncStream.makeStream(of: Void.self)
    let givenUp = DispatchSemaphore(value: 0)
    let blocker = Task {
      try await small.pool.run { _ in
        isTaken.yield()
        // On the connection's own thread: it holds its place for as long as it takes the other to give up.
        givenUp.wait()
      }
    }
    for await _ in taken { break }
    #expect(await code { try await small.ping() } == .unavailable)
    givenUp.signal()
    try await blocker.value
    try await small.ping()
    await small.close()
    await books.store.close()
  }

  @Test func `is refused after closing`() async throws {
    let books = try await Books()
    await books.store.close()
    await books.store.close()
    #expect(await code { try await books.store.ping() } == .unavailable)
  }

  @Test func `keeps to the statement timeout, and lives on`() async throws {
    let books = try await Books()
    let hasty = Store(StoreSettings(url: books.url, poolSize: 1, statementTimeout: .milliseconds(50)))
    let slow = await code {
      try await hasty.pool.run { link throws(StoreError) in
        _ = try link.execute(Statement("sleep", "SELECT pg_sleep(30)").with())
      }
    }
    #expect(slow == .unavailable)
    try await hasty.ping()
    await hasty.close()
    await books.store.close()
  }

  @Test func `says what to do when there is no server`() async throws {
    let store = Store(StoreSettings(url: "postgresql://127.0.0.1:1/x?connect_timeout=2"))
    do {
      try await store.ping()
      Issue.record("connected to port 1")
    } catch {
      #expect(error.code == .unavailable)
      #expect(error.hint.contains("is PostgreSQL running"))
      #expect(!error.commitUnknown)
    }
    await store.close()
  }

  @Test func `takes the host that accepts writes out of several`() async throws {
    let books = try await Books()
    let server = try PrivatePostgres.shared.get()
    let list = books.url.replacing(
      "127.0.0.1:\(server.port)", with: "127.0.0.1:1,127.0.0.1:\(server.port)")
    let store = Store(StoreSettings(url: list + "?target_session_attrs=read-write"))
    try await store.ping()
    #expect(try await store.serverVersion().isEmpty == false)
    await store.close()
    await books.store.close()
  }

  @Test func `tells a read-only server by name`() async throws {
    let books = try await Books()
    let options = "?options=-c%20default_transaction_read_only%3Don"
    let store = Store(StoreSettings(url: books.url + options))
    let job = books.job()
    let refused = await code {
      _ = try await store.addJob(job, decision: books.decision("job_created", job))
    }
    #expect(refused == .readOnly)
    await store.close()
    await books.store.close()
  }

  @Test func `says that a COMMIT's fate is unknown when the connection broke on it`() async throws {
    let books = try await Books()
    let kill = Statement("kill", "SELECT pg_terminate_backend(pg_backend_pid())")
    for commits in [true, false] {
      do {
        try await books.store.pool.run { link throws(StoreError) in
          _ = try link.batch([kill.with()], commits: commits)
        }
        Issue.record("the connection lived on")
      } catch {
        #expect(error.code == .unavailable)
        #expect(error.commitUnknown == commits)
        #expect(error.mayRetry == !commits)
      }
    }
    try await books.store.ping()
    await books.store.close()
  }

  @Test func `asks for a migration where there are no tables`() async throws {
    let store = Store(StoreSettings(url: try PrivatePostgres.shared.get().database()))
    do {
      _ = try await store.jobs(JobFilter())
      Issue.record("read jobs from nowhere")
    } catch {
      #expect(error.code == .schema)
      #expect(error.hint.contains("perezvon migrate"))
    }
    await store.close()
  }
}

@Suite struct `Notifications` {
  @Test(.timeLimit(.minutes(2))) func `arrive, and say when something may have been missed`() async throws {
    let server = try PrivatePostgres()
    let books = try await Books(server: server)
    var stream = books.store.notifications(channels: [StoreChannel.jobs, "odd \"name\""]).makeAsyncIterator()
    #expect(await stream.next() == .resynced)
    let job = try await books.add(books.job())
    #expect(await stream.next() == .notified(channel: StoreChannel.jobs, payload: job.id.description))
    try await books.sql("SELECT pg_notify('odd \"name\"', 'x')")
    #expect(await stream.next() == .notified(channel: "odd \"name\"", payload: "x"))
    try server.restart()
    var interrupted = false
    while let next = await stream.next() {
      if case .interrupted = next { interrupted = true }
      if next == .resynced { break }
    }
    #expect(interrupted)
    _ = try await books.store.makeDue(job.id, now: books.now)
    #expect(await stream.next() == .notified(channel: StoreChannel.jobs, payload: job.id.description))
    await books.store.close()
    #expect(await stream.next() == nil)
  }

  @Test(.timeLimit(.minutes(1))) func `are interrupted where the server says nothing any more`() async throws
  {
    let books = try await Books()
    let (stream, continuation) = AsyncStream.makeStream(of: StoreNotification.self)
    let listener = Listener(
      StoreSettings(url: books.url, applicationName: "mute"), channels: ["x"], continuation: continuation,
      probeEvery: 100)
    listener.start()
    var next = stream.makeAsyncIterator()
    #expect(await next.next() == .resynced)
    let backend = try await books.store.pool.run { link throws(StoreError) in
      let asked = Statement("who", "SELECT pid FROM pg_stat_activity WHERE application_name = 'mute'")
      return try link.execute(asked.with()).first { row throws(StoreError) in try row.int() }
    }
    let pid = pid_t(try #require(backend))
    kill(pid, SIGSTOP)
    defer { kill(pid, SIGCONT) }
    guard case .interrupted = await next.next() else {
      Issue.record("the listener waits for ever")
      return
    }
    #expect(await next.next() == .resynced, "it listens on a new connection")
    listener.stop()
    await books.store.close()
  }

  @Test func `dropped for a slow reader are followed by a resync`() async throws {
    let (stream, continuation) = AsyncStream.makeStream(
      of: StoreNotification.self, bufferingPolicy: .bufferingNewest(4))
    let listener = Listener(StoreSettings(url: ""), channels: [], continuation: continuation)
    for n in 1...10 { listener.tell(.notified(channel: "flood", payload: "\(n)")) }
    continuation.finish()
    let read = await stream.reduce(into: []) { $0.append($1) }
    #expect(read.count == 4)
    #expect(read.last == .resynced)
  }
}
