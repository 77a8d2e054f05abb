import Foundation
import Glibc

/// A real mail server on loopback (aiosmtpd of Debian's python3-aiosmtpd) that asks for TLS and a password, and keeps
/// what it is given.
public final class MailServer: Sendable {
  /// What was handed over, read by Python's own mail parser.
  public struct Mail: Sendable, Hashable, Decodable {
    public var sender: String
    public var recipients: [String]
    /// Decoded.
    public var subject: String
    public var from: String
    public var messageID: String
    /// The decoded parts by type.
    public var parts: [String: String]
    /// Whether it came over TLS, with a password.
    public var tls: Bool
    public var authenticated: Bool
  }

  public static let username = "perezvon"
  public static let password = "lab-secret"

  public let port: Int
  /// PEM file of the certificate it shows, for `ca_file`: of `localhost` and 127.0.0.1.
  public let certificate: String
  private let directory: LabDirectory
  private let process: ChildProcess

  private init(port: Int, certificate: String, directory: LabDirectory, process: ChildProcess) {
    self.port = port
    self.certificate = certificate
    self.directory = directory
    self.process = process
  }

  /// Starts it; throws where python3-aiosmtpd or openssl is missing (`scripts/prepare`).
  public static func start() async throws(LabError) -> MailServer {
    let options = LabOptions()
    let directory = try LabDirectory(base: options.workDirectory, keep: options.keepFiles)
    do throws(LabError) {
      let path = directory.path
      _ = try await ChildProcess.mustRun(
        .init(arguments: [
          "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
          "-days",
          "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
          "\(path)/key.pem", "-out", "\(path)/cert.pem",
        ]))
      try writeFile("\(path)/server.py", script)
      let process = try await ChildProcess.start(
        "mail server",
        .init(
          arguments: ["/usr/bin/python3", "\(path)/server.py", path, username, password],
          output: "\(path)/server.log"))
      let port = try await port(path, process)
      return MailServer(port: port, certificate: "\(path)/cert.pem", directory: directory, process: process)
    } catch {
      directory.remove()
      throw error
    }
  }

  private static func port(_ path: String, _ process: ChildProcess) async throws(LabError) -> Int {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      if let text = try? String(contentsOfFile: "\(path)/port", encoding: .utf8), let port = Int(text) {
        return port
      }
      guard process.isRunning else { break }
      try? await Task.sleep(for: .milliseconds(20))
    }
    let log = (try? String(contentsOfFile: "\(path)/server.log", encoding: .utf8)) ?? ""
    throw LabError(.resources, "the mail server did not start; is python3-aiosmtpd installed? \(log)")
  }

  /// In the order in which they came.
  public var mails: [Mail] {
    let text = (try? String(contentsOfFile: directory.path + "/mails", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(Mail.self, from: Data($0.utf8))
    }
  }

  /// Ends it and removes its files.
  public func stop() async {
    await process.stop(SIGTERM, grace: .seconds(2))
    directory.remove()
  }

  private static let script = #"""
    import asyncio, email, email.policy, json, ssl, sys
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

    path, username, password = sys.argv[1:4]

    class Keeper:
        async def handle_DATA(self, server, session, envelope):
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            parts = {}
            for part in mail.walk():
                if not part.is_multipart():
                    parts[part.get_content_type()] = part.get_content()
            row = {"sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "subject": str(mail["subject"]),
                   "from": str(mail["from"]), "messageID": str(mail["message-id"]), "parts": parts,
                   "tls": session.ssl is not None, "authenticated": bool(session.authenticated)}
            with open(path + "/mails", "a") as file:
                file.write(json.dumps(row) + "\n")
            return "250 taken"

        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.startswith("unknown@"):
                return "550 no such mailbox"
            envelope.rcpt_tos.append(address)
            return "250 ok"

    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and data.login == username.encode() and data.password == password.encode()
        return AuthResult(success=good)

    async def main():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path + "/cert.pem", path + "/key.pem")
        make = lambda: SMTP(Keeper(), hostname="lab", tls_context=context, require_starttls=True, auth_required=True,
                            authenticator=check, decode_data=False, enable_SMTPUTF8=True)
        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
        with open(path + "/port.new", "w") as file:
            file.write(str(server.sockets[0].getsockname()[1]))
        import os
        os.rename(path + "/port.new", path + "/port")
        await server.serve_forever()

    asyncio.run(main())
    """#
}
