import AsteriskLink
import Courier
import Foundation
import SimulatedPBX
import Telephony
import Testing

@Suite struct `A connection over TLS` {
  /// A certificate for 127.0.0.1 that only its own file vouches for: `openssl req -x509 -newkey ec -pkeyopt
  /// ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1`.
  /// Its key guards nothing but this test.
  struct Certificate {
    var file: String
    var settings = SimulatedPBXSettings()

    init() throws {
      let directory = FileManager.default.temporaryDirectory.appending(
        path: "perezvon-tls-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      file = directory.appending(path: "certificate.pem").path
      try Self.certificate.write(toFile: file, atomically: true, encoding: .utf8)
      settings.certificate = (Self.certificate, Self.key)
    }

    static let certificate = """
      -----BEGIN CERTIFICATE-----
      MIIBkDCCATagAwIBAgIUMAlF/l1r4vzOKQUkls9ShRU4Jv0wCgYIKoZIzj0EAwIw
      FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMjE3MjMzOVoYDzIxMjYxMDI5
      MTcyMzM5WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
      PQMBBwNCAAREaoPmipPRRjGQRpIEAGwIpcG0fbEV2OhQ3F/zlvxcmrQNwfKjAIr5
      dD+Dp36T5jBMHkYoVmAy9uLHgtJHDXoLo2QwYjAdBgNVHQ4EFgQUoipfWUhMHYNL
      PKI+k3mp8QqSOhUwHwYDVR0jBBgwFoAUoipfWUhMHYNLPKI+k3mp8QqSOhUwDwYD
      VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
      IBYKy/9KV50VSa/lq1mrE5sI5GmajMLDkVg5/uOYQXHGAiEAhHZqW1XuErqoV7nk
      LWaAgwBN4fJOlP1Z478aCjA+M4E=
      -----END CERTIFICATE-----

      """
    static let key = """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgB8u3T0/qxXTApJgg
      90PrYqWHfnVRFbXqxCrp7Z8fY/+hRANCAAREaoPmipPRRjGQRpIEAGwIpcG0fbEV
      2OhQ3F/zlvxcmrQNwfKjAIr5dD+Dp36T5jBMHkYoVmAy9uLHgtJHDXoL
      -----END PRIVATE KEY-----

      """

    func remove() {
      try? FileManager.default.removeItem(atPath: (file as NSString).deletingLastPathComponent)
    }
  }

  @Test func `comes up with the right CA file, AMI, websocket and requests`() async throws {
    let certificate = try Certificate()
    defer { certificate.remove() }
    let bench = try await Bench(
      pbx: certificate.settings,
      change: { settings in
        settings.ami.tls = TLSPolicy(caFile: certificate.file)
        settings.ari.tls = TLSPolicy(caFile: certificate.file)
      })
    bench.start()
    #expect(await bench.isUp())
    #expect(await bench.link.channel("nobody") == .gone)
    await bench.stop()
  }

  @Test func `is refused where nobody vouches for the certificate, unless checking is off`() async throws {
    let certificate = try Certificate()
    defer { certificate.remove() }
    let strict = try await Bench(pbx: certificate.settings, change: { $0.ami.tls = TLSPolicy() })
    strict.start()
    let reasons = await strict.wait { inputs -> [String]? in
      guard let ami = inputs.compactMap(\.amiDownReason).first,
        let ari = inputs.compactMap(\.ariDownReason).first
      else { return nil }
      return [ami, ari]
    }
    #expect(reasons?[0].contains("AMI over TLS") == true)
    #expect(reasons?[1].contains("TLS") == true)
    #expect(strict.pbx.actions.isEmpty)
    await strict.stop()
    let lax = try await Bench(
      pbx: certificate.settings,
      change: { settings in
        settings.ami.tls = TLSPolicy(verify: false)
        settings.ari.tls = TLSPolicy(verify: false)
      })
    lax.start()
    #expect(await lax.isUp())
    await lax.stop()
  }
}
