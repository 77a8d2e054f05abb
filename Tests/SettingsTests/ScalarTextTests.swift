import Testing

@testable import Service

/// Durations, percentages, near words.
@Suite struct `A scalar` {
  @Test(arguments: [
    ("10s", Duration.seconds(10)), ("5m", .seconds(300)), ("2h", .seconds(7_200)), ("3d", .seconds(259_200)),
    ("1h30m", .seconds(5_400)), ("300ms", .milliseconds(300)), ("1d2h3m4s5ms", .milliseconds(93_784_005)),
    ("0s", .zero), ("72h", .seconds(259_200)),
  ])
  func `is a duration`(text: String, duration: Duration) {
    #expect(DurationText.read(text) == duration)
    #expect(DurationText.read(DurationText.shortest(duration)) == duration)
  }

  @Test(arguments: [
    "", "s", "10", "10 s", "-1s", "1.5h", "1m1h", "1m1m", "1w", "1S", "99999999999999999d", "1h 30m", "10s ",
    "9223372036854775807ms",
    "40000d", "١s",
  ])
  func `is no duration`(text: String) { #expect(DurationText.read(text) == nil) }

  @Test func `is a percentage only with its sign`() {
    #expect(NumberText.percentage("3%") == 0.03)
    #expect(NumberText.percentage("2.5 %") == 0.025)
    for text in ["3", "%", "1e2%", "nan%", "inf%", "0x1%"] {
      #expect(NumberText.percentage(text) == nil, "\(text)")
    }
  }

  @Test func `near a known word suggests it, far from all of them nothing`() {
    #expect(Nearest.word(to: "min_wiat", in: ["max_attempts", "min_wait"]) == "min_wait")
    #expect(Nearest.word(to: "RING", in: ["ring", "retry"]) == "ring")
    #expect(Nearest.word(to: "xyzzy", in: ["ring", "retry"]) == nil)
    #expect(Nearest.word(to: "a", in: ["on"]) == nil)
    #expect(Nearest.distance(Array("kitten".unicodeScalars), Array("sitting".unicodeScalars)) == 3)
    #expect(Nearest.distance(Array("ab".unicodeScalars), Array("ba".unicodeScalars)) == 1)
  }

  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:80", "::1", 80), ("localhost:1", "localhost", 1),
  ])
  func `is an address and port`(text: String, host: String, port: Int) {
    #expect(HostAndPort(text)?.host == host)
    #expect(HostAndPort(text)?.port == port)
  }

  @Test(arguments: ["", ":80", "::1:80", "a:0", "a:65536", "a", "a b:1", "http://a:1"])
  func `is no address and port`(text: String) { #expect(HostAndPort(text) == nil) }
}
