import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import WebAPI

@Suite struct `The pages` {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/WebAPI/Pages")

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  private static func names(_ ending: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(ending) }
      .sorted()
  }

  private func ask(
    _ path: String, _ headers: HTTPFields = [:], _ check: @escaping @Sendable (TestResponse) throws -> Void
  ) async throws {
    let router = Router(context: BasicRequestContext.self)
    Pages().add(to: router)
    try await Application(router: router).test(.router) { client in
      try await client.execute(uri: path, method: .get, headers: headers) { try check($0) }
    }
  }

  @Test(arguments: [
    "/", "/agent", "/reports", "/numbers/%2B79161234567", "/assets/board.js", "/assets/perezvon.css",
  ])
  func `go out with a strict policy and are asked for again each time`(_ path: String) async throws {
    try await ask(path) { answer in
      #expect(answer.status == .ok)
      let policy = answer.headers[.contentSecurityPolicy] ?? ""
      #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
      #expect(policy.contains("frame-ancestors 'none'"))
      #expect(answer.headers[.xContentTypeOptions] == "nosniff")
      #expect(answer.headers[.cacheControl] == "no-cache")
      #expect(answer.headers[HTTPField.Name("Referrer-Policy")!] == "no-referrer")
    }
  }

  @Test func `are not sent again to who has them`() async throws {
    let tag = Tag()
    try await ask("/?lang=ru") { tag.value = $0.headers[.eTag] ?? "" }
    #expect(!tag.value.isEmpty)
    try await ask("/?lang=ru", [.ifNoneMatch: tag.value]) { answer in
      #expect(answer.status == .notModified)
      #expect(answer.body.readableBytes == 0)
    }
    try await ask("/?lang=uk", [.ifNoneMatch: tag.value]) { #expect($0.status == .ok) }
  }

  private final class Tag: @unchecked Sendable {
    // Written and read by one test, one request after the other.
    var value = ""
  }

  @Test(arguments: [
    ("/", "uk-UA,uk;q=0.9,en;q=0.5", "uk"), ("/", "de, ru;q=0.4, en;q=0.3", "ru"), ("/", "fr", "en"),
    ("/", "", "en"),
    ("/?lang=ru", "uk", "ru"), ("/?lang=xx", "uk", "uk"), ("/", "en;q=0.1, ru;q=0.1", "en"),
    ("/", "ru;q=0, uk;q=0.1", "uk"),
  ])
  func `speak the language that is asked for`(_ path: String, _ accepted: String, _ tongue: String)
    async throws
  {
    try await ask(path, [.acceptLanguage: accepted]) { answer in
      #expect(String(buffer: answer.body).contains("<html lang=\"\(tongue)\""))
      #expect(answer.headers[.vary] == "Accept-Language")
    }
  }

  @Test func `put nothing of an address into the page but what they know`() async throws {
    try await ask("/?lang=%22%3E%3Cscript%3E&theme=%22%3E%3Cscript%3E") { answer in
      let page = String(buffer: answer.body)
      #expect(!page.contains("\"><script>"))
      #expect(page.contains("data-theme=\"auto\""))
    }
    try await ask("/?theme=dark") { #expect(String(buffer: $0.body).contains("data-theme=\"dark\"")) }
  }

  @Test(arguments: ["/assets/page.html", "/assets/nothing.js", "/assets/..%2Fboard.js"])
  func `give nothing that is not theirs`(_ path: String) async throws {
    try await ask(path) { #expect($0.status == .notFound) }
  }

  @Test func `carry every file of their folder`() async throws {
    for name in try Self.names(".js") + Self.names(".css") + Self.names(".svg") {
      let bytes = try Data(contentsOf: Self.folder.appending(path: name))
      try await ask("/assets/\(name)") {
        #expect(Data($0.body.readableBytesView) == bytes, "\(name) is another in the program")
      }
    }
  }

  @Test func `have neither inline code nor anything from elsewhere`() throws {
    for name in try Self.names(".html") {
      let page = try Self.text(name)
      #expect(page.matches(of: /<script(?![^>]*src="\/assets\/)/).isEmpty, "\(name)")
      #expect(page.matches(of: /<style|style=|\son[a-z]+=|https?:/).isEmpty, "\(name)")
    }
    for name in try Self.names(".js") {
      let code = try Self.text(name)
      let forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc/
      #expect(code.matches(of: forbidden).isEmpty, "\(name)")
      #expect(
        code.replacing("http://www.w3.org/2000/svg", with: "").firstMatch(of: /https?:\/\//) == nil, "\(name)"
      )
    }
    #expect(try Self.text("perezvon.css").firstMatch(of: /url\(|@import/) == nil)
  }

  @Test func `have every text in three languages, and use it`() throws {
    let words = try Self.text("words.js")
    let entry =
      /(?<key>\w+): \[\s*"(?<en>(?:[^"\\]|\\.)*)",\s*"(?<ru>(?:[^"\\]|\\.)*)",\s*"(?<uk>(?:[^"\\]|\\.)*)"\s*\]/
    var keys: Set<String> = []
    for match in words.matches(of: entry) {
      let key = String(match.output.key)
      #expect(keys.insert(key).inserted, "\(key) stands twice in words.js")
      let texts = [match.output.en, match.output.ru, match.output.uk]
      #expect(texts.allSatisfy { !$0.isEmpty }, "\(key) lacks a text")
      let places = texts.map { Set($0.matches(of: /\{\d\}/).map { String($0.output) }) }
      #expect(Set(places).count == 1, "\(key) has other places to fill in one language")
    }
    #expect(keys.count > 100)
    // Every line of the table was read.
    #expect(words.matches(of: /\n  \w+: \[/).count == keys.count)
    let code = try Self.names(".js").filter { $0 != "words.js" }.map(Self.text).joined()
    for match in code.matches(of: /\bt\("(\w+)"/) {
      #expect(keys.contains(String(match.output.1)), "words.js has no \(match.output.1)")
    }
    // Words of the service, put together from a prefix and what it says; and those chosen by a name.
    let made = ["phase_", "mode_", "lost_", "job_", "kind_", "disposition_", "card_", "period_"]
    let states = ["free", "ringing", "in_call", "paused", "callback", "wrap_up", "unavailable"]
    let unused = keys.filter { key in
      !states.contains(key) && !made.contains { key.hasPrefix($0) } && !code.contains("\"\(key)\"")
    }
    #expect(unused.isEmpty, "words.js has texts that nobody shows: \(unused.sorted())")
  }
}
