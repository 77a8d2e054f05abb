import AsteriskLink
import SimulatedPBX
import Telephony
import Testing

@Suite struct `An AMI line that fails` {
  /// Channels of whole events, in order.
  private static func created(_ inputs: [LinkInput]) -> [ChannelID] {
    inputs.flatMap { $0.events(.ami) }.compactMap { event in
      if case .channelCreated(let channel) = event { channel.id } else { nil }
    }
  }

  @Test func `cut anywhere in an event applies nothing of it, and is made anew`() async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    let event = bytes(newChannel("1795334400.9"))
    var times = 1
    for cut in stride(from: 1, to: event.count, by: 31) {
      // A PBX that answers something in the middle of an event does not exist.
      bench.pbx.send([bytes(newChannel("1795334400.\(1_000 + cut)")), Array(event[..<cut])], thenCut: true)
      bench.pbx.cutAMI()
      times += 1
      let wanted = times
      #expect(await bench.wait { $0.count(where: \.isAMIUp) >= wanted ? true : nil } == true, "cut at \(cut)")
    }
    let seen = Self.created(bench.seen)
    #expect(!seen.contains("1795334400.9"), "\(event.count) bytes: \(seen)")
    #expect(seen.count > times / 2, "whole events in front of the cut are applied, where they arrived")
    await bench.stop()
  }

  /// What follows garbage is read; nothing in the garbage is.
  @Test(arguments: [
    "lone returns", "zeros", "a forged event in a value", "bad UTF-8", "a long line", "many headers",
  ])
  func `full of garbage goes on with the next event`(_ kind: String) async throws {
    let bench = try await Bench()
    bench.start()
    #expect(await bench.isUp())
    let head = Array("Event: Newchannel\r\nPrivilege: call,all\r\nCallerIDName: ".utf8)
    let end = Array("\r\n\r\n".utf8)
    let garbage: [UInt8] =
      switch kind {
      case "lone returns": head + [UInt8](repeating: 13, count: 100_000) + end
      case "zeros": head + [UInt8](repeating: 0, count: 100_000) + end
      case "a forged event in a value":
        head + Array("x\rEvent: Hangup\rUniqueid: 1795334400.1\r\rEvent: Shutdown".utf8) + end
      case "bad UTF-8": head + (0..<100_000).map { _ in [0xC3, 0x28, 0xFF, 0xE2].randomElement()! } + end
      case "a long line": head + [UInt8](repeating: 65, count: 3_000_000) + end
      default:
        Array("Event: Newchannel\r\nPrivilege: call,all\r\n".utf8)
          + Array(repeating: Array("Uniqueid: 1795334400.66\r\n".utf8), count: 100_000).joined() + [13, 10]
      }
    bench.pbx.send([bytes(newChannel("1795334400.1")), garbage, bytes(newChannel("1795334400.2"))])
    let ids = await bench.wait { inputs -> [ChannelID]? in
      let ids = Self.created(inputs)
      return ids.contains("1795334400.2") ? ids : nil
    }
    #expect(ids == ["1795334400.1", "1795334400.2"])
    let other = bench.seen.flatMap { $0.events(.ami) }.filter { event in
      switch event {
      case .shutdown, .channelHungUp: true
      default: false
      }
    }
    #expect(other.isEmpty)
    #expect(bench.link.health.amiConnections == 1, "the line itself is well")
    await bench.stop()
  }
}
