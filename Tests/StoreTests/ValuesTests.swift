import CallPolicy
import Telephony
import Testing

@testable import Store

@Suite struct `A value` {
  @Test func `survives the way to PostgreSQL and back`() async throws {
    let books = try await Books()
    let moments = [
      books.now, Timestamp(microseconds: 0), Timestamp(microseconds: -1),
      Timestamp(microseconds: 253_402_300_799_999_999),
    ]
    let spans: [Duration] = [.zero, .microseconds(1), .seconds(-5), .seconds(86_400 * 400)]
    let numbers: [Int64] = [0, -1, .max, .min]
    let texts = ["", "a", "имя", "\u{1F600}", "'\"\\\n\r\t"]
    let id = books.newID()
    try await books.store.pool.run { link throws(StoreError) in
      for moment in moments {
        let found = try link.execute(Statement("t", "SELECT $1").with(.time(moment)))
          .first { row throws(StoreError) in try row.time() }
        #expect(found == moment)
      }
      for span in spans {
        let found = try link.execute(Statement("s", "SELECT $1").with(.span(span)))
          .first { row throws(StoreError) in try row.span() }
        #expect(found == span)
      }
      for number in numbers {
        let found = try link.execute(Statement("n", "SELECT $1").with(.int(number)))
          .first { row throws(StoreError) in try row.intOrNil() }
        #expect(found == number)
      }
      for text in texts {
        let found = try link.execute(Statement("x", "SELECT $1").with(.text(text)))
          .first { row throws(StoreError) in try row.text() }
        #expect(found == text)
      }
      for list in [[], texts] {
        let found = try link.execute(Statement("l", "SELECT $1").with(.texts(list)))
          .first { row throws(StoreError) in try row.texts() }
        #expect(found == list)
      }
      let one = try link.execute(
        Statement("u", "SELECT $1, $2, NULL::text, 7::smallint, -7::integer").with(.uuid(id), .bool(true))
      ).first { row throws(StoreError) in
        (try row.uuid(), try row.bool(), try row.textOrNil(), try row.int(), try row.int())
      }
      #expect(one?.0 == id)
      #expect(one?.1 == true && one?.2 == nil && one?.3 == 7 && one?.4 == -7)
    }
    await books.store.close()
  }

  @Test func `that is a day long in an interval counts 24 hours`() async throws {
    let books = try await Books()
    try await books.store.pool.run { link throws(StoreError) in
      let found = try link.execute(
        Statement("d", "SELECT timestamptz '2026-01-03 00:00:01Z' - timestamptz '2026-01-01 00:00:00Z'")
          .with()
      ).first { row throws(StoreError) in try row.span() }
      #expect(found == .seconds(2 * 86_400 + 1))
    }
    await books.store.close()
  }

  @Test func `of another type than expected is an error, not a crash`() async throws {
    let books = try await Books()
    let failed = await code {
      try await books.store.pool.run { link throws(StoreError) in
        _ = try link.execute(Statement("w", "SELECT 'x'::text").with())
          .first { row throws(StoreError) in try row.uuid() }
      }
    }
    #expect(failed == .schema)
    await books.store.close()
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ]) func `has the SHA-256 of FIPS 180`(text: String, hex: String) {
    #expect(SHA256.hex(text.utf8) == hex)
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
    (951_826_153_000_123, "2000-02-29T12:09:13.000123Z"),
    (1_795_363_200_000_000, "2026-11-22T16:00:00.000000Z"),
    (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"),
    (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
  ]) func `that is a moment reads as RFC 3339`(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).iso8601 == text)
  }
}

@Suite struct `A token` {
  @Test func `opens with its role until it expires or is revoked`() async throws {
    let books = try await Books()
    let store = books.store
    let token = try await store.createToken(
      role: .supervisor, label: "wallboard", expires: books.now + .seconds(10), now: books.now)
    #expect(try await store.verify(token: token, now: books.now)?.role == .supervisor)
    #expect(try await store.verify(token: token, now: books.now + .seconds(10)) == nil)
    #expect(try await store.verify(token: token + "x", now: books.now) == nil)
    #expect(try await store.tokens().map(\.label) == ["wallboard"])
    let stored = "SELECT count(*) FROM perezvon.tokens WHERE hash LIKE '%\(token.suffix(20))%'"
    #expect(try await books.value(stored) == "0")
    let twice = await code {
      _ = try await store.createToken(role: .admin, label: "wallboard", expires: nil, now: books.now)
    }
    #expect(twice == .uniqueViolation)
    #expect(try await store.revokeToken(label: "wallboard"))
    #expect(try await store.revokeToken(label: "wallboard") == false)
    #expect(try await store.verify(token: token, now: books.now) == nil)
    await store.close()
  }
}

@Suite struct `The do-not-call list` {
  @Test func `takes a number and gives it back`() async throws {
    let books = try await Books()
    let store = books.store
    try await store.setDoNotCall(Books.number, reason: "He asked.", now: books.now)
    #expect(try await store.history(of: Books.number, now: books.now).doNotCall)
    #expect(try await store.clearDoNotCall(Books.number))
    #expect(try await store.clearDoNotCall(Books.number) == false)
    #expect(try await store.history(of: Books.number, now: books.now).doNotCall == false)
    await store.close()
  }
}
