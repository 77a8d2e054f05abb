import Foundation
import Lab
import Testing

/// `perezvon-bench --only storm`: the real service between a simulated PBX, which speaks AMI over TCP, and a real
/// PostgreSQL. It compares the books with the storm call by call, and prints times, which no test asserts.
@Suite struct `An event storm` {
  static let soaks = ProcessInfo.processInfo.environment["PEREZVON_SOAK"] == "1"

  @Test func `of 2,000 events a second loses nothing and writes nothing twice`() async throws {
    let seconds = Self.soaks ? 600 : 30
    await FaultStage.slots.enter()
    let result: Result<(status: Int32, output: String), LabError>
    do throws(LabError) {
      result = .success(
        try await BuiltProgram.run(
          "perezvon-bench", "--only", "storm", "--seconds", "\(seconds)", "--cases", "1"))
    } catch {
      result = .failure(error)
    }
    await FaultStage.slots.leave()
    let (status, output) = try result.get()
    print(output)
    #expect(status == 0)
    let checked = output.split(separator: "\n").count { $0.hasPrefix("  checked: ") }
    #expect(checked >= 10, "the storm was judged")
    #expect(!output.contains("WRONG"))
  }
}
