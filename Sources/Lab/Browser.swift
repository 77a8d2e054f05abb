import Courier
public import Foundation

/// A headless Chromium, driven over WebDriver (W3C) through Debian's `chromium-driver`. It goes with this process.
public final class Browser: Sendable {
  private let driver: ChildProcess
  private let base: String
  private let session: String
  private let directory: String

  private init(driver: ChildProcess, base: String, session: String, directory: String) {
    self.driver = driver
    self.base = base
    self.session = session
    self.directory = directory
  }

  /// Starts one with a profile of its own, in the language of `languages` (`Accept-Language`).
  public static func start(languages: String = "en") async throws(LabError) -> Browser {
    let directory = NSTemporaryDirectory() + "/perezvon-browser-\(UUID().uuidString.prefix(8))"
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch { throw LabError(.resources, "cannot make \(directory): \(error)") }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/chromedriver") else {
      throw LabError(.missingPackages, "apt-get install chromium chromium-driver")
    }
    let log = directory + "/driver.log"
    let driver = try await ChildProcess.start(
      "chromedriver",
      .init(
        arguments: ["chromedriver", "--port=0"],
        environment: ["HOME": directory, "XDG_CONFIG_HOME": directory, "TMPDIR": directory], output: log))
    let port = try await port(of: driver, log)
    let base = "http://127.0.0.1:\(port)"
    // Over a pipe, so that it ends with the driver, however that ends.
    let options: [String: any Sendable] = [
      "args": [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        "--remote-debugging-pipe", "--window-size=1920,1080", "--user-data-dir=\(directory)/profile",
        "--no-first-run", "--disable-background-networking", "--accept-lang=\(languages)",
      ] as [String]
    ]
    let capabilities: [String: any Sendable] = [
      "capabilities": [
        "alwaysMatch": [
          "browserName": "chrome", "goog:chromeOptions": options,
          "goog:loggingPrefs": ["browser": "ALL"] as [String: String],
        ] as [String: any Sendable]
      ] as [String: any Sendable]
    ]
    let answer = try await ask(base + "/session", "POST", capabilities)
    guard let session = (answer.value as? [String: Any])?["sessionId"] as? String else {
      throw LabError(.boot, "chromedriver answered without a session: \(answer.text.prefix(400))")
    }
    return Browser(driver: driver, base: base, session: "\(base)/session/\(session)", directory: directory)
  }

  private static func port(of driver: ChildProcess, _ log: String) async throws(LabError) -> Int {
    let end = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < end {
      let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      if let found = text.firstMatch(of: /successfully on port (\d+)/), let port = Int(found.1) {
        return port
      }
      guard driver.isRunning else { throw LabError(.boot, "chromedriver ended: \(text)") }
      try? await Task.sleep(for: .milliseconds(25))
    }
    throw LabError(.timeout, "chromedriver did not say its port")
  }

  /// Ends the browser and removes its profile.
  public func stop() async {
    _ = try? await Self.ask(session, "DELETE", nil)
    await driver.stop(SIGTERM, grace: .seconds(5))
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// Opens an address and waits until the page is loaded.
  public func open(_ url: String) async throws(LabError) {
    _ = try await Self.ask(session + "/url", "POST", ["url": url])
  }

  /// Loads the page anew.
  public func reload() async throws(LabError) {
    _ = try await Self.ask(session + "/refresh", "POST", [:] as [String: String])
  }

  /// Runs the body of a function in the page; what it returned, as text. `arguments[0]` and on are `values`.
  @discardableResult
  public func script(_ body: String, _ values: String...) async throws(LabError) -> String {
    try await script(body, values)
  }

  private func script(_ body: String, _ values: [String]) async throws(LabError) -> String {
    let wrapped =
      "const value = (function () { \(body) }).apply(null, arguments);"
      + "return typeof value === 'string' ? value : JSON.stringify(value ?? null);"
    let answer = try await Self.ask(
      session + "/execute/sync", "POST",
      ["script": wrapped, "args": values] as [String: any Sendable])
    return answer.value as? String ?? ""
  }

  /// Asks the page again until the answer is the one waited for.
  @discardableResult
  public func eventually(
    _ what: String, within bound: Duration = .seconds(15), _ body: String,
    is expected: @Sendable (String) -> Bool = { $0 == "true" }
  ) async throws(LabError) -> String {
    let end = ContinuousClock.now + bound
    var answer = ""
    while true {
      answer = try await script(body, [])
      if expected(answer) { return answer }
      guard ContinuousClock.now < end else { break }
      try? await Task.sleep(for: .milliseconds(50))
    }
    let page = (try? await script("return document.body.innerText", [])) ?? ""
    throw LabError(
      .timeout,
      "\(what): the page still answers \"\(answer)\" after \(bound). It shows: \(page.prefix(1_500))")
  }

  /// Waits until the text of the page holds this.
  public func shows(_ text: String, within bound: Duration = .seconds(15)) async throws(LabError) {
    let quoted = String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
    try await eventually(
      "\(text) on the page", within: bound, "return document.body.innerText.includes(\(quoted))")
  }

  /// Presses keys where the keyboard is, one after the other. Special ones as WebDriver has them, such as `Key.enter`.
  public func press(_ keys: String) async throws(LabError) {
    let strokes = keys.flatMap { key in
      [["type": "keyDown", "value": String(key)], ["type": "keyUp", "value": String(key)]]
    }
    let source: [String: any Sendable] = ["type": "key", "id": "keyboard", "actions": strokes]
    _ = try await Self.ask(
      session + "/actions", "POST", ["actions": [source]] as [String: any Sendable])
  }

  /// WebDriver's code points of keys without a character.
  public enum Key {
    public static let tab = "\u{E004}"
    public static let enter = "\u{E007}"
    public static let escape = "\u{E00C}"
  }

  /// The size of the page in CSS pixels.
  public func resize(width: Int, height: Int) async throws(LabError) {
    let metrics: [String: any Sendable] = [
      "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
    ]
    _ = try await Self.ask(
      session + "/goog/cdp/execute", "POST",
      ["cmd": "Emulation.setDeviceMetricsOverride", "params": metrics] as [String: any Sendable])
  }

  /// What is seen now, as PNG.
  public func screenshot() async throws(LabError) -> Data {
    let answer = try await Self.ask(session + "/screenshot", "GET", nil)
    guard let text = answer.value as? String, let data = Data(base64Encoded: text) else {
      throw LabError(.program, "chromedriver gave no picture")
    }
    return data
  }

  /// What the page wrote to its console since this was last asked: errors, and what its policy refused.
  public func console() async throws(LabError) -> [String] {
    let answer = try await Self.ask(session + "/se/log", "POST", ["type": "browser"])
    return (answer.value as? [[String: Any]] ?? []).compactMap { $0["message"] as? String }
  }

  // Not Foundation's URLSession, which takes no header line without a blank behind its colon: chromedriver's have none.
  private static let shared = Result<Courier, CourierError> { () throws(CourierError) in try Courier() }

  private struct Answer {
    let value: Any?
    let text: String
  }

  private static func ask(_ url: String, _ method: String, _ body: (any Sendable)?) async throws(LabError)
    -> Answer
  {
    let bytes = body.flatMap { try? JSONSerialization.data(withJSONObject: $0) } ?? Data()
    guard let verb = HTTPRequest.Method(rawValue: method) else {
      throw LabError(.program, "\(method) is no method")
    }
    let answer: HTTPResponse
    do throws(CourierError) {
      answer = try await shared.get().send(
        HTTPRequest(
          verb, url, headers: [HTTPHeader("Content-Type", "application/json")], body: Array(bytes),
          timeout: .seconds(90), responseBytesMax: 64 << 20))
    } catch { throw LabError(.disconnected, "chromedriver does not answer: \(error)") }
    let text = String(decoding: answer.body.prefix(2_000), as: UTF8.self)
    guard answer.status == 200 else {
      throw LabError(.program, "chromedriver refused \(method) \(url.suffix(60)): \(text)")
    }
    let data = Data(answer.body)
    let object = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
    return Answer(value: (object as? [String: Any])?["value"], text: text)
  }
}
