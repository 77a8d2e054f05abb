import Courier
import NIOCore
import NIOPosix
import SimulatedPBX
import Synchronization
import Testing

@Suite struct `A courier` {
  let courier: Courier
  let server: SimulatedPBX

  init() async throws {
    // However long a loaded machine leaves a test waiting, its connection is not too old.
    courier = try Courier(settings: CourierSettings(idleMax: .seconds(3600)))
    server = try await SimulatedPBX(group: MultiThreadedEventLoopGroup.singleton)
  }

  func request(
    _ method: HTTPRequest.Method, _ path: String, body: [UInt8] = [], timeout: Duration = .seconds(20),
    responseBytesMax: Int = 1 << 20
  ) -> HTTPRequest {
    HTTPRequest(
      method, "http://127.0.0.1:\(server.ariPort)\(path)", headers: [HTTPHeader("X-Test", "a b")], body: body,
      credentials: .basic(username: "perezvon", password: "aripassword"), timeout: timeout,
      responseBytesMax: responseBytesMax)
  }

  /// The error a request ends with; nil where it was answered.
  func failure(_ request: HTTPRequest) async -> CourierError? {
    do throws(CourierError) {
      _ = try await courier.send(request)
      return nil
    } catch {
      return error
    }
  }

  @Test func `sends method, path, body and credentials, and reads status, headers and body`() async throws {
    server.onRequest { request in
      request.method == "PUT" ? .answer(status: 207, body: "seen \(request.path) \(request.body)") : nil
    }
    let answer = try await courier.send(request(.put, "/x%20y?a=b", body: Array("hello".utf8)))
    #expect(answer.status == 207)
    #expect(String(decoding: answer.body, as: UTF8.self) == "seen /x y hello")
    #expect(answer.header("content-type") == "application/json")
    #expect(server.requests.map(\.query) == [["a": "b"]])
    server.onRequest(nil)
    let channels = try await courier.send(request(.get, "/ari/channels"))
    #expect(channels.status == 200)
    var stranger = request(.get, "/ari/channels")
    stranger.credentials = .bearer("nobody")
    #expect(try await courier.send(stranger).status == 401)
  }

  @Test func `keeps its connection for the next request`() async throws {
    for _ in 0..<50 { _ = try await courier.send(request(.get, "/ari/channels")) }
    #expect(server.httpConnectionsAccepted == 1)
    #expect(server.requests.count == 50)
  }

  @Test func `carries many requests at once`() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<200 { group.addTask { try await courier.send(request(.get, "/ari/channels")).status } }
      var good = 0
      for try await status in group where status == 200 { good += 1 }
      #expect(good == 200)
    }
    #expect(server.httpConnectionsAccepted <= CourierSettings().connectionsPerHostMax)
    #expect(courier.inFlight == 0)
  }

  @Test func `a slow server is a time-out after sending, outcome unknown`() async {
    server.onRequest { _ in .silence }
    let error = await failure(request(.post, "/ari/channels", timeout: .seconds(1)))
    #expect(error?.code == .timeout)
    #expect(error?.delivery == .unknown)
    #expect(await server.wait { $0.requests.count == 1 ? true : nil } == true)
  }

  @Test func `a huge answer is refused, not collected`() async {
    server.onRequest { _ in .answer(status: 200, body: String(repeating: "x", count: 1 << 20)) }
    let error = await failure(request(.get, "/", responseBytesMax: 1_000))
    #expect(error?.code == .tooLarge)
    #expect(error?.delivery == .unknown)
    #expect(await failure(request(.get, "/", responseBytesMax: 1 << 20)) == nil)
  }

  @Test func `an answer that goes on is handed over as it comes, however long it is`() async throws {
    server.onRequest { _ in .answer(status: 200, body: String(repeating: "x", count: 3 << 20)) }
    let seen = Mutex(0)
    let answer = try await courier.send(request(.get, "/")) { bytes in seen.withLock { $0 += bytes.count } }
    #expect(answer.status == 200)
    #expect(answer.body.isEmpty)
    #expect(seen.withLock { $0 } == 3 << 20)
  }

  @Test func `a refused connection was certainly not sent`() async {
    // Nobody may bind port 1 here, and no other test's server can be given it.
    let error = await failure(HTTPRequest(.post, "http://127.0.0.1:1/ari/channels?secret=1"))
    #expect(error?.code == .connect)
    #expect(error?.delivery == .notSent)
    #expect(error?.message.contains("127.0.0.1:1") == true)
    #expect(error?.message.contains("secret") == false)
  }

  @Test func `an unknown host was certainly not sent`() async {
    let error = await failure(HTTPRequest(.get, "http://no-such-host.invalid/"))
    #expect(error?.code == .resolve)
    #expect(error?.delivery == .notSent)
  }

  @Test func `a connection cut after sending is unknown, and a POST is not sent again`() async throws {
    _ = try await courier.send(request(.get, "/ari/channels"))
    server.onRequest { $0.method == "POST" ? .cut : nil }
    let error = await failure(request(.post, "/ari/channels"))
    #expect(error?.code == .broken)
    #expect(error?.delivery == .unknown)
    #expect(server.requests.filter { $0.method == "POST" }.count == 1)
  }

  @Test func `a GET on a kept connection that ends without an answer is sent again`() async throws {
    _ = try await courier.send(request(.get, "/ari/channels"))
    server.onRequest { [server] _ in server.requests.count == 2 ? .cut : nil }
    #expect(try await courier.send(request(.get, "/ari/channels")).status == 200)
    #expect(server.requests.count == 3)
  }

  @Test func `a cancelled request ends at once`() async throws {
    server.onRequest { _ in .silence }
    let task = Task { await failure(request(.get, "/", timeout: .seconds(300))) }
    _ = await server.wait { $0.requests.isEmpty ? nil : true }
    task.cancel()
    let error = await task.value
    #expect(error?.code == .cancelled)
    #expect(error?.delivery == .unknown)
    #expect(courier.inFlight == 0)
  }

  @Test func `a task cancelled before it sends sends nothing`() async {
    let error = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await failure(request(.get, "/"))
    }.value
    #expect(error?.code == .cancelled)
    #expect(error?.delivery == .notSent)
    #expect(server.requests.isEmpty)
  }

  @Test func `a request that waits for a connection keeps its own time limit`() async throws {
    let narrow = try Courier(settings: CourierSettings(connectionsPerHostMax: 1))
    server.onRequest { _ in .silence }
    let first = Task { try? await narrow.send(request(.get, "/first", timeout: .seconds(300))) }
    _ = await server.wait { $0.requests.isEmpty ? nil : true }
    do throws(CourierError) {
      _ = try await narrow.send(request(.get, "/second", timeout: .milliseconds(200)))
      Issue.record("an answer that nobody gave")
    } catch {
      #expect(error.code == .timeout)
      #expect(error.delivery == .notSent)
    }
    first.cancel()
    _ = await first.value
  }

  @Test func `more requests than allowed are refused at once`() async throws {
    let small = try Courier(settings: CourierSettings(requestsMax: 1))
    server.onRequest { _ in .silence }
    let first = Task { try? await small.send(request(.get, "/", timeout: .seconds(300))) }
    _ = await server.wait { $0.requests.isEmpty ? nil : true }
    do throws(CourierError) {
      _ = try await small.send(request(.get, "/"))
      Issue.record("two in flight")
    } catch {
      #expect(error.code == .busy)
      #expect(error.delivery == .notSent)
    }
    first.cancel()
    _ = await first.value
  }

  @Test func `shutting down answers whoever waits, and everyone later`() async {
    server.onRequest { _ in .silence }
    let waiting = Task { await failure(request(.get, "/", timeout: .seconds(300))) }
    _ = await server.wait { $0.requests.isEmpty ? nil : true }
    courier.shutDown()
    #expect(await waiting.value?.code == .shutDown)
    let late = await failure(request(.get, "/"))
    #expect(late?.code == .shutDown)
    #expect(late?.delivery == .notSent)
  }

  @Test(arguments: [
    "ftp://127.0.0.1/", "file:///etc/passwd", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
  ])
  func `other schemes and unescaped characters are refused`(url: String) async {
    let error = await failure(HTTPRequest(.get, url))
    #expect(error?.code == .badRequest)
    #expect(error?.delivery == .notSent)
  }

  @Test func `a header that would begin another is refused`() async {
    var hostile = request(.get, "/")
    hostile.headers = [HTTPHeader("X-Name", "a\r\nX-Other: b")]
    #expect(await failure(hostile)?.code == .badRequest)
    hostile.headers = [HTTPHeader("X Name", "a")]
    #expect(await failure(hostile)?.code == .badRequest)
    #expect(server.requests.isEmpty)
  }

  @Test func `a redirect is an answer, not an order`() async throws {
    server.onRequest { _ in .answer(status: 302, body: "elsewhere") }
    #expect(try await courier.send(request(.get, "/")).status == 302)
    #expect(server.requests.count == 1)
  }
}
