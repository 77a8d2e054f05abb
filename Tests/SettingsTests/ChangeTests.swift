import Foundation
import Testing

@testable import Service

/// What a reload says of two configurations.
@Suite struct `A reload` {
  private func changes(_ old: String, _ new: String) throws -> [String] {
    try read(new).describeChanges(from: read(old)).map(\.sentence)
  }

  @Test func `of the same file changes nothing, wherever comments and entries stand`() throws {
    #expect(try changes(least(), "# remark\n" + least()) == [])
    #expect(try changes(least(), least(campaign: "    ring: 25s")) == [])
  }

  @Test func `names each key with its old and new value`() throws {
    #expect(
      try changes(least(), least(campaign: "    ring: 40s\n    hold_out: 5%\n    retry: {busy: [1m, 90s]}"))
        == [
          "campaigns[sales].hold_out changed from 0% to 5%.",
          "campaigns[sales].retry.busy changed from [5m, 10m, 30m] to [1m, 1m30s].",
          "campaigns[sales].ring changed from 25s to 40s.",
        ])
    #expect(
      try changes(least(campaign: "    caller_id: \"+74951112233\""), least()) == [
        "campaigns[sales].caller_id is no longer set."
      ])
  }

  @Test func `says what waits for a restart and tells no secret`() throws {
    let new = least().replacingOccurrences(of: "secret: hush", with: "secret: louder")
    let changes = try read(new).describeChanges(from: read(least()))
    #expect(changes.map(\.sentence) == ["pbx[pbx1].ami.secret changed; it takes effect after a restart."])
    #expect(changes.map(\.needsRestart) == [true])
  }

  @Test func `knows an entry by its name`() throws {
    let more = "  - name: aaa\n    queues: [a]\n    calendar: office"
    #expect(try changes(least(), least(campaign: more)) == ["campaigns[aaa] was added."])
    #expect(try changes(least(campaign: more), least()) == ["campaigns[aaa] was removed."])
  }
}
