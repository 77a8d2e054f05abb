import Courier
import Lab
import Testing

@Suite struct `A mail` {
  let courier: Courier
  init() throws { courier = try Courier() }

  func mail(
    to sink: MailSink, from sender: String = "pbx@example.org", _ recipients: [String] = ["lead@example.org"],
    message: String = "Subject: missed\r\n\r\n.dots\r\n..\r\nend", timeout: Duration = .seconds(20)
  ) -> Mail {
    Mail(
      "smtp://127.0.0.1:\(sink.port)", from: sender, to: recipients, message: Array(message.utf8),
      timeout: timeout)
  }

  func failure(_ mail: Mail) async -> CourierError? {
    do throws(CourierError) {
      try await courier.send(mail)
      return nil
    } catch {
      return error
    }
  }

  @Test func `arrives whole, with its envelope, once for all recipients`() async throws {
    let sink = try MailSink()
    try await courier.send(mail(to: sink, ["lead@example.org", "boss@example.org"]))
    #expect(
      sink.mails == [
        MailSink.Mail(
          sender: "pbx@example.org", recipients: ["lead@example.org", "boss@example.org"],
          message: "Subject: missed\r\n\r\n.dots\r\n..\r\nend")
      ])
  }

  /// The server takes the connection and says nothing from a step on.
  @Test(arguments: MailSink.Step.allCases)
  func `to a server that hangs is given up in its time`(_ step: MailSink.Step) async throws {
    let sink = try MailSink(hangsAt: step)
    let error = await failure(mail(to: sink, timeout: .milliseconds(400)))
    #expect(error?.code == .timeout)
    // Only a server that has the message may have taken it.
    #expect(error?.delivery == (step == .message ? .unknown : .notSent))
    #expect(sink.mails.isEmpty)
  }

  @Test func `to nobody, from nobody, or with a forged envelope is refused before anything is sent`()
    async throws
  {
    let sink = try MailSink()
    let forged = "a@example.org>\r\nRCPT TO:<b@example.org"
    for address in [forged, "", "nobody", "a b@example.org", "@example.org", "<a@example.org>"] {
      #expect(await failure(mail(to: sink, [address]))?.code == .badRequest, "\(address)")
    }
    #expect(await failure(mail(to: sink, from: forged))?.code == .badRequest)
    #expect(await failure(mail(to: sink, []))?.code == .badRequest)
    let tooMany = (0...Mail.recipientsMax).map { "a\($0)@example.org" }
    #expect(await failure(mail(to: sink, tooMany))?.code == .badRequest)
    #expect(sink.mails.isEmpty)
  }

  @Test(arguments: ["a\nb", "a\rb", "a\r", "a\r\n.\nQUIT\r\n", "a\0b"])
  func `with another line end than CR LF is refused`(_ message: String) async throws {
    let sink = try MailSink()
    #expect(await failure(mail(to: sink, message: message))?.code == .badRequest)
  }

  @Test func `to a server without TLS is not sent where TLS is required`() async throws {
    let sink = try MailSink()
    var secret = mail(to: sink)
    secret.startTLS = .required
    let error = await failure(secret)
    #expect(error?.delivery == .notSent)
    #expect(sink.mails.isEmpty)
  }

  @Test func `to a port where nobody listens was certainly not sent`() async throws {
    let error = await failure(
      Mail("smtp://127.0.0.1:1", from: "a@example.org", to: ["b@example.org"], message: []))
    #expect(error?.code == .connect && error?.delivery == .notSent)
  }
}
