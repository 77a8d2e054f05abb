import CallTracking
import Foundation
import Telephony
import Testing

@testable import Service

@Suite struct `The spool` {
  private func inNewDirectory(_ body: (String) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "/spool-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }

  private func entry(_ number: Int) -> FactForBooks {
    .queueEntry(
      QueueEntryRecord(
        pbx: "pbx1", linkedID: LinkedID("\(number)"), channel: ChannelID("\(number)"), join: 1,
        queue: "sales",
        joinedAt: Timestamp(seconds: 1_000), leftAt: Timestamp(seconds: 1_010), result: .abandoned,
        member: nil,
        position: 1))
  }

  @Test func `gives back what it was given, in order, also after a restart`() throws {
    try inNewDirectory { directory in
      let facts = (0..<5).map(entry)
      do {
        let spool = try Spool(directory: directory)
        try spool.append(Array(facts[0..<2]))
        try spool.append(Array(facts[2..<5]))
        #expect(spool.waiting() == facts)
      }
      let again = try Spool(directory: directory)
      #expect(again.count == 5)
      #expect(again.waiting() == facts)
    }
  }

  @Test func `drops a line cut short by a crash, at every byte, and keeps the others`() throws {
    try inNewDirectory { directory in
      let file = directory + "/facts.spool"
      let whole: Data
      let firstLine: Int
      do {
        let spool = try Spool(directory: directory)
        try spool.append([entry(0)])
        firstLine = try #require(FileManager.default.contents(atPath: file)).count
        try spool.append([entry(1)])
        whole = try #require(FileManager.default.contents(atPath: file))
      }
      for cut in firstLine..<whole.count {
        try whole.prefix(cut).write(to: URL(filePath: file))
        let spool = try Spool(directory: directory)
        #expect(spool.waiting() == [entry(0)], "cut at \(cut)")
        try spool.append([entry(2)])
        #expect(spool.waiting() == [entry(0), entry(2)], "cut at \(cut)")
      }
    }
  }

  @Test func `a damaged line is set aside and the facts around it stay`() throws {
    try inNewDirectory { directory in
      let file = directory + "/facts.spool"
      let lengths: [Int]
      do {
        let spool = try Spool(directory: directory)
        lengths = try (0..<3).map { number in
          try spool.append([entry(number)])
          return try #require(FileManager.default.contents(atPath: file)).count
        }
      }
      var data = try #require(FileManager.default.contents(atPath: file))
      // A byte in the JSON of the second line.
      let place = lengths[0] + 20
      data[place] = data[place] ^ 1
      try data.write(to: URL(filePath: file))
      let spool = try Spool(directory: directory)
      #expect(spool.waiting() == [entry(0), entry(2)])
      #expect(spool.count == 2)
      let refused = try #require(FileManager.default.contents(atPath: spool.refusedFile))
      #expect(refused == data[lengths[0]..<lengths[1]])
      #expect(try Spool(directory: directory).waiting() == [entry(0), entry(2)])
    }
  }

  @Test func `forgets what went to the books and keeps what came meanwhile`() throws {
    try inNewDirectory { directory in
      let spool = try Spool(directory: directory)
      try spool.append([entry(0), entry(1)])
      _ = spool.waiting()
      try spool.append([entry(2)])
      try spool.removeFirst(2)
      #expect(spool.waiting() == [entry(2)])
      #expect(spool.count == 1)
      try spool.removeFirst(1)
      #expect(spool.count == 0)
    }
  }

  @Test func `a directory that cannot be made is a sentence`() throws {
    let failure = #expect(throws: Spool.Failure.self) { try Spool(directory: "/proc/no/such/place") }
    #expect(failure?.description.contains("database.spool") == true)
  }

  @Test func `its checksum is the one of IEEE 802-3`() {
    // The check value of the CRC catalogue for CRC-32/ISO-HDLC.
    #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
  }
}
