import AsteriskLink
import SimulatedPBX
import Telephony
import Testing

@Suite struct `A check of one PBX` {
  @Test func `finds only what is really missing`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    // The simulated PBX lists a few commands and has no systemname.
    let sentences = await bench.link.probe().map(\.sentence)
    #expect(sentences.count == 2)
    #expect(
      sentences.contains { $0.contains("[perezvon] of manager.conf") && $0.contains("add call to write=") })
    #expect(sentences.contains { $0.contains("set systemname=pbx1") })
    #expect(bench.seen.compactMap(\.ariDownReason).isEmpty)
    #expect(bench.pbx.webSocketsAccepted == 1)
    await bench.stop()
  }

  @Test func `says what keeps it from logging in`() async throws {
    let bench = try await Bench(change: {
      $0.ami.secret = "wrong"
      $0.ari.password = "wrong"
    })
    let sentences = await bench.link.probe().map(\.sentence)
    #expect(sentences.count == 2)
    #expect(sentences.contains { $0.contains("AMI login refused") && $0.contains("manager.conf") })
    #expect(sentences.contains { $0.contains("ARI login refused") && $0.contains("ari.conf") })
    await bench.stop()
  }

  @Test func `tells a user who may only read`() async throws {
    let bench = try await Bench(prepare: { pbx in
      pbx.onRequest {
        $0.method == "DELETE" ? .answer(status: 403, body: #"{"message":"Access denied"}"#) : nil
      }
    })
    let sentences = await bench.link.probe().map(\.sentence)
    #expect(sentences.contains { $0.contains("read_only=no") && $0.contains("ari.conf") })
    await bench.stop()
  }

  @Test func `names the ports nobody listens on`() async throws {
    let bench = try await Bench(change: {
      $0.ami.port = 1
      $0.ari.url = "http://127.0.0.1:1/ari"
    })
    let sentences = await bench.link.probe().map(\.sentence)
    #expect(
      sentences.contains {
        $0.contains("127.0.0.1:1 cannot be reached: connection refused") && $0.contains("manager.conf")
      })
    #expect(sentences.contains { $0.contains("http.conf") })
    await bench.stop()
  }
}
