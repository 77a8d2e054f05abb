import Foundation
import Lab
import Testing

/// `perezvon-bench --only stream`: readers of the stream beside callbacks that are dialled. It compares what all of them
/// heard, and prints times, which no test asserts.
@Suite struct `A crowd at the stream` {
  @Test func `hears the same, loses nothing and takes no memory that it does not give back`() async throws {
    let (readers, seconds) = `An event storm`.soaks ? ("300", "60") : ("100", "5")
    await FaultStage.slots.enter()
    let result: Result<(status: Int32, output: String), LabError>
    do throws(LabError) {
      result = .success(
        try await BuiltProgram.run(
          "perezvon-bench", "--only", "stream", "--readers", readers, "--reading", seconds))
    } catch {
      result = .failure(error)
    }
    await FaultStage.slots.leave()
    let (status, output) = try result.get()
    print(output)
    #expect(status == 0)
    #expect(output.contains("checked: all readers got the same notices, in the same order"))
    #expect(!output.contains("WRONG"))
  }
}
