import AsteriskLink
import AsteriskProtocol
import SimulatedPBX
import Telephony
import Testing

@Suite struct `An ARI websocket` {
  func dtmf(_ digit: String) -> String {
    #"{"type":"ChannelDtmfReceived","timestamp":"2026-11-22T08:00:00.000+0000","digit":"\#(digit)","duration_ms":100,"#
      + #""channel":{"id":"pz-1-a","name":"PJSIP/101-00000001","state":"Up","caller":{"name":"","number":""},"#
      + #""connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"x","exten":"s","priority":1},"#
      + #""creationtime":"2026-11-22T08:00:00.000+0000","language":"en"},"application":"perezvon"}"#
  }

  func digits(_ inputs: [LinkInput]) -> String {
    inputs.flatMap { $0.events(.ari) }.map { if case .dtmf(_, let digit) = $0 { digit } else { "" } }.joined()
  }

  @Test func `comes up with the channels that live, and passes events in order`() async throws {
    let bench = try await Bench(prepare: {
      $0.setChannels([SimulatedChannel(id: "pz-1-a", name: "PJSIP/101-1")])
    })
    bench.start()
    let channels = await bench.wait { inputs -> [ChannelSnapshot]? in
      for case .ariUp(let channels, _) in inputs { return channels }
      return nil
    }
    #expect(channels?.map(\.id) == ["pz-1-a"])
    for digit in "123456789" { bench.pbx.sendFrame(dtmf(String(digit))) }
    #expect(await bench.wait { digits($0).count == 9 ? digits($0) : nil } == "123456789")
    await bench.stop()
  }

  @Test func `joins the fragments of one message`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.sendFrame(dtmf("1"), pieces: 5)
    bench.pbx.sendFrame(dtmf("2"))
    #expect(await bench.wait { digits($0).count == 2 ? digits($0) : nil } == "12")
    await bench.stop()
  }

  @Test(arguments: [1, 4])
  func `skips and counts a message over the limit`(pieces: Int) async throws {
    var limits = Bench.limits()
    limits.ariMessageBytesMax = 2_000
    let bench = try await Bench(limits: limits)
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.sendFrame(#"{"type":"x","filler":"\#(String(repeating: "y", count: 4_000))"}"#, pieces: pieces)
    bench.pbx.sendFrame(dtmf("1"))
    #expect(await bench.wait { digits($0) == "1" ? true : nil } == true)
    #expect(bench.link.health.ari.oversized == 1)
    #expect(bench.pbx.webSocketsAccepted == 1)
    await bench.stop()
  }

  @Test func `no pong leads to a new websocket`() async throws {
    var limits = Bench.limits()
    limits.ariPongTimeout = .milliseconds(200)
    let bench = try await Bench(limits: limits)
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.silenceWebSockets(true)
    let reason = await bench.wait { $0.compactMap(\.ariDownReason).first }
    #expect(reason?.contains("no pong") == true)
    bench.pbx.silenceWebSockets(false)
    #expect(await bench.wait { $0.count(where: \.isARIUp) >= 2 ? true : nil } == true)
    await bench.stop()
  }

  @Test func `stays up while pongs come`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    #expect(await bench.pbx.wait { $0.pingsReceived >= 10 ? true : nil } == true)
    #expect(bench.pbx.webSocketsAccepted == 1)
    await bench.stop()
  }

  @Test func `a cut websocket is made anew, and AMI does not care`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.cutWebSockets()
    #expect(await bench.wait { $0.count(where: \.isARIUp) >= 2 ? true : nil } == true)
    #expect(bench.seen.count(where: \.isAMIUp) == 1)
    #expect(bench.seen.compactMap(\.amiDownReason).isEmpty)
    await bench.stop()
  }

  @Test func `another connection for our application is passed on and then means down`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    bench.pbx.sendFrame(
      #"{"type":"ApplicationReplaced","timestamp":"2026-11-22T08:00:00.000+0000","application":"perezvon"}"#)
    let reason = await bench.wait { $0.compactMap(\.ariDownReason).first }
    #expect(reason?.hasPrefix("another connection took the Stasis application \"perezvon\"") == true)
    let event = bench.seen.firstIndex {
      $0.events(.ari).contains(.applicationReplaced(application: "perezvon"))
    }
    let down = bench.seen.firstIndex { $0.ariDownReason != nil }
    #expect(event != nil && down != nil && event! < down!)
    #expect(await bench.wait { $0.count(where: \.isARIUp) >= 2 ? true : nil } == true)
    await bench.stop()
  }

  @Test func `is left alone until it is wanted`() async throws {
    let bench = try await Bench()
    bench.link.setARIWanted(false)
    bench.start()
    #expect(await bench.wait { $0.contains(where: \.isAMIUp) ? true : nil } == true)
    #expect(bench.pbx.webSocketsAccepted == 0)
    bench.link.setARIWanted(true)
    #expect(await bench.isUp())
    bench.link.setARIWanted(false)
    let reason = await bench.wait { $0.compactMap(\.ariDownReason).first }
    #expect(reason?.contains("another service") == true)
    #expect(await bench.pbx.wait { $0.webSockets == 0 ? true : nil } == true)
    await bench.stop()
  }

  @Test func `an HTTP server that is not there is a sentence`() async throws {
    let bench = try await Bench(change: { $0.ari.url = "http://127.0.0.1:1/ari" })
    bench.start()
    let reason = await bench.wait { $0.compactMap(\.ariDownReason).first }
    #expect(reason?.contains("127.0.0.1:1 cannot be reached: connection refused") == true)
    #expect(reason?.contains("http.conf") == true)
    await bench.stop()
  }
}
