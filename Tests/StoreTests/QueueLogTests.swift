import CallPolicy
import CallTracking
import Telephony
import Testing

@testable import Store

@Suite struct `The place reached in queue_log` {
  @Test func `is kept for each PBX, whatever numbers the file has`() async throws {
    let books = try await Books()
    #expect(try await books.store.position(in: .queueLog, of: "pbx1") == nil)
    let first = LogPosition(device: .max, inode: 1 << 63, offset: 0, checksum: .max)
    try await books.store.save(first, in: .queueLog, of: "pbx1", now: books.now)
    let later = LogPosition(device: 8, inode: 4_711, offset: 5_000_000_000, checksum: 1)
    try await books.store.save(later, in: .queueLog, of: "pbx2", now: books.now)
    #expect(try await books.store.position(in: .queueLog, of: "pbx1") == first)
    try await books.store.save(later, in: .queueLog, of: "pbx1", now: books.now)
    #expect(try await books.store.position(in: .queueLog, of: "pbx1") == later)
    // Another log of the same PBX has a place of its own.
    #expect(try await books.store.position(in: .cel, of: "pbx1") == nil)
    try await books.store.save(first, in: .cel, of: "pbx1", now: books.now)
    #expect(try await books.store.position(in: .cel, of: "pbx1") == first)
    #expect(try await books.store.position(in: .queueLog, of: "pbx1") == later)
    await books.store.close()
  }

  @Test func `does not matter for calls that are in the books, under whatever linkedid`() async throws {
    let books = try await Books()
    let verdict: @Sendable (NumberHistory) -> CallVerdict = { _ in
      CallVerdict(noJobReason: "A test.")
    }
    for linkedID: LinkedID in ["1.1", "1.5"] {
      _ = try await books.store.settle(
        books.missedCall(linkedID), caller: books.caller(), now: books.now, decide: verdict)
    }
    func entry(_ channel: ChannelID, of linkedID: LinkedID) -> QueueEntryRecord {
      QueueEntryRecord(
        pbx: books.pbx, linkedID: linkedID, channel: channel, join: 1, queue: "sales", joinedAt: books.now,
        leftAt: books.now, result: .abandoned, member: nil, position: 1)
    }
    // 1.6 waited in the queue for the call 1.5; the call of 1.9 is not in the books yet.
    try await books.store.record([entry("1.6", of: "1.5"), entry("1.9", of: "1.8")])
    let asked: [ChannelID] = ["1.1", "1.2", "1.6", "1.9"]
    #expect(try await books.store.channelsInBooks(asked, of: books.pbx) == ["1.1", "1.6"])
    #expect(try await books.store.channelsInBooks(asked, of: "pbx2").isEmpty)
    #expect(try await books.store.channelsInBooks([], of: books.pbx).isEmpty)
    // 1.2 was in no queue that AMI followed.
    #expect(try await books.store.channelsWithoutEnd(asked, of: books.pbx) == ["1.9"])
    #expect(try await books.store.channelsWithoutEnd(asked, of: "pbx2").isEmpty)
    // What the log told of it stands under its channel.
    _ = try await books.store.settle(
      books.missedCall("1.9"), caller: books.caller(), now: books.now, decide: verdict)
    #expect(try await books.store.channelsWithoutEnd(asked, of: books.pbx).isEmpty)
    await books.store.close()
  }
}
