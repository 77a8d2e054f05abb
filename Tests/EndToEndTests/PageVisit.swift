import Foundation
import Lab
import Testing

/// A browser that looks at the pages of a stage's service.
struct PageVisit {
  let stage: Stage
  let browser: Browser
  var base: String { "http://127.0.0.1:\(stage.service.httpPort)" }

  /// Runs a body with a browser that ends after it.
  static func with(_ stage: Stage, _ body: (PageVisit) async throws -> Void) async throws {
    let browser = try await Browser.start()
    do {
      try await body(PageVisit(stage: stage, browser: browser))
    } catch {
      await browser.stop()
      throw error
    }
    await browser.stop()
  }

  /// A token of the service.
  func token(_ role: String, _ more: String...) async throws -> String {
    let label = "test \(role) \(UUID().uuidString.prefix(4))"
    let made =
      more.count == 2
      ? try await stage.service.command(
        "token", "create", "--role", role, "--label", label, more[0], more[1])
      : try await stage.service.command("token", "create", "--role", role, "--label", label)
    let token = made.output.split(separator: "\n").last.map(String.init) ?? ""
    try #require(made.status == 0 && !token.isEmpty, "token create: \(made.output)")
    return token
  }

  /// Opens a page as nobody, and signs in with the keyboard alone.
  func signIn(_ token: String, at path: String = "/") async throws {
    try await browser.open(base + path)
    try await browser.eventually("the form for a token", "return document.activeElement?.id === 'token'")
    try await browser.press(token + Browser.Key.enter)
    try await browser.eventually("signed in", "return document.querySelector('form.entry') === null")
  }

  /// Signs out, by the button at the top.
  func signOut() async throws {
    try await browser.script("document.querySelector('#top .tools button:last-child').click()")
    try await browser.eventually("signed out", "return document.querySelector('form.entry') !== null")
  }

  /// The text of the first element that matches.
  func text(_ selector: String) async throws -> String {
    try await browser.script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)
  }

  /// What axe finds wrong with the page as it is, a line each; empty where nothing is.
  func findings() async throws -> String {
    try await browser.script(try await AxeScript.text() + "; return typeof axe")
    try await browser.script(
      """
      window.axeFound = null;
      axe.run(document, { resultTypes: ["violations", "incomplete"] }).then((result) => {
        const node = (node) => node.target.join(" ") + " (" + (node.any[0]?.message ?? "") + ")";
        const line = (one) => one.id + ": " + one.help + " " + one.nodes.slice(0, 4).map(node).join(", ");
        window.axeFound = JSON.stringify({ bad: result.violations.map(line), rules: result.passes?.length ?? 0 });
      }, (error) => { window.axeFound = JSON.stringify({ bad: [String(error)] }); });
      """)
    let found = try await browser.eventually("axe", within: .seconds(30), "return window.axeFound ?? ''") {
      !$0.isEmpty && $0 != "null"
    }
    let object = try JSONSerialization.jsonObject(with: Data(found.utf8)) as? [String: Any]
    return (object?["bad"] as? [String] ?? ["axe gave no answer"]).joined(separator: "\n")
  }
}
